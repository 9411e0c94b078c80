use prospect_delete_transport::{Error, Receipt};

use crate::{DeleteLeads, PROVIDER, raw};

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
