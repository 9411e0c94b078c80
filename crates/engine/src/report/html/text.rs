//! Text, numbers and moments, as the page shows them.
//!
//! maud escapes what would end an element. What a list or a provider said may also hold characters that act on the text
//! around them without being seen, so it goes through [`Text`], which shows those by their numbers.

use std::fmt;

use maud::{Markup, Render, html};
use prospect_delete_core::is_harmful;

/// Text within an element or a quoted attribute.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if is_harmful(c) => write!(f, "U+{:04X}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

impl Render for Text<'_> {
    fn render_to(&self, buffer: &mut String) {
        use fmt::Write;
        write!(buffer, "{self}").expect("a string takes everything");
    }
}

/// A number with commas between thousands.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn counted(count: u64, what: &str) -> String {
    let ending = match (count, what.ends_with("ss")) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {what}{ending}", number(count))
}

/// A moment of RFC 3339 in UTC, to the second.
pub(super) fn moment(at: &str) -> Markup {
    let seconds = at.get(..19).filter(|_| at.ends_with('Z'));
    html! {
        @if let Some(seconds) = seconds {
            time datetime=(Text(at)) { (Text(&seconds.replace('T', " "))) }
        } @else {
            (Text(at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, counted, number};

    const HOSTILE: &str = "</script><!--&\"'\u{2028}\u{202e}\0\u{e0041}";

    #[test]
    fn text_ends_no_element_and_hides_nothing() {
        assert_eq!(
            Text(HOSTILE).to_string(),
            "&lt;/script&gt;&lt;!--&amp;&quot;&#39;U+2028U+202EU+0000U+E0041"
        );
    }

    #[test]
    fn numbers_and_their_words_agree() {
        let numbers = [0, 999, 1000, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "pass"), "1 pass");
        assert_eq!(counted(2, "pass"), "2 passes");
        assert_eq!(counted(1000, "target"), "1,000 targets");
    }
}
