//! How long an answer asks to wait.
//!
//! Dates are read by `httpdate`. The rest is here because libraries read what RFC 9110 allows and no more, and
//! servers send decimal numbers, times since 1970, offsets in place of `GMT`, and headers of their own.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

/// No provider means more: later than this counts as this (68 years).
const LONGEST: u64 = i32::MAX as u64;

/// Ten years in seconds. Nobody asks to wait longer, so a larger number is a time since 1970.
const LARGEST_WAIT: f64 = 10.0 * 365.25 * 24.0 * 60.0 * 60.0;

/// From here on such a time is in milliseconds: in seconds it would be the year 5138.
const SMALLEST_MILLISECONDS: f64 = 1e11;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const X_RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// How long a server asks to wait by `Retry-After`, in whole seconds.
///
/// It is read as a number of seconds, whole or decimal and rounded up; as a number beyond ten years, which is a
/// time since 1970 in seconds, or from 10^11 on in milliseconds; or as a date in any form of RFC 9110 (5.6.7), also
/// with an offset such as `+0000` in place of `GMT`. A time is compared with the answer's own `Date`, so that
/// clocks need not agree, and without one with `now`.
///
/// A time in the past asks for no wait; a value of no known form asks for nothing. Of several the longest counts,
/// and none counts as more than 68 years.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    longest(headers, &header::RETRY_AFTER, from(headers, now))
}

/// How long a server asks to wait that answered that there were too many requests.
///
/// That is [`retry_after`], and where it says nothing, what rate limiters say in its place: `RateLimit-Reset` and
/// `X-RateLimit-Reset` (read alike), the `t` of `RateLimit` (draft-ietf-httpapi-ratelimit-headers), of which the longest
/// counts, or `retry-after-ms`.
#[must_use]
pub fn throttled_for(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let from = from(headers, now);
    let resets = || {
        [RATE_LIMIT_RESET, X_RATE_LIMIT_RESET]
            .iter()
            .filter_map(|name| longest(headers, name, from))
            .chain(windows(headers))
            .max()
    };
    retry_after(headers, now).or_else(resets).or_else(|| {
        values(headers, &RETRY_AFTER_MS)
            .filter_map(number)
            .map(|milliseconds| whole(milliseconds / 1000.0))
            .max()
    })
}

/// The time that times are compared with.
fn from(headers: &HeaderMap, now: SystemTime) -> SystemTime {
    values(headers, &header::DATE).find_map(date).unwrap_or(now)
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| Some(value.to_str().ok()?.trim()))
}

fn longest(headers: &HeaderMap, name: &HeaderName, from: SystemTime) -> Option<Duration> {
    values(headers, name)
        .filter_map(|value| {
            let each = || value.split(',').filter_map(|value| one(value.trim(), from));
            // Proxies join what stood in several headers, and a date has a comma of its own.
            one(value, from).or_else(|| each().max())
        })
        .max()
}

fn one(text: &str, from: SystemTime) -> Option<Duration> {
    let wait = if let Some(number) = number(text) {
        if number < LARGEST_WAIT {
            number
        } else {
            let seconds = if number < SMALLEST_MILLISECONDS {
                number
            } else {
                number / 1000.0
            };
            seconds - since_1970(from)
        }
    } else {
        date(text)?
            .duration_since(from)
            .unwrap_or_default()
            .as_secs_f64()
    };
    Some(whole(wait))
}

/// A number without sign or exponent, whole or decimal.
fn number(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(part))
        .then(|| text.parse().ok())
        .flatten()
}

/// A date of RFC 9110, also with an offset from UTC in place of `GMT`.
fn date(text: &str) -> Option<SystemTime> {
    let (stem, zone) = text.rsplit_once(' ')?;
    let zone = zone.as_bytes();
    let (sign, digits) = match zone {
        [sign @ (b'+' | b'-'), digits @ ..]
            if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) =>
        {
            (*sign, digits)
        }
        b"UTC" | b"UT" | b"Z" => (b'+', &b"0000"[..]),
        _ => return httpdate::parse_http_date(text).ok(),
    };
    let local = httpdate::parse_http_date(&format!("{stem} GMT")).ok()?;
    let two = |at: usize| u64::from(digits[at] - b'0') * 10 + u64::from(digits[at + 1] - b'0');
    let offset = Duration::from_secs((two(0) * 60 + two(2)) * 60);
    if sign == b'+' {
        local.checked_sub(offset)
    } else {
        local.checked_add(offset)
    }
}

/// What the windows of a `RateLimit` header say, in the form of today's draft (`"default";r=0;t=30`) or of an
/// earlier one (`limit=10, remaining=0, reset=30`). A window with requests left asks for nothing.
fn windows(headers: &HeaderMap) -> Option<Duration> {
    let parameter = |window: &str, name: &str| {
        window
            .split([';', ','])
            .filter_map(|parameter| parameter.trim().split_once('='))
            .find(|(key, _)| key.trim() == name)
            .and_then(|(_, value)| number(value.trim()))
    };
    values(headers, &RATE_LIMIT)
        .flat_map(|value| {
            let earlier = parameter(value, "reset").map(whole);
            value
                .split(',')
                .filter(|window| parameter(window, "r").is_none_or(|left| left < 1.0))
                .filter_map(|window| parameter(window, "t").map(whole))
                .chain(earlier)
                .collect::<Vec<_>>()
        })
        .max()
}

fn since_1970(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

/// Rounded up, since the time must have come before the next request.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float keeps to the bounds of its type"
)]
fn whole(seconds: f64) -> Duration {
    Duration::from_secs((seconds.ceil() as u64).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "Wed, 15 Jul 2026 10:36:20 GMT";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn every_form_and_its_odd_values() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_111_777_500);
        for (text, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("2.5", Some(3)),
            ("0.0001", Some(1)),
            ("7.0", Some(7)),
            ("315360000", Some(315_360_000)),
            ("1784111780", Some(3)),
            ("1784111780.2", Some(3)),
            ("1784111780000", Some(3)),
            ("1784111777600", Some(1)),
            ("1784111770", Some(0)),
            ("99999999999999999999999999", Some(LONGEST)),
            (ASKED, Some(3)),
            ("Wednesday, 15-Jul-26 10:36:20 GMT", Some(3)),
            ("Wed Jul 15 10:36:20 2026", Some(3)),
            ("Wed, 15 Jul 2026 10:36:20 +0000", Some(3)),
            ("Wed, 15 Jul 2026 10:36:20 -0000", Some(3)),
            ("Wed, 15 Jul 2026 10:36:20 UTC", Some(3)),
            ("Wed, 15 Jul 2026 12:36:20 +0200", Some(3)),
            ("Wed, 15 Jul 2026 05:06:20 -0530", Some(3)),
            ("Wed, 15 Jul 2026 10:36:17 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(LONGEST)),
            ("", None),
            ("-5", None),
            ("+5", None),
            (".5", None),
            ("5.", None),
            ("1e3", None),
            ("soon", None),
            ("Wed, 99 Jul 2026 10:36:20 GMT", None),
        ] {
            assert_eq!(one(text, now), seconds.map(Duration::from_secs), "{text:?}");
        }
    }

    #[test]
    fn the_longest_of_several_counts() {
        let headers = headers(&[
            ("retry-after", "3"),
            ("retry-after", "soon"),
            ("retry-after", " 9 "),
            ("retry-after", "7, 8"),
        ]);
        assert_eq!(
            retry_after(&headers, SystemTime::now()),
            Some(Duration::from_secs(9))
        );
    }

    #[test]
    fn a_time_is_read_by_the_clock_of_who_sent_it() {
        // By our clock it is over, or far away.
        for now in [0, 4_000_000_000] {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            for asked in [ASKED, "1784111780", "1784111780000"] {
                let dated = headers(&[
                    ("retry-after", asked),
                    ("date", "Wed, 15 Jul 2026 10:36:10 +0000"),
                ]);
                assert_eq!(retry_after(&dated, now), Some(Duration::from_secs(10)));
            }
            let relative = headers(&[("retry-after", "4"), ("date", ASKED)]);
            assert_eq!(retry_after(&relative, now), Some(Duration::from_secs(4)));
        }
    }

    #[test]
    fn a_throttle_may_say_it_in_other_headers() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_111_777);
        for (pairs, seconds) in [
            (&[("ratelimit-reset", "30")][..], Some(30)),
            (&[("x-ratelimit-reset", "30.2")], Some(31)),
            (&[("x-ratelimit-reset", "1784111780")], Some(3)),
            (&[("x-ratelimit-reset", "1784111780000")], Some(3)),
            (
                &[("x-ratelimit-reset", "1784111780"), ("date", ASKED)],
                Some(0),
            ),
            (
                &[("ratelimit-reset", "3"), ("x-ratelimit-reset", "9")],
                Some(9),
            ),
            (&[("retry-after-ms", "1500")], Some(2)),
            (&[("retry-after-ms", "0.5")], Some(1)),
            (&[("ratelimit", "\"default\";r=0;t=30")], Some(30)),
            (
                &[("ratelimit", "\"minute\";r=5;t=60, \"second\";r=0;t=1")],
                Some(1),
            ),
            (
                &[("ratelimit", "limit=10, remaining=0, reset=12")],
                Some(12),
            ),
            (&[("retry-after", "5"), ("ratelimit-reset", "30")], Some(5)),
            (
                &[("retry-after", "soon"), ("ratelimit-reset", "30")],
                Some(30),
            ),
            (&[("x-ratelimit-reset", "soon")], None),
            (&[("x-ratelimit-remaining", "0")], None),
            (&[], None),
        ] {
            let headers = headers(pairs);
            let wait = seconds.map(Duration::from_secs);
            assert_eq!(throttled_for(&headers, now), wait, "{headers:?}");
            // What is no throttle says by `Retry-After` alone how long to wait.
            if !headers.contains_key("retry-after") {
                assert_eq!(retry_after(&headers, now), None, "{headers:?}");
            }
        }
    }
}
