#![doc = include_str!("../README.md")]

pub mod answer;
mod client;
#[cfg(feature = "mock")]
pub mod mock;
pub mod raw;
mod request;
pub mod targets;

pub use client::{Client, DELETE_COMPANY_PROSPECTS, PROVIDER};
pub use prospect_delete_transport::{
    BaseUrl, Call, Config, Credential, Error, ErrorKind, InvalidInput, Outcome, Receipt, Request,
    RetryPolicy, Target, TargetKind,
};
pub use request::DeleteCompanyProspects;
