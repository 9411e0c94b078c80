//! `prospect-delete plan`

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use prospect_delete_core::Provider;
use prospect_delete_engine::{
    BATCH, Batches, Conflict, Operator, Origin, Plan as Planned, Planner, RunFile, Target,
    input::{BadRow, Rejects},
};
use serde::Serialize;

use crate::{
    accounts,
    arguments::{Addresses, per_provider},
    exit::{Exit, Failure},
    lists,
    output::{self, Output},
};

/// The most bad rows that are shown one by one.
const SHOWN: u64 = 20;

/// Arguments of `plan`.
#[derive(Debug, Args)]
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
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    plan: &'a Planned,
    invalid: u64,
    scope_names: Vec<String>,
}

pub fn run(arguments: &Plan, output: &Output) -> Result<Exit, Failure> {
    lists::check(&arguments.files)?;
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
    let mut planner = Planner::new(folder.unwrap_or(Path::new(".")));
    let mut bad = BadRows::new(arguments.rejects.as_deref())?;
    for (list, name) in arguments.files.iter().enumerate() {
        for row in lists::open(name, &arguments.written)? {
            match row? {
                Ok(row) => {
                    let origin = Origin {
                        list: u32::try_from(list).unwrap_or(u32::MAX),
                        line: row.line,
                    };
                    planner.add(&row.target, origin)?;
                }
                Err(row) => bad.take(&row)?,
            }
        }
    }
    bad.check()?;
    let mut batches = Batches::default();
    for (provider, most) in &arguments.batch {
        batches.set(provider, *most);
    }
    let accounts = planner
        .providers()
        .into_iter()
        .map(|provider| accounts::to_plan(provider, &arguments.addresses))
        .collect::<Result<Vec<_>, _>>()?;
    let mut fault = None;
    let plan = planner.finish(
        &arguments.out,
        &accounts,
        &batches,
        &Operator::here(env!("CARGO_PKG_VERSION")),
        |conflict| {
            bad.conflict(&conflict, &arguments.files)
                .map_err(|failure| {
                    let line = failure.to_string();
                    fault = Some(failure);
                    prospect_delete_engine::Error::invalid(line)
                })
        },
    );
    let plan = match (plan, fault) {
        (_, Some(fault)) => return Err(fault),
        (plan, None) => plan?,
    };
    bad.finish()?;
    let scopes = RunFile::read(&arguments.out)?.scopes()?;
    if output.is_text() {
        output.text(&text(&plan, &scopes, bad.count, &arguments.out))?;
    } else {
        output::json(&Report {
            plan: &plan,
            invalid: bad.count,
            scope_names: scopes.iter().map(ToString::to_string).collect(),
        })?;
    }
    Ok(Exit::Done)
}

/// Rows that name nothing that can be deleted.
struct BadRows {
    count: u64,
    rejects: Option<Rejects<File>>,
}

impl BadRows {
    fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let rejects = match path {
            None => None,
            Some(path) => {
                let failed = |error| {
                    Failure::internal(format!("{}: cannot be written ({error})", path.display()))
                };
                Some(Rejects::new(File::create(path).map_err(failed)?).map_err(failed)?)
            }
        };
        Ok(Self { count: 0, rejects })
    }

    fn take(&mut self, row: &BadRow) -> Result<(), Failure> {
        self.count += 1;
        if let Some(rejects) = &mut self.rejects {
            rejects.push(row).map_err(unwritten)?;
        } else if self.count <= SHOWN {
            output::error(row);
        }
        Ok(())
    }

    /// All rows of a conflict are bad, since nobody can tell which of them is meant.
    fn conflict(&mut self, conflict: &Conflict, files: &[String]) -> Result<(), Failure> {
        let Conflict {
            target,
            rows,
            count,
            ..
        } = conflict;
        let place = |row: &Origin| {
            let file = files.get(row.list as usize).map_or("?", String::as_str);
            format!("{file}:{}", row.line)
        };
        let places: Vec<_> = rows.iter().map(place).collect();
        let reason = format!(
            "{target} is named {count} times, once with reject_posts true and once without; keep one of {}",
            places.join(", ")
        );
        for row in rows {
            let file = files.get(row.list as usize).cloned().unwrap_or_default();
            self.take(&BadRow::new(
                &file,
                row.line,
                &reason,
                target.to_string().as_bytes(),
            ))?;
        }
        self.count += count - rows.len() as u64;
        self.check()
    }

    /// Bad rows end the plan, unless they are put aside.
    fn check(&self) -> Result<(), Failure> {
        if self.count == 0 || self.rejects.is_some() {
            return Ok(());
        }
        let more = self.count.saturating_sub(SHOWN);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" ({more} more than are shown)")
        };
        Err(Failure::usage(format!(
            "{} bad rows{more}, so no run was written; mend them, or put them aside with --rejects FILE",
            self.count
        )))
    }

    fn finish(&mut self) -> Result<(), Failure> {
        if let Some(rejects) = self.rejects.take() {
            rejects.finish().map_err(unwritten)?;
        }
        Ok(())
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what errors are mapped by"
)]
fn unwritten(error: std::io::Error) -> Failure {
    Failure::internal(format!("rejected rows cannot be written ({error})"))
}

/// What a person has to see before anything is sent, the irreversible first.
fn text(plan: &Planned, scopes: &[Target], invalid: u64, out: &Path) -> String {
    let mut lines = Vec::new();
    if !scopes.is_empty() {
        lines.push("EVERYBODY in these will be deleted, however many they are:".to_owned());
        lines.extend(scopes.iter().map(|scope| format!("  {scope}")));
        lines.push(String::new());
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["provider", "targets", "of them scopes", "requests"]);
    for (provider, planned) in &plan.by_provider {
        table.add_row([
            (*provider).to_owned(),
            planned.targets.to_string(),
            planned.scopes.to_string(),
            planned.requests.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    lines.push(table.to_string());
    lines.push(format!(
        "{} targets, {} rows named one again, {invalid} rows put aside. Nothing was sent.",
        plan.targets, plan.duplicates
    ));
    lines.push("No provider can undo a deletion. To delete exactly this:".to_owned());
    let allow = if scopes.is_empty() {
        ""
    } else {
        " --allow-scope"
    };
    lines.push(format!(
        "  prospect-delete apply {} --confirm {}{allow}",
        out.display(),
        plan.manifest.digest
    ));
    lines.join("\n")
}

fn batch(text: &str) -> Result<(&'static Provider, usize), String> {
    per_provider(text, |number| {
        number
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| "give a number above 0".to_owned())
    })
}
