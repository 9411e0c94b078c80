//! The provider, and what it can be asked to do.

use prospect_delete_transport::{Limits, Operation, Provider};

use crate::raw;

/// NLPearl: address and header from its document, variables of this project's choice. It documents no limits; ten
/// requests a second are assumed.
pub static PROVIDER: Provider = Provider::new(
    "nlpearl",
    raw::BASE_URL,
    raw::AUTHENTICATION,
    "NLPEARL_API_KEY",
    "NLPEARL_BASE_URL",
)
.limited_to(Limits::per_second(10, 4));

/// `DELETE /v2/Outbound/{pearlId}/Leads`. Names ids, so it may be repeated.
pub static DELETE_LEADS: Operation = Operation::delete(&PROVIDER, "delete_leads");
