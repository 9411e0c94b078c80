#![doc = include_str!("../README.md")]

mod check;
mod client;
mod document;
mod generate;
mod mock;
mod names;
mod operation;
mod prepare;
mod problem;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

pub use document::Document;
pub use generate::{Features, Generated};
pub use problem::{Problem, child};

/// Generates the calling crate's code from the document at `path`; the whole of a `build.rs`.
///
/// Writes `client.rs` and, with the crate's `mock` feature, `mock.rs` into `OUT_DIR`. Each fault is
/// reported to cargo as an error of its own.
///
/// # Panics
///
/// When it runs outside a build script, where cargo sets no `OUT_DIR`.
#[must_use]
pub fn run(path: impl AsRef<Path>) -> ExitCode {
    let path = path.as_ref();
    cargo(&format!("rerun-if-changed={}", path.display()));
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for a build.rs"));
    let features = Features {
        mock: env::var_os("CARGO_FEATURE_MOCK").is_some(),
        schemars: env::var_os("CARGO_FEATURE_SCHEMARS").is_some(),
    };
    match generate_into(&out_dir, path, features) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                cargo(&format!("error={problem}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// Reads, checks and generates, without writing anything.
///
/// # Errors
///
/// Every fault that was found in the document; never an empty list.
pub fn generate(path: &Path, features: Features) -> Result<Generated, Vec<Problem>> {
    Document::load(path)
        .map_err(|problem| vec![problem])
        .and_then(|document| generate_from(&document, features))
}

/// Checks a document that was read already, and generates from it.
///
/// # Errors
///
/// Every fault that was found in the document; never an empty list.
pub fn generate_from(document: &Document, features: Features) -> Result<Generated, Vec<Problem>> {
    let problems = check::problems(document);
    if !problems.is_empty() {
        return Err(problems);
    }
    generate::generate(document, features).map_err(|problem| vec![problem])
}

fn generate_into(out_dir: &Path, path: &Path, features: Features) -> Result<(), Vec<Problem>> {
    let generated = generate(path, features)?;
    let write = |name: &str, text: &str| {
        let file = out_dir.join(name);
        fs::write(&file, text).map_err(|error| {
            vec![Problem::new(
                &file,
                "",
                format!("cannot be written ({error})"),
                "make room or give access",
            )]
        })
    };
    write("client.rs", &generated.client)?;
    generated
        .mock
        .as_ref()
        .map_or(Ok(()), |mock| write("mock.rs", mock))
}

/// Says a line to cargo, which reads a build script's standard output.
#[expect(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]
fn cargo(instruction: &str) {
    println!("cargo::{instruction}");
}
