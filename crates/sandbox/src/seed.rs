//! Seeds: written by hand, read from JSON, and generated.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::chance::Chance;
use crate::state::{
    Campaign, CampaignStatus, Company, ExtrovertState, NlpearlState, Pearl, Post, PostStatus,
    Prospect, ProspectList, Seed, State, UnleashxCampaign, UnleashxState, User, WoodpeckerState,
};

/// A typing error must not fill the machine's memory.
const MOST_MADE_UP: u64 = 20_000_000;

impl State {
    /// The same with these leads of a pearl besides.
    #[must_use]
    pub fn with_leads<Id: Into<String>>(
        mut self,
        pearl_id: impl Into<String>,
        lead_ids: impl IntoIterator<Item = Id>,
    ) -> Self {
        let pearl = self.nlpearl.pearls.entry(pearl_id.into()).or_default();
        pearl.leads.extend(lead_ids.into_iter().map(Into::into));
        self
    }

    /// The same with these audience records of a campaign besides; the campaign's status becomes this.
    #[must_use]
    pub fn with_audience(
        mut self,
        campaign_id: i64,
        status: CampaignStatus,
        audience_ids: impl IntoIterator<Item = i64>,
    ) -> Self {
        let campaigns = &mut self.unleashx.campaigns;
        let campaign = campaigns.entry(campaign_id).or_insert(UnleashxCampaign {
            status,
            audience: BTreeSet::new(),
        });
        campaign.status = status;
        campaign.audience.extend(audience_ids);
        self
    }

    /// The same with these prospects of a client company besides.
    #[must_use]
    pub fn with_company(
        mut self,
        company_id: i64,
        prospect_ids: impl IntoIterator<Item = i64>,
    ) -> Self {
        let company = self.woodpecker.companies.entry(company_id).or_default();
        company.prospects.extend(prospect_ids);
        self
    }

    /// The same with this prospect record besides.
    #[must_use]
    pub fn with_prospect(mut self, prospect: Prospect) -> Self {
        self.extrovert.prospects.push(prospect);
        self
    }

    /// Made-up data, the same for the same numbers on every machine and in every version.
    #[must_use]
    pub fn generate(generate: &Generate) -> Self {
        Generator(Chance::new(generate.random_seed)).seed(generate)
    }
}

impl Prospect {
    /// A record in no campaign and no list. The first id is the record's own.
    #[must_use]
    pub fn new(
        id: Uuid,
        user_id: Uuid,
        profile_id: impl Into<String>,
        profile_url: impl Into<String>,
    ) -> Self {
        Self {
            id,
            user_id,
            campaign_id: None,
            list_id: None,
            profile_id: profile_id.into(),
            profile_url: profile_url.into(),
        }
    }

    /// The same record in a campaign.
    #[must_use]
    pub fn in_campaign(mut self, campaign_id: Uuid) -> Self {
        self.campaign_id = Some(campaign_id);
        self
    }

    /// The same record in a list.
    #[must_use]
    pub fn in_list(mut self, list_id: Uuid) -> Self {
        self.list_id = Some(list_id);
        self
    }
}

/// How much is made up. Everything is 0 unless given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// Where chance starts. Ids and relations follow from it alone.
    pub random_seed: u64,
    /// For Extrovert.
    pub extrovert: GenerateExtrovert,
    /// For NLPearl.
    pub nlpearl: GenerateNlpearl,
    /// For Woodpecker.
    pub woodpecker: GenerateWoodpecker,
    /// For UnleashX.
    pub unleashx: GenerateUnleashx,
}

/// How much is made up for Extrovert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateExtrovert {
    /// Teammates.
    pub users: u32,
    /// Campaigns of each teammate, each with a list of its own.
    pub campaigns_per_user: u32,
    /// People. Each is a prospect of one to three teammates, in one to three of a teammate's campaigns (of
    /// as many as there are), and half of the records have a post that waits for approval.
    pub people: u32,
}

/// How much is made up for NLPearl.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateNlpearl {
    /// Pearls.
    pub pearls: u32,
    /// Leads of each pearl.
    pub leads_per_pearl: u32,
}

/// How much is made up for Woodpecker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateWoodpecker {
    /// Client companies.
    pub companies: u32,
    /// Prospects of each company.
    pub prospects_per_company: u32,
}

/// How much is made up for UnleashX.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateUnleashx {
    /// Campaigns. Every other one is a draft, beginning with the first.
    pub campaigns: u32,
    /// Audience records of each campaign.
    pub audience_per_campaign: u32,
}

/// What `POST /__sandbox/seed` takes: data, or how much to make up, or both.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SeedBody {
    generate: Option<Generate>,
    extrovert: ExtrovertState,
    nlpearl: NlpearlState,
    woodpecker: WoodpeckerState,
    unleashx: UnleashxState,
}

impl SeedBody {
    /// The seeds in it, to be added one after the other, or why there is too much to make up.
    pub(crate) fn seeds(self) -> Result<impl Iterator<Item = Seed>, String> {
        if let Some(generate) = &self.generate
            && generate.records() > MOST_MADE_UP
        {
            return Err(format!(
                "generate: makes up at most {MOST_MADE_UP} records at once"
            ));
        }
        let given = Seed {
            extrovert: self.extrovert,
            nlpearl: self.nlpearl,
            woodpecker: self.woodpecker,
            unleashx: self.unleashx,
        };
        let generated = self.generate.map(|generate| Seed::generate(&generate));
        Ok(generated.into_iter().chain([given]))
    }
}

impl Generate {
    /// How many records there can be at most.
    fn records(&self) -> u64 {
        let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
        [
            product(
                self.extrovert.users,
                self.extrovert.campaigns_per_user.max(1),
            ),
            product(self.extrovert.people, 9),
            product(self.nlpearl.pearls, self.nlpearl.leads_per_pearl.max(1)),
            product(
                self.woodpecker.companies,
                self.woodpecker.prospects_per_company.max(1),
            ),
            product(
                self.unleashx.campaigns,
                self.unleashx.audience_per_campaign.max(1),
            ),
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

struct Generator(Chance);

impl Generator {
    fn seed(mut self, generate: &Generate) -> Seed {
        // One after the other, so that one provider's numbers do not change with another's.
        let mut chances: [Self; 4] =
            std::array::from_fn(|_| Self(Chance::new(self.0.below(u64::MAX))));
        let [extrovert, nlpearl, woodpecker, unleashx] = &mut chances;
        Seed {
            extrovert: extrovert.extrovert(&generate.extrovert),
            nlpearl: nlpearl.nlpearl(&generate.nlpearl),
            woodpecker: woodpecker.woodpecker(&generate.woodpecker),
            unleashx: unleashx.unleashx(&generate.unleashx),
        }
    }

    fn extrovert(&mut self, counts: &GenerateExtrovert) -> ExtrovertState {
        let mut team = ExtrovertState::default();
        for number in 1..=counts.users {
            let user_id = self.uuid();
            team.users.push(User {
                id: user_id,
                name: format!("Teammate {number}"),
            });
            for campaign in 1..=counts.campaigns_per_user {
                let name = format!("Campaign {campaign} of teammate {number}");
                let campaign_id = self.uuid();
                team.lists.push(ProspectList {
                    id: self.uuid(),
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
            let profile_id = format!("ACoAA{:020x}", self.0.bits() >> 48);
            let profile_url = format!("https://www.linkedin.com/in/person-{person}");
            for user in self.some_of(counts.users as usize) {
                let mut places: Vec<_> = self.some_of(campaigns).into_iter().map(Some).collect();
                if places.is_empty() {
                    places.push(None);
                }
                for campaign in places {
                    let user_id = team.users[user].id;
                    let mut record =
                        Prospect::new(self.uuid(), user_id, &*profile_id, &*profile_url);
                    if let Some(campaign) = campaign {
                        let place = user * campaigns + campaign;
                        record = record
                            .in_campaign(team.campaigns[place].id)
                            .in_list(team.lists[place].id);
                    }
                    if self.0.happens(0.5) {
                        team.posts.push(Post {
                            id: self.uuid(),
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

    fn nlpearl(&mut self, counts: &GenerateNlpearl) -> NlpearlState {
        let pearls = (0..counts.pearls).map(|_| {
            let leads = self.distinct(counts.leads_per_pearl, Self::object_id);
            (self.object_id(), Pearl { leads })
        });
        NlpearlState {
            pearls: pearls.collect(),
        }
    }

    fn woodpecker(&mut self, counts: &GenerateWoodpecker) -> WoodpeckerState {
        let companies = (1..=i64::from(counts.companies)).map(|company_id| {
            let prospects = self.distinct(counts.prospects_per_company, Self::number);
            (company_id, Company { prospects })
        });
        WoodpeckerState {
            companies: companies.collect(),
            deletion_requests: Vec::new(),
        }
    }

    fn unleashx(&mut self, counts: &GenerateUnleashx) -> UnleashxState {
        let campaigns = (1..=i64::from(counts.campaigns)).map(|campaign_id| {
            let status = if campaign_id % 2 == 1 {
                CampaignStatus::Draft
            } else {
                CampaignStatus::Inprogress
            };
            let audience = self.distinct(counts.audience_per_campaign, Self::number);
            (campaign_id, UnleashxCampaign { status, audience })
        });
        UnleashxState {
            campaigns: campaigns.collect(),
        }
    }

    /// One to three places below `end`, in ascending order, or none if there is none.
    fn some_of(&mut self, end: usize) -> BTreeSet<usize> {
        let draw = |chance: &mut Chance| usize::try_from(chance.below(end as u64)).unwrap_or(0);
        let most = if end == 0 { 0 } else { 1 + self.0.below(3) };
        (0..most).map(|_| draw(&mut self.0)).collect()
    }

    fn distinct<Id: Ord>(&mut self, count: u32, draw: impl Fn(&mut Self) -> Id) -> BTreeSet<Id> {
        let mut ids = BTreeSet::new();
        while ids.len() < count as usize {
            ids.insert(draw(self));
        }
        ids
    }

    /// The form of NLPearl's ids: 12 bytes in hexadecimal.
    fn object_id(&mut self) -> String {
        format!("{:024x}", self.0.bits() >> 32)
    }

    fn number(&mut self) -> i64 {
        // Within what any reader of JSON takes for a whole number.
        1 + i64::try_from(self.0.below(1 << 52)).unwrap_or(0)
    }

    fn uuid(&mut self) -> Uuid {
        Builder::from_random_bytes(self.0.bits().to_be_bytes()).into_uuid()
    }
}
