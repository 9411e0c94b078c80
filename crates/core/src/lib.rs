#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clients;
mod providers;
mod rate_controller;
mod registry;
pub mod with_serde;

pub use clients::Clients;
pub use prospect_delete_transport::{
    Answer, Authentication, BATCH, BaseUrl, Call, Column, Config, Credential, Error, ErrorKind,
    Failure, Finding, InvalidInput, Limits, Operation, Outcome, ParseNameError, Provider, Proxy,
    Query, Rate, Reach, Receipt, Request, Response, RetryPolicy, Schedule, Stage, Target,
    TargetKind, Unclear, ValueType, Verb, harmless, http, is_harmful, is_invisible, one_line,
    parse_uuid, quoted, reqwest, url, uuid,
};
pub use providers::*;
pub use rate_controller::RateController;
pub use registry::{
    Field, Fields, nearest, parse_target_kind, provider, target_kind, target_kind_of_code,
    target_kinds, target_kinds_of,
};
