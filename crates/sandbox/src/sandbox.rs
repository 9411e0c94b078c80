use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::credentials::Credentials;
use crate::fault::{Fault, InvalidFault};
use crate::journal::RecordedRequest;
use crate::server::Server;
use crate::state::{Seed, State};

/// A server that runs until this value is dropped.
///
/// Dropping it frees the port at once and ends every connection. Sandboxes share nothing.
pub struct Sandbox {
    server: Arc<Server>,
    base_url: String,
}

impl Sandbox {
    /// Starts an empty sandbox on a free port, with the default credentials.
    ///
    /// # Errors
    ///
    /// If the system gives no port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// For a sandbox with a port, data, credentials or a delay of its own.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`, for every provider.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The keys that are accepted.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.server.credentials
    }

    /// What is there now. Deletions that are due are carried out first.
    #[must_use]
    pub fn state(&self) -> State {
        self.server.state()
    }

    /// Adds data. A record whose id is known is replaced; leads, audience and prospects of a company
    /// join those that are there.
    pub fn seed(&self, seed: &Seed) {
        self.server.seed(seed);
    }

    /// Empties everything: data, recorded requests and faults.
    pub fn reset(&self) {
        self.server.reset();
    }

    /// What arrived, in order, control routes left out.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.server.requests()
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.server.faults()
    }

    /// Replaces the faults in force, and starts their counts anew.
    ///
    /// # Errors
    ///
    /// If one of them could never happen; then the old ones stay.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), InvalidFault> {
        self.server.set_faults(faults)
    }

    /// Keeps the sandbox running until `stop` is there, for a program whose job it is.
    pub async fn run_until<Stop: Future>(self, stop: Stop) -> Stop::Output {
        stop.await
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.stop();
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sandbox")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// What a sandbox starts with.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    port: u16,
    seed: Seed,
    credentials: Credentials,
    woodpecker_delay: Duration,
}

impl Builder {
    /// Listens on this port of 127.0.0.1; 0, as is the default, means a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts with this data instead of none.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Accepts these keys instead of the default ones.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// How long Woodpecker's jobs wait before they delete; [`Duration::MAX`] means for ever.
    ///
    /// By default a job is done by the next time anybody looks.
    #[must_use]
    pub fn woodpecker_delay(mut self, delay: Duration) -> Self {
        self.woodpecker_delay = delay;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    ///
    /// If the port is taken, or the system gives none.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time.
    pub async fn start(self) -> io::Result<Sandbox> {
        let (server, address) =
            Server::start(self.port, self.credentials, self.woodpecker_delay).await?;
        server.seed(&self.seed);
        Ok(Sandbox {
            server,
            base_url: format!("http://{address}"),
        })
    }
}
