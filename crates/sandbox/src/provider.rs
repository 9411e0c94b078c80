//! What a provider's module says about it, beside its document.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use prospect_delete_specs::Document;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::chance::Chance;
use crate::reply::Reply;

/// A provider's data, what its operations do to it, and the form of its answers.
///
/// Addresses, the place of the key, and what a body may be are the document's alone.
pub(crate) trait Service: Sized + 'static {
    /// Where its operations are described.
    const DOCUMENT: Document;
    /// What the control routes say of its data, as YAML: see [`Data`](crate::data::Data).
    const DATA: &str;
    /// The key that is accepted unless another is chosen.
    const KEY: &str;
    /// What it says about a missing or wrong key.
    const KEY_REFUSED: &str;
    /// Every operation of its document.
    const OPERATIONS: &[Operation<Self::Deletion>];
    /// Methods and path of what it is known to have, and the sandbox has not.
    const ELSEWHERE: &[(&[Method], &str)];

    /// The shape in which its data is seeded and shown.
    type State;
    /// How much of it is made up.
    type Generate;
    /// What a request asks for, in its own terms.
    type Deletion;
    /// What a deletion takes away.
    type Record;

    /// Without data. A job that is done later is done after `delay`.
    fn new(delay: Duration) -> Self;

    /// Adds data to what is there.
    fn add(&mut self, seed: &Self::State, now: Instant);

    /// Does what a request asks for.
    fn carry_out(
        &mut self,
        deletion: Self::Deletion,
        request: u64,
        now: Instant,
        gone: Take<'_, Self::Record>,
    ) -> Reply;

    /// Does what is due.
    fn settle(&mut self, _now: Instant, _gone: Take<'_, Self::Record>) {}

    /// What there is.
    fn snapshot(&self) -> Self::State;

    /// How many records there are.
    fn count(&self) -> usize;

    /// A refusal that one sentence explains.
    fn refuse(status: StatusCode, detail: &str) -> Reply;

    /// The request is not what the document asks for.
    fn invalid(violations: &[Violation]) -> Reply {
        let detail: Vec<_> = violations
            .iter()
            .map(|violation| format!("{}: {}", violation.field, violation.message))
            .collect();
        Self::refuse(StatusCode::BAD_REQUEST, &detail.join("; "))
    }

    /// The answer at an address where there is nothing, if the address is this provider's.
    fn not_found(_path: &str) -> Option<Reply> {
        None
    }

    /// Whether a media type is taken that the document does not name.
    fn also_takes(_media_type: &str) -> bool {
        false
    }

    /// Whether a path can be one of [`ELSEWHERE`](Self::ELSEWHERE).
    fn is_elsewhere(_path: &str) -> bool {
        true
    }

    /// How many records can be made up at most.
    fn most_generated(counts: &Self::Generate) -> u64;

    /// Makes data up.
    fn generate(counts: &Self::Generate, chance: &mut Chance) -> Self::State;
}

/// Takes what is deleted, and the request that did it; a job that was seeded has none.
pub(crate) type Take<'a, Record> = &'a mut dyn FnMut(Option<u64>, Record);

/// One operation of a provider.
pub(crate) struct Operation<Deletion: 'static> {
    /// Its `operationId` in the document.
    pub(crate) id: &'static str,
    /// Its name in control routes and records, without the provider.
    pub(crate) name: &'static str,
    /// Reads a request that the document allows.
    pub(crate) read: fn(Asked<'_>) -> Result<Deletion, Violation>,
}

/// A request that the document allows.
pub(crate) struct Asked<'a> {
    /// The path parameter, decoded; empty where the path has none.
    pub(crate) parameter: &'a str,
    /// The body.
    pub(crate) body: Value,
}

impl Asked<'_> {
    /// The body, as the provider's module reads it.
    pub(crate) fn body<T: DeserializeOwned>(self) -> Result<T, Violation> {
        serde_json::from_value(self.body).map_err(|error| Violation::new("$", error.to_string()))
    }
}

/// One way in which a request is not what the document asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The field, or `$` for the whole body.
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Violation {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}
