//! How a run file is opened. Others may have written to it, so it is data that is not trusted: its tables are
//! exactly those of its version, and nothing in it runs.

use std::{path::Path, sync::OnceLock, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    fault,
    schema::{APPLICATION, SCHEMA_VERSION, TABLES},
};
use crate::{Error, Unusable};

/// How a run is opened to write it. One thread at a time has the connection, and the compiler sees to that, so
/// `SQLite` need not lock it at every step.
pub(super) const WRITING: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Whatever a database may hold beside tables: its name, type, table and text.
type Item = (String, String, String, Option<String>);

/// A connection that writes, to a file that [is a run file](check_version).
pub(super) fn writing(path: &Path, run: &str) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, WRITING)?;
        defend(&connection)?;
        // Statements that are kept are planned once, and not again for other values.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    };
    let connection = open().map_err(|error| fault::database(run, error))?;
    check_tables(&connection, run)?;
    Ok(connection)
}

/// A connection that writes nothing, to a file that [is a run file](check_version). All that it reads is of one moment.
pub(super) fn reading(path: &Path, run: &str) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = open_to_read(path)?;
        connection.execute_batch("BEGIN")?;
        Ok(connection)
    };
    let connection = open().map_err(|error| fault::database(run, error))?;
    check_tables(&connection, run)?;
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
pub(super) fn check_version(path: &Path, run: &str) -> Result<(), Error> {
    let read = || -> rusqlite::Result<(i32, i32)> {
        let connection = open_to_read(path)?;
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
        Ok((number("application_id")?, number("user_version")?))
    };
    let run = run.to_owned();
    match read().map_err(|error| fault::database(&run, error))? {
        (APPLICATION, SCHEMA_VERSION) => Ok(()),
        (APPLICATION, 0) => Err(Unusable::Incomplete { run }.into()),
        (APPLICATION, found) => Err(Unusable::Version {
            run,
            found,
            known: SCHEMA_VERSION,
        }
        .into()),
        _ => Err(Unusable::NotARun { run }.into()),
    }
}

/// Refuses a database that has other tables, or anything beside them.
fn check_tables(connection: &Connection, run: &str) -> Result<(), Error> {
    static EXPECTED: OnceLock<Vec<Item>> = OnceLock::new();
    let failed = |error| fault::database(run, error);
    let expected = if let Some(expected) = EXPECTED.get() {
        expected
    } else {
        let made = Connection::open_in_memory()
            .and_then(|memory| memory.execute_batch(TABLES).map(|()| memory))
            .and_then(|memory| items(&memory))
            .map_err(failed)?;
        EXPECTED.get_or_init(|| made)
    };
    if items(connection).map_err(failed)? != *expected {
        let run = run.to_owned();
        return Err(Unusable::NotARun { run }.into());
    }
    // Each has at least a beginning that can be read, whether or not it is needed now.
    for (table, ..) in expected {
        connection
            .query_row(
                &format!("SELECT EXISTS (SELECT 1 FROM {table})"),
                [],
                |_| Ok(()),
            )
            .map_err(failed)?;
    }
    Ok(())
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
