//! Lists as comma-separated values.

use std::io::{self, Read};

use csv::ByteRecord;

use super::{
    header::{Again, again, column_names, instead, other_header},
    row::{BadRow, InputError, LONGEST_ROW, Row, shown},
};
use prospect_delete_core::{Field, Fields, Target};

/// How much is read at a time, in bytes.
const BUFFER: usize = 64 << 10;

pub(super) struct Rows<R> {
    file: String,
    csv: csv::Reader<Window<R>>,
    record: ByteRecord,
    /// Where the record ends, in bytes from the start.
    end: u64,
    columns: Vec<Field>,
    /// Rows whose values are all empty.
    pub(super) skipped: u64,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(file: String, input: R) -> Result<Self, InputError> {
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            // A row of another length is a bad row, not the end.
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(Window::new(input));
        let mut rows = Self {
            file,
            csv,
            record: ByteRecord::new(),
            end: 0,
            columns: Vec::new(),
            skipped: 0,
        };
        if !rows.advance()? {
            return Err(InputError::list(
                &rows.file,
                &format!(
                    "is empty; its first line names the columns: {}",
                    column_names()
                ),
            ));
        }
        rows.columns = rows
            .header()
            .map_err(|reason| InputError::line(&rows.file, rows.line(), &reason))?;
        Ok(rows)
    }

    pub(super) fn next(&mut self) -> Option<Result<Result<Row, BadRow>, InputError>> {
        loop {
            match self.advance() {
                Ok(true) if self.is_blank() => self.skipped += 1,
                Ok(true) => break,
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        let line = self.line();
        let values: Option<Vec<_>> = self
            .record
            .iter()
            .map(|value| std::str::from_utf8(value).ok())
            .collect();
        match values.and_then(|values| again(values.into_iter(), &self.columns)) {
            Some(Again::Other) => {
                return Some(Err(InputError::line(&self.file, line, &other_header())));
            }
            Some(Again::Same(reason)) => {
                return Some(Ok(Err(BadRow::new(&self.file, line, &reason, self.text()))));
            }
            None => {}
        }
        Some(Ok(match self.target() {
            Ok(target) => Ok(Row { line, target }),
            Err(reason) => Err(BadRow::new(&self.file, line, &reason, self.text())),
        }))
    }

    /// Reads the next record. False where there is none.
    fn advance(&mut self) -> Result<bool, InputError> {
        self.csv.get_mut().pass(self.end);
        let read = self.csv.read_byte_record(&mut self.record);
        self.end = self.csv.position().byte();
        let window = self.csv.get_mut();
        window.pass_blank_lines();
        let unread = window.full.then(|| quotes(window.unread()));
        match (read, unread) {
            (_, Some(Quotes::Open(at))) => Err(self.refused(
                at,
                "a quote opens here and does not close within 1 MiB; close it",
            )),
            (_, Some(_)) => Err(self.refused(
                0,
                "the row is longer than 1 MiB; begin a new line for each row",
            )),
            (Err(error), None) => Err(InputError::io(&self.file, error)),
            (Ok(more), None) => match quotes(self.text()) {
                Quotes::Open(at) => Err(self.refused(
                    at,
                    "a quote opens here and does not close before the end of the file; close it, or give the \
                     whole file if it was cut off",
                )),
                _ => Ok(more),
            },
        }
    }

    /// A fault at an offset into the record that ends the reading.
    fn refused(&self, at: usize, reason: &str) -> InputError {
        let before = &self.csv.get_ref().unread()[..at];
        InputError::line(&self.file, self.line() + breaks(before), reason)
    }

    /// The columns that the record names.
    fn header(&self) -> Result<Vec<Field>, String> {
        // Before the quotes, which do not stand where they should if commas are not the separator.
        self.check_separator()?;
        self.check_quotes()?;
        let mut columns = Vec::with_capacity(self.record.len());
        for (index, name) in self.record.iter().enumerate() {
            let name = std::str::from_utf8(name)
                .map_err(|_| "the header is not UTF-8; save the file as CSV in UTF-8".to_owned())?
                .trim();
            if name.is_empty() {
                return Err(format!(
                    "column {} has no name; name it or remove it",
                    index + 1
                ));
            }
            let Some(column) = Field::named(name) else {
                return Err(format!(
                    "column {} is unknown; {}",
                    shown(name),
                    instead(name)
                ));
            };
            if columns.contains(&column) {
                return Err(format!("column {column} stands twice; remove one"));
            }
            columns.push(column);
        }
        if !columns.contains(&Field::TARGET) {
            return Err(format!(
                "there is no column target, which says what is deleted; the first line names the columns: {}",
                column_names()
            ));
        }
        Ok(columns)
    }

    fn check_separator(&self) -> Result<(), String> {
        let first = self.record.get(0).unwrap_or_default();
        let begins = first.get(..4).unwrap_or_default();
        if begins.eq_ignore_ascii_case(b"sep=") {
            return Err(
                "is the line sep=, which only Excel understands; remove it, and save the file as CSV with commas between the columns"
                    .to_owned(),
            );
        }
        let has = |byte: u8| self.record.len() == 1 && first.contains(&byte);
        let separators = [(b';', "semicolons"), (b'\t', "tabs"), (b'|', "|")];
        match separators.into_iter().find(|(byte, _)| has(*byte)) {
            None => Ok(()),
            Some((_, what)) => Err(format!(
                "columns are separated by {what}; save the file as CSV with commas between them"
            )),
        }
    }

    /// Whether the record has no value: spreadsheets write such rows for cells that were emptied.
    fn is_blank(&self) -> bool {
        self.text()
            .iter()
            .all(|byte| matches!(byte, b',' | b'"' | b' ' | b'\t'))
            && self
                .record
                .iter()
                .all(|value| value.trim_ascii().is_empty())
    }

    /// What the record names.
    fn target(&self) -> Result<Target, String> {
        self.check_quotes()?;
        let (expected, got) = (self.columns.len(), self.record.len());
        if got != expected {
            let several = |count: usize, what: &str| match count {
                1 => format!("1 {what}"),
                count => format!("{count} {what}s"),
            };
            let mut reason = format!(
                "has {} where the header has {}",
                several(got, "value"),
                several(expected, "column")
            );
            if got > expected {
                reason.push_str("; put a value with a comma in quotes");
            }
            return Err(reason);
        }
        let mut fields = Fields::default();
        for (column, value) in self.columns.iter().zip(&self.record) {
            let value = std::str::from_utf8(value)
                .map_err(|_| format!("{column}: is not UTF-8; save the file as CSV in UTF-8"))?;
            fields.set(*column, value);
        }
        Target::try_from(&fields).map_err(|error| error.to_string())
    }

    /// Refuses what the csv crate makes the best of: with a quote too many or too few, rows run into each
    /// other or lose a character, and what is read is not what was meant.
    fn check_quotes(&self) -> Result<(), String> {
        let text = self.text();
        let lines = breaks(text);
        if lines > 0 {
            let last = self.line() + lines;
            return Err(format!(
                "a quote makes one row of the lines up to {last}; close it, no value has a line break"
            ));
        }
        if quotes(text) == Quotes::Loose {
            return Err(
                "text stands behind a closing quote; put the whole value in quotes, and double each within it"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// The line that the record begins in.
    fn line(&self) -> u64 {
        self.csv.get_ref().line
    }

    /// The record as it stands, without the line break behind it.
    fn text(&self) -> &[u8] {
        let text = self.csv.get_ref().until(self.end);
        text.strip_suffix(b"\n")
            .or_else(|| text.strip_suffix(b"\r"))
            .unwrap_or(text)
    }
}

/// Keeps what the csv crate was given until it is known what became of it: for the text of a bad row, for
/// its line, which the crate says too low behind blank lines and CRLF, and to bound it, which the crate does
/// not.
struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    /// How many of the bytes are done with.
    passed: usize,
    /// The same from the start of the list.
    offset: u64,
    /// The line that the next byte stands in.
    line: u64,
    after_return: bool,
    /// A row was too long.
    full: bool,
}

impl<R> Window<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            bytes: Vec::new(),
            passed: 0,
            offset: 0,
            line: 1,
            after_return: false,
            full: false,
        }
    }

    fn unread(&self) -> &[u8] {
        &self.bytes[self.passed..]
    }

    /// What lies before `end`, counted from the start of the list.
    fn until(&self, end: u64) -> &[u8] {
        let unread = self.unread();
        let length = usize::try_from(end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        &unread[..length.min(unread.len())]
    }

    fn pass(&mut self, end: u64) {
        let length = self.until(end).len();
        for byte in &self.bytes[self.passed..][..length] {
            let begins = match byte {
                b'\n' => !self.after_return,
                b'\r' => true,
                _ => false,
            };
            self.line += u64::from(begins);
            self.after_return = *byte == b'\r';
        }
        self.passed += length;
        self.offset += length as u64;
    }

    fn pass_blank_lines(&mut self) {
        let is_break = |byte: &&u8| matches!(byte, b'\n' | b'\r');
        let blank = self.unread().iter().take_while(is_break).count();
        self.pass(self.offset + blank as u64);
    }
}

impl<R: Read> Read for Window<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pass_blank_lines();
        self.bytes.drain(..self.passed);
        self.passed = 0;
        self.full = self.bytes.len() > LONGEST_ROW;
        if self.full {
            return Err(io::Error::other("a row is too long"));
        }
        let count = loop {
            match self.input.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// How the quotes of a row stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    Closed,
    /// There is text between a closing quote and the end of the value.
    Loose,
    /// The quote here does not close.
    Open(usize),
}

/// Follows quotes as the csv crate does: they open at the start of a value alone.
fn quotes(row: &[u8]) -> Quotes {
    enum At {
        Start,
        Bare,
        Quoted,
        Quote,
    }
    if !row.contains(&b'"') {
        return Quotes::Closed;
    }
    let mut at = At::Start;
    let mut opened = 0;
    let mut loose = false;
    for (index, byte) in row.iter().enumerate() {
        at = match (at, byte) {
            (At::Quoted, b'"') => At::Quote,
            (At::Start, b'"') => {
                opened = index;
                At::Quoted
            }
            (At::Quoted, _) | (At::Quote, b'"') => At::Quoted,
            (_, b',' | b'\r' | b'\n') => At::Start,
            (At::Quote, _) => {
                loose = true;
                At::Bare
            }
            _ => At::Bare,
        };
    }
    match at {
        At::Quoted => Quotes::Open(opened),
        _ if loose => Quotes::Loose,
        _ => Quotes::Closed,
    }
}

/// How many lines begin within.
fn breaks(text: &[u8]) -> u64 {
    let mut count = 0;
    let mut before = 0;
    for byte in text {
        count += u64::from(*byte == b'\r' || (*byte == b'\n' && before != b'\r'));
        before = *byte;
    }
    count
}
