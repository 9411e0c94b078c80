//! `prospect-delete status`

use std::path::PathBuf;

use clap::Args;
use prospect_delete_engine::{RunFile, Store};

use crate::{
    exit::{Exit, Failure},
    layout,
    output::{self, Output},
    standing,
};

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete status run.db\n\
    \x20 prospect-delete status run.db --output json")]
pub struct Status {
    /// The run file
    #[arg(value_name = "RUN")]
    run: PathBuf,
}

pub fn run(arguments: &Status, output: &Output) -> Result<Exit, Failure> {
    let status = RunFile::at(&arguments.run).read()?.status()?;
    if !output.is_text() {
        output::json(&status)?;
        return Ok(Exit::Done);
    }
    let by_provider = status
        .by_provider
        .iter()
        .map(|(provider, counts)| (*provider, *counts));
    output.text(&format!(
        "run {}\nplanned {} by {}\ndigest {}\n{}\n{} sent",
        status.manifest.run_id,
        status.manifest.planned_at,
        status.manifest.planned_by,
        status.manifest.digest,
        standing::table(by_provider, status.counts),
        layout::several(status.requests_sent, "request")
    ))?;
    for pass in &status.passes {
        let end = match (pass.end, &pass.ended_at) {
            (Some(end), Some(at)) => format!("{} {at}", end.as_str().replace('_', " ")),
            (Some(end), None) => end.as_str().replace('_', " "),
            (None, _) => "has no end yet".to_owned(),
        };
        output.text(&format!(
            "applied {} by {}, {end}, {} sent",
            pass.began_at,
            pass.by,
            layout::several(pass.requests_sent, "request")
        ))?;
    }
    if let Some(at) = &status.manifest.forgotten_at {
        output.text(&format!("forgotten {at}: no identifier is left"))?;
    }
    Ok(Exit::Done)
}
