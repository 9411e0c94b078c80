//! `prospect-delete woodpecker …`

use clap::{Args, Subcommand};
use prospect_delete_core::woodpecker;

use crate::{
    arguments::Deleting,
    config::ConfigArgs,
    direct,
    exit::{Exit, Failure},
    output::Output,
};

/// What can be deleted from Woodpecker.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete woodpecker delete-prospects --company-id 123")]
pub enum Woodpecker {
    /// Have all prospects of a client company deleted
    DeleteProspects(DeleteProspectsArguments),
}

/// Arguments of `woodpecker delete-prospects`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete woodpecker delete-prospects --company-id 123 --dry-run\n\
    \x20 prospect-delete woodpecker delete-prospects --company-id 123 --confirm woodpecker.company:123")]
pub struct DeleteProspectsArguments {
    /// The client company, all of whose prospects go
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    company_id: i64,

    #[command(flatten)]
    deleting: Deleting,
}

pub async fn run(
    command: Woodpecker,
    choice: &ConfigArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let Woodpecker::DeleteProspects(DeleteProspectsArguments {
        company_id,
        deleting,
    }) = command;
    let deletion = woodpecker::DeleteCompanyProspects::all(company_id);
    direct::run(
        &woodpecker::DELETE_COMPANY_PROSPECTS,
        deletion,
        &deleting,
        choice,
        output,
    )
    .await
}
