//! What the documented answers say. Everything else is foreign.

use prospect_delete_transport::{Answer, read_object};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A longer number is no job's: a few digits would number every job there ever was.
const MOST_DIGITS: usize = 1024;

/// The documented job, with its numbers as they came: the vendor gives no range for them.
#[derive(Deserialize)]
struct Job<'a> {
    #[serde(borrow)]
    deletion_request_id: &'a RawValue,
    #[serde(borrow)]
    count: &'a RawValue,
}

/// Reads the documented job. Both numbers must be there, and whole.
///
/// The job's number is kept to the last digit. A count beyond 64 bits is not told, and the job is taken all the
/// same.
#[must_use]
pub fn read(body: &[u8]) -> Answer {
    let Some(job) = read_object::<Job<'_>>(body) else {
        return Answer::Foreign;
    };
    match (digits(job.deletion_request_id), digits(job.count)) {
        (Some(id), Some(count)) => Answer::Accepted {
            request_id: Some(id.to_owned()),
            count: count.parse().ok(),
        },
        _ => Answer::Foreign,
    }
}

/// A whole number that is not negative, as it came.
fn digits(value: &RawValue) -> Option<&str> {
    let text = value.get();
    (text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}
