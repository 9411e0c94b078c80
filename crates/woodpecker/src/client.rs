use prospect_delete_transport::{Error, Receipt};

use crate::{DeleteCompanyProspects, PROVIDER, raw};

prospect_delete_transport::client! {
    /// Deletes prospects of an agency's clients at Woodpecker. Cheap to clone.
    PROVIDER
}

impl Client {
    /// Has all prospects of a client company deleted. Cannot be undone.
    ///
    /// The receipt's outcome is [`Accepted`](crate::Outcome::Accepted): Woodpecker deletes later. Its
    /// `request_id` is the job's number and `count` how many prospects the job removes; the vendor
    /// documents no way to ask how far a job is.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the outcome unknown: the request may have left.
    ///
    /// # Errors
    ///
    /// Whatever is not an accepted job; see [`Error::outcome`].
    pub async fn delete_company_prospects(
        &self,
        request: &DeleteCompanyProspects,
    ) -> Result<Receipt, Error> {
        self.send(&self.prepare(request).await?).await
    }
}
