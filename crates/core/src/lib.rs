#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(
    feature = "extrovert",
    feature = "nlpearl",
    feature = "unleashx",
    feature = "woodpecker"
)))]
compile_error!("turn on at least one provider: extrovert, nlpearl, unleashx, woodpecker");

mod clients;
mod deletion;

pub use clients::Clients;
pub use deletion::Deletion;
#[cfg(feature = "extrovert")]
pub use prospect_delete_extrovert as extrovert;
#[cfg(feature = "nlpearl")]
pub use prospect_delete_nlpearl as nlpearl;
pub use prospect_delete_transport::{
    Answer, Authentication, BaseUrl, Call, Config, Credential, Error, ErrorKind, Failure,
    InvalidInput, Operation, Outcome, ParseErrorKindError, ParseOutcomeError, Provider, Proxy,
    Receipt, Response, RetryPolicy, Schedule, harmless, http, is_harmful, is_invisible, one_line,
    parse_uuid, quoted, reqwest, url, uuid,
};
#[cfg(feature = "unleashx")]
pub use prospect_delete_unleashx as unleashx;
#[cfg(feature = "woodpecker")]
pub use prospect_delete_woodpecker as woodpecker;

/// The providers that are turned on, in the order in which the project lists them.
pub const PROVIDERS: &[&Provider] = &[
    #[cfg(feature = "extrovert")]
    &extrovert::PROVIDER,
    #[cfg(feature = "nlpearl")]
    &nlpearl::PROVIDER,
    #[cfg(feature = "woodpecker")]
    &woodpecker::PROVIDER,
    #[cfg(feature = "unleashx")]
    &unleashx::PROVIDER,
];
