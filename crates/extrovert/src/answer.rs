//! What the documented answers say. Everything else is foreign.

use prospect_delete_transport::{Answer, ErrorKind, read_object};
use serde::Deserialize;

/// What both operations answer, reduced to what decides.
///
/// `data` and `message` do not: the vendor shows `data` as an object and as null, and its answers
/// without either are as good. A second `status` in one answer makes it unreadable.
#[derive(Deserialize)]
struct Envelope {
    status: String,
}

/// Reads the documented envelope.
#[must_use]
pub fn read(body: &[u8]) -> Answer {
    match read_object::<Envelope>(body) {
        Some(envelope) if envelope.status == "success" => Answer::Done,
        Some(envelope) if envelope.status == "error" => Answer::Refused(ErrorKind::InvalidRequest),
        _ => Answer::Foreign,
    }
}
