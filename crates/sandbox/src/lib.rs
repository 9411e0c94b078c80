#![doc = include_str!("../README.md")]

mod body;
mod connection;
mod contract;
mod control;
mod credentials;
mod extrovert;
mod fault;
mod journal;
mod judge;
mod nlpearl;
mod operation;
mod refusal;
mod reply;
mod sandbox;
mod server;
mod state;
mod store;
mod unleashx;
mod woodpecker;

pub use credentials::Credentials;
pub use fault::{Effect, Fault, InvalidFault};
pub use journal::RecordedRequest;
pub use sandbox::{Builder, Sandbox};
pub use state::{
    Campaign, CampaignStatus, Company, DeletionRequest, ExtrovertState, NlpearlState, Pearl, Post,
    PostStatus, Prospect, ProspectList, Seed, State, UnleashxCampaign, UnleashxState, User,
    WoodpeckerState,
};
