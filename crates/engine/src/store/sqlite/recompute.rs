//! What requests say of themselves, worked out from their attempts.

use rusqlite::{Connection, params};

use super::{
    fault,
    rows::{ATTEMPT, REQUEST, attempt, request},
    schema::{code, of_code},
};
use crate::{
    Error, GuardViolation,
    store::{
        RequestId,
        history::{History, Torn},
        rows::Standing,
    },
};

/// Why what happened cannot be kept or made sense of.
pub(super) enum Broken {
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
    pub(super) fn of(self, run: &str) -> Error {
        match self {
            Self::Torn => GuardViolation::Torn {
                run: run.to_owned(),
            }
            .into(),
            Self::Database(error) => fault::database(run, error),
        }
    }
}

/// Makes what requests say of themselves agree with their attempts.
pub(super) fn work_out(connection: &Connection) -> Result<(), Broken> {
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
    let mut attempts = connection.prepare(&format!(
        "SELECT {ATTEMPT} FROM attempt ORDER BY request, id"
    ))?;
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
