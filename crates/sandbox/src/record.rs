//! What a deletion takes away, one thing at a time.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One thing that a deletion can take away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// One owner's record of one person at Extrovert.
    ExtrovertProspect {
        /// The record's own id.
        id: Uuid,
    },
    /// A lead of a pearl at NLPearl.
    NlpearlLead {
        /// The pearl.
        pearl_id: String,
        /// The lead.
        lead_id: String,
    },
    /// A prospect of a client company at Woodpecker.
    WoodpeckerProspect {
        /// The company.
        company_id: i64,
        /// The prospect.
        prospect_id: i64,
    },
    /// An audience record of a campaign at UnleashX.
    UnleashxAudience {
        /// The campaign.
        campaign_id: i64,
        /// The audience record.
        audience_id: i64,
    },
}

impl Record {
    /// A prospect record of Extrovert, by the record's own id.
    #[must_use]
    pub const fn prospect(id: Uuid) -> Self {
        Self::ExtrovertProspect { id }
    }

    /// A lead of NLPearl.
    #[must_use]
    pub fn lead(pearl_id: impl Into<String>, lead_id: impl Into<String>) -> Self {
        Self::NlpearlLead {
            pearl_id: pearl_id.into(),
            lead_id: lead_id.into(),
        }
    }

    /// A prospect of a Woodpecker company.
    #[must_use]
    pub const fn company_prospect(company_id: i64, prospect_id: i64) -> Self {
        Self::WoodpeckerProspect {
            company_id,
            prospect_id,
        }
    }

    /// An audience record of an UnleashX campaign.
    #[must_use]
    pub const fn audience(campaign_id: i64, audience_id: i64) -> Self {
        Self::UnleashxAudience {
            campaign_id,
            audience_id,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExtrovertProspect { id } => write!(f, "extrovert prospect {id}"),
            Self::NlpearlLead { pearl_id, lead_id } => {
                write!(f, "nlpearl lead {lead_id} of pearl {pearl_id}")
            }
            Self::WoodpeckerProspect {
                company_id,
                prospect_id,
            } => write!(
                f,
                "woodpecker prospect {prospect_id} of company {company_id}"
            ),
            Self::UnleashxAudience {
                campaign_id,
                audience_id,
            } => write!(
                f,
                "unleashx audience {audience_id} of campaign {campaign_id}"
            ),
        }
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

/// Everything that was deleted, in order.
#[derive(Default)]
pub(crate) struct Gone {
    deleted: Vec<Deleted>,
}

impl Gone {
    /// Where the records go that `request` deletes.
    pub(crate) fn by(&mut self, request: Option<u64>) -> GoneBy<'_> {
        GoneBy {
            request,
            deleted: &mut self.deleted,
        }
    }

    pub(crate) fn all(&self) -> &[Deleted] {
        &self.deleted
    }
}

/// Takes the records that one request deletes.
pub(crate) struct GoneBy<'a> {
    request: Option<u64>,
    deleted: &'a mut Vec<Deleted>,
}

impl GoneBy<'_> {
    pub(crate) fn take(&mut self, record: Record) {
        self.deleted.push(Deleted {
            request: self.request,
            record,
        });
    }
}
