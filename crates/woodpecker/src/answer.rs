use prospect_delete_transport::{Answer, read_object};

use crate::raw::types::DeletionAccepted;

/// Reads the documented job. Both numbers must be there.
pub(crate) fn read(body: &[u8]) -> Answer {
    match read_object::<DeletionAccepted>(body) {
        Some(job) => Answer::Accepted {
            request_id: Some(job.deletion_request_id.to_string()),
            count: u64::try_from(job.count).ok(),
        },
        None => Answer::Foreign,
    }
}
