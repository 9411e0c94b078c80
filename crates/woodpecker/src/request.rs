use std::{fmt, num::NonZeroU64};

use prospect_delete_transport::{InvalidInput, Operation, Request, Target};
use serde::{Deserialize, Serialize};

use crate::{
    DELETE_COMPANY_PROSPECTS, answer,
    raw::{
        self,
        types::{DeleteProspectsRequest, ProspectType},
    },
};

/// All prospects of one client company. The vendor offers no smaller selection.
///
/// Reading one by serde checks what [`all`](Self::all) checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "Form")]
pub struct DeleteCompanyProspects {
    company_id: NonZeroU64,
}

/// What it is read from, not yet checked.
#[derive(Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Form {
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    company_id: i64,
}

impl TryFrom<Form> for DeleteCompanyProspects {
    type Error = InvalidInput;

    fn try_from(form: Form) -> Result<Self, InvalidInput> {
        Self::all(form.company_id)
    }
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

impl fmt::Display for DeleteCompanyProspects {
    /// As [`Request::target`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target())
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

    prospect_delete_transport::prepare!(answer::read, |request, client| {
        client
            .delete_company_prospects()
            .company_id(request.company_id)
            .body(DeleteProspectsRequest {
                type_: ProspectType::All,
            })
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_and_read_with_the_checks_of_its_constructor() {
        let request = DeleteCompanyProspects::all(123).unwrap();
        let text = r#"{"company_id":123}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        let read: DeleteCompanyProspects = serde_json::from_str(text).unwrap();
        assert_eq!(read, request);
        assert_eq!(request.to_string(), "woodpecker.company:123");
        for bad in [
            r#"{"company_id":0}"#,
            r#"{"company_id":-1}"#,
            r#"{"company_id":"123"}"#,
            r#"{"company_id":123,"ids":[1]}"#,
            "{}",
        ] {
            let read = serde_json::from_str::<DeleteCompanyProspects>(bad);
            assert!(read.is_err(), "{bad}");
        }
    }
}
