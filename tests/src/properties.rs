//! What must hold whatever a provider or a caller sends, one function a property. Each panics when its
//! property does not hold. The fuzz targets call them with bytes that a fuzzer makes, and `corpus.rs`
//! with the bytes that are checked in.

use std::{
    collections::HashMap,
    fmt,
    marker::PhantomData,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
use percent_encoding::percent_decode_str;
use prospect_delete_core::{ErrorKind, extrovert, nlpearl, unleashx, woodpecker};
use prospect_delete_transport::{
    Answer, ReadAnswer, check_path_segment, generated::encode_path, tested::retry_after,
};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor,
};
use serde_json::{Value, value::RawValue};
use url::Url;

/// How long a provider can ask to wait: 68 years.
const LONGEST_WAIT: u64 = 2_147_483_647;

/// Extrovert confirms with an object whose `status` is `success` and refuses with `error`, whatever
/// the operation.
///
/// # Panics
///
/// When an answer is read as anything else.
pub fn extrovert_answer(body: &[u8]) {
    judged_as("extrovert", extrovert::answer::read, body, |body| {
        let fields = fields::<Value>(body, &["status"])?;
        match fields["status"].as_str()? {
            "success" => Some(Answer::Done),
            "error" => Some(refused()),
            _ => None,
        }
    });
}

/// NLPearl confirms with the bare boolean `true` and refuses with `false`.
///
/// # Panics
///
/// When an answer is read as anything else.
pub fn nlpearl_answer(body: &[u8]) {
    judged_as(
        "nlpearl",
        nlpearl::answer::read,
        body,
        |body| match serde_json::from_str(body).ok()? {
            Value::Bool(true) => Some(Answer::Done),
            Value::Bool(false) => Some(refused()),
            _ => None,
        },
    );
}

/// Woodpecker takes a job with an object of two whole numbers, neither below zero. The first reaches the caller to the
/// last digit, the second where it fits.
///
/// # Panics
///
/// When an answer is read as anything else.
pub fn woodpecker_answer(body: &[u8]) {
    judged_as("woodpecker", woodpecker::answer::read, body, |body| {
        let fields = fields::<Box<RawValue>>(body, &["deletion_request_id", "count"])?;
        let [id, count] = ["deletion_request_id", "count"].map(|name| fields[name].get());
        let whole =
            |number: &str| number.len() <= 1024 && !number.contains(|c: char| !c.is_ascii_digit());
        (whole(id) && whole(count)).then(|| Answer::Accepted {
            request_id: Some(id.to_owned()),
            count: count.parse().ok(),
        })
    });
}

/// UnleashX confirms each of its two modes with that mode's own sentence, and refuses with one of three.
///
/// # Panics
///
/// When an answer is read as anything else.
pub fn unleashx_answer(body: &[u8]) {
    let modes: [(ReadAnswer, &str); 2] = [
        (
            unleashx::answer::read_records,
            "Audience deleted successfully",
        ),
        (
            unleashx::answer::read_all,
            "All audience deleted successfully",
        ),
    ];
    for (read, confirmation) in modes {
        judged_as(confirmation, read, body, |body| {
            let fields = fields::<Value>(body, &["message"])?;
            match fields["message"].as_str()? {
                message if message == confirmation => Some(Answer::Done),
                "Campaign not exist"
                | "Audience array is required"
                | "All audience can only be deleted when the campaign is in draft status" => {
                    Some(refused())
                }
                _ => None,
            }
        });
    }
}

/// Any `Retry-After` means a whole number of seconds between none and 68 years, or nothing; digits mean
/// themselves, or from ten years on a time since 1970; and of several values the longest counts.
///
/// # Panics
///
/// When a value means anything else.
pub fn retry_after_value(value: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(value) else {
        return;
    };
    let asked = |values: &[&HeaderValue], now| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(RETRY_AFTER, (*value).clone());
        }
        retry_after(&headers, now)
    };
    let longest = Duration::from_secs(LONGEST_WAIT);
    let epoch = SystemTime::UNIX_EPOCH;
    for now in [epoch, epoch + Duration::from_millis(1_784_111_777_500)] {
        let wait = asked(&[&value], now);
        if let Some(wait) = wait {
            assert!(wait <= longest, "{value:?} means {wait:?}");
            assert_eq!(wait.subsec_nanos(), 0, "{value:?} means {wait:?}");
        }
        if let Some(seconds) = digits(value.as_bytes()) {
            let now = now.duration_since(epoch).expect("after 1970").as_millis();
            let milliseconds = if seconds < 315_576_000 {
                seconds * 1000
            } else if seconds < 100_000_000_000 {
                (seconds * 1000).saturating_sub(now)
            } else {
                seconds.saturating_sub(now)
            };
            let seconds = milliseconds.div_ceil(1000).min(LONGEST_WAIT.into());
            // A number beyond the accuracy of the clock may come out a second longer.
            let read = u128::from(wait.expect("a wait").as_secs());
            assert!(
                (seconds..=seconds + 1).contains(&read),
                "{value:?} means {wait:?}"
            );
        }
        let a_minute = HeaderValue::from_static("60");
        let longer = wait.max(Some(Duration::from_secs(60)));
        assert_eq!(asked(&[&value, &a_minute], now), longer, "{value:?}");
        assert_eq!(asked(&[&a_minute, &value], now), longer, "{value:?}");
    }
}

/// Every id that is accepted stands as exactly one segment of a URL, decodes to itself there, and
/// changes nothing around it. Ids that anybody would call one are accepted.
///
/// # Panics
///
/// When an id addresses anything else, or is refused without cause.
pub fn path_segment(id: &[u8]) {
    let Ok(id) = str::from_utf8(id) else {
        return;
    };
    let accepted = check_path_segment("id", id).is_ok();
    let usable = !id.is_empty()
        && !id.chars().any(char::is_control)
        && !id.starts_with(char::is_whitespace)
        && !id.ends_with(char::is_whitespace)
        && !id.starts_with(shows_nothing)
        && !id.ends_with(shows_nothing)
        && id != "."
        && id != "..";
    assert!(usable || !accepted, "{id:?}");
    // Which other ids are refused is told by the rules in `transport/src/input.rs`; ids as most providers have them
    // are not.
    let is_plain = (18..=40).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && id.bytes().any(|byte| byte.is_ascii_alphabetic());
    assert!(accepted || !is_plain, "{id:?}");
    if !accepted {
        return;
    }
    let url = format!("https://host/before/{}/after", encode_path(id));
    let url = Url::parse(&url).unwrap_or_else(|error| panic!("{id:?} gives no URL: {error}"));
    let segments: Vec<_> = url
        .path_segments()
        .expect("an https URL has a path")
        .collect();
    assert_eq!(segments.len(), 3, "{id:?} became {url}");
    assert_eq!((segments[0], segments[2]), ("before", "after"), "{url}");
    let decoded: Vec<u8> = percent_decode_str(segments[1]).collect();
    assert_eq!(decoded, id.as_bytes(), "{id:?} became {url}");
    assert_eq!((url.query(), url.fragment()), (None, None), "{id:?}");
    assert_eq!(&url[..url::Position::BeforePath], "https://host", "{id:?}");
}

/// Characters that come along with copied text and cannot be seen.
fn shows_nothing(c: char) -> bool {
    "\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{feff}"
        .contains(c)
}

/// Compares what a reader reads in a body with what the documents say of it.
///
/// `documented` gives the answer that a JSON text is by the documents, or `None` where it is none.
fn judged_as(
    name: &str,
    read: ReadAnswer,
    body: &[u8],
    documented: impl Fn(&str) -> Option<Answer>,
) {
    let read = match read(body) {
        // Why a deletion was refused is no claim about people.
        Answer::Refused(_) => refused(),
        answer => answer,
    };
    let text = String::from_utf8_lossy(body);
    let documented = documented(&text).unwrap_or(Answer::Foreign);
    // Bytes that are no text may stand in a field that decides nothing. Then both are right: to take
    // the answer for what its other fields say, and to trust none of it.
    if str::from_utf8(body).is_err() && read == Answer::Foreign {
        return;
    }
    assert_eq!(read, documented, "{name} {text}");
}

/// The number that a value is, where it is digits and nothing but white space around them.
fn digits(value: &[u8]) -> Option<u128> {
    let digits = value.trim_ascii();
    (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then(|| {
        digits.iter().fold(0, |number: u128, digit| {
            (number * 10 + u128::from(digit - b'0')).min(u128::from(u64::MAX))
        })
    })
}

fn refused() -> Answer {
    Answer::Refused(ErrorKind::InvalidRequest)
}

/// The named fields of a JSON object, if each stands in it exactly once.
fn fields<T: DeserializeOwned>(
    body: &str,
    names: &'static [&'static str],
) -> Option<HashMap<&'static str, T>> {
    let mut body = serde_json::Deserializer::from_str(body);
    let fields = Fields(names, PhantomData).deserialize(&mut body).ok()?;
    body.end().ok()?;
    (fields.len() == names.len()).then_some(fields)
}

/// Reads the fields of these names. The others may hold any JSON, also what no [`Value`] can hold: numbers
/// that are too large, and nesting without end.
struct Fields<T>(&'static [&'static str], PhantomData<T>);

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Fields<T> {
    type Value = HashMap<&'static str, T>;

    fn deserialize<D: Deserializer<'de>>(self, body: D) -> Result<Self::Value, D::Error> {
        body.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Fields<T> {
    type Value = HashMap<&'static str, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut fields = HashMap::new();
        while let Some(field) = object.next_key::<String>()? {
            match self.0.iter().find(|name| **name == field) {
                Some(name) => {
                    if fields.insert(*name, object.next_value()?).is_some() {
                        return Err(A::Error::custom("a field stands twice"));
                    }
                }
                None => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}
