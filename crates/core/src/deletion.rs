use prospect_delete_transport::{Call, Error, Operation, Receipt};

#[cfg(feature = "extrovert")]
use crate::extrovert;
#[cfg(feature = "nlpearl")]
use crate::nlpearl;
#[cfg(feature = "unleashx")]
use crate::unleashx;
#[cfg(feature = "woodpecker")]
use crate::woodpecker;
use crate::{Clients, clients::client};

/// One request to delete, of whichever provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deletion {
    /// People in all campaigns of their owners, or a scope.
    #[cfg(feature = "extrovert")]
    ExtrovertSelected(extrovert::DeleteSelected),
    /// One person out of one campaign.
    #[cfg(feature = "extrovert")]
    ExtrovertProspect(extrovert::RemoveProspect),
    /// Leads of one outbound campaign.
    #[cfg(feature = "nlpearl")]
    NlPearlLeads(nlpearl::DeleteLeads),
    /// All prospects of one client company.
    #[cfg(feature = "woodpecker")]
    WoodpeckerCompany(woodpecker::DeleteCompanyProspects),
    /// Audience records of one campaign, or all of them.
    #[cfg(feature = "unleashx")]
    UnleashXAudience(unleashx::DeleteAudience),
}

/// Runs an expression on the request of whichever variant.
macro_rules! each {
    ($deletion:expr, $request:ident => $value:expr) => {
        match $deletion {
            #[cfg(feature = "extrovert")]
            Deletion::ExtrovertSelected($request) => $value,
            #[cfg(feature = "extrovert")]
            Deletion::ExtrovertProspect($request) => $value,
            #[cfg(feature = "nlpearl")]
            Deletion::NlPearlLeads($request) => $value,
            #[cfg(feature = "woodpecker")]
            Deletion::WoodpeckerCompany($request) => $value,
            #[cfg(feature = "unleashx")]
            Deletion::UnleashXAudience($request) => $value,
        }
    };
}

impl Deletion {
    /// What the request does, where, and whether it may be repeated.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        each!(self, request => request.operation())
    }

    /// What the request is aimed at, in one line: `woodpecker.company:123`, `nlpearl.lead:PEARL/LEAD,LEAD`.
    #[must_use]
    pub fn target(&self) -> String {
        each!(self, request => request.target())
    }

    /// How many targets it names. A scope counts as one, however many it holds.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            #[cfg(feature = "extrovert")]
            Self::ExtrovertSelected(request) => request.count(),
            #[cfg(feature = "extrovert")]
            Self::ExtrovertProspect(_) => 1,
            #[cfg(feature = "nlpearl")]
            Self::NlPearlLeads(request) => request.lead_ids().len(),
            #[cfg(feature = "woodpecker")]
            Self::WoodpeckerCompany(_) => 1,
            #[cfg(feature = "unleashx")]
            Self::UnleashXAudience(request) => request.count(),
        }
    }

    /// Whether a scope is deleted, with everybody who happens to be in it, rather than records by id.
    #[must_use]
    pub fn is_scope(&self) -> bool {
        !self.operation().repeatable
    }

    /// Sends the request through the client of its provider.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a success, see [`Error::outcome`]; without a client of that provider, not sent.
    pub async fn send(&self, clients: &Clients) -> Result<Receipt, Error> {
        clients.send(&self.prepare(clients).await?).await
    }

    /// Puts the request together and sends nothing.
    ///
    /// # Errors
    ///
    /// There is no client of that provider, or the request cannot be put together.
    pub async fn prepare(&self, clients: &Clients) -> Result<Call, Error> {
        match self {
            #[cfg(feature = "extrovert")]
            Self::ExtrovertSelected(request) => {
                client(clients.extrovert.as_ref(), self.operation())?
                    .prepare_delete_selected(request)
                    .await
            }
            #[cfg(feature = "extrovert")]
            Self::ExtrovertProspect(request) => {
                client(clients.extrovert.as_ref(), self.operation())?
                    .prepare_remove_prospect(request)
                    .await
            }
            #[cfg(feature = "nlpearl")]
            Self::NlPearlLeads(request) => {
                client(clients.nlpearl.as_ref(), self.operation())?
                    .prepare_delete_leads(request)
                    .await
            }
            #[cfg(feature = "woodpecker")]
            Self::WoodpeckerCompany(request) => {
                client(clients.woodpecker.as_ref(), self.operation())?
                    .prepare_delete_company_prospects(request)
                    .await
            }
            #[cfg(feature = "unleashx")]
            Self::UnleashXAudience(request) => {
                client(clients.unleashx.as_ref(), self.operation())?
                    .prepare_delete_audience(request)
                    .await
            }
        }
    }
}
