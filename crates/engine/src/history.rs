//! What became of each request, worked out from its attempts.
//!
//! The columns of `request` only save this work while a run is applied. Whoever can write to the file can write
//! them, so they are worked out again when a pass begins: the attempts are the record.

use std::collections::BTreeMap;

use prospect_delete_core::{Outcome, TargetKind, target_kind_of_code};
use rusqlite::{Connection, Row, Rows, params};

use crate::{
    checked::{REQUESTED, Requested},
    journal::{RequestId, Then},
    run_file::{code, outcome},
};

/// Why the attempts cannot be made sense of.
pub(crate) enum Fault {
    /// Requests and attempts do not fit together.
    Torn,
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// How a disposition is kept.
pub(crate) const fn disposition(then: Then) -> u8 {
    match then {
        Then::Over(_) => 1,
        Then::Due => 2,
        Then::Split => 3,
    }
}

/// What the columns of a request say.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Columns {
    split: bool,
    doubt: bool,
    attempts: u32,
    outcome: u8,
}

struct Request {
    row: Requested,
    columns: Columns,
}

/// A request whose halves have not both been seen yet.
struct Parent {
    kind: u8,
    options: u8,
    next: i64,
    end: i64,
    doubt: bool,
    attempts: u32,
}

struct Attempt {
    request: RequestId,
    pass: i64,
    outcome: Option<Outcome>,
    then: u8,
    about_ids: bool,
}

/// Makes the columns of all requests agree with the attempts.
///
/// # Errors
///
/// Halves are not those of a request that was split, a split request lost some of its targets, or attempts
/// belong to no request.
pub(crate) fn work_out(connection: &Connection) -> Result<(), Fault> {
    let tried: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM attempt)", [], |row| {
        row.get(0)
    })?;
    if !tried {
        connection.execute(
            "UPDATE request SET split = 0, doubt = 0, attempts = 0, outcome = 0
             WHERE split <> 0 OR doubt <> 0 OR attempts <> 0 OR outcome <> 0",
            [],
        )?;
        let halves: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM request WHERE parent IS NOT NULL)",
            [],
            |row| row.get(0),
        )?;
        return if halves { Err(Fault::Torn) } else { Ok(()) };
    }
    let wrong = wrong(connection)?;
    let mut update = connection.prepare(
        "UPDATE request SET split = ?, doubt = ?, attempts = ?, outcome = ? WHERE id = ?",
    )?;
    for (id, right) in wrong {
        update.execute(params![
            right.split,
            right.doubt,
            right.attempts,
            right.outcome,
            id
        ])?;
    }
    Ok(())
}

/// The requests whose columns do not say what their attempts do, with what they should say.
fn wrong(connection: &Connection) -> Result<Vec<(RequestId, Columns)>, Fault> {
    let mut requests = connection.prepare(&format!(
        "SELECT {REQUESTED}, split, outcome FROM request ORDER BY id"
    ))?;
    let mut requests = requests.query([])?;
    let mut attempts = connection.prepare(
        "SELECT request, pass, outcome, disposition, about_ids FROM attempt ORDER BY request, id",
    )?;
    let mut attempts = attempts.query([])?;
    let mut next = attempt(&mut attempts)?;
    let mut parents: BTreeMap<RequestId, Parent> = BTreeMap::new();
    let mut wrong = Vec::new();
    while let Some(row) = requests.next()? {
        let request = request(row)?;
        let mut story = Story::of(&request, &mut parents)?;
        while let Some(attempt) = next.take_if(|attempt| attempt.request == request.row.id) {
            story.add(&attempt);
            next = self::attempt(&mut attempts)?;
        }
        let right = story.end();
        if right.split {
            if request.row.count < 2 {
                return Err(Fault::Torn);
            }
            parents.insert(
                request.row.id,
                Parent {
                    kind: request.row.kind,
                    options: request.row.options,
                    next: request.row.first,
                    end: request.row.end(),
                    doubt: right.doubt,
                    attempts: right.attempts,
                },
            );
        }
        if right != request.columns {
            wrong.push((request.row.id, right));
        }
    }
    // A split request without its halves would drop people without a word.
    if next.is_some() || !parents.is_empty() {
        return Err(Fault::Torn);
    }
    Ok(wrong)
}

/// A request's attempts, one after the other.
struct Story {
    scope: bool,
    columns: Columns,
    pass: Option<i64>,
    so_far: Option<Outcome>,
    success: Option<Outcome>,
    then: Option<u8>,
}

impl Story {
    /// Begins with what a half has of the request that it comes from.
    fn of(request: &Request, parents: &mut BTreeMap<RequestId, Parent>) -> Result<Self, Fault> {
        let mut columns = Columns {
            split: false,
            doubt: false,
            attempts: 0,
            outcome: 0,
        };
        let scope = target_kind_of_code(request.row.kind).is_some_and(TargetKind::is_scope);
        if request.row.scope != scope {
            return Err(Fault::Torn);
        }
        if let Some(id) = request.row.parent {
            let parent = parents.get_mut(&id).ok_or(Fault::Torn)?;
            let is_its = parent.kind == request.row.kind
                && parent.options == request.row.options
                && parent.next == request.row.first
                && request.row.count > 0
                && request.row.count <= parent.end - parent.next;
            if !is_its {
                return Err(Fault::Torn);
            }
            columns.doubt = parent.doubt;
            columns.attempts = parent.attempts;
            parent.next += request.row.count;
            if parent.next == parent.end {
                parents.remove(&id);
            }
        }
        Ok(Self {
            scope,
            so_far: columns.doubt.then_some(Outcome::Unknown),
            columns,
            pass: None,
            success: None,
            then: None,
        })
    }

    fn add(&mut self, attempt: &Attempt) {
        // Each pass begins anew with what may have been done before.
        if self.pass != Some(attempt.pass) {
            self.pass = Some(attempt.pass);
            self.so_far = self.columns.doubt.then_some(Outcome::Unknown);
        }
        // One that is under way says nothing yet.
        let Some(outcome) = attempt.outcome else {
            return;
        };
        let so_far = self
            .so_far
            .map_or(outcome, |so_far| so_far.and_then(outcome));
        self.so_far = Some(so_far);
        self.columns.attempts += u32::from(outcome != Outcome::NotSent);
        self.columns.doubt |= outcome == Outcome::Unknown;
        self.columns.split = attempt.then == disposition(Then::Split);
        self.columns.doubt |= self.columns.split && attempt.about_ids;
        if outcome.is_success() {
            self.success = Some(outcome);
        }
        self.then = Some(attempt.then);
    }

    fn end(mut self) -> Columns {
        let over = self.then == Some(disposition(Then::Over(Outcome::Unknown)));
        let outcome = match self.success {
            Some(success) => Some(success),
            None if over => self.so_far,
            // Sent again it might delete whoever was added since.
            None if self.scope && self.columns.doubt => Some(Outcome::Unknown),
            None => None,
        };
        self.columns.split &= outcome.is_none();
        self.columns.outcome = code(outcome);
        self.columns
    }
}

fn request(row: &Row<'_>) -> rusqlite::Result<Request> {
    let requested = Requested::read(row)?;
    Ok(Request {
        columns: Columns {
            split: row.get("split")?,
            doubt: requested.doubt,
            attempts: requested.attempts,
            outcome: row.get("outcome")?,
        },
        row: requested,
    })
}

fn attempt(rows: &mut Rows<'_>) -> rusqlite::Result<Option<Attempt>> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Attempt {
        request: row.get(0)?,
        pass: row.get(1)?,
        outcome: row.get_ref(2)?.as_str_or_null()?.and_then(outcome),
        then: row.get::<_, Option<u8>>(3)?.unwrap_or_default(),
        about_ids: row.get(4)?,
    }))
}
