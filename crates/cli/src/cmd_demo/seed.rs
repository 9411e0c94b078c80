//! Fills the sandbox.

use prospect_delete_core::extrovert::Uuid;
use prospect_delete_sandbox::{
    Campaign, CampaignStatus, Company, ExtrovertState, Pearl, Post, PostStatus, Prospect,
    ProspectList, Seed, UnleashxCampaign, User,
};

use super::people::{
    ADA, AUTUMN, DRAFT, JOHN, LEAVING_COMPANY, NEW_LIST, NOAH, NOAHS, OLD_LIST, OTHER_PEARL, PEARL,
    RUNNING, SPRING, STAYING_COMPANY, lead, numbers, profile, record,
};

/// What the sandbox holds before anything is deleted.
pub(super) fn seed(targets: usize) -> Seed {
    let leads = || Pearl {
        leads: numbers(targets).map(lead).collect(),
    };
    let company = || Company {
        prospects: numbers(targets).map(record).collect(),
    };
    let campaign = |status| UnleashxCampaign {
        status,
        audience: numbers(targets).map(record).collect(),
    };
    let mut seed = Seed::default();
    seed.nlpearl.pearls = [
        (PEARL.to_owned(), leads()),
        (OTHER_PEARL.to_owned(), leads()),
    ]
    .into();
    seed.woodpecker.companies = [(LEAVING_COMPANY, company()), (STAYING_COMPANY, company())].into();
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
    let people = numbers(targets).map(|number| {
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
        for number in 0..targets {
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
