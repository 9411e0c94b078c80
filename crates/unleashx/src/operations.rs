//! The provider, and what it can be asked to do.

use prospect_delete_transport::{Limits, Operation, Provider};

use crate::raw;

/// UnleashX: address and header from its document, variables of this project's choice. A hundred requests a minute
/// are the limit of the smallest of its plans, by its FAQ.
pub static PROVIDER: Provider = Provider::new(
    "unleashx",
    raw::BASE_URL,
    raw::AUTHENTICATION,
    "UNLEASHX_TOKEN",
    "UNLEASHX_BASE_URL",
)
.limited_to(Limits::per_minute(100, 4));

/// `POST /api/v1/global/delete-audience` with ids, which may be repeated.
pub static DELETE_RECORDS: Operation = Operation::delete(&PROVIDER, "delete_audience");

/// `POST /api/v1/global/delete-audience` with `delete_all`. Records may join the campaign between two
/// requests, so it is not repeated once it may have been carried out.
pub static DELETE_ALL: Operation = Operation::delete_scope(&PROVIDER, "delete_audience");
