//! `prospect-delete report`

use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use prospect_delete_engine::{RunFile, Store};

use crate::{
    exit::{Exit, Failure},
    files, output,
};

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete report run.db --format csv --out report.csv\n\
    \x20 prospect-delete report run.db --format json")]
pub struct Report {
    /// The run file
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// How the report is written
    #[arg(long, value_enum)]
    format: ReportFormat,

    /// Write it there instead of to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportFormat {
    /// One page for a browser or paper, which needs nothing else
    Html,
    /// One row a target, safe to open in a spreadsheet
    Csv,
    /// One object with all targets
    Json,
}

pub fn run(arguments: &Report) -> Result<Exit, Failure> {
    let run = RunFile::at(&arguments.run).read()?;
    let out: Box<dyn Write> = match &arguments.out {
        None => Box::new(output::stdout()),
        Some(path) => Box::new(files::create(path, [arguments.run.as_path()])?),
    };
    let out = BufWriter::new(out);
    match arguments.format {
        ReportFormat::Html => run.write_html(out)?,
        ReportFormat::Csv => run.write_csv(out)?,
        ReportFormat::Json => run.write_json(out)?,
    }
    Ok(Exit::Done)
}
