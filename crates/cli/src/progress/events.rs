//! What happens while a run is applied, for programs: one JSON object a line on standard error.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use prospect_delete_engine::{Event, StopReason, Summary, WaitReason};
use schemars::JsonSchema;
use serde::Serialize;

use super::{board::Board, reporter::Reporter};
use crate::output;

/// How often a program hears how far it is, while that changes.
const PACE: Duration = Duration::from_secs(1);

/// One line. `event` says which.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    /// Nothing is sent yet.
    Started {
        /// The run's name.
        run_id: String,
        /// SHA-256 of the canonical plan.
        digest: String,
        /// Targets of the run.
        targets: u64,
        /// Targets that this pass sends.
        targets_due: u64,
        /// The same for each provider.
        by_provider: BTreeMap<String, ToDo>,
    },
    /// How far it is, at most once a second, and only when something changed.
    Progress {
        /// Targets of this pass that are over.
        targets_done: u64,
        /// Targets that this pass sends.
        targets_due: u64,
        /// Requests of this pass that were answered or given up.
        requests_ended: u64,
        /// The same for each provider.
        by_provider: BTreeMap<String, Far>,
    },
    /// Something is not sent for a while.
    Waiting {
        /// The provider's name.
        provider: String,
        /// `throttled`: nothing is sent to the provider; `retry`: one request waits.
        reason: WaitReason,
        /// For how long, in milliseconds.
        wait_ms: u64,
        /// The status of the answer that led to it, where there was one.
        http_status: Option<u16>,
    },
    /// Nothing more is sent to a provider in this pass.
    Stopped {
        /// The provider's name.
        provider: String,
        /// Why.
        reason: StopReason,
        /// What the provider said, or what went wrong.
        message: String,
    },
    /// Somebody asked it to stop. Nothing more begins.
    Interrupted {
        /// Requests that are waited for.
        requests_under_way: u64,
        /// The command that continues, as a shell reads it.
        continue_with: String,
    },
    /// Somebody asked again. What was under way is unknown until the run is continued.
    Aborted {
        /// The command that continues, as a shell reads it.
        continue_with: String,
    },
    /// The pass ended. The result is on standard output.
    Finished {
        /// Whether it was told to stop before its end.
        interrupted: bool,
        /// Targets of the run.
        targets: u64,
        /// The provider confirmed it.
        deleted: u64,
        /// The provider does it later.
        accepted: u64,
        /// The provider did not do it.
        rejected: u64,
        /// It never left.
        not_sent: u64,
        /// It may have been done.
        unknown: u64,
        /// Still to be sent.
        pending: u64,
        /// Requests of this pass of which anything may have left.
        requests_sent: u64,
    },
}

/// What there is to do at one provider.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToDo {
    /// Its targets in the run.
    targets: u64,
    /// Those that this pass sends.
    targets_due: u64,
}

/// How far one provider is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Far {
    /// Targets of this pass that are over.
    targets_done: u64,
    /// Targets that this pass sends.
    targets_due: u64,
    /// Requests of this pass that were answered or given up.
    requests_ended: u64,
    /// Requests without an answer yet.
    requests_under_way: u64,
    /// Targets a second as of late, once that can be told.
    targets_per_second: Option<f64>,
    /// How long the rest takes at that rate.
    seconds_left: Option<u64>,
}

/// Writes events as lines of JSON.
pub struct Events {
    run_id: String,
    digest: String,
    said: Option<(Instant, u64)>,
}

impl Events {
    pub fn new(run_id: &str, digest: &str) -> Self {
        Self {
            run_id: run_id.to_owned(),
            digest: digest.to_owned(),
            said: None,
        }
    }
}

impl Reporter for Events {
    fn heard(&mut self, event: &Event, board: &Board) {
        match event {
            Event::Started { .. } => output::event(&Said::Started {
                run_id: self.run_id.clone(),
                digest: self.digest.clone(),
                targets: board.by_provider.values().map(|lane| lane.targets).sum(),
                targets_due: board.due(),
                by_provider: board
                    .by_provider
                    .iter()
                    .map(|(provider, lane)| {
                        let to_do = ToDo {
                            targets: lane.targets,
                            targets_due: lane.due,
                        };
                        ((*provider).to_owned(), to_do)
                    })
                    .collect(),
            }),
            Event::Waiting {
                provider,
                reason,
                wait_ms,
                http_status,
            } => output::event(&Said::Waiting {
                provider: (*provider).to_owned(),
                reason: *reason,
                wait_ms: *wait_ms,
                http_status: *http_status,
            }),
            Event::Stopped {
                provider,
                reason,
                message,
            } => output::event(&Said::Stopped {
                provider: (*provider).to_owned(),
                reason: *reason,
                message: message.clone(),
            }),
            _ => {}
        }
    }

    fn interrupted(&mut self, board: &Board, continue_with: &str) {
        output::event(&Said::Interrupted {
            requests_under_way: board.under_way(),
            continue_with: continue_with.to_owned(),
        });
    }

    fn tick(&mut self, board: &Board, now: Instant) {
        let ended = board.requests_ended();
        let (at, before) = *self.said.get_or_insert((now, 0));
        if ended == before || now.saturating_duration_since(at) < PACE {
            return;
        }
        self.said = Some((now, ended));
        output::event(&Said::Progress {
            targets_done: board.done(),
            targets_due: board.due(),
            requests_ended: ended,
            by_provider: board
                .by_provider
                .iter()
                .map(|(provider, lane)| {
                    let far = Far {
                        targets_done: lane.done,
                        targets_due: lane.due,
                        requests_ended: lane.requests_ended,
                        requests_under_way: lane.under_way,
                        targets_per_second: lane.rate(now),
                        seconds_left: lane.time_left(now).map(|left| left.as_secs()),
                    };
                    ((*provider).to_owned(), far)
                })
                .collect(),
        });
    }

    fn aborted(&mut self, continue_with: &str) {
        output::event(&Said::Aborted {
            continue_with: continue_with.to_owned(),
        });
    }

    fn ended(&mut self, summary: Option<&Summary>) {
        let Some(Summary {
            counts,
            requests_sent,
            interrupted,
            ..
        }) = summary
        else {
            return;
        };
        output::event(&Said::Finished {
            interrupted: *interrupted,
            targets: counts.targets,
            deleted: counts.deleted,
            accepted: counts.accepted,
            rejected: counts.rejected,
            not_sent: counts.not_sent,
            unknown: counts.unknown,
            pending: counts.pending,
            requests_sent: *requests_sent,
        });
    }
}
