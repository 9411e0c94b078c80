use prospect_delete_transport::{Error, Limits, Operation, Provider, Receipt};

use crate::{DeleteCompanyProspects, raw, targets};

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
.limited_to(Limits::ONE_AT_A_TIME)
.with_kinds(targets::KINDS);

/// `POST /rest/v2/agency/companies/{company_id}/prospects/delete`. People may join the company between
/// two requests, so it is not repeated once it may have been taken.
pub static DELETE_COMPANY_PROSPECTS: Operation =
    Operation::delete_scope(&PROVIDER, "delete_company_prospects");

prospect_delete_transport::client! {
    /// Deletes prospects of an agency's clients at Woodpecker. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Has all prospects of a client company deleted. Cannot be undone.
    ///
    /// The receipt's outcome is [`Accepted`](crate::Outcome::Accepted): Woodpecker deletes later. Its
    /// `request_id` is the job's number and `count` how many prospects the job removes; the vendor
    /// documents no way to ask how far a job is.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not an accepted job; see [`Error::outcome`].
    pub async fn delete_company_prospects(
        &self,
        request: &DeleteCompanyProspects,
    ) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }
}
