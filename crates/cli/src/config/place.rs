//! Which file the configuration is read from, and whether it may be believed.
//!
//! A file that lies in the current folder or above was not chosen by whoever runs the program: it may have
//! come with a copied folder, or have been put there by another user of the machine. So it is believed only
//! if it belongs to this user and nobody else can write to it, and even then it may not have commands run or
//! keys sent to other hosts (`file.rs`). A file that is named is believed.

use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

use crate::exit::Failure;

/// What a configuration is called.
pub const FILE_NAME: &str = "prospect-delete.toml";

/// Names the file, where the flag does not.
pub const CONFIG_VARIABLE: &str = "PROSPECT_DELETE_CONFIG";

/// A longer file is no configuration.
const LONGEST_FILE: u64 = 1 << 20;

/// Why a file is the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was named by the flag or the variable.
    Named,
    /// It lies in the current folder or above.
    Found,
    /// It lies in the user's own folder.
    User,
}

/// The file of a configuration.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where it is.
    pub path: PathBuf,
    /// Why it is this one.
    pub origin: Origin,
}

impl Origin {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named by --config or PROSPECT_DELETE_CONFIG",
            Self::Found => "found in the current folder or above",
            Self::User => "of this user",
        }
    }
}

impl Place {
    /// The folder that paths in the file start from.
    pub fn folder(&self) -> &Path {
        self.path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."))
    }
}

/// The configuration in the user's own folder, whether it is there or not.
pub fn user_file() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(
        strategy
            .config_dir()
            .join("prospect-delete")
            .join(FILE_NAME),
    )
}

/// The configuration and its text: the one that is named, else the nearest in the current folder or above,
/// else the user's.
pub fn find(named: Option<PathBuf>) -> Result<Option<(Place, String)>, Failure> {
    if let Some(path) = named {
        return open(path, Origin::Named)?
            .map(Some)
            .ok_or_else(|| Failure::usage("the configuration that --config names is not there"));
    }
    let folder = env::current_dir()
        .map_err(|error| Failure::internal(format!("there is no current folder ({error})")))?;
    for folder in folder.ancestors() {
        if let Some(found) = open(folder.join(FILE_NAME), Origin::Found)? {
            return Ok(Some(found));
        }
    }
    match user_file() {
        Some(path) => open(path, Origin::User),
        None => Ok(None),
    }
}

/// Reads a file, if it is there and may be believed.
fn open(path: PathBuf, origin: Origin) -> Result<Option<(Place, String)>, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::usage(format!(
            "{}: cannot be read ({why}); it is the configuration {}",
            path.display(),
            origin.as_str()
        ))
    };
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error)
            if origin != Origin::Named
                && matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                )
                // A service may run with the home of another user.
                || origin == Origin::User && error.kind() == io::ErrorKind::PermissionDenied =>
        {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(&error)),
    };
    // Asked of the open file, so that it is the one which is read.
    let about = file.metadata().map_err(|error| unreadable(&error))?;
    if about.is_dir() {
        return match origin {
            Origin::Named => Err(unreadable(&"it is a folder")),
            _ => Ok(None),
        };
    }
    if origin != Origin::Named {
        check_owner(&path, &about)?;
    }
    let mut text = String::new();
    file.take(LONGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(&error))?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(unreadable(&"it is too long for a configuration"));
    }
    Ok(Some((Place { path, origin }, text)))
}

/// Refuses a file that another user may have written: it could send this user's keys elsewhere.
#[cfg(unix)]
fn check_owner(path: &Path, about: &fs::Metadata) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;

    let me = rustix::process::geteuid().as_raw();
    match distrusted(about.uid(), about.mode(), me) {
        None => Ok(()),
        Some(why) => Err(Failure::usage(format!(
            "{path}: {why}; look at it, and then either name it with --config or {CONFIG_VARIABLE}, or make it yours alone: chown {me} {path} && chmod go-w {path}",
            path = path.display()
        ))),
    }
}

/// Windows keeps other users out of a user's folders by itself.
#[cfg(not(unix))]
fn check_owner(_: &Path, _: &fs::Metadata) -> Result<(), Failure> {
    Ok(())
}

#[cfg(unix)]
fn distrusted(owner: u32, mode: u32, me: u32) -> Option<&'static str> {
    const ROOT: u32 = 0;
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    if owner != me && owner != ROOT {
        Some("this configuration belongs to another user")
    } else if mode & WRITABLE_BY_OTHERS != 0 {
        Some("other users can write to this configuration")
    } else {
        None
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_user_or_for_others_to_write_is_not_believed() {
        for (owner, mode, me, believed) in [
            (1000, 0o600, 1000, true),
            (1000, 0o644, 1000, true),
            (0, 0o644, 1000, true),
            (1001, 0o600, 1000, false),
            (1000, 0o644, 0, false),
            (1000, 0o664, 1000, false),
            (1000, 0o646, 1000, false),
            (0, 0o666, 0, false),
        ] {
            let why = distrusted(owner, mode, me);
            assert_eq!(why.is_none(), believed, "{owner} {mode:o} {me}: {why:?}");
        }
    }
}
