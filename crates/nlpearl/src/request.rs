use prospect_delete_transport::{
    InvalidInput, Operation, Preparing, Request, Target, Transport, check_identifier,
    check_path_segment,
};

use crate::{
    DELETE_LEADS, answer,
    raw::{self, types::DeleteLeadsRequestApi},
};

/// Leads of one outbound campaign (a pearl), at least one.
///
/// There is no way to write "all leads": the vendor does not say what a list that is empty, null or
/// missing deletes, so such a list cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DeleteLeads {
    pearl_id: String,
    lead_ids: Vec<String>,
}

impl DeleteLeads {
    /// Names the leads.
    ///
    /// # Errors
    ///
    /// No lead is named; an id is none that a provider has ([`check_identifier`]); the
    /// pearl id cannot stand in a path.
    pub fn new(
        pearl_id: impl Into<String>,
        lead_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, InvalidInput> {
        let pearl_id = pearl_id.into();
        check_path_segment("pearl id", &pearl_id)?;
        let lead_ids: Vec<String> = lead_ids.into_iter().map(Into::into).collect();
        if lead_ids.is_empty() {
            return Err(InvalidInput::new(
                "lead ids",
                "none is given; name at least one lead",
            ));
        }
        lead_ids
            .iter()
            .try_for_each(|id| check_identifier("lead id", id))?;
        Ok(Self { pearl_id, lead_ids })
    }

    /// The campaign.
    #[must_use]
    pub fn pearl_id(&self) -> &str {
        &self.pearl_id
    }

    /// The leads, in the order in which they were given.
    #[must_use]
    pub fn lead_ids(&self) -> &[String] {
        &self.lead_ids
    }

    /// Leads of one pearl.
    pub(crate) fn of(leads: &[Target]) -> Self {
        Self {
            pearl_id: leads[0].value(0).to_owned(),
            lead_ids: leads.iter().map(|lead| lead.value(1).to_owned()).collect(),
        }
    }

    pub(crate) fn body(&self) -> DeleteLeadsRequestApi {
        DeleteLeadsRequestApi {
            lead_ids: self.lead_ids.clone(),
        }
    }
}

impl Request for DeleteLeads {
    fn operation(&self) -> &'static Operation {
        &DELETE_LEADS
    }

    /// `nlpearl.lead:PEARL/LEAD,LEAD`.
    fn target(&self) -> String {
        format!("nlpearl.lead:{}/{}", self.pearl_id, self.lead_ids.join(","))
    }

    fn count(&self) -> usize {
        self.lead_ids.len()
    }

    fn prepare<'a>(&'a self, transport: &'a Transport) -> Preparing<'a> {
        Box::pin(async move {
            let build = async |parts| {
                raw::Client::from(parts)
                    .delete_leads()
                    .pearl_id(self.pearl_id())
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
