use std::{
    fmt,
    path::{Path, PathBuf},
};

/// One fault of a document: where it is, what it is, and what to do.
///
/// Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    file: PathBuf,
    pointer: String,
    fault: String,
    remedy: String,
}

impl Problem {
    /// A fault at `pointer` of `file`.
    #[must_use]
    pub fn new(
        file: &Path,
        pointer: impl Into<String>,
        fault: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            pointer: pointer.into(),
            fault: fault.into(),
            remedy: remedy.into(),
        }
    }

    /// The file at fault.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The place within the document, a JSON pointer (RFC 6901); empty for the whole.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!(
            "{}#{}: {}; {}",
            self.file.display(),
            self.pointer,
            self.fault,
            self.remedy
        );
        // Messages from parsers may span lines, and cargo takes one line an error.
        f.write_str(&line.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl std::error::Error for Problem {}

/// Appends one reference token to a JSON pointer (RFC 6901).
#[must_use]
pub fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}
