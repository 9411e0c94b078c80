//! How what happened is kept: claims, ends, and the parts that requests are split into.

use std::time::SystemTime;

use prospect_delete_core::{ErrorKind, Outcome};
use rusqlite::{CachedStatement, Connection, params};

use super::{
    recompute::{Broken, work_out},
    rows::{REQUEST, request},
    schema::code,
};
use crate::{
    moment::millis,
    store::{
        AttemptId, Claim, Disposition, Evidence, Record, Recorded, RequestId, TargetOutcome,
        rows::RequestRow,
    },
};

/// The statements that records are kept with, looked up once for all that share a commit.
pub(super) struct Writer<'a> {
    connection: &'a Connection,
    pass: i64,
    attempt: &'a mut AttemptId,
    add_attempt: CachedStatement<'a>,
    end_attempt: CachedStatement<'a>,
    end_request: CachedStatement<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
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

    pub(super) fn record(&mut self, record: &Record) -> Result<Recorded, Broken> {
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

fn saturating(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
