//! Sends exactly what was planned, and continues where it stopped.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use prospect_delete_core::{Clients, Limits, RetryPolicy, Target, provider};
use serde::Serialize;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Account, Binding, Counts, Error, Event, Manifest, Operator, PassEnd, Planned, RunFile,
    Selection, StopReason, ToDo,
    lane::{self, LaneEnd, Shared},
    recorder::Recorder,
};

/// A plan from further ahead than this was made by a clock that is set otherwise.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// A run that nobody else can apply at the same time, and of which nothing is sent yet.
#[derive(Debug)]
pub struct Run {
    file: RunFile,
    manifest: Manifest,
    /// The digest of what the file holds and where it goes, once it was read.
    held: Option<(String, Vec<Binding>)>,
}

/// What must hold before anything is sent.
#[derive(Clone, Debug)]
pub struct Guards {
    /// The digest of the plan that was reviewed.
    pub digest: String,
    /// Whether scopes may be deleted.
    pub allow_scope: bool,
    /// The most targets that the plan may have. A scope counts as one, however many it holds.
    pub max_delete: Option<u64>,
    /// How old the plan may be.
    pub max_age: Duration,
    /// Whether scopes may be deleted that another machine applied last. It may have a copy of the run, and
    /// have deleted them since this one was made.
    pub moved: bool,
}

/// How requests are sent.
#[derive(Clone, Debug)]
pub struct Settings {
    /// When a request is sent again.
    pub retry: RetryPolicy,
    /// How fast requests go to a provider, where it is not [the provider's own](prospect_delete_core::Provider::limits).
    pub limits: BTreeMap<&'static str, Limits>,
    /// What is tried again of what was tried before.
    pub selection: Selection,
    /// Who applies the run, for its report.
    pub operator: Operator,
}

/// How a pass ended.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Summary {
    /// The run's name.
    pub run_id: String,
    /// SHA-256 of the canonical plan.
    pub digest: String,
    /// How the targets of the run stand now.
    #[serde(flatten)]
    pub counts: Counts,
    /// Requests of this pass of which anything may have left.
    pub requests_sent: u64,
    /// The same for each provider.
    pub by_provider: BTreeMap<&'static str, ProviderSummary>,
    /// Whether it was told to stop before its end.
    pub interrupted: bool,
    /// What ended it in the middle, where something did: nothing more was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

/// How a pass ended at one provider.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct ProviderSummary {
    /// How its targets stand now.
    #[serde(flatten)]
    pub counts: Counts,
    /// Requests of this pass of which anything may have left.
    pub requests_sent: u64,
    /// Why nothing more was sent, where something else than the end of the list ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StopReason>,
    /// What the provider said, or what went wrong, where it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_message: Option<String>,
}

impl Run {
    /// Opens a run, and keeps others from applying it.
    ///
    /// # Errors
    ///
    /// It is no run file; another program is at work on it; it cannot be written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = RunFile::open(path)?;
        let manifest = file.manifest()?;
        Ok(Self {
            file,
            manifest,
            held: None,
        })
    }

    /// What the run is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The file it is kept in.
    #[must_use]
    pub fn file(&self) -> &RunFile {
        &self.file
    }

    /// What was planned, for each provider.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn planned(&self) -> Result<BTreeMap<&'static str, Planned>, Error> {
        self.file.planned()
    }

    /// The scopes of the plan.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn scopes(&self) -> Result<Vec<Target>, Error> {
        self.file.scopes()
    }

    /// Checks everything that must hold before anything is sent. Nothing is changed.
    ///
    /// # Errors
    ///
    /// A guard holds it back, or the file is not what was planned.
    pub fn check(&mut self, guards: &Guards, accounts: &[Account]) -> Result<(), Error> {
        let path = self.file.path().to_owned();
        let path = path.display();
        if self.manifest.forgotten_at.is_some() {
            return Err(Error::guard(format!(
                "{path}: was forgotten, so there is nobody left to name"
            )));
        }
        if guards.digest != self.manifest.digest {
            return Err(Error::guard(format!(
                "--confirm does not name this plan; its digest is {}",
                self.manifest.digest
            )));
        }
        let (digest, bindings) = match &self.held {
            // Nothing is sent but what was read then, so once is enough.
            Some(held) => held.clone(),
            None => self.held.insert(self.file.check()?).clone(),
        };
        if digest != self.manifest.digest {
            return Err(Error::guard(format!(
                "{path}: does not hold what was planned any more; plan again"
            )));
        }
        self.check_age(guards.max_age)?;
        let planned = self.planned()?;
        let targets: u64 = planned.values().map(|planned| planned.targets).sum();
        if let Some(most) = guards.max_delete
            && targets > most
        {
            return Err(Error::guard(format!(
                "the plan has {targets} targets, and --max-delete allows {most}; look at the plan again, or raise it; nothing was sent"
            )));
        }
        if planned.values().any(|planned| planned.scopes > 0) && !guards.allow_scope {
            let scopes: Vec<_> = self.scopes()?.iter().map(ToString::to_string).collect();
            return Err(Error::guard(format!(
                "the plan deletes everybody in {}; that needs --allow-scope",
                scopes.join(", ")
            )));
        }
        for binding in bindings {
            let Some(account) = accounts
                .iter()
                .find(|account| account.provider().name == binding.provider)
            else {
                return Err(Error::input(format!(
                    "{}: no account was given",
                    binding.provider
                )));
            };
            let given = account.binding();
            if given.base_url != binding.base_url {
                return Err(Error::guard(format!(
                    "{}: was planned for {}, and requests would go to {}; plan again for that, or change the address",
                    binding.provider, binding.base_url, given.base_url
                )));
            }
            if given.fingerprint != binding.fingerprint {
                return Err(Error::guard(format!(
                    "{}: the key is not the one of the plan; give that one, or plan again with this",
                    binding.provider
                )));
            }
        }
        self.check_host(guards)
    }

    /// A copy of a run knows nothing of what was done with another one.
    fn check_host(&self, guards: &Guards) -> Result<(), Error> {
        let here = Operator::here("").host;
        let elsewhere = self.file.last_host()?.filter(|host| *host != here);
        match elsewhere {
            Some(host) if !guards.moved && self.file.has_open_scopes()? => {
                Err(Error::guard(format!(
                    "{}: was last applied on {host}, and this is {here}; if that copy is not used any more, --moved sends its scopes from here; nothing was sent",
                    self.file.path().display()
                )))
            }
            _ => Ok(()),
        }
    }

    fn check_age(&self, max_age: Duration) -> Result<(), Error> {
        let planned_at = &self.manifest.planned_at;
        let Ok(at) = planned_at.parse::<jiff::Timestamp>() else {
            return Err(Error::guard(format!(
                "when it was planned cannot be told ({planned_at}); plan again"
            )));
        };
        let now = jiff::Timestamp::now();
        let age = now.duration_since(at);
        if age > jiff::SignedDuration::try_from(max_age).unwrap_or(jiff::SignedDuration::MAX) {
            return Err(Error::guard(format!(
                "the plan is of {planned_at}, older than --max-age allows; plan again, since the world has moved on"
            )));
        }
        if -age > jiff::SignedDuration::try_from(CLOCK_SKEW).unwrap_or(jiff::SignedDuration::MAX) {
            return Err(Error::guard(format!(
                "the plan is of {planned_at}, and it is {now}; set the clock right, or plan again"
            )));
        }
        Ok(())
    }

    /// Sends what is due, after [`check`](Self::check) has passed again. `listener` is told what happens;
    /// once `stop` turns true nothing more begins, and what is under way is waited for.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check), and then nothing was sent; or the file cannot be written any more, and
    /// then what was under way is kept as unknown.
    pub async fn apply(
        mut self,
        guards: &Guards,
        accounts: &[Account],
        settings: &Settings,
        listener: impl Fn(&Event) + Send + Sync + 'static,
        stop: watch::Receiver<bool>,
    ) -> Result<Summary, Error> {
        self.check(guards, accounts)?;
        // From here on the attempts say which scopes are open.
        self.file.settle()?;
        self.check_host(guards)?;
        let Self {
            mut file,
            manifest,
            held,
        } = self;
        let mut clients = Clients::new();
        let bindings = held.map(|(_, bindings)| bindings).unwrap_or_default();
        let providers: Vec<_> = bindings.iter().map(|binding| binding.provider).collect();
        for account in accounts {
            if providers.contains(&account.provider().name) {
                account.add_to(&mut clients)?;
            }
        }
        file.begin(settings.selection, &settings.operator)?;
        let to_do = file.to_do()?;
        listener(&Event::Started {
            by_provider: to_do.clone(),
        });
        let (recorder, writing) = Recorder::start(file);
        let shared = Shared {
            clients: Arc::new(clients),
            recorder,
            retry: settings.retry.clone(),
            listener: Arc::new(listener),
            stop: stop.clone(),
        };
        let mut lanes = JoinSet::new();
        for name in providers {
            let Some(provider) = provider(name) else {
                continue;
            };
            if to_do.get(name).is_none_or(|to_do| to_do.due == 0) {
                continue;
            }
            let limits = settings.limits.get(name).copied();
            let limits = limits.unwrap_or(provider.limits);
            let provider = name;
            let shared = shared.clone();
            lanes.spawn(async move { (provider, lane::run(provider, limits, shared).await) });
        }
        drop(shared);
        let mut ends: BTreeMap<&'static str, LaneEnd> = BTreeMap::new();
        let mut fault = None;
        while let Some(joined) = lanes.join_next().await {
            match joined {
                Ok((provider, (end, ended_by))) => {
                    ends.insert(provider, end);
                    fault = fault.or(ended_by);
                }
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        }
        let mut file = writing
            .join()
            .map_err(|_| Error::storage("the thread that writes the run file broke down"))?;
        let told_to_stop = *stop.borrow();
        let ended = file.end_pass(match (&fault, told_to_stop) {
            (Some(_), _) => PassEnd::Failed,
            (None, true) => PassEnd::Interrupted,
            (None, false) => PassEnd::Completed,
        });
        let fault =
            file.rescued().or(fault).or(ended.err()).or_else(|| {
                compare_with_what_happened(&mut file, &to_do, &ends, told_to_stop).err()
            });
        let counts = file.counts();
        file.checkpoint();
        match (counts, fault) {
            (Ok(counts), fault) => Ok(summary(&manifest, &counts, &ends, told_to_stop, fault)),
            (Err(_), Some(fault)) => Err(fault),
            (Err(error), None) => Err(error),
        }
    }
}

/// Sees that the file says what happened in this pass and before it, and that nothing was passed over. Whoever
/// else wrote to it is overruled by the attempts.
fn compare_with_what_happened(
    file: &mut RunFile,
    to_do: &BTreeMap<&'static str, ToDo>,
    ends: &BTreeMap<&'static str, LaneEnd>,
    told_to_stop: bool,
) -> Result<(), Error> {
    let written = file.counts()?;
    let agree = |(provider, to_do): (&&'static str, &ToDo)| {
        let end = ends.get(provider).cloned().unwrap_or_default();
        let happened = to_do.settled.plus(end.over);
        let written = written.get(provider).copied().unwrap_or_default();
        let complete = end.over.targets == to_do.due || end.stopped.is_some() || told_to_stop;
        // What is still to be sent may be pending or unknown.
        let certain = |counts: Counts| {
            let Counts {
                deleted,
                accepted,
                suppressed,
                rejected,
                not_sent,
                ..
            } = counts;
            [deleted, accepted, suppressed, rejected, not_sent]
        };
        complete
            && certain(written) == certain(happened)
            && written.targets == to_do.settled.targets + to_do.due
    };
    if to_do.iter().all(agree) {
        return Ok(());
    }
    file.work_out()?;
    Err(Error::guard(format!(
        "{}: somebody changed it while it was applied; the counts are those of the attempts on record; nothing more is sent",
        file.path().display()
    )))
}

fn summary(
    manifest: &Manifest,
    counts: &BTreeMap<&'static str, Counts>,
    ends: &BTreeMap<&'static str, LaneEnd>,
    told_to_stop: bool,
    error: Option<Error>,
) -> Summary {
    let by_provider: BTreeMap<_, _> = counts
        .iter()
        .map(|(provider, counts)| {
            let end = ends.get(provider).cloned().unwrap_or_default();
            let (stopped, stopped_message) = end.stopped.unzip();
            let summary = ProviderSummary {
                counts: *counts,
                requests_sent: end.requests_sent,
                stopped,
                stopped_message,
            };
            (*provider, summary)
        })
        .collect();
    let counts = counts
        .values()
        .copied()
        .fold(Counts::default(), Counts::plus);
    Summary {
        run_id: manifest.run_id.clone(),
        digest: manifest.digest.clone(),
        counts,
        requests_sent: by_provider
            .values()
            .map(|provider| provider.requests_sent)
            .sum(),
        by_provider,
        interrupted: told_to_stop,
        error,
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retry: RetryPolicy::new(),
            limits: BTreeMap::new(),
            selection: Selection::default(),
            operator: Operator::here(env!("CARGO_PKG_VERSION")),
        }
    }
}

impl Guards {
    /// The plan of this digest, without scopes, of any size, not older than a day.
    #[must_use]
    pub fn new(digest: impl Into<String>) -> Self {
        Self {
            digest: digest.into(),
            allow_scope: false,
            max_delete: None,
            max_age: Duration::from_secs(24 * 60 * 60),
            moved: false,
        }
    }
}
