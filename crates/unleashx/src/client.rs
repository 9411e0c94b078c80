use prospect_delete_transport::{Error, Limits, Operation, Provider, Receipt};

use crate::{DeleteAudience, raw, targets};

/// UnleashX: address and header from its document, variables of this project's choice. A hundred requests a minute
/// are the limit of the smallest of its plans, by its FAQ.
pub static PROVIDER: Provider = Provider::new(
    "unleashx",
    raw::BASE_URL,
    raw::AUTHENTICATION,
    "UNLEASHX_TOKEN",
    "UNLEASHX_BASE_URL",
)
.limited_to(Limits::per_minute(100, 4))
.with_kinds(targets::KINDS);

/// `POST /api/v1/global/delete-audience` with ids, which may be repeated.
pub static DELETE_RECORDS: Operation = Operation::delete(&PROVIDER, "delete_audience");

/// `POST /api/v1/global/delete-audience` with `delete_all`. Records may join the campaign between two
/// requests, so it is not repeated once it may have been carried out.
pub static DELETE_ALL: Operation = Operation::delete_scope(&PROVIDER, "delete_audience");

prospect_delete_transport::client! {
    /// Deletes audience records at UnleashX. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Deletes audience records of one campaign. Cannot be undone.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn delete_audience(&self, request: &DeleteAudience) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }
}
