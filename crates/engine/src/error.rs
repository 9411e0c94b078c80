//! Why something could not be done, as types: what was tried, and the fault beneath it. What to do about it is said by
//! whoever knows how the engine is used, since commands and flags are not the engine's.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use prospect_delete_core::InvalidInput;

/// Why a run could not be planned, applied, read or forgotten.
///
/// `Display` is one line that says what is wrong. A fault of the system or of a library stands in
/// [`source`](std::error::Error::source), and is not told twice.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A guard held it back. Nothing more is sent.
    #[error(transparent)]
    Guard(#[from] GuardViolation),
    /// Something given cannot be used. Nothing was sent.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// Something could not be read or written. What had been recorded is kept.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What must hold before anything is sent, and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardViolation {
    /// What was confirmed is another plan.
    #[error("what was confirmed is not this plan, whose digest is {digest}")]
    NotConfirmed {
        /// The digest of the plan.
        digest: String,
    },
    /// The run does not hold the plan of its digest.
    #[error("{run}: does not hold what was planned any more")]
    Changed {
        /// The run.
        run: String,
    },
    /// Somebody wrote to the run while it was applied.
    #[error(
        "{run}: somebody changed it while it was applied; the counts are those of the attempts on record"
    )]
    ChangedWhileApplied {
        /// The run.
        run: String,
    },
    /// What was recorded contradicts itself.
    #[error("{run}: damaged: its requests and its attempts do not fit together")]
    Torn {
        /// The run.
        run: String,
    },
    /// The identifiers were replaced by hashes, so nobody can be named.
    #[error("{run}: was forgotten, so whom it named is not known any more")]
    Forgotten {
        /// The run.
        run: String,
    },
    /// The plan is older than it may be.
    #[error("the plan is of {planned_at}, which is longer ago than {max_age:?}")]
    TooOld {
        /// When it was planned, as RFC 3339 in UTC.
        planned_at: String,
        /// How old it may be.
        max_age: Duration,
    },
    /// The plan is of a time to come.
    #[error("the plan is of {planned_at}, and it is {now}")]
    FromTheFuture {
        /// When it was planned, as RFC 3339 in UTC.
        planned_at: String,
        /// The time here, in the same form.
        now: String,
    },
    /// Nobody can tell how old the plan is.
    #[error("when it was planned cannot be told ({planned_at})")]
    NoDate {
        /// What stands in the date's place.
        planned_at: String,
    },
    /// The plan has more targets than it may have.
    #[error("the plan has {targets} targets, and {most} are allowed")]
    TooMany {
        /// Its targets.
        targets: u64,
        /// The most that are allowed.
        most: u64,
    },
    /// The plan deletes scopes, which was not allowed.
    #[error("the plan deletes everybody in {}", scopes.join(", "))]
    ScopesNotAllowed {
        /// Their names.
        scopes: Vec<String>,
    },
    /// Requests would go to another address than was planned.
    #[error("{provider}: was planned for {planned}, and requests would go to {given}")]
    OtherAddress {
        /// The provider's name.
        provider: &'static str,
        /// The address of the plan.
        planned: String,
        /// The address that was given.
        given: String,
    },
    /// Requests would go with another key than was planned.
    #[error("{provider}: the key is not the one of the plan")]
    OtherKey {
        /// The provider's name.
        provider: &'static str,
    },
    /// Another machine applied the run last, and may have a copy that knows of scopes which were sent since.
    #[error("{run}: was last applied on {last}, and this is {here}")]
    OtherHost {
        /// The run.
        run: String,
        /// The machine that applied it last.
        last: String,
        /// This machine.
        here: String,
    },
    /// Another program is at work on the run.
    #[error("{run}: another program is at work on this run")]
    InUse {
        /// The run.
        run: String,
    },
    /// Another program keeps the run from being written, though not by applying it.
    #[error("{run}: another program holds it")]
    Held {
        /// The run.
        run: String,
    },
    /// Another program reads the run, so nothing in it can be replaced.
    #[error("{run}: somebody reads it")]
    BeingRead {
        /// The run.
        run: String,
    },
    /// Targets are still to be sent, and nobody could name them after forgetting.
    #[error("{run}: {targets} targets are still to be sent, and nobody could name them any more")]
    StillPending {
        /// The run.
        run: String,
        /// How many they are.
        targets: u64,
    },
}

/// Something given that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// There is no such run.
    #[error("{run}: is not there")]
    NoSuchRun {
        /// The run.
        run: String,
    },
    /// It is something else.
    #[error("{run}: is not a run file")]
    NotARun {
        /// What was given.
        run: String,
    },
    /// It is a folder.
    #[error("{run}: is a folder")]
    Folder {
        /// What was given.
        run: String,
    },
    /// There is a run of this name.
    #[error("{run}: is there already")]
    Exists {
        /// The run.
        run: String,
    },
    /// A plan was begun and never completed.
    #[error("{run}: is a plan that broke off")]
    Incomplete {
        /// The run.
        run: String,
    },
    /// It is of a version that cannot be read.
    #[error("{run}: is a run file of {}form {found}, and this program knows {known}", if found < known { "the older " } else { "" })]
    Version {
        /// The run.
        run: String,
        /// Its version.
        found: i32,
        /// The version that is written and read.
        known: i32,
    },
    /// It names a provider or a kind of target that this program does not have.
    #[error("{run}: names {what}, which this program does not know")]
    Unknown {
        /// The run.
        run: String,
        /// What it names.
        what: String,
    },
    /// It cannot be made sense of.
    #[error("{run}: damaged: {what}")]
    Damaged {
        /// The run.
        run: String,
        /// What is damaged.
        what: String,
        /// What a library said of it, in its own language.
        #[source]
        source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    },
    /// A plan is bound to the account of each provider, and one is missing.
    #[error("{provider}: no account was given; a plan is bound to one")]
    NoAccount {
        /// The provider's name.
        provider: &'static str,
    },
    /// An account cannot be used.
    #[error(transparent)]
    Account(#[from] InvalidInput),
    /// A file with a key cannot be read.
    #[error("{}: cannot be read", path.display())]
    KeyUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
    /// A file that was given for a key is something else.
    #[error("{}: is not a key file", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// A file holds the key of another run, and so cannot take this run's.
    #[error("{}: is the key of another run", path.display())]
    KeyOfAnotherRun {
        /// The file.
        path: PathBuf,
    },
    /// The run was forgotten, and no key was given.
    #[error("{run}: was forgotten, and can be asked with its key alone")]
    KeyMissing {
        /// The run.
        run: String,
    },
    /// The key that was given does not belong to the run.
    #[error("{run}: the key is another run's")]
    WrongKey {
        /// The run.
        run: String,
    },
}

/// Something that could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// A file.
    #[error("{}: cannot be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
    /// The place that keeps a run.
    #[error("{run}: {fault}")]
    Run {
        /// The run.
        run: String,
        /// What is wrong with the place.
        fault: StoreFault,
        /// What the library said that speaks to it.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The run is not where it was.
    #[error("{run}: was moved or deleted")]
    Displaced {
        /// The run.
        run: String,
    },
    /// The run was moved while it was applied. All that happened is at its new place.
    #[error("{run}: was moved to {} while it was applied; all that happened is in there", place.display())]
    Moved {
        /// The run.
        run: String,
        /// Where it is now.
        place: PathBuf,
    },
    /// The run was deleted while it was applied.
    #[error("{run}: was deleted while it was applied; all that happened is in {}", copy.display())]
    Rescued {
        /// The run.
        run: String,
        /// A copy with all that happened.
        copy: PathBuf,
    },
    /// The run was deleted while it was applied, and no copy of what happened can be written.
    #[error("{run}: was deleted while it was applied, and no copy of what happened can be written")]
    Lost {
        /// The run.
        run: String,
        /// Why.
        #[source]
        source: Box<Error>,
    },
    /// The thread that writes has ended, for a reason that was told before.
    #[error("the run is not written any more; see the error before this")]
    NotWritten,
    /// A temporary file.
    #[error("a temporary file beside the run cannot be used")]
    Temporary(#[source] Arc<io::Error>),
    /// A temporary file came back with other content.
    #[error("a temporary file came back changed")]
    TemporaryChanged,
    /// A report, or whatever else takes what is read of a run.
    #[error("the report cannot be written")]
    Report(#[source] Arc<io::Error>),
    /// The system gives no random numbers.
    #[error("no random numbers")]
    Random(#[source] getrandom::Error),
}

/// What is wrong with the place that keeps a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFault {
    /// It may not be opened or written.
    #[error("cannot be opened or written")]
    Access,
    /// There is no room left.
    #[error("the disk is full")]
    Full,
    /// The disk, or whatever is beneath it, failed.
    #[error("the disk failed")]
    Disk,
    /// There is not enough memory.
    #[error("there is not enough memory")]
    Memory,
}

impl Error {
    pub(crate) fn file(path: &std::path::Path, error: io::Error) -> Self {
        StorageError::File {
            path: path.to_owned(),
            source: Arc::new(error),
        }
        .into()
    }

    pub(crate) fn report(error: io::Error) -> Self {
        StorageError::Report(Arc::new(error)).into()
    }

    pub(crate) fn temporary(error: io::Error) -> Self {
        StorageError::Temporary(Arc::new(error)).into()
    }

    /// A run that contradicts itself.
    pub fn damaged(run: &str, what: impl Into<String>) -> Self {
        Unusable::Damaged {
            run: run.to_owned(),
            what: what.into(),
            source: None,
        }
        .into()
    }
}

impl From<InvalidInput> for Error {
    fn from(error: InvalidInput) -> Self {
        Unusable::Account(error).into()
    }
}

/// As its line.
impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Error {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Error".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}
