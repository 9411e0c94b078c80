#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod chance;
mod connection;
mod contract;
mod control;
mod credentials;
mod elsewhere;
mod extrovert;
mod fault;
mod fidelity;
mod journal;
mod judge;
mod nlpearl;
mod operation;
mod page;
mod record;
mod refusal;
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
pub use fault::{Effect, Fault, InvalidFault};
pub use fidelity::{Basis, Behaviour, fidelity};
pub use journal::RecordedRequest;
pub use record::{Deleted, Record};
pub use sandbox::{Builder, Sandbox};
pub use seed::{
    Generate, GenerateExtrovert, GenerateNlpearl, GenerateUnleashx, GenerateWoodpecker,
};
pub use state::{
    Campaign, CampaignStatus, Company, DeletionRequest, ExtrovertState, NlpearlState, Pearl, Post,
    PostStatus, Prospect, ProspectList, Seed, State, UnleashxCampaign, UnleashxState, User,
    WoodpeckerState,
};
pub use throttle::Throttle;
