//! What a vendor's document states, without its words.
//!
//! The words are the vendor's and stay out of this repository. Their digests do not, so that a change of
//! wording is seen, and neither do the few of them that tell how far a deletion reaches and whether it can
//! be undone.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::reading::hex;

/// What a digest of words begins with.
pub const DIGEST: &str = "words:";

/// Keys whose text is wording.
const WORDING: [&str; 7] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "termsOfService",
    "x-displayName",
];

/// Keys whose members are named by the document's author, and so are no keywords.
const NAMED: [&str; 13] = [
    "properties",
    "patternProperties",
    "schemas",
    "responses",
    "parameters",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
    "content",
    "paths",
    "mapping",
];

/// Beginnings of words about how far a deletion reaches and whether it can be undone.
const TELLING: [&str; 24] = [
    "all",
    "across",
    "archiv",
    "async",
    "cannot",
    "cascad",
    "entire",
    "every",
    "forever",
    "hard",
    "hidden",
    "hide",
    "ignored",
    "irrevers",
    "later",
    "null",
    "only",
    "permanent",
    "queue",
    "recover",
    "restor",
    "revers",
    "soft",
    "undo",
];

/// The document with its wording replaced by digests.
pub fn facts(document: &Value) -> Value {
    strip(document, false)
}

fn strip(value: &Value, named: bool) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, value)| {
                    let value = if !named && WORDING.contains(&key.as_str()) {
                        digest(value)
                    } else if !named && matches!(key.as_str(), "enum" | "default" | "required") {
                        // Values of the wire, whatever their keys are called.
                        value.clone()
                    } else {
                        strip(value, !named && NAMED.contains(&key.as_str()))
                    };
                    (key.clone(), value)
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(values) => {
            Value::Array(values.iter().map(|value| strip(value, false)).collect())
        }
        scalar => scalar.clone(),
    }
}

/// Wording's digest, with its telling words behind it. Line breaks do not count; null and empty say nothing.
fn digest(value: &Value) -> Value {
    let text = match value {
        Value::Null => return Value::Null,
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    if text.is_empty() || text.starts_with(DIGEST) {
        return Value::String(text);
    }
    let lower = text.to_lowercase();
    let telling: BTreeSet<_> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| TELLING.into_iter().find(|start| word.starts_with(start)))
        .collect();
    let mut digest = format!("{DIGEST}{}", &hex(&Sha256::digest(text.as_bytes()))[..16]);
    for word in telling {
        digest.push_str(" +");
        digest.push_str(word);
    }
    Value::String(digest)
}

/// The telling words behind a digest.
pub fn telling(digest: &str) -> BTreeSet<&str> {
    digest.split(" +").skip(1).collect()
}

/// Whether a value is a digest of wording.
pub fn is_digest(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(DIGEST))
}
