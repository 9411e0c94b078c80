//! Run files that earlier versions wrote stay readable: `kept/run-N.db` was made by the version whose tables have the
//! number N, and no version changes it. A new one is made by `KEEP=1 cargo test -p prospect-delete-engine --test kept_runs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use prospect_delete_core::{
    Config, Credential, Outcome, PROVIDERS,
    nlpearl::targets::lead,
    unleashx::targets::{audience, campaign},
    woodpecker::targets::company,
};
use prospect_delete_engine::{
    Account, Batches, Error, ForgetKey, Guards, Named, Operator, Origin, Planner, Records, Run,
    RunFile, Settings, Store, Target, forget,
};
use prospect_delete_sandbox::{CampaignStatus, Credentials, Effect, Fault, Sandbox, Seed};
use tokio::sync::watch;

const PEARL: &str = "pearl";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept")
}

fn targets() -> Vec<Target> {
    let mut targets: Vec<_> = (1..=4)
        .map(|number| lead(PEARL, &format!("lead-{number}")).unwrap())
        .collect();
    targets.extend([audience(42, 7).unwrap(), audience(42, 8).unwrap()]);
    targets.extend([campaign(43).unwrap(), company(123).unwrap()]);
    targets
}

/// How each of them ended, in the order of the plan.
const ENDS: [(&str, Option<Outcome>, u32); 8] = [
    ("nlpearl.lead:pearl/lead-1", Some(Outcome::Deleted), 2),
    ("nlpearl.lead:pearl/lead-2", Some(Outcome::Deleted), 2),
    ("nlpearl.lead:pearl/lead-3", Some(Outcome::Deleted), 2),
    ("nlpearl.lead:pearl/lead-4", Some(Outcome::Deleted), 2),
    ("unleashx.audience:42/7", Some(Outcome::Deleted), 1),
    ("unleashx.audience:42/8", Some(Outcome::Deleted), 1),
    ("woodpecker.company:123", Some(Outcome::Unknown), 1),
    ("unleashx.campaign:43", Some(Outcome::Deleted), 1),
];

/// Plans and applies a run in which a batch is split and a scope's answer is lost.
async fn make(path: &Path) {
    let seed = Seed::default()
        .with_leads(PEARL, (1..=4).map(|number| format!("lead-{number}")))
        .with_audience(42, CampaignStatus::Inprogress, [7, 8])
        .with_audience(43, CampaignStatus::Draft, [9])
        .with_company(123, 1..=3);
    let sandbox = Sandbox::builder().seed(seed).start().await.unwrap();
    let refused = Effect::Answer {
        status: 404,
        headers: [].into(),
        body: "{}".to_owned(),
        takes_effect: false,
    };
    let lost = Effect::Reset { takes_effect: true };
    sandbox
        .set_faults(vec![
            Fault::new(refused).at("nlpearl").times(1),
            Fault::new(lost).at("woodpecker").times(1),
        ])
        .unwrap();
    let keys = Credentials::default();
    let accounts: Vec<_> = PROVIDERS
        .iter()
        .map(|provider| {
            let key = match provider.name {
                "extrovert" => &keys.extrovert,
                "nlpearl" => &keys.nlpearl,
                "woodpecker" => &keys.woodpecker,
                _ => &keys.unleashx,
            };
            let config = Config::new().with_base_url(sandbox.base_url().parse().unwrap());
            Account::new(provider, Credential::new(key.as_str()).unwrap(), config).unwrap()
        })
        .collect();
    let operator = Operator {
        name: "somebody@a-host".to_owned(),
        ..Operator::here("1.2.3")
    };
    let folder = tempfile::tempdir().unwrap();
    let mut planner = Planner::new(folder.path());
    for (line, target) in (1..).zip(targets()) {
        planner.add(&target, Origin { list: 0, line }).unwrap();
    }
    let run = RunFile::at(path);
    let conflicts = |conflict| -> Result<(), Error> { panic!("{conflict:?}") };
    let batches = Batches::default();
    let plan = planner.finish(&run, &accounts, &batches, &operator, conflicts);
    let mut guards = Guards::default();
    guards.allow_scope = true;
    let (_stop, stopping) = watch::channel(false);
    let settings = Settings {
        operator,
        ..Settings::default()
    };
    Run::open(&run)
        .unwrap()
        .review(&guards, &accounts)
        .unwrap()
        .confirm(&plan.unwrap().manifest.digest)
        .unwrap()
        .apply(&settings, |_| {}, stopping)
        .await
        .unwrap();
}

/// Sees that a run holds what [`make`] made.
fn assert_is_whole(run: &dyn Records) {
    let mut ends = Vec::new();
    run.lines(&mut |line| {
        let name = match &line.named {
            Named::Target(target) => target.to_string(),
            Named::Hash(_) => panic!("not forgotten"),
        };
        assert!(line.last.is_some(), "{name}");
        ends.push((name, line.outcome, line.attempts));
        Ok(())
    })
    .unwrap();
    let ends: Vec<_> = ends
        .iter()
        .map(|(name, outcome, attempts)| (name.as_str(), *outcome, *attempts))
        .collect();
    assert_eq!(ends, ENDS);
    let status = run.status().unwrap();
    assert_eq!(status.manifest.planned_by, "somebody@a-host");
    assert_eq!((status.counts.deleted, status.counts.unknown), (7, 1));
    assert_eq!(status.requests_sent, 6);
    assert_eq!(status.passes.len(), 1);
    assert_eq!(run.unknown_scopes().unwrap().len(), 1);
    let mut page = Vec::new();
    run.write_html(&mut page).unwrap();
    assert!(String::from_utf8(page).unwrap().contains("lead-3"));
    let found = run.find(&targets(), None).unwrap();
    assert!(found.iter().all(Option::is_some));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_this_version_is_as_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.db");
    make(&path).await;
    assert_is_whole(&*RunFile::at(&path).read().unwrap());
    if std::env::var_os("KEEP").is_some() {
        // The number of the tables stands in the header of every such file.
        let bytes = fs::read(&path).unwrap();
        let kept = kept().join(format!("run-{}.db", bytes[63]));
        assert!(!kept.exists(), "{} is kept already", kept.display());
        fs::write(kept, bytes).unwrap();
    }
}

#[test]
fn runs_of_all_versions_are_read_checked_and_forgotten() {
    let mut runs = 0;
    for entry in fs::read_dir(kept()).unwrap() {
        let kept = entry.unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.db");
        fs::copy(&kept, &path).unwrap();
        let file = RunFile::at(&path);
        assert_is_whole(&*file.read().unwrap());
        let key = folder.path().join("key");
        forget(&file, &key).unwrap();
        let key = ForgetKey::read(&key).unwrap();
        let found = file.read().unwrap().find(&targets(), Some(&key)).unwrap();
        let outcomes: Vec<_> = found
            .into_iter()
            .map(|found| found.unwrap().outcome)
            .collect();
        let unknown = outcomes.iter().filter(|of| **of == Some(Outcome::Unknown));
        assert_eq!((outcomes.len(), unknown.count()), (8, 1));
        runs += 1;
    }
    assert!(runs > 0, "no run is kept");
}
