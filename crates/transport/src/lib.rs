#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod base_url;
mod body;
mod call;
mod cause;
mod certificates;
mod client;
mod config;
mod connection;
mod credential;
mod denial;
mod early;
mod error;
mod error_kind;
mod exchange;
mod headers;
mod input;
mod json;
mod message;
mod name;
mod operation;
mod outcome;
mod path;
mod proxy;
mod query;
mod receipt;
mod redact;
mod request;
mod retry;
mod retry_after;
mod route;
mod session;
mod signal;
mod target;
mod text;
mod transport;
mod views;

pub use base_url::BaseUrl;
pub use call::Call;
pub use config::Config;
pub use credential::Credential;
pub use error::{Error, Failure, Response};
pub use error_kind::ErrorKind;
pub use input::{
    InvalidInput, check_characters, check_identifier, check_path_segment, is_placeholder,
    parse_uuid,
};
pub use name::ParseNameError;
pub use operation::{
    Answer, Authentication, Limits, Operation, Provider, Rate, Reach, ReadAnswer, Verb, read_object,
};
pub use outcome::Outcome;
pub use proxy::Proxy;
pub use query::{Finding, Query, Reply, Unclear};
pub use receipt::Receipt;
pub use request::{Preparing, Request};
pub use retry::{RetryPolicy, Schedule};
pub use target::{BATCH, Column, Stage, Target, TargetKind, ValueType};
pub use text::{harmless, is_harmful, is_invisible, one_line, quoted};
pub use transport::Transport;

// What a signature of this crate mentions, in the versions that it means.
pub use {http, reqwest, url, uuid};

/// For generated clients, and for the crates that have them generated. No part of the API: it changes with the
/// generator.
#[doc(hidden)]
pub mod generated {
    pub use crate::{path::encode_path, session::Session, transport::Parts};
}

/// For this project's own tests and fuzz targets. No part of the API.
#[doc(hidden)]
pub mod tested {
    pub use crate::retry_after::{retry_after, throttled_for};
}
