//! The file that holds a run from plan to report: one `SQLite` database.
//!
//! ```text
//! manifest   what the run is: id, time, program version, digest
//! account    where each provider's requests go, and a fingerprint of the key they go with
//! target     id, and the identifiers; ids follow the plan
//! request    a range of targets, and what became of it; a request that was split points at its halves
//! pass       each time the run was applied: who, with which version, from when to when
//! attempt    each time a request was sent, in a pass
//! ```
//!
//! The identifiers of people to delete stand in `target` and, in the provider's words, in `attempt`; nowhere
//! else.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    time::SystemTime,
};

use prospect_delete_core::{
    Outcome, Target, TargetKind, is_harmful, provider, target_kind_of_code, target_kinds,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use crate::{
    Error,
    checked::{self, Checked, REQUESTED, Requested},
    database::{self, Lock, WRITING},
    digest::PlanDigest,
    event::ToDo,
    history,
    journal::{AttemptId, Journal, Record, Recorded, Request, RequestId, Then},
};

/// "pdel", in the file's header.
pub(crate) const APPLICATION: i32 = 0x7064_656c;

/// The form of the tables. Before a plan is complete, 0 stands in its place.
pub(crate) const FORM: i32 = 5;

macro_rules! open {
    () => {
        "request.id IN (SELECT request FROM attempt WHERE ended IS NULL)"
    };
}

pub(crate) const TABLES: &str = "
    CREATE TABLE manifest (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE account (
        provider TEXT PRIMARY KEY,
        base_url TEXT NOT NULL,
        fingerprint TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE target (id INTEGER PRIMARY KEY, key ANY NOT NULL) STRICT;
    CREATE TABLE request (
        id INTEGER PRIMARY KEY,
        parent INTEGER,
        kind INTEGER NOT NULL,
        stage INTEGER NOT NULL,
        scope INTEGER NOT NULL,
        options INTEGER NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        split INTEGER NOT NULL DEFAULT 0,
        doubt INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        outcome INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE pass (
        id INTEGER PRIMARY KEY,
        operator TEXT NOT NULL,
        host TEXT NOT NULL,
        version TEXT NOT NULL,
        began INTEGER NOT NULL,
        ended INTEGER,
        how TEXT
    ) STRICT;
    CREATE TABLE attempt (
        request INTEGER NOT NULL,
        id INTEGER NOT NULL,
        pass INTEGER NOT NULL,
        began INTEGER NOT NULL,
        ended INTEGER,
        outcome TEXT,
        kind TEXT,
        http_status INTEGER,
        message TEXT,
        request_id TEXT,
        retry_after_s INTEGER,
        count INTEGER,
        about_ids INTEGER NOT NULL DEFAULT 0,
        disposition INTEGER,
        PRIMARY KEY (request, id)
    ) STRICT, WITHOUT ROWID;";

/// Whether an attempt of a request has begun, and its end is not known.
pub(crate) const OPEN: &str = open!();

/// Which attempt is a request's last.
pub(crate) const LAST: &str = "attempt.request = request.id AND attempt.id =
    (SELECT max(its.id) FROM attempt AS its WHERE its.request = request.id)";

/// What a request came to: what may have been sent without an answer is unknown.
pub(crate) const OUTCOME: &str = concat!(
    "CASE WHEN ",
    open!(),
    " THEN 'unknown' ELSE CASE request.outcome
        WHEN 1 THEN 'deleted' WHEN 2 THEN 'accepted' WHEN 3 THEN 'rejected' WHEN 4 THEN 'not_sent'
        WHEN 5 THEN 'unknown' WHEN 6 THEN 'suppressed' ELSE CASE WHEN request.doubt THEN 'unknown' ELSE 'pending' END
    END END"
);

/// How an outcome stands in `request`, where it takes as much room as none does: a row that grows has to be
/// moved, and a run changes each of them.
pub(crate) const fn code(outcome: Option<Outcome>) -> u8 {
    match outcome {
        None => 0,
        Some(outcome) => outcome.code(),
    }
}

/// A run file, open.
#[derive(Debug)]
pub struct RunFile {
    // Closed before the lock: its own locks on the file end with any handle of this process.
    connection: Connection,
    path: PathBuf,
    selection: Selection,
    /// The last request that this pass looks at; halves made during it are handed over at once.
    last: RequestId,
    /// The pass that attempts belong to; 0 outside of one.
    pass: i64,
    /// The number of the attempt that began last, in any pass.
    attempt: AttemptId,
    /// What may be sent, once it was compared with the digest.
    checked: Option<Checked>,
    /// Held while this program writes; the system lets go of it when the program ends, however it ends.
    lock: Option<Lock>,
}

/// Which requests that were tried before are tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those that the provider refused.
    pub rejected: bool,
    /// Scopes of which nobody knows whether they were deleted. People of whom nobody knows are always
    /// tried again, since naming them twice deletes nothing more.
    pub unknown: bool,
}

/// Where a provider's requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The provider's name.
    pub provider: &'static str,
    /// Scheme, host and port.
    pub base_url: String,
    /// A digest of the key, `None` once the run was forgotten.
    pub fingerprint: Option<String>,
}

/// What a run is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Manifest {
    /// The run's name, a UUID.
    pub run_id: String,
    /// SHA-256 of the canonical plan, in hexadecimal.
    pub digest: String,
    /// When it was planned, as RFC 3339 in UTC.
    pub planned_at: String,
    /// Who planned it, as `user@host`.
    pub planned_by: String,
    /// The version of the program that planned it.
    pub planned_with: String,
    /// When identifiers were replaced by keyed hashes, if they were.
    pub forgotten_at: Option<String>,
}

/// Who is at work on a run, and with which program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The person, or the machine's account, as `user@host`.
    pub name: String,
    /// The machine.
    pub host: String,
    /// The version of the program.
    pub version: String,
}

impl Operator {
    /// Whoever runs this process, as the system names them, with a program of this version.
    #[must_use]
    pub fn here(version: impl Into<String>) -> Self {
        let harmless = |name: String| name.replace(is_harmful, "\u{fffd}");
        let user = harmless(whoami::username().unwrap_or_else(|_| "unknown".to_owned()));
        let host = harmless(whoami::hostname().unwrap_or_else(|_| "unknown".to_owned()));
        Self {
            name: format!("{user}@{host}"),
            host,
            version: version.into(),
        }
    }
}

/// One time that a run was applied.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Pass {
    /// Who applied it, as `user@host`.
    pub by: String,
    /// The version of the program.
    pub with: String,
    /// When it began, as RFC 3339 in UTC.
    pub began_at: String,
    /// When it ended; `None` while it is under way, and where it broke off.
    pub ended_at: Option<String>,
    /// How it ended; `None` while it is under way. One that broke off is found out by the next pass.
    pub end: Option<PassEnd>,
    /// Requests of which anything may have left.
    pub requests_sent: u64,
}

/// How a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PassEnd {
    /// Nothing was left to be sent, or a provider was given up.
    Completed,
    /// Somebody stopped it, and what was under way was waited for.
    Interrupted,
    /// The run file could not be written any more.
    Failed,
    /// The program ended in the middle of it.
    BrokenOff,
}

impl PassEnd {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::BrokenOff => "broken_off",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [
            Self::Completed,
            Self::Interrupted,
            Self::Failed,
            Self::BrokenOff,
        ]
        .into_iter()
        .find(|end| end.as_str() == name)
    }
}

/// How many targets came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Counts {
    /// All of them.
    pub targets: u64,
    /// The provider confirmed it.
    pub deleted: u64,
    /// The provider does it later.
    pub accepted: u64,
    /// The provider keeps them from being contacted.
    #[serde(skip_serializing_if = "is_none")]
    pub suppressed: u64,
    /// The provider did not do it.
    pub rejected: u64,
    /// It never left.
    pub not_sent: u64,
    /// It may have been done.
    pub unknown: u64,
    /// Still to be sent.
    pub pending: u64,
}

/// Runs without suppressions say nothing of them.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Counts {
    /// Adds targets that came to an end, or to none while they are still to be sent.
    pub fn add(&mut self, outcome: Option<Outcome>, targets: u64) {
        self.targets += targets;
        *match outcome {
            Some(Outcome::Deleted) => &mut self.deleted,
            Some(Outcome::Accepted) => &mut self.accepted,
            Some(Outcome::Suppressed) => &mut self.suppressed,
            Some(Outcome::Rejected) => &mut self.rejected,
            Some(Outcome::NotSent) => &mut self.not_sent,
            None => &mut self.pending,
            // And what this crate does not know.
            Some(_) => &mut self.unknown,
        } += targets;
    }

    /// These without those.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            targets: self.targets.saturating_sub(other.targets),
            deleted: self.deleted.saturating_sub(other.deleted),
            accepted: self.accepted.saturating_sub(other.accepted),
            suppressed: self.suppressed.saturating_sub(other.suppressed),
            rejected: self.rejected.saturating_sub(other.rejected),
            not_sent: self.not_sent.saturating_sub(other.not_sent),
            unknown: self.unknown.saturating_sub(other.unknown),
            pending: self.pending.saturating_sub(other.pending),
        }
    }

    /// These and those.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            targets: self.targets + other.targets,
            deleted: self.deleted + other.deleted,
            accepted: self.accepted + other.accepted,
            suppressed: self.suppressed + other.suppressed,
            rejected: self.rejected + other.rejected,
            not_sent: self.not_sent + other.not_sent,
            unknown: self.unknown + other.unknown,
            pending: self.pending + other.pending,
        }
    }
}

impl RunFile {
    /// Makes a new file. Until [`complete`](Self::complete) it is an unfinished plan, which nothing applies.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let lock = OpenOptions::new()
            .write(true)
            .read(true)
            .create_new(true)
            .open(path)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => Error::input(format!(
                    "{}: is there already; give another name, or delete it if it is not needed any more",
                    path.display()
                )),
                _ => Error::io(path, &error),
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
            Error::database(path, &error)
        })?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            selection: Selection::default(),
            last: 0,
            pass: 0,
            attempt: 0,
            checked: None,
            lock: Some(lock),
        })
    }

    /// Opens a run to apply or to forget it: one program at a time.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| missing(path, &error))?;
        // Whether it is a run file is told before it is locked or touched.
        database::check_form(path)?;
        let lock = Lock::take(lock, path)?;
        let connection = database::writing(path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            selection: Selection::default(),
            last: 0,
            pass: 0,
            attempt: 0,
            checked: None,
            lock: Some(lock),
        })
    }

    /// Opens a run to read it, also while it is applied.
    ///
    /// # Errors
    ///
    /// It is no run file, or cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        // No handle of our own is opened: closing one would end SQLite's locks of this whole process.
        let about = fs::metadata(path).map_err(|error| missing(path, &error))?;
        if about.is_dir() {
            return Err(Error::io(path, &std::io::ErrorKind::IsADirectory.into()));
        }
        database::check_form(path)?;
        let connection = database::reading(path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            selection: Selection::default(),
            last: 0,
            pass: 0,
            attempt: 0,
            checked: None,
            lock: None,
        })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> Error + use<'_> {
        |error| Error::database(&self.path, &error)
    }

    /// Adds a request to the plan and to its digest.
    pub(crate) fn plan(
        &mut self,
        targets: &[Target],
        digest: &mut PlanDigest,
    ) -> Result<(), Error> {
        let Some(first) = targets.first() else {
            return Ok(());
        };
        let count = i64::try_from(targets.len()).unwrap_or(i64::MAX);
        let leaf = digest
            .leaves
            .leaf(first.kind().code, first.options(), count);
        let Some(mut leaf) = leaf else {
            return Err(Error::input(format!(
                "{}: no account was given; a plan is bound to one",
                first.kind().provider().name
            )));
        };
        let added = (|| {
            let mut insert = self
                .connection
                .prepare_cached("INSERT INTO target (key) VALUES (?)")?;
            let mut id = 0;
            for (index, target) in targets.iter().enumerate() {
                let inserted = insert.insert([target.key()])?;
                leaf.target(target.key());
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
                    count
                ])
        })();
        added.map_err(self.failed())?;
        digest.tree.push(&leaf.end());
        Ok(())
    }

    /// Makes a plan of what was added, and the file durable.
    pub(crate) fn complete(
        &mut self,
        bindings: &[Binding],
        digest: PlanDigest,
        operator: &Operator,
    ) -> Result<Manifest, Error> {
        let failed = |error| Error::database(&self.path, &error);
        for binding in bindings {
            self.connection
                .execute(
                    "INSERT INTO account (provider, base_url, fingerprint) VALUES (?, ?, ?)",
                    params![binding.provider, binding.base_url, binding.fingerprint],
                )
                .map_err(failed)?;
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Error::storage(format!("no random numbers ({error})")))?;
        let manifest = Manifest {
            run_id: uuid::Builder::from_random_bytes(random)
                .into_uuid()
                .to_string(),
            digest: digest.tree.end().1,
            planned_at: rfc3339(SystemTime::now()),
            planned_by: operator.name.clone(),
            planned_with: operator.version.clone(),
            forgotten_at: None,
        };
        let store = |name: &str, value: &str| {
            self.connection
                .execute("INSERT INTO manifest VALUES (?, ?)", [name, value])
                .map_err(failed)
        };
        store("run_id", &manifest.run_id)?;
        store("digest", &manifest.digest)?;
        store("planned_at", &manifest.planned_at)?;
        store("planned_by", &manifest.planned_by)?;
        store("planned_with", &manifest.planned_with)?;
        let write = || {
            self.connection.execute_batch("COMMIT")?;
            self.sync()?;
            // The last write of all, after everything else is on the disk. It changes the file's first hundred
            // bytes alone, which a disk writes as a whole or not at all.
            self.connection.pragma_update(None, "user_version", FORM)?;
            self.sync()?;
            sync_folder(&self.path);
            Ok(())
        };
        write().map_err(failed)?;
        Ok(manifest)
    }

    fn sync(&self) -> rusqlite::Result<()> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }

    /// A value of the manifest.
    pub(crate) fn value(&self, name: &str) -> Result<Option<String>, Error> {
        self.connection
            .query_row("SELECT value FROM manifest WHERE name = ?", [name], |row| {
                row.get(0)
            })
            .optional()
            .map_err(self.failed())
    }

    /// What the run is.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn manifest(&self) -> Result<Manifest, Error> {
        let needed = |name: &str| -> Result<String, Error> {
            self.value(name)?.ok_or_else(|| {
                Error::input(format!(
                    "{}: damaged: its {name} is missing",
                    self.path.display()
                ))
            })
        };
        Ok(Manifest {
            run_id: needed("run_id")?,
            digest: needed("digest")?,
            planned_at: needed("planned_at")?,
            planned_by: needed("planned_by")?,
            planned_with: needed("planned_with")?,
            forgotten_at: self.value("forgotten_at")?,
        })
    }

    /// Where each provider's requests go.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn bindings(&self) -> Result<Vec<Binding>, Error> {
        let mut statement = self
            .connection
            .prepare("SELECT provider, base_url, fingerprint FROM account ORDER BY provider")
            .map_err(self.failed())?;
        let rows = statement
            .query_map([], |row| {
                let name: String = row.get(0)?;
                Ok((name, row.get(1)?, row.get(2)?))
            })
            .map_err(self.failed())?;
        rows.map(|row| {
            let (name, base_url, fingerprint) = row.map_err(self.failed())?;
            let provider = provider(&name)
                .ok_or_else(|| {
                    Error::input(format!(
                        "{}: names the provider {name}, which this program does not know; use the version that planned it",
                        self.path.display()
                    ))
                })?;
            Ok(Binding {
                provider: provider.name,
                base_url,
                fingerprint,
            })
        })
        .collect()
    }

    /// Reads the plan once, and keeps what whatever is read later is compared with. Its digest, and where its
    /// requests go.
    pub(crate) fn check(&mut self) -> Result<(String, Vec<Binding>), Error> {
        let _reading = self
            .connection
            .unchecked_transaction()
            .map_err(self.failed())?;
        let bindings = self.bindings()?;
        let (checked, digest) =
            Checked::read(&self.connection, &bindings).map_err(|fault| fault.at(&self.path))?;
        self.checked = Some(checked);
        Ok((digest, bindings))
    }

    /// How many targets of each provider came to which end.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn counts(&self) -> Result<BTreeMap<&'static str, Counts>, Error> {
        let sql = format!("SELECT kind, {OUTCOME}, count FROM request WHERE split = 0");
        let sums = self.sums(&sql, [], |counts: &mut Counts, row| {
            let (state, targets) = counted(row)?;
            counts.add(state, targets);
            Ok(())
        })?;
        let mut counts: BTreeMap<&'static str, Counts> = BTreeMap::new();
        for (kind, sum) in sums {
            let of = counts.entry(kind.provider().name).or_default();
            *of = of.plus(sum);
        }
        Ok(counts)
    }

    /// What a pass leaves as it is and what it would send, for each provider.
    pub(crate) fn to_do(&self) -> Result<BTreeMap<&'static str, ToDo>, Error> {
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
        let due = due_condition();
        let sql = format!("SELECT kind, {OUTCOME}, count, {due} FROM request WHERE split = 0");
        let selection = rusqlite::named_params! {
            ":unknown": self.selection.unknown,
            ":rejected": self.selection.rejected,
            ":last": self.last,
        };
        let sums = self.sums(&sql, selection, |to_do: &mut ToDo, row| {
            let (state, targets) = counted(row)?;
            if row.get(3)? {
                to_do.due += targets;
            } else {
                to_do.settled.add(state, targets);
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

    /// How many requests were planned, for each provider.
    pub(crate) fn planned(&self) -> Result<BTreeMap<&'static str, Planned>, Error> {
        let sql = "SELECT kind, count FROM request WHERE parent IS NULL";
        let sums = self.sums(sql, [], |planned: &mut Planned, row| {
            planned.requests += 1;
            planned.targets += row.get::<_, i64>(1)?.unsigned_abs();
            Ok(())
        })?;
        let mut planned: BTreeMap<&'static str, Planned> = BTreeMap::new();
        for (kind, sum) in sums {
            let of = planned.entry(kind.provider().name).or_default();
            of.requests += sum.requests;
            of.targets += sum.targets;
            if kind.is_scope() {
                of.scopes += sum.targets;
            }
        }
        Ok(planned)
    }

    /// Sums of rows, by the kind that stands first in each. `GROUP BY` would sort all of them.
    fn sums<T: Default>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut add: impl FnMut(&mut T, &Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<Vec<(&'static TargetKind, T)>, Error> {
        let mut sums: BTreeMap<u8, T> = BTreeMap::new();
        let read = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                add(sums.entry(row.get(0)?).or_default(), row)?;
            }
            Ok(())
        };
        read().map_err(self.failed())?;
        sums.into_iter()
            .map(|(kind, sum)| Ok((self.kind(kind)?, sum)))
            .collect()
    }

    /// Whether a scope is neither deleted nor accepted.
    pub(crate) fn has_open_scopes(&self) -> Result<bool, Error> {
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM request WHERE scope AND outcome NOT IN (?, ?))",
                [code(Some(Outcome::Deleted)), code(Some(Outcome::Accepted))],
                |row| row.get(0),
            )
            .map_err(self.failed())
    }

    /// The scopes of the plan, each by its name.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn scopes(&self) -> Result<Vec<Target>, Error> {
        let mut statement = self
            .connection
            .prepare(
                "SELECT kind, key, options FROM request JOIN target ON target.id = first
                 WHERE scope AND parent IS NULL ORDER BY request.id",
            )
            .map_err(self.failed())?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .map_err(self.failed())?;
        rows.map(|row| {
            let (kind, key, options): (u8, String, u8) = row.map_err(self.failed())?;
            self.target(kind, &key, options)
        })
        .collect()
    }

    /// Some targets of each kind of person, at most so many, spread evenly from the first to the last. Scopes
    /// are not among them, since [`scopes`](Self::scopes) has all of those.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or was forgotten.
    pub fn sample(&self, most: u32) -> Result<Vec<Sample>, Error> {
        let ranges = {
            let mut statement = self
                .connection
                .prepare(
                    "SELECT kind, min(first), sum(count) FROM request
                     WHERE parent IS NULL AND NOT scope GROUP BY kind ORDER BY min(id)",
                )
                .map_err(self.failed())?;
            statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .and_then(Iterator::collect::<rusqlite::Result<Vec<(u8, i64, i64)>>>)
                .map_err(self.failed())?
        };
        let mut samples = Vec::new();
        for (kind, first, count) in ranges {
            let taken = count.min(most.into());
            let mut targets = Vec::new();
            for index in 0..taken {
                // The targets of a kind stand together, so that their numbers are a range.
                let step = if taken > 1 {
                    index * (count - 1) / (taken - 1)
                } else {
                    0
                };
                let options = self
                    .connection
                    .query_row(
                        "SELECT options FROM request WHERE parent IS NULL AND first <= ?1
                         ORDER BY first DESC LIMIT 1",
                        [first + step],
                        |row| row.get(0),
                    )
                    .map_err(self.failed())?;
                targets.extend(self.targets(kind, options, first + step, 1)?);
            }
            samples.push(Sample {
                kind: self.kind(kind)?,
                targets,
                of: count.unsigned_abs(),
            });
        }
        Ok(samples)
    }

    pub(crate) fn forgotten(&self) -> Error {
        Error::guard(format!(
            "{}: was forgotten, so whom it named is not known any more",
            self.path.display()
        ))
    }

    pub(crate) fn kind(&self, code: u8) -> Result<&'static TargetKind, Error> {
        target_kind_of_code(code).ok_or_else(|| {
            Error::input(format!(
                "{}: names a kind of target that this program does not know ({code}); use the version that planned it",
                self.path.display()
            ))
        })
    }

    pub(crate) fn target(&self, kind: u8, key: &str, options: u8) -> Result<Target, Error> {
        Target::from_key(self.kind(kind)?, key, options)
            .map_err(|error| Error::input(format!("{}: damaged: {error}", self.path.display())))
    }

    /// Begins a pass over the run, once [what an earlier one left](Self::settle) is settled.
    pub(crate) fn begin(&mut self, selection: Selection, operator: &Operator) -> Result<(), Error> {
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

    /// Settles what an earlier pass left: without an answer it is unknown, and a pass without an end broke
    /// off. What became of each request is worked out from its attempts.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let begun = (|| -> Result<RequestId, history::Fault> {
            // Others may read while this writes, and each commit is on the disk when it returns.
            self.connection
                .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
            let transaction = self.connection.transaction()?;
            transaction.execute(
                "UPDATE attempt SET ended = began, outcome = 'unknown', kind = 'interrupted', disposition = ?,
                    message = 'the program ended before the answer came'
                 WHERE ended IS NULL",
                [history::disposition(Then::Due)],
            )?;
            history::work_out(&transaction)?;
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
        self.last = begun.map_err(|fault| self.torn(fault))?;
        Ok(())
    }

    /// Works out from the attempts what became of each request, where the file was changed or attempts turned
    /// out to mean something else.
    pub(crate) fn work_out(&mut self) -> Result<(), Error> {
        let worked_out = (|| {
            let transaction = self.connection.transaction()?;
            history::work_out(&transaction)?;
            Ok(transaction.commit()?)
        })();
        worked_out.map_err(|fault| self.torn(fault))
    }

    fn torn(&self, fault: history::Fault) -> Error {
        match fault {
            history::Fault::Torn => Error::guard(format!(
                "{}: damaged: its requests and its attempts do not fit together; nothing more is sent; restore a copy of it",
                self.path.display()
            )),
            history::Fault::Database(error) => Error::database(&self.path, &error),
        }
    }

    /// The machine that applied the run last.
    pub(crate) fn last_host(&self) -> Result<Option<String>, Error> {
        self.connection
            .query_row(
                "SELECT host FROM pass ORDER BY id DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()
            .map_err(self.failed())
    }

    fn is_displaced(&self) -> bool {
        self.lock
            .as_ref()
            .is_some_and(|lock| !lock.is_at(&self.path))
    }

    /// Where what happened is kept, where the file was moved or deleted: then a copy is written.
    pub(crate) fn rescued(&self) -> Option<Error> {
        let lock = self.lock.as_ref().filter(|lock| !lock.is_at(&self.path))?;
        let path = self.path.display();
        let line = if let Some(place) = lock.place() {
            format!(
                "{path}: was moved to {} while it was applied; all that happened is in there",
                place.display()
            )
        } else {
            match self.rescue() {
                Ok(copy) => format!(
                    "{path}: was deleted while it was applied; all that happened is in {}",
                    copy.display()
                ),
                Err(error) => format!(
                    "{path}: was deleted while it was applied, and no copy of what happened can be written ({error})"
                ),
            }
        };
        Some(Error::storage(format!("{line}; nothing more is sent")))
    }

    /// Writes what a deleted file held into a new one.
    fn rescue(&self) -> Result<PathBuf, Error> {
        let name = self.path.file_name().unwrap_or_default();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut failed = Error::storage("no place for it");
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
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
                    Err(error) => {
                        failed = Error::io(&copy, &error);
                        break;
                    }
                }
                let written = self
                    .connection
                    .execute("VACUUM INTO ?", [copy.to_string_lossy()]);
                return match written {
                    Ok(_) => Ok(copy),
                    Err(error) => Err(Error::database(&copy, &error)),
                };
            }
        }
        Err(failed)
    }

    /// Keeps how the pass ended.
    pub(crate) fn end_pass(&mut self, end: PassEnd) -> Result<(), Error> {
        let ended = self.connection.execute(
            "UPDATE pass SET ended = ?, how = ? WHERE id = ?",
            params![millis(SystemTime::now()), end.as_str(), self.pass],
        );
        ended.map(|_| ()).map_err(self.failed())
    }

    /// Makes the file one file again, which can be copied, and read where nothing can be written.
    pub(crate) fn checkpoint(&mut self) {
        // Somebody may be reading; then the files stay as they are, and the run is as good.
        let _ = self
            .connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;");
    }

    /// Each time the run was applied, in their order.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn passes(&self) -> Result<Vec<Pass>, Error> {
        let read = || -> rusqlite::Result<Vec<Pass>> {
            let mut sent = BTreeMap::new();
            let mut statement = self.connection.prepare(
                "SELECT pass, count(*) FROM attempt
                 WHERE outcome IS NULL OR outcome <> 'not_sent' GROUP BY pass",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                sent.insert(row.get::<_, i64>(0)?, row.get::<_, i64>(1)?.unsigned_abs());
            }
            self.connection
                .prepare("SELECT id, operator, version, began, ended, how FROM pass ORDER BY id")?
                .query_map([], |row| {
                    let end: Option<String> = row.get(5)?;
                    Ok(Pass {
                        by: row.get(1)?,
                        with: row.get(2)?,
                        began_at: from_millis(row.get(3)?),
                        ended_at: row.get::<_, Option<i64>>(4)?.map(from_millis),
                        end: end.as_deref().and_then(PassEnd::named),
                        requests_sent: sent.get(&row.get(0)?).copied().unwrap_or_default(),
                    })
                })?
                .collect()
        };
        read().map_err(self.failed())
    }

    /// The database, for reports.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// So many targets from the first on.
    fn targets(&self, kind: u8, options: u8, first: i64, count: i64) -> Result<Vec<Target>, Error> {
        let read = || -> rusqlite::Result<Vec<Option<String>>> {
            self.connection
                .prepare_cached("SELECT key FROM target WHERE id >= ? AND id < ? ORDER BY id")?
                .query_map([first, first.saturating_add(count)], |row| {
                    // A hash took the place of what was forgotten.
                    Ok(row.get_ref(0)?.as_str().ok().map(str::to_owned))
                })?
                .collect()
        };
        let keys = read().map_err(self.failed())?;
        keys.iter()
            .map(|key| {
                let key = key.as_deref().ok_or_else(|| self.forgotten())?;
                self.target(kind, key, options)
            })
            .collect()
    }
}

/// An outcome and a number of targets, as they stand second and third in a row.
fn counted(row: &Row<'_>) -> rusqlite::Result<(Option<Outcome>, u64)> {
    let state = outcome(row.get_ref(1)?.as_str().unwrap_or_default());
    Ok((state, row.get::<_, i64>(2)?.unsigned_abs()))
}

/// What was planned for one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Planned {
    /// Targets, each once.
    pub targets: u64,
    /// Requests that name them.
    pub requests: u64,
    /// Targets that are scopes, without a limit to how many they delete.
    pub scopes: u64,
}

/// Some of the planned targets of one kind, for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The kind.
    pub kind: &'static TargetKind,
    /// The first, the last, and some between.
    pub targets: Vec<Target>,
    /// How many there are of the kind.
    pub of: u64,
}

/// Which requests are to be sent in this pass.
fn due_condition() -> &'static str {
    // None, not sent, unknown, rejected.
    "split = 0 AND id <= :last AND (
        outcome IN (0, 4)
        OR (outcome = 5 AND (NOT scope OR :unknown))
        OR (outcome = 3 AND :rejected)
    )"
}

impl Journal for RunFile {
    fn due(
        &mut self,
        provider: &str,
        after: RequestId,
        most: usize,
    ) -> Result<Vec<Request>, Error> {
        let kinds: Vec<_> = target_kinds()
            .iter()
            .filter(|kind| kind.provider().name == provider)
            .map(|kind| kind.code.to_string())
            .collect();
        let sql = format!(
            "SELECT {REQUESTED} FROM request WHERE id > :after AND kind IN ({}) AND {} ORDER BY id LIMIT :most",
            kinds.join(", "),
            due_condition()
        );
        if self.is_displaced() {
            return Err(displaced());
        }
        // One read for the page and all its targets: each read by itself would lock and unlock the file.
        let _reading = self
            .connection
            .unchecked_transaction()
            .map_err(self.failed())?;
        let Some(checked) = &mut self.checked else {
            return Err(Error::guard("the plan was not compared with its digest"));
        };
        let mut read = || {
            let rows = self
                .connection
                .prepare_cached(&sql)?
                .query_map(
                    rusqlite::named_params! {
                        ":after": after,
                        ":most": i64::try_from(most).unwrap_or(i64::MAX),
                                    ":unknown": self.selection.unknown,
                        ":rejected": self.selection.rejected,
                        ":last": self.last,
                    },
                    Requested::read,
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let targets = checked.targets(&self.connection, &rows)?;
            let requests = rows.iter().zip(targets).map(|(row, targets)| Request {
                id: row.id,
                targets,
                doubt: row.doubt,
            });
            Ok(requests.collect())
        };
        read().map_err(|fault: checked::Fault| fault.at(&self.path))
    }

    fn record(&mut self, records: &[Record]) -> Result<Vec<Recorded>, Error> {
        let recorded = (|| {
            let transaction = self.connection.transaction()?;
            let mut writer = Writer::new(&transaction, self.pass, &mut self.attempt)?;
            let recorded = records
                .iter()
                .map(|record| writer.record(record))
                .collect::<rusqlite::Result<Vec<_>>>()?;
            drop(writer);
            transaction.commit()?;
            Ok(recorded)
        })();
        let recorded: Vec<Recorded> = recorded.map_err(self.failed())?;
        if self.is_displaced() {
            self.withdraw(&recorded);
            return Err(displaced());
        }
        Ok(recorded)
    }
}

impl RunFile {
    /// Takes back attempts that began, since they are not sent.
    fn withdraw(&self, recorded: &[Recorded]) {
        for recorded in recorded {
            if let Recorded::Attempt(attempt) = recorded {
                // One that cannot be taken back counts as unknown, which it may be.
                let _ = self
                    .connection
                    .execute("DELETE FROM attempt WHERE id = ?", [attempt]);
            }
        }
    }
}

/// Nobody goes on with a file that nobody would find.
fn displaced() -> Error {
    Error::storage("the run file was moved or deleted")
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
            add_attempt: connection.prepare_cached(
                "INSERT INTO attempt (request, id, pass, began) VALUES (?, ?, ?, ?)",
            )?,
            end_attempt: connection.prepare_cached(
                "UPDATE attempt SET ended = ?, outcome = ?, kind = ?, http_status = ?, message = ?,
                    request_id = ?, retry_after_s = ?, count = ?, about_ids = ?, disposition = ?
                 WHERE request = ? AND id = ?",
            )?,
            end_request: connection.prepare_cached(
                "UPDATE request SET attempts = attempts + ?, doubt = max(doubt, ?), outcome = ?,
                    split = ? WHERE id = ?",
            )?,
        })
    }

    fn record(&mut self, record: &Record) -> rusqlite::Result<Recorded> {
        match record {
            Record::Began { request, at } => {
                *self.attempt += 1;
                self.add_attempt.execute(params![
                    request,
                    *self.attempt,
                    self.pass,
                    millis(*at)
                ])?;
                Ok(Recorded::Attempt(*self.attempt))
            }
            Record::Ended {
                request,
                attempt,
                at,
                evidence,
                then,
            } => {
                self.end_attempt.execute(params![
                    millis(*at),
                    evidence.outcome.as_str(),
                    evidence.kind.map(prospect_delete_core::ErrorKind::as_str),
                    evidence.http_status,
                    evidence.message,
                    evidence.request_id,
                    evidence.retry_after_s.map(saturating),
                    evidence.count.map(saturating),
                    evidence.about_ids,
                    history::disposition(*then),
                    request,
                    attempt
                ])?;
                let outcome = match then {
                    Then::Over(outcome) => Some(*outcome),
                    Then::Due | Then::Split => None,
                };
                // What a refused request with several ids did before it was refused nobody knows.
                let doubt = evidence.outcome == Outcome::Unknown
                    || (*then == Then::Split && evidence.about_ids);
                self.end_request.execute(params![
                    evidence.sent,
                    doubt,
                    code(outcome),
                    *then == Then::Split,
                    request
                ])?;
                if *then == Then::Split {
                    return halves(self.connection, *request).map(Recorded::Halves);
                }
                Ok(Recorded::Kept)
            }
            Record::Reopened { attempts } => {
                let mut reopen = self.connection.prepare_cached(
                    "UPDATE attempt SET about_ids = 0,
                        disposition = CASE disposition WHEN ?3 THEN ?3 ELSE ?4 END
                     WHERE request = ?1 AND id = ?2",
                )?;
                for (request, attempt) in attempts {
                    reopen.execute(params![
                        request,
                        attempt,
                        history::disposition(Then::Split),
                        history::disposition(Then::Due)
                    ])?;
                }
                history::work_out(self.connection).map_err(|fault| match fault {
                    history::Fault::Database(error) => error,
                    history::Fault::Torn => rusqlite::Error::InvalidQuery,
                })?;
                Ok(Recorded::Kept)
            }
        }
    }
}

/// Adds the two halves of a request, which inherit its attempts and its doubt.
fn halves(connection: &Connection, id: RequestId) -> rusqlite::Result<[RequestId; 2]> {
    let whole = connection
        .prepare_cached(&format!("SELECT {REQUESTED} FROM request WHERE id = ?"))?
        .query_row([id], Requested::read)?;
    let half = |first: i64, count: i64| {
        connection
            .prepare_cached(
                "INSERT INTO request (parent, kind, stage, scope, options, first, count, attempts, doubt)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .insert(params![
                id,
                whole.kind,
                whole.stage,
                whole.scope,
                whole.options,
                first,
                count,
                whole.attempts,
                whole.doubt
            ])
    };
    let middle = whole.count / 2;
    Ok([
        half(whole.first, middle)?,
        half(whole.first + middle, whole.count - middle)?,
    ])
}

/// Makes a file's name durable.
pub(crate) fn sync_folder(path: &Path) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Not every system can; the file itself was synchronised.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// A run file that cannot be opened is bad input where it is not there, and a fault of storage elsewhere.
fn missing(path: &Path, error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        Error::input(format!(
            "{}: is not there; give the file that `plan --out` wrote",
            path.display()
        ))
    } else {
        Error::io(path, error)
    }
}

/// The outcome of this name; `None` for what is still to be sent.
pub(crate) fn outcome(name: &str) -> Option<Outcome> {
    [
        Outcome::Deleted,
        Outcome::Accepted,
        Outcome::Rejected,
        Outcome::NotSent,
        Outcome::Unknown,
        Outcome::Suppressed,
    ]
    .into_iter()
    .find(|outcome| outcome.as_str() == name)
}

/// Milliseconds since 1970, which a clock that is set wrong may put before.
fn millis(at: SystemTime) -> i64 {
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |before| -before)
        }
    }
}

/// As RFC 3339 in UTC. Always three digits of the second, so that moments sort as text as they do in
/// time: without them "…09.5Z" would come after "…09.548Z".
pub(crate) fn from_millis(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map_or_else(|_| "unknown".to_owned(), |at| format!("{at:.3}"))
}

pub(crate) fn rfc3339(at: SystemTime) -> String {
    from_millis(millis(at))
}

fn saturating(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::from_millis;

    #[test]
    fn moments_sort_as_text_as_they_do_in_time() {
        assert_eq!(from_millis(0), "1970-01-01T00:00:00.000Z");
        let moments: Vec<String> = [9_000, 9_005, 9_500, 9_540, 9_548]
            .map(from_millis)
            .to_vec();
        assert!(moments.is_sorted(), "{moments:?}");
    }
}
