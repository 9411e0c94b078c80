use std::fmt;

/// How bad a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Breaks nobody.
    Compatible,
    /// Breaks callers, or may.
    Breaking,
    /// More may be deleted than before, or an answer, the key or the address changes its meaning.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Critical => "critical",
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
        })
    }
}
