use prospect_delete_core::Outcome;

use crate::journal::{AttemptId, Evidence, RequestId, Then};

/// Something that happened while a run was applied.
///
/// Events are handed out where they happen, in the order of each request, and before what they announce is
/// followed by anything else: a listener that stops the program at [`Began`](Self::Began) stops it with
/// the attempt on the disk and nothing sent. No identifier is in them, but in a provider's own words there may
/// be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An attempt is on the disk, and its first byte is about to leave.
    Began {
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
    Answered {
        /// The provider's name.
        provider: &'static str,
        /// The attempt.
        attempt: AttemptId,
        /// What it showed.
        evidence: Evidence,
    },
    /// An attempt's end is on the disk.
    Ended {
        /// The provider's name.
        provider: &'static str,
        /// The request.
        request: RequestId,
        /// The attempt.
        attempt: AttemptId,
        /// What became of the request.
        then: Then,
        /// How many targets it names.
        targets: u64,
        /// How the attempt ended.
        outcome: Outcome,
    },
    /// A provider wants to be left alone for a while, and is.
    Waiting {
        /// The provider's name.
        provider: &'static str,
        /// For how long, in milliseconds.
        wait_ms: u64,
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

/// Why nothing more is sent to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// It does not accept the key.
    Authentication,
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
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
        }
    }
}
