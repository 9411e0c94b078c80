use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
#[cfg(feature = "rustls-ring")]
use rustls::crypto::CryptoProvider;
use tracing::{Instrument, debug, debug_span};

use crate::{
    BaseUrl, Call, Config, Credential, Error, ErrorKind, Failure, Finding, InvalidInput, Operation,
    Provider, Query, ReadAnswer, Receipt, Reply, RetryPolicy, answer,
    call::Message,
    certificates::{self, Roots},
    connection::{Connections, Silence},
    exchange::{Exchange, Times},
    headers::Headers,
    redact::Redactor,
    route::Route,
    session::{Prepared, Session},
};

/// Servers close idle connections, Node's by default after five seconds, and a request written into a
/// connection that is just being closed ends as unknown. So those that are kept are closed before.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The most headers that are read of an answer. Room for as many is made for each answer.
const MAX_HEADERS: usize = 128;

/// Sends the calls of one account at one provider. Cheap to clone.
///
/// The provider's `Client` makes the calls, from requests that its generated client puts together.
#[derive(Clone, Debug)]
pub struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    provider: &'static Provider,
    connections: Connections,
    base_url: BaseUrl,
    credential: (HeaderName, HeaderValue),
    headers: Arc<Headers>,
    redactor: Redactor,
    times: Times,
    retry: RetryPolicy,
}

/// What a generated client is made from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parts {
    /// Scheme, host and port.
    pub base_url: String,
    /// Sends each request on a connection of its own, without following redirects.
    pub http: reqwest::Client,
    /// Dresses requests.
    pub session: Session,
}

impl Transport {
    /// A transport with the key from the provider's variable, and the base address from its variable
    /// where that is set.
    ///
    /// # Errors
    ///
    /// A variable is missing or malformed, or as for [`new`](Self::new).
    pub fn from_env(provider: &'static Provider) -> Result<Self, InvalidInput> {
        Self::new(
            provider,
            &Credential::from_env(provider)?,
            Config::from_env(provider)?,
        )
    }

    /// Connects nothing yet.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up, or is needed and this build has none. Or a [header](Config::with_header) has the name of
    /// the one that carries the key.
    pub fn new(
        provider: &'static Provider,
        credential: &Credential,
        config: Config,
    ) -> Result<Self, InvalidInput> {
        let base_url = config.server(provider)?;
        let times = Times {
            attempt: config.timeout,
            connect: config.connect_timeout.min(config.timeout),
        };
        let http = |kept| {
            http_client(&base_url, times.connect, kept, &config)
                .map_err(|reason| InvalidInput::new(format!("connection to {base_url}"), reason))
        };
        let redactor = credential.redactor();
        let credential = credential.header(provider.authentication);
        config.headers.check_against(&credential.0)?;
        let connections = Connections {
            own: http(false)?,
            kept: config.reuse_connections.then(|| http(true)).transpose()?,
            route: Route::to(&base_url, config.proxy.as_ref()),
        };
        Ok(Self(Arc::new(Inner {
            provider,
            connections,
            base_url,
            credential,
            headers: Arc::new(config.headers),
            redactor,
            times,
            retry: config.retry,
        })))
    }

    /// The provider that calls go to.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.0.provider
    }

    /// The address that calls go to.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base_url
    }

    /// What a raw generated client is made from. The provider's `Client::raw` makes one.
    ///
    /// Such a client authenticates and follows no redirects, but reads answers as the generator does.
    #[doc(hidden)]
    #[must_use]
    pub fn parts(&self) -> Parts {
        self.parts_with(Session::sending(
            self.0.credential.clone(),
            Arc::clone(&self.0.headers),
            self.0.times.attempt,
        ))
    }

    fn parts_with(&self, session: Session) -> Parts {
        Parts {
            base_url: self.0.base_url.to_string(),
            http: self.0.connections.own.clone(),
            session,
        }
    }

    /// Has a generated client put a request together, and keeps it instead of sending it. `read` reads the whole
    /// body of a 2xx answer.
    ///
    /// `build` makes the client from the parts it is given and calls `send` of the operation's builder.
    /// So the request is the generator's to the last byte, and what is shown by a dry run is what is sent.
    ///
    /// # Errors
    ///
    /// The operation is another provider's, or the generated client refused its arguments.
    #[doc(hidden)]
    pub async fn prepare<T, E: std::fmt::Display>(
        &self,
        operation: &'static Operation,
        read: ReadAnswer,
        build: impl AsyncFnOnce(Parts) -> Result<T, E>,
    ) -> Result<Call, Error> {
        let message = self.capture(operation, build).await?;
        Ok(Call::new(message, read))
    }

    /// Has a generated client put a question together, and keeps it instead of sending it. `read` says what an
    /// answer shows.
    ///
    /// # Errors
    ///
    /// As for [`prepare`](Self::prepare).
    pub async fn prepare_query<T, U, E: std::fmt::Display>(
        &self,
        operation: &'static Operation,
        read: fn(&Reply<'_>) -> Finding<T>,
        build: impl AsyncFnOnce(Parts) -> Result<U, E>,
    ) -> Result<Query<T>, Error> {
        let message = self.capture(operation, build).await?;
        Ok(Query::new(message, read))
    }

    async fn capture<T, E: std::fmt::Display>(
        &self,
        operation: &'static Operation,
        build: impl AsyncFnOnce(Parts) -> Result<T, E>,
    ) -> Result<Message, Error> {
        if operation.provider != self.0.provider {
            let reason = format!(
                "this is a client of {}; send the request with one of {}",
                self.0.provider.name, operation.provider.name
            );
            return Err(Error::not_sent(
                operation,
                ErrorKind::InvalidRequest,
                reason,
            ));
        }
        let session = Session::capturing(
            self.0.credential.clone(),
            Arc::clone(&self.0.headers),
            self.0.times.attempt,
            self.0.connections.are_own(operation),
        );
        // The session keeps the request, so the generated client never gets as far as an answer.
        let result = build(self.parts_with(session.clone())).await;
        let Some(Prepared {
            method,
            url,
            headers,
            body,
        }) = session.take()
        else {
            let reason = result
                .err()
                .map_or_else(String::new, |error| error.to_string());
            return Err(Error::not_sent(
                operation,
                ErrorKind::InvalidRequest,
                reason,
            ));
        };
        let body = body
            .as_ref()
            .and_then(reqwest::Body::as_bytes)
            .unwrap_or_default();
        let body = Bytes::copy_from_slice(body);
        Ok(Message {
            operation,
            method,
            url,
            headers,
            body,
        })
    }

    /// Asks once. It changes nothing, so it can be asked again whenever the finding is unclear.
    ///
    /// Spans and events name the operation, never the people or the address.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes its connection, and nothing else happens.
    pub async fn ask<T>(&self, query: &Query<T>) -> Finding<T> {
        let operation = query.operation();
        let span = debug_span!(
            "query",
            provider = operation.provider.name,
            operation = operation.name,
        );
        async {
            let exchange = Exchange::run(&self.0.connections, &query.message, self.0.times).await;
            query.judge(exchange)
        }
        .instrument(span)
        .await
    }

    /// Sends a call, again where the policy and the operation allow it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes its connection and leaves nothing behind. The request may have left by
    /// then, so take the outcome as [`Unknown`](crate::Outcome::Unknown).
    ///
    /// # Errors
    ///
    /// Whatever is not a success; [`Error::outcome`] says what it means.
    pub async fn send(&self, call: &Call) -> Result<Receipt, Error> {
        let operation = call.operation();
        let mut schedule = self.0.retry.start();
        let mut failures: Vec<Failure> = Vec::new();
        loop {
            match self.attempt(call, failures.len() + 1).await {
                Ok(mut receipt) => {
                    let sent = failures.iter().filter(|failure| failure.sent).count() + 1;
                    receipt.attempts = u32::try_from(sent).unwrap_or(u32::MAX);
                    return Ok(receipt);
                }
                Err(failure) => {
                    let wait = schedule.next(&failure, operation.idempotent);
                    failures.push(failure);
                    match wait {
                        Some(wait) => {
                            debug!(
                                provider = operation.provider.name,
                                operation = operation.name,
                                wait_ms = millis(wait),
                                "trying again"
                            );
                            tokio::time::sleep(wait).await;
                        }
                        None => return Err(Error::new(operation, call.names(), failures)),
                    }
                }
            }
        }
    }

    /// Sends a call once, for callers who keep a record of every attempt and decide themselves about the
    /// next; [`send`](Self::send) is for all others. `number` counts the attempts from 1, for the log.
    ///
    /// Spans and events name the operation, never the people or the address.
    ///
    /// # Cancellation
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// Whatever is not a success, for this attempt alone.
    pub async fn attempt(&self, call: &Call, number: usize) -> Result<Receipt, Failure> {
        let operation = call.operation();
        let span = debug_span!(
            "request",
            provider = operation.provider.name,
            operation = operation.name,
            attempt = number,
            status = tracing::field::Empty,
            outcome = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        async {
            let began = std::time::Instant::now();
            let exchange = Exchange::run(&self.0.connections, &call.message, self.0.times).await;
            let result = answer::judge(call, exchange, &self.0.redactor);
            let (status, outcome) = match &result {
                Ok(receipt) => (Some(receipt.http_status), receipt.outcome),
                Err(failure) => (
                    failure
                        .response
                        .as_ref()
                        .map(|response| response.status.as_u16()),
                    failure.outcome,
                ),
            };
            let span = tracing::Span::current();
            span.record("status", status)
                .record("outcome", outcome.as_str());
            span.record("duration_ms", millis(began.elapsed()));
            debug!("answered");
            result
        }
        .instrument(span)
        .await
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A client that keeps connections for the next request, or none.
fn http_client(
    base_url: &BaseUrl,
    connect_timeout: Duration,
    kept: bool,
    config: &Config,
) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder();
    // The caller's changes come first, so that none of them wins over a rule.
    if let Some(change) = &config.http_client {
        builder = change(builder);
    }
    if let Some(proxy) = &config.proxy {
        let proxy = proxy
            .for_client()
            .map_err(|_| format!("the proxy {proxy} cannot be used; give http://host:port"))?;
        builder = builder.no_proxy().proxy(proxy);
    }
    builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // The transport alone decides what is sent twice.
        .retry(reqwest::retry::never())
        .http1_only()
        .https_only(base_url.is_https())
        // A program that has the HTTP client decompress for others does not have it do so here: sizes are limited
        // on both sides.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        // An answer's status must not be lost to a header that is odd or one of very many.
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_max_headers(MAX_HEADERS)
        .connect_timeout(connect_timeout)
        .connector_layer(Silence::of(base_url.is_https()));
    builder = if kept {
        builder.pool_idle_timeout(POOL_IDLE_TIMEOUT)
    } else {
        builder.pool_max_idle_per_host(0)
    };
    if base_url.is_loopback() {
        // A proxy would carry the key off the machine, and so might a resolver that knows another localhost.
        let loopback = [[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into()];
        let loopback =
            loopback.map(|address: std::net::IpAddr| std::net::SocketAddr::new(address, 0));
        builder = builder.no_proxy().resolve_to_addrs("localhost", &loopback);
    }
    if base_url.is_https() {
        certificates::check()?;
    }
    with_tls(builder, base_url, &config.roots)?
        .build()
        .map_err(|error| {
            let source = std::error::Error::source(&error)
                .map(ToString::to_string)
                .unwrap_or_default();
            let advice = config.roots.advice();
            format!("TLS cannot be set up ({error}: {source}); {advice}")
        })
}

/// With the cryptography of `ring`, unless the program has installed another.
#[cfg(feature = "rustls-ring")]
fn with_tls(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    roots: &Roots,
) -> Result<reqwest::ClientBuilder, String> {
    let advice = roots.advice();
    let reason = |error: rustls::Error| format!("TLS cannot be set up ({error}); {advice}");
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(reason)?;
    let mut config = if base_url.is_https() {
        let verifier = verifier(roots, provider).map_err(reason)?;
        config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    } else {
        // Plain HTTP on this machine: not even the system's certificates are read.
        config
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(builder.tls_backend_preconfigured(config))
}

/// Trusts what the platform trusts, and what these certificates signed.
#[cfg(feature = "rustls-ring")]
fn verifier(
    roots: &Roots,
    provider: Arc<CryptoProvider>,
) -> Result<rustls_platform_verifier::Verifier, rustls::Error> {
    let mut roots = roots.iter().cloned().peekable();
    if roots.peek().is_none() {
        return rustls_platform_verifier::Verifier::new(provider);
    }
    #[cfg(not(target_os = "android"))]
    return rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider);
    #[cfg(target_os = "android")]
    Err(rustls::Error::General(
        "this platform takes no further certificates".to_owned(),
    ))
}

#[cfg(all(
    any(feature = "rustls", feature = "native-tls"),
    not(feature = "rustls-ring")
))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    roots: &Roots,
) -> Result<reqwest::ClientBuilder, String> {
    #[cfg(feature = "rustls")]
    let builder = builder.tls_backend_rustls();
    #[cfg(not(feature = "rustls"))]
    let builder = builder.tls_backend_native();
    let builder = builder
        .tls_danger_accept_invalid_certs(false)
        .tls_danger_accept_invalid_hostnames(false);
    if base_url.is_https() {
        let roots = roots
            .iter()
            .map(|root| reqwest::Certificate::from_der(root));
        let roots = roots
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "a root certificate is damaged; give it as it was issued".to_owned())?;
        Ok(builder.tls_certs_merge(roots))
    } else {
        // Plain HTTP on this machine: not even the system's certificates are read.
        Ok(builder.tls_certs_only([]))
    }
}

#[cfg(not(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    _: &Roots,
) -> Result<reqwest::ClientBuilder, String> {
    if base_url.is_https() {
        return Err(
            "this build has no TLS; turn on the feature `rustls`, `rustls-ring` or `native-tls`"
                .to_owned(),
        );
    }
    Ok(builder)
}
