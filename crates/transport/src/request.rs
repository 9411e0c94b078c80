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

/// Writes [`Request::prepare`] for a request type: has the builder of the provider's generated client put the request
/// together, and reads a 2xx answer with the given [reader](crate::ReadAnswer).
///
/// It is a macro because a boxed future must be `Send`, which no bound can say of an asynchronous closure. The module that
/// calls it has the generated client as `raw`.
#[macro_export]
macro_rules! prepare {
    ($read:expr, |$request:ident, $client:ident| $builder:expr) => {
        fn prepare<'a>(&'a self, transport: &'a $crate::Transport) -> $crate::Preparing<'a> {
            let $request = self;
            let read: $crate::ReadAnswer = $read;
            Box::pin(async move {
                let build = async |parts| {
                    let $client = raw::Client::from(parts);
                    $builder.send().await
                };
                let operation = $crate::Request::operation($request);
                let call = transport.prepare(operation, read, build).await?;
                Ok(call.naming($crate::Request::count($request)))
            })
        }
    };
}
