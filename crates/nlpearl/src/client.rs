use prospect_delete_transport::{Call, Error, Operation, Provider, Receipt};

use crate::{DeleteLeads, answer, raw};

/// NLPearl: address and header from its document, variables of this project's choice.
pub const PROVIDER: Provider = Provider {
    name: "nlpearl",
    base_url: raw::BASE_URL,
    authentication: raw::AUTHENTICATION,
    credential_variable: "NLPEARL_API_KEY",
    base_url_variable: "NLPEARL_BASE_URL",
    throttling_code: None,
};

/// `DELETE /v2/Outbound/{pearlId}/Leads`. Names ids, so it may be repeated.
pub const DELETE_LEADS: Operation = Operation {
    provider: &PROVIDER,
    name: "delete_leads",
    repeatable: true,
    read: answer::read,
};

prospect_delete_transport::client! {
    /// Deletes leads at NLPearl. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Deletes leads of one campaign.
    ///
    /// `true` for ids that do not exist is not excluded by the vendor's document: a receipt says that
    /// NLPearl confirmed, not that each lead had been there.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn delete_leads(&self, request: &DeleteLeads) -> Result<Receipt, Error> {
        self.send(&self.prepare_delete_leads(request).await?).await
    }

    /// Puts the request together and sends nothing.
    ///
    /// # Errors
    ///
    /// The request cannot be put together.
    pub async fn prepare_delete_leads(&self, request: &DeleteLeads) -> Result<Call, Error> {
        let send = async |parts| {
            let client = raw::Client::from(parts);
            client
                .delete_leads()
                .pearl_id(request.pearl_id())
                .body(request.body())
                .send()
                .await
        };
        let call = self.0.prepare(request.operation(), send).await?;
        Ok(call.naming(request.lead_ids().len()))
    }
}
