//! Seeds: written by hand, read from JSON, and generated.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::extrovert::Prospect;
use crate::provider::Service;
use crate::state::{Seed, State};
use crate::unleashx::{CampaignStatus, UnleashxCampaign};

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
        generate.state()
    }
}

macro_rules! generate {
    ($($name:ident crate::$field:ident::{$service:ident, $state:ident, $generate:ident, $record:ident},)*) => {
        /// How much is made up. Everything is 0 unless given.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Generate {
            /// Where chance starts. Ids and relations follow from it alone.
            pub random_seed: u64,
            $(
                #[doc = concat!("For `", stringify!($field), "`.")]
                pub $field: crate::$field::$generate,
            )*
        }

        impl Generate {
            /// How many records there can be at most.
            fn records(&self) -> u64 {
                [$(crate::$field::$service::most_generated(&self.$field)),*]
                    .into_iter()
                    .fold(0, u64::saturating_add)
            }

            fn state(&self) -> State {
                let mut chance = Chance::new(self.random_seed);
                // Drawn for each, so that one provider's data does not change with another's numbers.
                $(let mut $field = Chance::new(chance.below(u64::MAX));)*
                State {
                    $($field: crate::$field::$service::generate(&self.$field, &mut $field),)*
                }
            }
        }

        /// What `POST /__sandbox/seed` takes: data, or how much to make up, or both.
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct SeedBody {
            generate: Option<Generate>,
            $($field: crate::$field::$state,)*
        }

        impl SeedBody {
            fn parts(self) -> (Option<Generate>, Seed) {
                let given = Seed {
                    $($field: self.$field,)*
                };
                (self.generate, given)
            }
        }
    };
}

each_provider!(generate);

impl SeedBody {
    /// The seeds in it, to be added one after the other, or why there is too much to make up.
    pub(crate) fn seeds(self) -> Result<impl Iterator<Item = Seed>, String> {
        let (generate, given) = self.parts();
        if let Some(generate) = &generate
            && generate.records() > MOST_MADE_UP
        {
            return Err(format!(
                "generate: makes up at most {MOST_MADE_UP} records at once"
            ));
        }
        let generated = generate.map(|generate| Seed::generate(&generate));
        Ok(generated.into_iter().chain([given]))
    }
}
