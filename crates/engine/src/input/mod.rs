//! Reads lists of targets, row by row, in memory that does not grow with them, but for the shared strings of
//! workbooks.
//!
//! A list that is not what it is said to be is refused as a whole, by an [`InputError`]. A row that names
//! nothing that can be deleted is a [`BadRow`], and the next one is read. In doubt it is one of the two:
//! nothing is trimmed, guessed or mended, because what is read here will be deleted.

mod csv;
mod json_lines;
mod rejects;
mod xlsx;

use std::{
    fmt,
    io::{Chain, Cursor, Read},
    iter::FusedIterator,
    path::Path,
};

use prospect_delete_core::{harmless, quoted};
pub use rejects::Rejects;

use prospect_delete_core::{Field, Target, nearest};

/// The longest row, in bytes. No row comes near: this is a quote that was left open, or no list at all.
const LONGEST_ROW: usize = 1 << 20;

/// How much of a list is looked at before its first row, in bytes.
const HEAD: u64 = 8 << 10;

/// The most of a row that a [`BadRow`] shows, in bytes.
const SHOWN_ROW: usize = 64 << 10;

/// The most of a reason that is shown, in characters.
const SHOWN_REASON: usize = 400;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values in UTF-8. The first row names the columns.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A sheet of an Excel workbook of up to 64 MiB. Its first row names the columns.
    Xlsx,
}

impl Format {
    /// The format of a file, by its extension in any case: `.csv`; `.jsonl` or `.ndjson`; `.xlsx`.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// The format of this name: `csv`, `jsonl` or `xlsx`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// How to come by a file that can be read.
    const fn remedy(self) -> &'static str {
        match self {
            Self::Csv => "save it as CSV in UTF-8 and give that",
            Self::JsonLines => "write it as JSON Lines in UTF-8 and give that",
            Self::Xlsx => "save it as .xlsx or CSV and give that",
        }
    }
}

/// A row that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The line of the file that the row begins in, from 1.
    pub line: u64,
    /// What it names.
    pub target: Target,
}

/// A row that names nothing that can be deleted. Displays as one line, `FILE:LINE: REASON`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadRow {
    /// The name of the list.
    pub file: String,
    /// The line of the file that the row begins in, from 1.
    pub line: u64,
    /// What is wrong and what to do, on one line of bounded length.
    pub reason: String,
    /// The row as it stood, without the line break behind it. What is not UTF-8 is U+FFFD, and what is
    /// beyond 64 KiB is an ellipsis.
    pub row: String,
}

impl BadRow {
    /// A row that is found to be bad only beside others; `row` is its text.
    #[must_use]
    pub fn new(file: &str, line: u64, reason: &str, row: &[u8]) -> Self {
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        let row = row.strip_suffix(b"\r").unwrap_or(row);
        let mut text = String::from_utf8_lossy(&row[..row.len().min(SHOWN_ROW)]).into_owned();
        if row.len() > SHOWN_ROW {
            text.push('…');
        }
        Self {
            file: file.to_owned(),
            line,
            reason: bounded(reason),
            row: text,
        }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", one_line(&self.file), self.line, self.reason)
    }
}

impl std::error::Error for BadRow {}

/// Why a list as a whole cannot be read. Displays as one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct InputError {
    text: String,
    io: bool,
}

impl InputError {
    /// Whether reading failed, rather than what was read being no list.
    #[must_use]
    pub fn is_io(&self) -> bool {
        self.io
    }

    fn io(file: &str, error: impl fmt::Display) -> Self {
        Self {
            io: true,
            ..Self::list(file, &format!("cannot be read ({error})"))
        }
    }

    fn list(file: &str, reason: &str) -> Self {
        Self {
            text: format!("{}: {}", one_line(file), bounded(reason)),
            io: false,
        }
    }

    fn line(file: &str, line: u64, reason: &str) -> Self {
        Self::list(&format!("{file}:{line}"), reason)
    }
}

/// Reads a list, row by row. After an [`InputError`] comes nothing more.
pub struct Reader<R> {
    rows: Option<Rows<R>>,
    skipped: u64,
}

/// What a list is read from: what was looked at already, and the rest.
type Source<R> = Chain<Cursor<Vec<u8>>, R>;

enum Rows<R> {
    Csv(csv::Rows<Source<R>>),
    JsonLines(json_lines::Rows<Source<R>>),
    Xlsx(xlsx::Rows),
}

impl<R: Read> Reader<R> {
    /// Begins to read a list. `name` is what messages call it; `input` needs no buffer of its own.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no list of this format: another kind of file, or a header with columns that
    /// no target has.
    pub fn new(name: impl Into<String>, format: Format, input: R) -> Result<Self, InputError> {
        Self::begin(name.into(), format, None, input)
    }

    /// Begins to read the sheet of this name from an Excel workbook. [`new`](Self::new) reads the only one that
    /// is shown and has values, and refuses a workbook with several.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), and where there is no such sheet.
    pub fn of_sheet(name: impl Into<String>, sheet: &str, input: R) -> Result<Self, InputError> {
        Self::begin(name.into(), Format::Xlsx, Some(sheet.to_owned()), input)
    }

    fn begin(
        name: String,
        format: Format,
        sheet: Option<String>,
        mut input: R,
    ) -> Result<Self, InputError> {
        let mut head = Vec::new();
        input
            .by_ref()
            .take(HEAD)
            .read_to_end(&mut head)
            .map_err(|error| InputError::io(&name, error))?;
        if let Some(reason) = foreign(&head, format) {
            return Err(InputError::list(&name, &reason));
        }
        if format == Format::Xlsx {
            let rows = xlsx::Rows::new(name, sheet, Cursor::new(head).chain(input))?;
            return Ok(Self {
                rows: Some(Rows::Xlsx(rows)),
                skipped: 0,
            });
        }
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head);
        let source = Cursor::new(text.to_vec()).chain(input);
        Ok(Self {
            rows: Some(match format {
                Format::Csv => Rows::Csv(csv::Rows::new(name, source)?),
                _ => Rows::JsonLines(json_lines::Rows::new(name, source)),
            }),
            skipped: 0,
        })
    }

    /// How many rows were passed over so far since all their values are empty. Lines with nothing in them are no
    /// rows.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Result<Row, BadRow>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.rows.as_mut()? {
            Rows::Csv(rows) => rows.next(),
            Rows::JsonLines(rows) => rows.next(),
            Rows::Xlsx(rows) => rows.next(),
        };
        self.skipped = match self.rows.as_ref()? {
            Rows::Csv(rows) => rows.skipped,
            Rows::JsonLines(_) => 0,
            Rows::Xlsx(rows) => rows.skipped,
        };
        if !matches!(next, Some(Ok(_))) {
            self.rows = None;
        }
        next
    }
}

impl<R: Read> FusedIterator for Reader<R> {}

/// Without the rows, which name people.
impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// Why a file that begins like this is none of the format, if that shows already.
fn foreign(head: &[u8], format: Format) -> Option<String> {
    /// How files begin that are given by mistake.
    const SIGNATURES: [(&[u8], &str); 5] = [
        (
            b"PK\x03\x04",
            "is an Excel workbook, to be read with --format xlsx, or another ZIP archive",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook"),
        (b"\x1f\x8b", "is compressed"),
        (b"\xff\xfe", "is text in UTF-16"),
        (b"\xfe\xff", "is text in UTF-16"),
    ];
    let remedy = format.remedy();
    if format == Format::Xlsx {
        return match head {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => None,
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(format!(
                "is an Excel workbook of the old form, or protected by a password; {remedy}, without a password"
            )),
            [] => Some(format!("is empty; {remedy}")),
            _ => Some(format!("is no Excel workbook; {remedy}")),
        };
    }
    let signature = SIGNATURES
        .into_iter()
        .find(|(signature, _)| head.starts_with(signature));
    if let Some((_, what)) = signature {
        return Some(format!("{what}; {remedy}"));
    }
    if head.contains(&0) {
        return Some(format!(
            "is no text in UTF-8, since it has zero bytes; {remedy}"
        ));
    }
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    match (format, head.trim_ascii_start().first()) {
        (Format::JsonLines, Some(b'[')) => Some(
            "is a JSON array; JSON Lines has one object a line, with neither brackets around nor commas \
             between them"
                .to_owned(),
        ),
        (Format::Csv, Some(b'{' | b'[')) => Some(
            "is JSON rather than CSV; give CSV with a header, or one JSON object a line as JSON Lines"
                .to_owned(),
        ),
        _ => None,
    }
}

/// What to give instead of an unknown column.
fn instead(unknown: &str) -> String {
    nearest(unknown, Field::all().map(Field::name)).map_or_else(
        || format!("there are {}", column_names()),
        |nearest| format!("is {nearest} meant?"),
    )
}

fn column_names() -> String {
    Field::all().map(Field::name).collect::<Vec<_>>().join(", ")
}

/// A row that names the columns once more.
enum Again {
    /// As the header does; with the reason why the row is bad.
    Same(String),
    /// In another way, so that the rows behind it would be read wrongly.
    Other,
}

/// Whether values are a header, as where lists were put together.
fn again<'a>(values: impl Iterator<Item = &'a str>, columns: &[Field]) -> Option<Again> {
    let mut named = Vec::with_capacity(columns.len());
    for value in values {
        let value = value.trim();
        if !value.is_empty() {
            named.push(Field::named(&value.to_ascii_lowercase())?);
        }
    }
    if !named.contains(&Field::TARGET) && named.len() < 2 {
        return None;
    }
    Some(if named == columns {
        Again::Same(
            "is a second header, as where lists were put together; remove this row".to_owned(),
        )
    } else {
        Again::Other
    })
}

/// Why a list ends at a header with other columns than its own.
fn other_header() -> String {
    "is a second header, with other columns than the first, as where lists were put together; give each list in a file of its own"
        .to_owned()
}

/// A value in quotes, on one line, cut where it is long.
fn shown(value: &str) -> String {
    quoted(value)
}

/// Without the middle where it is long: which value it is stands at the one end, and what to do at the other.
fn bounded(reason: &str) -> String {
    let line = one_line(reason);
    let count = line.chars().count();
    if count <= SHOWN_REASON {
        return line;
    }
    let half = SHOWN_REASON / 2;
    let first: String = line.chars().take(half).collect();
    let last: String = line.chars().skip(count - half).collect();
    format!("{first}…{last}")
}

/// With characters escaped that break lines, act on a terminal or reorder what it shows.
fn one_line(text: &str) -> String {
    harmless(text, usize::MAX)
}
