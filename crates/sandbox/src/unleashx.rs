//! UnleashX's call, and what it does.

use http::StatusCode;
use serde::Deserialize;

use crate::operation::Provider;
use crate::record::{GoneBy, Record};
use crate::refusal;
use crate::reply::Reply;
use crate::state::{CampaignStatus, UnleashxState};

/// The body of the call: which audience records of which campaign go.
#[derive(Deserialize)]
pub(crate) struct Deletion {
    campaign_id: i64,
    #[serde(default)]
    audience: Vec<i64>,
    #[serde(default)]
    delete_all: bool,
}

impl Deletion {
    pub(crate) fn carry_out(self, workspace: &mut UnleashxState, mut gone: GoneBy<'_>) -> Reply {
        let Some(campaign) = workspace.campaigns.get_mut(&self.campaign_id) else {
            return refuse("Campaign not exist");
        };
        if self.delete_all {
            if campaign.status != CampaignStatus::Draft {
                return refuse(
                    "All audience can only be deleted when the campaign is in draft status",
                );
            }
            for audience_id in std::mem::take(&mut campaign.audience) {
                gone.take(Record::audience(self.campaign_id, audience_id));
            }
            return Reply::message(StatusCode::OK, "All audience deleted successfully");
        }
        if self.audience.is_empty() {
            return refuse("Audience array is required");
        }
        for audience_id in &self.audience {
            if campaign.audience.remove(audience_id) {
                gone.take(Record::audience(self.campaign_id, *audience_id));
            }
        }
        Reply::message(StatusCode::OK, "Audience deleted successfully")
    }
}

fn refuse(message: &str) -> Reply {
    refusal::refuse(Provider::Unleashx, StatusCode::BAD_REQUEST, message)
}

/// Adds campaigns and audience to those that are there; the newer status counts.
pub(crate) fn add(workspace: &mut UnleashxState, seed: &UnleashxState) {
    for (campaign_id, campaign) in &seed.campaigns {
        let known = workspace
            .campaigns
            .entry(*campaign_id)
            .or_insert_with(|| campaign.clone());
        known.status = campaign.status;
        known.audience.extend(&campaign.audience);
    }
}
