//! Takes keys out of what a provider sent, for servers and proxies echo what they were sent, in the spelling of
//! whatever they put it into.
//!
//! A text is looked at as it is, and then in [views](crate::views) of it: with its white space taken out, decoded once,
//! decoded again, and so on until nothing is left to decode. Each byte of a view knows where in the text it came
//! from, so what is found in any of them is taken out of the text. The key itself is looked for in all forms that its
//! own decoding gives, so a key that looks encoded is found as well.
//!
//! Libraries for secrets (`secrecy`, which is used here) keep a program from printing its own copy of a key. None
//! looks for a key in text that somebody else wrote, let alone in several spellings on top of each other. Searching is
//! `memchr`'s.

use std::{error, fmt, ops::Range};

use memchr::memmem;
use secrecy::{ExposeSecret, SecretSlice};

use crate::{
    cause::Source,
    views::{self, View},
};

/// What stands where a key stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// A part of a key shorter than this is not looked for: it would take ordinary words away. For the same reason
/// a whole key shorter than this is found in its own case only.
const SHORTEST_PART: usize = 8;

/// So much of a key at the end of what broke off is too much for chance.
const SHORTEST_BEGINNING: usize = SHORTEST_PART / 2;

/// More of a text is not looked at: no more than 2 KiB of it are shown, and no key has more than 8 KiB.
const LONGEST_BEGINNING: usize = 64 * 1024;

/// How often a text is decoded. Nobody encodes as often by accident, so a text with more is dropped.
const MOST_ROUNDS: usize = 8;

/// How many times its length is looked at of a text, in all its views. What takes more is dropped as well.
const MOST_WORK: usize = 64;

/// How often base64 is looked for within base64.
const MOST_BASE64: usize = 3;

/// How often quoted-printable is looked for within quoted-printable.
const MOST_PRINTABLE: usize = 2;

/// Finds a key in the forms in which it may come back.
pub(crate) struct Redactor {
    needles: Vec<Needle>,
}

/// Something that must not be shown.
struct Needle {
    text: SecretSlice<u8>,
    /// Whether it is found in any case. Its text is in lower case then.
    any_case: bool,
}

impl Needle {
    fn bytes(&self) -> &[u8] {
        self.text.expose_secret()
    }
}

impl Redactor {
    pub(crate) fn new(key: &str) -> Self {
        // An NLPearl key is two parts joined by a colon, and the second alone is the secret.
        let secret = key
            .split_once(':')
            .map(|(_, secret)| secret)
            .filter(|part| part.len() >= SHORTEST_PART);
        let mut needles: Vec<(Vec<u8>, bool)> = Vec::new();
        for part in std::iter::once(key).chain(secret) {
            for (number, form) in forms(part).into_iter().enumerate() {
                // What a key decodes to counts only where it is too long for chance.
                let long = form.len() >= SHORTEST_PART;
                if number == 0 || long {
                    let form = if long {
                        form.to_ascii_lowercase()
                    } else {
                        form
                    };
                    needles.push((form, long));
                }
            }
        }
        needles.retain(|(form, _)| !form.is_empty());
        needles.sort();
        needles.dedup();
        Self {
            needles: needles
                .into_iter()
                .map(|(text, any_case)| Needle {
                    text: text.into(),
                    any_case,
                })
                .collect(),
        }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        // A key and what replaces it are valid UTF-8, and so is a text with whole parts replaced.
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        replace(bytes, self.find(bytes, false))
    }

    /// The same for a body that broke off, which may end within a key.
    pub(crate) fn cut_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        replace(bytes, self.find(bytes, true))
    }

    /// The beginning of a text, of which nobody is shown more than a part. `whole` where all of it came, and so it does
    /// not end within a key.
    pub(crate) fn beginning(&self, bytes: &[u8], whole: bool) -> Vec<u8> {
        match bytes.get(..LONGEST_BEGINNING) {
            Some(beginning) if beginning.len() < bytes.len() => self.cut_bytes(beginning),
            _ if whole => self.bytes(bytes),
            _ => self.cut_bytes(bytes),
        }
    }

    /// An error without keys in anything that it or its sources print.
    pub(crate) fn source(&self, error: impl error::Error + Send + Sync + 'static) -> Source {
        let mut texts = vec![error.to_string()];
        let mut source = error.source();
        while let Some(error) = source {
            texts.push(error.to_string());
            source = error.source();
        }
        let shows_key = |text: &String| !self.find(text.as_bytes(), false).is_empty();
        if !texts.iter().any(shows_key) && !shows_key(&format!("{error:?}")) {
            return Source::of(error);
        }
        Source::told(texts.iter().map(|text| self.text(text)).collect())
    }

    /// Where keys are. `cut` where the text may end within one.
    fn find(&self, bytes: &[u8], cut: bool) -> Vec<Range<usize>> {
        let mut search = Search {
            needles: &self.needles,
            shortest: self
                .needles
                .iter()
                .map(|needle| needle.bytes().len())
                .min()
                .unwrap_or_default(),
            length: bytes.len(),
            budget: MOST_WORK * (bytes.len() + 64),
            cut,
            found: Vec::new(),
        };
        search.decoding(View::of(bytes), Layers::default());
        search.found
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// The forms of a part of a key in views: as it is, what it decodes to, its hexadecimal digits, and with `+` for a
/// space.
fn forms(part: &str) -> Vec<Vec<u8>> {
    let mut view = View::of(part.as_bytes()).folded();
    let mut forms = vec![view.bytes().to_owned()];
    for _ in 0..MOST_ROUNDS {
        let Some(decoded) = view.decoded() else { break };
        view = decoded.folded();
        forms.push(view.bytes().to_owned());
    }
    let hexadecimal = part.bytes().map(|byte| format!("{byte:02x}"));
    forms.push(hexadecimal.collect::<String>().into());
    if part.contains(' ') {
        let plus = part.replace(' ', "+");
        forms.push(View::of(plus.as_bytes()).folded().bytes().to_owned());
    }
    forms
}

/// What was taken off a text that may not have been on it.
#[derive(Clone, Copy, Default)]
struct Layers {
    base64: usize,
    printable: usize,
    form: bool,
    folded: bool,
}

/// A search for keys in one text.
struct Search<'a> {
    needles: &'a [Needle],
    /// The length of the shortest needle.
    shortest: usize,
    /// The text's.
    length: usize,
    /// How many bytes of views may still be looked at.
    budget: usize,
    cut: bool,
    found: Vec<Range<usize>>,
}

impl Search<'_> {
    /// Looks at a view, and at what it decodes to. What may or may not be an escape is looked at both ways.
    fn decoding(&mut self, mut view: View, layers: Layers) {
        for round in 0..MOST_ROUNDS {
            view = view.without_zeros();
            if layers.printable < MOST_PRINTABLE
                && let Some(unquoted) = view.unquoted_printable()
            {
                let printable = layers.printable + 1;
                self.decoding(
                    unquoted,
                    Layers {
                        printable,
                        ..layers
                    },
                );
            }
            if !layers.form
                && let Some(spaced) = view.without_form_spaces()
            {
                self.decoding(
                    spaced,
                    Layers {
                        form: true,
                        ..layers
                    },
                );
            }
            let folded = view.folded();
            if folded.bytes().is_empty() {
                return;
            }
            let Some(budget) = self.budget.checked_sub(folded.bytes().len()) else {
                break;
            };
            self.budget = budget;
            self.look(&folded);
            if layers.base64 < MOST_BASE64 {
                let base64 = layers.base64 + 1;
                // A beginning of a key is shorter than the key.
                let shortest = if self.cut {
                    SHORTEST_BEGINNING.min(self.shortest)
                } else {
                    self.shortest
                };
                for skipped in 0..4 {
                    let unpacked = folded.unpacked(skipped, shortest);
                    self.decoding(unpacked, Layers { base64, ..layers });
                }
            }
            // An escape may be folded, and in `100% ab` there is none.
            if round == 0
                && !layers.folded
                && folded.bytes().len() < view.bytes().len()
                && let Some(decoded) = folded.decoded()
            {
                let folded = true;
                self.decoding(decoded, Layers { folded, ..layers });
            }
            if layers.folded {
                view = folded;
            }
            match view.decoded() {
                Some(decoded) => view = decoded,
                None => return,
            }
        }
        // Nobody can tell what is in there.
        self.found.push(0..self.length);
    }

    fn look(&mut self, view: &View) {
        let lower = view.bytes().to_ascii_lowercase();
        for needle in self.needles {
            let text = if needle.any_case {
                &lower[..]
            } else {
                view.bytes()
            };
            let length = needle.bytes().len();
            for at in memmem::find_iter(text, needle.bytes()) {
                self.found.push(view.source(at, at + length));
            }
            if self.cut
                && let Some(at) = beginning_at_end(text, needle.bytes())
            {
                self.found
                    .push(view.source(at, text.len()).start..self.length);
            }
        }
    }
}

/// Where at the end the beginning of a needle is, where that is too much for chance. What is behind it may be an
/// escape that is not whole.
fn beginning_at_end(text: &[u8], needle: &[u8]) -> Option<usize> {
    let near = text.len().saturating_sub(views::LONGEST_ESCAPE);
    let ends = (near..text.len())
        .filter(|at| views::begins_escape(text[*at]))
        .chain([text.len()]);
    ends.filter_map(|end| {
        let text = &text[..end];
        (SHORTEST_BEGINNING..needle.len())
            .rev()
            .find(|&length| text.ends_with(&needle[..length]))
            .map(|length| end - length)
    })
    .min()
}

fn replace(bytes: &[u8], mut found: Vec<Range<usize>>) -> Vec<u8> {
    if found.is_empty() {
        return bytes.to_owned();
    }
    found.sort_by_key(|range| (range.start, range.end));
    let mut kept = Vec::with_capacity(bytes.len());
    let mut end = 0;
    for range in found {
        if range.start >= end {
            kept.extend_from_slice(&bytes[end..range.start]);
            kept.extend_from_slice(REDACTED.as_bytes());
        }
        end = end.max(range.end);
    }
    kept.extend_from_slice(&bytes[end..]);
    kept
}

#[cfg(test)]
mod tests {
    use base64::{Engine, alphabet, engine::GeneralPurpose, engine::general_purpose as form};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    /// A spelling of a text.
    type Spelling = fn(&[u8]) -> Vec<u8>;

    fn each(text: &[u8], spell: impl Fn(u8) -> String) -> Vec<u8> {
        text.iter()
            .flat_map(|byte| spell(*byte).into_bytes())
            .collect()
    }

    fn mixed(text: &[u8], spell: impl Fn(u8) -> String) -> Vec<u8> {
        each(text, |byte| {
            if byte.is_ascii_alphanumeric() && byte % 3 != 0 {
                char::from(byte).to_string()
            } else {
                spell(byte)
            }
        })
    }

    fn percent(text: &[u8]) -> String {
        utf8_percent_encode(str::from_utf8(text).unwrap(), NON_ALPHANUMERIC).to_string()
    }

    fn folded(text: &[u8], fold: &str) -> Vec<u8> {
        let middle = text.len() / 2;
        [&text[..middle], fold.as_bytes(), &text[middle..]].concat()
    }

    fn packed(engine: &GeneralPurpose, before: &str, text: &[u8]) -> Vec<u8> {
        engine.encode([before.as_bytes(), text].concat()).into()
    }

    fn utf_16(text: &[u8], order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.iter()
            .flat_map(|byte| order(u16::from(*byte)))
            .collect()
    }

    /// Spellings of text as text.
    const SPELLINGS: [(&str, Spelling); 40] = [
        ("as it is", <[u8]>::to_vec),
        ("upper case", <[u8]>::to_ascii_uppercase),
        ("JSON", |text| {
            let json = serde_json::Value::from(str::from_utf8(text).unwrap()).to_string();
            json.trim_matches('"').replace('/', "\\/").into()
        }),
        ("JSON escapes", |text| {
            each(text, |byte| format!("\\u{byte:04x}"))
        }),
        ("JSON escapes, upper case", |text| {
            mixed(text, |byte| format!("\\u{byte:04X}"))
        }),
        ("JSON escapes within JSON", |text| {
            mixed(text, |byte| format!("\\\\u{byte:04x}"))
        }),
        ("escapes of programs", |text| {
            mixed(text, |byte| format!("\\x{byte:02x}"))
        }),
        ("escapes in braces", |text| {
            mixed(text, |byte| format!("\\u{{{byte:x}}}"))
        }),
        ("decimal entities", |text| {
            each(text, |byte| format!("&#{byte};"))
        }),
        ("decimal entities with zeros", |text| {
            mixed(text, |byte| format!("&#{byte:04};"))
        }),
        ("hexadecimal entities", |text| {
            mixed(text, |byte| format!("&#x{byte:X};"))
        }),
        ("named entities", |text| {
            each(text, |byte| match byte {
                b'+' => "&plus;".to_owned(),
                b'/' => "&sol;".to_owned(),
                b'=' => "&equals;".to_owned(),
                b'&' => "&amp;".to_owned(),
                b'"' => "&quot;".to_owned(),
                b':' => "&colon;".to_owned(),
                b'%' => "&percnt;".to_owned(),
                byte => char::from(byte).to_string(),
            })
        }),
        ("entities twice", |text| {
            mixed(text, |byte| format!("&amp;#{byte};"))
        }),
        ("percent-encoding", |text| percent(text).into()),
        ("percent-encoding of everything", |text| {
            each(text, |byte| format!("%{byte:02x}"))
        }),
        ("percent-encoding twice", |text| {
            percent(percent(text).as_bytes()).into()
        }),
        ("percent-encoding of old scripts", |text| {
            mixed(text, |byte| format!("%u{byte:04X}"))
        }),
        ("form encoding", |text| {
            percent(text).replace("%20", "+").into()
        }),
        ("base64", |text| packed(&form::STANDARD, "", text)),
        ("base64 after one byte", |text| {
            packed(&form::STANDARD_NO_PAD, ":", text)
        }),
        ("base64 after two bytes", |text| {
            packed(&form::URL_SAFE, "a:", text)
        }),
        ("base64 of user and key", |text| {
            packed(&form::URL_SAFE_NO_PAD, "user:", text)
        }),
        ("base64 of the header", |text| {
            packed(&form::STANDARD, "Bearer ", text)
        }),
        ("base64 of base64", |text| {
            packed(&form::STANDARD, "", &packed(&form::STANDARD, "x", text))
        }),
        ("base64 of JSON escapes", |text| {
            let text = mixed(text, |byte| format!("\\u{byte:04x}"));
            packed(&form::STANDARD, "{", &text)
        }),
        ("base64 of UTF-16", |text| {
            packed(&form::STANDARD, "", &utf_16(text, u16::to_le_bytes))
        }),
        ("base64 folded over lines", |text| {
            let packed = packed(&form::STANDARD, "user:", text);
            packed.chunks(7).collect::<Vec<_>>().join(&b"\r\n "[..])
        }),
        ("base64 in percent-encoding", |text| {
            percent(&packed(&form::STANDARD, "", text)).into()
        }),
        ("base64 in JSON", |text| {
            let packed = packed(&form::STANDARD, "ab", text);
            String::from_utf8(packed)
                .unwrap()
                .replace('/', "\\/")
                .replace('+', "\\u002b")
                .into()
        }),
        ("hexadecimal", |text| {
            each(text, |byte| format!("{byte:02X}"))
        }),
        ("UTF-16, little end first", |text| {
            utf_16(text, u16::to_le_bytes)
        }),
        ("UTF-16, big end first", |text| {
            utf_16(text, u16::to_be_bytes)
        }),
        ("UTF-16 with a mark", |text| {
            [&b"\xff\xfe"[..], &utf_16(text, u16::to_le_bytes)].concat()
        }),
        ("JSON escapes in UTF-16", |text| {
            let text = mixed(text, |byte| format!("\\u{byte:04x}"));
            utf_16(&text, u16::to_be_bytes)
        }),
        ("folded", |text| folded(text, "\r\n\t")),
        ("folded by a space", |text| folded(text, " ")),
        ("folded in JSON", |text| folded(text, "\\n")),
        ("folded in quoted-printable", |text| folded(text, "=\r\n")),
        ("folded in HTML", |text| folded(text, "&shy;<br>\n")),
        ("quoted-printable", |text| {
            mixed(text, |byte| format!("={byte:02X}"))
        }),
    ];

    /// Whether the key, or so much of its secret part that somebody could go on from there, can be read.
    fn shows(text: &[u8], part: &[u8]) -> bool {
        text.windows(part.len()).any(|window| window == part)
    }

    fn assert_hidden(key: &str, name: &str, before: &[u8], spelled: &[u8], behind: &[u8]) {
        let redactor = Redactor::new(key);
        let text = [before, spelled, behind].concat();
        let clean = redactor.bytes(&text);
        let said = || format!("{name}: {:?}", String::from_utf8_lossy(&text));
        assert!(shows(&clean, REDACTED.as_bytes()), "{}", said());
        // Positive control, and the proof: the spelling was there, and no half of it is left.
        assert!(shows(&text, spelled), "{}", said());
        let half = spelled.len() / 2;
        assert!(!shows(&clean, &spelled[..half]), "{}", said());
        assert!(
            !shows(&clean, &spelled[spelled.len() - half..]),
            "{}",
            said()
        );
    }

    #[test]
    fn a_key_is_found_in_every_spelling() {
        for key in [
            "canary+secret/5f1c==",
            "s3cr\"t/key+&x%41b",
            "sk_live-51H8xyzABCdefGHI",
            "with a space 12345",
            "0123456789abcdef0123456789abcdef",
        ] {
            for (name, spell) in SPELLINGS {
                let spelled = spell(key.as_bytes());
                assert_hidden(
                    key,
                    name,
                    b"{\"message\":\"bad key ",
                    &spelled,
                    b" there\"}",
                );
                assert_hidden(key, name, b"?key=", &spelled, b"&b=1");
                assert_hidden(key, name, b"", &spelled, b"");
            }
        }
    }

    #[test]
    fn the_secret_part_of_a_key_is_found_alone() {
        let redactor = Redactor::new("account-1:s3cr\"t/key+");
        for (name, spell) in SPELLINGS {
            for part in ["account-1:s3cr\"t/key+", "s3cr\"t/key+"] {
                let clean = redactor.bytes(&spell(part.as_bytes()));
                assert!(shows(&clean, REDACTED.as_bytes()), "{name} {part}");
            }
        }
        assert_eq!(redactor.text("my account-1 is"), "my account-1 is");
    }

    #[test]
    fn what_holds_no_key_is_left_as_it_is() {
        let redactor = Redactor::new("canary+secret/5f1c==");
        for text in [
            "",
            "The canary sang a secret: 5f1c",
            r#"{"message":"caf\u00e9 %20 &amp; \\ \/","x":"Y2FuYXJ5"}"#,
            "<p>Not found&nbsp;<br>=\r\n</p>",
            "of a whole body only whole keys: canary+secret/5f1",
        ] {
            assert_eq!(redactor.text(text), text);
        }
        // A short key is an ordinary word: in its own case alone.
        assert_eq!(Redactor::new("key").text("Key: key"), "Key: [redacted]");
    }

    #[test]
    fn a_key_that_breaks_off_is_taken_out_too() {
        let redactor = Redactor::new("canary-key");
        assert_eq!(
            redactor.cut_bytes(b"bad key canary-ke"),
            b"bad key [redacted]"
        );
        assert_eq!(redactor.cut_bytes(b"can"), b"can");
    }

    #[test]
    fn what_is_encoded_without_end_is_dropped() {
        let redactor = Redactor::new("canary-key");
        let text = format!("words %{}61", "25".repeat(40));
        assert_eq!(redactor.text(&text), REDACTED);
    }

    #[test]
    fn a_large_body_takes_time_in_proportion_to_its_length() {
        // A bound on the work, not on the clock: what needs more than it is dropped.
        let redactor = Redactor::new("canary-key-0123456789");
        for text in ["xQ==", "%25", "\\\\", "&amp;", "can", "Y2FuYXJ5LWtl"] {
            let text = text.repeat(64 * 1024 / text.len());
            let clean = redactor.bytes(text.as_bytes());
            assert!(clean == text.as_bytes() || clean == REDACTED.as_bytes());
        }
    }

    #[test]
    fn a_large_body_of_base64_is_kept() {
        let noise: Vec<u8> = (0..40_000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
            .collect();
        let text = format!("<img src=\"data:{}\">", form::STANDARD.encode(noise));
        for key in ["canary-key", "canary-account:canary+secret/5f1c"] {
            assert_eq!(Redactor::new(key).bytes(text.as_bytes()), text.as_bytes());
        }
    }

    #[test]
    fn an_error_whose_words_hold_a_key_is_told_without_it() {
        let redactor = Redactor::new("canary-key");
        let plain = redactor.source(std::io::Error::other("certificate not valid for host"));
        assert!(plain.downcast_ref::<std::io::Error>().is_some());
        let echo =
            std::io::Error::other(std::io::Error::other("not valid for canary%2Dkey.example"));
        let told = redactor.source(echo);
        assert_eq!(told.to_string(), "not valid for [redacted].example");
        let mut chain = format!("{told} {told:?}");
        let mut source = told.source();
        while let Some(error) = source {
            chain = format!("{chain} {error} {error:?}");
            source = error.source();
        }
        assert!(!chain.contains("canary"), "{chain}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever the key, whatever stands around it, in whichever spelling, or one spelling in another.
        #[test]
        fn any_key_is_found_in_any_spelling_at_any_place(
            key in "[A-Za-z0-9_.:+/=%&~-]{12,40}",
            (outer, inner) in (select(&SPELLINGS[..]), select(&SPELLINGS[..])),
            before in "[ -~]{0,12}[ \"',({>]",
            behind in "[ \"',)}<][ -~]{0,12}",
        ) {
            let spelled = (outer.1)(key.as_bytes());
            let redactor = Redactor::new(&key);
            let text = [before.as_bytes(), &spelled, behind.as_bytes()].concat();
            prop_assert!(shows(&redactor.bytes(&text), REDACTED.as_bytes()), "{} {:?}", outer.0, text);
            let once = (inner.1)(key.as_bytes());
            let fits = match outer.0 {
                // The first loses what the inner spelling needs, and the second is known of keys alone.
                "upper case" | "hexadecimal" => false,
                // No encoder puts these into the middle of an escape.
                "folded in JSON" | "folded in HTML" => once == key.as_bytes(),
                "folded" | "folded by a space" | "folded in quoted-printable" => {
                    inner.0 != "quoted-printable"
                }
                "base64 of base64" => !inner.0.starts_with("base64"),
                _ => true,
            };
            if fits && once.is_ascii() && once.iter().all(|byte| *byte != 0) {
                let twice = (outer.1)(&once);
                let text = [before.as_bytes(), &twice, behind.as_bytes()].concat();
                let clean = redactor.bytes(&text);
                prop_assert!(
                    shows(&clean, REDACTED.as_bytes()),
                    "{} in {}: {:?}", inner.0, outer.0, String::from_utf8_lossy(&text),
                );
            }
        }

        /// Wherever in a key a body breaks off.
        #[test]
        fn a_key_that_breaks_off_is_found_in_any_spelling(
            key in "[A-Za-z0-9_.+/-]{16,40}",
            spelling in select(&SPELLINGS[..]),
            part in 0.7..1.0_f64,
        ) {
            let spelled = (spelling.1)(key.as_bytes());
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let cut = (spelled.len() as f64 * part) as usize;
            let text = [b"said \"", &spelled[..cut]].concat();
            let redactor = Redactor::new(&key);
            let clean = redactor.cut_bytes(&text);
            prop_assert!(
                shows(&clean, REDACTED.as_bytes()),
                "{}: {:?}", spelling.0, String::from_utf8_lossy(&text),
            );
        }

        #[test]
        fn any_bytes_are_taken(bytes in vec(any::<u8>(), 0..400), cut in any::<bool>()) {
            let redactor = Redactor::new("canary-key-0123");
            let clean = if cut { redactor.cut_bytes(&bytes) } else { redactor.bytes(&bytes) };
            prop_assert!(clean == bytes || shows(&clean, REDACTED.as_bytes()));
        }
    }

    /// The alphabets are those of RFC 4648, of which the engines above are made.
    #[test]
    fn both_alphabets_are_read() {
        for engine in [
            GeneralPurpose::new(&alphabet::STANDARD, form::PAD),
            GeneralPurpose::new(&alphabet::URL_SAFE, form::NO_PAD),
        ] {
            let key = "~~~???>>>";
            let text = engine.encode(key);
            assert!(text.contains(['+', '/', '-', '_']), "{text}");
            assert_eq!(Redactor::new(key).text(&text), REDACTED);
        }
    }
}
