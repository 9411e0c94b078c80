//! The shape in which the sandbox's data is seeded and shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

static EXAMPLE: LazyLock<State> = LazyLock::new(|| {
    serde_json::from_str(include_str!("example.json")).expect("the example is a seed")
});

/// Data to put into a sandbox. What one sandbox shows as its state seeds another.
pub type Seed = State;

/// Everything that a sandbox holds, at one moment.
///
/// Lists are in ascending order of their ids. References between records are not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// The Extrovert team.
    pub extrovert: ExtrovertState,
    /// The NLPearl account.
    pub nlpearl: NlpearlState,
    /// The Woodpecker agency.
    pub woodpecker: WoodpeckerState,
    /// The UnleashX workspace.
    pub unleashx: UnleashxState,
}

impl State {
    /// Data on which the samples in the vendors' documents work as they stand.
    #[must_use]
    pub fn example() -> Self {
        EXAMPLE.clone()
    }
}

/// One Extrovert team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtrovertState {
    /// The teammates.
    pub users: Vec<User>,
    /// Their campaigns.
    pub campaigns: Vec<Campaign>,
    /// Their prospect lists.
    pub lists: Vec<ProspectList>,
    /// The prospect records. One person has one for each owner and campaign.
    pub prospects: Vec<Prospect>,
    /// Posts of prospects.
    pub posts: Vec<Post>,
}

/// A teammate, who owns campaigns and prospect records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// What `userId` names.
    pub id: Uuid,
    /// For people to read.
    pub name: String,
}

/// A campaign of one teammate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// What `campaignId` names.
    pub id: Uuid,
    /// Its owner.
    pub user_id: Uuid,
    /// For people to read.
    pub name: String,
}

/// A prospect list, in a campaign or on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProspectList {
    /// What `listId` names.
    pub id: Uuid,
    /// The campaign that the list belongs to, if any.
    #[serde(default)]
    pub campaign_id: Option<Uuid>,
    /// For people to read.
    pub name: String,
}

/// One owner's record of one person, in one campaign or in none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prospect {
    /// The record's own id, which no deletion asks for.
    pub id: Uuid,
    /// The owner.
    pub user_id: Uuid,
    /// The campaign that the record is in, if any.
    #[serde(default)]
    pub campaign_id: Option<Uuid>,
    /// The list that the record is in, if any.
    #[serde(default)]
    pub list_id: Option<Uuid>,
    /// The person's LinkedIn profile id: what `targetUserProfileId` names.
    pub profile_id: String,
    /// The person's LinkedIn address: what `prospectProfileUrl` names.
    pub profile_url: String,
}

/// A post of a prospect, on its way to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The post's own id.
    pub id: Uuid,
    /// The prospect record that it belongs to. A post outlives its record.
    pub prospect_id: Uuid,
    /// Where it stands.
    pub status: PostStatus,
}

/// Where a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PostStatus {
    /// Waits for approval; a deletion may reject it.
    #[serde(rename = "Need approval")]
    NeedApproval,
    /// On its way; no deletion touches it.
    Pending,
    /// Rejected.
    Rejected,
}

/// One NLPearl account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NlpearlState {
    /// Outbound campaigns by id.
    pub pearls: BTreeMap<String, Pearl>,
}

/// An outbound campaign of NLPearl.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pearl {
    /// The ids of its leads.
    pub leads: BTreeSet<String>,
}

/// One Woodpecker agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WoodpeckerState {
    /// Client companies by id.
    pub companies: BTreeMap<i64, Company>,
    /// Deletions that were taken, carried out or not.
    pub deletion_requests: Vec<DeletionRequest>,
}

/// A client company of the agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Company {
    /// The ids of its prospects.
    pub prospects: BTreeSet<i64>,
}

/// A deletion that Woodpecker took, to carry it out later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeletionRequest {
    /// The number that the answer gave.
    pub id: i64,
    /// Whose prospects go.
    pub company_id: i64,
    /// How many there were when it was taken.
    pub count: u64,
    /// Whether they are gone.
    pub completed: bool,
}

/// One UnleashX workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnleashxState {
    /// Campaigns by id.
    pub campaigns: BTreeMap<i64, UnleashxCampaign>,
}

/// A campaign of UnleashX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnleashxCampaign {
    /// Only a draft can lose its whole audience at once.
    pub status: CampaignStatus,
    /// The ids of its audience records.
    #[serde(default)]
    pub audience: BTreeSet<i64>,
}

/// How far an UnleashX campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CampaignStatus {
    /// Not started.
    Draft,
    /// Calling.
    Inprogress,
    /// Held back.
    Hold,
    /// Paused.
    Pause,
}
