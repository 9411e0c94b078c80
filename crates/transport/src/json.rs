//! Looks around in a JSON body, whole or broken off, without holding it as a tree: what no type can hold
//! (numbers beyond any range, nesting without end, a field given twice) is looked at like all else.

use std::borrow::Cow;

/// Deeper values are not shown to anybody.
const DEEPEST: usize = 64;

/// For each object or array that a value is in, outermost first: the field it is in, or `None` in an array.
pub(crate) type Path = [Option<String>];

/// A value, as far as it matters without what is in it.
#[derive(Debug, PartialEq)]
pub(crate) enum Look<'a> {
    Null,
    Bool(bool),
    /// The digits as they came.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// An array. What is in it comes next.
    List {
        empty: bool,
    },
    /// An object. What is in it comes next.
    Object {
        empty: bool,
    },
}

/// Shows every value to `visit`, in the order of the body, up to where the body stops being JSON.
pub(crate) fn walk(body: &[u8], mut visit: impl FnMut(&Path, &Look<'_>)) {
    let mut path: Vec<Option<String>> = Vec::new();
    let mut deeper = 0_usize;
    let mut rest = body;
    loop {
        rest = rest.trim_ascii_start();
        let Some(&first) = rest.first() else { return };
        match first {
            b',' | b':' => rest = &rest[1..],
            b'{' | b'[' => {
                rest = rest[1..].trim_ascii_start();
                let empty = matches!(rest.first(), Some(b'}' | b']'));
                if path.len() < DEEPEST {
                    let look = if first == b'{' {
                        Look::Object { empty }
                    } else {
                        Look::List { empty }
                    };
                    visit(&path, &look);
                    path.push(None);
                } else {
                    deeper += 1;
                }
            }
            b'}' | b']' => {
                rest = &rest[1..];
                if deeper > 0 {
                    deeper -= 1;
                } else if path.pop().is_none() {
                    return;
                }
            }
            b'"' => {
                let Some(length) = string_length(rest) else {
                    return;
                };
                let (token, behind) = rest.split_at(length);
                rest = behind;
                if deeper > 0 {
                    continue;
                }
                let text = unquoted(token);
                match path.last_mut() {
                    Some(field) if behind.trim_ascii_start().starts_with(b":") => {
                        *field = Some(text.into_owned());
                    }
                    _ => visit(&path, &Look::Text(text)),
                }
            }
            _ => {
                let length = rest
                    .iter()
                    .position(|byte| b",:{}[]\"".contains(byte) || byte.is_ascii_whitespace())
                    .unwrap_or(rest.len());
                let (token, behind) = rest.split_at(length);
                rest = behind;
                let Some(look) = literal(token) else { return };
                if deeper == 0 {
                    visit(&path, &look);
                }
            }
        }
    }
}

fn literal(token: &[u8]) -> Option<Look<'_>> {
    match token {
        b"null" => Some(Look::Null),
        b"true" => Some(Look::Bool(true)),
        b"false" => Some(Look::Bool(false)),
        [b'-' | b'0'..=b'9', ..] => str::from_utf8(token).ok().map(Look::Number),
        _ => None,
    }
}

/// The length of the string at the beginning, with its quotes.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn unquoted(token: &[u8]) -> Cow<'_, str> {
    let inner = &token[1..token.len() - 1];
    if inner.contains(&b'\\') {
        serde_json::from_slice::<String>(token)
            .map_or_else(|_| String::from_utf8_lossy(inner), Cow::Owned)
    } else {
        String::from_utf8_lossy(inner)
    }
}

/// The words of a field's name: `deletedCount`, `deleted_count` and `DELETED-COUNT` have the same two.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_alphanumeric() {
            let begins = !before.is_alphanumeric() || before.is_lowercase() && c.is_uppercase();
            match words.last_mut() {
                Some(word) if !begins => word.extend(c.to_lowercase()),
                _ => words.push(c.to_lowercase().collect()),
            }
        }
        before = c;
    }
    words
}

/// The number that a text begins with: 500 of `500 Internal Server Error`.
pub(crate) fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)))
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(body: &str) -> Vec<String> {
        let mut seen = Vec::new();
        walk(body.as_bytes(), |path, look| {
            let path: Vec<_> = path
                .iter()
                .map(|field| field.as_deref().unwrap_or("*"))
                .collect();
            seen.push(format!("{} {look:?}", path.join(".")));
        });
        seen
    }

    #[test]
    fn every_value_is_seen_with_its_place() {
        assert_eq!(
            seen(r#"{"a":[1,{"b\u0063":"x\n"}],"a":{},"d":1e999,"e":[],"f":null}"#),
            [
                " Object { empty: false }",
                "a List { empty: false }",
                "a.* Number(\"1\")",
                "a.* Object { empty: false }",
                "a.*.bc Text(\"x\\n\")",
                "a Object { empty: true }",
                "d Number(\"1e999\")",
                "e List { empty: true }",
                "f Null",
            ]
        );
    }

    #[test]
    fn what_is_behind_a_deep_value_is_seen_and_what_is_cut_is_seen_up_to_the_cut() {
        let deep = format!("{{\"a\":{}{},\"b\":1", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(
            seen(&deep).last().map(String::as_str),
            Some("b Number(\"1\")")
        );
        assert_eq!(seen(r#"{"a":tru"#), [" Object { empty: false }"]);
        assert_eq!(seen(r#"{"a":"tru"#), [" Object { empty: false }"]);
        assert_eq!(seen("<html>"), [""; 0]);
    }

    #[test]
    fn names_are_taken_apart_at_their_words() {
        for name in ["deletedCount", "deleted_count", "Deleted-Count"] {
            assert_eq!(words(name), ["deleted", "count"]);
        }
        assert_eq!(words("prospectID"), ["prospect", "id"]);
        assert_eq!(leading_number("500 Oops"), Some(500.0));
        assert_eq!(leading_number("oops"), None);
    }
}
