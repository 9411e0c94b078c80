#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod apply;
mod attempt;
mod counts;
mod digest;
mod error;
mod event;
mod forget;
pub mod input;
mod lane;
mod manifest;
mod moment;
mod pass;
mod plan;
mod planned;
mod recorder;
mod records;
mod refusals;
mod report;
mod sort;
pub mod store;

pub use account::Account;
pub use apply::{Approved, Guards, ProviderSummary, Reviewed, Run, Settings, Summary};
pub use counts::Counts;
pub use error::{Error, GuardViolation, StorageError, StoreFault, Unusable};
pub use event::{Event, StopReason, WaitReason};
pub use forget::{ForgetKey, Found, forget};
pub use manifest::{Binding, Manifest, Operator};
pub use pass::{Pass, PassEnd, Selection};
pub use plan::{Batches, Conflict, Origin, Plan, Planner};
pub use planned::{Planned, Sample};
pub use prospect_delete_core::{
    BATCH, Field, Fields, Limits, Rate, Target, TargetKind, target_kind, target_kinds,
};
pub use records::{
    Activity, AttemptRecord, LastAttempt, Line, Named, Reason, RequestRecord, Settled,
};
pub use report::Status;
pub use store::{
    AttemptId, Disposition, Evidence, Records, Request, RequestId, Store, TargetOutcome, ToDo,
    sqlite::RunFile,
};
