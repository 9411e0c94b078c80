//! NLPearl's call, and what it does.

use http::StatusCode;
use serde::Deserialize;

use crate::contract::Violation;
use crate::operation::Provider;
use crate::record::{GoneBy, Record};
use crate::refusal;
use crate::reply::Reply;
use crate::state::NlpearlState;

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

impl Deletion {
    pub(crate) fn carry_out(self, account: &mut NlpearlState, mut gone: GoneBy<'_>) -> Reply {
        let Some(pearl) = account.pearls.get_mut(&self.pearl_id) else {
            let fault = Violation::new("pearlId", "There is no such pearl.");
            return refusal::invalid(Provider::Nlpearl, &[fault]);
        };
        for lead_id in &self.lead_ids {
            if let Some(lead_id) = pearl.leads.take(lead_id) {
                gone.take(Record::lead(&*self.pearl_id, lead_id));
            }
        }
        Reply::json(StatusCode::OK, &true)
    }
}

/// Adds campaigns and leads to those that are there.
pub(crate) fn add(account: &mut NlpearlState, seed: &NlpearlState) {
    for (pearl_id, pearl) in &seed.pearls {
        let known = account.pearls.entry(pearl_id.clone()).or_default();
        known.leads.extend(pearl.leads.iter().cloned());
    }
}
