//! `prospect-delete nlpearl …`

use clap::{Args, Subcommand};
use prospect_delete_core::nlpearl;

use crate::{
    arguments::Deleting,
    config::ConfigArgs,
    direct,
    exit::{Exit, Failure},
    output::Output,
};

/// What can be deleted from NLPearl.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete nlpearl delete-leads --pearl-id 66b2f0c4a1d3e5f708192a3b 66b2f0c4a1d3e5f708190001")]
pub enum Nlpearl {
    /// Delete leads of one outbound campaign
    DeleteLeads(DeleteLeadsArguments),
}

/// Arguments of `nlpearl delete-leads`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete nlpearl delete-leads --pearl-id 66b2f0c4a1d3e5f708192a3b 66b2f0c4a1d3e5f708190001 --dry-run\n\
    \x20 prospect-delete nlpearl delete-leads --pearl-id 66b2f0c4a1d3e5f708192a3b 66b2f0c4a1d3e5f708190001 --yes --output json")]
pub struct DeleteLeadsArguments {
    /// The outbound campaign (a pearl)
    #[arg(long, value_name = "ID")]
    pearl_id: String,

    /// The leads
    #[arg(required = true, value_name = "LEAD_ID")]
    lead_ids: Vec<String>,

    #[command(flatten)]
    deleting: Deleting,
}

pub async fn run(command: Nlpearl, choice: &ConfigArgs, output: &Output) -> Result<Exit, Failure> {
    let Nlpearl::DeleteLeads(DeleteLeadsArguments {
        pearl_id,
        lead_ids,
        deleting,
    }) = command;
    let deletion = nlpearl::DeleteLeads::new(pearl_id, lead_ids);
    direct::run(&nlpearl::DELETE_LEADS, deletion, &deleting, choice, output).await
}
