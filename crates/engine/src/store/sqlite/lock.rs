//! Who is at work on a run file, and where the file is.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use super::fault;
use crate::{Error, GuardViolation};

/// Keeps others from a run, and knows which file it is, wherever that is moved to.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    pub(super) fn take(file: File, path: &Path) -> Result<Self, Error> {
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let run = path.display().to_string();
                Err(GuardViolation::InUse { run }.into())
            }
            Err(TryLockError::Error(error)) => Err(fault::file(path, error)),
        }
    }

    /// Whether the file is still where it was opened.
    #[cfg(unix)]
    pub(super) fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;

        let identity = |about: fs::Metadata| (about.dev(), about.ino());
        match (self.0.metadata(), fs::metadata(path)) {
            (Ok(own), Ok(there)) => identity(own) == identity(there),
            _ => false,
        }
    }

    /// Whether the file is still where it was opened. A system that is not Unix keeps open files in place.
    #[cfg(not(unix))]
    pub(super) fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok()
    }

    /// Where the file is now, if it is anywhere and the system says so.
    pub(super) fn place(&self) -> Option<PathBuf> {
        #[cfg(target_os = "linux")]
        let place = {
            use std::os::fd::AsRawFd;

            fs::read_link(format!("/proc/self/fd/{}", self.0.as_raw_fd())).ok()
        };
        #[cfg(not(target_os = "linux"))]
        let place: Option<PathBuf> = None;
        place.filter(|place| self.is_at(place))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to a process that is just being started, which has all our files open
        // for a moment. What cannot be unlocked is closed all the same.
        let _ = self.0.unlock();
    }
}
