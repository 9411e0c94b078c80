//! The files of one provider in `specs/`.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use prospect_delete_build_tools::Document;

use crate::{overlay::Overlay, snapshot::Snapshots, source::Sources, stop::Stop};

/// Providers in the order in which the project lists them.
pub fn providers() -> impl Iterator<Item = &'static str> {
    prospect_delete_specs::ALL
        .into_iter()
        .map(|document| document.provider)
}

/// The folder of one provider.
#[derive(Clone, Debug)]
pub struct Folder {
    pub provider: String,
    path: PathBuf,
}

impl Folder {
    pub fn new(specs: &Path, provider: &str) -> Result<Self, Stop> {
        if !providers().any(|known| known == provider) {
            let known: Vec<_> = providers().collect();
            return Err(Stop::input(format!(
                "{provider}: is no provider; name one of {}",
                known.join(", ")
            )));
        }
        let path = fs::canonicalize(specs.join(provider)).map_err(|error| {
            Stop::failure(format!(
                "{}: {error}; give the folder of the documents with --specs",
                specs.join(provider).display()
            ))
        })?;
        // Shorter to read, and to type.
        let here = std::env::current_dir()
            .ok()
            .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
        Ok(Self {
            provider: provider.to_owned(),
            path: here.unwrap_or(path),
        })
    }

    pub fn openapi(&self) -> PathBuf {
        self.path.join("openapi.yaml")
    }

    pub fn facts(&self) -> PathBuf {
        self.path.join("facts.yaml")
    }

    pub fn source(&self) -> PathBuf {
        self.path.join("source.toml")
    }

    pub fn snapshot(&self, name: &str) -> PathBuf {
        self.path.join("snapshots").join(name)
    }

    pub fn sources(&self) -> Result<Sources, Stop> {
        Sources::load(&self.source())
    }

    pub fn overlay(&self) -> Result<Overlay, Stop> {
        Overlay::load(&self.path.join("overlay.yaml"))
    }

    /// The checked-in document, as text and as what it says.
    pub fn checked_in(&self) -> Result<(String, Document), Stop> {
        let path = self.openapi();
        let text = read(&path)?;
        let document = Document::parse(&path, &text).map_err(Stop::failure)?;
        Ok((text, document))
    }

    /// What the vendor's document stated when it was last read.
    pub fn last_facts(&self) -> Result<serde_json::Value, Stop> {
        let path = self.facts();
        let document = Document::parse(&path, &read(&path)?).map_err(Stop::failure)?;
        Ok(document.value().clone())
    }

    /// The files that hold the summaries, and what they have to hold.
    pub fn snapshot_files(&self, snapshots: &Snapshots) -> Vec<(PathBuf, String)> {
        snapshots
            .files()
            .into_iter()
            .map(|(name, text)| (self.snapshot(name), text.to_owned()))
            .collect()
    }
}

pub fn read(path: &Path) -> Result<String, Stop> {
    fs::read_to_string(path).map_err(|error| Stop::file(path, format!("cannot be read ({error})")))
}

/// Writes all files or, where one cannot be written, none: each is complete before the first takes its place.
pub fn write_all(files: &[(PathBuf, String)]) -> Result<(), Stop> {
    let mut ready = Vec::new();
    for (path, text) in files {
        let failed = |error: &dyn std::fmt::Display| {
            Stop::file(
                path,
                format!("cannot be written ({error}); nothing was changed"),
            )
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        let mut file = tempfile::Builder::new()
            .permissions(permissions())
            .tempfile_in(folder)
            .map_err(|error| failed(&error))?;
        file.write_all(text.as_bytes())
            .map_err(|error| failed(&error))?;
        ready.push((file, path));
    }
    for (file, path) in ready {
        file.persist(path).map_err(|error| {
            Stop::file(
                path,
                format!("cannot be put in its place ({})", error.error),
            )
        })?;
    }
    Ok(())
}

/// Those of an ordinary file. Temporary ones are private otherwise.
#[cfg(unix)]
fn permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o644)
}
