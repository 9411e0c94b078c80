#![doc = include_str!("../README.md")]

pub mod answer;
mod client;
#[cfg(feature = "mock")]
pub mod mock;
mod profile_url;
pub mod raw;
mod request;
pub mod targets;

pub use client::{Client, DELETE_PEOPLE, DELETE_SCOPE, PROVIDER, REMOVE_PROSPECT};
pub use profile_url::{check_profile_url, folded_profile_url};
pub use prospect_delete_transport::{
    BaseUrl, Call, Config, Credential, Error, ErrorKind, InvalidInput, Outcome, Receipt, Request,
    RetryPolicy, Target, TargetKind, parse_uuid,
};
pub use request::{DeleteSelected, Person, RemoveProspect, Scope};
pub use uuid::Uuid;
