use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::credentials::Credentials;
use crate::fault::{Fault, InvalidFault};
use crate::journal::RecordedRequest;
use crate::listener;
use crate::record::{Deleted, Record};
use crate::seed::SeedBody;
use crate::server::{Server, Settings};
use crate::state::{Seed, State};

/// How many requests are kept unless said otherwise.
const KEPT_REQUESTS: usize = 100_000;

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

    /// How many records there are now for each provider, by its name. Deletions that are due are carried out first.
    #[must_use]
    pub fn records(&self) -> BTreeMap<&'static str, usize> {
        self.server
            .counts()
            .into_iter()
            .map(|(provider, count)| (provider.name(), count))
            .collect()
    }

    /// Everything that was deleted since the start or the last reset, in order. Deletions that are due are
    /// carried out first.
    #[must_use]
    pub fn deleted(&self) -> Vec<Deleted> {
        self.server.deleted()
    }

    /// Asserts that these records were deleted, and no others.
    ///
    /// # Panics
    ///
    /// If one of them is still there or never was, or if anything else was deleted. The message names both.
    #[track_caller]
    pub fn assert_deleted(&self, expected: impl IntoIterator<Item = Record>) {
        let expected: BTreeSet<_> = expected.into_iter().collect();
        let deleted = self.deleted().into_iter().map(|deleted| deleted.record);
        let deleted: BTreeSet<_> = deleted.collect();
        assert!(
            deleted == expected,
            "not exactly the expected records are gone\n  not deleted: {}\n  deleted besides: {}",
            list(expected.difference(&deleted)),
            list(deleted.difference(&expected))
        );
    }

    /// Asserts that nothing was deleted.
    ///
    /// # Panics
    ///
    /// If anything was. The message names it.
    #[track_caller]
    pub fn assert_nothing_deleted(&self) {
        self.assert_deleted([]);
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

    /// What arrived, in order, control routes left out; the last [so many](Builder::keep_requests).
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

/// What a failed assertion names, and at most a few of very many.
fn list<'a>(records: impl Iterator<Item = &'a Record>) -> String {
    const NAMED: usize = 20;
    let mut records = records.peekable();
    if records.peek().is_none() {
        return "nothing".to_owned();
    }
    let mut named: Vec<_> = records
        .by_ref()
        .take(NAMED)
        .map(ToString::to_string)
        .collect();
    if records.peek().is_some() {
        named.push(format!("and {} more", records.count()));
    }
    named.join(", ")
}

/// What a sandbox starts with.
#[derive(Clone, Debug)]
pub struct Builder {
    seeds: Vec<Seed>,
    settings: Settings,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            seeds: Vec::new(),
            settings: Settings {
                port: 0,
                credentials: Credentials::default(),
                woodpecker_delay: Duration::ZERO,
                keep_requests: KEPT_REQUESTS,
            },
        }
    }
}

impl Builder {
    /// Listens on this port of 127.0.0.1; 0, as is the default, means a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Starts with this data, after what was given before.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seeds.push(seed);
        self
    }

    /// Starts with what `POST /__sandbox/seed` would add for this body, after what was given before.
    ///
    /// # Errors
    ///
    /// If that route would refuse it; the text says where.
    pub fn seed_json(mut self, body: &[u8]) -> Result<Self, String> {
        let body: SeedBody = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        self.seeds.extend(body.seeds()?);
        Ok(self)
    }

    /// Accepts these keys instead of the default ones.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.settings.credentials = credentials;
        self
    }

    /// How long Woodpecker's jobs wait before they delete; [`Duration::MAX`] means for ever.
    ///
    /// By default a job is done by the next time anybody looks.
    #[must_use]
    pub fn woodpecker_delay(mut self, delay: Duration) -> Self {
        self.settings.woodpecker_delay = delay;
        self
    }

    /// How many requests are kept to be looked at: the last ones, 100,000 unless said otherwise.
    #[must_use]
    pub fn keep_requests(mut self, most: usize) -> Self {
        self.settings.keep_requests = most;
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
        let server = listener::start(self.settings).await?;
        for seed in &self.seeds {
            server.seed(seed);
        }
        Ok(Sandbox {
            base_url: server.base_url(),
            server,
        })
    }
}
