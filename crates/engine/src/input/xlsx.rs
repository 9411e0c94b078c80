//! Lists as sheets of Excel workbooks.
//!
//! What Excel shows is not always what a cell holds: numbers lose digits beyond the fifteenth and zeros in
//! front, ids turn into dates, rows are hidden by filters. Whatever may not be what somebody saw is refused.
//!
//! A workbook is a ZIP archive of XML parts (ECMA-376). They are read as streams, so that a file costs what is
//! in the cells of one row and in its shared strings, whatever sizes and ranges it claims to have.

mod cell;
mod fault;
mod parts;
mod sheet;

use std::{
    io::{Read, Seek, Write},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use tempfile::SpooledTempFile;

use self::{
    cell::{Cell, Cells, letters},
    fault::{Fault, damaged},
    parts::Workbook,
    sheet::Sheet,
};
use super::{
    header::{Again, again, column_names, instead, other_header},
    row::{BadRow, InputError, Row, shown},
};
use prospect_delete_core::{Field, Fields, Target, ValueType};

/// The largest workbook, in bytes. It is held in memory up to the second bound, and then in a file without a
/// name.
const LARGEST: u64 = 64 << 20;
const HELD: usize = 8 << 20;

/// Excel keeps 15 digits of a number.
const FIRST_INEXACT: f64 = 1e15;

/// Rows that are read ahead.
const AHEAD: usize = 64;

/// A sheet borrows from its workbook, so a thread holds both and hands out rows.
pub(super) struct Rows {
    file: String,
    rows: Receiver<Told>,
    /// Rows whose values are all white space.
    pub(super) skipped: u64,
}

enum Told {
    /// The header is one.
    Begun,
    Row(Result<Row, BadRow>),
    Skipped,
    Refused(InputError),
    /// Without this, the thread broke down.
    End,
}

impl Rows {
    pub(super) fn new(
        file: String,
        sheet: Option<String>,
        input: impl Read,
    ) -> Result<Self, InputError> {
        let mut bytes = SpooledTempFile::new(HELD);
        let length = std::io::copy(&mut input.take(LARGEST + 1), &mut bytes)
            .and_then(|length| bytes.flush().and_then(|()| bytes.rewind()).map(|()| length))
            .map_err(|error| InputError::io(&file, error))?;
        if length > LARGEST {
            return Err(InputError::list(
                &file,
                "is larger than 64 MiB; save the sheet as CSV and give that",
            ));
        }
        let (sender, rows) = sync_channel(AHEAD);
        let list = List {
            file: file.clone(),
            out: sender,
        };
        thread::Builder::new()
            .name("workbook".to_owned())
            .spawn(move || {
                let end = match list.read(bytes, sheet.as_deref()) {
                    Ok(()) => Told::End,
                    Err(fault) => Told::Refused(fault.of(&list.file)),
                };
                // Nobody may be listening any more.
                let _ = list.out.send(end);
            })
            .map_err(|error| InputError::io(&file, error))?;
        match rows.recv() {
            Ok(Told::Refused(error)) => Err(error),
            Ok(_) => Ok(Self {
                file,
                rows,
                skipped: 0,
            }),
            Err(_) => Err(damaged(&file, "it cannot be followed")),
        }
    }

    pub(super) fn next(&mut self) -> Option<Result<Result<Row, BadRow>, InputError>> {
        loop {
            return match self.rows.recv() {
                Ok(Told::Row(row)) => Some(Ok(row)),
                Ok(Told::Skipped) => {
                    self.skipped += 1;
                    continue;
                }
                Ok(Told::Refused(error)) => Some(Err(error)),
                Ok(Told::Begun | Told::End) => None,
                Err(_) => Some(Err(damaged(&self.file, "it cannot be followed"))),
            };
        }
    }
}

struct List {
    file: String,
    out: SyncSender<Told>,
}

impl List {
    fn read(&self, bytes: SpooledTempFile, named: Option<&str>) -> Result<(), Fault> {
        let mut workbook = Workbook::open(bytes)?;
        let strings = workbook.strings()?;
        let dates = workbook.dates()?;
        let sheet = if let Some(name) = named {
            workbook.sheet(name)?
        } else {
            let visible = workbook.visible()?;
            let mut filled = Vec::new();
            // The only one is read as it is.
            for sheet in &visible {
                if visible.len() == 1
                    || Sheet::new(workbook.xml(&sheet.part)?, &strings, &dates).has_values()?
                {
                    filled.push(sheet);
                }
            }
            match &filled[..] {
                [] => visible[0].clone(),
                [only] => (*only).clone(),
                several => {
                    let several: Vec<_> = several.iter().map(|sheet| shown(&sheet.name)).collect();
                    return Err(Fault::Refused(format!(
                        "has several sheets with values: {}; name the one that is meant with --sheet",
                        several.join(", ")
                    )));
                }
            }
        };
        let mut columns: Option<Vec<(u32, Field)>> = None;
        let mut rows = Sheet::new(workbook.xml(&sheet.part)?, &strings, &dates);
        while let Some(row) = rows.next()? {
            if row.cells.is_empty() && !row.is_too_long {
                continue;
            }
            if !self.take(row, &mut columns)? {
                return Ok(());
            }
        }
        if columns.is_none() {
            return Err(Fault::Refused(format!(
                "the sheet {} is empty; its first row names the columns: {}",
                shown(&sheet.name),
                column_names()
            )));
        }
        Ok(())
    }

    /// Takes a row, the first as header. False where nobody listens any more.
    fn take(
        &self,
        row: sheet::Row,
        columns: &mut Option<Vec<(u32, Field)>>,
    ) -> Result<bool, Fault> {
        let line = u64::from(row.number);
        let too_long = || "is longer than 1 MiB; remove what is not of the list".to_owned();
        let Some(columns) = columns else {
            let named = if row.is_too_long {
                Err(too_long())
            } else {
                header(row.cells)
            };
            *columns = Some(named.map_err(|reason| Fault::At(line, reason))?);
            return Ok(self.out.send(Told::Begun).is_ok());
        };
        let is_blank =
            |(_, cell): &(u32, Cell)| matches!(cell, Cell::Text(text) if text.trim().is_empty());
        if !row.is_too_long && row.cells.iter().all(is_blank) {
            return Ok(self.out.send(Told::Skipped).is_ok());
        }
        let target = if row.is_too_long {
            Err(too_long())
        } else {
            match header_again(&row.cells, columns) {
                Some(Again::Other) => return Err(Fault::At(line, other_header())),
                Some(Again::Same(reason)) => Err(reason),
                None => target(&row.cells, columns),
            }
        };
        let row = match target {
            Ok(target) => Ok(Row { line, target }),
            Err(reason) => Err(BadRow::new(
                &self.file,
                line,
                &reason,
                &as_csv(&row.cells, columns),
            )),
        };
        Ok(self.out.send(Told::Row(row)).is_ok())
    }
}

fn header_again(cells: &Cells, columns: &[(u32, Field)]) -> Option<Again> {
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    };
    let values: Option<Vec<_>> = cells.iter().map(|(_, cell)| text(cell)).collect();
    let values = values?;
    let places = columns.iter().map(|(place, _)| place);
    let in_place = cells.iter().map(|(place, _)| place).eq(places);
    let columns: Vec<_> = columns.iter().map(|(_, column)| *column).collect();
    let found = again(values.iter().map(String::as_str), &columns)?;
    Some(if in_place { found } else { Again::Other })
}

/// The columns that a header names.
fn header(cells: Cells) -> Result<Vec<(u32, Field)>, String> {
    let mut columns: Vec<(u32, Field)> = Vec::with_capacity(cells.len());
    for (place, cell) in cells {
        let Cell::Text(name) = cell else {
            return Err(format!(
                "column {} has no text for a name; the first row names the columns: {}",
                letters(place),
                column_names()
            ));
        };
        let name = name.trim();
        let Some(column) = Field::named(name) else {
            return Err(format!(
                "column {} is unknown; {}",
                shown(name),
                instead(name)
            ));
        };
        if columns.iter().any(|(_, named)| *named == column) {
            return Err(format!("column {column} stands twice; remove one"));
        }
        columns.push((place, column));
    }
    if !columns.iter().any(|(_, column)| *column == Field::TARGET) {
        return Err(format!(
            "there is no column target, which says what is deleted; the first row names the columns: {}",
            column_names()
        ));
    }
    Ok(columns)
}

/// What a row names.
fn target(cells: &Cells, columns: &[(u32, Field)]) -> Result<Target, String> {
    let mut fields = Fields::default();
    for (place, cell) in cells {
        let Some((_, column)) = columns.iter().find(|(of, _)| of == place) else {
            return Err(format!(
                "there is a value in column {}, which has no name; name it or remove it",
                letters(*place)
            ));
        };
        fields.set(*column, text(*column, cell)?);
    }
    Target::try_from(&fields).map_err(|error| error.to_string())
}

/// The text of a cell.
fn text(column: Field, cell: &Cell) -> Result<String, String> {
    const AS_TEXT: &str = "format the column as text and enter it again";
    let is_integer = column.may_hold(ValueType::Integer);
    let is_switch = column.may_hold(ValueType::Boolean);
    match cell {
        Cell::Text(text) => Ok(text.clone()),
        Cell::Switch(switch) if is_switch => Ok(switch.to_string()),
        Cell::Switch(_) => Err(format!("{column}: is true or false; {AS_TEXT}")),
        Cell::Number(_) if is_switch => Err(format!("{column}: is a number; give true or false")),
        Cell::Number(number) if number.abs() >= FIRST_INEXACT => Err(format!(
            "{column}: is a number of more than the 15 digits that Excel keeps; {AS_TEXT}"
        )),
        Cell::Number(_) if !is_integer => Err(format!(
            "{column}: is a number; {AS_TEXT}, with the leading zeros that it may have lost"
        )),
        Cell::Number(number) if number.fract() == 0.0 => {
            // Below the bound, so exact; and without the sign that a zero may have.
            Ok(format!("{:.0}", number + 0.0))
        }
        Cell::Number(_) => Err(format!("{column}: is no whole number; give the id")),
        Cell::Date => Err(format!("{column}: is a date or a time; {AS_TEXT}")),
        Cell::TooLong => Err(format!(
            "{column}: has more than the 32,767 characters that a cell of Excel can have; enter the value again"
        )),
        Cell::Fault(error) => Err(format!(
            "{column}: holds the error {error}; fix it, or enter the value"
        )),
        Cell::Formula => Err(format!(
            "{column}: is a formula without a result; open the file in Excel and save it, or enter the value"
        )),
    }
}

/// The cells in the order of the header, for a person to fix.
fn as_csv(cells: &Cells, columns: &[(u32, Field)]) -> Vec<u8> {
    let place = |column: &u32| cells.iter().find(|(place, _)| place == column);
    let values = columns.iter().map(|(column, _)| match place(column) {
        None => String::new(),
        Some((_, Cell::Text(text) | Cell::Fault(text))) => text.clone(),
        Some((_, Cell::Number(number))) => number.to_string(),
        Some((_, Cell::Switch(switch))) => switch.to_string(),
        Some((_, Cell::TooLong)) => "too long".to_owned(),
        Some((_, Cell::Date)) => "date".to_owned(),
        Some((_, Cell::Formula)) => "formula".to_owned(),
    });
    let mut csv = csv::Writer::from_writer(Vec::new());
    // Memory takes whatever is written.
    let _ = csv.write_record(values);
    csv.into_inner().unwrap_or_default()
}
