use std::time::{Duration, SystemTime};

use http::HeaderMap;

/// No provider means more: later than this counts as this (68 years).
const LONGEST: u64 = i32::MAX as u64;

/// How long a server asks to wait, by `Retry-After` in either form, in whole seconds.
///
/// A date in the past asks for no wait; a value that is neither form asks for nothing. Of several the
/// longest counts, and none counts as more than 68 years.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    headers
        .get_all(http::header::RETRY_AFTER)
        .iter()
        .filter_map(|value| one(value.to_str().ok()?, now))
        .max()
}

fn one(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit are a very long time, not a malformed one.
        return Some(Duration::from_secs(
            text.parse().unwrap_or(LONGEST).min(LONGEST),
        ));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let wait = date.duration_since(now).unwrap_or_default();
    // Whole seconds, rounded up: a date must have come before the next request.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Some(Duration::from_secs(seconds.min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_and_their_odd_values() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_111_777_500);
        for (text, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("99999999999999999999999999", Some(LONGEST)),
            ("Wed, 15 Jul 2026 10:36:20 GMT", Some(3)),
            ("Wed, 15 Jul 2026 10:36:17 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(LONGEST)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("Wed, 99 Jul 2026 10:36:20 GMT", None),
        ] {
            assert_eq!(one(text, now), seconds.map(Duration::from_secs), "{text:?}");
        }
    }

    #[test]
    fn the_longest_of_several_counts() {
        let mut headers = HeaderMap::new();
        for value in ["3", "soon", "9"] {
            headers.append(http::header::RETRY_AFTER, value.parse().unwrap());
        }
        assert_eq!(
            retry_after(&headers, SystemTime::now()),
            Some(Duration::from_secs(9))
        );
    }
}
