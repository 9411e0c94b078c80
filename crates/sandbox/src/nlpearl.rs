//! NLPearl: an account's leads, and the operation that deletes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use prospect_delete_specs::Document;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;

use crate::chance::Chance;
use crate::provider::{Operation, Service, Take, Violation};
use crate::reply::Reply;

/// One NLPearl account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NlpearlState {
    /// Outbound campaigns by id.
    pub pearls: BTreeMap<String, Pearl>,
}

/// An outbound campaign of NLPearl.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pearl {
    /// The ids of its leads.
    pub leads: BTreeSet<String>,
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

/// What is deleted at NLPearl.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Error)]
#[serde(tag = "kind")]
pub enum NlpearlRecord {
    /// A lead of a pearl.
    #[error("nlpearl lead {lead_id} of pearl {pearl_id}")]
    #[serde(rename = "nlpearl_lead")]
    Lead {
        /// The pearl.
        pearl_id: String,
        /// The lead.
        lead_id: String,
    },
}

/// The body of the call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteLeads {
    lead_ids: Vec<String>,
}

/// Which leads of which campaign go.
pub(crate) struct Deletion {
    pearl_id: String,
    lead_ids: Vec<String>,
}

impl DeleteLeads {
    pub(crate) fn deletion(self, pearl_id: String) -> Deletion {
        Deletion {
            pearl_id,
            lead_ids: self.lead_ids,
        }
    }
}

impl Service for NlpearlState {
    const DOCUMENT: Document = prospect_delete_specs::NLPEARL;
    const DATA: &str = include_str!("nlpearl.yaml");
    const KEY: &str = "sandbox-account:sandbox-nlpearl-secret";
    const KEY_REFUSED: &str = "Invalid or missing bearer token";
    const OPERATIONS: &[Operation<Deletion>] = &[Operation {
        id: "delete_leads",
        name: "delete_leads",
        read: |asked| {
            let pearl_id = asked.parameter.to_owned();
            Ok(asked.body::<DeleteLeads>()?.deletion(pearl_id))
        },
    }];
    const ELSEWHERE: &[(&[Method], &str)] = &[
        (&[Method::GET], "/{version}/Account"),
        (&[Method::GET], "/{version}/Account/PhoneNumbers"),
        (&[Method::GET], "/{version}/Account/TextChannels"),
        (&[Method::GET], "/{version}/Account/Users"),
        (&[Method::GET], "/{version}/Account/Voices"),
        (&[Method::POST], "/{version}/Account/AuditLog"),
        (&[Method::POST], "/{version}/Account/Blacklist"),
        (&[Method::POST], "/{version}/Account/Blacklist/Remove"),
        (&[Method::POST], "/{version}/Account/Blacklist/Search"),
        (&[Method::DELETE], "/{version}/Call"),
        (&[Method::GET], "/{version}/Call/{id}"),
        (&[Method::GET], "/{version}/Inbound"),
        (&[Method::GET], "/{version}/Inbound/{id}"),
        (&[Method::POST], "/{version}/Inbound/{id}/Active"),
        (&[Method::POST], "/{version}/Inbound/{id}/Analytics"),
        (&[Method::POST], "/{version}/Inbound/{id}/Calls"),
        (&[Method::GET], "/{version}/Inbound/{id}/OngoingCalls"),
        (&[Method::GET], "/{version}/Outbound"),
        (&[Method::GET], "/{version}/Outbound/CallRequest/{id}"),
        (&[Method::GET], "/{version}/Outbound/{id}"),
        (&[Method::POST], "/{version}/Outbound/{id}/Active"),
        (&[Method::POST], "/{version}/Outbound/{id}/Analytics"),
        (&[Method::POST], "/{version}/Outbound/{id}/Call"),
        (&[Method::POST], "/{version}/Outbound/{id}/CallRequest"),
        (&[Method::POST], "/{version}/Outbound/{id}/Calls"),
        (
            &[Method::POST, Method::PUT],
            "/{version}/Outbound/{id}/Lead",
        ),
        (
            &[Method::GET, Method::PUT],
            "/{version}/Outbound/{id}/Lead/{lead}",
        ),
        (
            &[Method::GET],
            "/{version}/Outbound/{id}/Lead/External/{lead}",
        ),
        (
            &[Method::GET],
            "/{version}/Outbound/{id}/Lead/PhoneNumber/{number}",
        ),
        (&[Method::POST], "/{version}/Outbound/{id}/Leads"),
        (&[Method::POST], "/{version}/Outbound/{id}/Leads/Add"),
        (&[Method::DELETE], "/{version}/Outbound/{id}/Leads/External"),
        (&[Method::DELETE], "/v1/Outbound/{id}/Leads"),
        (&[Method::GET, Method::POST], "/{version}/Pearl"),
        (&[Method::GET], "/{version}/Pearl/Credential/{id}"),
        (&[Method::POST], "/{version}/Pearl/Text"),
        (&[Method::PUT], "/{version}/Pearl/Text/{id}"),
        (&[Method::POST], "/{version}/Pearl/Voice"),
        (&[Method::PUT], "/{version}/Pearl/Voice/{id}"),
        (&[Method::GET, Method::PUT], "/{version}/Pearl/{id}"),
        (&[Method::PUT], "/{version}/Pearl/{id}/Active"),
        (&[Method::POST], "/{version}/Pearl/{id}/Analytics"),
        (&[Method::POST], "/{version}/Pearl/{id}/Calls"),
        (&[Method::POST], "/{version}/Pearl/{id}/Calls/Bulk"),
        (
            &[Method::PUT],
            "/{version}/Pearl/{id}/Memory/{number}/Reset",
        ),
        (&[Method::GET], "/{version}/Pearl/{id}/OngoingCalls"),
        (&[Method::PUT], "/{version}/Pearl/{id}/ResetMemory"),
        (&[Method::GET], "/{version}/Pearl/{id}/Settings"),
        (&[Method::PUT], "/{version}/Pearl/{id}/Settings/Inbound"),
        (&[Method::PUT], "/{version}/Pearl/{id}/Settings/Outbound"),
    ];

    type State = Self;
    type Generate = GenerateNlpearl;
    type Deletion = Deletion;
    type Record = NlpearlRecord;

    fn new(_delay: Duration) -> Self {
        Self::default()
    }

    fn add(&mut self, seed: &Self, _now: Instant) {
        for (pearl_id, pearl) in &seed.pearls {
            let known = self.pearls.entry(pearl_id.clone()).or_default();
            known.leads.extend(pearl.leads.iter().cloned());
        }
    }

    fn carry_out(
        &mut self,
        deletion: Deletion,
        request: u64,
        _now: Instant,
        gone: Take<'_, NlpearlRecord>,
    ) -> Reply {
        let Deletion { pearl_id, lead_ids } = deletion;
        let Some(pearl) = self.pearls.get_mut(&pearl_id) else {
            let fault = Violation::new("pearlId", "There is no such pearl.");
            return Self::invalid(&[fault]);
        };
        for lead_id in &lead_ids {
            if let Some(lead_id) = pearl.leads.take(lead_id) {
                let pearl_id = pearl_id.clone();
                gone(Some(request), NlpearlRecord::Lead { pearl_id, lead_id });
            }
        }
        Reply::json(StatusCode::OK, &true)
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn count(&self) -> usize {
        self.pearls.values().map(|pearl| pearl.leads.len()).sum()
    }

    fn refuse(status: StatusCode, detail: &str) -> Reply {
        let body = json!({
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": detail,
        });
        Reply::json(status, &body)
    }

    fn invalid(violations: &[Violation]) -> Reply {
        let status = StatusCode::BAD_REQUEST;
        let mut errors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for violation in violations {
            let messages = errors.entry(&violation.field).or_default();
            messages.push(&violation.message);
        }
        let body = json!({
            "title": "One or more validation errors occurred.",
            "status": status.as_u16(),
            "errors": errors,
        });
        Reply::json(status, &body)
    }

    /// The vendor takes three media types, of which the spec here keeps only the first.
    fn also_takes(media_type: &str) -> bool {
        media_type == "text/json"
            || media_type.starts_with("application/") && media_type.ends_with("+json")
    }

    /// Both versions have the same, one renamed parameter aside.
    fn is_elsewhere(path: &str) -> bool {
        path.starts_with("/v1/") || path.starts_with("/v2/")
    }

    fn most_generated(counts: &GenerateNlpearl) -> u64 {
        u64::from(counts.pearls) * u64::from(counts.leads_per_pearl.max(1))
    }

    fn generate(counts: &Self::Generate, chance: &mut Chance) -> Self::State {
        let pearls = (0..counts.pearls).map(|_| {
            let leads = chance.distinct(counts.leads_per_pearl, object_id);
            (object_id(chance), Pearl { leads })
        });
        NlpearlState {
            pearls: pearls.collect(),
        }
    }
}

/// The form of NLPearl's ids: 12 bytes in hexadecimal.
fn object_id(chance: &mut Chance) -> String {
    format!("{:024x}", chance.bits() >> 32)
}
