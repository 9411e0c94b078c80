//! `prospect-delete check`

use std::path::{Path, PathBuf};

use clap::Args;
use prospect_delete_core::Outcome;
use prospect_delete_engine::{ForgetKey, RunFile, Store};
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    layout,
    lists::{self, BadRows, Lists},
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

    /// Put bad rows there, as CSV, and check the rest; without it a bad row ends the check
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

#[derive(Serialize)]
struct Checked {
    entries: Vec<Entry>,
    found: usize,
    not_found: usize,
    /// Those of `found` that are in the run in another spelling alone.
    probable: usize,
    /// Rows that name nothing that can be deleted, and were put aside.
    invalid: u64,
    /// Rows whose values are all empty.
    skipped: u64,
}

#[derive(Serialize)]
struct Entry {
    list: String,
    line: u64,
    target: String,
    found: bool,
    /// The run has another address of the same profile in its place. Left out where that is not so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    probably: bool,
    outcome: Option<&'static str>,
    attempts: Option<u32>,
}

pub fn run(arguments: &Check, output: &Output) -> Result<Exit, Failure> {
    let lists = Lists::new(&arguments.lists, &arguments.written)?;
    let run = RunFile::at(&arguments.run).read()?;
    let key = arguments.key.as_deref().map(ForgetKey::read).transpose()?;
    let read = arguments.lists.iter().map(Path::new);
    let files = arguments.key.as_deref().into_iter();
    let mut bad = BadRows::new(
        arguments.rejects.as_deref(),
        read.chain(files).chain([&*arguments.run]),
        "nothing was checked",
    )?;
    let mut targets = Vec::new();
    let mut places = Vec::new();
    let mut skipped = 0;
    for name in lists.names() {
        let mut rows = lists.open(name)?;
        for row in rows.by_ref() {
            match row? {
                Ok(row) => {
                    targets.push(row.target);
                    places.push((name.clone(), row.line));
                }
                Err(row) => bad.take(&row)?,
            }
        }
        skipped += rows.skipped();
    }
    bad.check()?;
    bad.finish()?;
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
            probably: found.as_ref().is_some_and(|found| found.is_probable),
            outcome: found
                .as_ref()
                .map(|found| found.outcome.map_or("pending", Outcome::as_str)),
            attempts: found.map(|found| found.attempts),
        })
        .collect();
    let count = |of: fn(&Entry) -> bool| entries.iter().filter(|entry| of(entry)).count();
    let checked = Checked {
        found: count(|entry| entry.found),
        not_found: count(|entry| !entry.found),
        probable: count(|entry| entry.probably),
        invalid: bad.count,
        skipped,
        entries,
    };
    if output.is_text() {
        let width = if checked.probable > 0 { 23 } else { 14 };
        for entry in &checked.entries {
            let outcome = entry.outcome.unwrap_or("not in the run");
            let outcome = if entry.probably {
                format!("probably {outcome}")
            } else {
                outcome.to_owned()
            };
            output.text(&format!("{outcome:<width$}  {}", entry.target))?;
        }
        let probable = match checked.probable {
            0 => String::new(),
            1 => ", 1 of them probably: the run has another address of the same profile".to_owned(),
            several => format!(
                ", {several} of them probably: the run has other addresses of the same profiles"
            ),
        };
        output.text(&format!(
            "{} of {} entries were in the run{probable}",
            checked.found,
            checked.entries.len()
        ))?;
        if let (Some(rejects), 1..) = (&arguments.rejects, checked.invalid) {
            output.text(&format!(
                "{} put aside in {}",
                layout::several(checked.invalid, "bad row"),
                rejects.display()
            ))?;
        }
    } else {
        output::json(&checked)?;
    }
    Ok(if checked.not_found == 0 {
        Exit::Done
    } else {
        Exit::Refused
    })
}
