use std::fmt;

use uuid::Uuid;

/// Longer values are cut in messages.
const SHOWN_CHARS: usize = 80;

/// Something a caller gave that cannot be used. Nothing was sent.
///
/// Displays as one line. A key is never part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    subject: String,
    reason: String,
}

impl InvalidInput {
    /// `subject` names what was given, `reason` says what is wrong with it and what to give instead.
    pub fn new(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            reason: reason.into(),
        }
    }

    /// What was given, in words: `user id`, `WOODPECKER_API_KEY`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.reason)
    }
}

impl std::error::Error for InvalidInput {}

/// A value in quotes, on one line, cut where it is long.
fn quoted(value: &str) -> String {
    let shown: String = value.chars().take(SHOWN_CHARS).collect();
    let rest = if shown.len() < value.len() { "…" } else { "" };
    format!("\"{}{rest}\"", shown.escape_debug())
}

/// An id that travels in a body: not empty, no control characters, no white space or invisible
/// characters around it.
///
/// # Errors
///
/// The value is none of that. An id with a stray space would name nobody, and the provider would
/// confirm that it deleted nobody.
pub fn check_identifier(subject: &str, value: &str) -> Result<(), InvalidInput> {
    // Nearly all ids, of which a request may name thousands.
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    if value.trim().is_empty() {
        return Err(InvalidInput::new(subject, "is empty; give the id"));
    }
    if value.chars().any(char::is_control) {
        return Err(InvalidInput::new(
            subject,
            format!("{} has control characters; remove them", quoted(value)),
        ));
    }
    if value.starts_with(is_invisible) || value.ends_with(is_invisible) {
        return Err(InvalidInput::new(
            subject,
            format!(
                "{} has invisible characters around it; remove them",
                quoted(value)
            ),
        ));
    }
    if value.trim() != value {
        return Err(InvalidInput::new(
            subject,
            format!("{} has white space around it; remove it", quoted(value)),
        ));
    }
    Ok(())
}

/// Whether a character shows nothing: zero-width ones, marks of direction, byte order marks. They come along
/// with text that was copied from a page.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// An id that becomes one segment of a path: as [`check_identifier`], and neither `.` nor `..`.
///
/// # Errors
///
/// The value is none of that. URL parsers resolve dot segments even when they are percent-encoded, so
/// such an id would address another resource.
pub fn check_path_segment(subject: &str, value: &str) -> Result<(), InvalidInput> {
    check_identifier(subject, value)?;
    if matches!(value, "." | "..") {
        return Err(InvalidInput::new(
            subject,
            format!("{} cannot stand in a path; give the id", quoted(value)),
        ));
    }
    Ok(())
}

/// A UUID in its hyphenated form.
///
/// # Errors
///
/// The value is no such UUID. Other spellings (braces, `urn:`, no hyphens) are refused, because a
/// provider might compare ids as text.
pub fn parse_uuid(subject: &str, value: &str) -> Result<Uuid, InvalidInput> {
    Uuid::try_parse(value)
        .ok()
        .filter(|_| value.len() == uuid::fmt::Hyphenated::LENGTH)
        .ok_or_else(|| InvalidInput::new(subject, format!("{} is not a UUID", quoted(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_that_name_nobody_are_refused() {
        for value in [
            "",
            " ",
            "a\nb",
            "a\u{0}",
            "a\u{9f}",
            " a",
            "a\t",
            "a\u{200b}",
            "\u{feff}a",
        ] {
            assert!(check_identifier("lead id", value).is_err(), "{value:?}");
        }
        for value in ["a", "a b", "ACoAA-_~", "ü", "..", "a/b"] {
            assert_eq!(check_identifier("lead id", value), Ok(()), "{value:?}");
        }
    }

    #[test]
    fn dot_segments_are_refused_in_paths() {
        for value in [".", ".."] {
            assert!(check_path_segment("pearl id", value).is_err(), "{value:?}");
        }
        for value in ["...", "%2e%2e", "a/..", "\\"] {
            assert_eq!(check_path_segment("pearl id", value), Ok(()), "{value:?}");
        }
    }

    #[test]
    fn only_the_hyphenated_form_is_a_uuid() {
        let uuid = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";
        assert_eq!(
            parse_uuid("user id", uuid).map(|uuid| uuid.to_string()),
            Ok(uuid.to_owned())
        );
        for value in [
            "",
            "abc",
            "8d256aa69b1249a793eebf41634b5b60",
            "{8d256aa6-9b12-49a7-93ee-bf41634b5b60}",
        ] {
            assert!(parse_uuid("user id", value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn a_message_is_one_bounded_line() {
        let error =
            check_identifier("lead id", &format!("\u{1b}[2J\n{}", "x".repeat(10_000))).unwrap_err();
        let line = error.to_string();
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(line.len() < 300, "{line}");
    }
}
