//! Extrovert's two calls: what they ask for.

mod records;

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::contract::Violation;
use crate::record::{GoneBy, Record};
use crate::reply::Reply;

pub(crate) use records::Records;

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

impl Deletion {
    pub(crate) fn carry_out(self, records: &mut Records, mut gone: GoneBy<'_>) -> Reply {
        let chosen = match self.whom {
            Whom::People(targets) => targets
                .iter()
                .flat_map(|target| {
                    records.of_person(target.user_id, &target.target_user_profile_id)
                })
                .collect(),
            Whom::Everybody => records.all(),
            Whom::List(list_id) => records.in_list(list_id),
            Whom::CampaignLists => records.in_campaign_lists(),
            Whom::FromCampaign { campaign_id, url } => records.in_campaign(campaign_id, &url),
        };
        for prospect_id in chosen {
            // A person who is named twice goes once.
            if records.remove(prospect_id) {
                gone.take(Record::prospect(prospect_id));
            }
            if self.reject_posts {
                records.reject_waiting_posts(prospect_id);
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
}
