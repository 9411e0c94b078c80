use std::{error, fmt};

/// What a server did before it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Early {
    Spoke,
    Closed,
}

impl fmt::Display for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spoke => "the server sent something before it was asked",
            Self::Closed => "the server closed the connection before it was asked",
        })
    }
}

impl error::Error for Early {}
