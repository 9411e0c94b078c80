/// Declares a provider's `Client`, with what the clients of all providers have beside their operations.
///
/// It is a macro because the type has to belong to the provider's crate, which adds the operations. The
/// module that calls it has the generated client as `raw`.
#[macro_export]
macro_rules! client {
    ($(#[$documentation:meta])* $provider:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Debug)]
        pub struct Client($crate::Transport);

        impl Client {
            /// A client for the account that the key belongs to.
            ///
            /// # Errors
            ///
            /// TLS cannot be set up.
            pub fn new(
                credential: &$crate::Credential,
                config: $crate::Config,
            ) -> Result<Self, $crate::InvalidInput> {
                $crate::Transport::new(&$provider, credential, config).map(Self)
            }

            /// A client with the key from the provider's variable (or the file that the same name with
            /// `_FILE` points at), and the base address from its variable where that is set. The crate's
            /// `PROVIDER` has the names.
            ///
            /// # Errors
            ///
            /// A variable is missing or malformed, or TLS cannot be set up.
            pub fn from_env() -> Result<Self, $crate::InvalidInput> {
                $crate::Transport::from_env(&$provider).map(Self)
            }

            /// Puts a request together and sends nothing.
            ///
            /// # Errors
            ///
            /// It is another provider's request, or cannot be put together.
            pub async fn prepare(
                &self,
                request: &dyn $crate::Request,
            ) -> Result<$crate::Call, $crate::Error> {
                request.prepare(&self.0).await
            }

            /// Sends what was prepared, again where that is harmless.
            ///
            /// # Cancellation
            ///
            /// Dropping the future leaves the outcome unknown: the request may have left.
            ///
            /// # Errors
            ///
            /// Whatever is not a success; see [`Error::outcome`](prospect_delete_transport::Error::outcome).
            pub async fn send(&self, call: &$crate::Call) -> Result<$crate::Receipt, $crate::Error> {
                self.0.send(call).await
            }

            /// Sends what was prepared once, for callers who record every attempt; `number` counts them
            /// from 1, for the log.
            ///
            /// # Cancellation
            ///
            /// As for [`send`](Self::send).
            ///
            /// # Errors
            ///
            /// Whatever is not a success, for this attempt alone.
            pub async fn attempt(
                &self,
                call: &$crate::Call,
                number: usize,
            ) -> Result<$crate::Receipt, $crate::Failure> {
                self.0.attempt(call, number).await
            }

            /// The generated client, for this account and server.
            #[must_use]
            pub fn raw(&self) -> raw::Client {
                self.0.parts().into()
            }
        }
    };
}
