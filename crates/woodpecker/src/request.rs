use std::num::NonZeroU64;

use prospect_delete_transport::{InvalidInput, Operation, Preparing, Request, Target, Transport};

use crate::{
    DELETE_COMPANY_PROSPECTS, answer,
    raw::{
        self,
        types::{DeleteProspectsRequest, ProspectType},
    },
};

/// All prospects of one client company. The vendor offers no smaller selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DeleteCompanyProspects {
    company_id: NonZeroU64,
}

impl DeleteCompanyProspects {
    /// Everybody whom the company has. Cannot be undone, and nobody is named: be sure.
    ///
    /// # Errors
    ///
    /// The id is 0 or below.
    pub fn all(company_id: i64) -> Result<Self, InvalidInput> {
        u64::try_from(company_id)
            .ok()
            .and_then(NonZeroU64::new)
            .map(|company_id| Self { company_id })
            .ok_or_else(|| {
                InvalidInput::new(
                    "company id",
                    format!("{company_id} is not above 0; give the company's id"),
                )
            })
    }

    /// The client company.
    #[must_use]
    pub fn company_id(self) -> NonZeroU64 {
        self.company_id
    }

    pub(crate) fn of(company: &Target) -> Self {
        let company_id = u64::try_from(company.integer(0)).ok();
        Self {
            company_id: company_id
                .and_then(NonZeroU64::new)
                .expect("a column of numbers above 0"),
        }
    }
}

impl Request for DeleteCompanyProspects {
    fn operation(&self) -> &'static Operation {
        &DELETE_COMPANY_PROSPECTS
    }

    /// `woodpecker.company:123`.
    fn target(&self) -> String {
        format!("woodpecker.company:{}", self.company_id)
    }

    fn count(&self) -> usize {
        1
    }

    fn prepare<'a>(&'a self, transport: &'a Transport) -> Preparing<'a> {
        Box::pin(async move {
            let build = async |parts| {
                raw::Client::from(parts)
                    .delete_company_prospects()
                    .company_id(self.company_id)
                    .body(DeleteProspectsRequest {
                        type_: ProspectType::All,
                    })
                    .send()
                    .await
            };
            let call = transport
                .prepare(self.operation(), answer::read, build)
                .await?;
            Ok(call)
        })
    }
}
