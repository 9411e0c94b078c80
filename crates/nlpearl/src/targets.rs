//! What can be listed and planned at NLPearl.

use prospect_delete_transport::{
    BATCH, Column, InvalidInput, Target, TargetKind, check_path_segment,
};

use crate::{DELETE_LEADS, DeleteLeads};

/// All kinds of targets.
pub static KINDS: &[&TargetKind] = &[&LEAD];

const PEARL_ID: Column = Column::text("pearl_id").checked_by(check_path_segment);
const LEAD_ID: Column = Column::text("lead_id");

/// A lead of one outbound campaign.
pub static LEAD: TargetKind = TargetKind::new(
    3,
    "nlpearl.lead",
    &DELETE_LEADS,
    &[PEARL_ID, LEAD_ID],
    |leads| Box::new(DeleteLeads::of(leads)),
)
.in_batches(BATCH, 1);

/// A lead of one outbound campaign.
///
/// # Errors
///
/// An id is none that NLPearl has, or the pearl id cannot be in a path.
pub fn lead(pearl_id: &str, lead_id: &str) -> Result<Target, InvalidInput> {
    Target::new(&LEAD, &[pearl_id, lead_id])
}
