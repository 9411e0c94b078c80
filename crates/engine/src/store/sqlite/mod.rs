//! A run in a file: one `SQLite` database, from plan to report.

mod displaced;
mod draft;
mod fault;
mod forget;
mod journal;
mod lock;
mod open;
mod plan;
mod recompute;
mod records;
mod rows;
mod schema;
mod writer;

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use self::{draft::FileDraft, lock::Lock};
use super::{AttemptId, Draft, Journal, Records, RequestId, Store, checked::Checked};
use crate::{Error, Unusable, pass::Selection};

pub(crate) use fault::sync_folder;

/// A run in a file.
///
/// One program at a time applies or forgets it, and any number read it meanwhile. All that it is asked for reads the
/// disk, and blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFile {
    path: PathBuf,
}

/// A run file, open.
#[derive(Debug)]
struct Database {
    // Closed before the lock: its own locks on the file end with any handle of this process.
    connection: Connection,
    path: PathBuf,
    /// The path, as people call the run.
    run: String,
    selection: Selection,
    /// The last request that this pass looks at; parts made during it are handed over at once.
    last: RequestId,
    /// The pass that attempts belong to; 0 outside of one.
    pass: i64,
    /// The number of the attempt that began last, in any pass.
    attempt: AttemptId,
    /// What may be sent, once it was compared with the digest.
    checked: Option<Checked>,
    /// Held while this program writes; the system lets go of it when the program ends, however it ends.
    lock: Option<Lock>,
}

impl RunFile {
    /// The run in this file, whether or not there is one.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Store for RunFile {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn create(&self) -> Result<Box<dyn Draft>, Error> {
        Ok(Box::new(FileDraft::create(&self.path)?))
    }

    fn read(&self) -> Result<Box<dyn Records>, Error> {
        let path = &self.path;
        // No handle of our own is opened: closing one would end SQLite's locks of this whole process.
        let about = fs::metadata(path).map_err(|error| fault::open(path, error))?;
        if about.is_dir() {
            return Err(fault::file(path, io::ErrorKind::IsADirectory.into()));
        }
        let run = self.name();
        open::check_version(path, &run)?;
        let connection = open::reading(path, &run)?;
        Ok(Box::new(Database::new(connection, path, None)))
    }

    fn open(&self) -> Result<Box<dyn Journal>, Error> {
        let path = &self.path;
        let run = self.name();
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| fault::open(path, error))?;
        // Whether it is a run file is told before it is locked or touched.
        open::check_version(path, &run)?;
        let lock = Lock::take(lock, path)?;
        let connection = open::writing(path, &run)?;
        Ok(Box::new(Database::new(connection, path, Some(lock))))
    }
}

impl Database {
    fn new(connection: Connection, path: &Path, lock: Option<Lock>) -> Self {
        Self {
            connection,
            path: path.to_owned(),
            run: path.display().to_string(),
            selection: Selection::default(),
            last: 0,
            pass: 0,
            attempt: 0,
            checked: None,
            lock,
        }
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> Error + use<'_> {
        |error| fault::database(&self.run, error)
    }

    fn unknown(&self, what: String) -> Error {
        let run = self.run.clone();
        Unusable::Unknown { run, what }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::Place;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a folder"))
        }
    }

    impl Place for Folder {
        fn store(&self, name: &str) -> Box<dyn Store> {
            Box::new(RunFile::at(self.0.path().join(name)))
        }

        fn is_exclusive(&self) -> bool {
            true
        }
    }

    conformance!(Folder::new());
}
