use prospect_delete_transport::{Error, Receipt};

use crate::{DeleteAudience, PROVIDER, raw};

prospect_delete_transport::client! {
    /// Deletes audience records at UnleashX. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Deletes audience records of one campaign. Cannot be undone.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn delete_audience(&self, request: &DeleteAudience) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }
}
