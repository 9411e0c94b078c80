//! Lists as sheets of Excel workbooks.
//!
//! What Excel shows is not always what a cell holds: numbers lose digits beyond the fifteenth and zeros in
//! front, ids turn into dates, rows are hidden by filters. Whatever may not be what somebody saw is refused.

use std::{
    io::{Cursor, Read},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use calamine::{DataRef, Reader as _, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::{BadRow, InputError, LONGEST_ROW, Row, column_names, instead, shown};
use crate::target::{Column, Fields, Target};

/// The largest workbook, in bytes: it is held as it stands.
const LARGEST: u64 = 64 << 20;

/// The most that its parts may come to, in bytes: those that are held, and sheets, which are passed through.
const MOST_HELD: u64 = 256 << 20;
const MOST_READ: u64 = 2 << 30;

/// The longest tag that is looked at for what it says of a row, in bytes.
const LONGEST_TAG: usize = 1 << 10;

/// Excel keeps 15 digits of a number.
const FIRST_INEXACT: f64 = 1e15;

/// Rows that are read ahead.
const AHEAD: usize = 64;

/// A sheet borrows from its workbook, so a thread holds both and hands out rows.
pub(super) struct Rows {
    file: String,
    rows: Receiver<Told>,
}

enum Told {
    /// The header is one.
    Begun,
    Row(Result<Row, BadRow>),
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
        let mut bytes = Vec::new();
        input
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| InputError::io(&file, error))?;
        if bytes.len() as u64 > LARGEST {
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
                let end = match list.read(bytes, sheet) {
                    Ok(()) => Told::End,
                    Err(error) => Told::Refused(error),
                };
                // Nobody may be listening any more.
                let _ = list.out.send(end);
            })
            .map_err(|error| InputError::io(&file, error))?;
        match rows.recv() {
            Ok(Told::Refused(error)) => Err(error),
            Ok(_) => Ok(Self { file, rows }),
            Err(_) => Err(damaged(&file, "it cannot be followed")),
        }
    }

    pub(super) fn next(&mut self) -> Option<Result<Result<Row, BadRow>, InputError>> {
        match self.rows.recv() {
            Ok(Told::Row(row)) => Some(Ok(row)),
            Ok(Told::Refused(error)) => Some(Err(error)),
            Ok(Told::Begun | Told::End) => None,
            Err(_) => Some(Err(damaged(&self.file, "it cannot be followed"))),
        }
    }
}

fn damaged(file: &str, error: impl std::fmt::Display) -> InputError {
    InputError::list(
        file,
        &format!(
            "is no Excel workbook that can be read, or damaged ({error}); open it in Excel, save it as .xlsx or CSV, and give that"
        ),
    )
}

/// The cells of one row that are not empty, by their column.
type Cells = Vec<(u32, Cell)>;

/// What a cell holds.
enum Cell {
    Text(String),
    Number(f64),
    Switch(bool),
    Date,
    Fault(String),
    /// A formula that nobody has worked out.
    Formula,
}

struct List {
    file: String,
    out: SyncSender<Told>,
}

impl List {
    fn read(&self, bytes: Vec<u8>, sheet: Option<String>) -> Result<(), InputError> {
        let fault = |error: XlsxError| match error {
            XlsxError::Password => InputError::list(
                &self.file,
                "is protected by a password; save it without one and give that",
            ),
            error => damaged(&self.file, error),
        };
        self.check_parts(&bytes)?;
        let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(fault)?;
        let names = workbook.sheet_names();
        let sheet = match sheet {
            None => {
                let first = workbook.sheets_metadata().first();
                let first = first.ok_or_else(|| {
                    InputError::list(&self.file, "has no sheet; give one that has")
                })?;
                if first.visible != SheetVisible::Visible {
                    return Err(InputError::list(
                        &self.file,
                        &format!(
                            "its first sheet, {}, is hidden, and so may not be the one that is meant; name the sheet",
                            shown(&first.name)
                        ),
                    ));
                }
                first.name.clone()
            }
            Some(sheet) if names.contains(&sheet) => sheet,
            Some(sheet) => {
                let names: Vec<_> = names.iter().map(|name| shown(name)).collect();
                return Err(InputError::list(
                    &self.file,
                    &format!(
                        "has no sheet {}; there are {}",
                        shown(&sheet),
                        names.join(", ")
                    ),
                ));
            }
        };
        let merged = workbook.merge_cells_by_sheet_name(&sheet).map_err(fault)?;
        if let Some(merged) = merged.first() {
            return Err(InputError::line(
                &self.file,
                u64::from(merged.start.0) + 1,
                "cells are merged here, so that it cannot be told which rows the value belongs to; unmerge them",
            ));
        }
        let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(fault)?;
        let mut columns: Option<Vec<(u32, Column)>> = None;
        let mut open: Option<(u32, Cells)> = None;
        loop {
            let record = cells.next_cell_with_formula_metadata().map_err(fault)?;
            let cell = match record {
                None => None,
                Some(record) => {
                    let formula = record.formula.is_some();
                    match cell(record.value, formula) {
                        None => continue,
                        Some(cell) => Some((record.pos, cell)),
                    }
                }
            };
            let row = cell.as_ref().map(|((row, _), _)| *row);
            if let Some((current, of)) = open.take_if(|(current, _)| row != Some(*current)) {
                if row.is_some_and(|row| row < current) {
                    return Err(damaged(&self.file, "its rows are out of order"));
                }
                if !self.take(current, of, &mut columns)? {
                    return Ok(());
                }
            }
            let Some(((row, column), cell)) = cell else {
                break;
            };
            let (_, of) = open.get_or_insert_with(|| (row, Vec::new()));
            if of.last().is_some_and(|(last, _)| *last >= column) {
                return Err(damaged(&self.file, "its cells are out of order"));
            }
            of.push((column, cell));
        }
        if columns.is_none() {
            return Err(InputError::list(
                &self.file,
                &format!(
                    "the sheet {} is empty; its first row names the columns: {}",
                    shown(&sheet),
                    column_names()
                ),
            ));
        }
        Ok(())
    }

    /// Takes a row, the first as header. False where nobody listens any more.
    fn take(
        &self,
        row: u32,
        cells: Cells,
        columns: &mut Option<Vec<(u32, Column)>>,
    ) -> Result<bool, InputError> {
        let line = u64::from(row) + 1;
        let Some(columns) = columns else {
            let named =
                header(cells).map_err(|reason| InputError::line(&self.file, line, &reason))?;
            *columns = Some(named);
            return Ok(self.out.send(Told::Begun).is_ok());
        };
        let row = match target(&cells, columns) {
            Ok(target) => Ok(Row { line, target }),
            Err(reason) => Err(BadRow::new(
                &self.file,
                line,
                &reason,
                &as_csv(&cells, columns),
            )),
        };
        Ok(self.out.send(Told::Row(row)).is_ok())
    }

    /// Looks through all parts before any is held: how large they are, which an archive does not say
    /// reliably, and whether a sheet hides rows.
    fn check_parts(&self, bytes: &[u8]) -> Result<(), InputError> {
        let fault = |error: &dyn std::fmt::Display| damaged(&self.file, error);
        let too_large = || {
            InputError::list(
                &self.file,
                "comes to too much when it is unpacked; save the sheet as CSV and give that",
            )
        };
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| fault(&error))?;
        let (mut held, mut read) = (0, 0);
        let mut buffer = vec![0; 64 << 10];
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).map_err(|error| fault(&error))?;
            let name = part.name().map_err(|error| fault(&error))?;
            let name = name.to_ascii_lowercase();
            let is_sheet = name.contains("worksheets/") && !name.contains("_rels/");
            let mut tags = Tags::default();
            loop {
                let count = part.read(&mut buffer).map_err(|error| fault(&error))?;
                if count == 0 {
                    break;
                }
                let of = if is_sheet { &mut read } else { &mut held };
                *of += count as u64;
                if held > MOST_HELD || read > MOST_READ {
                    return Err(too_large());
                }
                if !is_sheet {
                    continue;
                }
                match tags.follow(&buffer[..count]) {
                    Seen::Nothing => {}
                    Seen::Endless => return Err(too_large()),
                    Seen::HiddenRow => {
                        return Err(InputError::list(
                            &self.file,
                            "has rows that are hidden or filtered out, which would be deleted unseen; show all rows, or remove those, and save it again",
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Follows the tags of a sheet, however its bytes arrive.
#[derive(Default)]
struct Tags {
    tag: Vec<u8>,
    is_open: bool,
    /// Bytes since the last tag began or ended.
    run: usize,
}

enum Seen {
    Nothing,
    HiddenRow,
    /// More in one piece than any row has.
    Endless,
}

impl Tags {
    fn follow(&mut self, bytes: &[u8]) -> Seen {
        for byte in bytes {
            self.run += 1;
            if self.run > LONGEST_ROW {
                return Seen::Endless;
            }
            match byte {
                b'<' => {
                    self.is_open = true;
                    self.run = 0;
                    self.tag.clear();
                }
                b'>' => {
                    if std::mem::take(&mut self.is_open) && hides_row(&self.tag) {
                        return Seen::HiddenRow;
                    }
                    self.run = 0;
                }
                byte if self.is_open && self.tag.len() < LONGEST_TAG => self.tag.push(*byte),
                _ => {}
            }
        }
        Seen::Nothing
    }
}

fn hides_row(tag: &[u8]) -> bool {
    let Ok(tag) = std::str::from_utf8(tag) else {
        return false;
    };
    let mut parts = tag.split_ascii_whitespace();
    let name = parts.next().unwrap_or_default();
    let is_row = name == "row" || name.ends_with(":row");
    let hidden = |part: &str| {
        part.strip_prefix("hidden=")
            .map(|value| value.trim_matches(['"', '\'', '/']))
            .is_some_and(|value| value == "1" || value == "true")
    };
    is_row && parts.any(hidden)
}

/// What a cell holds, where it is not empty.
fn cell(value: DataRef<'_>, is_formula: bool) -> Option<Cell> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "what is too large for it is refused"
    )]
    let cell = match value {
        DataRef::Empty if is_formula => Cell::Formula,
        DataRef::Empty | DataRef::SharedString("") => return None,
        DataRef::String(text) if text.is_empty() => return None,
        DataRef::String(text) => Cell::Text(text),
        DataRef::SharedString(text) => Cell::Text(text.to_owned()),
        DataRef::Int(number) => Cell::Number(number as f64),
        DataRef::Float(number) => Cell::Number(number),
        DataRef::Bool(switch) => Cell::Switch(switch),
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => Cell::Date,
        DataRef::Error(error) => Cell::Fault(error.to_string()),
    };
    Some(cell)
}

/// The columns that a header names.
fn header(cells: Cells) -> Result<Vec<(u32, Column)>, String> {
    let mut columns: Vec<(u32, Column)> = Vec::with_capacity(cells.len());
    for (place, cell) in cells {
        let Cell::Text(name) = cell else {
            return Err(format!(
                "column {} has no text for a name; the first row names the columns: {}",
                letters(place),
                column_names()
            ));
        };
        let name = name.trim();
        let Some(column) = Column::named(name) else {
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
    if !columns.iter().any(|(_, column)| *column == Column::Target) {
        return Err(format!(
            "there is no column target, which says what is deleted; the first row names the columns: {}",
            column_names()
        ));
    }
    Ok(columns)
}

/// What a row names.
fn target(cells: &Cells, columns: &[(u32, Column)]) -> Result<Target, String> {
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
fn text(column: Column, cell: &Cell) -> Result<String, String> {
    const AS_TEXT: &str = "format the column as text and enter it again";
    let is_integer = matches!(
        column,
        Column::CampaignId | Column::AudienceId | Column::CompanyId
    );
    let is_switch = column == Column::RejectPosts;
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
        Cell::Fault(error) => Err(format!(
            "{column}: holds the error {error}; mend it, or enter the value"
        )),
        Cell::Formula => Err(format!(
            "{column}: is a formula without a result; open the file in Excel and save it, or enter the value"
        )),
    }
}

/// The cells in the order of the header, for a person to mend.
fn as_csv(cells: &Cells, columns: &[(u32, Column)]) -> Vec<u8> {
    let place = |column: &u32| cells.iter().find(|(place, _)| place == column);
    let values = columns.iter().map(|(column, _)| match place(column) {
        None => String::new(),
        Some((_, Cell::Text(text) | Cell::Fault(text))) => text.clone(),
        Some((_, Cell::Number(number))) => number.to_string(),
        Some((_, Cell::Switch(switch))) => switch.to_string(),
        Some((_, Cell::Date)) => "date".to_owned(),
        Some((_, Cell::Formula)) => "formula".to_owned(),
    });
    let mut csv = csv::Writer::from_writer(Vec::new());
    // Memory takes whatever is written.
    let _ = csv.write_record(values);
    csv.into_inner().unwrap_or_default()
}

/// A column's name in Excel.
fn letters(mut column: u32) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}
