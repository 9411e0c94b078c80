//! A run file that is applied: requests are claimed and finished, and what became of them is worked out.

use std::{collections::BTreeMap, time::SystemTime};

use prospect_delete_core::{Outcome, target_kinds};
use rusqlite::{OptionalExtension, named_params, params};

use super::{
    Database,
    plan::Plan,
    recompute::{Broken, work_out},
    rows::{REQUEST, request},
    schema::{DUE, OUTCOME, code, of_name},
    writer::Writer,
};
use crate::{
    Error, StorageError,
    manifest::{Binding, Operator},
    moment::millis,
    pass::{PassEnd, Selection},
    store::{
        Disposition, Journal, Record, Recorded, Records, Redaction, Request, RequestId, ToDo,
        checked::{Checked, Fault},
        rows::RequestRow,
    },
};

impl Journal for Database {
    fn verify(&mut self) -> Result<(String, Vec<Binding>), Error> {
        let _reading = self
            .connection
            .unchecked_transaction()
            .map_err(self.failed())?;
        let bindings = self.bindings()?;
        let (checked, digest) =
            Checked::read(&Plan(self), &bindings).map_err(|fault| fault.of(&self.run))?;
        self.checked = Some(checked);
        Ok((digest, bindings))
    }

    fn last_host(&self) -> Result<Option<String>, Error> {
        self.connection
            .query_row(
                "SELECT host FROM pass ORDER BY id DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()
            .map_err(self.failed())
    }

    fn has_open_scopes(&self) -> Result<bool, Error> {
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM request WHERE scope AND outcome NOT IN (?, ?))",
                [code(Some(Outcome::Deleted)), code(Some(Outcome::Accepted))],
                |row| row.get(0),
            )
            .map_err(self.failed())
    }

    fn recover_interrupted(&mut self) -> Result<(), Error> {
        let recovered = (|| -> Result<RequestId, Broken> {
            // Others may read while this writes, and each commit is on the disk when it returns.
            self.connection
                .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
            let transaction = self.connection.transaction()?;
            transaction.execute(
                "UPDATE attempt SET ended = began, outcome = 'unknown', kind = 'interrupted', disposition = ?,
                    message = 'the program ended before the answer came'
                 WHERE ended IS NULL",
                [Disposition::REQUEUE],
            )?;
            work_out(&transaction)?;
            // When it did nobody knows.
            transaction.execute(
                "UPDATE pass SET how = ? WHERE how IS NULL",
                [PassEnd::BrokenOff.as_str()],
            )?;
            let last =
                transaction.query_row("SELECT coalesce(max(id), 0) FROM request", [], |row| {
                    row.get(0)
                })?;
            transaction.commit()?;
            Ok(last)
        })();
        self.last = recovered.map_err(|broken| broken.of(&self.run))?;
        Ok(())
    }

    fn begin_pass(&mut self, selection: Selection, operator: &Operator) -> Result<(), Error> {
        self.selection = selection;
        let begun = self.connection.execute(
            "INSERT INTO pass (operator, host, version, began) VALUES (?, ?, ?, ?)",
            params![
                operator.name,
                operator.host,
                operator.version,
                millis(SystemTime::now())
            ],
        );
        begun.map_err(self.failed())?;
        self.pass = self.connection.last_insert_rowid();
        self.attempt = self
            .connection
            .query_row("SELECT coalesce(max(id), 0) FROM attempt", [], |row| {
                row.get(0)
            })
            .map_err(self.failed())?;
        Ok(())
    }

    fn to_do(&self) -> Result<BTreeMap<&'static str, ToDo>, Error> {
        if self.attempt == 0 {
            // Nothing was ever sent, so all of it is due.
            let planned = self.planned()?.into_iter();
            let due = planned.map(|(provider, planned)| {
                let to_do = ToDo {
                    due: planned.targets,
                    ..ToDo::default()
                };
                (provider, to_do)
            });
            return Ok(due.collect());
        }
        let sql = format!("SELECT kind, {OUTCOME}, count, {DUE} FROM request WHERE split = 0");
        let selection = named_params! {
            ":unknown": self.selection.unknown,
            ":rejected": self.selection.rejected,
            ":last": self.last,
        };
        let sums = self.sums(&sql, selection, |to_do: &mut ToDo, row| {
            let targets = row.get::<_, i64>(2)?.unsigned_abs();
            if row.get(3)? {
                to_do.due += targets;
            } else {
                let state = row.get_ref(1)?.as_str().unwrap_or_default();
                to_do.settled.add(of_name(state), targets);
            }
            Ok(())
        })?;
        let mut to_do: BTreeMap<&'static str, ToDo> = BTreeMap::new();
        for (kind, sum) in sums {
            let of = to_do.entry(kind.provider().name).or_default();
            of.settled = of.settled.plus(sum.settled);
            of.due += sum.due;
        }
        Ok(to_do)
    }

    fn due(
        &mut self,
        provider: &str,
        after: RequestId,
        most: usize,
    ) -> Result<Vec<Request>, Error> {
        if self.is_displaced() {
            let run = self.run.clone();
            return Err(StorageError::Displaced { run }.into());
        }
        // One read for the page and all its targets: each read by itself would lock and unlock the file.
        let _reading = self
            .connection
            .unchecked_transaction()
            .map_err(self.failed())?;
        let Some(mut checked) = self.checked.take() else {
            return Err(Fault::NotPlanned.of(&self.run));
        };
        let due = self
            .due_rows(provider, after, most)
            .map_err(self.not_planned())
            .and_then(|rows| {
                let targets = checked.targets(&Plan(self), &rows)?;
                Ok(rows.into_iter().zip(targets))
            });
        self.checked = Some(checked);
        let due = due.map_err(|fault| fault.of(&self.run))?;
        Ok(due
            .map(|(row, targets)| Request {
                id: row.id,
                targets,
                may_have_applied: row.may_have_applied,
            })
            .collect())
    }

    fn record(&mut self, records: &[Record]) -> Result<Vec<Recorded>, Error> {
        let recorded = (|| {
            let transaction = self.connection.transaction()?;
            let mut writer = Writer::new(&transaction, self.pass, &mut self.attempt)?;
            let recorded = records
                .iter()
                .map(|record| writer.record(record))
                .collect::<Result<Vec<_>, Broken>>()?;
            drop(writer);
            transaction.commit()?;
            Ok(recorded)
        })();
        let recorded: Vec<Recorded> = recorded.map_err(|broken: Broken| broken.of(&self.run))?;
        if self.is_displaced() {
            self.withdraw(&recorded);
            let run = self.run.clone();
            return Err(StorageError::Displaced { run }.into());
        }
        Ok(recorded)
    }

    fn recompute(&mut self) -> Result<(), Error> {
        let worked_out = (|| {
            let transaction = self.connection.transaction()?;
            work_out(&transaction)?;
            Ok(transaction.commit()?)
        })();
        worked_out.map_err(|broken: Broken| broken.of(&self.run))
    }

    fn end_pass(&mut self, end: PassEnd) -> Result<(), Error> {
        let ended = self.connection.execute(
            "UPDATE pass SET ended = ?, how = ? WHERE id = ?",
            params![millis(SystemTime::now()), end.as_str(), self.pass],
        );
        ended.map(|_| ()).map_err(self.failed())
    }

    fn displaced(&self) -> Option<Error> {
        self.displacement()
    }

    fn close(&mut self) {
        // Somebody may be reading; then the files stay as they are, and the run is as good.
        let _ = self
            .connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;");
    }

    fn forget(&mut self, redaction: &Redaction<'_>) -> Result<(), Error> {
        self.close();
        super::forget::forget(&self.connection, &self.path, &self.run, redaction)
    }
}

impl Database {
    /// The rows of the next requests that are to be sent.
    fn due_rows(
        &self,
        provider: &str,
        after: RequestId,
        most: usize,
    ) -> rusqlite::Result<Vec<RequestRow>> {
        let kinds: Vec<_> = target_kinds()
            .iter()
            .filter(|kind| kind.provider().name == provider)
            .map(|kind| kind.code.to_string())
            .collect();
        let kinds = kinds.join(", ");
        let sql = format!(
            "SELECT {REQUEST} FROM request WHERE id > :after AND kind IN ({kinds}) AND {DUE} ORDER BY id LIMIT :most"
        );
        self.connection
            .prepare_cached(&sql)?
            .query_map(
                named_params! {
                    ":after": after,
                    ":most": i64::try_from(most).unwrap_or(i64::MAX),
                    ":unknown": self.selection.unknown,
                    ":rejected": self.selection.rejected,
                    ":last": self.last,
                },
                request,
            )?
            .collect()
    }
}
