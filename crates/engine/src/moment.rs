//! Moments, as they are kept and as they are written.

use std::time::SystemTime;

/// Milliseconds since 1970, which a clock that is set wrong may put before.
pub(crate) fn millis(at: SystemTime) -> i64 {
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |before| -before)
        }
    }
}

/// As RFC 3339 in UTC. Always three digits of the second, so that moments sort as text as they do in
/// time: without them "…09.5Z" would come after "…09.548Z".
pub(crate) fn from_millis(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map_or_else(|_| "unknown".to_owned(), |at| format!("{at:.3}"))
}

pub(crate) fn rfc3339(at: SystemTime) -> String {
    from_millis(millis(at))
}

#[cfg(test)]
mod tests {
    use super::from_millis;

    #[test]
    fn moments_sort_as_text_as_they_do_in_time() {
        assert_eq!(from_millis(0), "1970-01-01T00:00:00.000Z");
        let moments: Vec<String> = [9_000, 9_005, 9_500, 9_540, 9_548]
            .map(from_millis)
            .to_vec();
        assert!(moments.is_sorted(), "{moments:?}");
    }
}
