//! How a run file is opened. Others may have written to it, so it is data that is not trusted: its tables are
//! exactly those of its version, and nothing in it runs.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{
    Error,
    run_file::{APPLICATION, FORM, TABLES},
};

/// How a run is opened to write it. One thread at a time has the connection, and the compiler sees to that, so
/// `SQLite` need not lock it at every step.
pub(crate) const WRITING: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Whatever a database may hold beside tables: its name, type, table and text.
type Item = (String, String, String, Option<String>);

/// A connection that writes, to a file that [is a run file](check_form).
pub(crate) fn writing(path: &Path) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, WRITING)?;
        defend(&connection)?;
        // Statements that are kept are planned once, and not again for other values.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    };
    let connection = open().map_err(|error| Error::database(path, &error))?;
    check_tables(&connection, path)?;
    Ok(connection)
}

/// A connection that writes nothing, to a file that [is a run file](check_form).
pub(crate) fn reading(path: &Path) -> Result<Connection, Error> {
    let connection = open_to_read(path).map_err(|error| Error::database(path, &error))?;
    check_tables(&connection, path)?;
    Ok(connection)
}

fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    defend(&connection)?;
    Ok(connection)
}

/// Turns off whatever in a database could act by itself.
fn defend(connection: &Connection) -> rusqlite::Result<()> {
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        connection.set_db_config(config, on)?;
    }
    connection.busy_timeout(Duration::from_secs(10))
}

/// Refuses what is no run file, one of another version, and a plan that broke off, before anything is changed.
pub(crate) fn check_form(path: &Path) -> Result<(), Error> {
    let read = || -> rusqlite::Result<(i32, i32)> {
        let connection = open_to_read(path)?;
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
        Ok((number("application_id")?, number("user_version")?))
    };
    let (application, form) = read().map_err(|error| Error::database(path, &error))?;
    let shown = path.display();
    match (application, form) {
        (APPLICATION, FORM) => Ok(()),
        (APPLICATION, 0) => Err(Error::input(format!(
            "{shown}: is a plan that broke off; delete it and plan again"
        ))),
        (APPLICATION, older) if older < FORM => Err(Error::input(format!(
            "{shown}: is a run file of the older form {older}, and this program knows {FORM}; use the version that planned it, or plan again"
        ))),
        (APPLICATION, newer) => Err(Error::input(format!(
            "{shown}: is a run file of form {newer}, and this program knows {FORM}; use the version that planned it"
        ))),
        _ => Err(no_run_file(path)),
    }
}

/// Refuses a database that has other tables, or anything beside them.
fn check_tables(connection: &Connection, path: &Path) -> Result<(), Error> {
    static EXPECTED: OnceLock<Vec<Item>> = OnceLock::new();
    let failed = |error| Error::database(path, &error);
    let expected = if let Some(expected) = EXPECTED.get() {
        expected
    } else {
        let made = Connection::open_in_memory()
            .and_then(|memory| memory.execute_batch(TABLES).map(|()| memory))
            .and_then(|memory| items(&memory))
            .map_err(failed)?;
        EXPECTED.get_or_init(|| made)
    };
    if items(connection).map_err(failed)? == *expected {
        Ok(())
    } else {
        Err(no_run_file(path))
    }
}

/// Everything in a database but what `SQLite` keeps for itself, none of which acts.
fn items(connection: &Connection) -> rusqlite::Result<Vec<Item>> {
    connection
        .prepare(
            "SELECT name, type, tbl_name, sql FROM sqlite_schema
             WHERE type NOT IN ('table', 'index') OR name NOT LIKE 'sqlite^_%' ESCAPE '^'
             ORDER BY name, type",
        )?
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

fn no_run_file(path: &Path) -> Error {
    Error::input(format!(
        "{}: is not a run file; give the file that `plan --out` wrote",
        path.display()
    ))
}

/// Keeps others from a run, and knows which file it is, wherever that is moved to.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    pub(crate) fn take(file: File, path: &Path) -> Result<Self, Error> {
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::guard(format!(
                "{}: another program is at work on this run; wait until it has ended",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Error::io(path, &error)),
        }
    }

    /// Whether the file is still where it was opened.
    #[cfg(unix)]
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;

        let identity = |about: fs::Metadata| (about.dev(), about.ino());
        match (self.0.metadata(), fs::metadata(path)) {
            (Ok(own), Ok(there)) => identity(own) == identity(there),
            _ => false,
        }
    }

    /// Whether the file is still where it was opened. A system that is not Unix keeps open files in place.
    #[cfg(not(unix))]
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok()
    }

    /// Where the file is now, if it is anywhere and the system says so.
    pub(crate) fn place(&self) -> Option<PathBuf> {
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
