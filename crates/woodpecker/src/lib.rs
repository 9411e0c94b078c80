#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod client;
#[cfg(feature = "mock")]
pub mod mock;
pub mod raw;
mod request;

pub use client::{Client, DELETE_COMPANY_PROSPECTS, PROVIDER};
// What a signature mentions, the same for all providers.
pub use prospect_delete_transport::{
    Answer, Authentication, BaseUrl, Call, Config, Credential, Error, ErrorKind, Failure,
    InvalidInput, Operation, Outcome, ParseErrorKindError, ParseOutcomeError, Provider, Proxy,
    Receipt, Response, RetryPolicy, Schedule, http, parse_uuid, reqwest, url, uuid,
};
pub use request::DeleteCompanyProspects;
