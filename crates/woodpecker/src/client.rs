use prospect_delete_transport::{Call, Error, Operation, Provider, Receipt};

use crate::{DeleteCompanyProspects, answer, raw};

/// Woodpecker: address and header from its document, variables of this project's choice.
pub const PROVIDER: Provider = Provider {
    name: "woodpecker",
    base_url: raw::BASE_URL,
    authentication: raw::AUTHENTICATION,
    credential_variable: "WOODPECKER_API_KEY",
    base_url_variable: "WOODPECKER_BASE_URL",
    // Of the error codes in the vendor's page on prospects. Its older pages put all codes under 400, and
    // 409 is seen as well.
    throttling_code: Some("E_TOO_MANY_REQUESTS"),
};

/// `POST /rest/v2/agency/companies/{company_id}/prospects/delete`. People may join the company between
/// two requests, so it is not repeated once it may have been taken.
pub const DELETE_COMPANY_PROSPECTS: Operation = Operation {
    provider: &PROVIDER,
    name: "delete_company_prospects",
    repeatable: false,
    read: answer::read,
};

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
        self.send(&self.prepare_delete_company_prospects(request).await?)
            .await
    }

    /// Puts the request together and sends nothing.
    ///
    /// # Errors
    ///
    /// The request cannot be put together.
    pub async fn prepare_delete_company_prospects(
        &self,
        request: &DeleteCompanyProspects,
    ) -> Result<Call, Error> {
        let send = async |parts| {
            let client = raw::Client::from(parts);
            client
                .delete_company_prospects()
                .company_id(request.company_id())
                .body(request.body())
                .send()
                .await
        };
        self.0.prepare(request.operation(), send).await
    }
}
