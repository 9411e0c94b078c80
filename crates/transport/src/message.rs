//! The provider's own words, whatever shape they came in.

use serde_json::{Map, Value};

use crate::redact::Redactor;

/// Longer words are cut.
pub(crate) const LONGEST_MESSAGE: usize = 2048;

/// Longer header values are cut.
pub(crate) const LONGEST_HEADER: usize = 256;

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
    let value: Value = serde_json::from_slice(without_mark(body)).ok()?;
    let mut words = Vec::new();
    collect(&value, &mut words, 0);
    let mut distinct: Vec<String> = Vec::new();
    for word in words {
        if !word.is_empty() && !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    (!distinct.is_empty()).then(|| harmless(&distinct.join(": "), LONGEST_MESSAGE, redactor))
}

/// What a body says: its fields for words, else its text.
pub(crate) fn said(body: &[u8], redactor: &Redactor) -> Option<String> {
    stated(body, redactor).or_else(|| {
        let body = without_mark(body);
        // JSON is written anew, for a key could hide in its escapes.
        let text = serde_json::from_slice::<Value>(body).map_or_else(
            |_| String::from_utf8_lossy(body).into_owned(),
            |value| value.to_string(),
        );
        Some(harmless(&text, LONGEST_MESSAGE, redactor)).filter(|text| !text.is_empty())
    })
}

/// A body without the byte order mark that some servers put before JSON (RFC 8259 lets a reader ignore it).
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

fn collect(value: &Value, words: &mut Vec<String>, depth: u8) {
    // Words lie near the top; a body nested further is not read as words.
    if depth > 4 {
        return;
    }
    match value {
        Value::String(text) => words.push(text.trim().to_owned()),
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect(value, words, depth + 1)),
        Value::Object(object) => {
            for field in WORD_FIELDS {
                match object.get(field) {
                    Some(Value::Object(by_field)) if !has_words(by_field) => {
                        for (field, value) in by_field {
                            let mut inner = Vec::new();
                            collect(value, &mut inner, depth + 1);
                            if !inner.is_empty() {
                                words.push(format!("{field}: {}", inner.join(", ")));
                            }
                        }
                    }
                    Some(value) => collect(value, words, depth + 1),
                    None => {}
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn has_words(object: &Map<String, Value>) -> bool {
    WORD_FIELDS.iter().any(|field| object.contains_key(*field))
}

/// One line without keys, control characters or marks that reorder text, cut at `longest` bytes.
pub(crate) fn harmless(text: &str, longest: usize, redactor: &Redactor) -> String {
    // Redacted before it is cut, or a cut key would pass.
    let text = redactor.text(text);
    let mut line = String::new();
    for word in text
        .split(|c: char| c.is_whitespace())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().map(|c| {
            if is_harmful(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        }));
        if line.len() > longest {
            let cut = (0..=longest)
                .rev()
                .find(|&at| line.is_char_boundary(at))
                .unwrap_or_default();
            line.truncate(cut);
            line.push('…');
            break;
        }
    }
    line
}

/// Characters that act on a terminal or on the order of what it shows.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

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
                said(body.as_bytes(), &redactor()).as_deref(),
                Some(message),
                "{body}"
            );
        }
        for body in ["", " \r\n"] {
            assert_eq!(said(body.as_bytes(), &redactor()), None);
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
            &redactor(),
        )
        .unwrap();
        assert!(!said.chars().any(is_harmful), "{said:?}");
        assert!(!said.contains("canary"), "{said:?}");
        let long = harmless(&"é".repeat(100_000), LONGEST_MESSAGE, &redactor());
        assert!(long.len() <= LONGEST_MESSAGE + 4);
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
            let said = said(body.as_bytes(), &redactor()).unwrap();
            assert!(said.contains(crate::redact::REDACTED), "{said}");
        }
    }
}
