//! A program that ends at each boundary of the journal: the attempt is on the disk and nothing is sent, the
//! answer is there and not on the disk, the answer is on the disk and not counted.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use prospect_delete_core::{
    Config, Credential, PROVIDERS, nlpearl::targets::lead, woodpecker::targets::company,
};
use prospect_delete_engine::{
    Account, Batches, Error, Event, Guards, Limits, Operator, Origin, Planner, Rate, Run, RunFile,
    Settings, Store, Summary, Target,
};
use prospect_delete_sandbox::{Credentials, Sandbox, Seed};
use tokio::sync::watch;

const LEADS: usize = 6;
const PEARL: &str = "pearl";

/// One request at a time, so that events have one order.
const ONE: NonZeroU32 = NonZeroU32::MIN;

/// Where the child finds its run, its server, and its end.
const RUN: &str = "TEST_RUN";
const SERVER: &str = "TEST_SERVER";
const DIGEST: &str = "TEST_DIGEST";
const BOUNDARY: &str = "TEST_BOUNDARY";

fn seed() -> Seed {
    let mut seed = Seed::example();
    let leads = (0..LEADS).map(|number| format!("l{number}")).collect();
    seed.nlpearl
        .pearls
        .entry(PEARL.to_owned())
        .or_default()
        .leads = leads;
    seed
}

fn accounts(server: &str) -> Vec<Account> {
    PROVIDERS
        .iter()
        .map(|provider| {
            let keys = Credentials::default();
            let key = match provider.name {
                "extrovert" => keys.extrovert,
                "nlpearl" => keys.nlpearl,
                "woodpecker" => keys.woodpecker,
                _ => keys.unleashx,
            };
            let config = Config::new().with_base_url(server.parse().unwrap());
            Account::new(provider, Credential::new(key).unwrap(), config).unwrap()
        })
        .collect()
}

fn guards() -> Guards {
    let mut guards = Guards::default();
    guards.allow_scope = true;
    guards
}

fn settings(concurrency: NonZeroU32) -> Settings {
    let mut settings = Settings::default();
    for provider in PROVIDERS {
        let limits = Limits {
            rate: Rate::Unlimited,
            concurrency,
        };
        settings.limits.insert(provider.name, limits);
    }
    settings
}

async fn apply(
    run: &Path,
    server: &str,
    digest: &str,
    concurrency: NonZeroU32,
    listener: impl Fn(&Event) + Send + Sync + 'static,
) -> Result<Summary, Error> {
    // Nobody is left who could stop it, and it goes on.
    let (_, stopping) = watch::channel(false);
    Run::open(&RunFile::at(run))?
        .review(&guards(), &accounts(server))?
        .confirm(digest)?
        .apply(&settings(concurrency), listener, stopping)
        .await
}

/// Not a test: what the tests run in a process of its own, which ends at a boundary.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Ok(boundary) = std::env::var(BOUNDARY) else {
        return;
    };
    let (name, number) = boundary.split_once(' ').unwrap();
    let (name, number) = (name.to_owned(), number.parse::<u64>().unwrap());
    let of = |name: &str| std::env::var(name).unwrap();
    let seen = AtomicU64::new(0);
    let listener = move |event: &Event| {
        let happened = match event {
            Event::AttemptStarted { .. } => "began",
            Event::AttemptAnswered { .. } => "answered",
            Event::AttemptFinished { .. } => "ended",
            _ => "other",
        };
        if happened == name && seen.fetch_add(1, Ordering::SeqCst) + 1 == number {
            // As a loss of power would: no destructor, no flush.
            std::process::abort();
        }
    };
    apply(
        &PathBuf::from(of(RUN)),
        &of(SERVER),
        &of(DIGEST),
        ONE,
        listener,
    )
    .await
    .unwrap();
}

/// Plans leads one by one, or a company. The run, and its digest.
fn planned(sandbox: &Sandbox, folder: &Path, targets: &[Target]) -> (PathBuf, String) {
    let run = folder.join("run.db");
    let mut planner = Planner::new(folder);
    for target in targets {
        planner.add(target, Origin { list: 0, line: 1 }).unwrap();
    }
    let mut batches = Batches::default();
    for provider in PROVIDERS {
        batches.set(provider, 1);
    }
    let plan = planner
        .finish(
            &RunFile::at(&run),
            &accounts(sandbox.base_url()),
            &batches,
            &Operator::here("test"),
            |conflict| -> Result<(), Error> { panic!("{conflict:?}") },
        )
        .unwrap();
    (run, plan.manifest.digest)
}

/// Plans, and ends a child at a boundary.
async fn end_at(
    sandbox: &Sandbox,
    folder: &Path,
    targets: &[Target],
    boundary: &str,
) -> (PathBuf, String) {
    let (run, digest) = planned(sandbox, folder, targets);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child"])
        .env(RUN, &run)
        .env(SERVER, sandbox.base_url())
        .env(DIGEST, &digest)
        .env(BOUNDARY, boundary);
    let output = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    assert!(
        !output.status.success(),
        "the child did not get to {boundary}: {output:?}"
    );
    (run, digest)
}

fn leads() -> Vec<Target> {
    (0..LEADS)
        .map(|number| lead(PEARL, &format!("l{number}")).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_from_the_journal_and_named_again() {
    // Where it ends; then what arrived, what the run calls deleted and unknown, and what a pass sends.
    for (boundary, arrived, deleted, unknown, sent) in [
        ("began 1", 0, 0, 1, 6),
        ("began 4", 3, 3, 1, 3),
        ("answered 1", 1, 0, 1, 6),
        ("answered 4", 4, 3, 1, 3),
        ("ended 4", 4, 4, 1, 2),
        ("ended 6", 6, 6, 0, 0),
    ] {
        let sandbox = Sandbox::builder().seed(seed()).start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (run, digest) = end_at(&sandbox, folder.path(), &leads(), boundary).await;
        assert_eq!(sandbox.requests().len(), arrived, "{boundary}");
        let counts = RunFile::at(&run).read().unwrap().status().unwrap().counts;
        assert_eq!(
            (counts.deleted, counts.unknown),
            (deleted, unknown),
            "{boundary}"
        );
        assert_eq!(
            counts.pending,
            LEADS as u64 - deleted - unknown,
            "{boundary}"
        );

        let summary = apply(&run, sandbox.base_url(), &digest, ONE, |_| {})
            .await
            .unwrap();
        assert_eq!(summary.requests_sent, sent, "{boundary}");
        assert_eq!(summary.counts.deleted, LEADS as u64, "{boundary}");
        assert_eq!(
            sandbox.requests().len() as u64,
            arrived as u64 + sent,
            "{boundary}"
        );
        assert!(
            sandbox.state().nlpearl.pearls[PEARL].leads.is_empty(),
            "{boundary}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_may_have_been_deleted_is_not_sent_again() {
    let company = [company(123).unwrap()];
    for (boundary, arrived, unknown) in [("began 1", 0, 1), ("answered 1", 1, 1), ("ended 1", 1, 0)]
    {
        let sandbox = Sandbox::builder().seed(seed()).start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (run, digest) = end_at(&sandbox, folder.path(), &company, boundary).await;
        let counts = RunFile::at(&run).read().unwrap().status().unwrap().counts;
        assert_eq!(
            (counts.unknown, counts.accepted),
            (unknown, 1 - unknown),
            "{boundary}"
        );
        let summary = apply(&run, sandbox.base_url(), &digest, ONE, |_| {})
            .await
            .unwrap();
        assert_eq!(summary.requests_sent, 0, "{boundary}");
        assert_eq!(
            (summary.counts.unknown, summary.counts.accepted),
            (unknown, 1 - unknown),
            "{boundary}"
        );
        assert_eq!(sandbox.requests().len(), arrived, "{boundary}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_under_way_than_was_asked_for_and_what_a_crash_leaves_in_doubt_is_bounded() {
    // At a time; then the most attempts that may be on the disk without their ends.
    for (concurrency, most_open) in [(1, 1), (4, 4)] {
        let sandbox = Sandbox::builder().seed(seed()).start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let targets: Vec<_> = (0..100)
            .map(|number| lead(PEARL, &format!("l{number}")).unwrap())
            .collect();
        let (run, digest) = planned(&sandbox, folder.path(), &targets);
        // Attempts without an answer, and without an end on the disk: now, and at most.
        let (under_way, open) = (Gauge::default(), Gauge::default());
        let listener = {
            let (under_way, open) = (under_way.clone(), open.clone());
            move |event: &Event| match event {
                Event::AttemptStarted { .. } => {
                    under_way.up();
                    open.up();
                }
                Event::AttemptAnswered { .. } => under_way.down(),
                Event::AttemptFinished { .. } => open.down(),
                _ => {}
            }
        };
        let concurrency = NonZeroU32::new(concurrency).unwrap();
        let summary = apply(&run, sandbox.base_url(), &digest, concurrency, listener)
            .await
            .unwrap();
        assert_eq!(summary.counts.pending, 0);
        assert!(under_way.most() <= u64::from(concurrency.get()));
        assert!(open.most() <= most_open, "{} were open", open.most());
    }
}

#[derive(Clone, Default)]
struct Gauge(Arc<[AtomicU64; 2]>);

impl Gauge {
    fn up(&self) {
        let now = self.0[0].fetch_add(1, Ordering::SeqCst) + 1;
        self.0[1].fetch_max(now, Ordering::SeqCst);
    }

    fn down(&self) {
        self.0[0].fetch_sub(1, Ordering::SeqCst);
    }

    fn most(&self) -> u64 {
        self.0[1].load(Ordering::SeqCst)
    }
}
