use std::time::Duration;

use crate::{BaseUrl, InvalidInput, Provider, RetryPolicy};

/// Where a client sends its requests and how long they may take.
///
/// ```
/// use std::time::Duration;
/// use prospect_delete_transport::{Config, RetryPolicy};
///
/// let config = Config::new()
///     .timeout(Duration::from_secs(120))
///     .retry(RetryPolicy::new().max_attempts(3));
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) base_url: Option<BaseUrl>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) reuse_connections: bool,
}

impl Config {
    /// The provider's own server, 30 seconds for an attempt, 10 of them to connect, five attempts, a connection
    /// for each request.
    #[must_use]
    pub fn new() -> Self {
        Self {
            base_url: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::new(),
            reuse_connections: false,
        }
    }

    /// As [`new`](Self::new), with the base address from the provider's variable where it is set.
    ///
    /// # Errors
    ///
    /// The variable holds no base address that [`BaseUrl`] takes.
    pub fn from_env(provider: &Provider) -> Result<Self, InvalidInput> {
        let name = provider.base_url_variable;
        match std::env::var(name) {
            Ok(text) if !text.is_empty() => match text.parse() {
                Ok(base_url) => Ok(Self::new().base_url(base_url)),
                Err(error) => Err(InvalidInput::new(name, format!("{error}"))),
            },
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(InvalidInput::new(name, "is not text; give a URL"))
            }
            _ => Ok(Self::new()),
        }
    }

    /// Sends to another server, for example a sandbox. The paths stay the provider's.
    #[must_use]
    pub fn base_url(mut self, base_url: BaseUrl) -> Self {
        self.base_url = Some(base_url);
        self
    }

    /// The server that was set in the place of the provider's own.
    #[must_use]
    pub fn other_server(&self) -> Option<&BaseUrl> {
        self.base_url.as_ref()
    }

    /// The server that calls to a provider go to.
    ///
    /// # Errors
    ///
    /// The provider's own address is none that [`BaseUrl`] takes.
    pub fn server(&self, provider: &Provider) -> Result<BaseUrl, InvalidInput> {
        self.base_url
            .clone()
            .map_or_else(|| provider.base_url.parse(), Ok)
    }

    /// The time of one attempt, from connecting to the last byte of the answer. 30 seconds by default.
    ///
    /// An attempt that takes longer is given up, and the deletion may still happen: its outcome is
    /// [`Unknown`](crate::Outcome::Unknown). Give a provider that deletes slowly more time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The part of [`timeout`](Self::timeout) that may go into connecting. 10 seconds by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// When a request is sent again.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Whether requests that name ids may share connections, one after the other. Off by default.
    ///
    /// It saves the handshakes. But HTTP/1.1 has no numbers for its answers: where a server or a proxy sends one
    /// twice, the second is read as the answer to the next request, and somebody is called deleted who is not.
    /// Requests for a scope never share a connection.
    #[must_use]
    pub fn reuse_connections(mut self, reuse: bool) -> Self {
        self.reuse_connections = reuse;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
