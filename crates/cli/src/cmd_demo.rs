//! `prospect-delete demo`: every operation against a sandbox in this process, then a whole list, and a look at
//! what is gone.

mod list;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use prospect_delete_core::{
    Clients, Config, Credential, InvalidInput, Outcome, Provider, Request,
    extrovert::{self, Person, Scope, Uuid},
    nlpearl, unleashx, woodpecker,
};
use prospect_delete_sandbox::{
    Campaign, CampaignStatus, Company, ExtrovertState, Pearl, Post, PostStatus, Prospect,
    ProspectList, Sandbox, Seed, State, UnleashxCampaign, User,
};
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    layout,
    output::{self, Output},
    standing,
};

/// How many targets one request names.
const BATCH: usize = 100;

/// For each one that goes, so many of its kind stay: a deletion that reaches too far is seen.
const KEPT_FOR_EACH: usize = 2;

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete demo\n\
    \x20 prospect-delete demo --targets 1000 --output json")]
pub struct Demo {
    /// How many people, leads and audience records are deleted by id
    #[arg(long, value_name = "N", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    targets: u32,
}

/// What the demonstration shows.
#[derive(Serialize)]
struct Summary {
    /// Whether exactly that is gone which was meant.
    as_meant: bool,
    /// Each operation, sent directly.
    steps: Vec<Done>,
    /// A list, planned, applied and reported.
    list: list::Listed,
}

/// One operation, as it went.
#[derive(Serialize)]
struct Done {
    operation: String,
    what: &'static str,
    outcomes: BTreeSet<&'static str>,
    requests: usize,
    /// Records that are gone from the sandbox.
    gone: usize,
    /// Records of the same provider that are still there.
    kept: usize,
    /// Whether the outcome and the sandbox's whole state are what was meant.
    as_meant: bool,
}

/// One operation, and what is to come of it.
struct Step {
    what: &'static str,
    requests: Vec<Box<dyn Request>>,
    outcome: Outcome,
    /// Makes the state that is meant from the state before.
    meant: Box<dyn Fn(&mut State)>,
}

pub async fn run(arguments: &Demo, output: &Output) -> Result<Exit, Failure> {
    let cast = Cast::new(arguments.targets as usize);
    let sandbox = Sandbox::builder()
        .seed(cast.seed())
        .start()
        .await
        .map_err(|error| Failure::internal(format!("the sandbox cannot be started ({error})")))?;
    let clients = clients(&sandbox)?;
    output.text(&format!(
        "A sandbox stands in for the four providers at {}. It holds {} records.",
        sandbox.base_url(),
        records(&sandbox.state()).values().sum::<usize>(),
    ))?;
    let mut steps = Vec::new();
    for step in cast.steps()? {
        steps.push(play(step, &sandbox, &clients).await);
    }
    if output.is_text() {
        output.text(&table(&steps))?;
        output.text(
            "\nNow a list: planned, applied while one answer is lost and one provider asks to wait, and reported.",
        )?;
    }
    let list = list::play(arguments.targets as usize).await?;
    let summary = Summary {
        as_meant: list.as_meant && steps.iter().all(|step| step.as_meant),
        steps,
        list,
    };
    if output.is_text() {
        let applied = &summary.list.applied;
        let by_provider = applied.by_provider.iter();
        output.text(&format!(
            "{}\n{} for {}, {} of them named twice, all in the report.",
            standing::table(
                by_provider.map(|(name, of)| (*name, of.counts)),
                applied.counts
            ),
            layout::several(applied.requests_sent, "request"),
            layout::several(summary.list.targets, "target"),
            summary.list.duplicates,
        ))?;
    } else {
        output::json(&summary)?;
    }
    if summary.as_meant {
        output.text("Exactly what was meant is gone, and nothing else.")?;
        Ok(Exit::Done)
    } else {
        Err(Failure::internal(
            "the sandbox does not hold what was meant; see the table",
        ))
    }
}

/// Runs one step and compares the sandbox's whole state with what was meant.
async fn play(step: Step, sandbox: &Sandbox, clients: &Clients) -> Done {
    let operation = step.requests[0].operation();
    let before = sandbox.state();
    let mut outcomes = BTreeSet::new();
    for request in &step.requests {
        let outcome = clients
            .execute(&**request)
            .await
            .map_or_else(|error| error.outcome(), |receipt| receipt.outcome);
        outcomes.insert(outcome.as_str());
    }
    let after = sandbox.state();
    let mut meant = before.clone();
    (step.meant)(&mut meant);
    // The jobs are the sandbox's own account of itself, and no record of a person.
    meant
        .woodpecker
        .deletion_requests
        .clone_from(&after.woodpecker.deletion_requests);
    let count = |state: &State| records(state)[operation.provider.name];
    Done {
        operation: format!("{}.{}", operation.provider.name, operation.name),
        what: step.what,
        requests: step.requests.len(),
        gone: count(&before) - count(&after),
        kept: count(&after),
        as_meant: outcomes.iter().eq([&step.outcome.as_str()]) && after == meant,
        outcomes,
    }
}

fn clients(sandbox: &Sandbox) -> Result<Clients, InvalidInput> {
    let mut clients = Clients::new();
    for (provider, key) in keys(sandbox) {
        let config = Config::new().with_base_url(sandbox.base_url().parse()?);
        clients.add(provider, &Credential::new(key)?, config)?;
    }
    Ok(clients)
}

/// The sandbox's key for each provider.
fn keys(sandbox: &Sandbox) -> [(&'static Provider, &str); 4] {
    let keys = sandbox.credentials();
    [
        (&extrovert::PROVIDER, &keys.extrovert),
        (&nlpearl::PROVIDER, &keys.nlpearl),
        (&woodpecker::PROVIDER, &keys.woodpecker),
        (&unleashx::PROVIDER, &keys.unleashx),
    ]
}

/// How many records of people each provider holds.
fn records(state: &State) -> BTreeMap<&'static str, usize> {
    let leads = state
        .nlpearl
        .pearls
        .values()
        .map(|pearl| pearl.leads.len())
        .sum();
    let prospects = state
        .woodpecker
        .companies
        .values()
        .map(|company| company.prospects.len())
        .sum();
    let audience = state
        .unleashx
        .campaigns
        .values()
        .map(|campaign| campaign.audience.len())
        .sum();
    BTreeMap::from([
        ("extrovert", state.extrovert.prospects.len()),
        ("nlpearl", leads),
        ("woodpecker", prospects),
        ("unleashx", audience),
    ])
}

fn table(steps: &[Done]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header([
        "operation",
        "what",
        "outcome",
        "requests",
        "gone",
        "kept",
        "as meant",
    ]);
    for step in steps {
        table.add_row([
            step.operation.clone(),
            step.what.to_owned(),
            step.outcomes.iter().copied().collect::<Vec<_>>().join(", "),
            step.requests.to_string(),
            step.gone.to_string(),
            step.kept.to_string(),
            if step.as_meant { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    table.to_string()
}

/// The people of the demonstration: who is to go, and who is to stay.
struct Cast {
    targets: usize,
}

/// Teammates, campaigns and lists of the Extrovert team.
const ADA: Uuid = Uuid::from_u128(0xA1);
const NOAH: Uuid = Uuid::from_u128(0xA2);
const SPRING: Uuid = Uuid::from_u128(0xC1);
const AUTUMN: Uuid = Uuid::from_u128(0xC2);
const NOAHS: Uuid = Uuid::from_u128(0xC3);
const OLD_LIST: Uuid = Uuid::from_u128(0xB1);
const NEW_LIST: Uuid = Uuid::from_u128(0xB2);

/// The person who is taken out of one campaign alone.
const JOHN: &str = "https://www.linkedin.com/in/john-doe";

/// Two outbound campaigns that call the same leads.
const PEARL: &str = "66b2f0c4a1d3e5f708192a3b";
const OTHER_PEARL: &str = "66b2f0c4a1d3e5f708192a3c";

/// The client who leaves, and one who stays.
const LEAVING_COMPANY: i64 = 123;
const STAYING_COMPANY: i64 = 456;

/// Campaigns with the same audience ids.
const DRAFT: i64 = 42;
const RUNNING: i64 = 43;

impl Cast {
    fn new(targets: usize) -> Self {
        Self { targets }
    }

    /// All ids of one kind; the first `targets` of them are to go.
    fn numbers(&self) -> std::ops::Range<usize> {
        0..self.targets * (1 + KEPT_FOR_EACH)
    }

    fn seed(&self) -> Seed {
        let leads = || Pearl {
            leads: self.numbers().map(lead).collect(),
        };
        let company = || Company {
            prospects: self.numbers().map(record).collect(),
        };
        let campaign = |status| UnleashxCampaign {
            status,
            audience: self.numbers().map(record).collect(),
        };
        let mut seed = Seed::default();
        seed.nlpearl.pearls = [
            (PEARL.to_owned(), leads()),
            (OTHER_PEARL.to_owned(), leads()),
        ]
        .into();
        seed.woodpecker.companies =
            [(LEAVING_COMPANY, company()), (STAYING_COMPANY, company())].into();
        seed.unleashx.campaigns = [
            (DRAFT, campaign(CampaignStatus::Draft)),
            (RUNNING, campaign(CampaignStatus::Inprogress)),
        ]
        .into();

        let team = &mut seed.extrovert;
        team.users = [(ADA, "Ada"), (NOAH, "Noah")]
            .map(|(id, name)| User {
                id,
                name: name.to_owned(),
            })
            .into();
        team.campaigns = [
            (SPRING, ADA, "Spring"),
            (AUTUMN, ADA, "Autumn"),
            (NOAHS, NOAH, "Noah's"),
        ]
        .map(|(id, user_id, name)| Campaign {
            id,
            user_id,
            name: name.to_owned(),
        })
        .into();
        team.lists = [(OLD_LIST, "Old"), (NEW_LIST, "New")]
            .map(|(id, name)| ProspectList {
                id,
                campaign_id: Some(SPRING),
                name: name.to_owned(),
            })
            .into();
        let people = self.numbers().map(|number| {
            (
                profile(number),
                format!("https://www.linkedin.com/in/p{number}"),
            )
        });
        for (profile_id, profile_url) in people.chain([("ACoAAJohn".to_owned(), JOHN.to_owned())]) {
            for (user_id, campaign_id, list_id) in [
                (ADA, SPRING, None),
                (ADA, AUTUMN, None),
                (NOAH, NOAHS, None),
            ] {
                add_prospect(
                    team,
                    user_id,
                    campaign_id,
                    list_id,
                    &profile_id,
                    &profile_url,
                );
            }
        }
        for (list_id, name) in [(OLD_LIST, "old"), (NEW_LIST, "new")] {
            for number in 0..self.targets {
                let url = format!("https://www.linkedin.com/in/{name}{number}");
                add_prospect(
                    team,
                    ADA,
                    SPRING,
                    Some(list_id),
                    &format!("ACoAA{name}{number}"),
                    &url,
                );
            }
        }
        seed
    }

    fn steps(&self) -> Result<Vec<Step>, InvalidInput> {
        let targets = self.targets;
        let numbers: Vec<usize> = (0..targets).collect();
        let batches = || numbers.chunks(BATCH);

        let people: Result<Vec<_>, _> = batches()
            .map(|batch| {
                let people: Result<Vec<_>, _> = batch
                    .iter()
                    .map(|number| Person::new(ADA, profile(*number)))
                    .collect();
                let request = extrovert::DeleteSelected::people(people?)?;
                Ok(Box::new(request.reject_posts(true)) as Box<dyn Request>)
            })
            .collect();
        let leads: Result<Vec<_>, _> = batches()
            .map(|batch| {
                nlpearl::DeleteLeads::new(PEARL, batch.iter().copied().map(lead)).map(boxed)
            })
            .collect();
        let audience: Result<Vec<_>, _> = batches()
            .map(|batch| {
                let ids = batch.iter().copied().map(record);
                unleashx::DeleteAudience::records(RUNNING, ids).map(boxed)
            })
            .collect();
        let all_of = |campaign_id| unleashx::DeleteAudience::all(campaign_id).map(boxed);
        Ok(vec![
            Step {
                what: "people of one owner, in all of the owner's campaigns",
                requests: people?,
                outcome: Outcome::Deleted,
                meant: Box::new(move |state| {
                    let gone: BTreeSet<_> = (0..targets).map(profile).collect();
                    remove(
                        state,
                        |prospect| prospect.user_id == ADA && gone.contains(&prospect.profile_id),
                        true,
                    );
                }),
            },
            Step {
                what: "everybody in one list",
                requests: vec![boxed(extrovert::DeleteSelected::scope(Scope::List(
                    OLD_LIST,
                )))],
                outcome: Outcome::Deleted,
                meant: Box::new(|state| {
                    remove(state, |prospect| prospect.list_id == Some(OLD_LIST), false);
                }),
            },
            Step {
                what: "one person, out of one campaign of two",
                requests: vec![boxed(extrovert::RemoveProspect::new(JOHN, SPRING)?)],
                outcome: Outcome::Deleted,
                meant: Box::new(|state| {
                    let gone = |prospect: &Prospect| {
                        prospect.profile_url == JOHN && prospect.campaign_id == Some(SPRING)
                    };
                    remove(state, gone, false);
                }),
            },
            Step {
                what: "leads, in one campaign of two",
                requests: leads?,
                outcome: Outcome::Deleted,
                meant: Box::new(move |state| {
                    let gone: BTreeSet<_> = (0..targets).map(lead).collect();
                    let pearl = state.nlpearl.pearls.entry(PEARL.to_owned()).or_default();
                    pearl.leads.retain(|lead| !gone.contains(lead));
                }),
            },
            Step {
                what: "all prospects of a client who leaves",
                requests: vec![boxed(woodpecker::DeleteCompanyProspects::all(
                    LEAVING_COMPANY,
                )?)],
                outcome: Outcome::Accepted,
                meant: Box::new(|state| {
                    state
                        .woodpecker
                        .companies
                        .entry(LEAVING_COMPANY)
                        .or_default()
                        .prospects
                        .clear();
                }),
            },
            Step {
                what: "audience records of a running campaign",
                requests: audience?,
                outcome: Outcome::Deleted,
                meant: Box::new(move |state| {
                    let gone: BTreeSet<_> = (0..targets).map(record).collect();
                    if let Some(campaign) = state.unleashx.campaigns.get_mut(&RUNNING) {
                        campaign.audience.retain(|id| !gone.contains(id));
                    }
                }),
            },
            Step {
                what: "all audience of the running campaign, which UnleashX refuses",
                requests: vec![all_of(RUNNING)?],
                outcome: Outcome::Rejected,
                meant: Box::new(|_| {}),
            },
            Step {
                what: "all audience of a draft",
                requests: vec![all_of(DRAFT)?],
                outcome: Outcome::Deleted,
                meant: Box::new(|state| {
                    if let Some(campaign) = state.unleashx.campaigns.get_mut(&DRAFT) {
                        campaign.audience.clear();
                    }
                }),
            },
        ])
    }
}

/// Adds one owner's record of a person, with a post that waits for approval and one on its way.
fn add_prospect(
    team: &mut ExtrovertState,
    user_id: Uuid,
    campaign_id: Uuid,
    list_id: Option<Uuid>,
    profile_id: &str,
    profile_url: &str,
) {
    let id = Uuid::from_u128(0x0100_0000 + team.prospects.len() as u128);
    team.prospects.push(Prospect {
        id,
        user_id,
        campaign_id: Some(campaign_id),
        list_id,
        profile_id: profile_id.to_owned(),
        profile_url: profile_url.to_owned(),
    });
    for status in [PostStatus::NeedApproval, PostStatus::Pending] {
        let post = Uuid::from_u128(0x0200_0000 + team.posts.len() as u128);
        team.posts.push(Post {
            id: post,
            prospect_id: id,
            status,
        });
    }
}

/// Takes records out of a state, and rejects their waiting posts where that is meant too.
fn remove(state: &mut State, gone: impl Fn(&Prospect) -> bool, reject_posts: bool) {
    let team = &mut state.extrovert;
    let ids: BTreeSet<Uuid> = team
        .prospects
        .iter()
        .filter(|prospect| gone(prospect))
        .map(|prospect| prospect.id)
        .collect();
    team.prospects
        .retain(|prospect| !ids.contains(&prospect.id));
    for post in &mut team.posts {
        if reject_posts
            && ids.contains(&post.prospect_id)
            && post.status == PostStatus::NeedApproval
        {
            post.status = PostStatus::Rejected;
        }
    }
}

fn profile(number: usize) -> String {
    format!("ACoAA{number}")
}

fn lead(number: usize) -> String {
    format!("66b2f0c4{number:016x}")
}

/// The id of a Woodpecker prospect or an UnleashX audience record.
fn record(number: usize) -> i64 {
    1 + i64::try_from(number).expect("at most 300,000")
}

fn boxed(request: impl Request + 'static) -> Box<dyn Request> {
    Box::new(request)
}
