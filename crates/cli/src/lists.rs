//! Input files of commands that read targets.

use std::{
    io::{self, Read},
    path::Path,
};

use prospect_delete_engine::input::{Format, Reader};

use crate::{exit::Failure, files};

/// Standard input, where a file is named.
const STANDARD_INPUT: &str = "-";

/// Opens a list. `format` wins over what its name says.
pub fn open(name: &str, format: Option<Format>) -> Result<Reader<Box<dyn Read>>, Failure> {
    let (shown, input): (&str, Box<dyn Read>) = if name == STANDARD_INPUT {
        ("standard input", Box::new(io::stdin()))
    } else {
        (name, Box::new(files::open(name)?))
    };
    let format = format.or_else(|| Format::of_path(Path::new(name))).ok_or_else(|| {
        Failure::usage(format!(
            "{shown}: its name does not say how it is written; give --format csv or --format jsonl"
        ))
    })?;
    Reader::new(shown, format, input).map_err(Failure::from)
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

pub fn format(text: &str) -> Result<Format, String> {
    Format::named(text).ok_or_else(|| "give csv or jsonl".to_owned())
}
