use prospect_delete_transport::{
    Call, Config, Credential, Error, ErrorKind, Failure, InvalidInput, Operation, Provider, Receipt,
};

/// One client for each provider that deletions are sent to.
///
/// ```
/// use prospect_delete_core::{Clients, Config, Credential, nlpearl};
///
/// let mut clients = Clients::new();
/// clients.add(&nlpearl::PROVIDER, &Credential::new("account:secret")?, Config::new())?;
/// # Ok::<(), prospect_delete_core::InvalidInput>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clients {
    #[cfg(feature = "extrovert")]
    pub(crate) extrovert: Option<crate::extrovert::Client>,
    #[cfg(feature = "nlpearl")]
    pub(crate) nlpearl: Option<crate::nlpearl::Client>,
    #[cfg(feature = "woodpecker")]
    pub(crate) woodpecker: Option<crate::woodpecker::Client>,
    #[cfg(feature = "unleashx")]
    pub(crate) unleashx: Option<crate::unleashx::Client>,
}

/// Runs an expression on the client of an operation's provider, or another where there is none.
macro_rules! on_client {
    ($clients:expr, $operation:expr, $client:ident => $value:expr, $missing:expr) => {
        match $operation.provider.name {
            #[cfg(feature = "extrovert")]
            "extrovert" => match &$clients.extrovert {
                Some($client) => $value,
                None => $missing,
            },
            #[cfg(feature = "nlpearl")]
            "nlpearl" => match &$clients.nlpearl {
                Some($client) => $value,
                None => $missing,
            },
            #[cfg(feature = "woodpecker")]
            "woodpecker" => match &$clients.woodpecker {
                Some($client) => $value,
                None => $missing,
            },
            #[cfg(feature = "unleashx")]
            "unleashx" => match &$clients.unleashx {
                Some($client) => $value,
                None => $missing,
            },
            _ => $missing,
        }
    };
}

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
        provider: &Provider,
        credential: &Credential,
        config: Config,
    ) -> Result<(), InvalidInput> {
        match provider.name {
            #[cfg(feature = "extrovert")]
            "extrovert" => {
                self.extrovert = Some(crate::extrovert::Client::new(credential, config)?);
            }
            #[cfg(feature = "nlpearl")]
            "nlpearl" => self.nlpearl = Some(crate::nlpearl::Client::new(credential, config)?),
            #[cfg(feature = "woodpecker")]
            "woodpecker" => {
                self.woodpecker = Some(crate::woodpecker::Client::new(credential, config)?);
            }
            #[cfg(feature = "unleashx")]
            "unleashx" => self.unleashx = Some(crate::unleashx::Client::new(credential, config)?),
            name => {
                return Err(InvalidInput::new(
                    name,
                    "is not turned on; enable the feature of that name",
                ));
            }
        }
        Ok(())
    }

    /// Sends what [`Deletion::prepare`](crate::Deletion::prepare) put together.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// As [`Deletion::send`](crate::Deletion::send).
    pub async fn send(&self, call: &Call) -> Result<Receipt, Error> {
        let operation = call.operation();
        on_client!(self, operation, client => client.send(call).await, {
            Err(missing(operation))
        })
    }

    /// Sends once what [`Deletion::prepare`](crate::Deletion::prepare) put together, for callers who
    /// record every attempt; `number` counts them from 1, for the log. `None` without a client of the
    /// provider: nothing was sent.
    ///
    /// # Cancellation
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// Whatever is not a success, for this attempt alone.
    pub async fn attempt(&self, call: &Call, number: usize) -> Option<Result<Receipt, Failure>> {
        on_client!(self, call.operation(), client => Some(client.attempt(call, number).await), None)
    }
}

pub(crate) fn client<'a, C>(client: Option<&'a C>, operation: &Operation) -> Result<&'a C, Error> {
    client.ok_or_else(|| missing(operation))
}

fn missing(operation: &Operation) -> Error {
    let reason = format!("no client of {} was added", operation.provider.name);
    Error::not_sent(operation, ErrorKind::Authentication, reason)
}
