use prospect_delete_transport::{
    InvalidInput, Operation, Preparing, Request, Target, Transport, check_identifier,
};
use uuid::Uuid;

use crate::{
    DELETE_PEOPLE, DELETE_SCOPE, REMOVE_PROSPECT, answer, check_profile_url,
    raw::{
        self,
        types::{
            DeleteRequestDto3, DeleteSelectedRequestDto,
            DeleteSelectedRequestDtoTargetUsersDataItem, DeleteSelectedRequestDtoVariant,
        },
    },
    targets::REJECT_POSTS,
};

/// One person as one teammate has them.
///
/// A person whom several teammates have is one `Person` for each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Person {
    user_id: Uuid,
    profile_id: String,
}

impl Person {
    /// `user_id` is the teammate who owns the records, `profile_id` the person's LinkedIn profile id.
    ///
    /// # Errors
    ///
    /// The profile id is none that a provider has ([`check_identifier`]).
    pub fn new(user_id: Uuid, profile_id: impl Into<String>) -> Result<Self, InvalidInput> {
        let profile_id = profile_id.into();
        check_identifier("profile id", &profile_id)?;
        Ok(Self {
            user_id,
            profile_id,
        })
    }

    /// The teammate who owns the records.
    #[must_use]
    pub fn user_id(&self) -> Uuid {
        self.user_id
    }

    /// The person's LinkedIn profile id.
    #[must_use]
    pub fn profile_id(&self) -> &str {
        &self.profile_id
    }
}

/// Everybody in a part of the team's prospects, however many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub enum Scope {
    /// Every prospect that the key's account sees.
    All,
    /// Every prospect of one list.
    List(Uuid),
    /// Every list in a campaign. The vendor's request has no field for which campaign.
    Campaign,
}

/// People, or a scope; never both.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DeleteSelected {
    selection: Selection,
    reject_posts: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
enum Selection {
    People(Vec<Person>),
    Scope(Scope),
}

impl DeleteSelected {
    /// Deletes every record that each owner has of each profile, in all of the owner's campaigns.
    ///
    /// # Errors
    ///
    /// Nobody is named.
    pub fn people(people: impl IntoIterator<Item = Person>) -> Result<Self, InvalidInput> {
        let people: Vec<_> = people.into_iter().collect();
        if people.is_empty() {
            return Err(InvalidInput::new(
                "profile ids",
                "none is given; name at least one person",
            ));
        }
        Ok(Self {
            selection: Selection::People(people),
            reject_posts: false,
        })
    }

    /// Deletes everybody in the scope. Cannot be undone, and nobody is named: be sure.
    #[must_use]
    pub fn scope(scope: Scope) -> Self {
        Self {
            selection: Selection::Scope(scope),
            reject_posts: false,
        }
    }

    /// Also rejects posts of the deleted that wait in "Need approval". Posts in "Pending" stay.
    #[must_use]
    pub fn reject_posts(mut self, reject: bool) -> Self {
        self.reject_posts = reject;
        self
    }

    /// People with the same options.
    pub(crate) fn of(people: &[Target]) -> Self {
        let selected = people.iter().map(|person| Person {
            user_id: person.uuid(0),
            profile_id: person.value(1).to_owned(),
        });
        Self {
            selection: Selection::People(selected.collect()),
            reject_posts: people[0].option(REJECT_POSTS),
        }
    }

    pub(crate) fn body(&self) -> DeleteSelectedRequestDto {
        let (target_users_data, are_all_selected, variant, list_id) = match &self.selection {
            Selection::People(people) => {
                let people =
                    people
                        .iter()
                        .map(|person| DeleteSelectedRequestDtoTargetUsersDataItem {
                            user_id: person.user_id,
                            target_user_profile_id: person.profile_id.clone(),
                        });
                // The field must be there and is documented to count for nothing here. Should it ever
                // count, this value covers less than `all`, and unlike `list` it lacks no list id.
                (
                    people.collect(),
                    false,
                    DeleteSelectedRequestDtoVariant::Campaign,
                    None,
                )
            }
            Selection::Scope(scope) => {
                let (variant, list_id) = match scope {
                    Scope::All => (DeleteSelectedRequestDtoVariant::All, None),
                    Scope::List(list_id) => (DeleteSelectedRequestDtoVariant::List, Some(*list_id)),
                    Scope::Campaign => (DeleteSelectedRequestDtoVariant::Campaign, None),
                };
                (Vec::new(), true, variant, list_id)
            }
        };
        DeleteSelectedRequestDto {
            target_users_data,
            are_all_selected,
            reject_all_posts_activities: self.reject_posts,
            variant,
            list_id,
        }
    }
}

/// One person to take out of one campaign, through the first generation of the API.
///
/// The person stays in other campaigns, and with teammates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RemoveProspect {
    profile_url: String,
    campaign_id: Uuid,
    reject_posts: bool,
}

impl RemoveProspect {
    /// `profile_url` is the address of the person's LinkedIn profile, as Extrovert has it. It is sent as given.
    ///
    /// # Errors
    ///
    /// It is no address of a person's profile at LinkedIn ([`check_profile_url`]).
    pub fn new(profile_url: impl Into<String>, campaign_id: Uuid) -> Result<Self, InvalidInput> {
        let profile_url = profile_url.into();
        check_profile_url("profile url", &profile_url)?;
        Ok(Self {
            profile_url,
            campaign_id,
            reject_posts: false,
        })
    }

    /// Also rejects the person's posts that wait in "Need approval". Posts in "Pending" stay.
    #[must_use]
    pub fn reject_posts(mut self, reject: bool) -> Self {
        self.reject_posts = reject;
        self
    }

    pub(crate) fn of(prospect: &Target) -> Self {
        Self {
            profile_url: prospect.value(1).to_owned(),
            campaign_id: prospect.uuid(0),
            reject_posts: prospect.option(REJECT_POSTS),
        }
    }

    pub(crate) fn body(&self) -> DeleteRequestDto3 {
        DeleteRequestDto3 {
            prospect_profile_url: self.profile_url.clone(),
            campaign_id: self.campaign_id,
            reject_posts: self.reject_posts,
        }
    }
}

impl Request for DeleteSelected {
    fn operation(&self) -> &'static Operation {
        match self.selection {
            Selection::People(_) => &DELETE_PEOPLE,
            Selection::Scope(_) => &DELETE_SCOPE,
        }
    }

    /// `extrovert.person:USER/PROFILE,USER/PROFILE`, `extrovert.all`, `extrovert.list:UUID` or `extrovert.campaign`.
    fn target(&self) -> String {
        match &self.selection {
            Selection::People(people) => {
                let people: Vec<_> = people
                    .iter()
                    .map(|person| format!("{}/{}", person.user_id, person.profile_id))
                    .collect();
                format!("extrovert.person:{}", people.join(","))
            }
            Selection::Scope(Scope::All) => "extrovert.all".to_owned(),
            Selection::Scope(Scope::List(list_id)) => format!("extrovert.list:{list_id}"),
            Selection::Scope(Scope::Campaign) => "extrovert.campaign".to_owned(),
        }
    }

    fn count(&self) -> usize {
        match &self.selection {
            Selection::People(people) => people.len(),
            Selection::Scope(_) => 1,
        }
    }

    fn prepare<'a>(&'a self, transport: &'a Transport) -> Preparing<'a> {
        Box::pin(async move {
            let build = async |parts| {
                raw::Client::from(parts)
                    .delete_selected_prospects()
                    .body(self.body())
                    .send()
                    .await
            };
            let call = transport
                .prepare(self.operation(), answer::read, build)
                .await?;
            Ok(call.naming(self.count()))
        })
    }
}

impl Request for RemoveProspect {
    fn operation(&self) -> &'static Operation {
        &REMOVE_PROSPECT
    }

    /// `extrovert.prospect:CAMPAIGN/URL`.
    fn target(&self) -> String {
        format!(
            "extrovert.prospect:{}/{}",
            self.campaign_id, self.profile_url
        )
    }

    fn count(&self) -> usize {
        1
    }

    fn prepare<'a>(&'a self, transport: &'a Transport) -> Preparing<'a> {
        Box::pin(async move {
            let build = async |parts| {
                raw::Client::from(parts)
                    .remove_prospect_from_campaign()
                    .body(self.body())
                    .send()
                    .await
            };
            let call = transport
                .prepare(self.operation(), answer::read, build)
                .await?;
            Ok(call.naming(1))
        })
    }
}
