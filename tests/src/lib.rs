//! What the tests that cross crates share: the seven requests, and a server that answers anything.

pub mod properties;
mod samples;
mod scripted;

pub use samples::{CANARY, Sample, clients, samples};
pub use scripted::{Recorded, Reply, ScriptedServer};
