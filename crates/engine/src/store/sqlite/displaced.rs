//! A run file that was moved or deleted while it was applied.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
};

use super::{Database, fault};
use crate::{Error, StorageError, store::Recorded};

impl Database {
    /// Where what happened is kept, if that is not where the file was opened: then a copy is written.
    pub(super) fn displacement(&self) -> Option<Error> {
        let lock = self.lock.as_ref().filter(|lock| !lock.is_at(&self.path))?;
        let run = self.run.clone();
        let error = match lock.place() {
            Some(place) => StorageError::Moved { run, place },
            None => match self.rescue() {
                Ok(copy) => StorageError::Rescued { run, copy },
                Err(error) => StorageError::Lost {
                    run,
                    source: Box::new(error),
                },
            },
        };
        Some(error.into())
    }

    pub(super) fn is_displaced(&self) -> bool {
        self.lock
            .as_ref()
            .is_some_and(|lock| !lock.is_at(&self.path))
    }

    /// Takes back attempts that began, since they are not sent.
    pub(super) fn withdraw(&self, recorded: &[Recorded]) {
        for recorded in recorded {
            if let Recorded::Claimed(claim) = recorded {
                // One that cannot be taken back counts as unknown, which it may be.
                let _ = self
                    .connection
                    .execute("DELETE FROM attempt WHERE id = ?", [claim.attempt]);
            }
        }
    }

    /// Writes what a deleted file held into a new one.
    fn rescue(&self) -> Result<PathBuf, Error> {
        let name = self.path.file_name().unwrap_or_default();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut failed = Error::file(&self.path, io::ErrorKind::NotFound.into());
        for folder in [folder, &std::env::temp_dir()] {
            for number in 1..100 {
                let mut name = name.to_owned();
                name.push(format!(".rescued-{number}"));
                let copy = folder.join(name);
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                match options.open(&copy) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                    Err(error) => {
                        failed = fault::file(&copy, error);
                        break;
                    }
                }
                let written = self
                    .connection
                    .execute("VACUUM INTO ?", [copy.to_string_lossy()]);
                return match written {
                    Ok(_) => Ok(copy),
                    Err(error) => Err(fault::database(&copy.display().to_string(), error)),
                };
            }
        }
        Err(failed)
    }
}
