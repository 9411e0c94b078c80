use std::{error, fmt};

use crate::text::quoted;

/// A text that is none of the names that something has, such as an [`Outcome`](crate::Outcome) or an
/// [`ErrorKind`](crate::ErrorKind). `Display` lists the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseNameError {
    text: String,
    /// What has the names: `outcome`.
    what: &'static str,
    names: Vec<&'static str>,
}

impl ParseNameError {
    pub(crate) fn new(
        text: &str,
        what: &'static str,
        names: impl Iterator<Item = &'static str>,
    ) -> Self {
        Self {
            text: text.to_owned(),
            what,
            names: names.collect(),
        }
    }
}

impl fmt::Display for ParseNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is no {}; give one of {}",
            quoted(&self.text),
            self.what,
            self.names.join(", ")
        )
    }
}

impl error::Error for ParseNameError {}
