use serde::Deserialize;

use crate::{ErrorKind, Outcome};

/// A platform that people are deleted from.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// The name, as it stands in errors, reports and on the command line.
    pub name: &'static str,
    /// Scheme and host of the production server.
    pub base_url: &'static str,
    /// How the key travels.
    pub authentication: Authentication,
    /// The environment variable that holds the key. With `_FILE` behind it, the file that holds it.
    pub credential_variable: &'static str,
    /// The environment variable that replaces [`base_url`](Self::base_url).
    pub base_url_variable: &'static str,
    /// The code in the body of a 400 or 409 that means what 429 means, where the provider has one.
    pub throttling_code: Option<&'static str>,
}

/// How a key travels to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// As the value of the header of this name, in lower case.
    Header(&'static str),
    /// As `Authorization: Bearer …`.
    Bearer,
}

/// One way of deleting at one provider, and the two things that only the provider knows about it.
#[derive(Debug)]
pub struct Operation {
    /// Where the request goes.
    pub provider: &'static Provider,
    /// The name, without the provider.
    pub name: &'static str,
    /// Whether sending the same request again deletes nothing new.
    ///
    /// True where ids are named. False where a scope is: between two requests somebody may have added
    /// people to it.
    pub repeatable: bool,
    /// Reads the whole body of a 2xx answer. All other answers are read alike for every provider.
    pub read: fn(&[u8]) -> Answer,
}

/// What a 2xx body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The deletion was carried out. With 202 (Accepted) this counts as taken, to be carried out later.
    Deleted,
    /// The deletion was taken as a job.
    Accepted {
        /// The job's number.
        request_id: Option<String>,
        /// How many records the job removes.
        count: Option<u64>,
    },
    /// The documented success has no body, and this body is empty. It counts with exactly this status.
    Bodiless {
        /// The documented status.
        status: u16,
        /// [`Deleted`](Outcome::Deleted), or [`Accepted`](Outcome::Accepted) where only a later look-up shows
        /// the effect.
        outcome: Outcome,
    },
    /// The deletion was not carried out.
    Refused(ErrorKind),
    /// Nothing that the provider documents, so nothing to rely on.
    Foreign,
}

/// Reads a body that is one JSON object, strictly: no other JSON, nothing behind it, no field twice.
///
/// A derived reader alone would also take an array of the fields' values, which no provider documents.
#[must_use]
pub fn read_object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if is_object {
        serde_json::from_slice(body).ok()
    } else {
        None
    }
}
