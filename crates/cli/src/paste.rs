//! Commands that work when they are pasted into a shell.

use std::path::Path;

/// Words as a shell reads them.
pub fn command(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| quoted(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A path as a word that no program takes for an option.
pub fn path(path: &Path) -> String {
    let shown = path.to_string_lossy();
    if shown.starts_with('-') {
        format!("./{shown}")
    } else {
        shown.into_owned()
    }
}

/// How this program was called.
pub fn program() -> String {
    let called = std::env::args_os().next().unwrap_or_default();
    let called = called.to_string_lossy().into_owned();
    if called.is_empty() {
        "prospect-delete".to_owned()
    } else {
        called
    }
}

/// The command that is running, without the flags `once` and with the flags `more`, and with the digest that it
/// has to confirm.
pub fn again(once: &[&str], more: &[&str], digest: &str) -> String {
    let words: Vec<_> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let program = program();
    command(&[&[&*program], &*changed(&words, once, more, digest)].concat())
}

fn changed<'a>(
    words: &[&'a str],
    once: &[&str],
    more: &[&'a str],
    digest: &'a str,
) -> Vec<&'a str> {
    let mut words: Vec<_> = words
        .iter()
        .copied()
        .filter(|word| !once.contains(word))
        .collect();
    // Behind two dashes stand no flags.
    let end = words
        .iter()
        .position(|word| *word == "--")
        .unwrap_or(words.len());
    let confirms = |word: &&str| *word == "--confirm" || word.starts_with("--confirm=");
    let confirm = if words[..end].iter().any(confirms) {
        vec![]
    } else {
        vec!["--confirm", digest]
    };
    words.splice(end..end, [&confirm, more].concat());
    words
}

fn quoted(word: &str) -> String {
    // Only a zero byte cannot be quoted, and no argument holds one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_they_were() {
        let words = ["prospect-delete", "apply", "my run's $HOME.db", "", "-x"];
        assert_eq!(shlex::split(&command(&words)).unwrap(), words);
        assert_eq!(path(Path::new("-run.db")), "./-run.db");
    }

    #[test]
    fn a_command_is_repeated_with_what_it_needs_and_without_what_was_for_once() {
        let again = |words| changed(words, &["--retry-unknown"], &["--retry-rejected"], "d");
        assert_eq!(
            again(&["apply", "run", "--retry-unknown"]),
            ["apply", "run", "--confirm", "d", "--retry-rejected"]
        );
        assert_eq!(
            again(&["apply", "--confirm=d", "--", "-run"]),
            ["apply", "--confirm=d", "--retry-rejected", "--", "-run"]
        );
    }
}
