//! A plan, while it is written.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use prospect_delete_core::Target;
use rusqlite::{Connection, params};

use super::{
    fault,
    lock::Lock,
    open::WRITING,
    schema::{APPLICATION, SCHEMA_VERSION, TABLES},
    sync_folder,
};
use crate::{
    Error, Unusable,
    manifest::{Binding, Manifest},
    store::Draft,
};

pub(super) struct FileDraft {
    // Closed before the lock.
    connection: Connection,
    path: PathBuf,
    run: String,
    _lock: Lock,
    complete: bool,
}

impl FileDraft {
    /// Makes a new file. Until it is complete it is an unfinished plan, which nothing applies.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let run = path.display().to_string();
        let lock = OpenOptions::new()
            .write(true)
            .read(true)
            .create_new(true)
            .open(path)
            .map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Unusable::Exists { run: run.clone() }.into(),
                _ => fault::file(path, error),
            })?;
        let lock = Lock::take(lock, path)?;
        let made = (|| {
            let connection = Connection::open_with_flags(path, WRITING)?;
            // A plan that breaks off is thrown away, so it needs no journal.
            connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
            connection.execute_batch("BEGIN")?;
            connection.pragma_update(None, "application_id", APPLICATION)?;
            connection.execute_batch(TABLES)?;
            // From here on it can be told that this is a plan that broke off.
            connection.execute_batch("COMMIT; BEGIN")?;
            Ok(connection)
        })();
        let connection = made.map_err(|error| {
            let _ = fs::remove_file(path);
            fault::database(&run, error)
        })?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            run,
            _lock: lock,
            complete: false,
        })
    }

    fn insert(&self, targets: &[Target]) -> rusqlite::Result<()> {
        let [first, ..] = targets else {
            return Ok(());
        };
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO target (key) VALUES (?)")?;
        let mut id = 0;
        for (index, target) in targets.iter().enumerate() {
            let inserted = insert.insert([target.key()])?;
            if index == 0 {
                id = inserted;
            }
        }
        self.connection
            .prepare_cached(
                "INSERT INTO request (kind, stage, scope, options, first, count) VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                first.kind().code,
                first.kind().stage() as u8,
                first.kind().is_scope(),
                first.options(),
                id,
                i64::try_from(targets.len()).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }

    fn write(&self, manifest: &Manifest, bindings: &[Binding]) -> rusqlite::Result<()> {
        for binding in bindings {
            self.connection.execute(
                "INSERT INTO account (provider, base_url, fingerprint) VALUES (?, ?, ?)",
                params![binding.provider, binding.base_url, binding.fingerprint],
            )?;
        }
        for (name, value) in [
            ("run_id", &manifest.run_id),
            ("digest", &manifest.digest),
            ("planned_at", &manifest.planned_at),
            ("planned_by", &manifest.planned_by),
            ("planned_with", &manifest.planned_with),
        ] {
            self.connection
                .execute("INSERT INTO manifest VALUES (?, ?)", [name, value])?;
        }
        self.connection.execute_batch("COMMIT")
    }

    fn sync(&self) -> Result<(), Error> {
        File::open(&self.path)
            .and_then(|file| file.sync_all())
            .map_err(|error| fault::file(&self.path, error))
    }
}

impl Draft for FileDraft {
    fn add(&mut self, targets: &[Target]) -> Result<(), Error> {
        self.insert(targets)
            .map_err(|error| fault::database(&self.run, error))
    }

    fn complete(
        mut self: Box<Self>,
        manifest: &Manifest,
        bindings: &[Binding],
    ) -> Result<(), Error> {
        let failed = |error| fault::database(&self.run, error);
        self.write(manifest, bindings).map_err(failed)?;
        self.sync()?;
        // The last write of all, after everything else is on the disk. It changes the file's first hundred
        // bytes alone, which a disk writes as a whole or not at all.
        self.connection
            .pragma_update(None, "user_version", SCHEMA_VERSION)
            .map_err(failed)?;
        self.sync()?;
        self.complete = true;
        sync_folder(&self.path);
        Ok(())
    }
}

impl Drop for FileDraft {
    fn drop(&mut self) {
        if !self.complete {
            // Half a plan is of no use, and names people.
            let _ = fs::remove_file(&self.path);
        }
    }
}
