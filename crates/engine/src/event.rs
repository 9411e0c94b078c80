use std::{collections::BTreeMap, sync::Arc};

use prospect_delete_core::Outcome;

use crate::{
    counts::Counts,
    store::{AttemptId, Disposition, Evidence, RequestId, ToDo},
};

/// Takes events as they happen.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// Something that happened while a run was applied.
///
/// Events are handed out where they happen, in the order of each request, and before what they announce is
/// followed by anything else: a listener that stops the program at [`AttemptStarted`](Self::AttemptStarted) stops it with
/// the attempt on the disk and nothing sent. No identifier is in them, but in a provider's own words there may
/// be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A pass begins; nothing is sent yet.
    Started {
        /// What there is to do at each provider of the plan.
        by_provider: BTreeMap<&'static str, ToDo>,
    },
    /// An attempt is on the disk, and its first byte is about to leave.
    AttemptStarted {
        /// The provider's name.
        provider: &'static str,
        /// The request.
        request: RequestId,
        /// The attempt.
        attempt: AttemptId,
        /// How many targets it names.
        targets: u64,
    },
    /// An answer is there, or will not come, and is not on the disk yet.
    AttemptAnswered {
        /// The provider's name.
        provider: &'static str,
        /// The attempt.
        attempt: AttemptId,
        /// What it showed.
        evidence: Evidence,
    },
    /// An attempt's end is on the disk.
    AttemptFinished {
        /// The provider's name.
        provider: &'static str,
        /// The request.
        request: RequestId,
        /// The attempt.
        attempt: AttemptId,
        /// What became of the request.
        disposition: Disposition,
        /// How many targets it names.
        targets: u64,
        /// How the attempt ended.
        outcome: Outcome,
    },
    /// Something is not sent for a while.
    Waiting {
        /// The provider's name.
        provider: &'static str,
        /// Why.
        reason: WaitReason,
        /// For how long, in milliseconds.
        wait_ms: u64,
        /// The status of the answer that led to it, where there was one.
        http_status: Option<u16>,
    },
    /// Refusals that were counted turned out to be about the account: what they named is still to be sent.
    Reopened {
        /// The provider's name.
        provider: &'static str,
        /// What was counted as over, and is not any more.
        counts: Counts,
    },
    /// Nothing more is sent to a provider in this pass.
    Stopped {
        /// The provider's name.
        provider: &'static str,
        /// Why.
        reason: StopReason,
        /// What the provider said, or what went wrong.
        message: String,
    },
}

/// Why something is not sent for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitReason {
    /// The provider asked to be left alone, and all its requests wait.
    Throttled,
    /// One request had no good answer, and waits to be sent again; others go on.
    Retry,
}

/// Why nothing more is sent to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// It does not accept the key.
    Authentication,
    /// It refuses whatever it is asked, for a reason of the account and not of the ids.
    Refused,
    /// It asks for a longer wait than was allowed.
    Throttled,
    /// Many requests in a row found no connection, or no answer that can be relied on.
    Unreachable,
}

impl StopReason {
    /// The name used in events and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
        }
    }
}
