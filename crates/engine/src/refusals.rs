//! Tells a refusal of the account from a refusal of ids.
//!
//! A key without the right to delete gets the same 403 for every request. Split down to single ids, a batch of a
//! thousand would cost two thousand requests, and blame every id. So where nothing is ever done, and the
//! words are always the same, the provider is left alone, and whatever was refused is still to be sent.

use prospect_delete_core::{ErrorKind, Outcome, Target};

use crate::{
    counts::Counts,
    store::{AttemptId, Disposition, Evidence, Request, RequestId},
};

/// So many refusals in a row, in the same words, with nothing done in between, are about the account. A batch of
/// 2,048 is split down to its first id in as many.
const ENOUGH: usize = 12;

/// The refusals since something was done last.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    words: Option<(u16, String)>,
    account: OfTheAccount,
    /// Whether the first of them named several targets: a single one may be at fault itself.
    of_a_batch: bool,
    /// Whether anything was done in this pass: then the account has the right to.
    was_done: bool,
    concluded: bool,
}

/// Refusals that are about the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OfTheAccount {
    pub(crate) attempts: Vec<(RequestId, AttemptId)>,
    /// What of them was counted as over.
    pub(crate) over: Counts,
    /// What the provider said last.
    pub(crate) message: String,
}

impl Refusals {
    /// Whether the next requests have to show what the last refusals were about: one at a time.
    pub(crate) fn are_open(&self) -> bool {
        !self.account.attempts.is_empty()
    }

    /// Heeds an attempt's end. An attempt that is refused after it was [concluded](Self::conclude) what refusals
    /// are about is still to be sent as well, and `disposition` says so afterwards.
    pub(crate) fn heed(
        &mut self,
        request: &Request,
        attempt: AttemptId,
        evidence: &mut Evidence,
        disposition: &mut Disposition,
    ) {
        let words = words(evidence, request);
        if self.concluded {
            if words.is_some() && words == self.words {
                evidence.about_ids = false;
                *disposition = Disposition::Requeue;
            }
            return;
        }
        match (words, evidence.outcome) {
            (Some(words), _) => {
                if self.words.as_ref() != Some(&words) {
                    *self = Self {
                        of_a_batch: request.targets.len() > 1,
                        words: Some(words),
                        was_done: self.was_done,
                        ..Self::default()
                    };
                }
                self.account.attempts.push((request.id, attempt));
                self.account.message = evidence.message.clone().unwrap_or_default();
                let over = disposition.over(request.targets.len() as u64);
                self.account.over = self.account.over.plus(over);
            }
            // Nothing is known of these, so they say nothing about the others.
            (None, outcome) if !outcome.is_answered() => {}
            (None, _) => {
                *self = Self {
                    was_done: self.was_done || evidence.outcome != Outcome::Rejected,
                    ..Self::default()
                };
            }
        }
    }

    /// The refusals, once they are about the account; once. `at_end` says that nothing else is left to be sent.
    pub(crate) fn conclude(&mut self, at_end: bool) -> Option<OfTheAccount> {
        let all_there_was = at_end && self.of_a_batch && !self.was_done && self.are_open();
        let enough = self.account.attempts.len() >= ENOUGH || all_there_was;
        if self.concluded || !enough {
            return None;
        }
        self.concluded = true;
        Some(std::mem::take(&mut self.account))
    }
}

/// What a refusal says, where it may be about the account: its status, and its words without what differs from
/// request to request.
fn words(evidence: &Evidence, request: &Request) -> Option<(u16, String)> {
    let status = evidence.http_status?;
    let may_be = evidence.outcome == Outcome::Rejected
        && evidence.kind != Some(ErrorKind::Throttled)
        // Whether a request is too large depends on how many ids it names.
        && !matches!(status, 413 | 414)
        && (status == 403 || !evidence.about_ids);
    if !may_be {
        return None;
    }
    let message = evidence.message.as_deref().unwrap_or_default();
    let names_one = || {
        let identifiers = request.targets.iter().flat_map(Target::values);
        let mut telling = identifiers.filter(|identifier| identifier.len() > 2);
        telling.any(|identifier| message.contains(identifier))
    };
    if status == 403 && names_one() {
        return None;
    }
    Some((status, masked(message)))
}

/// Without request ids and moments: whatever has a digit.
fn masked(message: &str) -> String {
    let words = message.split_whitespace();
    let same = words.filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    same.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use prospect_delete_core::nlpearl::targets::lead;

    use super::*;

    fn request(id: RequestId, leads: &[&str]) -> Request {
        let lead = |lead_id: &&str| lead("pearl", lead_id).unwrap();
        Request {
            id,
            targets: leads.iter().map(lead).collect(),
            may_have_applied: false,
        }
    }

    fn refusal(status: u16, message: &str) -> Evidence {
        Evidence {
            outcome: Outcome::Rejected,
            kind: Some(ErrorKind::Permission),
            sent: true,
            http_status: Some(status),
            message: Some(message.to_owned()),
            request_id: None,
            retry_after_s: None,
            count: None,
            about_ids: matches!(status, 400 | 403 | 404 | 409 | 410 | 422),
        }
    }

    /// How many refusals it took until they were taken for the account's.
    fn concluded_after(answers: &[Evidence]) -> Option<usize> {
        let mut refusals = Refusals::default();
        answers.iter().enumerate().find_map(|(index, evidence)| {
            let mut disposition = Disposition::Final(evidence.outcome);
            let request = request(
                1,
                if index == 0 {
                    &["lead-a", "lead-b"]
                } else {
                    &["lead-a"]
                },
            );
            refusals.heed(&request, 1, &mut evidence.clone(), &mut disposition);
            refusals.conclude(false).map(|_| index + 1)
        })
    }

    #[test]
    fn twelve_refusals_in_the_same_words_are_about_the_account() {
        let same = |status, message: &str| vec![refusal(status, message); 30];
        assert_eq!(concluded_after(&same(403, "no right")), Some(12));
        assert_eq!(concluded_after(&same(405, "")), Some(12));
        let numbered: Vec<_> = (0..30)
            .map(|number| refusal(403, &format!("no right (request {number}f3a)")))
            .collect();
        assert_eq!(concluded_after(&numbered), Some(12));
    }

    #[test]
    fn refusals_that_may_be_about_ids_are_never_about_the_account() {
        for status in [400, 404, 409, 410, 422, 413] {
            assert_eq!(
                concluded_after(&vec![refusal(status, "no"); 30]),
                None,
                "{status}"
            );
        }
        assert_eq!(
            concluded_after(&vec![refusal(403, "lead-a is not yours"); 30]),
            None
        );
        let mut interrupted = vec![refusal(403, "no right"); 11];
        interrupted.push(refusal(404, "not there"));
        interrupted.extend(vec![refusal(403, "no right"); 11]);
        assert_eq!(concluded_after(&interrupted), None);
    }

    #[test]
    fn at_the_end_of_a_run_a_batch_tells_the_account_from_a_single_id() {
        let mut refusals = Refusals::default();
        let mut heed = |leads: &[&str]| {
            let mut evidence = refusal(403, "no right");
            let mut disposition = Disposition::Final(Outcome::Rejected);
            refusals.heed(&request(7, leads), 9, &mut evidence, &mut disposition);
            refusals.conclude(true)
        };
        assert_eq!(heed(&["lead-a"]), None);
        let mut refusals = Refusals::default();
        let (mut evidence, mut disposition) = (refusal(403, "no right"), Disposition::Split);
        refusals.heed(
            &request(7, &["lead-a", "lead-b"]),
            9,
            &mut evidence,
            &mut disposition,
        );
        let concluded = refusals.conclude(true).unwrap();
        assert_eq!(concluded.attempts, [(7, 9)]);
        assert_eq!(concluded.message, "no right");
        // What comes later is no news, and is still to be sent.
        let mut disposition = Disposition::Final(Outcome::Rejected);
        refusals.heed(
            &request(8, &["lead-c"]),
            10,
            &mut evidence,
            &mut disposition,
        );
        assert_eq!(disposition, Disposition::Requeue);
        assert_eq!(refusals.conclude(true), None);
    }
}
