//! What became of each request, worked out from its attempts.
//!
//! A store keeps how a request stands only to save this work while a run is applied. Whoever can write to the store can
//! change that, so it is worked out again when a pass begins: the attempts are the record.

use std::collections::BTreeMap;

use prospect_delete_core::{Outcome, TargetKind, target_kind_of_code};

use super::{
    AttemptId, Disposition, RequestId,
    rows::{AttemptRow, RequestRow, Standing},
};

/// Requests and attempts do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Torn;

/// All requests of a run, one after the other in the order of their numbers.
#[derive(Debug, Default)]
pub struct History {
    parents: BTreeMap<RequestId, Parent>,
}

/// A request whose parts have not all been seen yet.
#[derive(Debug)]
struct Parent {
    kind: u8,
    options: u8,
    next: i64,
    end: i64,
    may_have_applied: bool,
    attempts: u32,
    last_attempt: AttemptId,
}

/// A request's attempts, one after the other in the order of their numbers.
#[derive(Debug)]
pub struct Story {
    request: RequestRow,
    standing: Standing,
    pass: Option<i64>,
    so_far: Option<Outcome>,
    success: Option<Outcome>,
    disposition: u8,
    last_attempt: AttemptId,
    /// The attempt at the whole request that a part comes from.
    shared: AttemptId,
}

impl History {
    /// Begins a request, with what a part has of the request that it comes from.
    ///
    /// # Errors
    ///
    /// It is no part of what it says it is.
    pub fn begin(&mut self, request: &RequestRow) -> Result<Story, Torn> {
        let mut standing = Standing::default();
        let mut shared = 0;
        let scope = target_kind_of_code(request.kind).is_some_and(TargetKind::is_scope);
        if request.scope != scope {
            return Err(Torn);
        }
        if let Some(id) = request.parent {
            let parent = self.parents.get_mut(&id).ok_or(Torn)?;
            let is_its = parent.kind == request.kind
                && parent.options == request.options
                && parent.next == request.first
                && request.count > 0
                && request.count <= parent.end - parent.next;
            if !is_its {
                return Err(Torn);
            }
            standing.may_have_applied = parent.may_have_applied;
            standing.attempts = parent.attempts;
            shared = parent.last_attempt;
            parent.next += request.count;
            if parent.next == parent.end {
                self.parents.remove(&id);
            }
        }
        Ok(Story {
            request: *request,
            so_far: standing.may_have_applied.then_some(Outcome::Unknown),
            standing,
            pass: None,
            success: None,
            disposition: 0,
            last_attempt: 0,
            shared,
        })
    }

    /// How the request stands after all its attempts.
    ///
    /// # Errors
    ///
    /// It was split, and is too small for that.
    pub fn end(&mut self, story: Story) -> Result<Standing, Torn> {
        let (request, last_attempt) = (story.request, story.last_attempt);
        let standing = story.end();
        if standing.split {
            if request.count < 2 {
                return Err(Torn);
            }
            self.parents.insert(
                request.id,
                Parent {
                    kind: request.kind,
                    options: request.options,
                    next: request.first,
                    end: request.end(),
                    may_have_applied: standing.may_have_applied,
                    attempts: standing.attempts,
                    last_attempt,
                },
            );
        }
        Ok(standing)
    }

    /// Ends when all requests were seen.
    ///
    /// # Errors
    ///
    /// A request that was split has lost a part, which would drop people without a word.
    pub fn close(self) -> Result<(), Torn> {
        if self.parents.is_empty() {
            Ok(())
        } else {
            Err(Torn)
        }
    }
}

impl Story {
    /// Adds an attempt.
    ///
    /// # Errors
    ///
    /// It claims to be of the whole request, and is not.
    pub fn add(&mut self, attempt: &AttemptRow) -> Result<(), Torn> {
        // What the whole request's attempt said of a part is no attempt of its own.
        if attempt.shared && (attempt.id != self.shared || attempt.id == 0) {
            return Err(Torn);
        }
        self.last_attempt = attempt.id;
        // Each pass begins anew with what may have been done before.
        if self.pass != Some(attempt.pass) {
            self.pass = Some(attempt.pass);
            self.so_far = self.standing.may_have_applied.then_some(Outcome::Unknown);
        }
        // One that is under way says nothing yet.
        let Some(outcome) = attempt.outcome else {
            return Ok(());
        };
        let so_far = self
            .so_far
            .map_or(outcome, |so_far| so_far.and_then(outcome));
        self.so_far = Some(so_far);
        if !attempt.shared {
            self.standing.attempts += u32::from(outcome != Outcome::NotSent);
        }
        let disposition = match attempt.disposition {
            Disposition::FINAL if attempt.reopened => Disposition::REQUEUE,
            disposition => disposition,
        };
        let about_ids = attempt.about_ids && !attempt.reopened;
        self.standing.may_have_applied |= outcome == Outcome::Unknown;
        self.standing.split = matches!(disposition, Disposition::SPLIT | Disposition::EACH);
        self.standing.may_have_applied |= disposition == Disposition::SPLIT && about_ids;
        if outcome.is_success() && disposition != Disposition::EACH {
            self.success = Some(outcome);
        }
        self.disposition = disposition;
        Ok(())
    }

    fn end(mut self) -> Standing {
        let outcome = match self.success {
            Some(success) => Some(success),
            None if self.disposition == Disposition::FINAL => self.so_far,
            // Sent again it might delete whoever was added since.
            None if self.request.scope && self.standing.may_have_applied => Some(Outcome::Unknown),
            None => None,
        };
        self.standing.split &= outcome.is_none();
        self.standing.outcome = outcome;
        self.standing
    }
}
