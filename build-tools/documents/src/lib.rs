//! The clients and mocks of the documents in `documents.yaml`, a module each. That this crate compiles is the
//! first half of the proof that what the checks accept becomes code; `tests/` is the second.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
