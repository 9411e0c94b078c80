use prospect_delete_transport::{Error, Limits, Operation, Provider, Receipt};

use crate::{DeleteLeads, raw, targets};

/// NLPearl: address and header from its document, variables of this project's choice. It documents no limits; ten
/// requests a second are assumed.
pub static PROVIDER: Provider = Provider::new(
    "nlpearl",
    raw::BASE_URL,
    raw::AUTHENTICATION,
    "NLPEARL_API_KEY",
    "NLPEARL_BASE_URL",
)
.limited_to(Limits::per_second(10, 4))
.with_kinds(targets::KINDS);

/// `DELETE /v2/Outbound/{pearlId}/Leads`. Names ids, so it may be repeated.
pub static DELETE_LEADS: Operation = Operation::delete(&PROVIDER, "delete_leads");

prospect_delete_transport::client! {
    /// Deletes leads at NLPearl. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Deletes leads of one campaign.
    ///
    /// `true` for ids that do not exist is not excluded by the vendor's document: a receipt says that
    /// NLPearl confirmed, not that each lead had been there.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn delete_leads(&self, request: &DeleteLeads) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }
}
