//! What can be listed and planned at Extrovert.

use prospect_delete_transport::{BATCH, Column, InvalidInput, Request, Target, TargetKind};
use uuid::Uuid;

use crate::{
    DELETE_PEOPLE, DELETE_SCOPE, DeleteSelected, REMOVE_PROSPECT, RemoveProspect, Scope,
    check_profile_url, folded_profile_url,
};

/// All kinds of targets.
pub static KINDS: &[&TargetKind] = &[&PERSON, &PROSPECT, &ALL, &LIST, &CAMPAIGN];

const USER_ID: Column = Column::uuid("user_id");
const PROFILE_ID: Column = Column::text("profile_id");
const CAMPAIGN_ID: Column = Column::uuid("campaign_id");
const PROFILE_URL: Column = Column::text("profile_url").checked_by(is_profile_url);
const LIST_ID: Column = Column::uuid("list_id");

/// Whether posts that wait for approval are rejected too.
pub const REJECT_POSTS: &str = "reject_posts";
const OPTIONS: &[Column] = &[Column::boolean(REJECT_POSTS)];

/// A person in all campaigns of one owner.
pub static PERSON: TargetKind = TargetKind::new(
    1,
    "extrovert.person",
    &DELETE_PEOPLE,
    &[USER_ID, PROFILE_ID],
    |people| {
        let rejects = people[0].option(REJECT_POSTS);
        Box::new(DeleteSelected::of(people).with_reject_posts(rejects))
    },
)
.in_batches(BATCH, 0)
.with_options(OPTIONS);

/// A person in one campaign.
pub static PROSPECT: TargetKind = TargetKind::new(
    2,
    "extrovert.prospect",
    &REMOVE_PROSPECT,
    &[CAMPAIGN_ID, PROFILE_URL],
    |prospects| {
        let rejects = prospects[0].option(REJECT_POSTS);
        Box::new(RemoveProspect::of(&prospects[0]).with_reject_posts(rejects))
    },
)
.with_options(OPTIONS)
.alike_where(folded_profile_url);

/// Every prospect that the key's account sees.
pub static ALL: TargetKind = TargetKind::new(5, "extrovert.all", &DELETE_SCOPE, &[], |scopes| {
    scope(&scopes[0], Scope::All)
})
.with_options(OPTIONS);

/// Every prospect of one list.
pub static LIST: TargetKind =
    TargetKind::new(6, "extrovert.list", &DELETE_SCOPE, &[LIST_ID], |scopes| {
        scope(&scopes[0], Scope::List(scopes[0].uuid(0)))
    })
    .with_options(OPTIONS);

/// Every list in a campaign. The vendor's request has no field for which.
pub static CAMPAIGN: TargetKind =
    TargetKind::new(7, "extrovert.campaign", &DELETE_SCOPE, &[], |scopes| {
        scope(&scopes[0], Scope::Campaign)
    })
    .with_options(OPTIONS);

fn scope(target: &Target, scope: Scope) -> Box<dyn Request> {
    Box::new(DeleteSelected::scope(scope).with_reject_posts(target.option(REJECT_POSTS)))
}

/// A person in all campaigns of one owner: the owner's user id, and the person's LinkedIn profile id.
///
/// # Errors
///
/// The profile id is none that a provider has.
pub fn person(user_id: Uuid, profile_id: &str, reject_posts: bool) -> Result<Target, InvalidInput> {
    Target::new(&PERSON, &[&user_id.to_string(), profile_id])?
        .with_option(REJECT_POSTS, reject_posts)
}

/// A person in one campaign, by the address of the person's LinkedIn profile.
///
/// # Errors
///
/// It is no address of a person's profile.
pub fn prospect(
    campaign_id: Uuid,
    profile_url: &str,
    reject_posts: bool,
) -> Result<Target, InvalidInput> {
    Target::new(&PROSPECT, &[&campaign_id.to_string(), profile_url])?
        .with_option(REJECT_POSTS, reject_posts)
}

/// Everybody in a scope.
///
/// # Errors
///
/// The list's id is one that stands for a missing one.
pub fn everybody(scope: Scope, reject_posts: bool) -> Result<Target, InvalidInput> {
    let target = match scope {
        Scope::All => Target::new(&ALL, &[]),
        Scope::List(list_id) => Target::new(&LIST, &[&list_id.to_string()]),
        Scope::Campaign => Target::new(&CAMPAIGN, &[]),
    };
    target?.with_option(REJECT_POSTS, reject_posts)
}

fn is_profile_url(column: &str, url: &str) -> Result<(), InvalidInput> {
    check_profile_url(column, url).map(|_| ())
}
