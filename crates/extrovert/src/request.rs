use std::fmt;

use prospect_delete_transport::{InvalidInput, Operation, Request, Target, check_identifier};
use serde::{Deserialize, Serialize};
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
};

/// One person as one teammate has them.
///
/// A person whom several teammates have is one `Person` for each. Reading one by serde checks what
/// [`new`](Self::new) checks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "PersonForm")]
pub struct Person {
    user_id: Uuid,
    profile_id: String,
}

/// What a person is read from, not yet checked.
#[derive(Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PersonForm {
    user_id: Uuid,
    profile_id: String,
}

impl TryFrom<PersonForm> for Person {
    type Error = InvalidInput;

    fn try_from(form: PersonForm) -> Result<Self, InvalidInput> {
        Self::new(form.user_id, form.profile_id)
    }
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

/// `USER/PROFILE`.
impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.user_id, self.profile_id)
    }
}

/// Everybody in a part of the team's prospects, however many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every prospect that the key's account sees.
    All,
    /// Every prospect of one list.
    List(Uuid),
    /// Every list in a campaign. The vendor's request has no field for which campaign.
    Campaign,
}

/// `all`, `list:UUID` or `campaign`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::List(list_id) => write!(f, "list:{list_id}"),
            Self::Campaign => f.write_str("campaign"),
        }
    }
}

/// People, or a scope; never both.
///
/// By serde, one has either `people` or `scope`. Reading checks what the constructors check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "DeleteSelectedForm", into = "DeleteSelectedForm")]
pub struct DeleteSelected {
    selection: Selection,
    reject_posts: bool,
}

/// How it is written, and what it is read from, not yet checked.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct DeleteSelectedForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    people: Option<Vec<Person>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
    #[serde(default)]
    reject_posts: bool,
}

impl From<DeleteSelected> for DeleteSelectedForm {
    fn from(request: DeleteSelected) -> Self {
        let (people, scope) = match request.selection {
            Selection::People(people) => (Some(people), None),
            Selection::Scope(scope) => (None, Some(scope)),
        };
        Self {
            people,
            scope,
            reject_posts: request.reject_posts,
        }
    }
}

impl TryFrom<DeleteSelectedForm> for DeleteSelected {
    type Error = InvalidInput;

    fn try_from(form: DeleteSelectedForm) -> Result<Self, InvalidInput> {
        let request = match (form.people, form.scope) {
            (Some(people), None) => Self::people(people)?,
            (None, Some(scope)) => Self::scope(scope),
            _ => {
                let reason = "give either people or a scope; never both";
                return Err(InvalidInput::new("people", reason));
            }
        };
        Ok(request.with_reject_posts(form.reject_posts))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub fn with_reject_posts(mut self, reject: bool) -> Self {
        self.reject_posts = reject;
        self
    }

    /// People, with posts left as they are.
    pub(crate) fn of(people: &[Target]) -> Self {
        let selected = people.iter().map(|person| Person {
            user_id: person.uuid(0),
            profile_id: person.value(1).to_owned(),
        });
        Self {
            selection: Selection::People(selected.collect()),
            reject_posts: false,
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
/// The person stays in other campaigns, and with teammates. Reading one by serde checks what [`new`](Self::new)
/// checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "RemoveProspectForm")]
pub struct RemoveProspect {
    profile_url: String,
    campaign_id: Uuid,
    reject_posts: bool,
}

/// What it is read from, not yet checked.
#[derive(Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RemoveProspectForm {
    profile_url: String,
    campaign_id: Uuid,
    #[serde(default)]
    reject_posts: bool,
}

impl TryFrom<RemoveProspectForm> for RemoveProspect {
    type Error = InvalidInput;

    fn try_from(form: RemoveProspectForm) -> Result<Self, InvalidInput> {
        let request = Self::new(form.profile_url, form.campaign_id)?;
        Ok(request.with_reject_posts(form.reject_posts))
    }
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
    pub fn with_reject_posts(mut self, reject: bool) -> Self {
        self.reject_posts = reject;
        self
    }

    /// A person, with posts left as they are.
    pub(crate) fn of(prospect: &Target) -> Self {
        Self {
            profile_url: prospect.value(1).to_owned(),
            campaign_id: prospect.uuid(0),
            reject_posts: false,
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

impl fmt::Display for DeleteSelected {
    /// As [`Request::target`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target())
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
                let people: Vec<_> = people.iter().map(Person::to_string).collect();
                format!("extrovert.person:{}", people.join(","))
            }
            Selection::Scope(scope) => format!("extrovert.{scope}"),
        }
    }

    fn count(&self) -> usize {
        match &self.selection {
            Selection::People(people) => people.len(),
            Selection::Scope(_) => 1,
        }
    }

    prospect_delete_transport::prepare!(answer::read, |request, client| {
        client.delete_selected_prospects().body(request.body())
    });
}

impl fmt::Display for RemoveProspect {
    /// As [`Request::target`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target())
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

    prospect_delete_transport::prepare!(answer::read, |request, client| {
        client.remove_prospect_from_campaign().body(request.body())
    });
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    const ID: &str = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";

    fn is_written_as<T>(request: &T, text: &str)
    where
        T: Serialize + DeserializeOwned + PartialEq + fmt::Debug,
    {
        assert_eq!(serde_json::to_string(request).unwrap(), text);
        assert_eq!(&serde_json::from_str::<T>(text).unwrap(), request);
    }

    #[test]
    fn a_request_is_written_and_read_with_the_checks_of_its_constructors() {
        let id: Uuid = ID.parse().unwrap();
        let person = Person::new(id, "ACoAAB1").unwrap();
        assert_eq!(person.to_string(), format!("{ID}/ACoAAB1"));
        let people = DeleteSelected::people([person]).unwrap();
        is_written_as(
            &people,
            &format!(
                r#"{{"people":[{{"user_id":"{ID}","profile_id":"ACoAAB1"}}],"reject_posts":false}}"#
            ),
        );
        is_written_as(
            &DeleteSelected::scope(Scope::All).with_reject_posts(true),
            r#"{"scope":"all","reject_posts":true}"#,
        );
        let list = DeleteSelected::scope(Scope::List(id));
        assert_eq!(list.to_string(), format!("extrovert.list:{ID}"));
        let text = format!(r#"{{"scope":{{"list":"{ID}"}},"reject_posts":false}}"#);
        is_written_as(&list, &text);
        let url = "https://www.linkedin.com/in/john-doe";
        is_written_as(
            &RemoveProspect::new(url, id).unwrap(),
            &format!(r#"{{"profile_url":"{url}","campaign_id":"{ID}","reject_posts":false}}"#),
        );
        for bad in [
            "{}",
            r#"{"reject_posts":true}"#,
            r#"{"people":[]}"#,
            r#"{"people":[],"scope":"all"}"#,
            r#"{"people":null,"scope":null}"#,
            r#"{"scope":"everybody"}"#,
            r#"{"scope":"all","list_id":"8d256aa6-9b12-49a7-93ee-bf41634b5b60"}"#,
            r#"{"people":[{"user_id":"8d256aa6-9b12-49a7-93ee-bf41634b5b60","profile_id":"null"}]}"#,
        ] {
            assert!(
                serde_json::from_str::<DeleteSelected>(bad).is_err(),
                "{bad}"
            );
        }
        let elsewhere = format!(r#"{{"profile_url":"https://example.com/","campaign_id":"{ID}"}}"#);
        assert!(serde_json::from_str::<RemoveProspect>(&elsewhere).is_err());
    }
}
