use std::collections::BTreeSet;

use prospect_delete_sandbox::{
    CampaignStatus, Generate, PostStatus, Prospect, Record, Sandbox, Seed, UnleashxCampaign,
};
use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::client::{DELETE_AUDIENCE, anonymous, example, send};

fn generate() -> Generate {
    let counts = json!({
        "random_seed": 7,
        "extrovert": { "users": 3, "campaigns_per_user": 2, "people": 50 },
        "nlpearl": { "pearls": 2, "leads_per_pearl": 20 },
        "woodpecker": { "companies": 3, "prospects_per_company": 10 },
        "unleashx": { "campaigns": 4, "audience_per_campaign": 5 },
    });
    serde_json::from_value(counts).expect("counts")
}

#[test]
fn a_seed_is_written_in_the_field_s_words() {
    let user = Uuid::from_u128(1);
    let campaign = Uuid::from_u128(2);
    let list = Uuid::from_u128(3);
    let prospect = Prospect::new(Uuid::from_u128(4), user, "profile", "https://address");
    let seed = Seed::default()
        .with_leads("pearl", ["a", "b"])
        .with_leads("pearl", ["c"])
        .with_company(123, [4801, 4802])
        .with_audience(42, CampaignStatus::Draft, [101])
        .with_audience(42, CampaignStatus::Hold, [102])
        .with_prospect(prospect.in_campaign(campaign).in_list(list));
    let expected = json!({
        "nlpearl": { "pearls": { "pearl": { "leads": ["a", "b", "c"] } } },
        "woodpecker": { "companies": { "123": { "prospects": [4801, 4802] } } },
        "unleashx": { "campaigns": { "42": { "status": "hold", "audience": [101, 102] } } },
        "extrovert": { "prospects": [{
            "id": Uuid::from_u128(4),
            "user_id": user,
            "campaign_id": campaign,
            "list_id": list,
            "profile_id": "profile",
            "profile_url": "https://address",
        }] },
    });
    assert_eq!(seed, serde_json::from_value(expected).expect("a seed"));
}

#[test]
fn made_up_data_is_as_much_as_was_asked_for() {
    let seed = Seed::generate(&generate());
    let pearls = &seed.nlpearl.pearls;
    assert_eq!(pearls.len(), 2);
    assert!(pearls.values().all(|pearl| pearl.leads.len() == 20));
    assert!(pearls.keys().all(|id| id.len() == 24));
    let companies = &seed.woodpecker.companies;
    assert!(companies.keys().copied().eq(1..=3));
    assert!(
        companies
            .values()
            .all(|company| company.prospects.len() == 10)
    );
    let statuses = |campaign: &UnleashxCampaign| (campaign.status, campaign.audience.len());
    let campaigns: Vec<_> = seed.unleashx.campaigns.values().map(statuses).collect();
    let draft = (CampaignStatus::Draft, 5);
    let running = (CampaignStatus::Inprogress, 5);
    assert_eq!(campaigns, [draft, running, draft, running]);

    let team = &seed.extrovert;
    assert_eq!(
        [team.users.len(), team.campaigns.len(), team.lists.len()],
        [3, 6, 6]
    );
    let people: BTreeSet<_> = team
        .prospects
        .iter()
        .map(|record| &record.profile_id)
        .collect();
    assert_eq!(people.len(), 50);
    for record in &team.prospects {
        let campaign = team
            .campaigns
            .iter()
            .find(|campaign| Some(campaign.id) == record.campaign_id);
        assert_eq!(
            campaign.map(|campaign| campaign.user_id),
            Some(record.user_id)
        );
        let list = team
            .lists
            .iter()
            .find(|list| Some(list.id) == record.list_id);
        assert_eq!(list.and_then(|list| list.campaign_id), record.campaign_id);
    }
    // What makes a deletion of a person more than that of a record, and less than that of everybody.
    let records_of = |person: &str| {
        let records = team
            .prospects
            .iter()
            .filter(|record| record.profile_id == person);
        records.map(|record| record.user_id).collect::<Vec<_>>()
    };
    let several_campaigns = |owners: &[Uuid]| {
        owners
            .iter()
            .any(|owner| owners.iter().filter(|other| *other == owner).count() > 1)
    };
    let several_owners = |owners: &[Uuid]| BTreeSet::from_iter(owners).len() > 1;
    let owners: Vec<_> = people.iter().map(|person| records_of(person)).collect();
    assert!(
        owners
            .iter()
            .any(|owners| several_campaigns(owners) && several_owners(owners))
    );
    let waiting = team
        .posts
        .iter()
        .filter(|post| post.status == PostStatus::NeedApproval);
    assert!((1..team.prospects.len()).contains(&waiting.count()));
}

#[test]
fn made_up_data_follows_from_its_numbers_alone() {
    let seed = Seed::generate(&generate());
    assert_eq!(seed, Seed::generate(&generate()));
    // Written down, so that no version changes what other people's tests rely on.
    let pearl = seed.nlpearl.pearls.keys().next().expect("a pearl");
    assert_eq!(pearl, "0b479cb71a3f41f4f60c8849");
    let mut more = generate();
    more.extrovert.people += 1;
    assert_eq!(Seed::generate(&more).nlpearl, seed.nlpearl);
    let other = Generate {
        random_seed: 8,
        ..generate()
    };
    assert_ne!(Seed::generate(&other).nlpearl, seed.nlpearl);
    assert_eq!(Seed::generate(&Generate::default()), Seed::default());
}

#[tokio::test]
async fn data_is_made_up_over_the_wire_and_joins_what_is_given() {
    let sandbox = Sandbox::start().await.expect("a free port");
    let body = json!({
        "generate": generate(),
        "nlpearl": { "pearls": { "pearl": { "leads": ["a"] } } },
    });
    let sent = anonymous(&sandbox, Method::POST, "/__sandbox/seed").json(&body);
    let status = sent.send().await.expect("an answer").status();
    assert_eq!(status, StatusCode::NO_CONTENT);
    let expected = Seed::generate(&generate()).with_leads("pearl", ["a"]);
    let state = sandbox.state();
    assert_eq!(state.nlpearl, expected.nlpearl);
    assert_eq!(state.woodpecker, expected.woodpecker);
    assert_eq!(state.unleashx, expected.unleashx);
    assert_eq!(
        state.extrovert.prospects.len(),
        expected.extrovert.prospects.len()
    );

    let misspelt = json!({ "generate": { "nlpearl": { "leads": 1 } } });
    let most = u32::MAX;
    let endless = json!({ "generate": { "nlpearl": { "pearls": most, "leads_per_pearl": most } } });
    for body in [misspelt, endless] {
        let sent = anonymous(&sandbox, Method::POST, "/__sandbox/seed").json(&body);
        let refused = sent.send().await.expect("an answer");
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(sandbox.state(), state);
}

fn record(number: i64) -> Record {
    Record::audience(42, number)
}

async fn delete_two() -> Sandbox {
    let sandbox = example().await;
    let body = json!({ "campaign_id": 42, "audience": [101, 102, 102] });
    send(&sandbox, Method::POST, DELETE_AUDIENCE, &body).await;
    sandbox
}

#[tokio::test]
async fn exactly_these_are_gone() {
    let sandbox = delete_two().await;
    sandbox.assert_deleted([record(102), record(101)]);
    // Deleted is deleted, whoever adds it again.
    sandbox.seed(&Seed::example());
    sandbox.assert_deleted([record(101), record(102)]);
}

#[tokio::test]
#[should_panic(
    expected = "not deleted: unleashx audience 103 of campaign 42\n  deleted besides: nothing"
)]
async fn one_that_is_still_there_is_named() {
    delete_two()
        .await
        .assert_deleted([record(101), record(102), record(103)]);
}

#[tokio::test]
#[should_panic(
    expected = "not deleted: nothing\n  deleted besides: unleashx audience 102 of campaign 42"
)]
async fn one_that_is_gone_besides_is_named() {
    delete_two().await.assert_deleted([record(101)]);
}

#[tokio::test]
#[should_panic(
    expected = "deleted besides: unleashx audience 101 of campaign 42, unleashx audience 102"
)]
async fn nothing_is_deleted_or_named() {
    example().await.assert_nothing_deleted();
    delete_two().await.assert_nothing_deleted();
}
