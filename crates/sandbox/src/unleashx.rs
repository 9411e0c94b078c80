//! UnleashX: a workspace's audience, and the operation that deletes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use prospect_delete_specs::Document;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;

use crate::chance::Chance;
use crate::provider::{Operation, Service, Take};
use crate::reply::Reply;

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

/// How much is made up for UnleashX.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateUnleashx {
    /// Campaigns. Every other one is a draft, beginning with the first.
    pub campaigns: u32,
    /// Audience records of each campaign.
    pub audience_per_campaign: u32,
}

/// What is deleted at UnleashX.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Error)]
#[serde(tag = "kind")]
pub enum UnleashxRecord {
    /// An audience record of a campaign.
    #[error("unleashx audience {audience_id} of campaign {campaign_id}")]
    #[serde(rename = "unleashx_audience")]
    Audience {
        /// The campaign.
        campaign_id: i64,
        /// The audience record.
        audience_id: i64,
    },
}

/// The body of the call: which audience records of which campaign go.
#[derive(Deserialize)]
pub(crate) struct Deletion {
    campaign_id: i64,
    #[serde(default)]
    audience: Vec<i64>,
    #[serde(default)]
    delete_all: bool,
}

impl Service for UnleashxState {
    const DOCUMENT: Document = prospect_delete_specs::UNLEASHX;
    const DATA: &str = include_str!("unleashx.yaml");
    const KEY: &str = "sandbox-unleashx-token";
    const KEY_REFUSED: &str = "Invalid or missing token";
    const OPERATIONS: &[Operation<Deletion>] = &[Operation {
        id: "delete_audience",
        name: "delete_audience",
        read: |asked| asked.body(),
    }];
    const ELSEWHERE: &[(&[Method], &str)] = &[
        (&[Method::GET], "/api/v1/global/audience-list"),
        (&[Method::GET], "/api/v1/global/campaign-audience-stats"),
        (&[Method::POST], "/api/v1/global/update-campaign"),
        (&[Method::POST], "/api/v1/global/verify"),
    ];

    type State = Self;
    type Generate = GenerateUnleashx;
    type Deletion = Deletion;
    type Record = UnleashxRecord;

    fn new(_delay: Duration) -> Self {
        Self::default()
    }

    /// The newer status of a campaign counts.
    fn add(&mut self, seed: &Self, _now: Instant) {
        for (campaign_id, campaign) in &seed.campaigns {
            let known = self
                .campaigns
                .entry(*campaign_id)
                .or_insert_with(|| campaign.clone());
            known.status = campaign.status;
            known.audience.extend(&campaign.audience);
        }
    }

    fn carry_out(
        &mut self,
        deletion: Deletion,
        request: u64,
        _now: Instant,
        gone: Take<'_, UnleashxRecord>,
    ) -> Reply {
        let Some(campaign) = self.campaigns.get_mut(&deletion.campaign_id) else {
            return refuse("Campaign not exist");
        };
        if deletion.delete_all {
            if campaign.status != CampaignStatus::Draft {
                return refuse(
                    "All audience can only be deleted when the campaign is in draft status",
                );
            }
            for audience_id in std::mem::take(&mut campaign.audience) {
                gone(
                    Some(request),
                    UnleashxRecord::Audience {
                        campaign_id: deletion.campaign_id,
                        audience_id,
                    },
                );
            }
            return Reply::message(StatusCode::OK, "All audience deleted successfully");
        }
        if deletion.audience.is_empty() {
            return refuse("Audience array is required");
        }
        for audience_id in &deletion.audience {
            if campaign.audience.remove(audience_id) {
                gone(
                    Some(request),
                    UnleashxRecord::Audience {
                        campaign_id: deletion.campaign_id,
                        audience_id: *audience_id,
                    },
                );
            }
        }
        Reply::message(StatusCode::OK, "Audience deleted successfully")
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn count(&self) -> usize {
        let campaigns = self.campaigns.values();
        campaigns.map(|campaign| campaign.audience.len()).sum()
    }

    fn refuse(status: StatusCode, detail: &str) -> Reply {
        Reply::json(status, &json!({ "message": detail }))
    }

    fn most_generated(counts: &GenerateUnleashx) -> u64 {
        u64::from(counts.campaigns) * u64::from(counts.audience_per_campaign.max(1))
    }

    fn generate(counts: &Self::Generate, chance: &mut Chance) -> Self::State {
        let campaigns = (1..=i64::from(counts.campaigns)).map(|campaign_id| {
            let status = if campaign_id % 2 == 1 {
                CampaignStatus::Draft
            } else {
                CampaignStatus::Inprogress
            };
            let audience = chance.distinct(counts.audience_per_campaign, Chance::number);
            (campaign_id, UnleashxCampaign { status, audience })
        });
        UnleashxState {
            campaigns: campaigns.collect(),
        }
    }
}

fn refuse(message: &str) -> Reply {
    UnleashxState::refuse(StatusCode::BAD_REQUEST, message)
}
