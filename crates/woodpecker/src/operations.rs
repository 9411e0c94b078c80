//! The provider, and what it can be asked to do.

use prospect_delete_transport::{Limits, Operation, Provider};

use crate::raw;

/// Woodpecker: address and header from its document, variables of this project's choice. One request at a time is
/// the limit of its page on rate limiting.
pub static PROVIDER: Provider = Provider::new(
    "woodpecker",
    raw::BASE_URL,
    raw::AUTHENTICATION,
    "WOODPECKER_API_KEY",
    "WOODPECKER_BASE_URL",
)
// Of the error codes in the vendor's page on prospects. Its older pages put all codes under 400, and
// 409 is seen as well.
.throttling_with("E_TOO_MANY_REQUESTS")
.limited_to(Limits::ONE_AT_A_TIME);

/// `POST /rest/v2/agency/companies/{company_id}/prospects/delete`. People may join the company between
/// two requests, so it is not repeated once it may have been taken.
pub static DELETE_COMPANY_PROSPECTS: Operation =
    Operation::delete_scope(&PROVIDER, "delete_company_prospects");
