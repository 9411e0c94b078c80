//! What every store must do, tried on it.
//!
//! A store is tested with one line, [`conformance!`](crate::conformance), and gets a test for each case of the list below.
//! What is said here is said for all stores, so it names no file, no table and no server.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a case fails")]

use std::{collections::BTreeSet, time::SystemTime};

use prospect_delete_core::{Config, Credential, ErrorKind, Outcome, Target, nlpearl, woodpecker};

use super::{
    Claim, Disposition, Evidence, Journal, Record, Recorded, Records, Redaction, Request,
    RequestId, Store, TargetOutcome, ToDo,
};
use crate::{
    Account, Batches, Counts, Error, GuardViolation, Operator, Origin, PassEnd, Plan, Planner,
    Selection, Unusable, records::Named,
};

/// A place that keeps runs, for the time of one test.
pub trait Place {
    /// The run of this name, which nothing else has.
    fn store(&self, name: &str) -> Box<dyn Store>;

    /// Whether one journal of a run keeps all others away.
    fn is_exclusive(&self) -> bool;
}

/// The provider that most cases are about, and another.
const LEADS: &str = "nlpearl";
const COMPANIES: &str = "woodpecker";

/// Makes a test of each case, for the place that an expression makes.
macro_rules! cases {
    (($d:tt) $($name:ident)*) => {
        /// Tries a store: one test for each case, each with a place of its own.
        #[macro_export]
        macro_rules! conformance {
            ($d place:expr) => {
                $(
                    #[test]
                    fn $name() {
                        $d crate::store::conformance::$name(&$d place);
                    }
                )*
            };
        }
    };
}

cases! { ($)
    a_draft_that_is_dropped_leaves_nothing
    a_name_is_taken_once
    what_was_planned_is_read_in_its_order
    the_plan_of_a_run_has_the_digest_that_was_told
    a_run_that_is_not_there_is_told_so
    one_program_at_a_time_applies_an_exclusive_run
    a_request_is_claimed_by_one_worker_at_a_time
    who_finishes_late_changes_nothing
    all_of_a_group_is_kept_or_none
    only_what_is_to_be_sent_is_due
    what_is_due_comes_in_pages_and_for_one_provider
    what_was_begun_without_an_end_is_unknown
    a_request_that_was_split_goes_on_in_its_halves
    targets_of_one_request_may_come_to_outcomes_of_their_own
    refusals_that_were_not_about_ids_are_taken_back
    recomputing_changes_nothing_that_is_right
    passes_say_who_and_how
    a_reader_sees_one_moment
    reports_find_every_attempt
    what_is_forgotten_names_nobody
}

fn lead(number: usize) -> Target {
    nlpearl::targets::lead("pearl", &format!("lead-{number}")).expect("a lead")
}

fn company(number: i64) -> Target {
    woodpecker::targets::company(number).expect("a company")
}

fn operator() -> Operator {
    Operator {
        name: "somebody@a-host".to_owned(),
        host: "a-host".to_owned(),
        version: "1.2.3".to_owned(),
    }
}

/// Plans leads, so many in a request, and companies.
fn plan(store: &dyn Store, leads: usize, batch: usize, companies: i64) -> Plan {
    let mut planner = Planner::new(&std::env::temp_dir());
    let targets = (0..leads).map(lead).chain((1..=companies).map(company));
    for (line, target) in (1..).zip(targets) {
        let origin = Origin { list: 0, line };
        planner.add(&target, origin).expect("room");
    }
    let accounts: Vec<_> = [&nlpearl::PROVIDER, &woodpecker::PROVIDER]
        .map(|provider| {
            let key = Credential::new("account:key").expect("a key");
            Account::new(provider, key, Config::new()).expect("an account")
        })
        .into();
    let mut batches = Batches::default();
    batches.set(&nlpearl::PROVIDER, batch);
    let conflicts = |conflict| -> Result<(), Error> { panic!("{conflict:?}") };
    planner
        .finish(store, &accounts, &batches, &operator(), conflicts)
        .expect("a plan")
}

/// Opens a run, and begins a pass over it.
fn pass(store: &dyn Store, selection: Selection) -> Box<dyn Journal> {
    let mut journal = store.open().expect("a journal");
    journal.verify().expect("a plan");
    journal.recover_interrupted().expect("recovered");
    journal.begin_pass(selection, &operator()).expect("a pass");
    journal
}

fn due(journal: &mut dyn Journal, provider: &str) -> Vec<Request> {
    journal.due(provider, 0, 1000).expect("what is due")
}

fn names(requests: &[Request]) -> Vec<Vec<String>> {
    let of = |request: &Request| request.targets.iter().map(ToString::to_string).collect();
    requests.iter().map(of).collect()
}

fn one(journal: &mut dyn Journal, record: Record) -> Recorded {
    let recorded = journal.record(&[record]).expect("kept");
    let [recorded] = recorded.try_into().expect("an answer for each record");
    recorded
}

fn claim(journal: &mut dyn Journal, request: RequestId) -> Claim {
    let at = SystemTime::now();
    match one(journal, Record::Claim { request, at }) {
        Recorded::Claimed(claim) => claim,
        other => panic!("{request} is not claimed: {other:?}"),
    }
}

fn evidence(outcome: Outcome) -> Evidence {
    Evidence {
        outcome,
        kind: (!outcome.is_success()).then_some(ErrorKind::NotFound),
        sent: outcome != Outcome::NotSent,
        http_status: Some(if outcome.is_success() { 200 } else { 404 }),
        message: Some("said lead-1".to_owned()),
        request_id: Some("request-7".to_owned()),
        retry_after_s: None,
        count: None,
        about_ids: false,
    }
}

fn finish_with(
    journal: &mut dyn Journal,
    request: RequestId,
    claim: Claim,
    evidence: Evidence,
    disposition: Disposition,
) -> Recorded {
    one(
        journal,
        Record::Finish {
            request,
            attempt: claim.attempt,
            at: SystemTime::now(),
            evidence,
            disposition,
        },
    )
}

/// Claims a request and finishes it with this outcome.
fn send(journal: &mut dyn Journal, request: RequestId, outcome: Outcome) {
    let claim = claim(journal, request);
    let disposition = Disposition::Final(outcome);
    let kept = finish_with(journal, request, claim, evidence(outcome), disposition);
    assert_eq!(kept, Recorded::Kept);
}

fn counts(records: &dyn Records) -> Counts {
    let by_provider = records.counts().expect("counts");
    by_provider
        .into_values()
        .fold(Counts::default(), Counts::plus)
}

/// Each target by its name, with its outcome and how often it was sent.
fn lines(records: &dyn Records) -> Vec<(String, &'static str, u32)> {
    let mut lines = Vec::new();
    records
        .lines(&mut |line| {
            let name = match &line.named {
                Named::Target(target) => target.to_string(),
                Named::Hash(hash) => hash.clone(),
            };
            lines.push((name, line.outcome_name(), line.attempts));
            Ok(())
        })
        .expect("lines");
    lines
}

fn done(mut journal: Box<dyn Journal>) {
    journal.end_pass(PassEnd::Completed).expect("an end");
    journal.close();
}

/// A draft that is dropped can be neither read nor applied, and its name is free.
pub fn a_draft_that_is_dropped_leaves_nothing(place: &dyn Place) {
    let store = place.store("run");
    let mut draft = store.create().expect("a draft");
    draft.add(&[lead(1)]).expect("room");
    drop(draft);
    assert!(store.read().is_err());
    assert!(store.open().is_err());
    plan(&*store, 1, 1, 0);
}

/// A plan never takes the place of another.
pub fn a_name_is_taken_once(place: &dyn Place) {
    let store = place.store("run");
    let made = plan(&*store, 2, 1, 0);
    let again = store
        .create()
        .map(|_| ())
        .expect_err("a name that is taken");
    assert!(
        matches!(again, Error::Unusable(Unusable::Exists { .. })),
        "{again}"
    );
    let kept = store.read().expect("a run").manifest().expect("a manifest");
    assert_eq!(kept, made.manifest);
}

/// Everything that was planned is there, people before scopes, and nothing else.
pub fn what_was_planned_is_read_in_its_order(place: &dyn Place) {
    let store = place.store("run");
    let made = plan(&*store, 5, 2, 2);
    let run = store.read().expect("a run");
    assert_eq!(run.manifest().expect("a manifest"), made.manifest);
    assert_eq!(run.planned().expect("planned"), made.by_provider);
    assert_eq!(run.scopes().expect("scopes"), [company(1), company(2)]);
    let bindings = run.bindings().expect("bindings");
    let bound: Vec<_> = bindings.iter().map(|binding| binding.provider).collect();
    assert_eq!(bound, [LEADS, COMPANIES]);
    assert!(bindings.iter().all(|binding| binding.fingerprint.is_some()));
    let expected: Vec<_> = (0..5)
        .map(lead)
        .chain([company(1), company(2)])
        .map(|target| (target.to_string(), "pending", 0))
        .collect();
    assert_eq!(lines(&*run), expected);
    let sample = run.sample(3).expect("a sample");
    let [sample] = &sample[..] else {
        panic!("{sample:?}");
    };
    assert_eq!(sample.targets, [lead(0), lead(2), lead(4)]);
    assert_eq!(sample.of, 5);
    assert_eq!(run.passes().expect("passes"), []);
    assert_eq!(run.key_check().expect("no key"), None);
}

/// What a store hands out later is what hashes to this digest.
pub fn the_plan_of_a_run_has_the_digest_that_was_told(place: &dyn Place) {
    let store = place.store("run");
    let made = plan(&*store, 2500, 1, 1);
    let mut journal = store.open().expect("a journal");
    let (digest, bindings) = journal.verify().expect("a plan");
    assert_eq!(digest, made.manifest.digest);
    assert_eq!(bindings, journal.bindings().expect("bindings"));
    let other = place.store("other");
    assert_ne!(plan(&*other, 2499, 1, 1).manifest.digest, digest);
}

/// A name that nobody gave is bad input, and nothing is made of it.
pub fn a_run_that_is_not_there_is_told_so(place: &dyn Place) {
    let store = place.store("none");
    for error in [
        store.read().map(|_| ()).expect_err("no run"),
        store.open().map(|_| ()).expect_err("no run"),
    ] {
        assert!(
            matches!(error, Error::Unusable(Unusable::NoSuchRun { .. })),
            "{error}"
        );
    }
    plan(&*store, 1, 1, 0);
}

/// A journal keeps other journals away, and no reader.
pub fn one_program_at_a_time_applies_an_exclusive_run(place: &dyn Place) {
    if !place.is_exclusive() {
        return;
    }
    let store = place.store("run");
    plan(&*store, 1, 1, 0);
    let first = store.open().expect("a journal");
    let second = store.open().map(|_| ()).expect_err("a second journal");
    assert!(
        matches!(second, Error::Guard(GuardViolation::InUse { .. })),
        "{second}"
    );
    store.read().expect("a reader");
    drop(first);
    store.open().expect("the next journal");
}

/// A request is claimed once, until its attempt ends.
pub fn a_request_is_claimed_by_one_worker_at_a_time(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 2, 1, 0);
    let mut journal = pass(&*store, Selection::default());
    let [first, second] = due(&mut *journal, LEADS).try_into().expect("two requests");
    let claimed = claim(&mut *journal, first.id);
    let (request, at) = (first.id, SystemTime::now());
    let again = one(&mut *journal, Record::Claim { request, at });
    assert_eq!(again, Recorded::Taken);
    let other = claim(&mut *journal, second.id);
    assert!(other.attempt > claimed.attempt);
    let refused = evidence(Outcome::Rejected);
    finish_with(
        &mut *journal,
        first.id,
        claimed,
        refused,
        Disposition::Requeue,
    );
    assert!(claim(&mut *journal, first.id).attempt > other.attempt);
}

/// The end of an attempt that is not the request's last is told apart, and does not count.
pub fn who_finishes_late_changes_nothing(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 1, 1, 0);
    let mut journal = pass(&*store, Selection::default());
    let [request] = due(&mut *journal, LEADS).try_into().expect("a request");
    let first = claim(&mut *journal, request.id);
    let refused = || evidence(Outcome::Rejected);
    let requeue = Disposition::Requeue;
    finish_with(&mut *journal, request.id, first, refused(), requeue);
    let second = claim(&mut *journal, request.id);
    let over = Disposition::Final(Outcome::Rejected);
    let late = finish_with(&mut *journal, request.id, first, refused(), over.clone());
    assert_eq!(late, Recorded::Overtaken);
    assert_eq!(counts(&*journal).unknown, 1, "the second is under way");
    let kept = finish_with(
        &mut *journal,
        request.id,
        second,
        evidence(Outcome::Deleted),
        Disposition::Final(Outcome::Deleted),
    );
    assert_eq!(kept, Recorded::Kept);
    let late = finish_with(&mut *journal, request.id, second, refused(), over);
    assert_eq!(late, Recorded::Overtaken);
    assert_eq!(counts(&*journal).deleted, 1);
}

/// Where one record of a group cannot be kept, none is.
pub fn all_of_a_group_is_kept_or_none(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 3, 2, 0);
    let mut journal = pass(&*store, Selection::default());
    let [two, one] = due(&mut *journal, LEADS).try_into().expect("two requests");
    let claimed = claim(&mut *journal, two.id);
    let group = [
        Record::Claim {
            request: one.id,
            at: SystemTime::now(),
        },
        // Of two targets, this says what became of three.
        Record::Finish {
            request: two.id,
            attempt: claimed.attempt,
            at: SystemTime::now(),
            evidence: evidence(Outcome::Deleted),
            disposition: Disposition::Each(vec![
                TargetOutcome {
                    outcome: Outcome::Deleted,
                    message: None,
                };
                3
            ]),
        },
    ];
    journal.record(&group).expect_err("three of two");
    let counts = counts(&*journal);
    assert_eq!((counts.pending, counts.unknown), (1, 2));
    claim(&mut *journal, one.id);
}

/// What is done is never sent again, what nobody knows is where that harms nobody, and what was refused when asked for.
pub fn only_what_is_to_be_sent_is_due(place: &dyn Place) {
    let outcomes = [
        Outcome::Deleted,
        Outcome::Accepted,
        Outcome::Suppressed,
        Outcome::Rejected,
        Outcome::NotSent,
        Outcome::Unknown,
    ];
    let selections = [(false, false), (true, false), (false, true), (true, true)];
    let store = place.store("run");
    plan(&*store, outcomes.len(), 1, 6);
    let mut journal = pass(&*store, Selection::default());
    for provider in [LEADS, COMPANIES] {
        let requests = due(&mut *journal, provider);
        assert_eq!(requests.len(), outcomes.len());
        for (request, outcome) in requests.iter().zip(outcomes) {
            send(&mut *journal, request.id, outcome);
        }
    }
    let all = counts(&*journal);
    let each = [
        all.deleted,
        all.accepted,
        all.suppressed,
        all.rejected,
        all.not_sent,
        all.unknown,
    ];
    assert_eq!(each, [2; 6]);
    done(journal);
    for (rejected, unknown) in selections {
        let mut journal = pass(&*store, Selection { rejected, unknown });
        let to_do = journal.to_do().expect("what there is to do");
        for (provider, unknown) in [(LEADS, true), (COMPANIES, unknown)] {
            let expected: Vec<usize> = [(3, rejected), (4, true), (5, unknown)]
                .into_iter()
                .filter_map(|(place, is_due)| is_due.then_some(place))
                .collect();
            let targets: Vec<_> = (0..6).map(lead).collect();
            let scopes: Vec<_> = (1..=6).map(company).collect();
            let of = if provider == LEADS { &targets } else { &scopes };
            let expected: Vec<_> = expected
                .iter()
                .map(|at| vec![of[*at].to_string()])
                .collect();
            let requests = due(&mut *journal, provider);
            assert_eq!(
                names(&requests),
                expected,
                "{provider} {rejected} {unknown}"
            );
            let ToDo { due, settled, .. } = to_do[provider];
            assert_eq!(due, expected.len() as u64);
            assert_eq!(settled.targets, 6 - due);
        }
        done(journal);
    }
}

/// Pages follow on each other, and hold no other provider's requests.
pub fn what_is_due_comes_in_pages_and_for_one_provider(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 2500, 1, 3);
    let mut journal = pass(&*store, Selection::default());
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = journal.due(LEADS, after, 700).expect("a page");
        let Some(last) = page.last() else { break };
        after = last.id;
        seen.extend(names(&page).concat());
    }
    let mut expected: Vec<_> = (0..2500).map(|number| lead(number).to_string()).collect();
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(due(&mut *journal, COMPANIES).len(), 3);
    assert_eq!(due(&mut *journal, "unleashx").len(), 0);
}

/// What may have left is unknown: at once, and to the next pass, which names people again and no scope.
pub fn what_was_begun_without_an_end_is_unknown(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 2, 1, 1);
    let mut journal = pass(&*store, Selection::default());
    let [first, _] = due(&mut *journal, LEADS).try_into().expect("two requests");
    let [scope] = due(&mut *journal, COMPANIES).try_into().expect("a request");
    claim(&mut *journal, first.id);
    claim(&mut *journal, scope.id);
    assert_eq!(counts(&*journal).unknown, 2);
    drop(journal);
    assert_eq!(counts(&*store.read().expect("a run")).unknown, 2);
    let mut journal = pass(&*store, Selection::default());
    let leads = due(&mut *journal, LEADS);
    let doubts: Vec<_> = leads.iter().map(|due| due.may_have_applied).collect();
    assert_eq!(doubts, [true, false]);
    assert_eq!(due(&mut *journal, COMPANIES), []);
    let reasons = journal.reasons(Outcome::Unknown).expect("reasons");
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    let scopes = journal.unknown_scopes().expect("scopes");
    assert_eq!(scopes[0].0, company(1));
    done(journal);
    let unknown = Selection {
        unknown: true,
        ..Selection::default()
    };
    let mut journal = pass(&*store, unknown);
    assert_eq!(due(&mut *journal, COMPANIES).len(), 1);
    // A success lifts what was unknown.
    send(&mut *journal, scope.id, Outcome::Accepted);
    assert_eq!(counts(&*journal).accepted, 1);
    assert!(!journal.has_open_scopes().expect("scopes"));
}

/// Halves have the targets of the whole, its attempts and its doubt, and the whole is not sent again.
pub fn a_request_that_was_split_goes_on_in_its_halves(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 5, 5, 0);
    let mut journal = pass(&*store, Selection::default());
    let [whole] = due(&mut *journal, LEADS).try_into().expect("a request");
    let claimed = claim(&mut *journal, whole.id);
    let mut refused = evidence(Outcome::Rejected);
    refused.about_ids = true;
    let split = Disposition::Split;
    let Recorded::Halves(halves) = finish_with(&mut *journal, whole.id, claimed, refused, split)
    else {
        panic!("no halves");
    };
    // The pass that made them has them already.
    assert_eq!(due(&mut *journal, LEADS), []);
    send(&mut *journal, halves[1], Outcome::Deleted);
    let expected = [
        ("unknown", 1),
        ("unknown", 1),
        ("deleted", 2),
        ("deleted", 2),
        ("deleted", 2),
    ];
    let shown: Vec<_> = lines(&*journal)
        .into_iter()
        .map(|(_, outcome, attempts)| (outcome, attempts))
        .collect();
    assert_eq!(shown, expected);
    drop(journal);
    let mut journal = pass(&*store, Selection::default());
    let [half] = due(&mut *journal, LEADS).try_into().expect("a half");
    assert_eq!(half.id, halves[0]);
    assert_eq!(half.targets, [lead(0), lead(1)]);
    assert!(half.may_have_applied);
    send(&mut *journal, half.id, Outcome::Deleted);
    assert_eq!(counts(&*journal).deleted, 5);
}

/// Each target has its own outcome and its own words, and is sent again by itself.
pub fn targets_of_one_request_may_come_to_outcomes_of_their_own(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 4, 4, 0);
    let mut journal = pass(&*store, Selection::default());
    let [request] = due(&mut *journal, LEADS).try_into().expect("a request");
    let claimed = claim(&mut *journal, request.id);
    let each = [
        Outcome::Suppressed,
        Outcome::Rejected,
        Outcome::Rejected,
        Outcome::Suppressed,
    ];
    let each = each.map(|outcome| TargetOutcome {
        outcome,
        message: (outcome == Outcome::Rejected).then(|| "left out".to_owned()),
    });
    let kept = finish_with(
        &mut *journal,
        request.id,
        claimed,
        evidence(Outcome::Suppressed),
        Disposition::Each(each.to_vec()),
    );
    assert_eq!(kept, Recorded::Kept);
    let outcomes = |records: &dyn Records| -> Vec<_> {
        let lines = lines(records).into_iter();
        lines.map(|(_, outcome, sent)| (outcome, sent)).collect()
    };
    let expected = [
        ("suppressed", 1),
        ("rejected", 1),
        ("rejected", 1),
        ("suppressed", 1),
    ];
    assert_eq!(outcomes(&*journal), expected);
    let [reason] = &journal.reasons(Outcome::Rejected).expect("reasons")[..] else {
        panic!("not one reason");
    };
    assert_eq!(reason.message.as_deref(), Some("left out"));
    assert_eq!(reason.targets, 2);
    done(journal);
    let rejected = Selection {
        rejected: true,
        ..Selection::default()
    };
    let mut journal = pass(&*store, rejected);
    assert_eq!(
        outcomes(&*journal),
        expected,
        "after it was worked out again"
    );
    let again = due(&mut *journal, LEADS);
    assert_eq!(
        names(&again).concat(),
        [lead(1).to_string(), lead(2).to_string()]
    );
    for request in &again {
        send(&mut *journal, request.id, Outcome::Suppressed);
    }
    let expected = [
        ("suppressed", 1),
        ("suppressed", 2),
        ("suppressed", 2),
        ("suppressed", 1),
    ];
    assert_eq!(outcomes(&*journal), expected);
    let sent: u64 = journal
        .passes()
        .expect("passes")
        .iter()
        .map(|pass| pass.requests_sent)
        .sum();
    assert_eq!(sent, 1 + again.len() as u64);
}

/// What was refused for the account's sake is still to be sent, and nobody is in doubt for it.
pub fn refusals_that_were_not_about_ids_are_taken_back(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 3, 1, 0);
    let mut journal = pass(&*store, Selection::default());
    let requests = due(&mut *journal, LEADS);
    let mut refused = Vec::new();
    for request in &requests[..2] {
        let claimed = claim(&mut *journal, request.id);
        let mut said = evidence(Outcome::Rejected);
        said.about_ids = true;
        let over = Disposition::Final(Outcome::Rejected);
        finish_with(&mut *journal, request.id, claimed, said, over);
        refused.push((request.id, claimed.attempt));
    }
    assert_eq!(counts(&*journal).rejected, 2);
    one(&mut *journal, Record::Reopen { attempts: refused });
    assert_eq!(counts(&*journal).pending, 3);
    drop(journal);
    let mut journal = pass(&*store, Selection::default());
    let again = due(&mut *journal, LEADS);
    assert_eq!(again.len(), 3);
    assert!(again.iter().all(|request| !request.may_have_applied));
}

/// The attempts say the same as the counts.
pub fn recomputing_changes_nothing_that_is_right(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 6, 1, 2);
    let mut journal = pass(&*store, Selection::default());
    let requests = due(&mut *journal, LEADS);
    send(&mut *journal, requests[0].id, Outcome::Deleted);
    send(&mut *journal, requests[1].id, Outcome::Rejected);
    send(&mut *journal, requests[2].id, Outcome::Unknown);
    claim(&mut *journal, requests[3].id);
    let before = lines(&*journal);
    journal.recompute().expect("worked out");
    assert_eq!(lines(&*journal), before);
}

/// Each pass keeps who began it, how it ended and what it sent.
pub fn passes_say_who_and_how(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 2, 1, 1);
    let mut journal = store.open().expect("a journal");
    assert_eq!(journal.last_host().expect("a host"), None);
    assert!(journal.has_open_scopes().expect("scopes"));
    journal.verify().expect("a plan");
    journal.recover_interrupted().expect("recovered");
    journal
        .begin_pass(Selection::default(), &operator())
        .expect("a pass");
    let requests = due(&mut *journal, LEADS);
    send(&mut *journal, requests[0].id, Outcome::Deleted);
    send(&mut *journal, requests[1].id, Outcome::NotSent);
    journal.end_pass(PassEnd::Interrupted).expect("an end");
    assert_eq!(
        journal.last_host().expect("a host").as_deref(),
        Some("a-host")
    );
    drop(journal);
    // The next one breaks off.
    drop(pass(&*store, Selection::default()));
    drop(pass(&*store, Selection::default()));
    let passes = store.read().expect("a run").passes().expect("passes");
    let told: Vec<_> = passes
        .iter()
        .map(|pass| (pass.by.as_str(), pass.end, pass.requests_sent))
        .collect();
    assert_eq!(
        told,
        [
            ("somebody@a-host", Some(PassEnd::Interrupted), 1),
            ("somebody@a-host", Some(PassEnd::BrokenOff), 0),
            ("somebody@a-host", None, 0),
        ]
    );
}

/// Whoever began to read sees nothing of what happens meanwhile, in whatever order it asks.
pub fn a_reader_sees_one_moment(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 2, 1, 0);
    let mut journal = pass(&*store, Selection::default());
    let requests = due(&mut *journal, LEADS);
    let before = store.read().expect("a reader");
    assert_eq!(counts(&*before).pending, 2);
    send(&mut *journal, requests[0].id, Outcome::Deleted);
    assert_eq!(counts(&*before).pending, 2);
    assert!(
        lines(&*before)
            .iter()
            .all(|(_, outcome, _)| *outcome == "pending")
    );
    let after = store.read().expect("a reader");
    assert_eq!(counts(&*after).deleted, 1);
}

/// What a report says of a request is every attempt that named its targets, and when they came to their outcome.
pub fn reports_find_every_attempt(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 2, 2, 0);
    let mut journal = pass(&*store, Selection::default());
    let [whole] = due(&mut *journal, LEADS).try_into().expect("a request");
    let claimed = claim(&mut *journal, whole.id);
    let mut refused = evidence(Outcome::Rejected);
    refused.about_ids = true;
    let Recorded::Halves(halves) = finish_with(
        &mut *journal,
        whole.id,
        claimed,
        refused,
        Disposition::Split,
    ) else {
        panic!("no halves");
    };
    send(&mut *journal, halves[0], Outcome::Deleted);
    done(journal);
    let run = store.read().expect("a run");
    let mut found = Vec::new();
    run.requests(Some(Outcome::Deleted), &mut |request| {
        let attempts = run.attempts(request)?;
        let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.outcome).collect();
        let named: Vec<_> = attempts.iter().map(|attempt| attempt.named).collect();
        let mut targets = Vec::new();
        run.targets(request, &mut |target| {
            targets.push(target.clone());
            Ok(())
        })?;
        found.push((outcomes, named, targets));
        Ok(())
    })
    .expect("requests");
    let expected = (
        vec![Some(Outcome::Rejected), Some(Outcome::Deleted)],
        vec![2, 1],
        vec![Named::Target(lead(0))],
    );
    assert_eq!(found, [expected]);
    let mut settled = Vec::new();
    run.settled(&mut |one| settled.push((one.outcome, one.targets)))
        .expect("when");
    assert_eq!(settled, [(Outcome::Deleted, 1)]);
    let [activity] = run.activity().expect("activity")[..] else {
        panic!("not one pass");
    };
    assert!(activity.began <= activity.ended);
}

/// Hashes stand in the place of identifiers, and no provider's words are left; counts, outcomes and passes are.
pub fn what_is_forgotten_names_nobody(place: &dyn Place) {
    let store = place.store("run");
    plan(&*store, 3, 3, 1);
    let mut journal = pass(&*store, Selection::default());
    let [request] = due(&mut *journal, LEADS).try_into().expect("a request");
    send(&mut *journal, request.id, Outcome::Deleted);
    let [scope] = due(&mut *journal, COMPANIES).try_into().expect("a request");
    send(&mut *journal, scope.id, Outcome::Accepted);
    let before = counts(&*journal);
    done(journal);
    let mut journal = store.open().expect("a journal");
    journal.recover_interrupted().expect("recovered");
    journal
        .forget(&Redaction {
            hash: &|kind, key| format!("{:<32}", kind.code + u8::from(key.len() > 99)).into(),
            key_check: "check".to_owned(),
            at: SystemTime::now(),
        })
        .expect("forgotten");
    drop(journal);
    let run = store.read().expect("a run");
    assert!(run.manifest().expect("a manifest").forgotten_at.is_some());
    assert_eq!(run.key_check().expect("a check").as_deref(), Some("check"));
    assert_eq!(counts(&*run), before);
    let names: BTreeSet<_> = lines(&*run).into_iter().map(|(name, ..)| name).collect();
    assert!(names.iter().all(|name| name.len() == 64), "{names:?}");
    let mut last = Vec::new();
    run.lines(&mut |line| {
        last.extend(line.last.clone());
        Ok(())
    })
    .expect("lines");
    assert_eq!(last.len(), 4);
    assert!(last.iter().all(|attempt| attempt.message.is_none()));
    // The number of a company's job is no person's.
    let ids: Vec<_> = last
        .iter()
        .filter_map(|attempt| attempt.request_id.clone())
        .collect();
    assert_eq!(ids, ["request-7"]);
    let scopes = run.scopes().expect_err("nobody is named");
    assert!(
        matches!(scopes, Error::Guard(GuardViolation::Forgotten { .. })),
        "{scopes}"
    );
    let bindings = run.bindings().expect("bindings");
    assert!(bindings.iter().all(|binding| binding.fingerprint.is_none()));
}
