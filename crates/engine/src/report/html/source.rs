//! All that the page asks of a run file, of one moment, though somebody may apply the run meanwhile.

use prospect_delete_core::target_kinds;
use rusqlite::{Connection, Row, Transaction, types::ValueRef};
use serde::Serialize;

use crate::{
    Binding, Error, RunFile,
    report::{HASH, Status},
    run_file::{LAST, OPEN, OUTCOME, hex, outcome},
};

/// A run file at one moment.
pub(super) struct Source<'a> {
    file: &'a RunFile,
    moment: Transaction<'a>,
}

/// A request that was not split.
pub(super) struct Request {
    id: i64,
    code: u8,
    /// The place of its kind in [`target_kinds`].
    pub(super) kind: usize,
    /// As the plan keeps them.
    pub(super) options: u8,
    first: i64,
    pub(super) count: i64,
    /// Attempts of which anything may have left.
    pub(super) sent: u32,
}

/// An attempt at a request or at one that it was split off.
pub(super) struct Attempt {
    pub(super) began: i64,
    pub(super) ended: Option<i64>,
    pub(super) outcome: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) http_status: Option<u16>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after_s: Option<i64>,
    pub(super) count: Option<i64>,
    pub(super) pass: i64,
    /// How many targets the request named.
    pub(super) named: i64,
}

/// What names a target.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Identity {
    Identifiers(Vec<String>),
    /// Of a forgotten run.
    Hash(String),
}

/// A pass in which anything was sent: from its beginning to its last sign of life, in milliseconds.
pub(super) struct Lap {
    pub(super) pass: i64,
    pub(super) began: i64,
    pub(super) ended: i64,
}

/// Targets of one request, which came to their present outcome together.
pub(super) struct Ended {
    pub(super) outcome: String,
    pub(super) targets: i64,
    pub(super) pass: i64,
    /// When, in milliseconds.
    pub(super) at: i64,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a RunFile) -> Result<Self, Error> {
        let moment = file
            .connection()
            .unchecked_transaction()
            .map_err(|error| Error::database(file.path(), &error))?;
        Ok(Self { file, moment })
    }

    pub(super) fn status(&self) -> Result<Status, Error> {
        self.file.status()
    }

    pub(super) fn bindings(&self) -> Result<Vec<Binding>, Error> {
        self.file.bindings()
    }

    /// Shows every request whose targets stand so.
    pub(super) fn requests(
        &self,
        standing: &str,
        show: &mut dyn FnMut(&Request) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let sql = format!(
            "SELECT id, kind, options, first, count, attempts + ({OPEN})
             FROM request WHERE split = 0 AND {OUTCOME} = ? ORDER BY id"
        );
        let mut statement = self
            .moment
            .prepare(&sql)
            .map_err(|error| self.failed(&error))?;
        let mut rows = statement
            .query([standing])
            .map_err(|error| self.failed(&error))?;
        while let Some(row) = rows.next().map_err(|error| self.failed(&error))? {
            let request = Request::read(row).map_err(|error| self.failed(&error))?;
            self.file.kind(request.code)?;
            show(&request)?;
        }
        Ok(())
    }

    /// Every attempt that named the targets of a request: its own, and those of the requests it was split off.
    pub(super) fn attempts(&self, request: &Request) -> Result<Vec<Attempt>, Error> {
        attempts(&self.moment, request.id).map_err(|error| self.failed(&error))
    }

    /// Shows what names each target of a request: its identifiers, or the hash in their place.
    pub(super) fn targets(
        &self,
        request: &Request,
        show: &mut dyn FnMut(&Identity) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut statement = self
            .moment
            .prepare_cached("SELECT key FROM target WHERE id >= ? AND id < ? ORDER BY id")
            .map_err(|error| self.failed(&error))?;
        let mut keys = statement
            .query([request.first, request.first.saturating_add(request.count)])
            .map_err(|error| self.failed(&error))?;
        while let Some(key) = keys.next().map_err(|error| self.failed(&error))? {
            let identity = match key.get_ref(0).map_err(|error| self.failed(&error))? {
                ValueRef::Blob(hash) => Identity::Hash(hex(&hash[..hash.len().min(HASH)])),
                key => {
                    let key = key.as_str().unwrap_or_default();
                    let target = self.file.target(request.code, key, request.options)?;
                    Identity::Identifiers(target.values().map(str::to_owned).collect())
                }
            };
            show(&identity)?;
        }
        Ok(())
    }

    /// The passes in which anything was sent, in order.
    pub(super) fn laps(&self) -> Result<Vec<Lap>, Error> {
        let read = || {
            self.moment
                .prepare(
                    "SELECT pass.id, pass.began, max(coalesce(pass.ended, pass.began),
                        coalesce(max(coalesce(attempt.ended, attempt.began)), pass.began))
                     FROM pass JOIN attempt ON attempt.pass = pass.id GROUP BY pass.id ORDER BY pass.id",
                )?
                .query_map([], |row| {
                    Ok(Lap {
                        pass: row.get(0)?,
                        began: row.get(1)?,
                        ended: row.get(2)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()
        };
        read().map_err(|error| self.failed(&error))
    }

    /// Shows when the targets of each request came to their present outcome.
    pub(super) fn ends(&self, show: &mut dyn FnMut(Ended)) -> Result<(), Error> {
        let mut read = || {
            let mut statement = self.moment.prepare(&format!(
                "SELECT {OUTCOME}, request.count, attempt.pass, coalesce(attempt.ended, attempt.began)
                 FROM request JOIN attempt ON {LAST}
                 WHERE split = 0"
            ))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let state: String = row.get(0)?;
                if outcome(&state).is_none() {
                    continue;
                }
                show(Ended {
                    outcome: state,
                    targets: row.get(1)?,
                    pass: row.get(2)?,
                    at: row.get(3)?,
                });
            }
            Ok(())
        };
        read().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> Error {
        Error::database(self.file.path(), error)
    }
}

impl Request {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let code = row.get(1)?;
        let mut kinds = target_kinds().iter();
        Ok(Self {
            id: row.get(0)?,
            code,
            kind: kinds.position(|kind| kind.code == code).unwrap_or_default(),
            options: row.get(2)?,
            first: row.get(3)?,
            count: row.get(4)?,
            sent: row.get(5)?,
        })
    }
}

fn attempts(connection: &Connection, request: i64) -> rusqlite::Result<Vec<Attempt>> {
    let mut line = Vec::new();
    let mut next = Some(request);
    while let Some(id) = next {
        let (parent, count) = connection
            .prepare_cached("SELECT parent, count FROM request WHERE id = ?")?
            .query_row([id], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?)))?;
        line.push((id, count));
        // Halves come after what they are of, so that this ends in a damaged file too.
        next = parent.filter(|parent| *parent < id);
    }
    let mut attempts = Vec::new();
    for (id, named) in line.into_iter().rev() {
        let mut statement = connection.prepare_cached(
            "SELECT began, ended, outcome, kind, http_status, message, request_id, retry_after_s,
                count, pass
             FROM attempt WHERE request = ? ORDER BY id",
        )?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            attempts.push(Attempt {
                began: row.get(0)?,
                ended: row.get(1)?,
                outcome: row.get(2)?,
                failure: row.get(3)?,
                http_status: row.get(4)?,
                message: row.get(5)?,
                request_id: row.get(6)?,
                retry_after_s: row.get(7)?,
                count: row.get(8)?,
                pass: row.get(9)?,
                named,
            });
        }
    }
    Ok(attempts)
}
