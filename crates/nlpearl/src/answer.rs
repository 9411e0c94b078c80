//! What the documented answers say. Everything else is foreign.

use prospect_delete_transport::{Answer, ErrorKind};

/// Reads the documented success: a bare boolean. `false` says that it was refused.
#[must_use]
pub fn read(body: &[u8]) -> Answer {
    match serde_json::from_slice(body) {
        Ok(true) => Answer::Done,
        Ok(false) => Answer::Refused(ErrorKind::InvalidRequest),
        Err(_) => Answer::Foreign,
    }
}
