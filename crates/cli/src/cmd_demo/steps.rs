//! Says what is sent, and what is to come of it.

use std::collections::BTreeSet;

use prospect_delete_core::{
    InvalidInput, Outcome, Request,
    extrovert::{self, Person, Scope, Uuid},
    nlpearl, unleashx, woodpecker,
};
use prospect_delete_sandbox::{PostStatus, Prospect, State};

use super::people::{
    ADA, DRAFT, JOHN, LEAVING_COMPANY, OLD_LIST, PEARL, RUNNING, SPRING, lead, profile, record,
};

/// How many targets one request names.
const BATCH: usize = 100;

/// One operation, and what is to come of it.
pub(super) struct Step {
    pub(super) what: &'static str,
    pub(super) requests: Vec<Box<dyn Request>>,
    pub(super) outcome: Outcome,
    /// Makes the state that is meant from the state before.
    pub(super) meant: Box<dyn Fn(&mut State)>,
}

/// Every operation, in the order in which it is sent.
pub(super) fn steps(targets: usize) -> Result<Vec<Step>, InvalidInput> {
    let numbers: Vec<usize> = (0..targets).collect();
    let batches = || numbers.chunks(BATCH);

    let people: Result<Vec<_>, _> = batches()
        .map(|batch| {
            let people: Result<Vec<_>, _> = batch
                .iter()
                .map(|number| Person::new(ADA, profile(*number)))
                .collect();
            let request = extrovert::DeleteSelected::people(people?)?;
            Ok(Box::new(request.with_reject_posts(true)) as Box<dyn Request>)
        })
        .collect();
    let leads: Result<Vec<_>, _> = batches()
        .map(|batch| nlpearl::DeleteLeads::new(PEARL, batch.iter().copied().map(lead)).map(boxed))
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

fn boxed(request: impl Request + 'static) -> Box<dyn Request> {
    Box::new(request)
}
