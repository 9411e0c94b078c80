//! `prospect-delete schema`

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use prospect_delete_engine::{Counts, Line, Manifest, Pass, Status, Summary};
use schemars::{JsonSchema, Schema as JsonDocument, generate::SchemaSettings};

use crate::{
    cmd_plan,
    exit::{Exit, Failure},
    output::{self, DryRun, Failed},
    progress::events::Said,
};

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete schema plan\n\
    \x20 prospect-delete schema events > events.schema.json")]
pub struct Schema {
    /// Of which output
    #[arg(value_enum)]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// What `plan --output json` prints
    Plan,
    /// What `apply --output json` prints
    Apply,
    /// What `status --output json` prints
    Status,
    /// What `report --format json` writes
    Report,
    /// Each line that `apply --output json` writes to standard error meanwhile
    Events,
    /// What a direct command prints with `--output json`
    Deletion,
    /// The same with `--dry-run`
    DryRun,
    /// What a command of a run prints with `--output json` where it fails
    Failure,
}

/// A report as JSON, which is written piece by piece and never held as a whole.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it says how a report looks, and is never made")]
struct Report {
    #[schemars(flatten)]
    manifest: Manifest,
    /// Targets of which the provider confirmed it.
    deleted: u64,
    /// Those that the provider deletes later.
    accepted: u64,
    /// Those whose request the provider refused.
    rejected: u64,
    /// Those that never left.
    not_sent: u64,
    /// Those that may have been deleted.
    unknown: u64,
    /// Those that are still to be sent.
    pending: u64,
    /// Requests of which anything may have left, in all passes.
    requests_sent: u64,
    /// How the targets stand at each provider.
    by_provider: BTreeMap<String, Counts>,
    /// Each time it was applied.
    passes: Vec<Pass>,
    /// What became of every target, in the order of the plan.
    targets: Vec<Line>,
}

pub fn run(arguments: &Schema) -> Result<Exit, Failure> {
    output::pretty(&match arguments.of {
        Of::Plan => schema::<cmd_plan::Report<'_>>(),
        Of::Apply => schema::<Summary>(),
        Of::Status => schema::<Status>(),
        Of::Report => schema::<Report>(),
        Of::Events => schema::<Said>(),
        Of::Deletion => schema::<output::Report>(),
        Of::DryRun => schema::<DryRun>(),
        Of::Failure => schema::<Failed>(),
    })?;
    Ok(Exit::Done)
}

fn schema<T: JsonSchema>() -> JsonDocument {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}
