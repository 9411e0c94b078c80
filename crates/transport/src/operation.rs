use std::{fmt, num::NonZeroU32, time::Duration};

use serde::Deserialize;

use crate::{ErrorKind, Outcome};

/// A platform that people are deleted from.
///
/// Made once, as a `static`, in the crate of the provider.
#[derive(Debug)]
#[non_exhaustive]
pub struct Provider {
    /// The name, as it is in errors, reports and on the command line.
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
    /// How fast requests may go to it.
    pub limits: Limits,
}

impl Provider {
    /// A provider that takes one request at a time, unless [other limits](Self::limited_to) are given.
    #[must_use]
    pub const fn new(
        name: &'static str,
        base_url: &'static str,
        authentication: Authentication,
        credential_variable: &'static str,
        base_url_variable: &'static str,
    ) -> Self {
        Self {
            name,
            base_url,
            authentication,
            credential_variable,
            base_url_variable,
            throttling_code: None,
            limits: Limits::ONE_AT_A_TIME,
        }
    }

    /// With the code in the body of a 400 or 409 that means what 429 means.
    #[must_use]
    pub const fn throttling_with(mut self, code: &'static str) -> Self {
        self.throttling_code = Some(code);
        self
    }

    /// With the limits that it documents, or that are assumed where it documents none.
    #[must_use]
    pub const fn limited_to(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Provider {}

/// How a key travels to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// As the value of the header of this name, in lower case.
    Header(&'static str),
    /// As `Authorization: Bearer …`.
    Bearer,
}

/// How many requests may begin in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// As many as the concurrency allows.
    Unlimited,
    /// So many in each period, evenly spread.
    Per {
        /// How many.
        requests: NonZeroU32,
        /// In which time.
        period: Duration,
    },
}

impl Rate {
    /// So many a second.
    #[must_use]
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self::Per {
            requests,
            period: Duration::from_secs(1),
        }
    }

    /// So many a minute.
    #[must_use]
    pub const fn per_minute(requests: NonZeroU32) -> Self {
        Self::Per {
            requests,
            period: Duration::from_secs(60),
        }
    }

    /// The time between two requests that begin; `None` where nothing but the answers limits them.
    #[must_use]
    pub fn interval(self) -> Option<Duration> {
        match self {
            Self::Unlimited => None,
            Self::Per { requests, period } => Some(period / requests.get()),
        }
    }
}

/// The most that one provider is sent at a time, and in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that begin in a period.
    pub rate: Rate,
    /// Requests in flight at a time.
    pub concurrency: NonZeroU32,
}

impl Limits {
    /// One request after the other, each as soon as the one before it is answered.
    pub const ONE_AT_A_TIME: Self = Self {
        rate: Rate::Unlimited,
        concurrency: NonZeroU32::MIN,
    };

    /// So many requests a second, at most so many of them at a time. Both must be above 0.
    #[must_use]
    pub const fn per_second(requests: u32, concurrency: u32) -> Self {
        Self {
            rate: Rate::per_second(above_zero(requests)),
            concurrency: above_zero(concurrency),
        }
    }

    /// So many requests a minute, at most so many of them at a time. Both must be above 0.
    #[must_use]
    pub const fn per_minute(requests: u32, concurrency: u32) -> Self {
        Self {
            rate: Rate::per_minute(above_zero(requests)),
            concurrency: above_zero(concurrency),
        }
    }

    /// The least time that so many requests take, if every answer came at once. `None` where nothing but the
    /// answers limits them.
    #[must_use]
    pub fn shortest(&self, requests: u64) -> Option<Duration> {
        let intervals = u32::try_from(requests.saturating_sub(1)).unwrap_or(u32::MAX);
        self.rate
            .interval()
            .map(|interval| interval.saturating_mul(intervals))
    }
}

const fn above_zero(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("a limit is above 0")
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Verb {
    /// Keeps a person from being contacted or imported again.
    Suppress,
    /// Deletes records.
    Delete,
    /// Asks, and changes nothing.
    LookUp,
}

impl Verb {
    /// What it means that the provider confirmed such a request.
    #[must_use]
    pub const fn done(self) -> Outcome {
        match self {
            Self::Suppress => Outcome::Suppressed,
            // A look-up has no outcome for people; it is never judged as a change.
            Self::Delete | Self::LookUp => Outcome::Deleted,
        }
    }
}

/// Whom an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// The records that it names.
    Records,
    /// Everybody in a scope, however many they are.
    Scope,
}

/// One thing that can be asked of a provider. Provider, name and reach together are its key: one endpoint that takes
/// ids or a scope is two operations of one name.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// Where the request goes.
    pub provider: &'static Provider,
    /// The name, without the provider.
    pub name: &'static str,
    /// What it does.
    pub verb: Verb,
    /// Whom it is about.
    pub reach: Reach,
    /// Whether sending the same request again does nothing new.
    ///
    /// A deletion of ids does nothing new. A deletion of a scope may: between two requests somebody may have added
    /// people to it.
    pub idempotent: bool,
}

impl Operation {
    /// Deletes the records that it names, which may be repeated.
    #[must_use]
    pub const fn delete(provider: &'static Provider, name: &'static str) -> Self {
        Self {
            provider,
            name,
            verb: Verb::Delete,
            reach: Reach::Records,
            idempotent: true,
        }
    }

    /// Deletes everybody in a scope, which is not repeated once it may have been carried out.
    #[must_use]
    pub const fn delete_scope(provider: &'static Provider, name: &'static str) -> Self {
        Self {
            reach: Reach::Scope,
            idempotent: false,
            ..Self::delete(provider, name)
        }
    }

    /// Keeps those whom it names from coming back, which may be repeated.
    #[must_use]
    pub const fn suppress(provider: &'static Provider, name: &'static str) -> Self {
        Self {
            verb: Verb::Suppress,
            ..Self::delete(provider, name)
        }
    }

    /// Asks, and changes nothing.
    #[must_use]
    pub const fn look_up(provider: &'static Provider, name: &'static str) -> Self {
        Self {
            verb: Verb::LookUp,
            ..Self::delete(provider, name)
        }
    }

    /// Whether it is about everybody in a scope, rather than about the records that it names.
    #[must_use]
    pub const fn is_scope(&self) -> bool {
        matches!(self.reach, Reach::Scope)
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.provider == other.provider && self.name == other.name && self.reach == other.reach
    }
}

impl Eq for Operation {}

/// As `nlpearl.delete_leads`.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.provider.name, self.name)
    }
}

/// Reads the whole body of a 2xx answer to a request that changes something. All other answers are read alike for
/// every provider.
pub type ReadAnswer = fn(&[u8]) -> Answer;

/// What a 2xx body says of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was carried out. With 202 (Accepted) this counts as taken, to be carried out later.
    Done,
    /// It was taken as a job.
    Accepted {
        /// The job's number.
        request_id: Option<String>,
        /// How many records the job is about.
        count: Option<u64>,
    },
    /// The documented success has no body, and this body is empty. It counts with exactly this status.
    Bodiless {
        /// The documented status.
        status: u16,
        /// Whether only a later look-up shows the effect.
        later: bool,
    },
    /// It was not carried out.
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
