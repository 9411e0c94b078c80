//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Keeps the OpenAPI documents of prospect-delete in step with the vendors'.
///
/// Exit status: 0 no change, 10 changes that break nobody, 11 breaking changes, 2 what was given cannot be
/// read, 1 the work could not be done.
#[derive(Debug, Parser)]
#[command(name = "specs", bin_name = "cargo specs", version)]
pub struct Arguments {
    /// The folder with the providers' documents
    #[arg(long, value_name = "FOLDER", global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs"), hide_default_value = true)]
    pub specs: PathBuf,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check that documents, overlays, facts and summaries fit together
    Check {
        /// Check these alone
        #[arg(value_name = "PROVIDER")]
        providers: Vec<String>,
    },
    /// Compare with the vendor's document, and take it over with --write
    Refresh {
        #[arg(value_name = "PROVIDER")]
        provider: String,
        /// The vendor's document or page; again for each page of a provider that has several.
        /// Without it, what was read last is used, which is how an edited overlay takes effect
        #[arg(long, value_name = "FILE|ADDRESS")]
        from: Vec<String>,
        /// Update the document, its source, facts and summaries
        #[arg(long)]
        write: bool,
    },
    /// Compare two documents
    Diff {
        #[arg(value_name = "OLD")]
        old: String,
        #[arg(value_name = "NEW")]
        new: String,
    },
}
