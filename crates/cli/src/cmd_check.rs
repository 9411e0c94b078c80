//! `prospect-delete check`

use std::path::PathBuf;

use clap::Args;
use prospect_delete_core::Outcome;
use prospect_delete_engine::{ForgetKey, RunFile};
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    lists,
    output::{self, Output},
};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete check run.db asked.csv\n\
    \x20 prospect-delete check run.db --key run.db.key asked.csv")]
pub struct Check {
    /// The run file
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// The file with the key that `forget` wrote; needed once the run was forgotten
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// The lists to check, in the form that `plan` reads
    #[arg(required = true, value_name = "LIST")]
    lists: Vec<String>,

    #[command(flatten)]
    written: lists::Written,
}

#[derive(Serialize)]
struct Checked {
    entries: Vec<Entry>,
    found: usize,
    not_found: usize,
}

#[derive(Serialize)]
struct Entry {
    list: String,
    line: u64,
    target: String,
    found: bool,
    outcome: Option<&'static str>,
    attempts: Option<u32>,
}

pub fn run(arguments: &Check, output: &Output) -> Result<Exit, Failure> {
    lists::check(&arguments.lists)?;
    let run = RunFile::read(&arguments.run)?;
    let key = arguments.key.as_deref().map(ForgetKey::read).transpose()?;
    let mut targets = Vec::new();
    let mut places = Vec::new();
    for name in &arguments.lists {
        for row in lists::open(name, &arguments.written)? {
            let row = row?.map_err(|bad| Failure::usage(bad.to_string()))?;
            targets.push(row.target);
            places.push((name.clone(), row.line));
        }
    }
    let found = run.find(&targets, key.as_ref())?;
    let entries: Vec<_> = targets
        .iter()
        .zip(places)
        .zip(found)
        .map(|((target, (list, line)), found)| Entry {
            list,
            line,
            target: target.to_string(),
            found: found.is_some(),
            outcome: found
                .as_ref()
                .map(|found| found.outcome.map_or("pending", Outcome::as_str)),
            attempts: found.map(|found| found.attempts),
        })
        .collect();
    let found = entries.iter().filter(|entry| entry.found).count();
    let checked = Checked {
        not_found: entries.len() - found,
        found,
        entries,
    };
    if output.is_text() {
        for entry in &checked.entries {
            let outcome = entry.outcome.unwrap_or("not in the run");
            output.text(&format!("{outcome:<14}  {}", entry.target))?;
        }
        output.text(&format!(
            "{} of {} entries were in the run",
            checked.found,
            checked.entries.len()
        ))?;
    } else {
        output::json(&checked)?;
    }
    Ok(Exit::Done)
}
