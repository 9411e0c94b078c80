//! What can be listed and planned at Woodpecker.

use prospect_delete_transport::{Column, InvalidInput, Target, TargetKind};

use crate::{DELETE_COMPANY_PROSPECTS, DeleteCompanyProspects};

/// All kinds of targets.
pub static KINDS: &[&TargetKind] = &[&COMPANY];

const COMPANY_ID: Column = Column::integer("company_id");

/// All prospects of one client company. The number of the job that deletes them names nobody.
pub static COMPANY: TargetKind = TargetKind::new(
    8,
    "woodpecker.company",
    &DELETE_COMPANY_PROSPECTS,
    &[COMPANY_ID],
    |companies| Box::new(DeleteCompanyProspects::of(&companies[0])),
)
.keeping_request_ids();

/// All prospects of one client company.
///
/// # Errors
///
/// The id is 0 or below.
pub fn company(company_id: i64) -> Result<Target, InvalidInput> {
    Target::new(&COMPANY, &[&company_id.to_string()])
}
