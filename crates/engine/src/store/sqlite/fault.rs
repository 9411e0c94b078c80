//! What `SQLite` says, as faults of a run.

use std::{fs, io, path::Path, sync::Arc};

use rusqlite::ErrorCode;

use crate::{Error, GuardViolation, StorageError, StoreFault, Unusable};

/// A fault of the database, in words that help: a full disk is no fault of SQL.
pub(super) fn database(run: &str, error: rusqlite::Error) -> Error {
    let run = run.to_owned();
    let fault = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => return Unusable::NotARun { run }.into(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            return GuardViolation::Held { run }.into();
        }
        Some(ErrorCode::DiskFull) => StoreFault::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreFault::Access
        }
        Some(ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed) => StoreFault::Disk,
        Some(ErrorCode::OutOfMemory) => StoreFault::Memory,
        code => {
            // Whatever else SQLite says is about its own language. It helps nobody who restores a copy, and whoever
            // looks for a fault of this program.
            tracing::debug!(%error, "the database does not answer as a run file does");
            let what = match code {
                Some(ErrorCode::DatabaseCorrupt) => "parts of it cannot be read",
                _ => "it does not hold what a run file holds",
            };
            return Unusable::Damaged {
                run,
                what: what.to_owned(),
                source: Some(Arc::new(error)),
            }
            .into();
        }
    };
    StorageError::Run {
        run,
        fault,
        source: Arc::new(error),
    }
    .into()
}

/// A fault of the file itself.
pub(super) fn file(path: &Path, error: io::Error) -> Error {
    let run = path.display().to_string();
    match error.kind() {
        io::ErrorKind::IsADirectory => Unusable::Folder { run }.into(),
        io::ErrorKind::StorageFull => StorageError::Run {
            run,
            fault: StoreFault::Full,
            source: Arc::new(error),
        }
        .into(),
        _ => Error::file(path, error),
    }
}

/// A run file that cannot be opened is bad input where it is not there, and a fault of storage elsewhere.
pub(super) fn open(path: &Path, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        let run = path.display().to_string();
        Unusable::NoSuchRun { run }.into()
    } else {
        file(path, error)
    }
}

/// Makes a file's name durable.
pub(crate) fn sync_folder(path: &Path) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Not every system can; the file itself was synchronised.
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
}
