//! What the documented answers say. Everything else is foreign.

use prospect_delete_transport::{Answer, ErrorKind, read_object};

use crate::raw::types::DeleteAudienceReply;

/// The documented confirmations, each of one mode.
const RECORDS_DELETED: &str = "Audience deleted successfully";
const ALL_DELETED: &str = "All audience deleted successfully";

/// Reads the answer to a deletion of named records.
#[must_use]
pub fn read_records(body: &[u8]) -> Answer {
    read(body, RECORDS_DELETED)
}

/// Reads the answer to a deletion of all records.
#[must_use]
pub fn read_all(body: &[u8]) -> Answer {
    read(body, ALL_DELETED)
}

/// The other mode's confirmation is foreign: it says that something else was deleted than was asked.
///
/// The refusals are documented without their HTTP statuses, so they count with a 2xx as well.
fn read(body: &[u8], confirmation: &str) -> Answer {
    let Some(reply) = read_object::<DeleteAudienceReply>(body) else {
        return Answer::Foreign;
    };
    match reply.message.as_str() {
        message if message == confirmation => Answer::Done,
        "Campaign not exist" => Answer::Refused(ErrorKind::NotFound),
        "Audience array is required" => Answer::Refused(ErrorKind::InvalidRequest),
        "All audience can only be deleted when the campaign is in draft status" => {
            Answer::Refused(ErrorKind::Conflict)
        }
        _ => Answer::Foreign,
    }
}
