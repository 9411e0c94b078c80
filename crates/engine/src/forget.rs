//! Takes the identifiers of people out of a run, so that it still proves what was deleted.
//!
//! Each is replaced by a keyed hash. Whoever has the key can tell of a list which of its entries were in the
//! run; nobody can tell from the run alone. The key is in a file of its own, and nowhere else.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    time::SystemTime,
};

use hmac::{Hmac, KeyInit, Mac};
use prospect_delete_core::{Outcome, Target, TargetKind, target_kind_of_code, target_kinds};
use rusqlite::{Connection, params};
use sha2::Sha256;

use crate::{
    Error, RunFile,
    report::{Line, Named},
    run_file::{APPLICATION, FORM, TABLES, hex, rfc3339, sync_folder},
};

/// The first line of a key file.
const KEY_FILE: &str = "prospect-delete forget key 1";

/// The key of a forgotten run's hashes.
#[derive(Clone)]
pub struct ForgetKey {
    run_id: String,
    key: [u8; 32],
}

impl std::fmt::Debug for ForgetKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ForgetKey({}, [redacted])", self.run_id)
    }
}

/// What became of a list's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How it ended; `None` while it is still to be sent.
    pub outcome: Option<Outcome>,
    /// Requests with it of which anything may have left.
    pub attempts: u32,
    /// The run does not name this entry, but one that probably means the same: another address of the same
    /// profile.
    pub is_probable: bool,
}

impl ForgetKey {
    fn new(run_id: &str) -> Result<Self, Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| Error::storage(format!("no random numbers ({error})")))?;
        Ok(Self {
            run_id: run_id.to_owned(),
            key,
        })
    }

    /// Reads a key file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no key file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|error| {
            Error::input(format!(
                "{}: cannot be read ({error}); give the key file that `forget` wrote",
                path.display()
            ))
        })?;
        let mut lines = text.lines();
        let read = (|| {
            (lines.next()? == KEY_FILE).then_some(())?;
            let run_id = lines.next()?.strip_prefix("run ")?.to_owned();
            let digits = lines.next()?.strip_prefix("key ")?;
            let mut key = [0; 32];
            (digits.len() == 64 && digits.is_ascii()).then_some(())?;
            for (byte, place) in key.iter_mut().zip((0..64).step_by(2)) {
                *byte = u8::from_str_radix(&digits[place..place + 2], 16).ok()?;
            }
            Some(Self { run_id, key })
        })();
        read.ok_or_else(|| {
            Error::input(format!(
                "{}: is not a key file; give the one that `forget` wrote",
                path.display()
            ))
        })
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let text = format!("{KEY_FILE}\nrun {}\nkey {}\n", self.run_id, hex(&self.key));
        options
            .open(path)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
            })
            .map_err(|error| Error::io(path, &error))?;
        sync_folder(path);
        Ok(())
    }

    fn hash(&self, kind: &TargetKind, key: &str) -> [u8; 32] {
        self.mac(&[kind.name, key])
    }

    /// The hash of what targets that are probably one have in common.
    fn hash_alike(&self, kind: &TargetKind, folded: &str) -> [u8; 32] {
        self.mac(&[kind.name, "alike", folded])
    }

    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length makes an HMAC");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// What a run keeps to tell its key from another.
    fn check(&self) -> String {
        hex(&self.mac(&["check", &self.run_id]))
    }
}

/// Replaces the identifiers in a run by keyed hashes, and writes the key into a file of its own, which is
/// made unless it is there from an earlier try.
///
/// Afterwards no identifier is in the file or beside it, and the provider's words are gone, since they may
/// name people. Copies, and what the disk keeps of deleted files, are out of reach.
///
/// # Errors
///
/// Something is still to be sent; somebody is at work on the run, or reads it; a file cannot be written. The
/// run is then as it was.
pub fn forget(run: &Path, key_file: &Path) -> Result<(), Error> {
    let mut file = RunFile::open(run)?;
    let manifest = file.manifest()?;
    let shown = run.display();
    if manifest.forgotten_at.is_some() {
        return Err(Error::guard(format!(
            "{shown}: was forgotten already; there is nothing left to do"
        )));
    }
    let pending: u64 = file.counts()?.values().map(|counts| counts.pending).sum();
    if pending > 0 {
        return Err(Error::guard(format!(
            "{shown}: {pending} targets are still to be sent, and nobody could name them any more; apply the run first"
        )));
    }
    let key = if key_file.exists() {
        let key = ForgetKey::read(key_file)?;
        if key.run_id != manifest.run_id {
            return Err(Error::input(format!(
                "{}: is the key of another run; give another name",
                key_file.display()
            )));
        }
        key
    } else {
        let key = ForgetKey::new(&manifest.run_id)?;
        key.write(key_file)?;
        key
    };
    file.settle()?;
    file.checkpoint();
    let beside = |end: &str| {
        let mut name = OsString::from(run);
        name.push(end);
        PathBuf::from(name)
    };
    // The log of writes to the old file would be taken for one of the new.
    if beside("-wal").exists() {
        return Err(Error::guard(format!(
            "{shown}: somebody reads it; try again when that has ended"
        )));
    }
    // Holds no identifier at any time, so it may be left behind.
    let new = beside(".forgotten");
    let made = copy(&file, &key, &new).and_then(|()| {
        fs::rename(&new, run).map_err(|error| Error::io(run, &error))?;
        sync_folder(run);
        Ok(())
    });
    if made.is_err() {
        let _ = fs::remove_file(&new);
    }
    made
}

/// Writes a run without identifiers.
fn copy(old: &RunFile, key: &ForgetKey, path: &Path) -> Result<(), Error> {
    let _ = fs::remove_file(path);
    let manifest = old.manifest()?;
    let write = || -> rusqlite::Result<Connection> {
        let mut new = Connection::open(path)?;
        new.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        new.pragma_update(None, "application_id", APPLICATION)?;
        new.execute_batch(TABLES)?;
        let transaction = new.transaction()?;
        for (name, value) in [
            ("run_id", manifest.run_id.as_str()),
            ("digest", &manifest.digest),
            ("planned_at", &manifest.planned_at),
            ("planned_by", &manifest.planned_by),
            ("planned_with", &manifest.planned_with),
            ("forgotten_at", &rfc3339(SystemTime::now())),
            ("forget_check", &key.check()),
        ] {
            transaction.execute("INSERT INTO manifest VALUES (?, ?)", [name, value])?;
        }
        // Without the fingerprints nobody can tell from the digest alone whom the plan named.
        copy_rows(
            old,
            "SELECT provider, base_url FROM account",
            &transaction,
            "INSERT INTO account (provider, base_url) VALUES (?, ?)",
        )?;
        // Who applied it is part of the proof, and no prospect.
        copy_rows(
            old,
            "SELECT id, operator, host, version, began, ended, how FROM pass",
            &transaction,
            "INSERT INTO pass (id, operator, host, version, began, ended, how) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        copy_rows(
            old,
            "SELECT id, parent, kind, stage, scope, options, first, count, split, doubt, attempts, outcome
             FROM request",
            &transaction,
            "INSERT INTO request
                (id, parent, kind, stage, scope, options, first, count, split, doubt, attempts, outcome)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        // A provider may put identifiers into its words and its numbers.
        let kinds = target_kinds().iter().filter(|kind| kind.keeps_request_id);
        let impersonal: Vec<_> = kinds.map(|kind| kind.code.to_string()).collect();
        let impersonal = impersonal.join(", ");
        copy_rows(
            old,
            &format!(
                "SELECT attempt.id, request, pass, began, ended, attempt.outcome, attempt.kind, http_status,
                    CASE WHEN request.kind IN ({impersonal}) THEN request_id END, retry_after_s, attempt.count,
                    about_ids, disposition
                 FROM attempt JOIN request ON request.id = attempt.request"
            ),
            &transaction,
            "INSERT INTO attempt
                (id, request, pass, began, ended, outcome, kind, http_status, request_id, retry_after_s, count,
                 about_ids, disposition)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        rows(
            old,
            "SELECT target.id, target.key, request.kind FROM request JOIN target
             ON target.id >= first AND target.id < first + request.count WHERE parent IS NULL",
            |row| {
                let kind = target_kind_of_code(row.get(2)?).ok_or(rusqlite::Error::InvalidQuery)?;
                let text = row.get_ref(1)?.as_str()?;
                let mut hash = key.hash(kind, text).to_vec();
                // Of what other spellings of it have in common, so that they are found too.
                let target = Target::from_key(kind, text, 0).ok();
                if let Some(folded) = target.and_then(|target| target.folded_key()) {
                    hash.extend_from_slice(&key.hash_alike(kind, &folded));
                }
                transaction
                    .prepare_cached("INSERT INTO target (id, key) VALUES (?, ?)")?
                    .execute(params![row.get::<_, i64>(0)?, hash.as_slice()])
                    .map(|_| ())
            },
        )?;
        transaction.commit()?;
        new.pragma_update(None, "user_version", FORM)?;
        Ok(new)
    };
    let new = write().map_err(|error| Error::database(path, &error))?;
    new.close()
        .map_err(|(_, error)| Error::database(path, &error))?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::io(path, &error))
}

/// Copies the answer to a question into the new file.
fn copy_rows(old: &RunFile, select: &str, new: &Connection, insert: &str) -> rusqlite::Result<()> {
    let mut insert = new.prepare(insert)?;
    rows(old, select, |row| {
        let values = (0..insert.parameter_count())
            .map(|column| row.get::<_, rusqlite::types::Value>(column))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        insert
            .execute(rusqlite::params_from_iter(values))
            .map(|_| ())
    })
}

/// Hands out the rows of a question to the old file.
fn rows(
    old: &RunFile,
    sql: &str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = old.connection().prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

impl RunFile {
    /// What became of each of these targets; `None` of those that are not in the run. A target that is there in
    /// another spelling alone is found as [probable](Found::is_probable). A forgotten run needs its key.
    ///
    /// # Errors
    ///
    /// The key is missing, or another run's; the file cannot be read.
    pub fn find(
        &self,
        targets: &[Target],
        key: Option<&ForgetKey>,
    ) -> Result<Vec<Option<Found>>, Error> {
        let manifest = self.manifest()?;
        let key = match (key, &manifest.forgotten_at) {
            (_, None) => None,
            (None, Some(_)) => {
                return Err(Error::input(format!(
                    "{}: was forgotten; give the file with its key with --key",
                    self.path().display()
                )));
            }
            (Some(key), Some(_)) => {
                let kept = self.value("forget_check")?;
                if key.run_id != manifest.run_id || kept.as_deref() != Some(&key.check()) {
                    return Err(Error::input(format!(
                        "{}: the key is another run's; give the one that was made when it was forgotten",
                        self.path().display()
                    )));
                }
                Some(key)
            }
        };
        let mut asked: HashMap<(&TargetKind, String), Vec<usize>> = HashMap::new();
        let mut alike: HashMap<(&TargetKind, String), Vec<usize>> = HashMap::new();
        for (index, target) in targets.iter().enumerate() {
            let kind = target.kind();
            let name = match key {
                Some(key) => hex(&key.hash(kind, target.key())),
                None => target.key().to_owned(),
            };
            asked.entry((kind, name)).or_default().push(index);
            let folded = target.folded_key().map(|folded| match key {
                Some(key) => hex(&key.hash_alike(kind, &folded)),
                None => folded,
            });
            if let Some(folded) = folded {
                alike.entry((kind, folded)).or_default().push(index);
            }
        }
        let mut found: Vec<Option<Found>> = vec![None; targets.len()];
        self.lines(|line: &Line| {
            let (name, folded) = match &line.named {
                Named::Target(target) => (target.key().to_owned(), target.folded_key()),
                Named::Hash(hash) => (hash.clone(), line.alike.clone()),
            };
            let entry = |is_probable| Found {
                outcome: line.outcome,
                attempts: line.attempts,
                is_probable,
            };
            let likely = folded.and_then(|folded| alike.get(&(line.kind, folded)));
            for index in likely.into_iter().flatten() {
                let found = &mut found[*index];
                let says_more = |found: &Found| {
                    found.is_probable && weight(line.outcome) > weight(found.outcome)
                };
                if found.as_ref().is_none_or(says_more) {
                    *found = Some(entry(true));
                }
            }
            for index in asked.get(&(line.kind, name)).into_iter().flatten() {
                found[*index] = Some(entry(false));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// How much an outcome says of a person who was sent in several spellings: what is gone by one is gone.
fn weight(outcome: Option<Outcome>) -> u8 {
    match outcome {
        Some(Outcome::Deleted | Outcome::Suppressed) => 5,
        Some(Outcome::Accepted) => 4,
        Some(Outcome::Unknown) => 3,
        None => 2,
        Some(Outcome::Rejected) => 1,
        _ => 0,
    }
}
