//! Files that people name.

use std::{fs::File, io, path::Path};

use crate::exit::Failure;

/// Creates a file or empties it, unless it is one that the command reads.
pub fn create<'a>(path: &Path, read: impl IntoIterator<Item = &'a Path>) -> Result<File, Failure> {
    if let Ok(there) = path.canonicalize()
        && read
            .into_iter()
            .any(|read| read.canonicalize().is_ok_and(|read| read == there))
    {
        return Err(Failure::usage(format!(
            "{}: is read by this command, and would be overwritten; give another name",
            path.display()
        )));
    }
    File::create(path).map_err(|error| unwritable(path, &error))
}

/// A file that cannot be written, and what to do about it.
pub fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "make its folder first, or give another name",
        io::ErrorKind::StorageFull => "make room, or give a name elsewhere",
        _ => "give a name where this user may write",
    };
    Failure::internal(format!(
        "{}: cannot be written ({error}); {remedy}",
        path.display()
    ))
}

/// Opens a file that was named.
pub fn open(name: &str) -> Result<File, Failure> {
    let opened = File::open(name).and_then(|file| {
        if file.metadata()?.is_dir() {
            Err(io::ErrorKind::IsADirectory.into())
        } else {
            Ok(file)
        }
    });
    opened.map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "check its name and folder",
            io::ErrorKind::PermissionDenied => "let this user read it",
            io::ErrorKind::IsADirectory => "name a file in it",
            _ => "give another",
        };
        Failure::usage(format!("{name}: cannot be read ({error}); {remedy}"))
    })
}
