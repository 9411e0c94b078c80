#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod checked;
mod database;
mod digest;
mod error;
mod history;
pub mod input;
mod journal;
mod recorder;
mod report;
mod run_file;
mod sort;

mod account;
mod apply;
mod event;
mod forget;
mod lane;
mod plan;
mod refusals;

pub use account::Account;
pub use apply::{Guards, ProviderSummary, Run, Settings, Summary};
pub use error::{Error, ErrorKind};
pub use event::{Event, StopReason, ToDo, WaitReason};
pub use forget::{ForgetKey, Found, forget};
pub use journal::{AttemptId, Evidence, Journal, Record, Recorded, Request, RequestId, Then};
pub use plan::{Batches, Conflict, Origin, Plan, Planner};
pub use prospect_delete_core::{
    BATCH, Field, Fields, Limits, Rate, Target, TargetKind, target_kind, target_kinds,
};
pub use report::{LastAttempt, Line, Named, Reason, Status};
pub use run_file::{
    Binding, Counts, Manifest, Operator, Pass, PassEnd, Planned, RunFile, Sample, Selection,
};
