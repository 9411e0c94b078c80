use prospect_delete_transport::{Call, Error, Operation, Provider, Receipt};

use crate::{DeleteSelected, RemoveProspect, answer, raw};

/// Extrovert: address and header from its document, variables of this project's choice.
pub const PROVIDER: Provider = Provider {
    name: "extrovert",
    base_url: raw::BASE_URL,
    authentication: raw::AUTHENTICATION,
    credential_variable: "EXTROVERT_API_KEY",
    base_url_variable: "EXTROVERT_BASE_URL",
    throttling_code: None,
};

/// `POST /client/v2/prospects/delete-selected` with people. Names ids, so it may be repeated.
pub const DELETE_PEOPLE: Operation = Operation {
    provider: &PROVIDER,
    name: "delete_selected",
    repeatable: true,
    read: answer::read,
};

/// `POST /client/v2/prospects/delete-selected` with a scope. People may join the scope between two
/// requests, so it is not repeated once it may have been carried out.
pub const DELETE_SCOPE: Operation = Operation {
    provider: &PROVIDER,
    name: "delete_selected",
    repeatable: false,
    read: answer::read,
};

/// `DELETE /api/client/v1/prospects`. Names one person and one campaign, so it may be repeated.
pub const REMOVE_PROSPECT: Operation = Operation {
    provider: &PROVIDER,
    name: "remove_prospect",
    repeatable: true,
    read: answer::read,
};

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
        self.send(&self.prepare_delete_selected(request).await?)
            .await
    }

    /// Puts the request together and sends nothing.
    ///
    /// # Errors
    ///
    /// The request cannot be put together.
    pub async fn prepare_delete_selected(&self, request: &DeleteSelected) -> Result<Call, Error> {
        let send = async |parts| {
            let client = raw::Client::from(parts);
            client
                .delete_selected_prospects()
                .body(request.body())
                .send()
                .await
        };
        let call = self.0.prepare(request.operation(), send).await?;
        Ok(call.naming(request.count()))
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
        self.send(&self.prepare_remove_prospect(request).await?)
            .await
    }

    /// Puts the request together and sends nothing.
    ///
    /// # Errors
    ///
    /// The request cannot be put together.
    pub async fn prepare_remove_prospect(&self, request: &RemoveProspect) -> Result<Call, Error> {
        let send = async |parts| {
            let client = raw::Client::from(parts);
            client
                .remove_prospect_from_campaign()
                .body(request.body())
                .send()
                .await
        };
        let call = self.0.prepare(request.operation(), send).await?;
        Ok(call.naming(1))
    }
}
