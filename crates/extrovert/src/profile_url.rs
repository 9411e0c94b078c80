//! Addresses of LinkedIn profiles: which are one of a person, and which are of the same person.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use percent_encoding::percent_decode_str;
use prospect_delete_transport::{
    InvalidInput, check_characters, is_harmful, is_placeholder, quoted,
};

/// The host that profiles are at, and whose subdomains they are at too: one for each language.
const HOST: &str = "linkedin.com";

/// How ids of members begin.
const MEMBER_ID: [&str; 3] = ["ACo", "ACw", "AEM"];

/// The fewest characters of an id of a member.
const SHORTEST_MEMBER_ID: usize = 20;

/// Checks that an address is one of a person's LinkedIn profile, `https://www.linkedin.com/in/NAME`, and gives
/// the [folded form](folded_profile_url) of it.
///
/// The host may be `linkedin.com` or any subdomain of it; behind the name may stand a slash, a language
/// (`/de`), a query and a fragment. An address without `https://` or `http://` is refused: the vendor
/// documents full addresses, and does not say what it makes of others.
///
/// # Errors
///
/// The address is none of that, or has a user, a port other than 443, an encoded slash, a dot segment, white
/// space, control or invisible characters, or a placeholder in place of the name.
pub fn check_profile_url(subject: &str, url: &str) -> Result<String, InvalidInput> {
    check_characters(subject, url)?;
    match name(url) {
        Ok(name) => Ok(fold(&name)),
        Err(fault) => Err(InvalidInput::new(
            subject,
            format!("{} {fault}", quoted(url)),
        )),
    }
}

/// The form of a profile's address in which two addresses of the same person are equal, or `None` where it is
/// no address of a profile.
///
/// Scheme, host, language, trailing slash, query and fragment do not count. The name is percent-decoded once,
/// brought into Unicode's form NFC, and its ASCII letters count in lower case. A name that looks like the id of
/// a member (`ACo`, `ACw` or `AEM`, then base64url, 20 characters or more) keeps its case, and so never equals
/// a name that a member chose.
#[must_use]
pub fn folded_profile_url(url: &str) -> Option<String> {
    check_profile_url("profile url", url).ok()
}

fn fold(name: &str) -> String {
    let name: Cow<'_, str> = ComposingNormalizerBorrowed::new_nfc().normalize(name);
    let is_member_id = name.len() >= SHORTEST_MEMBER_ID
        && MEMBER_ID
            .iter()
            .any(|beginning| name.starts_with(beginning))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_member_id {
        format!("{HOST}/in/{name}")
    } else {
        format!("{HOST}/in/{}", name.to_ascii_lowercase())
    }
}

/// The name in an address, decoded, or what is wrong with the address.
fn name(url: &str) -> Result<String, &'static str> {
    const FORM: &str =
        "is no address of a LinkedIn profile; give it as https://www.linkedin.com/in/NAME";
    if url.starts_with(['\'', '"', '=', '<', '(', '[', '“', '‘', '„', '«', '`']) {
        return Err("has a quote, a bracket or a formula around it; give the address alone");
    }
    let scheme = url
        .get(..8)
        .filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
    let scheme = scheme.or_else(|| {
        url.get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("http://"))
    });
    let Some(scheme) = scheme else {
        return Err(if looks_like_a_host(url) {
            "is not a whole address; write https:// before it"
        } else {
            FORM
        });
    };
    let rest = &url[scheme.len()..];
    if rest.contains('\\') {
        return Err("has a backslash; give the address as the browser shows it");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("has a user before the host; give the address without it");
    }
    let (host, port) = match authority.split_once(':') {
        None => (authority, None),
        Some((host, port)) => (host, Some(port)),
    };
    if !is_linkedin(host) {
        return Err("is not at linkedin.com; give the address of a LinkedIn profile");
    }
    if port.is_some_and(|port| port != "443") {
        return Err("has a port; give the address without it");
    }
    let path = rest[authority.len()..]
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let mut segments = path.split('/').skip(1);
    if segments.next() != Some("in") {
        return Err(
            "is not the profile of a person, which has /in/NAME behind the host; give that address",
        );
    }
    let given = segments.next().unwrap_or_default();
    if given.is_empty() {
        return Err("has no name behind /in/; give the whole address");
    }
    let name = decoded(given)?;
    let rest: Vec<_> = segments.collect();
    let nothing_else = match &rest[..] {
        [] | [""] => true,
        [locale] | [locale, ""] => is_locale(locale),
        _ => false,
    };
    if !nothing_else {
        return Err("has more in its path than the name; give the address of the profile alone");
    }
    Ok(name)
}

/// The name as people read it.
fn decoded(given: &str) -> Result<String, &'static str> {
    let escapes_are_whole = given.split('%').skip(1).all(|after| {
        after
            .as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !escapes_are_whole {
        return Err("has a % that encodes nothing; give the address as the browser shows it");
    }
    let name = percent_decode_str(given)
        .decode_utf8()
        .map_err(|_| "has a name that is not UTF-8; give the address as the browser shows it")?;
    if name.contains(['/', '\\']) {
        return Err("has an encoded slash; give the address as the browser shows it");
    }
    if name.contains('%') {
        return Err("is encoded twice; give the address as the browser shows it");
    }
    // Emoji and Persian names are written with these, between other characters or behind one.
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    let is_odd = |c: char| {
        (is_harmful(c) && !joins(c)) || c.is_whitespace() || c == char::REPLACEMENT_CHARACTER
    };
    if name.contains(is_odd) || name.starts_with(joins) || name.ends_with(['\u{200c}', '\u{200d}'])
    {
        return Err("has white space, control or invisible characters in the name; remove them");
    }
    if name.contains('…') || name.ends_with("...") {
        return Err("is cut off; give the whole address");
    }
    let is_taken = |c: char| {
        !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '\'')
    };
    if !name.chars().all(is_taken) || name.ends_with(['\'', '’', '”', '“', '»', '，', '；', '、'])
    {
        return Err(
            "has characters in the name that no profile has, as of several addresses or a placeholder; give one address",
        );
    }
    if name.bytes().all(|byte| byte.is_ascii_punctuation()) || is_placeholder(&name) {
        return Err("has a placeholder in place of the name; give the address, or remove the row");
    }
    Ok(name.into_owned())
}

fn is_linkedin(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let Some(before) = host.strip_suffix(HOST) else {
        return false;
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    before.is_empty()
        || before
            .strip_suffix('.')
            .is_some_and(|labels| labels.split('.').all(is_label))
}

/// A language, with or without a country: `de`, `en-us`, `pt_BR`.
fn is_locale(segment: &str) -> bool {
    let (language, country) = match segment.split_once(['-', '_']) {
        None => (segment, None),
        Some((language, country)) => (language, Some(country)),
    };
    let letters = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    letters(language, 2..=2) && country.is_none_or(|country| letters(country, 2..=4))
}

fn looks_like_a_host(url: &str) -> bool {
    let host = url.trim_start_matches('/');
    is_linkedin(host.split(['/', '?', '#', ':']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBER: &str = "ACoAABcd_EFgh-Ijklmnopqrstuv";

    #[test]
    fn addresses_of_profiles_are_accepted_and_folded() {
        for (url, folded) in [
            ("https://www.linkedin.com/in/john-doe", "john-doe"),
            ("https://linkedin.com/in/john-doe", "john-doe"),
            ("https://de.linkedin.com/in/john-doe", "john-doe"),
            ("HTTPS://WWW.LinkedIn.com/in/John-Doe/", "john-doe"),
            ("http://www.linkedin.com/in/john-doe", "john-doe"),
            ("https://www.linkedin.com:443/in/john-doe", "john-doe"),
            ("https://www.linkedin.com/in/john-doe/de", "john-doe"),
            ("https://www.linkedin.com/in/john-doe/en-us/", "john-doe"),
            ("https://www.linkedin.com/in/john-doe/pt_BR", "john-doe"),
            (
                "https://www.linkedin.com/in/john-doe?utm_source=a/../b&c=%2F",
                "john-doe",
            ),
            ("https://www.linkedin.com/in/john-doe/#about/x", "john-doe"),
            ("https://www.linkedin.com/in/%6Aohn%2Ddoe", "john-doe"),
            ("https://www.linkedin.com/in/m%C3%BCller", "müller"),
            ("https://www.linkedin.com/in/mu%CC%88ller", "müller"),
            ("https://www.linkedin.com/in/müller", "müller"),
            ("https://www.linkedin.com/in/MÜLLER", "mÜller"),
            (
                "https://www.linkedin.com/in/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB-jo",
                "👩\u{200d}💻-jo",
            ),
            ("https://www.linkedin.com/in/a_b.c~1", "a_b.c~1"),
            ("https://www.linkedin.com/in/acoaabcd", "acoaabcd"),
            ("https://www.linkedin.com/in/ACoAAB", "acoaab"),
        ] {
            let expected = Ok(format!("linkedin.com/in/{folded}"));
            assert_eq!(check_profile_url("profile url", url), expected, "{url}");
        }
    }

    #[test]
    fn ids_of_members_keep_their_case() {
        let of = |name: &str| folded_profile_url(&format!("https://www.linkedin.com/in/{name}"));
        assert_eq!(of(MEMBER), Some(format!("linkedin.com/in/{MEMBER}")));
        assert_ne!(of(MEMBER), of(&MEMBER.to_lowercase()));
        assert_ne!(of(MEMBER), of(&MEMBER.replace('d', "D")));
        assert_eq!(of(MEMBER), of(&MEMBER.replace("ACo", "AC%6F")));
    }

    fn assert_refused(cases: &[(&[&str], &str)]) {
        for (urls, words) in cases {
            for url in *urls {
                let refusal = check_profile_url("profile url", url)
                    .expect_err(url)
                    .to_string();
                assert!(refusal.contains(words), "{url:?}: {refusal}");
                assert_eq!(refusal.lines().count(), 1, "{refusal}");
                assert_eq!(folded_profile_url(url), None);
            }
        }
    }

    #[test]
    fn what_is_no_address_of_a_profile_is_refused_with_what_to_do() {
        assert_refused(&[
            (&["", " "], "is empty"),
            (
                &[
                    "https://",
                    "https:///in/jo",
                    "https://evil.example/in/jo",
                    "https://linkedin.com.evil.example/in/jo",
                    "https://notlinkedin.com/in/jo",
                    "https://linkedin.com./in/jo",
                    "https://.linkedin.com/in/jo",
                    "https://a..linkedin.com/in/jo",
                    "https://linkedin.com%2eevil.example/in/jo",
                    "https://linkedin.co/in/jo",
                    "https://ｌinkedin.com/in/jo",
                    "https://xn--linkedin.com.x/in/jo",
                ],
                "is not at linkedin.com",
            ),
            (
                &[
                    "linkedin.com/in/jo",
                    "www.linkedin.com/in/jo",
                    "//www.linkedin.com/in/jo",
                ],
                "write https:// before it",
            ),
            (
                &[
                    "jo",
                    "ftp://linkedin.com/in/jo",
                    "/in/jo",
                    "javascript:alert(1)",
                ],
                "is no address of a LinkedIn profile",
            ),
            (
                &[
                    "https://jo@www.linkedin.com/in/jo",
                    "https://www.linkedin.com@evil.example/in/jo",
                    "https://a:b@linkedin.com/in/jo",
                ],
                "a user before the host",
            ),
            (
                &[
                    "https://linkedin.com:80/in/jo",
                    "https://linkedin.com:/in/jo",
                    "https://linkedin.com:8443/in/jo",
                    "https://linkedin.com:0443/in/jo",
                ],
                "has a port",
            ),
            (
                &[
                    "https://www.linkedin.com",
                    "https://www.linkedin.com/",
                    "https://www.linkedin.com/company/x",
                    "https://www.linkedin.com/pub/jo/1/2/3",
                    "https://www.linkedin.com/sales/lead/ACoAA",
                    "https://www.linkedin.com//in/jo",
                    "https://www.linkedin.com/IN/jo",
                    "https://www.linkedin.com/./in/jo",
                    "https://www.linkedin.com?/in/jo",
                    "https://www.linkedin.com/%69n/jo",
                ],
                "is not the profile of a person",
            ),
            (
                &[
                    "https://www.linkedin.com/in",
                    "https://www.linkedin.com/in/",
                    "https://www.linkedin.com/in//jo",
                    "https://www.linkedin.com/in/?jo",
                ],
                "no name",
            ),
            (
                &[
                    "https://www.linkedin.com/in/a;https://www.linkedin.com/in/b",
                    "https://www.linkedin.com/in/a,b",
                    "https://www.linkedin.com/in/a|b",
                    "https://www.linkedin.com/in/a&utm=1",
                    "https://www.linkedin.com/in/{{name}}",
                    "https://www.linkedin.com/in/<name>",
                    "https://www.linkedin.com/in/a\"",
                    "https://www.linkedin.com/in/a%3Fb",
                    "https://www.linkedin.com/in/a%23b",
                    "https://www.linkedin.com/in/a)",
                    "https://www.linkedin.com/in/a'",
                ],
                "no profile has",
            ),
            (
                &[
                    "https://www.linkedin.com/in/undefined",
                    "https://www.linkedin.com/in/null/",
                    "https://www.linkedin.com/in/NaN",
                    "https://www.linkedin.com/in/-",
                    "https://www.linkedin.com/in/.",
                    "https://www.linkedin.com/in/..",
                    "https://www.linkedin.com/in/%2e%2E",
                    "https://www.linkedin.com/in/None",
                    "https://www.linkedin.com/in/UNKNOWN",
                ],
                "a placeholder in place of the name",
            ),
            (
                &[
                    "https://www.linkedin.com/in/jo/..",
                    "https://www.linkedin.com/in/jo/%2e%2e/x",
                    "https://www.linkedin.com/in/jo//",
                    "https://www.linkedin.com/in/jo/details/skills",
                    "https://www.linkedin.com/in/jo/recent-activity/",
                    "https://www.linkedin.com/in/jo/de/x",
                ],
                "more in its path",
            ),
        ]);
    }

    #[test]
    fn what_hides_in_an_address_is_refused_with_what_to_do() {
        assert_refused(&[
            (
                &[
                    "https://www.linkedin.com/in/a%2Fb",
                    "https://www.linkedin.com/in/a%5cb",
                ],
                "encoded slash",
            ),
            (
                &[
                    "https://www.linkedin.com\\in\\jo",
                    "https://www.linkedin.com/in/jo?\\",
                ],
                "backslash",
            ),
            (
                &[
                    "https://www.linkedin.com/in/jo%252Fx",
                    "https://www.linkedin.com/in/jo%25",
                ],
                "encoded twice",
            ),
            (
                &[
                    "https://www.linkedin.com/in/jo%",
                    "https://www.linkedin.com/in/jo%2",
                    "https://www.linkedin.com/in/jo%zz",
                ],
                "encodes nothing",
            ),
            (&["https://www.linkedin.com/in/jo%FF"], "not UTF-8"),
            (
                &[
                    "https://www.linkedin.com/in/jo%0A",
                    "https://www.linkedin.com/in/jo%20x",
                    "https://www.linkedin.com/in/jo%E2%80%8B",
                    "https://www.linkedin.com/in/%E2%80%AEjo",
                ],
                "control or invisible",
            ),
            (
                &[
                    "https://www.linkedin.com/in/jo\n",
                    "https://www.linkedin.com/in/j\u{0}o",
                ],
                "control characters",
            ),
            (
                &[
                    "https://www.linkedin.com/in/jo\u{200b}",
                    "https://www.linkedin.com/in/jo\u{202e}?x",
                ],
                "invisible characters",
            ),
            (
                &[
                    "https://www.linkedin.com/in/jo x",
                    "https://www.linkedin.com/in/jo , https://www.linkedin.com/in/x",
                ],
                "white space",
            ),
            (
                &[
                    "'https://www.linkedin.com/in/jo",
                    "\"https://www.linkedin.com/in/jo\"",
                    "=HYPERLINK(\"https://www.linkedin.com/in/jo\")",
                    "<https://www.linkedin.com/in/jo>",
                ],
                "around it",
            ),
            (
                &[
                    "https://www.linkedin.com/in/john-d…",
                    "https://www.linkedin.com/in/john-d...",
                ],
                "cut off",
            ),
        ]);
    }
}
