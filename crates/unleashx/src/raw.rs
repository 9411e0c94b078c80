//! The client as the generator writes it.
//!
//! Its requests carry the key and its redirects are off, but it knows nothing of outcomes, retries or
//! combinations that are better not sent. Prefer [`Client`](crate::Client).

#![allow(missing_docs, unreachable_patterns, clippy::all, clippy::pedantic)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
