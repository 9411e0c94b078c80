//! Reads lists of targets, row by row, in memory that does not grow with them, but for the shared strings of
//! workbooks.
//!
//! A list that is not what it is said to be is refused as a whole, by an [`InputError`]. A row that names
//! nothing that can be deleted is a [`BadRow`], and the next one is read. In doubt it is one of the two:
//! nothing is trimmed, guessed or mended, because what is read here will be deleted.

mod csv;
mod header;
mod json_lines;
mod rejects;
mod row;
mod xlsx;

use std::{
    fmt,
    io::{Chain, Cursor, Read},
    iter::FusedIterator,
    path::Path,
};

pub use rejects::Rejects;
pub use row::{BadRow, InputError, Row};

/// How much of a list is looked at before its first row, in bytes.
const HEAD: u64 = 8 << 10;

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
