//! Text that others wrote, and how it is shown: no character of it acts on a terminal or hides.
//!
//! [`is_invisible`] is the project's one table of characters that show nothing. What an id may hold, what a report
//! escapes and what is taken out of a provider's words all depend on it.

/// Longer values are cut in messages.
const SHOWN_CHARS: usize = 80;

/// Whether a character shows nothing, or acts on the order of what is shown: zero-width ones, marks of
/// direction, byte order marks, fillers, and what Unicode lets a font ignore.
///
/// Emoji and Persian words are written with some of them. Line and paragraph separators are not among them: they
/// break lines, which shows.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul fillers, Khmer vowels that are not written.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            // Mongolian selectors; spaces without width, joiners, marks of direction; invisible operators.
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            // Blank Braille pattern, Hangul filler, selectors of a form, byte order mark.
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            // Half-width Hangul filler, annotations, shorthand, musical marks, tags.
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character must not be shown as it is: control characters, [invisible](is_invisible) ones, and the two
/// that break lines although they are no control characters.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A text on one line, with [harmful](is_harmful) characters escaped, and cut behind `most` characters. Nothing of it
/// is lost, so a value that is shown so can be told from another.
#[must_use]
pub fn harmless(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    for (index, c) in text.chars().enumerate() {
        if index == most {
            shown.push('…');
            break;
        }
        if is_harmful(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A value in quotes, on one line, cut where it is long.
#[must_use]
pub fn quoted(value: &str) -> String {
    let cut: String = value.chars().take(SHOWN_CHARS).collect();
    let rest = if cut.len() < value.len() { "…" } else { "" };
    let escaped = cut.escape_debug().to_string();
    format!("\"{}{rest}\"", harmless(&escaped, usize::MAX))
}

/// Words on one line, for people to read: one space for any white space, U+FFFD in place of each
/// [harmful](is_harmful) character, and cut behind `longest` bytes.
#[must_use]
pub fn one_line(words: &str, longest: usize) -> String {
    let mut line = String::new();
    for word in words.split_whitespace() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_invisible_and_what_shows_is_not() {
        for c in "\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{200f}\u{202a}\u{202e}\u{2060}\u{2066}\
                  \u{206f}\u{2800}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\u{1bca0}\u{1d173}\u{e0001}\
                  \u{e007f}\u{e01ef}"
            .chars()
        {
            assert!(is_invisible(c) && is_harmful(c), "{c:?}");
        }
        for c in "az09-_ é字ひア한ن☺👩\u{301}\u{a0}\u{3000}\u{fffc}\u{fffd}".chars() {
            assert!(!is_invisible(c) && !is_harmful(c), "{c:?}");
        }
        for c in "\0\t\n\r\u{1b}\u{7f}\u{85}\u{9b}\u{2028}\u{2029}".chars() {
            assert!(!is_invisible(c) && is_harmful(c), "{c:?}");
        }
        // Nothing of ASCII, and nothing that is a letter or a digit to anybody but fillers.
        let odd = ('\0'..=char::MAX).filter(|c| is_invisible(*c) && c.is_alphanumeric());
        assert_eq!(odd.collect::<String>(), "\u{115f}\u{1160}\u{3164}\u{ffa0}");
        assert!(!('\0'..='\x7f').any(is_invisible));
    }

    #[test]
    fn a_value_keeps_all_that_it_holds_and_words_keep_what_can_be_read() {
        assert_eq!(harmless("a\u{202e}b\nc", 10), "a\\u{202e}b\\u{a}c");
        assert_eq!(harmless("abc", 2), "ab…");
        assert_eq!(harmless("é", 1), "é");
        assert_eq!(quoted("a\"\u{200b}\n"), "\"a\\\"\\u{200b}\\n\"");
        assert_eq!(quoted(&"x".repeat(81)), format!("\"{}…\"", "x".repeat(80)));
        assert_eq!(
            one_line(" a\r\n\tb\u{1b}[2J \u{202e}c ", 99),
            "a b\u{fffd}[2J \u{fffd}c"
        );
        assert_eq!(one_line("aé b", 2), "a…");
        assert_eq!(one_line("aé b", 3), "aé…");
        assert_eq!(one_line("aé b", 5), "aé b");
    }
}
