//! What can be listed and planned at UnleashX.

use prospect_delete_transport::{BATCH, Column, InvalidInput, Target, TargetKind};

use crate::{DELETE_ALL, DELETE_RECORDS, DeleteAudience};

/// All kinds of targets.
pub static KINDS: &[&TargetKind] = &[&AUDIENCE, &CAMPAIGN];

const CAMPAIGN_ID: Column = Column::integer("campaign_id");
const AUDIENCE_ID: Column = Column::integer("audience_id");

/// An audience record of one campaign.
pub static AUDIENCE: TargetKind = TargetKind::new(
    4,
    "unleashx.audience",
    &DELETE_RECORDS,
    &[CAMPAIGN_ID, AUDIENCE_ID],
    |records| Box::new(DeleteAudience::of_records(records)),
)
.in_batches(BATCH, 1);

/// All audience of one draft campaign.
pub static CAMPAIGN: TargetKind = TargetKind::new(
    9,
    "unleashx.campaign",
    &DELETE_ALL,
    &[CAMPAIGN_ID],
    |campaigns| Box::new(DeleteAudience::of_campaign(&campaigns[0])),
);

/// An audience record of one campaign.
///
/// # Errors
///
/// An id is 0 or below.
pub fn audience(campaign_id: i64, audience_id: i64) -> Result<Target, InvalidInput> {
    let ids = [campaign_id, audience_id].map(|id| id.to_string());
    Target::new(&AUDIENCE, &[&ids[0], &ids[1]])
}

/// All audience of one draft campaign.
///
/// # Errors
///
/// The id is 0 or below.
pub fn campaign(campaign_id: i64) -> Result<Target, InvalidInput> {
    Target::new(&CAMPAIGN, &[&campaign_id.to_string()])
}
