#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod answer;
mod client;
#[cfg(feature = "mock")]
pub mod mock;
mod operations;
mod profile_url;
pub mod raw;
mod request;
pub mod targets;

pub use client::Client;
pub use operations::{DELETE_PEOPLE, DELETE_SCOPE, PROVIDER, REMOVE_PROSPECT};
pub use profile_url::{check_profile_url, folded_profile_url};
// What a signature mentions, the same for all providers.
pub use prospect_delete_transport::{
    Answer, Authentication, BaseUrl, Call, Column, Config, Credential, Error, ErrorKind, Failure,
    InvalidInput, Limits, Operation, Outcome, ParseNameError, Provider, Proxy, Rate, Reach,
    Receipt, Request, Response, RetryPolicy, Schedule, Target, TargetKind, Verb, http, parse_uuid,
    reqwest, url, uuid,
};
pub use request::{DeleteSelected, Person, RemoveProspect, Scope};
pub use uuid::Uuid;
