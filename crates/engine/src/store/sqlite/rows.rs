//! Rows of requests and of attempts, as the tables have them.

use rusqlite::{Row, Rows};

use super::schema::of_name;
use crate::store::rows::{AttemptRow, RequestRow};

/// The columns of a [`RequestRow`].
pub(super) const REQUEST: &str =
    "id, parent, kind, scope, options, first, count, attempts, doubt, stage";

pub(super) fn request(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
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

/// The columns of an [`AttemptRow`].
pub(super) const ATTEMPT: &str =
    "request, id, pass, outcome, disposition, about_ids, reopened, shared";

/// The next attempt, if there is one.
pub(super) fn attempt(rows: &mut Rows<'_>) -> rusqlite::Result<Option<AttemptRow>> {
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
