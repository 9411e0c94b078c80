//! `prospect-delete unleashx …`

use clap::{Args, Subcommand};
use prospect_delete_core::unleashx;

use crate::{
    arguments::Deleting,
    config::ConfigArgs,
    direct,
    exit::{Exit, Failure},
    output::Output,
};

/// What can be deleted from UnleashX.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete unleashx delete-audience --campaign-id 42 101 102")]
pub enum Unleashx {
    /// Delete audience records of one campaign, or all records of a draft
    DeleteAudience(DeleteAudienceArguments),
}

/// Arguments of `unleashx delete-audience`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete unleashx delete-audience --campaign-id 42 101 102 --dry-run\n\
    \x20 prospect-delete unleashx delete-audience --campaign-id 42 --all --confirm unleashx.campaign:42")]
pub struct DeleteAudienceArguments {
    /// The campaign
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    campaign_id: i64,

    /// The audience records
    #[arg(
        value_name = "AUDIENCE_ID",
        required_unless_present = "all",
        allow_negative_numbers = true
    )]
    audience_ids: Vec<i64>,

    /// Delete every record of the campaign, which must be a draft
    #[arg(long, conflicts_with = "audience_ids")]
    all: bool,

    #[command(flatten)]
    deleting: Deleting,
}

pub async fn run(command: Unleashx, choice: &ConfigArgs, output: &Output) -> Result<Exit, Failure> {
    let Unleashx::DeleteAudience(DeleteAudienceArguments {
        campaign_id,
        audience_ids,
        all,
        deleting,
    }) = command;
    let deletion = if all {
        unleashx::DeleteAudience::all(campaign_id)
    } else {
        unleashx::DeleteAudience::records(campaign_id, audience_ids)
    };
    direct::run(
        &unleashx::DELETE_RECORDS,
        deletion,
        &deleting,
        choice,
        output,
    )
    .await
}
