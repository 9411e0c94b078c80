//! `prospect-delete forget`

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::Args;
use prospect_delete_engine::RunFile;
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    output::{self, Output},
};

/// Arguments of `forget`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete forget run.db\n\
    \x20 prospect-delete forget run.db --key elsewhere/run.key")]
pub struct Forget {
    /// The run file
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// The file to write the key of the hashes to; RUN.key unless given
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

#[derive(Serialize)]
struct Forgotten {
    run: String,
    key_file: String,
}

pub fn run(arguments: &Forget, output: &Output) -> Result<Exit, Failure> {
    let key = arguments
        .key
        .clone()
        .unwrap_or_else(|| key_file(&arguments.run));
    prospect_delete_engine::forget(&RunFile::at(&arguments.run), &key)?;
    let run = arguments.run.display();
    let key = key.display();
    if output.is_text() {
        output.text(&format!(
            "No identifier is left in {run}. Keep {key} apart from it: with the key, a list can be checked against the run:\n  prospect-delete check {run} --key {key} LIST"
        ))?;
    } else {
        output::json(&Forgotten {
            run: run.to_string(),
            key_file: key.to_string(),
        })?;
    }
    Ok(Exit::Done)
}

/// The file beside a run that takes its key.
pub fn key_file(run: &Path) -> PathBuf {
    let mut name = OsString::from(run);
    name.push(".key");
    name.into()
}
