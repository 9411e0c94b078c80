//! What can be deleted in bulk: one row of an input file, one line of a report.

use std::fmt::{self, Write as _};

use prospect_delete_core::{
    Deletion, InvalidInput, Operation, Provider,
    extrovert::{self, DeleteSelected, Person, RemoveProspect, Scope, folded_profile_url},
    harmless,
    nlpearl::{self, DeleteLeads},
    parse_uuid, quoted,
    unleashx::{self, DeleteAudience},
    woodpecker::{self, DeleteCompanyProspects},
};
use uuid::Uuid;

/// Stands between the identifiers of one target. No identifier may hold a control character.
const SEPARATOR: char = '\u{1f}';

/// The most of an identifier that is shown, in characters.
const SHOWN_IDENTIFIER: usize = 1024;

/// One person at one place, or one scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// A person in all campaigns of one owner at Extrovert.
    ExtrovertPerson {
        /// The teammate who owns the records.
        user_id: Uuid,
        /// The person's LinkedIn profile id.
        profile_id: String,
        /// Whether posts that wait for approval are rejected too.
        reject_posts: bool,
    },
    /// A person in one campaign at Extrovert.
    ExtrovertProspect {
        /// The campaign that loses the person.
        campaign_id: Uuid,
        /// The address of the person's LinkedIn profile.
        profile_url: String,
        /// Whether posts that wait for approval are rejected too.
        reject_posts: bool,
    },
    /// A lead of one outbound campaign at NLPearl.
    NlPearlLead {
        /// The outbound campaign.
        pearl_id: String,
        /// The lead.
        lead_id: String,
    },
    /// An audience record of one campaign at UnleashX.
    UnleashXAudience {
        /// The campaign.
        campaign_id: i64,
        /// The record.
        audience_id: i64,
    },
    /// Every prospect that the key's account sees at Extrovert.
    ExtrovertAll {
        /// Whether posts that wait for approval are rejected too.
        reject_posts: bool,
    },
    /// Every prospect of one list at Extrovert.
    ExtrovertList {
        /// The list.
        list_id: Uuid,
        /// Whether posts that wait for approval are rejected too.
        reject_posts: bool,
    },
    /// Every list in a campaign at Extrovert. The vendor's request has no field for which.
    ExtrovertCampaign {
        /// Whether posts that wait for approval are rejected too.
        reject_posts: bool,
    },
    /// All prospects of one client company at Woodpecker.
    WoodpeckerCompany {
        /// The company.
        company_id: i64,
    },
    /// All audience of one draft campaign at UnleashX.
    UnleashXCampaign {
        /// The campaign.
        campaign_id: i64,
    },
}

/// What kind of thing a target is. In the order in which a run sends: people first, scopes last, so that
/// a wrong key or address shows before anything without limit is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the target of the same name")]
pub enum TargetKind {
    ExtrovertPerson = 1,
    ExtrovertProspect = 2,
    NlPearlLead = 3,
    UnleashXAudience = 4,
    ExtrovertAll = 5,
    ExtrovertList = 6,
    ExtrovertCampaign = 7,
    WoodpeckerCompany = 8,
    UnleashXCampaign = 9,
}

impl TargetKind {
    /// All kinds, in the order in which a run sends them.
    pub const ALL: [Self; 9] = [
        Self::ExtrovertPerson,
        Self::ExtrovertProspect,
        Self::NlPearlLead,
        Self::UnleashXAudience,
        Self::ExtrovertAll,
        Self::ExtrovertList,
        Self::ExtrovertCampaign,
        Self::WoodpeckerCompany,
        Self::UnleashXCampaign,
    ];

    /// The name, as it stands in the `target` column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExtrovertPerson => "extrovert.person",
            Self::ExtrovertProspect => "extrovert.prospect",
            Self::NlPearlLead => "nlpearl.lead",
            Self::UnleashXAudience => "unleashx.audience",
            Self::ExtrovertAll => "extrovert.all",
            Self::ExtrovertList => "extrovert.list",
            Self::ExtrovertCampaign => "extrovert.campaign",
            Self::WoodpeckerCompany => "woodpecker.company",
            Self::UnleashXCampaign => "unleashx.campaign",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// The columns that name such a target, beside `target`; all must be given.
    #[must_use]
    pub const fn identifiers(self) -> &'static [Column] {
        match self {
            Self::ExtrovertPerson => &[Column::UserId, Column::ProfileId],
            Self::ExtrovertProspect => &[Column::CampaignId, Column::ProfileUrl],
            Self::NlPearlLead => &[Column::PearlId, Column::LeadId],
            Self::UnleashXAudience => &[Column::CampaignId, Column::AudienceId],
            Self::ExtrovertAll | Self::ExtrovertCampaign => &[],
            Self::ExtrovertList => &[Column::ListId],
            Self::WoodpeckerCompany => &[Column::CompanyId],
            Self::UnleashXCampaign => &[Column::CampaignId],
        }
    }

    /// Whether the identifiers are whole numbers.
    pub(crate) const fn has_numbers(self) -> bool {
        matches!(
            self,
            Self::UnleashXAudience | Self::WoodpeckerCompany | Self::UnleashXCampaign
        )
    }

    /// Whether `reject_posts` may be given.
    #[must_use]
    pub const fn takes_reject_posts(self) -> bool {
        matches!(
            self,
            Self::ExtrovertPerson
                | Self::ExtrovertProspect
                | Self::ExtrovertAll
                | Self::ExtrovertList
                | Self::ExtrovertCampaign
        )
    }

    /// What a request for such targets does.
    #[must_use]
    pub const fn operation(self) -> &'static Operation {
        match self {
            Self::ExtrovertPerson => &extrovert::DELETE_PEOPLE,
            Self::ExtrovertProspect => &extrovert::REMOVE_PROSPECT,
            Self::NlPearlLead => &nlpearl::DELETE_LEADS,
            Self::UnleashXAudience => &unleashx::DELETE_RECORDS,
            Self::ExtrovertAll | Self::ExtrovertList | Self::ExtrovertCampaign => {
                &extrovert::DELETE_SCOPE
            }
            Self::WoodpeckerCompany => &woodpecker::DELETE_COMPANY_PROSPECTS,
            Self::UnleashXCampaign => &unleashx::DELETE_ALL,
        }
    }

    /// Where such targets are deleted.
    #[must_use]
    pub const fn provider(self) -> &'static Provider {
        self.operation().provider
    }

    /// Whether such a target is everybody in a scope, rather than one person.
    #[must_use]
    pub const fn is_scope(self) -> bool {
        !self.operation().repeatable
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A column of an input file, or a field of a JSON line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the column of the same name")]
pub enum Column {
    Target,
    UserId,
    ProfileId,
    CampaignId,
    ProfileUrl,
    PearlId,
    LeadId,
    AudienceId,
    ListId,
    CompanyId,
    RejectPosts,
}

impl Column {
    /// All columns, in the order in which a report has them.
    pub const ALL: [Self; 11] = [
        Self::Target,
        Self::UserId,
        Self::ProfileId,
        Self::CampaignId,
        Self::ProfileUrl,
        Self::PearlId,
        Self::LeadId,
        Self::AudienceId,
        Self::ListId,
        Self::CompanyId,
        Self::RejectPosts,
    ];

    /// The name in a header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::UserId => "user_id",
            Self::ProfileId => "profile_id",
            Self::CampaignId => "campaign_id",
            Self::ProfileUrl => "profile_url",
            Self::PearlId => "pearl_id",
            Self::LeadId => "lead_id",
            Self::AudienceId => "audience_id",
            Self::ListId => "list_id",
            Self::CompanyId => "company_id",
            Self::RejectPosts => "reject_posts",
        }
    }

    /// The column of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

impl Column {
    /// Whether a kind of target takes a UUID here.
    const fn is_uuid(self, kind: TargetKind) -> bool {
        match self {
            Self::UserId | Self::ListId => true,
            Self::CampaignId => matches!(kind, TargetKind::ExtrovertProspect),
            _ => false,
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The values of one row, as text. What is empty is not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields([Option<String>; Column::ALL.len()]);

impl Fields {
    /// The value of a column, where it is given.
    #[must_use]
    pub fn get(&self, column: Column) -> Option<&str> {
        self.0[column as usize].as_deref()
    }

    /// Gives a column a value.
    pub fn set(&mut self, column: Column, value: impl Into<String>) {
        let value = value.into();
        self.0[column as usize] = (!value.is_empty()).then_some(value);
    }
}

impl TryFrom<&Fields> for Target {
    type Error = InvalidInput;

    /// Reads a row. Every column that is given must belong to the kind of target.
    fn try_from(fields: &Fields) -> Result<Self, InvalidInput> {
        let names = || TargetKind::ALL.map(TargetKind::name).join(", ");
        let Some(name) = fields.get(Column::Target) else {
            return Err(InvalidInput::new(
                "target",
                format!("is empty; give one of {}", names()),
            ));
        };
        let Some(kind) = TargetKind::named(name) else {
            let nearest = nearest(name, TargetKind::ALL.map(TargetKind::name));
            let meant = nearest.map_or_else(
                || format!("give one of {}", names()),
                |nearest| format!("is {nearest} meant?"),
            );
            return Err(InvalidInput::new(
                "target",
                format!("{} is unknown; {meant}", quoted(name)),
            ));
        };
        for column in Column::ALL {
            let belongs = column == Column::Target
                || kind.identifiers().contains(&column)
                || (column == Column::RejectPosts && kind.takes_reject_posts());
            if fields.get(column).is_some() && !belongs {
                return Err(InvalidInput::new(
                    column.name(),
                    format!("does not belong to {kind}; leave it empty"),
                ));
            }
        }
        let reject_posts = match fields.get(Column::RejectPosts) {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("false") => false,
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(other) => {
                return Err(InvalidInput::new(
                    "reject_posts",
                    format!("{} is neither true nor false", quoted(other)),
                ));
            }
        };
        let identifiers = kind
            .identifiers()
            .iter()
            .map(|column| {
                fields.get(*column).ok_or_else(|| {
                    InvalidInput::new(column.name(), format!("is empty; {kind} needs it"))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        // A UUID that stands for a missing one is one all the same, and so it is refused here.
        for (column, value) in kind.identifiers().iter().zip(&identifiers) {
            if column.is_uuid(kind) {
                parse_uuid(column.name(), value)?;
            }
        }
        let target = Self::of_identifiers(kind, &identifiers, reject_posts)?;
        // The request types know what may be sent; what they refuse is refused before it is planned.
        deletion(std::slice::from_ref(&target))?;
        Ok(target)
    }
}

impl From<&Target> for Fields {
    fn from(target: &Target) -> Self {
        let kind = target.kind();
        let mut fields = Self::default();
        fields.set(Column::Target, kind.name());
        for (column, value) in kind.identifiers().iter().zip(target.identifiers()) {
            fields.set(*column, value);
        }
        if kind.takes_reject_posts() {
            fields.set(Column::RejectPosts, target.reject_posts().to_string());
        }
        fields
    }
}

impl Target {
    /// Reads identifiers, in the order of [`TargetKind::identifiers`]. Whether they may be sent is for the
    /// request that they are put into to say.
    fn of_identifiers(
        kind: TargetKind,
        identifiers: &[&str],
        reject_posts: bool,
    ) -> Result<Self, InvalidInput> {
        Ok(match (kind, identifiers) {
            (TargetKind::ExtrovertPerson, [user_id, profile_id]) => Self::ExtrovertPerson {
                user_id: uuid("user_id", user_id)?,
                profile_id: (*profile_id).to_owned(),
                reject_posts,
            },
            (TargetKind::ExtrovertProspect, [campaign_id, profile_url]) => {
                Self::ExtrovertProspect {
                    campaign_id: uuid("campaign_id", campaign_id)?,
                    profile_url: (*profile_url).to_owned(),
                    reject_posts,
                }
            }
            (TargetKind::NlPearlLead, [pearl_id, lead_id]) => Self::NlPearlLead {
                pearl_id: (*pearl_id).to_owned(),
                lead_id: (*lead_id).to_owned(),
            },
            (TargetKind::UnleashXAudience, [campaign_id, audience_id]) => Self::UnleashXAudience {
                campaign_id: integer("campaign_id", campaign_id)?,
                audience_id: integer("audience_id", audience_id)?,
            },
            (TargetKind::ExtrovertAll, []) => Self::ExtrovertAll { reject_posts },
            (TargetKind::ExtrovertList, [list_id]) => Self::ExtrovertList {
                list_id: uuid("list_id", list_id)?,
                reject_posts,
            },
            (TargetKind::ExtrovertCampaign, []) => Self::ExtrovertCampaign { reject_posts },
            (TargetKind::WoodpeckerCompany, [company_id]) => Self::WoodpeckerCompany {
                company_id: integer("company_id", company_id)?,
            },
            (TargetKind::UnleashXCampaign, [campaign_id]) => Self::UnleashXCampaign {
                campaign_id: integer("campaign_id", campaign_id)?,
            },
            _ => {
                return Err(InvalidInput::new(
                    "target",
                    format!(
                        "{kind} is named by {} identifiers",
                        kind.identifiers().len()
                    ),
                ));
            }
        })
    }

    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> TargetKind {
        match self {
            Self::ExtrovertPerson { .. } => TargetKind::ExtrovertPerson,
            Self::ExtrovertProspect { .. } => TargetKind::ExtrovertProspect,
            Self::NlPearlLead { .. } => TargetKind::NlPearlLead,
            Self::UnleashXAudience { .. } => TargetKind::UnleashXAudience,
            Self::ExtrovertAll { .. } => TargetKind::ExtrovertAll,
            Self::ExtrovertList { .. } => TargetKind::ExtrovertList,
            Self::ExtrovertCampaign { .. } => TargetKind::ExtrovertCampaign,
            Self::WoodpeckerCompany { .. } => TargetKind::WoodpeckerCompany,
            Self::UnleashXCampaign { .. } => TargetKind::UnleashXCampaign,
        }
    }

    /// Whether posts that wait for approval are rejected too. False where a provider knows no posts.
    #[must_use]
    pub const fn reject_posts(&self) -> bool {
        match self {
            Self::ExtrovertPerson { reject_posts, .. }
            | Self::ExtrovertProspect { reject_posts, .. }
            | Self::ExtrovertAll { reject_posts }
            | Self::ExtrovertList { reject_posts, .. }
            | Self::ExtrovertCampaign { reject_posts } => *reject_posts,
            Self::NlPearlLead { .. }
            | Self::UnleashXAudience { .. }
            | Self::WoodpeckerCompany { .. }
            | Self::UnleashXCampaign { .. } => false,
        }
    }

    /// The values that name it, in the order of [`TargetKind::identifiers`] and in one spelling each.
    #[must_use]
    pub fn identifiers(&self) -> Vec<String> {
        self.named_by().map(ToString::to_string).collect()
    }

    fn named_by(&self) -> impl Iterator<Item = &dyn fmt::Display> {
        let identifiers: [Option<&dyn fmt::Display>; 2] = match self {
            Self::ExtrovertPerson {
                user_id,
                profile_id,
                ..
            } => [Some(user_id), Some(profile_id)],
            Self::ExtrovertProspect {
                campaign_id,
                profile_url,
                ..
            } => [Some(campaign_id), Some(profile_url)],
            Self::NlPearlLead { pearl_id, lead_id } => [Some(pearl_id), Some(lead_id)],
            Self::UnleashXAudience {
                campaign_id,
                audience_id,
            } => [Some(campaign_id), Some(audience_id)],
            Self::ExtrovertAll { .. } | Self::ExtrovertCampaign { .. } => [None, None],
            Self::ExtrovertList { list_id, .. } => [Some(list_id), None],
            Self::WoodpeckerCompany { company_id } => [Some(company_id), None],
            Self::UnleashXCampaign { campaign_id } => [Some(campaign_id), None],
        };
        identifiers.into_iter().flatten()
    }

    /// The identifiers as one text. With the kind it says which target this is, whatever its options.
    pub(crate) fn key(&self) -> String {
        let mut key = String::new();
        self.write_key(&mut key);
        key
    }

    /// Writes its [`key`](Self::key) behind what is there.
    pub(crate) fn write_key(&self, out: &mut String) {
        for (index, identifier) in self.named_by().enumerate() {
            if index > 0 {
                out.push(SEPARATOR);
            }
            write!(out, "{identifier}").expect("text takes all");
        }
    }

    /// The key of all targets that probably mean the same as this one, where its spelling is not the only one:
    /// addresses that differ in what LinkedIn does not look at.
    pub(crate) fn folded_key(&self) -> Option<String> {
        let Self::ExtrovertProspect {
            campaign_id,
            profile_url,
            ..
        } = self
        else {
            return None;
        };
        let folded = folded_profile_url(profile_url)?;
        Some(format!("{campaign_id}{SEPARATOR}{folded}"))
    }

    /// The target of a [`key`](Self::key). What its identifiers hold was checked when it was planned.
    pub(crate) fn from_key(
        kind: TargetKind,
        key: &str,
        reject_posts: bool,
    ) -> Result<Self, InvalidInput> {
        match key.split_once(SEPARATOR) {
            Some((first, second)) => Self::of_identifiers(kind, &[first, second], reject_posts),
            None if kind.identifiers().is_empty() && key.is_empty() => {
                Self::of_identifiers(kind, &[], reject_posts)
            }
            None => Self::of_identifiers(kind, &[key], reject_posts),
        }
    }

    /// Whether one request can name both: the same kind, at the same place, with the same options.
    pub(crate) fn goes_with(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::ExtrovertPerson { reject_posts, .. },
                Self::ExtrovertPerson {
                    reject_posts: of_other,
                    ..
                },
            ) => reject_posts == of_other,
            (
                Self::NlPearlLead { pearl_id, .. },
                Self::NlPearlLead {
                    pearl_id: of_other, ..
                },
            ) => pearl_id == of_other,
            (
                Self::UnleashXAudience { campaign_id, .. },
                Self::UnleashXAudience {
                    campaign_id: of_other,
                    ..
                },
            ) => campaign_id == of_other,
            _ => false,
        }
    }
}

/// In one line, as a person names it: `nlpearl.lead:PEARL/LEAD`, `woodpecker.company:123`,
/// `extrovert.all`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().name())?;
        for (index, identifier) in self.named_by().enumerate() {
            let before = if index == 0 { ":" } else { "/" };
            let identifier = harmless(&identifier.to_string(), SHOWN_IDENTIFIER);
            write!(f, "{before}{identifier}")?;
        }
        Ok(())
    }
}

/// The one request that deletes these targets, which [go together](Target::goes_with).
pub(crate) fn deletion(targets: &[Target]) -> Result<Deletion, InvalidInput> {
    let Some(first) = targets.first() else {
        return Err(InvalidInput::new(
            "request",
            "names no target; name at least one",
        ));
    };
    Ok(match first {
        Target::ExtrovertPerson { reject_posts, .. } => {
            let people = targets
                .iter()
                .filter_map(|target| match target {
                    Target::ExtrovertPerson {
                        user_id,
                        profile_id,
                        ..
                    } => Some(Person::new(*user_id, profile_id.as_str())),
                    _ => None,
                })
                .collect::<Result<Vec<_>, _>>()?;
            Deletion::ExtrovertSelected(DeleteSelected::people(people)?.reject_posts(*reject_posts))
        }
        Target::ExtrovertProspect {
            campaign_id,
            profile_url,
            reject_posts,
        } => Deletion::ExtrovertProspect(
            RemoveProspect::new(profile_url.as_str(), *campaign_id)?.reject_posts(*reject_posts),
        ),
        Target::NlPearlLead { pearl_id, .. } => {
            let leads = targets.iter().filter_map(|target| match target {
                Target::NlPearlLead { lead_id, .. } => Some(lead_id.as_str()),
                _ => None,
            });
            Deletion::NlPearlLeads(DeleteLeads::new(pearl_id.as_str(), leads)?)
        }
        Target::UnleashXAudience { campaign_id, .. } => {
            let records = targets.iter().filter_map(|target| match target {
                Target::UnleashXAudience { audience_id, .. } => Some(*audience_id),
                _ => None,
            });
            Deletion::UnleashXAudience(DeleteAudience::records(*campaign_id, records)?)
        }
        Target::ExtrovertAll { reject_posts } => scope(Scope::All, *reject_posts),
        Target::ExtrovertList {
            list_id,
            reject_posts,
        } => scope(Scope::List(*list_id), *reject_posts),
        Target::ExtrovertCampaign { reject_posts } => scope(Scope::Campaign, *reject_posts),
        Target::WoodpeckerCompany { company_id } => {
            Deletion::WoodpeckerCompany(DeleteCompanyProspects::all(*company_id)?)
        }
        Target::UnleashXCampaign { campaign_id } => {
            Deletion::UnleashXAudience(DeleteAudience::all(*campaign_id)?)
        }
    })
}

fn scope(scope: Scope, reject_posts: bool) -> Deletion {
    Deletion::ExtrovertSelected(DeleteSelected::scope(scope).reject_posts(reject_posts))
}

/// A UUID of a list, which was checked, or of a target that was made by hand.
fn uuid(column: &str, text: &str) -> Result<Uuid, InvalidInput> {
    Uuid::try_parse(text)
        .map_err(|_| InvalidInput::new(column, format!("{} is not a UUID", quoted(text))))
}

/// Digits alone: a sign, a space or a leading zero would make two spellings of one id.
fn integer(column: &str, text: &str) -> Result<i64, InvalidInput> {
    text.parse()
        .ok()
        .filter(|number: &i64| number.to_string() == text)
        .ok_or_else(|| {
            InvalidInput::new(
                column,
                format!(
                    "{} is not a whole number; give the id in digits alone",
                    quoted(text)
                ),
            )
        })
}

/// The name that was probably meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// How alike two names have to be to be taken for one, of 1.
    const ALIKE: f64 = 0.7;
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
