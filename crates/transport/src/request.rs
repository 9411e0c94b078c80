use std::{fmt, pin::Pin};

use crate::{Call, Error, Operation, Transport};

/// A request that is being put together.
pub type Preparing<'a> = Pin<Box<dyn Future<Output = Result<Call, Error>> + Send + 'a>>;

/// A request that changes something at a provider.
///
/// The request types of the providers' crates implement it. It is all that the crates above them need to know of a
/// request, so that one of any provider can be held, shown and sent.
pub trait Request: fmt::Debug + Send + Sync {
    /// What the request does, where, and whether it may be repeated.
    fn operation(&self) -> &'static Operation;

    /// What it is aimed at, in one line: `woodpecker.company:123`, `nlpearl.lead:PEARL/LEAD,LEAD`.
    fn target(&self) -> String;

    /// How many targets it names. A scope counts as one, however many it holds.
    fn count(&self) -> usize;

    /// Puts the request together and sends nothing.
    ///
    /// # Errors
    ///
    /// The transport is another provider's, or the request cannot be put together.
    fn prepare<'a>(&'a self, transport: &'a Transport) -> Preparing<'a>;
}
