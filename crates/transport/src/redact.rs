//! Takes keys out of what a provider sent, for servers and proxies echo what they were sent.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// What stands where a key stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// A part of a key shorter than this is not looked for: it would take ordinary words away.
const SHORTEST_PART: usize = 8;

/// Finds a key in the forms in which it may come back.
pub(crate) struct Redactor {
    /// Longest first, so that no form hides in the rest of another.
    needles: Vec<SecretString>,
}

impl Redactor {
    pub(crate) fn new(key: &str) -> Self {
        // An NLPearl key is two parts joined by a colon, and the second alone is the secret.
        let parts = key
            .split_once(':')
            .map(|(_, secret)| secret)
            .filter(|part| part.len() >= SHORTEST_PART);
        let mut needles: Vec<String> = std::iter::once(key)
            .chain(parts)
            .flat_map(|part| {
                let json = serde_json::Value::from(part).to_string();
                let json = json.trim_matches('"').to_owned();
                let percent = utf8_percent_encode(part, NON_ALPHANUMERIC).to_string();
                [
                    part.to_owned(),
                    json.replace('/', "\\/"),
                    json,
                    percent.to_lowercase(),
                    percent,
                ]
            })
            .collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        needles.dedup();
        Self {
            needles: needles.into_iter().map(SecretString::from).collect(),
        }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        // A key and what replaces it are valid UTF-8, and so is a text with whole parts replaced.
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.needles()
            .fold(bytes.to_owned(), |bytes, needle| replace(&bytes, needle))
    }

    /// The same for a body that broke off, which may end within a key.
    pub(crate) fn cut_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = self.bytes(bytes);
        let beginning = self
            .needles()
            .filter_map(|needle| beginning_at_end(&clean, needle))
            .max();
        if let Some(length) = beginning {
            clean.truncate(clean.len() - length);
            clean.extend_from_slice(REDACTED.as_bytes());
        }
        clean
    }

    fn needles(&self) -> impl Iterator<Item = &[u8]> {
        self.needles
            .iter()
            .map(|needle| needle.expose_secret().as_bytes())
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// How many bytes at the end are the beginning of the needle, where that is too many for chance.
fn beginning_at_end(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    (SHORTEST_PART / 2..needle.len())
        .rev()
        .find(|&length| bytes.ends_with(&needle[..length]))
}

fn replace(bytes: &[u8], needle: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        if rest.starts_with(needle) {
            kept.extend_from_slice(REDACTED.as_bytes());
            rest = &rest[needle.len()..];
        } else {
            kept.push(rest[0]);
            rest = &rest[1..];
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_every_form_it_may_come_back_in() {
        let redactor = Redactor::new("account-1:s3cr\"t/key+");
        for echo in [
            "x account-1:s3cr\"t/key+ y",
            "x s3cr\"t/key+ y",
            r#"{"m":"account-1:s3cr\"t/key+"}"#,
            r#"{"m":"s3cr\"t\/key+"}"#,
            "location: /?k=account%2D1%3As3cr%22t%2Fkey%2B",
            "location: /?k=s3cr%22t%2fkey%2b",
        ] {
            for clean in [
                redactor.text(echo),
                String::from_utf8(redactor.bytes(echo.as_bytes())).unwrap(),
            ] {
                assert!(!clean.contains("s3cr"), "{clean}");
                assert!(clean.contains(REDACTED), "{clean}");
            }
        }
        assert_eq!(redactor.text("my account-1 is"), "my account-1 is");
    }

    #[test]
    fn a_key_that_breaks_off_is_taken_out_too() {
        let redactor = Redactor::new("canary-key");
        assert_eq!(
            redactor.cut_bytes(b"bad key canary-ke"),
            b"bad key [redacted]"
        );
        assert_eq!(redactor.cut_bytes(b"can"), b"can");
        assert_eq!(
            redactor.text("of a whole body only whole keys: canary-ke"),
            "of a whole body only whole keys: canary-ke"
        );
    }
}
