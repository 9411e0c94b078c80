//! Sends a step, and compares the sandbox's whole state with what was meant.

use std::collections::{BTreeMap, BTreeSet};

use prospect_delete_core::Clients;
use prospect_delete_sandbox::{Sandbox, State};
use serde::Serialize;

use super::steps::Step;

/// One operation, as it went.
#[derive(Serialize)]
pub(super) struct Done {
    pub(super) operation: String,
    pub(super) what: &'static str,
    pub(super) outcomes: BTreeSet<&'static str>,
    pub(super) requests: usize,
    /// Records that are gone from the sandbox.
    pub(super) gone: usize,
    /// Records of the same provider that are still there.
    pub(super) kept: usize,
    /// Whether the outcome and the sandbox's whole state are what was meant.
    pub(super) as_meant: bool,
}

/// Runs one step and compares the sandbox's whole state with what was meant.
pub(super) async fn send(step: Step, sandbox: &Sandbox, clients: &Clients) -> Done {
    let operation = step.requests[0].operation();
    let before = sandbox.state();
    let mut outcomes = BTreeSet::new();
    for request in &step.requests {
        let outcome = clients
            .execute(&**request)
            .await
            .map_or_else(|error| error.outcome(), |receipt| receipt.outcome);
        outcomes.insert(outcome.as_str());
    }
    let after = sandbox.state();
    let mut meant = before.clone();
    (step.meant)(&mut meant);
    // The jobs are the sandbox's own account of itself, and no record of a person.
    meant
        .woodpecker
        .deletion_requests
        .clone_from(&after.woodpecker.deletion_requests);
    let count = |state: &State| records(state)[operation.provider.name];
    Done {
        operation: format!("{}.{}", operation.provider.name, operation.name),
        what: step.what,
        requests: step.requests.len(),
        gone: count(&before) - count(&after),
        kept: count(&after),
        as_meant: outcomes.iter().eq([&step.outcome.as_str()]) && after == meant,
        outcomes,
    }
}

/// How many records of people each provider holds.
pub(super) fn records(state: &State) -> BTreeMap<&'static str, usize> {
    let leads = state
        .nlpearl
        .pearls
        .values()
        .map(|pearl| pearl.leads.len())
        .sum();
    let prospects = state
        .woodpecker
        .companies
        .values()
        .map(|company| company.prospects.len())
        .sum();
    let audience = state
        .unleashx
        .campaigns
        .values()
        .map(|campaign| campaign.audience.len())
        .sum();
    BTreeMap::from([
        ("extrovert", state.extrovert.prospects.len()),
        ("nlpearl", leads),
        ("woodpecker", prospects),
        ("unleashx", audience),
    ])
}
