use prospect_delete_transport::{Error, Receipt};

use crate::{DeleteSelected, PROVIDER, RemoveProspect, raw};

prospect_delete_transport::client! {
    /// Deletes prospects at Extrovert. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Deletes people in all campaigns of their owners, or everybody in a scope.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn delete_selected(&self, request: &DeleteSelected) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }

    /// Takes one person out of one campaign (first API generation).
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not a confirmed deletion; see [`Error::outcome`].
    pub async fn remove_prospect(&self, request: &RemoveProspect) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }
}
