//! The guides are Markdown, to be read as such. `build.rs` takes the Rust code out of them, and `tests/rust.rs`
//! runs it as it stands.
