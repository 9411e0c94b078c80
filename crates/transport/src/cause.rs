//! What caused a failure, for those who print a chain of errors.
//!
//! The line of a failure has the reason already: where a connection was refused, it names the host, and says so. So a
//! chain that is printed as "a: b: c" would tell it twice, since the HTTP client's errors end with it. Whoever walks
//! the chain gets what the line does not say; whoever asks for a type gets the cause itself.

use std::{collections::HashSet, error, fmt, ops::Deref, sync::OnceLock};

type Cause = Box<dyn error::Error + Send + Sync>;

/// What caused an error, nearest first.
pub(crate) fn causes<'e>(
    error: &'e (dyn error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn error::Error + 'static)> {
    std::iter::successors(error.source(), |error| error.source())
}

/// The cause of a failure, without keys.
pub(crate) struct Source {
    cause: Cause,
    rest: OnceLock<Option<Box<Told>>>,
}

impl Source {
    /// An error that shows no key.
    pub(crate) fn of(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self::from(Box::new(error) as Cause)
    }

    /// What an error and its sources said, nearest first, with keys taken out.
    pub(crate) fn told(texts: Vec<String>) -> Self {
        let told = chain(texts).expect("an error has a text of its own");
        Self::from(told as Cause)
    }

    fn from(cause: Cause) -> Self {
        Self {
            cause,
            rest: OnceLock::new(),
        }
    }

    /// Its chain, without what `line` says already.
    pub(crate) fn beyond(&self, line: impl fmt::Display) -> Option<&(dyn error::Error + 'static)> {
        let rest = self.rest.get_or_init(|| {
            let mut said = words(&line.to_string());
            let first: &(dyn error::Error + 'static) = &*self.cause;
            let errors = std::iter::successors(Some(first), |error| error.source());
            let new = errors.map(ToString::to_string).filter(|text| {
                let words = words(text);
                let is_new = !words.is_subset(&said);
                said.extend(words);
                is_new
            });
            chain(new.collect())
        });
        rest.as_deref().map(|told| told as _)
    }
}

impl Deref for Source {
    type Target = dyn error::Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.cause
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.cause, f)
    }
}

/// The words of a text, less the system's number of an error ("os error 111").
fn words(text: &str) -> HashSet<String> {
    let text = text.split(" (os error ").next().unwrap_or_default();
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn chain(texts: Vec<String>) -> Option<Box<Told>> {
    texts
        .into_iter()
        .rev()
        .fold(None, |source, text| Some(Box::new(Told { text, source })))
}

/// What an error said.
#[derive(Debug)]
struct Told {
    text: String,
    source: Option<Box<Told>>,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl error::Error for Told {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_says_what_the_line_does_not() {
        let texts = [
            "error sending request",
            "client error (Connect)",
            "Connection refused (os error 111)",
            "Client error: connect",
        ];
        let source = Source::told(texts.map(str::to_owned).to_vec());
        let beyond = |line: &str, source: &Source| {
            let first = source.beyond(line);
            std::iter::successors(first, |error| error.source())
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        let line = "not sent: connection to host refused";
        assert_eq!(beyond(line, &source), texts[..2]);
        let source = Source::told(vec![texts[2].to_owned()]);
        assert_eq!(beyond(line, &source), [""; 0]);
        assert_eq!(source.to_string(), texts[2], "the cause itself is there");
    }
}
