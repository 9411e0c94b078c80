//! The tables of a run file.
//!
//! ```text
//! manifest      what the run is: id, time, program version, digest
//! account       where each provider's requests go, and a fingerprint of the key they go with
//! list          the lists it was planned from
//! target        id, and the identifiers; ids follow the plan; what a look-up knows about it
//! erasure       the cases that its targets belong to, and when each is due
//! concern       which target belongs to which case
//! lookup        what was searched before it was planned, where, and with which result
//! request       a range of targets, and what became of it; a request that was split points at its parts
//! approval      who approved the plan, when, and what they allowed
//! pass          each time the run was applied: by which worker, with which version, from when to when
//! attempt       each time a request was sent, in a pass, with its deadline
//! verification  each time it was looked up afterwards what is still there
//! finding       what a verification found of a target or of a look-up
//! link          the chain of commitments over all of these, one for each worker
//! ```
//!
//! The identifiers of people stand in `target` and `lookup` and, in the provider's words, in `attempt` and `finding`;
//! names of cases stand in `erasure`; nowhere else.

use prospect_delete_core::Outcome;

/// "pdel", in the file's header.
pub(super) const APPLICATION: i32 = 0x7064_656c;

/// The version of the tables. Before a plan is complete, 0 stands in its place. Later versions read files of this one.
pub(super) const SCHEMA_VERSION: i32 = 6;

macro_rules! open {
    () => {
        "request.id IN (SELECT request FROM attempt WHERE ended IS NULL)"
    };
}

pub(super) const TABLES: &str = "
    CREATE TABLE manifest (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE account (
        provider TEXT PRIMARY KEY,
        base_url TEXT NOT NULL,
        fingerprint TEXT,
        shown TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE target (id INTEGER PRIMARY KEY, key ANY NOT NULL, about TEXT) STRICT;
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
        deadline INTEGER,
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
        reopened INTEGER NOT NULL DEFAULT 0,
        shared INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (request, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE approval (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL,
        operator TEXT NOT NULL,
        host TEXT NOT NULL,
        version TEXT NOT NULL,
        at INTEGER NOT NULL,
        allow_scope INTEGER NOT NULL,
        most INTEGER,
        max_age_s INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE list (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        rows INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE erasure (id INTEGER PRIMARY KEY, name ANY NOT NULL, due TEXT) STRICT;
    CREATE TABLE concern (
        target INTEGER NOT NULL,
        erasure INTEGER NOT NULL,
        PRIMARY KEY (target, erasure)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lookup (
        id INTEGER PRIMARY KEY,
        erasure INTEGER,
        provider TEXT NOT NULL,
        operation TEXT NOT NULL,
        place TEXT,
        handle_kind TEXT NOT NULL,
        handle ANY NOT NULL,
        result TEXT NOT NULL,
        records INTEGER NOT NULL,
        dropped INTEGER NOT NULL,
        http_status INTEGER,
        message TEXT,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE verification (
        id INTEGER PRIMARY KEY,
        operator TEXT NOT NULL,
        host TEXT NOT NULL,
        version TEXT NOT NULL,
        began INTEGER NOT NULL,
        ended INTEGER
    ) STRICT;
    CREATE TABLE finding (
        verification INTEGER NOT NULL,
        target INTEGER NOT NULL,
        lookup INTEGER NOT NULL,
        result TEXT NOT NULL,
        at INTEGER NOT NULL,
        http_status INTEGER,
        message TEXT,
        PRIMARY KEY (verification, target, lookup)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE link (
        worker INTEGER NOT NULL,
        id INTEGER NOT NULL,
        record TEXT NOT NULL,
        subject INTEGER,
        attempt INTEGER,
        salt BLOB,
        commitment BLOB NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (worker, id)
    ) STRICT, WITHOUT ROWID;";

/// Whether an attempt of a request has begun, and its end is not known.
pub(super) const OPEN: &str = open!();

/// Which attempt is a request's last.
pub(super) const LAST: &str = "attempt.request = request.id AND attempt.id =
    (SELECT max(its.id) FROM attempt AS its WHERE its.request = request.id)";

/// What a request came to: what may have been sent without an answer is unknown.
pub(super) const OUTCOME: &str = concat!(
    "CASE WHEN ",
    open!(),
    " THEN 'unknown' ELSE CASE request.outcome
        WHEN 1 THEN 'deleted' WHEN 2 THEN 'accepted' WHEN 3 THEN 'rejected' WHEN 4 THEN 'not_sent'
        WHEN 5 THEN 'unknown' WHEN 6 THEN 'suppressed' ELSE CASE WHEN request.doubt THEN 'unknown' ELSE 'pending' END
    END END"
);

/// Which requests are to be sent in this pass: none, not sent, unknown, rejected.
pub(super) const DUE: &str = "split = 0 AND id <= :last AND (
        outcome IN (0, 4)
        OR (outcome = 5 AND (NOT scope OR :unknown))
        OR (outcome = 3 AND :rejected)
    )";

/// The outcomes by their codes, from 1 on.
const OUTCOMES: [Outcome; 6] = [
    Outcome::Deleted,
    Outcome::Accepted,
    Outcome::Rejected,
    Outcome::NotSent,
    Outcome::Unknown,
    Outcome::Suppressed,
];

/// How an outcome stands in `request`, where it takes as much room as none does: a row that grows has to be
/// moved, and a run changes each of them.
pub(super) fn code(outcome: Option<Outcome>) -> u8 {
    outcome.map_or(0, Outcome::code)
}

/// The outcome of this code.
pub(super) fn of_code(code: u8) -> Option<Outcome> {
    let place = usize::from(code).checked_sub(1)?;
    OUTCOMES.get(place).copied()
}

/// The outcome of this name; `None` for what is still to be sent.
pub(super) fn of_name(name: &str) -> Option<Outcome> {
    OUTCOMES
        .into_iter()
        .find(|outcome| outcome.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_kept_by_a_code_and_by_the_name_that_sql_gives_it() {
        for (outcome, at) in OUTCOMES.into_iter().zip(1..) {
            assert_eq!(code(Some(outcome)), at);
            assert_eq!(of_code(at), Some(outcome));
            assert_eq!(of_name(outcome.as_str()), Some(outcome));
            assert!(OUTCOME.contains(&format!("WHEN {at} THEN '{outcome}'")));
        }
        assert_eq!((code(None), of_code(0), of_code(7)), (0, None, None));
    }
}
