//! A list on its whole way: planned, applied through trouble, and reported.

use std::collections::{BTreeMap, BTreeSet};

use prospect_delete_core::{
    Config, Credential, PROVIDERS, RetryPolicy, nlpearl, unleashx, woodpecker,
};
use prospect_delete_engine::{
    Account, Batches, Guards, Operator, Origin, Planner, Rate, Run, RunFile, Selection, Settings,
    Store, Summary, Target,
};
use prospect_delete_sandbox::{CampaignStatus, Effect, Fault, Record, Sandbox, Seed};
use serde::Serialize;
use tokio::sync::watch;

use super::{
    connect,
    people::{PEARL, lead, numbers, record},
};
use crate::exit::Failure;

const CAMPAIGN: i64 = 42;
const COMPANY: i64 = 123;

/// How it went.
#[derive(Serialize)]
pub struct Listed {
    /// Targets of the plan, and rows that named one again.
    pub targets: u64,
    pub duplicates: u64,
    /// Targets that the report has.
    pub reported: usize,
    pub applied: Summary,
    /// Whether everything is deleted or accepted, and exactly the targets are gone.
    pub as_meant: bool,
}

/// Plans so many leads and audience records and a company, and applies that while an answer is lost and a
/// provider asks to wait.
pub async fn play(targets: usize) -> Result<Listed, Failure> {
    let failed = |error| Failure::internal(format!("the demonstration has no room ({error})"));
    let sandbox = Sandbox::builder().seed(seed(targets)).start().await;
    let sandbox = sandbox.map_err(failed)?;
    let broken = Fault::new(Effect::Reset { takes_effect: true }).at("nlpearl");
    let busy = Fault::new(Effect::Answer {
        status: 429,
        headers: BTreeMap::new(),
        body: String::new(),
        takes_effect: false,
    });
    sandbox
        .set_faults(vec![broken.times(1), busy.at("unleashx").times(1)])
        .map_err(|fault| Failure::internal(fault.to_string()))?;
    let folder = tempfile::tempdir().map_err(failed)?;
    let file = RunFile::at(folder.path().join("run.db"));
    let operator = Operator::here(env!("CARGO_PKG_VERSION"));

    let mut planner = Planner::new(folder.path());
    for (line, target) in (1..).zip(list(targets)?) {
        planner.add(&target, Origin { list: 0, line })?;
    }
    let accounts = accounts(&sandbox)?;
    let batches = Batches::default();
    let plan = planner.finish(&file, &accounts, &batches, &operator, |_| {
        Ok::<(), Failure>(())
    })?;

    let mut guards = Guards::default();
    guards.allow_scope = true;
    let settings = Settings {
        retry: RetryPolicy::new(),
        limits: PROVIDERS
            .iter()
            .map(|provider| {
                let mut limits = provider.limits;
                limits.rate = Rate::Unlimited;
                (provider.name, limits)
            })
            .collect(),
        selection: Selection::default(),
        operator,
    };
    let (_stop, stopping) = watch::channel(false);
    let applied = Run::open(&file)?
        .review(&guards, &accounts)?
        .confirm(&plan.manifest.digest)?
        .apply(&settings, |_| {}, stopping)
        .await?;

    let mut reported = 0;
    file.read()?.lines(&mut |_| {
        reported += 1;
        Ok(())
    })?;
    let gone: BTreeSet<_> = sandbox
        .deleted()
        .into_iter()
        .map(|gone| gone.record)
        .collect();
    Ok(Listed {
        targets: plan.targets,
        duplicates: plan.duplicates,
        reported,
        as_meant: gone == meant(targets)
            && applied.counts.deleted + applied.counts.accepted == plan.targets,
        applied,
    })
}

fn seed(targets: usize) -> Seed {
    let all = numbers(targets);
    Seed::default()
        .with_leads(PEARL, all.clone().map(lead))
        .with_audience(CAMPAIGN, CampaignStatus::Inprogress, all.map(record))
        .with_company(COMPANY, 1..=100)
        .with_company(COMPANY + 1, 1..=100)
}

fn list(targets: usize) -> Result<Vec<Target>, Failure> {
    let mut list = vec![woodpecker::targets::company(COMPANY)?];
    for number in 0..targets {
        list.push(nlpearl::targets::lead(PEARL, &lead(number))?);
        list.push(unleashx::targets::audience(CAMPAIGN, record(number))?);
    }
    // Lists have duplicates.
    list.push(list[1].clone());
    Ok(list)
}

fn meant(targets: usize) -> BTreeSet<Record> {
    let company = (1..=100).map(|prospect| Record::company_prospect(COMPANY, prospect));
    let people = (0..targets).flat_map(|number| {
        [
            Record::lead(PEARL, lead(number)),
            Record::audience(CAMPAIGN, record(number)),
        ]
    });
    company.chain(people).collect()
}

fn accounts(sandbox: &Sandbox) -> Result<Vec<Account>, Failure> {
    connect::keys(sandbox)
        .map(|(provider, key)| {
            let config = Config::new().with_base_url(sandbox.base_url().parse()?);
            Ok(Account::new(provider, Credential::new(key)?, config)?)
        })
        .collect()
}
