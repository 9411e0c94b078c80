//! Typed mocks of the API: an extension of [`httpmock::MockServer`] with a method for each operation.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

include!(concat!(env!("OUT_DIR"), "/mock.rs"));
