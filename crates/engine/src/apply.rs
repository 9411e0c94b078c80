//! Sends exactly what was planned, and continues where it stopped.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use prospect_delete_core::{Clients, Limits, RetryPolicy};
use serde::Serialize;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Account, Error, Event, GuardViolation, StopReason, Unusable,
    counts::Counts,
    lane::{self, LaneEnd, Shared},
    manifest::{Binding, Manifest, Operator},
    pass::{PassEnd, Selection},
    planned::Planned,
    recorder::Recorder,
    store::{Journal, Records, Store, ToDo},
};

/// A plan from further ahead than this was made by a clock that is set otherwise.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// A run that nobody else can apply at the same time, and of which nothing is sent yet.
#[derive(Debug)]
pub struct Run {
    journal: Box<dyn Journal>,
    manifest: Manifest,
}

/// A run that holds the plan of its digest, and that no guard holds back. Somebody may look at it now, and confirm it.
#[derive(Debug)]
pub struct Reviewed {
    run: Run,
    accounts: Vec<Account>,
    planned: BTreeMap<&'static str, Planned>,
    moved: bool,
}

/// A run whose digest was confirmed, and which may be sent.
#[derive(Debug)]
pub struct Approved(Reviewed);

/// What must hold before anything is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Guards {
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
    /// There is no such run; another program is at work on it; it cannot be written.
    pub fn open(store: &dyn Store) -> Result<Self, Error> {
        let journal = store.open()?;
        let manifest = journal.manifest()?;
        Ok(Self { journal, manifest })
    }

    /// What the run is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What is on record of it.
    #[must_use]
    pub fn records(&self) -> &dyn Records {
        &*self.journal
    }

    /// Reads the whole plan, and checks everything that must hold before anything is sent. Nothing is changed.
    ///
    /// # Errors
    ///
    /// A guard holds it back, the run is not what was planned, or an account is missing.
    pub fn review(mut self, guards: &Guards, accounts: &[Account]) -> Result<Reviewed, Error> {
        let run = self.journal.name().to_owned();
        if self.manifest.forgotten_at.is_some() {
            return Err(GuardViolation::Forgotten { run }.into());
        }
        let (digest, bindings) = self.journal.verify()?;
        if digest != self.manifest.digest {
            return Err(GuardViolation::Changed { run }.into());
        }
        check_age(&self.manifest, guards.max_age)?;
        let planned = self.journal.planned()?;
        let targets: u64 = planned.values().map(|planned| planned.targets).sum();
        if let Some(most) = guards.max_delete
            && targets > most
        {
            return Err(GuardViolation::TooMany { targets, most }.into());
        }
        if planned.values().any(|planned| planned.scopes > 0) && !guards.allow_scope {
            let scopes = self.journal.scopes()?;
            let scopes = scopes.iter().map(ToString::to_string).collect();
            return Err(GuardViolation::ScopesNotAllowed { scopes }.into());
        }
        let accounts = bindings
            .iter()
            .map(|binding| bound(binding, accounts).cloned())
            .collect::<Result<_, Error>>()?;
        let reviewed = Reviewed {
            run: self,
            accounts,
            planned,
            moved: guards.moved,
        };
        reviewed.check_host()?;
        Ok(reviewed)
    }
}

/// The account that a plan is bound to.
fn bound<'a>(binding: &Binding, accounts: &'a [Account]) -> Result<&'a Account, Error> {
    let provider = binding.provider;
    let account = accounts
        .iter()
        .find(|account| account.provider().name == provider);
    let account = account.ok_or(Unusable::NoAccount { provider })?;
    let given = account.binding();
    if given.base_url != binding.base_url {
        return Err(GuardViolation::OtherAddress {
            provider,
            planned: binding.base_url.clone(),
            given: given.base_url,
        }
        .into());
    }
    if given.fingerprint != binding.fingerprint {
        return Err(GuardViolation::OtherKey { provider }.into());
    }
    Ok(account)
}

fn check_age(manifest: &Manifest, max_age: Duration) -> Result<(), GuardViolation> {
    let planned_at = manifest.planned_at.clone();
    let Ok(at) = planned_at.parse::<jiff::Timestamp>() else {
        return Err(GuardViolation::NoDate { planned_at });
    };
    let now = jiff::Timestamp::now();
    let age = now.duration_since(at);
    let is_over = |age: jiff::SignedDuration, most: Duration| {
        age > jiff::SignedDuration::try_from(most).unwrap_or(jiff::SignedDuration::MAX)
    };
    if is_over(age, max_age) {
        return Err(GuardViolation::TooOld {
            planned_at,
            max_age,
        });
    }
    if is_over(-age, CLOCK_SKEW) {
        let now = now.to_string();
        return Err(GuardViolation::FromTheFuture { planned_at, now });
    }
    Ok(())
}

impl Reviewed {
    /// What the run is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.run.manifest
    }

    /// What was planned, for each provider.
    #[must_use]
    pub fn planned(&self) -> &BTreeMap<&'static str, Planned> {
        &self.planned
    }

    /// What is on record of the run.
    #[must_use]
    pub fn records(&self) -> &dyn Records {
        self.run.records()
    }

    /// Approves the plan of this digest, which somebody looked at.
    ///
    /// # Errors
    ///
    /// It is another plan's.
    pub fn confirm(self, digest: &str) -> Result<Approved, Error> {
        if digest == self.run.manifest.digest {
            return Ok(Approved(self));
        }
        let digest = self.run.manifest.digest;
        Err(GuardViolation::NotConfirmed { digest }.into())
    }

    /// A copy of a run knows nothing of what was done with another one.
    fn check_host(&self) -> Result<(), Error> {
        let journal = &self.run.journal;
        let here = Operator::here("").host;
        match journal.last_host()?.filter(|host| *host != here) {
            Some(last) if !self.moved && journal.has_open_scopes()? => {
                let run = journal.name().to_owned();
                Err(GuardViolation::OtherHost { run, last, here }.into())
            }
            _ => Ok(()),
        }
    }
}

impl Approved {
    /// Sends what is due. `listener` is told what happens; once `stop` turns true nothing more begins, and what is under
    /// way is waited for.
    ///
    /// Needs a Tokio runtime with time. A future that is dropped stops at its next step: what is under way may still
    /// reach the provider, and the next pass takes it for unknown.
    ///
    /// # Errors
    ///
    /// A guard holds it back, and then nothing was sent; or the run cannot be written any more before anything was.
    pub async fn apply(
        mut self,
        settings: &Settings,
        listener: impl Fn(&Event) + Send + Sync + 'static,
        stop: watch::Receiver<bool>,
    ) -> Result<Summary, Error> {
        self.0.run.journal.recover_interrupted()?;
        // From here on the attempts say which scopes are open.
        self.0.check_host()?;
        let Reviewed { run, accounts, .. } = self.0;
        let Run {
            mut journal,
            manifest,
        } = run;
        let mut clients = Clients::new();
        for account in &accounts {
            account.add_to(&mut clients)?;
        }
        journal.begin_pass(settings.selection, &settings.operator)?;
        let to_do = journal.to_do()?;
        listener(&Event::Started {
            by_provider: to_do.clone(),
        });
        let (recorder, writing) = Recorder::start(journal);
        let shared = Shared {
            clients: Arc::new(clients),
            recorder,
            retry: settings.retry.clone(),
            listener: Arc::new(listener),
            stop: stop.clone(),
        };
        let mut lanes = JoinSet::new();
        for account in &accounts {
            let provider = account.provider();
            let name = provider.name;
            if to_do.get(name).is_none_or(|to_do| to_do.due == 0) {
                continue;
            }
            let limits = settings.limits.get(name).copied();
            let limits = limits.unwrap_or(provider.limits);
            let shared = shared.clone();
            lanes.spawn(async move { (name, lane::run(name, limits, shared).await) });
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
        let mut journal = writing
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let told_to_stop = *stop.borrow();
        let ended = journal.end_pass(match (&fault, told_to_stop) {
            (Some(_), _) => PassEnd::Failed,
            (None, true) => PassEnd::Interrupted,
            (None, false) => PassEnd::Completed,
        });
        let fault = journal.displaced().or(fault).or(ended.err()).or_else(|| {
            compare_with_what_happened(&mut *journal, &to_do, &ends, told_to_stop).err()
        });
        let counts = journal.counts();
        journal.close();
        match (counts, fault) {
            (Ok(counts), fault) => Ok(summary(&manifest, &counts, &ends, told_to_stop, fault)),
            (Err(_), Some(fault)) => Err(fault),
            (Err(error), None) => Err(error),
        }
    }
}

/// Sees that the journal says what happened in this pass and before it, and that nothing was passed over. Whoever
/// else wrote to it is overruled by the attempts.
fn compare_with_what_happened(
    journal: &mut dyn Journal,
    to_do: &BTreeMap<&'static str, ToDo>,
    ends: &BTreeMap<&'static str, LaneEnd>,
    told_to_stop: bool,
) -> Result<(), Error> {
    let written = journal.counts()?;
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
    journal.recompute()?;
    let run = journal.name().to_owned();
    Err(GuardViolation::ChangedWhileApplied { run }.into())
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

impl Default for Guards {
    /// No scopes, a plan of any size that is not older than a day, on the machine that applied it before.
    fn default() -> Self {
        Self {
            allow_scope: false,
            max_delete: None,
            max_age: Duration::from_secs(24 * 60 * 60),
            moved: false,
        }
    }
}
