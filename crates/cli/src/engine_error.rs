//! What to do about an error of the engine, in the words of this program: its commands and its flags.

use std::error::Error as _;

use prospect_delete_engine::{Error, GuardViolation, StorageError, StoreFault, Unusable};

use crate::exit::Failure;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let line = line(&error);
        match error {
            Error::Guard(_) => Self::guarded(line),
            Error::Unusable(_) => Self::usage(line),
            _ => Self::internal(line),
        }
    }
}

/// What is wrong, and what to do about it.
pub fn line(error: &Error) -> String {
    let mut line = match error {
        Error::Guard(violation) => guard(violation),
        error => error.to_string(),
    };
    // What a library says of a damaged file is in a language of its own.
    let is_damaged = matches!(error, Error::Unusable(Unusable::Damaged { .. }));
    if let Some(source) = error.source().filter(|_| !is_damaged) {
        line = format!("{line} ({source})");
    }
    match advice(error) {
        "" => line,
        advice => format!("{line}; {advice}"),
    }
}

/// What a guard says, where that is about what a flag says.
fn guard(violation: &GuardViolation) -> String {
    match violation {
        GuardViolation::NotConfirmed { digest } => {
            format!("--confirm does not name this plan; its digest is {digest}")
        }
        GuardViolation::TooOld { planned_at, .. } => {
            format!("the plan is of {planned_at}, older than --max-age allows")
        }
        GuardViolation::TooMany { targets, most } => {
            format!("the plan has {targets} targets, and --max-delete allows {most}")
        }
        violation => violation.to_string(),
    }
}

fn advice(error: &Error) -> &'static str {
    match error {
        Error::Guard(violation) => about_guard(violation),
        Error::Unusable(unusable) => about_input(unusable),
        Error::Storage(error) => about_storage(error),
        _ => "",
    }
}

fn about_guard(violation: &GuardViolation) -> &'static str {
    match violation {
        GuardViolation::Changed { .. } => {
            "somebody changed it, so nothing more is sent; plan again"
        }
        GuardViolation::ChangedWhileApplied { .. } => "nothing more is sent",
        GuardViolation::Torn { .. } => "nothing more is sent; restore a copy of it",
        GuardViolation::Forgotten { .. } => "there is nothing left to do with it but `check`",
        GuardViolation::TooOld { .. } => "plan again, since the world has moved on",
        GuardViolation::FromTheFuture { .. } => "set the clock right, or plan again",
        GuardViolation::NoDate { .. } => "plan again",
        GuardViolation::TooMany { .. } => "look at the plan again, or raise it; nothing was sent",
        GuardViolation::ScopesNotAllowed { .. } => "that needs --allow-scope",
        GuardViolation::OtherAddress { .. } => "plan again for that, or change the address",
        GuardViolation::OtherKey { .. } => "give that one, or plan again with this",
        GuardViolation::OtherHost { .. } => {
            "if that copy is not used any more, --moved sends its scopes from here; nothing was sent"
        }
        GuardViolation::InUse { .. } | GuardViolation::Held { .. } => "wait until it has ended",
        GuardViolation::BeingRead { .. } => "try again when that has ended",
        GuardViolation::StillPending { .. } => "apply the run first",
        _ => "",
    }
}

fn about_input(unusable: &Unusable) -> &'static str {
    match unusable {
        Unusable::NoSuchRun { .. } | Unusable::NotARun { .. } | Unusable::Folder { .. } => {
            "give the file that `plan --out` wrote"
        }
        Unusable::Exists { .. } => "give another name, or delete it if it is not needed any more",
        Unusable::Incomplete { .. } => "delete it and plan again",
        Unusable::Version { found, known, .. } if found < known => {
            "use the version that planned it, or plan again"
        }
        Unusable::Version { .. } | Unusable::Unknown { .. } => "use the version that planned it",
        Unusable::Damaged { .. } => {
            "restore a copy of it, since what it recorded cannot be told any more"
        }
        Unusable::KeyUnreadable { .. } | Unusable::NotAKey { .. } => {
            "give the key file that `forget` wrote"
        }
        Unusable::KeyOfAnotherRun { .. } => "give another name",
        Unusable::KeyMissing { .. } => "give the file with its key with --key",
        Unusable::WrongKey { .. } => "give the one that was made when it was forgotten",
        _ => "",
    }
}

fn about_storage(error: &StorageError) -> &'static str {
    match error {
        StorageError::File { source, .. } => match source.kind() {
            std::io::ErrorKind::NotFound => "its folder is not there; make it first",
            std::io::ErrorKind::PermissionDenied => "give access to the file and its folder",
            std::io::ErrorKind::StorageFull => "make room and run it again",
            _ => "",
        },
        StorageError::Run { fault, .. } => match fault {
            StoreFault::Access => "give access to the file and its folder",
            StoreFault::Full => "make room and run it again",
            StoreFault::Disk => "see to the disk, then run it again",
            _ => "",
        },
        StorageError::Displaced { .. }
        | StorageError::Moved { .. }
        | StorageError::Rescued { .. }
        | StorageError::Lost { .. } => "nothing more is sent",
        StorageError::Temporary(_) => "make room there",
        StorageError::TemporaryChanged => "plan again",
        StorageError::Report(_) => "make room, or write it elsewhere",
        _ => "",
    }
}
