//! The Rust code of all guides, as it stands there, in a module for each.

#![allow(
    missing_docs,
    dead_code,
    clippy::pedantic,
    clippy::print_stdout,
    reason = "it is written for those who read the guide"
)]

include!(concat!(env!("OUT_DIR"), "/guides.rs"));
