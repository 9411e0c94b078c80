//! The shape in which an Extrovert team is seeded and shown.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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

impl Prospect {
    /// A record in no campaign and no list. The first id is the record's own.
    #[must_use]
    pub fn new(
        id: Uuid,
        user_id: Uuid,
        profile_id: impl Into<String>,
        profile_url: impl Into<String>,
    ) -> Self {
        Self {
            id,
            user_id,
            campaign_id: None,
            list_id: None,
            profile_id: profile_id.into(),
            profile_url: profile_url.into(),
        }
    }

    /// The same record in a campaign.
    #[must_use]
    pub fn in_campaign(mut self, campaign_id: Uuid) -> Self {
        self.campaign_id = Some(campaign_id);
        self
    }

    /// The same record in a list.
    #[must_use]
    pub fn in_list(mut self, list_id: Uuid) -> Self {
        self.list_id = Some(list_id);
        self
    }
}

/// How much is made up for Extrovert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateExtrovert {
    /// Teammates.
    pub users: u32,
    /// Campaigns of each teammate, each with a list of its own.
    pub campaigns_per_user: u32,
    /// People. Each is a prospect of one to three teammates, in one to three of a teammate's campaigns (of
    /// as many as there are), and half of the records have a post that waits for approval.
    pub people: u32,
}
