//! What a client sees of the sandbox, over real HTTP.

mod client;
mod contract;
mod control;
mod extrovert;
mod faults;
mod fidelity;
mod lifetime;
mod nlpearl;
mod seed;
mod unleashx;
mod woodpecker;
