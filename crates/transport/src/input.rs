use std::fmt;

use uuid::Uuid;

use crate::text::{is_invisible, quoted};

/// The longest id or address that is accepted, in characters. No provider's comes near.
const LONGEST_CHARS: usize = 1024;

/// Ids of these lengths that are made of letters, digits, `-` and `_` alone have none of the faults below:
/// every damaged value that looks like that is shorter, and two ids in one are longer.
const PLAIN_LENGTHS: std::ops::RangeInclusive<usize> = 18..=40;

/// What exports and programs write where a value is missing, in lower case.
const PLACEHOLDERS: [&str; 37] = [
    "-inf",
    "-nan",
    "(blank)",
    "(null)",
    "<na>",
    "<null>",
    "\\n",
    "blank",
    "dbnull",
    "empty",
    "false",
    "inf",
    "infinity",
    "missing",
    "n.a",
    "n.a.",
    "n/a",
    "na",
    "nan",
    "nat",
    "nil",
    "no id",
    "none",
    "not available",
    "not found",
    "not set",
    "null",
    "pd.na",
    "tba",
    "tbd",
    "true",
    "unavailable",
    "undefined",
    "unknown",
    "unset",
    "[null]",
    "_null_",
];

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

/// An id of text: whatever a provider uses as one, and nothing that spreadsheets, exports and web pages make
/// of ids.
///
/// Accepted are ids such as object ids, UUIDs, `ACoAA…`, `0042` and base64.
///
/// # Errors
///
/// The value is empty or longer than 1,024 characters; has white space, control or invisible characters; has
/// quotes or brackets around it; is a formula, a number that lost digits, a date, an error of a spreadsheet, a
/// placeholder, an address, or several ids. A provider that is asked for such an id confirms that it deleted
/// nobody in the same words as if somebody was deleted.
pub fn check_identifier(subject: &str, value: &str) -> Result<(), InvalidInput> {
    // Nearly all ids, of which a request may name thousands.
    let is_plain = PLAIN_LENGTHS.contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_plain {
        return Ok(());
    }
    if value.trim().is_empty() {
        return Err(InvalidInput::new(subject, "is empty; give the id"));
    }
    let fault = bad_characters(value)
        .or_else(|| spreadsheet_fault(value))
        .or_else(|| missing(value))
        .or_else(|| other_than_an_id(value))
        .or_else(|| several(value))
        .or_else(|| damaged_number(value));
    match fault {
        None => Ok(()),
        Some(fault) => Err(InvalidInput::new(
            subject,
            format!("{} {fault}", quoted(value)),
        )),
    }
}

/// A text without characters that no id and no address has: white space, control and invisible characters,
/// and more than 1,024 of any.
///
/// # Errors
///
/// The value is empty or has such characters.
pub fn check_characters(subject: &str, value: &str) -> Result<(), InvalidInput> {
    if value.trim().is_empty() {
        return Err(InvalidInput::new(subject, "is empty; enter the value"));
    }
    let fault = bad_characters(value).or_else(|| {
        let space = value.contains(' ');
        space.then(|| "has white space in it; remove it".to_owned())
    });
    match fault {
        None => Ok(()),
        Some(fault) => Err(InvalidInput::new(
            subject,
            format!("{} {fault}", quoted(value)),
        )),
    }
}

/// Whether a value is what exports write where there is none, in any case: `NULL`, `nan`, `N/A`.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PLACEHOLDERS.contains(&&*lower)
}

/// Characters that no id has: they come along with text that is copied from a page, or show that a file was
/// read in another encoding than its own.
fn bad_characters(value: &str) -> Option<String> {
    if value.chars().nth(LONGEST_CHARS).is_some() {
        return Some("is longer than 1,024 characters; give the id alone".to_owned());
    }
    let is_break = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' | '\u{85}'
        )
    };
    let is_other_control = |c: char| c.is_control() && !is_break(c);
    if value.contains(is_other_control) {
        return Some("has control characters; remove them".to_owned());
    }
    if value.trim_matches(is_break).contains(is_break) {
        return Some(
            "has line breaks or other control characters in it, as between several ids; give each id a row of its own".to_owned(),
        );
    }
    if value.contains(is_break) {
        return Some("has control characters; remove them".to_owned());
    }
    if value.starts_with(is_invisible) || value.ends_with(is_invisible) {
        return Some("has invisible characters around it; remove them".to_owned());
    }
    if value.contains(is_invisible) {
        return Some("has invisible characters in it; remove them".to_owned());
    }
    if value.trim() != value {
        return Some("has white space around it; remove it".to_owned());
    }
    if value.contains(|c: char| c.is_whitespace() && c != ' ') {
        return Some("has unusual white space in it; remove it".to_owned());
    }
    if value.contains(char::REPLACEMENT_CHARACTER) {
        return Some(
            "has characters that were lost when it was converted (U+FFFD); save the file in UTF-8 and enter it again"
                .to_owned(),
        );
    }
    None
}

/// What spreadsheets make of ids.
fn spreadsheet_fault(value: &str) -> Option<String> {
    if value.starts_with('=') {
        return Some("is a formula; enter the id itself, as text".to_owned());
    }
    if value
        .strip_prefix('\'')
        .is_some_and(|rest| !rest.contains(is_quote))
    {
        return Some(
            "begins with the apostrophe that spreadsheets put before text; remove it".to_owned(),
        );
    }
    if value.starts_with(is_quote) || value.ends_with(is_quote) {
        return Some("has quotes around it; remove them".to_owned());
    }
    if is_scientific(value) {
        return Some(
            "is in scientific notation, in which digits were lost; format the column as text and enter the id again"
                .to_owned(),
        );
    }
    if value.bytes().all(|byte| byte == b'#') {
        return Some(
            "is what a spreadsheet shows where a column is too narrow; enter the id itself"
                .to_owned(),
        );
    }
    if value.starts_with('#') {
        return Some("is an error of a spreadsheet; enter the id itself".to_owned());
    }
    None
}

/// What stands where an id is missing.
fn missing(value: &str) -> Option<String> {
    const UNFILLED: [&str; 6] = ["{{", "${", "}}", "<%", "%>", "[object"];
    if is_placeholder(value) {
        return Some(
            "stands for a value that is missing; give the id, or remove the row".to_owned(),
        );
    }
    let lower = value.to_ascii_lowercase();
    let is_variable = value.len() > 2 && value.starts_with('%') && value.ends_with('%');
    if UNFILLED.iter().any(|mark| lower.contains(mark)) || is_variable || value.starts_with('$') {
        return Some(
            "is a placeholder that nothing was put into; give the id, or remove the row".to_owned(),
        );
    }
    if !value.contains(char::is_alphanumeric) {
        return Some("has neither letters nor digits; give the id, or remove the row".to_owned());
    }
    if value.contains('…') || value.starts_with("...") || value.ends_with("...") {
        return Some("is cut off; give the whole id".to_owned());
    }
    None
}

/// What names somebody in another way than by an id.
fn other_than_an_id(value: &str) -> Option<String> {
    if value.contains(['@', '＠']) {
        return Some("is an e-mail address or a handle; give the id".to_owned());
    }
    let lower = value.to_ascii_lowercase();
    let begins = ["www.", "urn:", "mailto:", "tel:", "/in/"];
    if lower.contains("://")
        || lower.contains("linkedin.com")
        || begins.iter().any(|beginning| lower.starts_with(beginning))
    {
        return Some("is an address; give the id alone".to_owned());
    }
    let digits = value.strip_prefix('+').unwrap_or_default();
    if (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("is a phone number; give the id".to_owned());
    }
    None
}

/// Several ids in one.
fn several(value: &str) -> Option<String> {
    const JOINTS: [char; 10] = [',', ';', '|', '،', '、', '，', '；', '｜', '؛', '¦'];
    const OPENING: [char; 6] = ['[', '(', '{', '<', '（', '【'];
    const CLOSING: [char; 6] = [']', ')', '}', '>', '）', '】'];
    if value.contains(JOINTS) {
        return Some(
            "holds several ids, or more than the id; give each id alone, in a row of its own"
                .to_owned(),
        );
    }
    if value.contains(' ') {
        return Some(
            "has white space in it, as between several ids; give each id alone, in a row of its own"
                .to_owned(),
        );
    }
    if value.starts_with(OPENING) || value.ends_with(CLOSING) {
        return Some("has brackets around it; give each id alone, in a row of its own".to_owned());
    }
    // Joined by what an id of another kind may have within.
    let is_object_id =
        |part: &str| part.len() == 24 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let of_object_ids = value.split(|c: char| !c.is_ascii_alphanumeric());
    let objects = of_object_ids.filter(|part| is_object_id(part)).count();
    let uuids = (0..value.len())
        .filter_map(|start| value.get(start..start + uuid::fmt::Hyphenated::LENGTH))
        .filter(|part| Uuid::try_parse(part).is_ok())
        .count();
    if objects > 1 || uuids > 1 {
        return Some("holds several ids; give each id alone, in a row of its own".to_owned());
    }
    None
}

/// Numbers and dates that were made of ids.
fn damaged_number(value: &str) -> Option<String> {
    /// Excel keeps this many digits of a number.
    const EXACT: usize = 15;
    /// So many zeros at an end do not come by chance.
    const ROUNDED: usize = 5;
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((whole, part)) = value.split_once('.')
        && is_digits(whole.trim_start_matches(['+', '-']))
        && is_digits(part)
    {
        return Some(
            "is a decimal number; format the column as text and enter the id again".to_owned(),
        );
    }
    if is_digits(value)
        && !value.starts_with('0')
        && value.len() >= EXACT + ROUNDED
        && value[EXACT..].bytes().all(|byte| byte == b'0')
    {
        return Some(
            "has zeros in place of the digits that a spreadsheet did not keep; format the column as text and enter the id again"
                .to_owned(),
        );
    }
    if is_date(value) {
        return Some(
            "is a date or a time; format the column as text and enter the id again".to_owned(),
        );
    }
    None
}

/// A number as spreadsheets and programs write large ones: `6.6612E+22`, `6,6612E+22`, `6e22`.
///
/// Ids of hexadecimal digits may look like one without sign and separator, and are none unless they are very
/// short.
fn is_scientific(value: &str) -> bool {
    const SHORT: usize = 5;
    let value = value.strip_prefix(['+', '-']).unwrap_or(value);
    let Some((mantissa, exponent)) = value.split_once(['e', 'E']) else {
        return false;
    };
    let signed = exponent.strip_prefix(['+', '-', '\u{2212}']);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = match mantissa.split_once(['.', ',', '\u{66b}']) {
        None => is_digits(mantissa) && (signed.is_some() || value.len() <= SHORT),
        Some((whole, part)) => is_digits(whole) && (part.is_empty() || is_digits(part)),
    };
    is_number && is_digits(signed.unwrap_or(exponent))
}

/// A date or a time as spreadsheets show them.
fn is_date(value: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let number = |part: &str, lengths: std::ops::RangeInclusive<usize>, most: u32| {
        lengths.contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse().is_ok_and(|number: u32| number <= most)
    };
    let day = |part: &str| number(part, 1..=2, 31);
    let year = |part: &str| number(part, 4..=4, 2200) || number(part, 2..=2, 99);
    let month = |part: &str| {
        let part = part.to_ascii_lowercase();
        let short = part.len() == 3 || part == "sept";
        MONTHS
            .iter()
            .any(|month| *month == part || (short && month.starts_with(&*part)))
    };
    if let Some((date, time)) = value.split_once('T') {
        return is_date(date) && time.contains(':');
    }
    for separator in ['-', '/', '.', ':'] {
        let parts: Vec<_> = value.split(separator).collect();
        let found = match (&parts[..], separator) {
            ([hour, minute], ':') => number(hour, 1..=3, 999) && number(minute, 2..=2, 59),
            ([hour, minute, second], ':') => {
                number(hour, 1..=3, 999)
                    && number(minute, 2..=2, 59)
                    && number(second.split('.').next().unwrap_or_default(), 2..=2, 59)
            }
            ([first, second], '-') => {
                (day(first) && month(second)) || (month(first) && (day(second) || year(second)))
            }
            ([first, second, third], '-' | '/' | '.') => {
                (day(first) && day(second) && year(third))
                    || (number(first, 4..=4, 2200) && day(second) && day(third))
                    || (day(first) && month(second) && year(third))
            }
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}

/// Whether a character is a quotation mark of any kind.
fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '´' | '«' | '»' | '\u{2018}'..='\u{201f}' | '\u{2032}'..='\u{2037}' | '‹' | '›'
            | '\u{300c}'..='\u{300f}' | '\u{301d}'..='\u{301f}' | '＂' | '＇' | '\u{2bc}'
    )
}

/// An id that becomes one segment of a path: as [`check_identifier`], and neither `.` nor `..`.
///
/// # Errors
///
/// The value is none of that. URL parsers resolve dot segments even when they are percent-encoded, so
/// such an id would address another resource.
pub fn check_path_segment(subject: &str, value: &str) -> Result<(), InvalidInput> {
    if matches!(value, "." | "..") {
        return Err(InvalidInput::new(
            subject,
            format!("{} cannot stand in a path; give the id", quoted(value)),
        ));
    }
    check_identifier(subject, value)
}

/// A UUID in its hyphenated form.
///
/// # Errors
///
/// The value is no such UUID. Other spellings (braces, `urn:`, no hyphens) are refused, because a
/// provider might compare ids as text. So is the UUID of zeros alone, and of `f` alone: they stand for one
/// that is missing.
pub fn parse_uuid(subject: &str, value: &str) -> Result<Uuid, InvalidInput> {
    let uuid = Uuid::try_parse(value)
        .ok()
        .filter(|_| value.len() == uuid::fmt::Hyphenated::LENGTH)
        .ok_or_else(|| {
            InvalidInput::new(
                subject,
                format!(
                    "{} is not a UUID; give it alone, as 32 hexadecimal digits with four hyphens",
                    quoted(value)
                ),
            )
        })?;
    if uuid.is_nil() || uuid.is_max() {
        return Err(InvalidInput::new(
            subject,
            format!("{value} stands for a UUID that is missing; give the UUID, or remove the row"),
        ));
    }
    Ok(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(value: &str) -> String {
        let error = check_identifier("lead id", value).expect_err(value);
        error.to_string()
    }

    #[test]
    fn what_spreadsheets_and_exports_make_of_ids_is_refused_with_what_to_do() {
        for (values, words) in [
            (&["", " ", "\t", "\u{a0}"][..], "is empty; give the id"),
            (&["'66b2f0c1", "'0042"], "apostrophe"),
            (&["=\"66b2f0c1\"", "=66b2", "=A1"], "formula"),
            (
                &[
                    "\"66b2\"",
                    "'66b2'",
                    "“66b2”",
                    "„66b2“",
                    "«66b2»",
                    "`66b2`",
                    "‘66b2’",
                    "66b2\"",
                    "\"66b2",
                    "＂66b2＂",
                    "‹66b2›",
                ],
                "quotes around it",
            ),
            (
                &[
                    "6.6612E+22",
                    "6,6612E+22",
                    "6.6612e22",
                    "6E+22",
                    "1e5",
                    "6E22",
                    "-6.6E-10",
                    "66612e+19",
                    "6.E+22",
                ],
                "scientific notation",
            ),
            (
                &["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#n/a"],
                "error of a spreadsheet",
            ),
            (&["#", "####", "########"], "too narrow"),
            (
                &[
                    "NULL",
                    "null",
                    "nan",
                    "NaN",
                    "None",
                    "undefined",
                    "N/A",
                    "n/a",
                    "NA",
                    "\\N",
                    "nil",
                    "(null)",
                    "<NA>",
                    "Unknown",
                    "TRUE",
                    "False",
                    "inf",
                ],
                "missing",
            ),
            (
                &[
                    "[object Object]",
                    "{{lead_id}}",
                    "{{ lead_id }}",
                    "${lead_id}",
                    "%LEAD_ID%",
                    "$lead_id",
                    "<%= id %>",
                ],
                "placeholder",
            ),
            (
                &["-", "--", "?", "...", "/", "_", "*", "—", "\\"],
                "neither letters nor digits",
            ),
            (&["66b2…", "66b2...", "…66b2"], "cut off"),
            (
                &[
                    "id1,id2",
                    "id1, id2",
                    "id1;id2",
                    "id1|id2",
                    "id1，id2",
                    "id1、id2",
                ],
                "several ids",
            ),
            (&["id1 id2", "id1 (old)"], "white space in it"),
            (
                &["id1\nid2", "id1\r\nid2", "id1\tid2", "id1\u{2028}id2"],
                "row of its own",
            ),
            (
                &["[66b2]", "(66b2)", "{66b2}", "[\"66b2\"]", "<66b2>"],
                "brackets around it",
            ),
            (&["jo@example.com", "@jo", "Jo <jo@example.com>"], "e-mail"),
            (
                &[
                    "https://www.linkedin.com/in/jo",
                    "www.linkedin.com/in/jo",
                    "linkedin.com/in/jo",
                    "/in/jo",
                    "http://x",
                    "urn:li:member:1",
                ],
                "is an address",
            ),
            (&["+4915112345678"], "phone number"),
            (
                &[
                    "66\u{200b}b2",
                    "66\u{202e}b2",
                    "66\u{ad}b2",
                    "6\u{2060}",
                    "\u{feff}6",
                    "6\u{3164}6",
                ],
                "invisible characters",
            ),
            (
                &["66\u{a0}b2", "66\u{2003}b2", "66\u{3000}b2"],
                "unusual white space",
            ),
            (
                &["a\u{0}", "a\u{9f}", "a\u{1b}[2J", "a\n", "\ta"],
                "control characters",
            ),
            (&[" a", "a ", "a\u{a0}"], "white space around it"),
            (&["66\u{fffd}b2"], "U+FFFD"),
            (&["42.0", "66612.5"], "decimal number"),
            (
                &["66120000000000000000000000"],
                "zeros in place of the digits",
            ),
            (
                &["661234567890123000000000"],
                "zeros in place of the digits",
            ),
            (
                &[
                    "2026-01-02",
                    "1/2/2026",
                    "02.01.2026",
                    "2-Jan",
                    "Jan-26",
                    "2-January-2026",
                    "12:30",
                    "12:30:00",
                    "2026-01-02T12:30:00Z",
                ],
                "is a date or a time",
            ),
            (
                &[
                    "66b2f0c1a1b2c3d4e5f60718/66b2f0c1a1b2c3d4e5f60719",
                    "66b2f0c1a1b2c3d4e5f60718+66b2f0c1a1b2c3d4e5f60719",
                    "8d256aa6-9b12-49a7-93ee-bf41634b5b60-9d256aa6-9b12-49a7-93ee-bf41634b5b60",
                ],
                "several ids",
            ),
        ] {
            for value in values {
                let refusal = refusal(value);
                assert!(refusal.contains(words), "{value:?}: {refusal}");
                assert_eq!(refusal.lines().count(), 1, "{refusal}");
                assert!(!refusal.contains(|c: char| is_invisible(c)), "{refusal:?}");
            }
        }
        assert!(refusal(&"a".repeat(1025)).contains("1,024 characters"));
        assert_eq!(check_identifier("lead id", &"a".repeat(1024)), Ok(()));
    }

    #[test]
    fn what_providers_use_as_ids_is_accepted() {
        for value in [
            "a",
            "7",
            "0042",
            "66b2f0c1a1b2c3d4e5f60718",
            "661234567890e12345678901",
            "12345678e901234567890123",
            "66E2F0C1A1B2C3D4E5F60718",
            "123456789012345678901234",
            "000000000000000000000001",
            "100000000000000000000001",
            "8d256aa6-9b12-49a7-93ee-bf41634b5b60",
            "ACoAAB1",
            "ACoAABcd_EFgh-Ijklmnopqrstuvwxyz012345678",
            "ACoAA-_~",
            "dGVzdA==",
            "a+b/c=",
            "+/+/a+/=",
            "lead:42",
            "lead.42",
            "lead#42",
            "x-1",
            "1-2",
            "2024-1",
            "12e4567",
            "ü",
            "a/b",
            "1234567890123456789",
            "nullable",
            "nantes",
            "e5",
            "1e",
            "Jan",
            "maya-7",
        ] {
            assert_eq!(check_identifier("lead id", value), Ok(()), "{value:?}");
        }
    }

    #[test]
    fn dot_segments_are_refused_in_paths() {
        for value in [".", "..", "..."] {
            assert!(check_path_segment("pearl id", value).is_err(), "{value:?}");
        }
        for value in ["%2e%2e", "a/..", "a\\"] {
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
            "\"8d256aa6-9b12-49a7-93ee-bf41634b5b60\"",
            "'8d256aa6-9b12-49a7-93ee-bf41634b5b60",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        ] {
            assert!(parse_uuid("user id", value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn what_is_shown_is_one_bounded_line_of_what_can_be_seen() {
        let error =
            check_identifier("lead id", &format!("\u{1b}[2J\n{}", "x".repeat(10_000))).unwrap_err();
        let line = error.to_string();
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(line.len() < 300, "{line}");
    }
}
