# Lists the recipes.
default:
    @just --list

# Runs every operation against a sandbox and checks what it deleted.
demo *arguments:
    cargo run -p prospect-delete-cli -- demo {{ arguments }}

# Runs all tests.
test:
    cargo test --workspace

# Formats the code.
fmt:
    cargo fmt --all

# Lints the code as CI does.
lint:
    cargo clippy --workspace --all-targets --all-features -- -D warnings

# Builds the documents that docs.rs would show.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features

# Measures everything, or the sections named, and writes BENCHMARKS.md; --quick only sees that it runs.
bench *arguments:
    python3 benches/suite {{ arguments }}

# Proves the contracts with other people's tools.
contracts *arguments:
    .ci/contracts {{ arguments }}

# Opens HTML reports in a headless Chromium, and leaves pictures and prints in target/browser.
browser:
    .ci/browser

# Packages every published crate, and builds and tests the packages outside the workspace.
packages *arguments:
    .ci/packages {{ arguments }}

# Follows the guide that adds a provider, in a copy; --keep leaves the copy.
scratch *arguments:
    .ci/scratch {{ arguments }}

# Checks licences, sources and versions of what is depended on.
deny:
    .ci/deny

# Builds with the oldest Rust that each crate says it needs.
oldest:
    .ci/oldest

# Compares the libraries with the last release.
semver:
    .ci/semver

# Shows what a release would hold; needs `cargo install cargo-dist --locked --version 0.34.0`.
dist *arguments:
    dist plan {{ arguments }}

# Runs everything that must pass.
ci:
    .ci/run
