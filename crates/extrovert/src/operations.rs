//! The provider, and what it can be asked to do.

use prospect_delete_transport::{Limits, Operation, Provider};

use crate::raw;

/// Extrovert: address and header from its document, variables of this project's choice. Ten requests a second are
/// what other people's clients keep to; the vendor documents no limit.
pub static PROVIDER: Provider = Provider::new(
    "extrovert",
    raw::BASE_URL,
    raw::AUTHENTICATION,
    "EXTROVERT_API_KEY",
    "EXTROVERT_BASE_URL",
)
.limited_to(Limits::per_second(10, 4));

/// `POST /client/v2/prospects/delete-selected` with people. Names ids, so it may be repeated.
pub static DELETE_PEOPLE: Operation = Operation::delete(&PROVIDER, "delete_selected");

/// `POST /client/v2/prospects/delete-selected` with a scope. People may join the scope between two
/// requests, so it is not repeated once it may have been carried out.
pub static DELETE_SCOPE: Operation = Operation::delete_scope(&PROVIDER, "delete_selected");

/// `DELETE /api/client/v1/prospects`. Names one person and one campaign, so it may be repeated.
pub static REMOVE_PROSPECT: Operation = Operation::delete(&PROVIDER, "remove_prospect");
