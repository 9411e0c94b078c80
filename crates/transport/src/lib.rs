#![doc = include_str!("../README.md")]

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
mod error;
mod exchange;
mod headers;
mod input;
mod json;
mod message;
mod operation;
mod outcome;
mod path;
mod proxy;
mod redact;
mod retry;
mod retry_after;
mod route;
mod session;
mod signal;
mod text;
mod transport;
mod views;

pub use base_url::BaseUrl;
pub use call::Call;
pub use config::Config;
pub use credential::Credential;
pub use error::{Error, ErrorKind, Failure, ParseErrorKindError, Response};
pub use input::{
    InvalidInput, check_characters, check_identifier, check_path_segment, is_placeholder,
    parse_uuid,
};
pub use operation::{Answer, Authentication, Operation, Provider, read_object};
pub use outcome::{Outcome, ParseOutcomeError, Receipt};
pub use path::encode_path;
pub use proxy::Proxy;
pub use retry::{RetryPolicy, Schedule};
pub use retry_after::{retry_after, throttled_for};
pub use session::Session;
pub use text::{harmless, is_harmful, is_invisible, one_line, quoted};
pub use transport::{Parts, Transport};
