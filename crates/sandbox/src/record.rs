//! What a deletion takes away, one thing at a time.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::extrovert::ExtrovertRecord;
use crate::nlpearl::NlpearlRecord;
use crate::unleashx::UnleashxRecord;
use crate::woodpecker::WoodpeckerRecord;

macro_rules! record {
    ($($name:ident crate::$field:ident::{$service:ident, $state:ident, $generate:ident, $record:ident},)*) => {
        /// One thing that a deletion can take away.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum Record {
            $(
                #[doc = concat!("Of `", stringify!($field), "`.")]
                $name(crate::$field::$record),
            )*
        }

        impl fmt::Display for Record {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name(record) => record.fmt(f),)*
                }
            }
        }
    };
}

each_provider!(record);

impl Record {
    /// A prospect record of Extrovert, by the record's own id.
    #[must_use]
    pub const fn prospect(id: Uuid) -> Self {
        Self::Extrovert(ExtrovertRecord::Prospect { id })
    }

    /// A lead of NLPearl.
    #[must_use]
    pub fn lead(pearl_id: impl Into<String>, lead_id: impl Into<String>) -> Self {
        Self::Nlpearl(NlpearlRecord::Lead {
            pearl_id: pearl_id.into(),
            lead_id: lead_id.into(),
        })
    }

    /// A prospect of a Woodpecker company.
    #[must_use]
    pub const fn company_prospect(company_id: i64, prospect_id: i64) -> Self {
        Self::Woodpecker(WoodpeckerRecord::Prospect {
            company_id,
            prospect_id,
        })
    }

    /// An audience record of an UnleashX campaign.
    #[must_use]
    pub const fn audience(campaign_id: i64, audience_id: i64) -> Self {
        Self::Unleashx(UnleashxRecord::Audience {
            campaign_id,
            audience_id,
        })
    }
}

/// A record that was there and was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The [request](crate::RecordedRequest) that deleted it; absent if a job that was seeded did.
    pub request: Option<u64>,
    /// What was deleted.
    #[serde(flatten)]
    pub record: Record,
}
