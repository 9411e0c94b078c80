use prospect_delete_transport::{Error, Limits, Operation, Provider, Receipt};

use crate::{DeleteSelected, RemoveProspect, raw, targets};

/// Extrovert: address and header from its document, variables of this project's choice. Ten requests a second are
/// what other people's clients keep to; the vendor documents no limit.
pub static PROVIDER: Provider = Provider::new(
    "extrovert",
    raw::BASE_URL,
    raw::AUTHENTICATION,
    "EXTROVERT_API_KEY",
    "EXTROVERT_BASE_URL",
)
.limited_to(Limits::per_second(10, 4))
.with_kinds(targets::KINDS);

/// `POST /client/v2/prospects/delete-selected` with people. Names ids, so it may be repeated.
pub static DELETE_PEOPLE: Operation = Operation::delete(&PROVIDER, "delete_selected");

/// `POST /client/v2/prospects/delete-selected` with a scope. People may join the scope between two
/// requests, so it is not repeated once it may have been carried out.
pub static DELETE_SCOPE: Operation = Operation::delete_scope(&PROVIDER, "delete_selected");

/// `DELETE /api/client/v1/prospects`. Names one person and one campaign, so it may be repeated.
pub static REMOVE_PROSPECT: Operation = Operation::delete(&PROVIDER, "remove_prospect");

prospect_delete_transport::client! {
    /// Deletes prospects at Extrovert. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Deletes people in all campaigns of their owners, or everybody in a scope.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn delete_selected(&self, request: &DeleteSelected) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }

    /// Takes one person out of one campaign (first API generation).
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn remove_prospect(&self, request: &RemoveProspect) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }
}
