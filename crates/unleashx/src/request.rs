use std::fmt;

use prospect_delete_transport::{InvalidInput, Operation, Request, Target};
use serde::{Deserialize, Serialize};

use crate::{
    DELETE_ALL, DELETE_RECORDS, answer,
    raw::{self, types::DeleteAudienceRequest},
};

/// Audience records of one campaign: named ones, or all; never both.
///
/// By serde, one has either `audience_ids` or `"all": true`. Reading checks what the constructors check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "Form", into = "Form")]
pub struct DeleteAudience {
    campaign_id: i64,
    selection: Selection,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Selection {
    Records(Vec<i64>),
    All,
}

/// How it is written, and what it is read from, not yet checked.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Form {
    campaign_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audience_ids: Option<Vec<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    all: Option<bool>,
}

impl From<DeleteAudience> for Form {
    fn from(request: DeleteAudience) -> Self {
        let (audience_ids, all) = match request.selection {
            Selection::Records(ids) => (Some(ids), None),
            Selection::All => (None, Some(true)),
        };
        Self {
            campaign_id: request.campaign_id,
            audience_ids,
            all,
        }
    }
}

impl TryFrom<Form> for DeleteAudience {
    type Error = InvalidInput;

    fn try_from(form: Form) -> Result<Self, InvalidInput> {
        match (form.audience_ids, form.all) {
            (Some(ids), None) => Self::records(form.campaign_id, ids),
            (None, Some(true)) => Self::all(form.campaign_id),
            _ => Err(InvalidInput::new(
                "audience ids",
                "give either them, or all as true; never both",
            )),
        }
    }
}

impl DeleteAudience {
    /// Names the records.
    ///
    /// # Errors
    ///
    /// No record is named, or an id is 0 or below.
    pub fn records(
        campaign_id: i64,
        audience_ids: impl IntoIterator<Item = i64>,
    ) -> Result<Self, InvalidInput> {
        check_positive("campaign id", campaign_id)?;
        let ids: Vec<_> = audience_ids.into_iter().collect();
        if ids.is_empty() {
            return Err(InvalidInput::new(
                "audience ids",
                "none is given; name at least one record",
            ));
        }
        ids.iter()
            .try_for_each(|id| check_positive("audience id", *id))?;
        Ok(Self {
            campaign_id,
            selection: Selection::Records(ids),
        })
    }

    /// Every record of the campaign, which must be a draft. Cannot be undone, and nobody is named: be
    /// sure.
    ///
    /// # Errors
    ///
    /// The id is 0 or below.
    pub fn all(campaign_id: i64) -> Result<Self, InvalidInput> {
        check_positive("campaign id", campaign_id)?;
        Ok(Self {
            campaign_id,
            selection: Selection::All,
        })
    }

    /// The campaign.
    #[must_use]
    pub fn campaign_id(&self) -> i64 {
        self.campaign_id
    }

    /// Records of one campaign.
    pub(crate) fn of_records(records: &[Target]) -> Self {
        let ids = records.iter().map(|record| record.integer(1));
        Self {
            campaign_id: records[0].integer(0),
            selection: Selection::Records(ids.collect()),
        }
    }

    pub(crate) fn of_campaign(campaign: &Target) -> Self {
        Self {
            campaign_id: campaign.integer(0),
            selection: Selection::All,
        }
    }

    pub(crate) fn body(&self) -> DeleteAudienceRequest {
        let (audience, delete_all) = match &self.selection {
            Selection::Records(ids) => (ids.clone(), None),
            Selection::All => (Vec::new(), Some(true)),
        };
        DeleteAudienceRequest {
            campaign_id: self.campaign_id,
            audience,
            delete_all,
        }
    }
}

impl fmt::Display for DeleteAudience {
    /// As [`Request::target`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target())
    }
}

impl Request for DeleteAudience {
    fn operation(&self) -> &'static Operation {
        match self.selection {
            Selection::Records(_) => &DELETE_RECORDS,
            Selection::All => &DELETE_ALL,
        }
    }

    /// `unleashx.audience:CAMPAIGN/RECORD,RECORD` or `unleashx.campaign:CAMPAIGN`.
    fn target(&self) -> String {
        match &self.selection {
            Selection::Records(ids) => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                format!("unleashx.audience:{}/{}", self.campaign_id, ids.join(","))
            }
            Selection::All => format!("unleashx.campaign:{}", self.campaign_id),
        }
    }

    fn count(&self) -> usize {
        match &self.selection {
            Selection::Records(ids) => ids.len(),
            Selection::All => 1,
        }
    }

    prospect_delete_transport::prepare!(
        match request.selection {
            Selection::Records(_) => answer::read_records,
            Selection::All => answer::read_all,
        },
        |request, client| client.delete_audience().body(request.body())
    );
}

fn check_positive(subject: &str, id: i64) -> Result<(), InvalidInput> {
    if id > 0 {
        Ok(())
    } else {
        Err(InvalidInput::new(
            subject,
            format!("{id} is not above 0; give the id"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_and_read_with_the_checks_of_its_constructors() {
        for (request, text) in [
            (
                DeleteAudience::records(42, [1, 2]).unwrap(),
                r#"{"campaign_id":42,"audience_ids":[1,2]}"#,
            ),
            (
                DeleteAudience::all(42).unwrap(),
                r#"{"campaign_id":42,"all":true}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
            let read: DeleteAudience = serde_json::from_str(text).unwrap();
            assert_eq!(read, request);
        }
        for bad in [
            r#"{"campaign_id":42}"#,
            r#"{"campaign_id":42,"audience_ids":[]}"#,
            r#"{"campaign_id":42,"audience_ids":null}"#,
            r#"{"campaign_id":42,"all":false}"#,
            r#"{"campaign_id":42,"audience_ids":[1],"all":true}"#,
            r#"{"campaign_id":42,"audience_ids":[0]}"#,
            r#"{"campaign_id":0,"all":true}"#,
            r#"{"campaign_id":42,"audience_id":[1],"all":true}"#,
        ] {
            assert!(
                serde_json::from_str::<DeleteAudience>(bad).is_err(),
                "{bad}"
            );
        }
    }
}
