//! Writes a run file without identifiers, and puts it in the old one's place.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
};

use prospect_delete_core::{target_kind_of_code, target_kinds};
use rusqlite::{Connection, params, types::Value};

use super::{
    fault,
    schema::{APPLICATION, SCHEMA_VERSION, TABLES},
    sync_folder,
};
use crate::{Error, GuardViolation, moment::rfc3339, store::Redaction};

/// What holds nothing of people, copied as it is: a table, and its columns.
const IMPERSONAL: [(&str, &str); 8] = [
    // Without the fingerprints nobody can tell from the digest alone whom the plan named.
    ("account", "provider, base_url, shown"),
    ("concern", "target, erasure"),
    (
        "request",
        "id, parent, kind, stage, scope, options, first, count, split, doubt, attempts, outcome",
    ),
    // Who approved, applied and verified it is part of the proof, and no prospect.
    (
        "approval",
        "id, digest, operator, host, version, at, allow_scope, most, max_age_s",
    ),
    ("pass", "id, operator, host, version, began, ended, how"),
    ("verification", "id, operator, host, version, began, ended"),
    (
        "finding",
        "verification, target, lookup, result, at, http_status",
    ),
    (
        "link",
        "worker, id, record, subject, attempt, commitment, hash",
    ),
];

/// Replaces the run file at `path`, which `old` has open.
pub(super) fn forget(
    old: &Connection,
    path: &Path,
    run: &str,
    redaction: &Redaction<'_>,
) -> Result<(), Error> {
    let beside = |end: &str| {
        let mut name = OsString::from(path);
        name.push(end);
        PathBuf::from(name)
    };
    // The log of writes to the old file would be taken for one of the new.
    if beside("-wal").exists() {
        let run = run.to_owned();
        return Err(GuardViolation::BeingRead { run }.into());
    }
    // Holds no identifier at any time, so it may be left behind.
    let new = beside(".forgotten");
    let made = copy(old, redaction, &new).and_then(|()| {
        fs::rename(&new, path).map_err(|error| fault::file(path, error))?;
        sync_folder(path);
        Ok(())
    });
    if made.is_err() {
        let _ = fs::remove_file(&new);
    }
    made
}

fn copy(old: &Connection, redaction: &Redaction<'_>, path: &Path) -> Result<(), Error> {
    let _ = fs::remove_file(path);
    let run = path.display().to_string();
    let write = || -> rusqlite::Result<Connection> {
        let mut new = Connection::open(path)?;
        new.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        new.pragma_update(None, "application_id", APPLICATION)?;
        new.execute_batch(TABLES)?;
        let transaction = new.transaction()?;
        copy_rows(
            old,
            "SELECT name, value FROM manifest",
            &transaction,
            "INSERT INTO manifest VALUES (?, ?)",
        )?;
        for (name, value) in [
            ("forgotten_at", &rfc3339(redaction.at)),
            ("forget_check", &redaction.key_check),
        ] {
            transaction.execute("INSERT INTO manifest VALUES (?, ?)", [name, value])?;
        }
        for (table, columns) in IMPERSONAL {
            let values = vec!["?"; columns.split(',').count()].join(", ");
            copy_rows(
                old,
                &format!("SELECT {columns} FROM {table}"),
                &transaction,
                &format!("INSERT INTO {table} ({columns}) VALUES ({values})"),
            )?;
        }
        // A provider may put identifiers into its words and its numbers.
        let kinds = target_kinds().iter().filter(|kind| kind.keeps_request_id);
        let impersonal: Vec<_> = kinds.map(|kind| kind.code.to_string()).collect();
        let impersonal = impersonal.join(", ");
        copy_rows(
            old,
            &format!(
                "SELECT attempt.id, request, pass, began, deadline, ended, attempt.outcome, attempt.kind, http_status,
                    CASE WHEN request.kind IN ({impersonal}) THEN request_id END, retry_after_s, attempt.count,
                    about_ids, disposition, reopened, shared
                 FROM attempt JOIN request ON request.id = attempt.request"
            ),
            &transaction,
            "INSERT INTO attempt
                (id, request, pass, began, deadline, ended, outcome, kind, http_status, request_id, retry_after_s,
                 count, about_ids, disposition, reopened, shared)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        rows(
            old,
            "SELECT target.id, target.key, request.kind FROM request JOIN target
             ON target.id >= first AND target.id < first + request.count WHERE parent IS NULL",
            |row| {
                let kind = target_kind_of_code(row.get(2)?).ok_or(rusqlite::Error::InvalidQuery)?;
                let hash = (redaction.hash)(kind, row.get_ref(1)?.as_str()?);
                transaction
                    .prepare_cached("INSERT INTO target (id, key) VALUES (?, ?)")?
                    .execute(params![row.get::<_, i64>(0)?, hash])
                    .map(|_| ())
            },
        )?;
        transaction.commit()?;
        new.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        Ok(new)
    };
    let new = write().map_err(|error| fault::database(&run, error))?;
    new.close()
        .map_err(|(_, error)| fault::database(&run, error))?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| fault::file(path, error))
}

/// Copies the answer to a question into the new file.
fn copy_rows(
    old: &Connection,
    select: &str,
    new: &Connection,
    insert: &str,
) -> rusqlite::Result<()> {
    let mut insert = new.prepare(insert)?;
    rows(old, select, |row| {
        let values = (0..insert.parameter_count())
            .map(|column| row.get::<_, Value>(column))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        insert
            .execute(rusqlite::params_from_iter(values))
            .map(|_| ())
    })
}

/// Hands out the rows of a question to the old file.
fn rows(
    old: &Connection,
    sql: &str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = old.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}
