//! Sends a step, and compares the sandbox's whole state with what was meant.

use std::collections::BTreeSet;

use prospect_delete_core::Clients;
use prospect_delete_sandbox::Sandbox;
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
    let count = || sandbox.records()[operation.provider.name];
    let (before, held) = (sandbox.state(), count());
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
    let kept = count();
    Done {
        operation: format!("{}.{}", operation.provider.name, operation.name),
        what: step.what,
        requests: step.requests.len(),
        gone: held - kept,
        kept,
        as_meant: outcomes.iter().eq([&step.outcome.as_str()]) && after == meant,
        outcomes,
    }
}
