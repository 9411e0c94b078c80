use prospect_delete_transport::{
    Call, Config, Credential, Error, InvalidInput, Operation, Provider, Receipt, Transport,
};

use crate::{DeleteLeads, answer, raw};

/// NLPearl: address and header from its document, variables of this project's choice.
pub const PROVIDER: Provider = Provider {
    name: "nlpearl",
    base_url: raw::BASE_URL,
    authentication: raw::AUTHENTICATION,
    credential_variable: "NLPEARL_API_KEY",
    base_url_variable: "NLPEARL_BASE_URL",
};

/// `DELETE /v2/Outbound/{pearlId}/Leads`. Names ids, so it may be repeated.
pub const DELETE_LEADS: Operation = Operation {
    provider: &PROVIDER,
    name: "delete_leads",
    repeatable: true,
    read: answer::read,
};

/// Deletes leads at NLPearl. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client(Transport);

impl Client {
    /// A client for the account that the key belongs to.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up.
    pub fn new(credential: &Credential, config: Config) -> Result<Self, InvalidInput> {
        Transport::new(&PROVIDER, credential, config).map(Self)
    }

    /// A client with the key from `NLPEARL_API_KEY` (or the file that `NLPEARL_API_KEY_FILE` names), and
    /// the base address from `NLPEARL_BASE_URL` where that is set.
    ///
    /// # Errors
    ///
    /// A variable is missing or malformed, or TLS cannot be set up.
    pub fn from_env() -> Result<Self, InvalidInput> {
        Transport::from_env(&PROVIDER).map(Self)
    }

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
        self.0.prepare(request.operation(), send).await
    }

    /// Sends what was prepared, again where that is harmless.
    ///
    /// # Errors
    ///
    /// As [`delete_leads`](Self::delete_leads).
    pub async fn send(&self, call: &Call) -> Result<Receipt, Error> {
        self.0.send(call).await
    }

    /// The generated client, for this account and server.
    #[must_use]
    pub fn raw(&self) -> raw::Client {
        self.0.parts().into()
    }
}
