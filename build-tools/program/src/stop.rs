//! Why the program ends before its work is done.

use std::{fmt, path::Path};

/// What keeps a command from its answer, as one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// What was given cannot be read. Exit status 2.
    Input(String),
    /// The work could not be done. Exit status 1.
    Failure(String),
}

impl Stop {
    /// Something given that cannot be used.
    pub fn input(line: impl fmt::Display) -> Self {
        Self::Input(one_line(&line.to_string()))
    }

    /// Something of this repository, or this machine, that is at fault.
    pub fn failure(line: impl fmt::Display) -> Self {
        Self::Failure(one_line(&line.to_string()))
    }

    /// A file of this repository that could not be read or written.
    pub fn file(path: &Path, error: impl fmt::Display) -> Self {
        Self::failure(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(line) | Self::Failure(line) => f.write_str(line),
        }
    }
}

/// Parsers' messages span lines; ours do not.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
