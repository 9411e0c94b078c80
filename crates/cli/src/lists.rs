//! Input files of commands that read targets.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read},
    path::Path,
};

use clap::Args;
use prospect_delete_engine::input::{BadRow, Format, Reader, Rejects};

use crate::{exit::Failure, files, layout, output};

/// Standard input, where a file is named.
const STANDARD_INPUT: &str = "-";

/// How lists are written.
#[derive(Debug, Args)]
pub struct Written {
    /// How the lists are written, where their names do not say: csv, jsonl or xlsx
    #[arg(long, value_parser = format)]
    format: Option<Format>,

    /// The sheet of an Excel workbook to read, where several have values; with several workbooks LIST:NAME, for
    /// each, where LIST is the file as it is given
    #[arg(long, value_name = "[LIST:]NAME")]
    sheet: Vec<String>,
}

/// The lists of one command.
pub struct Lists<'a> {
    names: &'a [String],
    written: &'a Written,
    /// The sheet to read, by the list that it is in.
    sheets: BTreeMap<&'a str, &'a str>,
}

impl<'a> Lists<'a> {
    /// Finds out how the lists are written, before any is read.
    pub fn new(names: &'a [String], written: &'a Written) -> Result<Self, Failure> {
        if names.iter().filter(|name| *name == STANDARD_INPUT).count() > 1 {
            return Err(Failure::usage(
                "- is given twice, and standard input is there once",
            ));
        }
        let sheets = sheets(names, written)?;
        Ok(Self {
            names,
            written,
            sheets,
        })
    }

    /// Their names, as they were given.
    pub fn names(&self) -> &'a [String] {
        self.names
    }

    /// Opens a list.
    pub fn open(&self, name: &str) -> Result<Reader<Box<dyn Read>>, Failure> {
        let (shown, input): (&str, Box<dyn Read>) = if name == STANDARD_INPUT {
            ("standard input", Box::new(io::stdin()))
        } else {
            (name, Box::new(files::open(name)?))
        };
        let format = self.written.format(name).ok_or_else(|| {
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
        match self.sheets.get(name) {
            None => Reader::new(shown, format, input).map_err(Failure::from),
            Some(sheet) => Reader::of_sheet(shown, sheet, input).map_err(Failure::from),
        }
    }
}

impl Written {
    /// `--format` wins over what the name of a list says.
    fn format(&self, name: &str) -> Option<Format> {
        self.format.or_else(|| Format::of_path(Path::new(name)))
    }
}

/// Which sheet is meant of which list.
fn sheets<'a>(
    names: &'a [String],
    written: &'a Written,
) -> Result<BTreeMap<&'a str, &'a str>, Failure> {
    let workbooks: BTreeSet<&str> = names
        .iter()
        .filter(|name| written.format(name) == Some(Format::Xlsx))
        .map(String::as_str)
        .collect();
    let mut sheets = BTreeMap::new();
    for given in &written.sheet {
        // No sheet of Excel has a colon in its name.
        let (list, sheet) = match given.rsplit_once(':') {
            Some((list, sheet)) => (Some(list), sheet),
            None => (None, given.as_str()),
        };
        let list = match (list, workbooks.first()) {
            (Some(list), _) if workbooks.contains(list) => list,
            (Some(list), _) if names.iter().any(|name| name == list) => {
                return Err(Failure::usage(format!(
                    "--sheet {given}: {list} has no sheets; leave --sheet away, or name an .xlsx file"
                )));
            }
            (Some(list), _) => {
                return Err(Failure::usage(format!(
                    "--sheet {given}: no list {list} is given; give --sheet LIST:NAME, with LIST as it is given"
                )));
            }
            (None, None) => {
                return Err(Failure::usage(format!(
                    "{}: has no sheets; leave --sheet away, or give an .xlsx file",
                    names.first().map_or("", String::as_str)
                )));
            }
            (None, Some(_)) if workbooks.len() > 1 => {
                return Err(Failure::usage(format!(
                    "--sheet {given}: several workbooks are given; give --sheet LIST:NAME for each that needs it"
                )));
            }
            (None, Some(only)) => only,
        };
        if sheets.insert(list, sheet).is_some() {
            return Err(Failure::usage(format!(
                "--sheet {given}: a sheet of {list} is named twice; name one"
            )));
        }
    }
    Ok(sheets)
}

/// The most bad rows that are shown one by one.
const SHOWN: u64 = 20;

/// Rows that name nothing that can be deleted.
pub struct BadRows {
    pub count: u64,
    rejects: Option<Rejects<File>>,
    /// What is not done because of them.
    consequence: &'static str,
}

impl BadRows {
    /// `read` are the lists, which must not be written over.
    pub fn new<'a>(
        path: Option<&Path>,
        read: impl IntoIterator<Item = &'a Path>,
        consequence: &'static str,
    ) -> Result<Self, Failure> {
        let rejects = match path {
            None => None,
            Some(path) => {
                let file = files::create(path, read)?;
                Some(Rejects::new(file).map_err(|error| files::unwritable(path, &error))?)
            }
        };
        Ok(Self {
            count: 0,
            rejects,
            consequence,
        })
    }

    pub fn take(&mut self, row: &BadRow) -> Result<(), Failure> {
        self.count += 1;
        if let Some(rejects) = &mut self.rejects {
            rejects.push(row).map_err(unwritten)?;
        } else if self.count <= SHOWN {
            output::error(row);
        }
        Ok(())
    }

    /// Bad rows end the command, unless they are put aside.
    pub fn check(&self) -> Result<(), Failure> {
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
            "{}{more}, so {}; fix {}, or put {} aside with --rejects FILE",
            layout::several(self.count, "bad row"),
            self.consequence,
            if self.count == 1 { "it" } else { "them" },
            if self.count == 1 { "it" } else { "them" },
        )))
    }

    pub fn finish(&mut self) -> Result<(), Failure> {
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
fn unwritten(error: io::Error) -> Failure {
    Failure::internal(format!("rejected rows cannot be written ({error})"))
}

fn format(text: &str) -> Result<Format, String> {
    Format::named(text).ok_or_else(|| "give csv, jsonl or xlsx".to_owned())
}
