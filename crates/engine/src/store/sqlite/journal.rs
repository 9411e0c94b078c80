//! A run file that is applied: requests are claimed and finished, and what became of them is worked out.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use prospect_delete_core::{ErrorKind, Outcome, target_kinds};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OptionalExtension, Row, Rows, named_params, params,
};

use super::{
    Database, fault,
    schema::{DUE, OUTCOME, code, of_code, of_name},
};
use crate::{
    Error, GuardViolation, StorageError,
    manifest::{Binding, Operator},
    moment::millis,
    pass::{PassEnd, Selection},
    store::{
        AttemptId, Claim, Disposition, Evidence, Journal, Record, Recorded, Records, Redaction,
        Request, RequestId, TargetOutcome, ToDo,
        checked::{Checked, Fault, PlanRows},
        history::{History, Torn},
        rows::{AttemptRow, RequestRow, Standing},
    },
};

/// The columns of a [`RequestRow`].
const REQUEST: &str = "id, parent, kind, scope, options, first, count, attempts, doubt, stage";

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
        let lock = self.lock.as_ref().filter(|lock| !lock.is_at(&self.path))?;
        let run = self.run.clone();
        let error = match lock.place() {
            Some(place) => StorageError::Moved { run, place },
            None => match self.rescue() {
                Ok(copy) => StorageError::Rescued { run, copy },
                Err(error) => StorageError::Lost {
                    run,
                    source: Box::new(error),
                },
            },
        };
        Some(error.into())
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

    /// Tables that are not there, are something else, or hold values of another type were changed since they were
    /// planned.
    fn not_planned(&self) -> impl Fn(rusqlite::Error) -> Fault + use<'_> {
        |error| match error.sqlite_error_code() {
            None
            | Some(
                ErrorCode::Unknown
                | ErrorCode::TypeMismatch
                | ErrorCode::SchemaChanged
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::AuthorizationForStatementDenied,
            ) => Fault::NotPlanned,
            Some(_) => Fault::Store(fault::database(&self.run, error)),
        }
    }

    fn is_displaced(&self) -> bool {
        self.lock
            .as_ref()
            .is_some_and(|lock| !lock.is_at(&self.path))
    }

    /// Takes back attempts that began, since they are not sent.
    fn withdraw(&self, recorded: &[Recorded]) {
        for recorded in recorded {
            if let Recorded::Claimed(claim) = recorded {
                // One that cannot be taken back counts as unknown, which it may be.
                let _ = self
                    .connection
                    .execute("DELETE FROM attempt WHERE id = ?", [claim.attempt]);
            }
        }
    }

    /// Writes what a deleted file held into a new one.
    fn rescue(&self) -> Result<PathBuf, Error> {
        let name = self.path.file_name().unwrap_or_default();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut failed = Error::file(&self.path, io::ErrorKind::NotFound.into());
        for folder in [folder, &std::env::temp_dir()] {
            for number in 1..100 {
                let mut name = name.to_owned();
                name.push(format!(".rescued-{number}"));
                let copy = folder.join(name);
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                match options.open(&copy) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                    Err(error) => {
                        failed = fault::file(&copy, error);
                        break;
                    }
                }
                let written = self
                    .connection
                    .execute("VACUUM INTO ?", [copy.to_string_lossy()]);
                return match written {
                    Ok(_) => Ok(copy),
                    Err(error) => Err(fault::database(&copy.display().to_string(), error)),
                };
            }
        }
        Err(failed)
    }
}

/// The plan in a run file.
struct Plan<'a>(&'a Database);

impl PlanRows for Plan<'_> {
    fn last(&self) -> Result<(RequestId, i64), Fault> {
        self.0
            .connection
            .query_row(
                "SELECT coalesce((SELECT id FROM request WHERE parent IS NULL ORDER BY id DESC LIMIT 1), 0),
                    coalesce((SELECT max(id) FROM target), 0)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(self.0.not_planned())
    }

    fn requests(&self, first: RequestId, last: RequestId) -> Result<Vec<RequestRow>, Fault> {
        let read = || -> rusqlite::Result<_> {
            self.0
                .connection
                .prepare_cached(&format!(
                    "SELECT {REQUEST} FROM request WHERE id >= ? AND id <= ? ORDER BY id"
                ))?
                .query_map([first, last], request)?
                .collect()
        };
        read().map_err(self.0.not_planned())
    }

    fn keys(
        &self,
        first: i64,
        end: i64,
        take: &mut dyn FnMut(i64, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self
            .0
            .connection
            .prepare_cached("SELECT id, key FROM target WHERE id >= ? AND id < ? ORDER BY id")
            .map_err(self.0.not_planned())?;
        let mut rows = statement
            .query([first, end])
            .map_err(self.0.not_planned())?;
        while let Some(row) = rows.next().map_err(self.0.not_planned())? {
            let key = row.get_ref(1).map_err(self.0.not_planned())?;
            let key = key.as_str().map_err(|_| Fault::NotPlanned)?;
            take(row.get(0).map_err(self.0.not_planned())?, key)?;
        }
        Ok(())
    }
}

/// Why what happened cannot be kept or made sense of.
enum Broken {
    Torn,
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Broken {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Torn> for Broken {
    fn from(_: Torn) -> Self {
        Self::Torn
    }
}

impl Broken {
    fn of(self, run: &str) -> Error {
        match self {
            Self::Torn => GuardViolation::Torn {
                run: run.to_owned(),
            }
            .into(),
            Self::Database(error) => fault::database(run, error),
        }
    }
}

/// The statements that records are kept with, looked up once for all that share a commit.
struct Writer<'a> {
    connection: &'a Connection,
    pass: i64,
    attempt: &'a mut AttemptId,
    add_attempt: CachedStatement<'a>,
    end_attempt: CachedStatement<'a>,
    end_request: CachedStatement<'a>,
}

impl<'a> Writer<'a> {
    fn new(
        connection: &'a Connection,
        pass: i64,
        attempt: &'a mut AttemptId,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            pass,
            attempt,
            // Unless another is under way.
            add_attempt: connection.prepare_cached(
                "INSERT INTO attempt (request, id, pass, began) SELECT ?1, ?2, ?3, ?4
                 WHERE NOT EXISTS (SELECT 1 FROM attempt WHERE request = ?1 AND ended IS NULL)",
            )?,
            // Only the request's last attempt, while nobody closed it.
            end_attempt: connection.prepare_cached(
                "UPDATE attempt SET ended = ?, outcome = ?, kind = ?, http_status = ?, message = ?,
                    request_id = ?, retry_after_s = ?, count = ?, about_ids = ?, disposition = ?
                 WHERE request = ? AND id = ? AND ended IS NULL",
            )?,
            end_request: connection.prepare_cached(
                "UPDATE request SET attempts = attempts + ?, doubt = max(doubt, ?), outcome = ?,
                    split = ? WHERE id = ?",
            )?,
        })
    }

    fn record(&mut self, record: &Record) -> Result<Recorded, Broken> {
        match record {
            Record::Claim { request, at } => {
                let attempt = *self.attempt + 1;
                let claimed =
                    self.add_attempt
                        .execute(params![request, attempt, self.pass, millis(*at)])?;
                if claimed == 0 {
                    return Ok(Recorded::Taken);
                }
                *self.attempt = attempt;
                // The lock keeps everybody else away, so nobody takes over.
                Ok(Recorded::Claimed(Claim {
                    attempt,
                    deadline: None,
                }))
            }
            Record::Finish {
                request,
                attempt,
                at,
                evidence,
                disposition,
            } => self.finish(*request, *attempt, *at, evidence, disposition),
            Record::Reopen { attempts } => {
                let mut reopen = self.connection.prepare_cached(
                    "UPDATE attempt SET reopened = 1 WHERE request = ? AND id = ?",
                )?;
                for (request, attempt) in attempts {
                    reopen.execute(params![request, attempt])?;
                }
                work_out(self.connection)?;
                Ok(Recorded::Kept)
            }
        }
    }

    fn finish(
        &mut self,
        request: RequestId,
        attempt: AttemptId,
        at: SystemTime,
        evidence: &Evidence,
        disposition: &Disposition,
    ) -> Result<Recorded, Broken> {
        let ended = self.end_attempt.execute(params![
            millis(at),
            evidence.outcome.as_str(),
            evidence.kind.map(ErrorKind::as_str),
            evidence.http_status,
            evidence.message,
            evidence.request_id,
            evidence.retry_after_s.map(saturating),
            evidence.count.map(saturating),
            evidence.about_ids,
            disposition.code(),
            request,
            attempt
        ])?;
        if ended == 0 {
            return Ok(Recorded::Overtaken);
        }
        let outcome = match disposition {
            Disposition::Final(outcome) => Some(*outcome),
            _ => None,
        };
        let split = matches!(disposition, Disposition::Split | Disposition::Each(_));
        // What a refused request with several ids did before it was refused nobody knows.
        let doubt = evidence.outcome == Outcome::Unknown
            || (*disposition == Disposition::Split && evidence.about_ids);
        self.end_request
            .execute(params![evidence.sent, doubt, code(outcome), split, request])?;
        match disposition {
            Disposition::Split => self.halves(request).map(Recorded::Halves),
            Disposition::Each(outcomes) => {
                self.parts(request, attempt, outcomes)?;
                Ok(Recorded::Kept)
            }
            _ => Ok(Recorded::Kept),
        }
    }

    /// Adds the two halves of a request, which inherit its attempts and its doubt.
    fn halves(&self, id: RequestId) -> Result<[RequestId; 2], Broken> {
        let whole = self.row(id)?;
        let middle = whole.count / 2;
        Ok([
            self.part(&whole, whole.first, middle)?,
            self.part(&whole, whole.first + middle, whole.count - middle)?,
        ])
    }

    /// Adds a part for each row of targets that came to one outcome, with what the attempt said of them.
    fn parts(
        &mut self,
        id: RequestId,
        attempt: AttemptId,
        outcomes: &[TargetOutcome],
    ) -> Result<(), Broken> {
        let whole = self.row(id)?;
        if outcomes.len() < 2 || i64::try_from(outcomes.len()) != Ok(whole.count) {
            return Err(Broken::Torn);
        }
        let mut first = whole.first;
        for same in outcomes.chunk_by(|one, next| one == next) {
            let [one, ..] = same else { continue };
            let count = i64::try_from(same.len()).unwrap_or_default();
            let part = self.part(&whole, first, count)?;
            first += count;
            self.connection
                .prepare_cached(
                    "INSERT INTO attempt (request, id, pass, began, deadline, ended, outcome, http_status, message,
                        request_id, disposition, shared)
                     SELECT ?1, id, pass, began, deadline, ended, ?2, http_status, coalesce(?3, message), request_id, ?4, 1
                     FROM attempt WHERE request = ?5 AND id = ?6",
                )?
                .execute(params![
                    part,
                    one.outcome.as_str(),
                    one.message,
                    Disposition::FINAL,
                    id,
                    attempt
                ])?;
            self.end_request.execute(params![
                0,
                one.outcome == Outcome::Unknown,
                code(Some(one.outcome)),
                false,
                part
            ])?;
        }
        Ok(())
    }

    fn row(&self, id: RequestId) -> rusqlite::Result<RequestRow> {
        self.connection
            .prepare_cached(&format!("SELECT {REQUEST} FROM request WHERE id = ?"))?
            .query_row([id], request)
    }

    fn part(&self, whole: &RequestRow, first: i64, count: i64) -> rusqlite::Result<RequestId> {
        self.connection
            .prepare_cached(
                "INSERT INTO request (parent, kind, stage, scope, options, first, count, attempts, doubt)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .insert(params![
                whole.id,
                whole.kind,
                whole.stage,
                whole.scope,
                whole.options,
                first,
                count,
                whole.attempts,
                whole.may_have_applied
            ])
    }
}

/// Makes what requests say of themselves agree with their attempts.
fn work_out(connection: &Connection) -> Result<(), Broken> {
    let tried: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM attempt)", [], |row| {
        row.get(0)
    })?;
    if !tried {
        connection.execute(
            "UPDATE request SET split = 0, doubt = 0, attempts = 0, outcome = 0
             WHERE split <> 0 OR doubt <> 0 OR attempts <> 0 OR outcome <> 0",
            [],
        )?;
        let parts: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM request WHERE parent IS NOT NULL)",
            [],
            |row| row.get(0),
        )?;
        return if parts { Err(Broken::Torn) } else { Ok(()) };
    }
    let wrong = wrong(connection)?;
    let mut update = connection.prepare(
        "UPDATE request SET split = ?, doubt = ?, attempts = ?, outcome = ? WHERE id = ?",
    )?;
    for (id, right) in wrong {
        update.execute(params![
            right.split,
            right.may_have_applied,
            right.attempts,
            code(right.outcome),
            id
        ])?;
    }
    Ok(())
}

/// The requests that do not say what their attempts do, with what they should say.
fn wrong(connection: &Connection) -> Result<Vec<(RequestId, Standing)>, Broken> {
    let mut requests = connection.prepare(&format!(
        "SELECT {REQUEST}, split, outcome FROM request ORDER BY id"
    ))?;
    let mut requests = requests.query([])?;
    let mut attempts = connection.prepare(
        "SELECT request, id, pass, outcome, disposition, about_ids, reopened, shared
         FROM attempt ORDER BY request, id",
    )?;
    let mut attempts = attempts.query([])?;
    let mut next = attempt(&mut attempts)?;
    let mut history = History::default();
    let mut wrong = Vec::new();
    while let Some(row) = requests.next()? {
        let request = request(row)?;
        let mut story = history.begin(&request)?;
        while let Some(attempt) = next.take_if(|attempt| attempt.request == request.id) {
            story.add(&attempt)?;
            next = self::attempt(&mut attempts)?;
        }
        let right = history.end(story)?;
        let outcome: u8 = row.get(11)?;
        let kept = Standing {
            split: row.get(10)?,
            may_have_applied: request.may_have_applied,
            attempts: request.attempts,
            outcome: of_code(outcome),
        };
        if right != kept || code(right.outcome) != outcome {
            wrong.push((request.id, right));
        }
    }
    history.close()?;
    match next {
        None => Ok(wrong),
        Some(_) => Err(Broken::Torn),
    }
}

fn request(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    Ok(RequestRow {
        id: row.get(0)?,
        parent: row.get(1)?,
        kind: row.get(2)?,
        scope: row.get(3)?,
        options: row.get(4)?,
        first: row.get(5)?,
        count: row.get(6)?,
        attempts: row.get(7)?,
        may_have_applied: row.get(8)?,
        stage: row.get(9)?,
    })
}

fn attempt(rows: &mut Rows<'_>) -> rusqlite::Result<Option<AttemptRow>> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(AttemptRow {
        request: row.get(0)?,
        id: row.get(1)?,
        pass: row.get(2)?,
        outcome: row.get_ref(3)?.as_str_or_null()?.and_then(of_name),
        disposition: row.get::<_, Option<u8>>(4)?.unwrap_or_default(),
        about_ids: row.get(5)?,
        reopened: row.get(6)?,
        shared: row.get(7)?,
    }))
}

fn saturating(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
