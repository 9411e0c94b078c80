//! The provider's own words, whatever shape they came in.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::{redact::Redactor, text::one_line};

/// Longer words are cut.
pub(crate) const LONGEST_MESSAGE: usize = 2048;

/// Longer header values are cut.
pub(crate) const LONGEST_HEADER: usize = 256;

/// A longer JSON body without words is shown as it came.
const LONGEST_REWRITTEN: usize = 64 * 1024;

/// Values of a JSON body beyond these are not looked at for words.
const MOST_VALUES: usize = 4096;

/// How deep below the top words may lie.
const DEEPEST_WORDS: u8 = 5;

/// Where APIs put their words, most general first. Problem documents (RFC 9457) use `title`, `detail`
/// and `errors`; the others are what frameworks do.
const WORD_FIELDS: [&str; 10] = [
    "title",
    "message",
    "detail",
    "details",
    "msg",
    "error",
    "error_description",
    "description",
    "reason",
    "errors",
];

/// What the fields for words say in a JSON body.
pub(crate) fn stated(body: &[u8], redactor: &Redactor) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(without_mark(body));
    let room = Cell::new(MOST_VALUES);
    let value = Within {
        depth: 0,
        room: &room,
    };
    let value = value.deserialize(&mut json).ok()?;
    json.end().ok()?;
    let mut words = Vec::new();
    collect(&value, &mut words);
    let mut distinct: Vec<String> = Vec::new();
    for word in words {
        if !word.is_empty() && !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    (!distinct.is_empty()).then(|| harmless(&distinct.join(": "), LONGEST_MESSAGE, redactor))
}

/// What a body says: its fields for words, else its text. A body that is not `whole` may end within a key.
pub(crate) fn said(body: &[u8], whole: bool, redactor: &Redactor) -> Option<String> {
    stated(body, redactor).or_else(|| {
        let body = without_mark(body);
        // JSON is written anew, so that people read letters in the place of its escapes.
        let text = (whole && body.len() <= LONGEST_REWRITTEN)
            .then(|| serde_json::from_slice::<Value>(body).ok())
            .flatten()
            .map_or_else(
                || {
                    let body = redactor.beginning(body, whole);
                    String::from_utf8_lossy(&body).into_owned()
                },
                |value| value.to_string(),
            );
        Some(harmless(&text, LONGEST_MESSAGE, redactor)).filter(|text| !text.is_empty())
    })
}

/// A body without the byte order mark that some servers put before JSON (RFC 8259 lets a reader ignore it).
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// What is kept of a JSON value to look for words in: no more than [`MOST_VALUES`], since a value takes a hundred
/// times the memory of its text.
enum Kept {
    Text(String),
    List(Vec<Kept>),
    Fields(Vec<(String, Kept)>),
    Nothing,
}

/// Reads what is kept of a value.
#[derive(Clone, Copy)]
struct Within<'a> {
    depth: u8,
    room: &'a Cell<usize>,
}

impl Within<'_> {
    fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = Kept;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Kept, D::Error> {
        let room = self.room.get();
        // Words lie near the top; a body nested further is not read as words.
        if room == 0 || self.depth > DEEPEST_WORDS {
            return value
                .deserialize_ignored_any(IgnoredAny)
                .map(|_| Kept::Nothing);
        }
        self.room.set(room - 1);
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = Kept;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Kept, E> {
        Ok(Kept::Text(text.trim().to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Kept, E> {
        Ok(Kept::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kept, E> {
        Ok(Kept::Nothing)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kept, E> {
        Ok(Kept::Nothing)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kept, E> {
        Ok(Kept::Nothing)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kept, E> {
        Ok(Kept::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Kept, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element_seed(self.deeper())? {
            if !matches!(value, Kept::Nothing) {
                list.push(value);
            }
        }
        Ok(Kept::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Kept, A::Error> {
        let mut fields: Vec<(String, Kept)> = Vec::new();
        while let Some(name) = object.next_key::<Cow<'de, str>>()? {
            // At the top, other fields hold no words.
            if self.depth == 0 && !WORD_FIELDS.contains(&&*name) {
                object.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = object.next_value_seed(self.deeper())?;
            if !matches!(value, Kept::Nothing) {
                // Of a field that stands there twice the last counts.
                fields.retain(|(known, _)| *known != name);
                fields.push((name.into_owned(), value));
            }
        }
        Ok(Kept::Fields(fields))
    }
}

fn collect(value: &Kept, words: &mut Vec<String>) {
    let is_for_words = |name: &str| WORD_FIELDS.contains(&name);
    match value {
        Kept::Text(text) => words.push(text.clone()),
        Kept::List(values) => values.iter().for_each(|value| collect(value, words)),
        Kept::Fields(fields) => {
            for field in WORD_FIELDS {
                match fields.iter().find(|(name, _)| name == field) {
                    Some((_, Kept::Fields(by_field)))
                        if !by_field.iter().any(|(name, _)| is_for_words(name)) =>
                    {
                        for (field, value) in by_field {
                            let mut inner = Vec::new();
                            collect(value, &mut inner);
                            if !inner.is_empty() {
                                words.push(format!("{field}: {}", inner.join(", ")));
                            }
                        }
                    }
                    Some((_, value)) => collect(value, words),
                    None => {}
                }
            }
        }
        Kept::Nothing => {}
    }
}

/// One line without keys, control characters or marks that reorder text, cut at `longest` bytes.
pub(crate) fn harmless(text: &str, longest: usize, redactor: &Redactor) -> String {
    // Redacted before it is cut, or a cut key would pass.
    let text = redactor.beginning(text.as_bytes(), true);
    one_line(&String::from_utf8_lossy(&text), longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_harmful;

    fn redactor() -> Redactor {
        Redactor::new("canary-key")
    }

    #[test]
    fn words_are_found_in_every_shape() {
        for (body, message) in [
            (
                r#"{"status":"error","data":null,"message":"Invalid API key"}"#,
                "Invalid API key",
            ),
            (
                r#"{"title":"Unauthorized","status":401,"detail":"Invalid api key"}"#,
                "Unauthorized: Invalid api key",
            ),
            (
                r#"{"title":"One or more","errors":{"leadIds":["is required","is short"],"x":["y"]}}"#,
                "One or more: leadIds: is required, is short: x: y",
            ),
            (
                r#"{"statusCode":400,"message":["a","b"],"error":"Bad Request"}"#,
                "a: b: Bad Request",
            ),
            (r#"{"error":{"code":7,"message":"inner"}}"#, "inner"),
            (
                r#"{"errors":[{"message":"first"},{"detail":"second"}]}"#,
                "first: second",
            ),
            (r#""just a string""#, "just a string"),
            ("\u{feff}{\"message\":\"marked\"}", "marked"),
            (r#"{"code":"E_SESSION"}"#, r#"{"code":"E_SESSION"}"#),
            (
                "<html>\n <h1>502 Bad Gateway</h1>\n</html>",
                "<html> <h1>502 Bad Gateway</h1> </html>",
            ),
            ("false", "false"),
        ] {
            assert_eq!(
                said(body.as_bytes(), true, &redactor()).as_deref(),
                Some(message),
                "{body}"
            );
        }
        for body in ["", " \r\n"] {
            assert_eq!(said(body.as_bytes(), true, &redactor()), None);
        }
        assert_eq!(stated(b"true", &redactor()), None);
        assert_eq!(
            stated(br#"{"deletion_request_id":1,"count":2}"#, &redactor()),
            None
        );
    }

    #[test]
    fn words_are_harmless() {
        let said = said(
            b"\x1b[31mred\x07 canary-key \xff \xe2\x80\xaeevil",
            true,
            &redactor(),
        )
        .unwrap();
        assert!(!said.chars().any(is_harmful), "{said:?}");
        assert!(!said.contains("canary"), "{said:?}");
        let long = harmless(&"é".repeat(100_000), LONGEST_MESSAGE, &redactor());
        assert!(long.len() <= LONGEST_MESSAGE + 4);
    }

    #[test]
    fn a_large_body_of_small_values_is_read_in_little_memory() {
        let body = format!(
            r#"{{"message":"first","x":[{}0],"detail":"last"}}"#,
            r#"{"":0},"#.repeat(100_000)
        );
        assert_eq!(
            said(body.as_bytes(), true, &redactor()).as_deref(),
            Some("first: last")
        );
        let deep = format!(
            r#"{{"x":{}{},"message":"behind"}}"#,
            "[".repeat(9000),
            "]".repeat(9000)
        );
        assert_eq!(
            said(deep.as_bytes(), true, &redactor()).as_deref(),
            Some("behind")
        );
    }

    #[test]
    fn a_key_at_the_cut_is_redacted_before_the_cut() {
        let text = format!("{}canary-key", "x".repeat(LONGEST_MESSAGE - 5));
        assert!(!harmless(&text, LONGEST_MESSAGE, &redactor()).contains("canar"));
    }

    #[test]
    fn a_key_in_escapes_is_redacted() {
        for body in [
            r#"{"message":"\u0063anary-key"}"#,
            r#"{"code":"canary\u002dkey"}"#,
        ] {
            let said = said(body.as_bytes(), true, &redactor()).unwrap();
            assert!(said.contains(crate::redact::REDACTED), "{said}");
        }
    }
}
