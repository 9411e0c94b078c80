use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::{HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::chance::Chance;
use crate::contract::{Contract, contracts};
use crate::lock::lock;
use crate::registry::Provider;
use crate::reply::Reply;
use crate::throttle::{Gates, Throttle};

/// A rule by which requests go wrong.
///
/// A rule meets the requests to operations that its `provider` and `operation` name, and that
/// no earlier rule took. It lets the first `after` of them pass, then takes each with its `probability`, and
/// is spent when it has taken `times`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The provider that is met, for example `nlpearl`; every one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The operation that is met, as `nlpearl.delete_leads` or `delete_leads`; every one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// An id that must be in the body for the request to be met; any body if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<String>,
    /// How many requests pass before the first is taken.
    #[serde(default)]
    pub after: u64,
    /// How many requests are taken; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How likely each request is taken, from 0 to 1; certainly if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Where chance starts: with the same number the same requests are taken, on every machine.
    /// 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub random_seed: Option<u64>,
    /// What happens to a request that is taken.
    pub effect: Effect,
}

impl Fault {
    /// A rule that takes every request.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            provider: None,
            operation: None,
            names: None,
            after: 0,
            times: None,
            probability: None,
            random_seed: None,
            effect,
        }
    }

    /// Meets one provider only, for example `nlpearl`.
    #[must_use]
    pub fn at(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Meets one operation only, named as `nlpearl.delete_leads` or `delete_leads`.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Meets only requests whose body holds this id, as a text or a number.
    #[must_use]
    pub fn naming(mut self, id: impl Into<String>) -> Self {
        self.names = Some(id.into());
        self
    }

    /// Lets this many requests pass first.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.after = requests;
        self
    }

    /// Is spent after this many requests.
    #[must_use]
    pub fn times(mut self, requests: u64) -> Self {
        self.times = Some(requests);
        self
    }

    /// Takes each request with this probability, from 0 to 1; the seed says which ones.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, random_seed: u64) -> Self {
        self.probability = Some(probability);
        self.random_seed = Some(random_seed);
        self
    }

    fn meets(&self, operation: &Contract) -> bool {
        let provider = self.provider.as_deref();
        let name = self.operation.as_deref();
        provider.is_none_or(|provider| provider == operation.provider.name())
            && name.is_none_or(|name| operation.is_called(name))
    }

    fn check(&self) -> Result<(), InvalidFault> {
        if let Some(provider) = &self.provider
            && Provider::named(provider).is_none()
        {
            return Err(InvalidFault::Provider(provider.clone()));
        }
        if !contracts().iter().any(|operation| self.meets(operation)) {
            let name = self.operation.clone().unwrap_or_default();
            return Err(InvalidFault::Operation(name));
        }
        if let Some(probability) = self.probability
            && !(0.0..=1.0).contains(&probability)
        {
            return Err(InvalidFault::Probability(probability));
        }
        Ok(())
    }
}

/// What a [`Fault`] does to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Answers this and nothing else.
    Answer {
        /// From 100 to 999.
        status: u16,
        /// The headers, beside the body's length.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body, sent as it stands.
        #[serde(default)]
        body: String,
        /// Whether the deletion is carried out before.
        #[serde(default)]
        takes_effect: bool,
    },
    /// Waits, then treats the request as usual, whether or not the client still waits.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// Resets the connection without an answer.
    Reset {
        /// Whether the deletion is carried out before.
        #[serde(default)]
        takes_effect: bool,
    },
    /// Treats the request as usual, announces the whole body, and closes the connection within it.
    Truncate {
        /// How much of the body is sent.
        bytes: usize,
    },
    /// Treats the request as usual, and sends the body one byte at a time.
    Drip {
        /// The pause before each byte.
        milliseconds: u64,
    },
    /// Points elsewhere, and does nothing.
    Redirect {
        /// Where to.
        location: String,
        /// 302 if absent.
        #[serde(default = "found")]
        status: u16,
    },
    /// Answers 429 to what is over a limit, and lets all else pass on to the next rule.
    Throttle(Throttle),
}

/// Whether a body holds an id.
fn holds(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Number(number) => number.to_string() == id,
        Value::Array(values) => values.iter().any(|value| holds(value, id)),
        Value::Object(object) => object.values().any(|value| holds(value, id)),
        Value::Null | Value::Bool(_) => false,
    }
}

fn found() -> u16 {
    StatusCode::FOUND.as_u16()
}

/// An [`Effect`] that is known to be possible.
#[derive(Clone)]
pub(crate) enum Plan {
    Answer { reply: Reply, takes_effect: bool },
    Delay(Duration),
    Reset { takes_effect: bool },
    Truncate { bytes: usize },
    Drip { pause: Duration },
    Throttle(Arc<Gates>),
}

impl Effect {
    fn plan(&self) -> Result<Plan, InvalidFault> {
        Ok(match self {
            Self::Answer {
                status,
                headers,
                body,
                takes_effect,
            } => Plan::Answer {
                reply: Reply {
                    status: checked_status(*status)?,
                    headers: header_map(headers)?,
                    body: body.clone().into(),
                },
                takes_effect: *takes_effect,
            },
            Self::Redirect { location, status } => {
                let mut reply = Reply::empty(checked_status(*status)?);
                let location = HeaderValue::try_from(location)
                    .map_err(|_| InvalidFault::Header(LOCATION.to_string()))?;
                reply.headers.insert(LOCATION, location);
                Plan::Answer {
                    reply,
                    takes_effect: false,
                }
            }
            Self::Delay { milliseconds } => Plan::Delay(Duration::from_millis(*milliseconds)),
            Self::Reset { takes_effect } => Plan::Reset {
                takes_effect: *takes_effect,
            },
            Self::Truncate { bytes } => Plan::Truncate { bytes: *bytes },
            Self::Drip { milliseconds } => Plan::Drip {
                pause: Duration::from_millis(*milliseconds),
            },
            Self::Throttle(throttle) => Plan::Throttle(Arc::new(
                Gates::new(throttle).map_err(InvalidFault::Throttle)?,
            )),
        })
    }
}

fn checked_status(status: u16) -> Result<StatusCode, InvalidFault> {
    StatusCode::from_u16(status).map_err(|_| InvalidFault::Status(status))
}

fn header_map(headers: &BTreeMap<String, String>) -> Result<HeaderMap, InvalidFault> {
    headers
        .iter()
        .map(|(name, value)| {
            let invalid = || InvalidFault::Header(name.clone());
            let value = HeaderValue::try_from(value).map_err(|_| invalid())?;
            Ok((HeaderName::try_from(name).map_err(|_| invalid())?, value))
        })
        .collect()
}

/// A [`Fault`] that could never happen as written.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum InvalidFault {
    /// No provider has this name.
    #[error("no such provider: {0:?}")]
    Provider(String),
    /// The provider has no operation of this name.
    #[error("no such operation: {0:?}")]
    Operation(String),
    /// HTTP has no way to write this status.
    #[error("a status is a number from 100 to 999, not {0}")]
    Status(u16),
    /// HTTP has no way to write this header.
    #[error("header {0:?} or its value cannot be sent")]
    Header(String),
    /// Chance knows no such number.
    #[error("a probability is a number from 0 to 1, not {0}")]
    Probability(f64),
    /// The limit limits nothing, or everything.
    #[error("throttle: {0}")]
    Throttle(&'static str),
}

/// The rules in force, with what each has met so far.
#[derive(Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
}

struct Rule {
    fault: Fault,
    plan: Plan,
    turn: Mutex<Turn>,
}

/// How far a rule is.
struct Turn {
    met: u64,
    taken: u64,
    chance: Chance,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Result<Self, InvalidFault> {
        let rules = faults.into_iter().map(|fault| {
            fault.check()?;
            let plan = fault.effect.plan()?;
            let turn = Mutex::new(Turn {
                met: 0,
                taken: 0,
                chance: Chance::new(fault.random_seed.unwrap_or(0)),
            });
            Ok(Rule { fault, plan, turn })
        });
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.rules.iter().map(|rule| rule.fault.clone()).collect()
    }

    /// What happens to a request, rule by rule, until the caller stops asking.
    pub(crate) fn meet<'a>(
        &'a self,
        operation: &'a Contract,
        body: &'a [u8],
    ) -> impl Iterator<Item = &'a Plan> {
        let mut value = None;
        self.rules
            .iter()
            .filter(move |rule| {
                rule.fault.meets(operation)
                    && rule.fault.names.as_deref().is_none_or(|id| {
                        let value = value.get_or_insert_with(|| {
                            serde_json::from_slice(body).unwrap_or_default()
                        });
                        holds(value, id)
                    })
                    && lock(&rule.turn).takes(&rule.fault)
            })
            .map(|rule| &rule.plan)
    }
}

impl Turn {
    /// Counts a request that the rule meets, and says whether it takes it.
    fn takes(&mut self, fault: &Fault) -> bool {
        self.met += 1;
        if self.met <= fault.after || fault.times.is_some_and(|times| self.taken >= times) {
            return false;
        }
        let takes = fault
            .probability
            .is_none_or(|probability| self.chance.happens(probability));
        self.taken += u64::from(takes);
        takes
    }
}
