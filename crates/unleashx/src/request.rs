use prospect_delete_transport::{InvalidInput, Operation};

use crate::{DELETE_ALL, DELETE_RECORDS, raw::types::DeleteAudienceRequest};

/// Audience records of one campaign: named ones, or all; never both.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DeleteAudience {
    campaign_id: i64,
    selection: Selection,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
enum Selection {
    Records(Vec<i64>),
    All,
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

    /// What the request does.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        match self.selection {
            Selection::Records(_) => &DELETE_RECORDS,
            Selection::All => &DELETE_ALL,
        }
    }

    /// How many targets it names. A scope counts as one, however many it holds.
    #[must_use]
    pub fn count(&self) -> usize {
        match &self.selection {
            Selection::Records(ids) => ids.len(),
            Selection::All => 1,
        }
    }

    /// What the request is aimed at, in one line: `unleashx.audience:CAMPAIGN/RECORD,RECORD` or
    /// `unleashx.campaign:CAMPAIGN`.
    #[must_use]
    pub fn target(&self) -> String {
        match &self.selection {
            Selection::Records(ids) => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                format!("unleashx.audience:{}/{}", self.campaign_id, ids.join(","))
            }
            Selection::All => format!("unleashx.campaign:{}", self.campaign_id),
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
