use prospect_delete_transport::{
    InvalidInput, Operation, Preparing, ReadAnswer, Request, Target, Transport,
};

use crate::{
    DELETE_ALL, DELETE_RECORDS, answer,
    raw::{self, types::DeleteAudienceRequest},
};

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

    fn prepare<'a>(&'a self, transport: &'a Transport) -> Preparing<'a> {
        Box::pin(async move {
            let read: ReadAnswer = match self.selection {
                Selection::Records(_) => answer::read_records,
                Selection::All => answer::read_all,
            };
            let build = async |parts| {
                raw::Client::from(parts)
                    .delete_audience()
                    .body(self.body())
                    .send()
                    .await
            };
            let call = transport.prepare(self.operation(), read, build).await?;
            Ok(call.naming(self.count()))
        })
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
