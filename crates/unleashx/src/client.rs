use prospect_delete_transport::{Call, Error, Operation, Provider, Receipt};

use crate::{DeleteAudience, answer, raw};

/// UnleashX: address and header from its document, variables of this project's choice.
pub const PROVIDER: Provider = Provider {
    name: "unleashx",
    base_url: raw::BASE_URL,
    authentication: raw::AUTHENTICATION,
    credential_variable: "UNLEASHX_TOKEN",
    base_url_variable: "UNLEASHX_BASE_URL",
    throttling_code: None,
};

/// `POST /api/v1/global/delete-audience` with ids, which may be repeated.
pub const DELETE_RECORDS: Operation = Operation {
    provider: &PROVIDER,
    name: "delete_audience",
    repeatable: true,
    read: answer::read_records,
};

/// `POST /api/v1/global/delete-audience` with `delete_all`. Records may join the campaign between two
/// requests, so it is not repeated once it may have been carried out.
pub const DELETE_ALL: Operation = Operation {
    provider: &PROVIDER,
    name: "delete_audience",
    repeatable: false,
    read: answer::read_all,
};

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
        self.send(&self.prepare_delete_audience(request).await?)
            .await
    }

    /// Puts the request together and sends nothing.
    ///
    /// # Errors
    ///
    /// The request cannot be put together.
    pub async fn prepare_delete_audience(&self, request: &DeleteAudience) -> Result<Call, Error> {
        let send = async |parts| {
            let client = raw::Client::from(parts);
            client.delete_audience().body(request.body()).send().await
        };
        let call = self.0.prepare(request.operation(), send).await?;
        Ok(call.naming(request.count()))
    }
}
