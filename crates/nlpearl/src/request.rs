use std::fmt;

use prospect_delete_transport::{
    InvalidInput, Operation, Request, Target, check_identifier, check_path_segment,
};
use serde::{Deserialize, Serialize};

use crate::{
    DELETE_LEADS, answer,
    raw::{self, types::DeleteLeadsRequestApi},
};

/// Leads of one outbound campaign (a pearl), at least one.
///
/// There is no way to write "all leads": the vendor does not say what a list that is empty, null or
/// missing deletes, so such a list cannot be made. Reading one by serde checks what [`new`](Self::new) checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "Form")]
pub struct DeleteLeads {
    pearl_id: String,
    lead_ids: Vec<String>,
}

/// What it is read from, not yet checked.
#[derive(Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Form {
    pearl_id: String,
    lead_ids: Vec<String>,
}

impl TryFrom<Form> for DeleteLeads {
    type Error = InvalidInput;

    fn try_from(form: Form) -> Result<Self, InvalidInput> {
        Self::new(form.pearl_id, form.lead_ids)
    }
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

impl fmt::Display for DeleteLeads {
    /// As [`Request::target`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target())
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

    prospect_delete_transport::prepare!(answer::read, |request, client| {
        client
            .delete_leads()
            .pearl_id(request.pearl_id())
            .body(request.body())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_and_read_with_the_checks_of_its_constructor() {
        let request = DeleteLeads::new("pearl", ["lead-1", "lead-2"]).unwrap();
        let text = r#"{"pearl_id":"pearl","lead_ids":["lead-1","lead-2"]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<DeleteLeads>(text).unwrap(), request);
        assert_eq!(request.to_string(), "nlpearl.lead:pearl/lead-1,lead-2");
        for bad in [
            r#"{"pearl_id":"pearl","lead_ids":[]}"#,
            r#"{"pearl_id":"pearl"}"#,
            r#"{"pearl_id":"..","lead_ids":["lead-1"]}"#,
            r#"{"pearl_id":"pearl","lead_ids":["null"]}"#,
            r#"{"pearl_id":"pearl","lead_ids":["lead-1"],"all":true}"#,
        ] {
            assert!(serde_json::from_str::<DeleteLeads>(bad).is_err(), "{bad}");
        }
    }
}
