use std::{fmt, sync::Arc, time::Duration};

use crate::{
    BaseUrl, InvalidInput, Provider, Proxy, RetryPolicy, certificates::Roots, headers::Headers,
};

/// Changes how an HTTP client is built.
type Hook = Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// Where a client sends its requests and how.
///
/// ```
/// use std::time::Duration;
/// use prospect_delete_transport::{Config, RetryPolicy};
///
/// let config = Config::new()
///     .with_timeout(Duration::from_secs(120))
///     .with_retry(RetryPolicy::new().with_max_attempts(3));
/// assert!(config.other_server().is_none());
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) base_url: Option<BaseUrl>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) reuse_connections: bool,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) roots: Roots,
    pub(crate) headers: Headers,
    pub(crate) http_client: Option<Hook>,
}

impl Config {
    /// The provider's own server, 30 seconds for an attempt, 10 of them to connect, five attempts, one connection
    /// per request. The proxy is that of the environment or the system.
    #[must_use]
    pub fn new() -> Self {
        Self {
            base_url: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::new(),
            reuse_connections: false,
            proxy: None,
            roots: Roots::default(),
            headers: Headers::new(),
            http_client: None,
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
                Ok(base_url) => Ok(Self::new().with_base_url(base_url)),
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
    pub fn with_base_url(mut self, base_url: BaseUrl) -> Self {
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
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The part of [`with_timeout`](Self::with_timeout) that may go into connecting. 10 seconds by default.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// When a request is sent again.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Whether requests that name ids may share connections, one after the other. Off by default.
    ///
    /// It saves the handshakes. But HTTP/1.1 has no numbers for its answers: where a server or a proxy sends one
    /// twice, the second is read as the answer to the next request, and somebody is called deleted who is not.
    /// Requests for a scope never share a connection.
    #[must_use]
    pub fn with_reuse_connections(mut self, reuse: bool) -> Self {
        self.reuse_connections = reuse;
        self
    }

    /// Sends through this proxy, whatever the environment and the system's settings say.
    ///
    /// It has no effect where the server is on this machine: the key would leave it in clear. `NO_PROXY` does not
    /// count for it. User name and password are in neither `Debug` nor errors.
    ///
    /// ```
    /// use prospect_delete_transport::Config;
    ///
    /// let config = Config::new().with_proxy("http://user:secret@proxy.example:3128".parse()?);
    /// assert!(!format!("{config:?}").contains("secret"));
    /// # Ok::<(), prospect_delete_transport::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Trusts certificates that one of these signed, in addition to those that the platform trusts. `certificate` is
    /// one certificate in DER form, or one or more in PEM form. Calls add up.
    ///
    /// It does not turn off any check: name and dates must be right. A build without TLS has no use for it.
    ///
    /// ```no_run
    /// use prospect_delete_transport::Config;
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let config = Config::new().with_root_certificate(&std::fs::read("our-ca.pem")?)?;
    ///     drop(config);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// It holds no certificate. What is wrong within one is found when the client is made.
    pub fn with_root_certificate(mut self, certificate: &[u8]) -> Result<Self, InvalidInput> {
        self.roots.add(certificate)?;
        Ok(self)
    }

    /// Sends this header with every request. A second value of the same name replaces the first.
    ///
    /// The value may be a secret: `Debug` does not show it, and it is marked as
    /// [sensitive](http::HeaderValue::is_sensitive). But it is not looked for in answers, as the key is.
    ///
    /// ```
    /// use prospect_delete_transport::Config;
    ///
    /// let config = Config::new().with_header("x-gateway-key", "secret")?;
    /// assert!(!format!("{config:?}").contains("secret"));
    /// assert!(Config::new().with_header("authorization", "secret").is_err());
    /// # Ok::<(), prospect_delete_transport::InvalidInput>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is one that this library sets itself, such as the header of any provider's key, `Host`, `Cookie`, or
    /// what frames a body; or the name or the value cannot stand in a header. The message does not show the value.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, InvalidInput> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// Names the program that sends, before this library's own name: `our-crm/2.1 prospect-delete/0.1.0`.
    ///
    /// ```
    /// use prospect_delete_transport::Config;
    ///
    /// let config = Config::new().with_user_agent("our-crm/2.1")?;
    /// # drop(config);
    /// # Ok::<(), prospect_delete_transport::InvalidInput>(())
    /// ```
    ///
    /// # Errors
    ///
    /// It is empty, or has white space around it, or is not printable ASCII.
    pub fn with_user_agent(mut self, program: &str) -> Result<Self, InvalidInput> {
        self.headers.name_before(program)?;
        Ok(self)
    }

    /// Changes the HTTP client before it is built, for what has no setting here: a local address, a resolver,
    /// keep-alive of TCP. A second function replaces the first. It runs once for each HTTP client, of which a
    /// [`Transport`](crate::Transport) has two where it [shares connections](Self::with_reuse_connections).
    ///
    /// The rules of this library are set afterwards, so it cannot change them: redirects are not followed, nothing is
    /// sent again by the HTTP client, HTTP/1.1 only, answers are not decompressed, connections are checked and kept
    /// or closed as this library says, certificates are checked, HTTPS only except to this machine, and no proxy to
    /// this machine. [`with_connect_timeout`](Self::with_connect_timeout) and [`with_proxy`](Self::with_proxy) win as
    /// well. A time-out that is set here counts where it is shorter than [`with_timeout`](Self::with_timeout).
    ///
    /// Headers belong into [`with_header`](Self::with_header), which checks them and shows them in a dry run. With the
    /// feature `rustls-ring`, settings of TLS that are made here have no effect.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prospect_delete_transport::Config;
    ///
    /// let config = Config::new().with_http_client(|client| client.tcp_keepalive(Duration::from_secs(30)));
    /// # drop(config);
    /// ```
    #[must_use]
    pub fn with_http_client(
        mut self,
        change: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http_client = Some(Arc::new(change));
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .field("reuse_connections", &self.reuse_connections)
            .field("proxy", &self.proxy)
            .field("roots", &self.roots)
            .field("headers", &self.headers)
            .field("http_client", &self.http_client.is_some())
            .finish()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
