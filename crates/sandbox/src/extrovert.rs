//! Extrovert: a team's records, and the two operations that delete of them.

mod records;
mod state;

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use prospect_delete_specs::Document;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use uuid::Uuid;

use crate::chance::Chance;
use crate::provider::{Operation, Service, Take, Violation};
use crate::reply::Reply;

pub(crate) use records::Records;
pub use state::{
    Campaign, ExtrovertState, GenerateExtrovert, Post, PostStatus, Prospect, ProspectList, User,
};

/// What is deleted at Extrovert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Error)]
#[serde(tag = "kind")]
pub enum ExtrovertRecord {
    /// One owner's record of one person.
    #[error("extrovert prospect {id}")]
    #[serde(rename = "extrovert_prospect")]
    Prospect {
        /// The record's own id.
        id: Uuid,
    },
}

/// The body of the current bulk call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteSelected {
    target_users_data: Vec<Target>,
    are_all_selected: bool,
    reject_all_posts_activities: bool,
    variant: Variant,
    list_id: Option<Uuid>,
}

/// One person as one owner has them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    user_id: Uuid,
    target_user_profile_id: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Variant {
    All,
    List,
    Campaign,
}

/// The body of the legacy call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemoveProspect {
    prospect_profile_url: String,
    campaign_id: Uuid,
    reject_posts: bool,
}

/// Who goes, and whether their waiting posts are rejected.
pub(crate) struct Deletion {
    whom: Whom,
    reject_posts: bool,
}

enum Whom {
    People(Vec<Target>),
    Everybody,
    List(Uuid),
    CampaignLists,
    FromCampaign { campaign_id: Uuid, url: String },
}

impl DeleteSelected {
    pub(crate) fn deletion(self) -> Result<Deletion, Violation> {
        let whom =
            match (self.are_all_selected, self.variant) {
                (false, _) if self.target_users_data.is_empty() => {
                    return Err(Violation::new(
                        "targetUsersData",
                        "must name somebody unless areAllSelected is true",
                    ));
                }
                (false, _) => Whom::People(self.target_users_data),
                (true, Variant::All) => Whom::Everybody,
                (true, Variant::Campaign) => Whom::CampaignLists,
                (true, Variant::List) => Whom::List(self.list_id.ok_or_else(|| {
                    Violation::new("listId", "is required when variant is \"list\"")
                })?),
            };
        Ok(Deletion {
            whom,
            reject_posts: self.reject_all_posts_activities,
        })
    }
}

impl RemoveProspect {
    pub(crate) fn deletion(self) -> Deletion {
        Deletion {
            whom: Whom::FromCampaign {
                campaign_id: self.campaign_id,
                url: self.prospect_profile_url,
            },
            reject_posts: self.reject_posts,
        }
    }
}

impl Service for Records {
    const DOCUMENT: Document = prospect_delete_specs::EXTROVERT;
    const DATA: &str = include_str!("extrovert.yaml");
    const KEY: &str = "sandbox-extrovert-key";
    const KEY_REFUSED: &str = "Invalid or missing API key";
    const OPERATIONS: &[Operation<Deletion>] = &[
        Operation {
            id: "delete_selected_prospects",
            name: "delete_selected",
            read: |asked| asked.body::<DeleteSelected>()?.deletion(),
        },
        Operation {
            id: "remove_prospect_from_campaign",
            name: "remove_prospect",
            read: |asked| Ok(asked.body::<RemoveProspect>()?.deletion()),
        },
    ];
    const ELSEWHERE: &[(&[Method], &str)] = &[
        (&[Method::DELETE], "/api/client/v1/workspace/prospects"),
        (&[Method::GET], "/api/client/v1/prospects"),
        (&[Method::GET], "/client/v2/campaign"),
        (&[Method::GET], "/client/v2/prospects"),
        (&[Method::GET], "/client/v2/prospects/{id}"),
        (&[Method::GET], "/client/v2/user/team-members"),
        (&[Method::POST], "/client/v2/prospect-list"),
        (
            &[Method::POST],
            "/client/v2/prospect-list/{id}/add-users-to-list",
        ),
    ];

    type State = ExtrovertState;
    type Generate = GenerateExtrovert;
    type Deletion = Deletion;
    type Record = ExtrovertRecord;

    fn new(_delay: Duration) -> Self {
        Self::default()
    }

    fn add(&mut self, seed: &ExtrovertState, _now: Instant) {
        self.add(seed);
    }

    fn carry_out(
        &mut self,
        deletion: Deletion,
        request: u64,
        _now: Instant,
        gone: Take<'_, ExtrovertRecord>,
    ) -> Reply {
        let chosen = match deletion.whom {
            Whom::People(targets) => targets
                .iter()
                .flat_map(|target| self.of_person(target.user_id, &target.target_user_profile_id))
                .collect(),
            Whom::Everybody => self.all(),
            Whom::List(list_id) => self.in_list(list_id),
            Whom::CampaignLists => self.in_campaign_lists(),
            Whom::FromCampaign { campaign_id, url } => self.in_campaign(campaign_id, &url),
        };
        for prospect_id in chosen {
            // A person who is named twice goes once.
            if self.remove(prospect_id) {
                gone(Some(request), ExtrovertRecord::Prospect { id: prospect_id });
            }
            if deletion.reject_posts {
                self.reject_waiting_posts(prospect_id);
            }
        }
        Reply::json(
            StatusCode::OK,
            &json!({
                "status": "success",
                "data": null,
                "message": "Operation completed successfully",
            }),
        )
    }

    fn snapshot(&self) -> ExtrovertState {
        self.snapshot()
    }

    fn count(&self) -> usize {
        self.count()
    }

    fn refuse(status: StatusCode, detail: &str) -> Reply {
        let body = json!({ "status": "error", "data": null, "message": detail });
        Reply::json(status, &body)
    }

    fn most_generated(counts: &GenerateExtrovert) -> u64 {
        let campaigns = u64::from(counts.users) * u64::from(counts.campaigns_per_user.max(1));
        campaigns.saturating_add(u64::from(counts.people) * 9)
    }

    fn generate(counts: &Self::Generate, chance: &mut Chance) -> Self::State {
        let mut team = ExtrovertState::default();
        for number in 1..=counts.users {
            let user_id = chance.uuid();
            team.users.push(User {
                id: user_id,
                name: format!("Teammate {number}"),
            });
            for campaign in 1..=counts.campaigns_per_user {
                let name = format!("Campaign {campaign} of teammate {number}");
                let campaign_id = chance.uuid();
                team.lists.push(ProspectList {
                    id: chance.uuid(),
                    campaign_id: Some(campaign_id),
                    name: format!("List of {name}"),
                });
                team.campaigns.push(Campaign {
                    id: campaign_id,
                    user_id,
                    name,
                });
            }
        }
        let campaigns = counts.campaigns_per_user as usize;
        for person in 1..=counts.people {
            let profile_id = format!("ACoAA{:020x}", chance.bits() >> 48);
            let profile_url = format!("https://www.linkedin.com/in/person-{person}");
            for user in chance.some_of(counts.users as usize) {
                let mut places: Vec<_> = chance.some_of(campaigns).into_iter().map(Some).collect();
                if places.is_empty() {
                    places.push(None);
                }
                for campaign in places {
                    let user_id = team.users[user].id;
                    let mut record =
                        Prospect::new(chance.uuid(), user_id, &*profile_id, &*profile_url);
                    if let Some(campaign) = campaign {
                        let place = user * campaigns + campaign;
                        record = record
                            .in_campaign(team.campaigns[place].id)
                            .in_list(team.lists[place].id);
                    }
                    if chance.happens(0.5) {
                        team.posts.push(Post {
                            id: chance.uuid(),
                            prospect_id: record.id,
                            status: PostStatus::NeedApproval,
                        });
                    }
                    team.prospects.push(record);
                }
            }
        }
        team
    }
}
