use std::num::NonZeroU64;

use prospect_delete_transport::{InvalidInput, Operation};

use crate::{
    DELETE_COMPANY_PROSPECTS,
    raw::types::{DeleteProspectsRequest, ProspectType},
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

    /// What the request does.
    #[must_use]
    pub fn operation(self) -> &'static Operation {
        &DELETE_COMPANY_PROSPECTS
    }

    /// What the request is aimed at, in one line: `woodpecker.company:123`.
    #[must_use]
    pub fn target(self) -> String {
        format!("woodpecker.company:{}", self.company_id)
    }

    #[expect(
        clippy::unused_self,
        reason = "as the other requests, and the id travels in the path"
    )]
    pub(crate) fn body(self) -> DeleteProspectsRequest {
        DeleteProspectsRequest {
            type_: ProspectType::All,
        }
    }
}
