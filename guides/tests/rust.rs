//! The Rust code of the guides, as it stands there.

#![allow(
    missing_docs,
    clippy::pedantic,
    reason = "it is written for those who read the guide"
)]

/// Takes in the code of one guide.
macro_rules! guide {
    ($module:ident, $page:literal) => {
        mod $module {
            include!(concat!(env!("OUT_DIR"), "/", $page, ".rs"));
        }
    };
}

guide!(embed_the_crate, "embed-the-crate");
guide!(test_your_rust_code, "test-your-rust-code");
