use std::{fmt, io, path::Path};

/// Why a run could not be planned, applied, read or forgotten. Displays as one line that says what to do.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    line: String,
}

/// Whose turn it is after an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something given cannot be used. Nothing was sent.
    Input,
    /// A guard held it back. Nothing was sent.
    Guard,
    /// A file could not be read or written. What had been recorded is kept.
    Storage,
}

impl Error {
    /// Whose turn it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Bad input that a caller found, in a step that the engine took for it.
    #[must_use]
    pub fn invalid(line: impl Into<String>) -> Self {
        Self::input(line)
    }

    pub(crate) fn input(line: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Input,
            line: line.into(),
        }
    }

    pub(crate) fn guard(line: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Guard,
            line: line.into(),
        }
    }

    pub(crate) fn storage(line: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Storage,
            line: line.into(),
        }
    }

    /// The same, for another who waits for the same thing.
    pub(crate) fn again(&self) -> Self {
        Self {
            kind: self.kind,
            line: self.line.clone(),
        }
    }

    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::IsADirectory => Self::input(format!(
                "{path}: is a folder; give the file that `plan --out` wrote"
            )),
            io::ErrorKind::NotFound => {
                Self::storage(format!("{path}: its folder is not there; make it first"))
            }
            io::ErrorKind::PermissionDenied => Self::storage(format!(
                "{path}: this user may not use it ({error}); give access to the file and its folder"
            )),
            io::ErrorKind::StorageFull => Self::storage(format!(
                "{path}: the disk is full; make room and run it again"
            )),
            _ => Self::storage(format!("{path}: {error}")),
        }
    }

    /// A fault of the database, in words that help: a full disk is no fault of SQL.
    pub(crate) fn database(path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.display();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::input(format!(
                "{path}: is not a run file; give the file that `plan --out` wrote"
            )),
            Some(ErrorCode::DatabaseCorrupt) => Self::input(format!(
                "{path}: damaged: parts of it cannot be read; restore a copy of it, since what it recorded cannot be told any more"
            )),
            Some(ErrorCode::DiskFull) => Self::storage(format!(
                "{path}: the disk is full; make room and run it again"
            )),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::storage(format!(
                    "{path}: cannot be opened or written ({error}); give access to the file and its folder"
                ))
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::guard(format!(
                "{path}: another program holds it; wait until that has ended"
            )),
            Some(ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed) => {
                Self::storage(format!(
                    "{path}: the disk failed ({error}); see to the disk, then run it again"
                ))
            }
            Some(ErrorCode::OutOfMemory) => {
                Self::storage(format!("{path}: there is not enough memory"))
            }
            // Whatever else SQLite says is about its own language, which helps nobody.
            _ => Self::input(format!(
                "{path}: damaged: it does not hold what a run file holds; restore a copy of it"
            )),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl std::error::Error for Error {}

/// As its line.
impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Error {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Error".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}

impl From<prospect_delete_core::InvalidInput> for Error {
    fn from(error: prospect_delete_core::InvalidInput) -> Self {
        Self::input(error.to_string())
    }
}
