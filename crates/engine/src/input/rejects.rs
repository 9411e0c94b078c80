//! Bad rows, for a person to mend.

use std::{
    fmt,
    io::{self, Write},
};

use super::row::BadRow;

/// Writes bad rows as CSV with the columns `file`, `line`, `reason` and `row`. Mended, the rows of one list
/// below its header are a list again.
pub struct Rejects<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> Rejects<W> {
    /// Writes the header, so that a place that cannot be written shows before lists are read.
    ///
    /// # Errors
    ///
    /// `output` cannot be written.
    pub fn new(output: W) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(output);
        csv.write_record(["file", "line", "reason", "row"])?;
        csv.flush()?;
        Ok(Self { csv })
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn push(&mut self, bad: &BadRow) -> io::Result<()> {
        let line = bad.line.to_string();
        self.csv
            .write_record([&bad.file, &line, &bad.reason, &bad.row])?;
        Ok(())
    }

    /// Writes what is still held, and gives back the output.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.csv
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)
    }
}

/// Without the rows, which name people.
impl<W: Write> fmt::Debug for Rejects<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejects").finish_non_exhaustive()
    }
}
