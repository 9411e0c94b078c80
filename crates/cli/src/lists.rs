//! Input files of commands that read targets.

use std::{
    io::{self, Read},
    path::Path,
};

use clap::Args;
use prospect_delete_engine::input::{Format, Reader};

use crate::{exit::Failure, files};

/// Standard input, where a file is named.
const STANDARD_INPUT: &str = "-";

/// How lists are written.
#[derive(Debug, Args)]
pub struct Written {
    /// How the lists are written, where their names do not say: csv, jsonl or xlsx
    #[arg(long, value_parser = format)]
    format: Option<Format>,

    /// The sheet of an Excel workbook to read, if not the first
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
}

/// Opens a list. `--format` wins over what its name says.
pub fn open(name: &str, written: &Written) -> Result<Reader<Box<dyn Read>>, Failure> {
    let (shown, input): (&str, Box<dyn Read>) = if name == STANDARD_INPUT {
        ("standard input", Box::new(io::stdin()))
    } else {
        (name, Box::new(files::open(name)?))
    };
    let format = written.format.or_else(|| Format::of_path(Path::new(name)));
    let format = format.ok_or_else(|| {
        let extension = Path::new(name).extension().unwrap_or_default();
        let is_other = ["xls", "xlsb", "xlsm", "ods"]
            .iter()
            .any(|other| extension.eq_ignore_ascii_case(other));
        Failure::usage(if is_other {
            format!("{shown}: workbooks of this form are not read; save it as .xlsx or CSV and give that")
        } else {
            format!("{shown}: its name does not say how it is written; give --format csv, jsonl or xlsx")
        })
    })?;
    match &written.sheet {
        None => Reader::new(shown, format, input).map_err(Failure::from),
        Some(sheet) if format == Format::Xlsx => {
            Reader::of_sheet(shown, sheet, input).map_err(Failure::from)
        }
        Some(_) => Err(Failure::usage(format!(
            "{shown}: has no sheets; leave --sheet away, or give an .xlsx file"
        ))),
    }
}

/// Refuses to read standard input twice.
pub fn check(names: &[String]) -> Result<(), Failure> {
    if names.iter().filter(|name| *name == STANDARD_INPUT).count() > 1 {
        return Err(Failure::usage(
            "- is given twice, and standard input is there once",
        ));
    }
    Ok(())
}

fn format(text: &str) -> Result<Format, String> {
    Format::named(text).ok_or_else(|| "give csv, jsonl or xlsx".to_owned())
}
