use prospect_delete_transport::Answer;

use crate::raw::types::DeletionAccepted;

/// Reads the documented job. Both numbers must be there.
pub(crate) fn read(body: &[u8]) -> Answer {
    match serde_json::from_slice::<DeletionAccepted>(body) {
        Ok(job) => Answer::Accepted {
            request_id: Some(job.deletion_request_id.to_string()),
            count: u64::try_from(job.count).ok(),
        },
        Err(_) => Answer::Foreign,
    }
}
