use std::collections::BTreeMap;

use prospect_delete_transport::{
    Call, Config, Credential, Error, ErrorKind, Failure, Finding, InvalidInput, Operation,
    Provider, Query, Receipt, Request, Transport,
};

use crate::providers::PROVIDERS;

/// One client for each provider that requests are sent to. Cheap to clone.
///
/// ```
/// use prospect_delete_core::{Clients, Config, Credential, nlpearl};
///
/// let mut clients = Clients::new();
/// clients.add(&nlpearl::PROVIDER, &Credential::new("account:secret")?, Config::new())?;
/// # Ok::<(), prospect_delete_core::InvalidInput>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clients(BTreeMap<&'static str, Transport>);

impl Clients {
    /// No client yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the client of one provider, in the place of any earlier one.
    ///
    /// # Errors
    ///
    /// The provider is not turned on, or TLS cannot be set up.
    pub fn add(
        &mut self,
        provider: &'static Provider,
        credential: &Credential,
        config: Config,
    ) -> Result<(), InvalidInput> {
        if !PROVIDERS.contains(&provider) {
            return Err(InvalidInput::new(
                provider.name,
                "is not turned on; enable the feature of that name",
            ));
        }
        let transport = Transport::new(provider, credential, config)?;
        self.0.insert(provider.name, transport);
        Ok(())
    }

    /// The client of an operation's provider, or why there is none.
    fn find(&self, operation: &Operation) -> Result<&Transport, String> {
        let provider = operation.provider.name;
        let client = self.0.get(provider);
        client.ok_or_else(|| format!("no client of {provider} was added"))
    }

    fn of(&self, operation: &Operation) -> Result<&Transport, Error> {
        self.find(operation)
            .map_err(|reason| Error::not_sent(operation, ErrorKind::InvalidRequest, reason))
    }

    /// Puts a request together and sends nothing.
    ///
    /// # Errors
    ///
    /// There is no client of its provider, or it cannot be put together.
    pub async fn prepare(&self, request: &dyn Request) -> Result<Call, Error> {
        request.prepare(self.of(request.operation())?).await
    }

    /// Puts a request together and sends it, again where that is harmless.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// As for [`prepare`](Self::prepare), and then nothing was sent; or as for [`send`](Self::send).
    pub async fn execute(&self, request: &dyn Request) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }

    /// Sends what was [prepared](Self::prepare), again where that is harmless.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a success, see [`Error::outcome`]; without a client of that provider, not sent.
    pub async fn send(&self, call: &Call) -> Result<Receipt, Error> {
        self.of(call.operation())?.send(call).await
    }

    /// Sends once what was [prepared](Self::prepare), for callers who record every attempt; `number` counts them
    /// from 1, for the log.
    ///
    /// # Cancellation
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// Whatever is not a success, for this attempt alone; without a client of that provider, not sent.
    pub async fn attempt(&self, call: &Call, number: usize) -> Result<Receipt, Failure> {
        let client = self.find(call.operation());
        let client =
            client.map_err(|reason| Failure::not_sent(ErrorKind::InvalidRequest, reason))?;
        client.attempt(call, number).await
    }

    /// Asks once.
    ///
    /// # Errors
    ///
    /// There is no client of its provider.
    pub async fn ask<T>(&self, query: &Query<T>) -> Result<Finding<T>, Error> {
        Ok(self.of(query.operation())?.ask(query).await)
    }
}
