//! `prospect-delete plan`

use std::path::{Path, PathBuf};

use clap::Args;
use prospect_delete_core::{Provider, provider};
use prospect_delete_engine::{
    Account, BATCH, Batches, Conflict, Operator, Origin, Plan as Planned, Planner, RunFile, Store,
    input::BadRow,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    accounts,
    arguments::Addresses,
    config::ConfigArgs,
    exit::{Exit, Failure},
    lists::{self, BadRows, Lists},
    output::{self, Output},
    review::{self, Review},
    values::{self, per_provider},
};

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete plan list.csv --out run.db\n\
    \x20 prospect-delete plan list.csv more.jsonl --out run.db --rejects bad.csv\n\
    \x20 prospect-delete plan - --format csv --out run.db --batch nlpearl=50")]
pub struct Plan {
    /// Lists of targets: CSV with a header, JSON Lines, or .xlsx; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,

    /// The run file to write
    #[arg(long, value_name = "RUN")]
    out: PathBuf,

    #[command(flatten)]
    written: lists::Written,

    /// Put bad rows there, as CSV, and plan the rest; without it a bad row ends the plan
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,

    #[arg(long, value_name = "PROVIDER=N", value_parser = batch, help = format!("The most targets that one request names, {BATCH} unless given"))]
    batch: Vec<(&'static Provider, usize)>,

    #[command(flatten)]
    addresses: Addresses,
}

/// What `plan` prints for programs.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Report<'a> {
    #[serde(flatten)]
    plan: &'a Planned,
    /// Rows that named nothing that can be deleted, and were put aside.
    invalid: u64,
    /// Rows whose values are all empty.
    skipped: u64,
    /// The scopes, by name.
    scope_names: Vec<String>,
}

pub fn run(arguments: &Plan, choice: &ConfigArgs, output: &Output) -> Result<Exit, Failure> {
    let configuration = choice.load()?;
    let lists = Lists::new(&arguments.files, &arguments.written)?;
    if arguments.out.exists() {
        return Err(Failure::usage(format!(
            "{}: is there already; give another name, or delete it if it is not needed any more",
            arguments.out.display()
        )));
    }
    let folder = arguments
        .out
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::usage(format!(
            "{}: there is no such folder; make it first, or give another --out",
            folder.display()
        )));
    }
    let mut planner = Planner::new(folder);
    let mut accounts: Vec<Account> = Vec::new();
    let mut bad = BadRows::new(
        arguments.rejects.as_deref(),
        arguments.files.iter().map(Path::new),
        "no run was written",
    )?;
    let mut skipped = 0;
    for (list, name) in lists.names().iter().enumerate() {
        let mut rows = lists.open(name)?;
        for row in rows.by_ref() {
            match row? {
                Ok(row) => {
                    let provider = row.target.kind().provider();
                    // At its first row, so that a key that is missing is told before a long list is read.
                    if accounts
                        .iter()
                        .all(|account| account.provider() != provider)
                    {
                        accounts.push(accounts::to_plan(
                            provider,
                            &arguments.addresses,
                            &configuration,
                        )?);
                    }
                    let origin = Origin {
                        list: u32::try_from(list).unwrap_or(u32::MAX),
                        line: row.line,
                    };
                    planner.add(&row.target, origin)?;
                }
                Err(row) => bad.take(&row)?,
            }
        }
        skipped += rows.skipped();
    }
    bad.check()?;
    let providers = planner.providers();
    let mut batches = Batches::default();
    for provider in &providers {
        if let Some(batch) = configuration
            .of(provider)
            .and_then(|settings| settings.batch.as_ref())
        {
            batches.set(provider, batch.value);
        }
    }
    for (provider, most) in &arguments.batch {
        batches.set(provider, *most);
    }
    configuration.tell_overridden(&providers, output);
    let run = RunFile::at(&arguments.out);
    let operator = Operator::here(env!("CARGO_PKG_VERSION"));
    let plan = planner.finish(&run, &accounts, &batches, &operator, |conflict| {
        take_conflict(&mut bad, &conflict, &arguments.files)
    })?;
    bad.finish()?;
    let records = run.read()?;
    let scopes = records.scopes()?;
    if output.is_text() {
        let review = Review {
            plan: &plan,
            scopes: &scopes,
            bindings: &records.bindings()?,
            sample: &records.sample(review::SHOWN)?,
            batches: plan
                .by_provider
                .keys()
                .filter_map(|name| provider(name))
                .map(|provider| (provider.name, batches.most(provider)))
                .collect(),
            limits: providers
                .iter()
                .map(|provider| (provider.name, configuration.limits(provider)))
                .collect(),
            choice,
            invalid: bad.count,
            skipped,
            rejects: arguments.rejects.as_deref(),
            out: &arguments.out,
        };
        output.text(&review.text())?;
    } else {
        output::json(&Report {
            plan: &plan,
            invalid: bad.count,
            skipped,
            scope_names: scopes.iter().map(ToString::to_string).collect(),
        })?;
    }
    Ok(Exit::Done)
}

/// All rows of a conflict are bad, since nobody can tell which of them is meant.
fn take_conflict(bad: &mut BadRows, conflict: &Conflict, files: &[String]) -> Result<(), Failure> {
    let Conflict {
        target,
        rows,
        named,
        count,
        ..
    } = conflict;
    let place = |row: &Origin| {
        let file = files.get(row.list as usize).map_or("?", String::as_str);
        format!("{file}:{}", row.line)
    };
    let places: Vec<_> = rows.iter().map(place).collect();
    let (spelled, more) = (
        if named.iter().any(|named| named.key() != target.key()) {
            ", in addresses of probably one person"
        } else {
            ""
        },
        if *count > rows.len() as u64 {
            " and more"
        } else {
            ""
        },
    );
    let reason = format!(
        "{target} is named {count} times{spelled}, with reject_posts true and without; keep one of {}{more}",
        places.join(", ")
    );
    for (row, target) in rows.iter().zip(named) {
        let file = files.get(row.list as usize).cloned().unwrap_or_default();
        bad.take(&BadRow::new(
            &file,
            row.line,
            &reason,
            target.to_string().as_bytes(),
        ))?;
    }
    bad.count += count - rows.len() as u64;
    bad.check()
}

fn batch(text: &str) -> Result<(&'static Provider, usize), String> {
    per_provider(text, values::batch)
}
