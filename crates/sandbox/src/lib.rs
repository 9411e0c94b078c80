#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod registry;

mod answer;
mod body;
mod chance;
mod connection;
mod contract;
mod control;
mod credentials;
mod cut;
mod data;
mod elsewhere;
mod extrovert;
mod fault;
mod fidelity;
mod journal;
mod judge;
mod listener;
mod lock;
mod nlpearl;
mod page;
mod provider;
mod record;
mod reply;
mod sandbox;
mod seed;
mod server;
mod state;
mod store;
mod throttle;
mod unleashx;
mod woodpecker;

pub use credentials::Credentials;
pub use extrovert::{
    Campaign, ExtrovertRecord, ExtrovertState, GenerateExtrovert, Post, PostStatus, Prospect,
    ProspectList, User,
};
pub use fault::{Effect, Fault, InvalidFault};
pub use fidelity::{Basis, Behaviour, fidelity};
pub use journal::RecordedRequest;
pub use nlpearl::{GenerateNlpearl, NlpearlRecord, NlpearlState, Pearl};
pub use record::{Deleted, Record};
pub use sandbox::{Builder, Sandbox};
pub use seed::Generate;
pub use state::{Seed, State};
pub use throttle::Throttle;
pub use unleashx::{
    CampaignStatus, GenerateUnleashx, UnleashxCampaign, UnleashxRecord, UnleashxState,
};
pub use woodpecker::{
    Company, DeletionRequest, GenerateWoodpecker, WoodpeckerRecord, WoodpeckerState,
};
