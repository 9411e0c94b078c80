#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clients;
mod providers;
mod registry;

pub use clients::Clients;
pub use prospect_delete_transport::{
    Answer, Authentication, BATCH, BaseUrl, Call, Column, Config, Credential, Error, ErrorKind,
    Failure, Finding, InvalidInput, Limits, Operation, Outcome, ParseErrorKindError,
    ParseOutcomeError, Provider, Proxy, Query, Rate, Reach, Receipt, Request, Response,
    RetryPolicy, Schedule, Stage, Target, TargetKind, Unclear, ValueType, Verb, harmless, http,
    is_harmful, is_invisible, one_line, parse_uuid, quoted, reqwest, url, uuid,
};
pub use providers::*;
pub use registry::{
    Field, Fields, nearest, provider, target_kind, target_kind_of_code, target_kinds,
};
