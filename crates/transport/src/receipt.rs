use std::fmt;

use serde::Serialize;

use crate::{Operation, Outcome};

/// A deletion that the provider confirmed or took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Receipt {
    /// [`Outcome::Deleted`] or [`Outcome::Accepted`].
    pub outcome: Outcome,
    /// The provider's name.
    pub provider: &'static str,
    /// The operation's name, without the provider.
    pub operation: &'static str,
    /// How many requests were sent.
    pub attempts: u32,
    /// The status of the answer.
    pub http_status: u16,
    /// The provider's own words, where it said any.
    pub message: Option<String>,
    /// The provider's number for the job, else the answer's request id header.
    pub request_id: Option<String>,
    /// What the provider counted, where it counts.
    pub count: Option<u64>,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            outcome,
            provider,
            operation,
            http_status,
            ..
        } = self;
        write!(f, "{provider}.{operation}: {outcome} (HTTP {http_status}")?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        f.write_str(")")?;
        if let Some(count) = self.count {
            write!(f, ", count {count}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, ", request {request_id}")?;
        }
        Ok(())
    }
}

impl Receipt {
    pub(crate) fn new(outcome: Outcome, operation: &Operation, http_status: u16) -> Self {
        Self {
            outcome,
            provider: operation.provider.name,
            operation: operation.name,
            attempts: 0,
            http_status,
            message: None,
            request_id: None,
            count: None,
        }
    }
}
