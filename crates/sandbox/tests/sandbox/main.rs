//! What a client sees of the sandbox, over real HTTP.

mod client;
mod contract;
mod control;
mod extrovert;
mod faults;
mod lifetime;
mod nlpearl;
mod unleashx;
mod woodpecker;
