//! What is read of a list: rows, and what is wrong with them.

use std::fmt;

use prospect_delete_core::{Target, harmless, quoted};

/// The longest row, in bytes. No row comes near: this is a quote that was left open, or no list at all.
pub(super) const LONGEST_ROW: usize = 1 << 20;

/// The most of a row that a [`BadRow`] shows, in bytes.
const SHOWN_ROW: usize = 64 << 10;

/// The most of a reason that is shown, in characters.
const SHOWN_REASON: usize = 400;

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

    pub(super) fn io(file: &str, error: impl fmt::Display) -> Self {
        Self {
            io: true,
            ..Self::list(file, &format!("cannot be read ({error})"))
        }
    }

    pub(super) fn list(file: &str, reason: &str) -> Self {
        Self {
            text: format!("{}: {}", one_line(file), bounded(reason)),
            io: false,
        }
    }

    pub(super) fn line(file: &str, line: u64, reason: &str) -> Self {
        Self::list(&format!("{file}:{line}"), reason)
    }
}

/// A value in quotes, on one line, cut where it is long.
pub(super) fn shown(value: &str) -> String {
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
