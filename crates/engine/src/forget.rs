//! Takes the identifiers of people out of a run, so that it still proves what was deleted.
//!
//! Each is replaced by a keyed hash. Whoever has the key can tell of a list which of its entries were in the
//! run; nobody can tell from the run alone. The key is in a file of its own, and nowhere else.

use std::{
    collections::HashMap,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use hmac::{Hmac, KeyInit, Mac};
use prospect_delete_core::{Outcome, Target, TargetKind};
use sha2::Sha256;

use crate::{
    Error, GuardViolation, StorageError, Unusable,
    digest::hex,
    records::{Line, Named},
    store::{Records, Redaction, Store, sqlite::sync_folder},
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
        getrandom::fill(&mut key).map_err(StorageError::Random)?;
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
        let text = fs::read_to_string(path).map_err(|error| Unusable::KeyUnreadable {
            path: path.to_owned(),
            source: Arc::new(error),
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
            let path = path.to_owned();
            Unusable::NotAKey { path }.into()
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
            .map_err(|error| Error::file(path, error))?;
        sync_folder(path);
        Ok(())
    }

    fn hash(&self, kind: &TargetKind, key: &str) -> [u8; 32] {
        self.mac(&[kind.name, key])
    }

    /// The hash of a target and, behind it, that of what other spellings of it have in common, so that they are found
    /// too.
    fn hash_with_spellings(&self, kind: &'static TargetKind, key: &str) -> Vec<u8> {
        let mut hash = self.hash(kind, key).to_vec();
        let target = Target::from_key(kind, key, 0).ok();
        if let Some(folded) = target.and_then(|target| target.folded_key()) {
            hash.extend_from_slice(&self.hash_alike(kind, &folded));
        }
        hash
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
pub fn forget(store: &dyn Store, key_file: &Path) -> Result<(), Error> {
    let mut journal = store.open()?;
    let manifest = journal.manifest()?;
    let run = store.name();
    if manifest.forgotten_at.is_some() {
        return Err(GuardViolation::Forgotten { run }.into());
    }
    let targets = journal
        .counts()?
        .values()
        .map(|counts| counts.pending)
        .sum();
    if targets > 0 {
        return Err(GuardViolation::StillPending { run, targets }.into());
    }
    let key = if key_file.exists() {
        let key = ForgetKey::read(key_file)?;
        if key.run_id != manifest.run_id {
            let path = key_file.to_owned();
            return Err(Unusable::KeyOfAnotherRun { path }.into());
        }
        key
    } else {
        let key = ForgetKey::new(&manifest.run_id)?;
        key.write(key_file)?;
        key
    };
    journal.recover_interrupted()?;
    journal.forget(&Redaction {
        hash: &|kind, text| key.hash_with_spellings(kind, text),
        key_check: key.check(),
        at: SystemTime::now(),
    })
}

impl dyn Records + '_ {
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
                let run = self.name().to_owned();
                return Err(Unusable::KeyMissing { run }.into());
            }
            (Some(key), Some(_)) => {
                let kept = self.key_check()?;
                if key.run_id != manifest.run_id || kept.as_deref() != Some(&key.check()) {
                    let run = self.name().to_owned();
                    return Err(Unusable::WrongKey { run }.into());
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
        self.lines(&mut |line: &Line| {
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
