//! `prospect-delete extrovert …`

use clap::{Args, Subcommand, ValueEnum};
use prospect_delete_core::{
    InvalidInput,
    extrovert::{
        DELETE_PEOPLE, DeleteSelected, Person, REMOVE_PROSPECT, RemoveProspect, Scope, parse_uuid,
    },
};

use crate::{
    arguments::Deleting,
    config::ConfigArgs,
    direct,
    exit::{Exit, Failure},
    output::Output,
};

/// What can be deleted from Extrovert.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete extrovert delete-selected --user-id 8d256aa6-9b12-49a7-93ee-bf41634b5b60 --profile-id ACoAAB1\n\
    \x20 prospect-delete extrovert remove-prospect --help")]
pub enum Extrovert {
    /// Delete people in all campaigns of their owner, or everybody in a scope
    DeleteSelected(DeleteSelectedArguments),
    /// Take one person out of one campaign (first API generation)
    RemoveProspect(RemoveProspectArguments),
}

/// Arguments of `extrovert delete-selected`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete extrovert delete-selected --user-id 8d256aa6-9b12-49a7-93ee-bf41634b5b60 --profile-id ACoAAB1 --dry-run\n\
    \x20 prospect-delete extrovert delete-selected --scope all --confirm extrovert.all")]
pub struct DeleteSelectedArguments {
    /// The teammate who owns the people's records
    #[arg(
        long,
        value_name = "UUID",
        required_unless_present = "scope",
        requires = "profile_id"
    )]
    user_id: Option<String>,

    /// LinkedIn profile ids of the people
    #[arg(long, value_name = "ID", num_args = 1.., requires = "user_id")]
    profile_id: Vec<String>,

    /// Delete everybody in a scope instead
    #[arg(long, value_enum, conflicts_with_all = ["user_id", "profile_id"])]
    scope: Option<ScopeName>,

    /// The list that `--scope list` means
    #[arg(long, value_name = "UUID")]
    list_id: Option<String>,

    /// Also reject posts of the deleted that wait in "Need approval"
    #[arg(long)]
    reject_posts: bool,

    #[command(flatten)]
    deleting: Deleting,
}

/// A scope, by the vendor's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScopeName {
    /// Every prospect that the key's account sees
    All,
    /// Every prospect of one list, with --list-id
    List,
    /// Every list in a campaign; the vendor's API has no field for which one
    Campaign,
}

/// Arguments of `extrovert remove-prospect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete extrovert remove-prospect --profile-url https://www.linkedin.com/in/john-doe --campaign-id 8d256aa6-9b12-49a7-93ee-bf41634b5b60")]
pub struct RemoveProspectArguments {
    /// Address of the person's LinkedIn profile
    #[arg(long, value_name = "URL")]
    profile_url: String,

    /// The campaign to take the person out of
    #[arg(long, value_name = "UUID")]
    campaign_id: String,

    /// Also reject the person's posts that wait in "Need approval"
    #[arg(long)]
    reject_posts: bool,

    #[command(flatten)]
    deleting: Deleting,
}

pub async fn run(
    command: Extrovert,
    choice: &ConfigArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        Extrovert::DeleteSelected(arguments) => {
            let deletion = arguments.deletion();
            direct::run(
                &DELETE_PEOPLE,
                deletion,
                &arguments.deleting,
                choice,
                output,
            )
            .await
        }
        Extrovert::RemoveProspect(arguments) => {
            let deletion = arguments.deletion();
            direct::run(
                &REMOVE_PROSPECT,
                deletion,
                &arguments.deleting,
                choice,
                output,
            )
            .await
        }
    }
}

impl DeleteSelectedArguments {
    fn deletion(&self) -> Result<DeleteSelected, InvalidInput> {
        let list_id = self
            .list_id
            .as_deref()
            .map(|id| parse_uuid("--list-id", id))
            .transpose()?;
        let request = match (self.scope, list_id) {
            (None, None) => {
                let user_id = parse_uuid("--user-id", self.user_id.as_deref().unwrap_or_default())?;
                let people: Result<Vec<_>, _> = self
                    .profile_id
                    .iter()
                    .map(|id| Person::new(user_id, id))
                    .collect();
                DeleteSelected::people(people?)?
            }
            (Some(ScopeName::List), Some(list_id)) => DeleteSelected::scope(Scope::List(list_id)),
            (Some(ScopeName::All), None) => DeleteSelected::scope(Scope::All),
            (Some(ScopeName::Campaign), None) => DeleteSelected::scope(Scope::Campaign),
            (Some(ScopeName::List), None) => {
                return Err(InvalidInput::new(
                    "--scope list",
                    "needs --list-id; give the list's UUID",
                ));
            }
            (_, Some(_)) => {
                return Err(InvalidInput::new(
                    "--list-id",
                    "goes with --scope list alone; leave it out",
                ));
            }
        };
        Ok(request.with_reject_posts(self.reject_posts))
    }
}

impl RemoveProspectArguments {
    fn deletion(&self) -> Result<RemoveProspect, InvalidInput> {
        let campaign_id = parse_uuid("--campaign-id", &self.campaign_id)?;
        Ok(RemoveProspect::new(&self.profile_url, campaign_id)?
            .with_reject_posts(self.reject_posts))
    }
}
