//! How the program ends, for scripts that rely on it.

use std::{fmt, process::ExitCode};

use prospect_delete_core::{InvalidInput, Outcome};
use prospect_delete_engine::input::InputError;

/// The exit status. Unknown outcomes win over refused ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was deleted or accepted, or there was nothing to do.
    Done = 0,
    /// A fault of the program or of the machine.
    Internal = 1,
    /// Bad usage or input. Nothing was sent.
    Usage = 2,
    /// Something was rejected, not sent, or is in no run that was checked.
    Refused = 3,
    /// Nobody knows of something whether it was deleted.
    Unknown = 4,
    /// A guard held it back. Nothing was sent.
    Guarded = 5,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        if outcome.is_success() {
            Self::Done
        } else if outcome.is_in_doubt() {
            Self::Unknown
        } else {
            Self::Refused
        }
    }
}

/// Why the program ends without having done what was asked: one line, and the status that goes with it.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    line: String,
}

impl Failure {
    /// A fault of the program or of the machine.
    pub fn internal(line: impl Into<String>) -> Self {
        Self {
            exit: Exit::Internal,
            line: line.into(),
        }
    }

    /// Something given cannot be used.
    pub fn usage(line: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            line: line.into(),
        }
    }

    /// A guard held it back.
    pub fn guarded(line: impl Into<String>) -> Self {
        Self {
            exit: Exit::Guarded,
            line: line.into(),
        }
    }

    /// The status to end with.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<InvalidInput> for Failure {
    fn from(error: InvalidInput) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let line = error.to_string();
        if error.is_io() {
            Self::internal(line)
        } else {
            Self::usage(line)
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
