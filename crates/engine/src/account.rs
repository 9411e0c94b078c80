use prospect_delete_core::{BaseUrl, Clients, Config, Credential, InvalidInput, Provider};

use crate::manifest::Binding;

/// What a fingerprint of a key is for; a digest of the key made for anything else differs.
const CONTEXT: &str = "prospect-delete run";

/// A provider, where its requests go, and the key they go with.
#[derive(Clone, Debug)]
pub struct Account {
    provider: &'static Provider,
    credential: Credential,
    config: Config,
    base_url: BaseUrl,
}

impl Account {
    /// The account of a key.
    ///
    /// # Errors
    ///
    /// The provider's own address is none that requests can go to.
    pub fn new(
        provider: &'static Provider,
        credential: Credential,
        config: Config,
    ) -> Result<Self, InvalidInput> {
        let base_url = config.server(provider)?;
        Ok(Self {
            provider,
            credential,
            config,
            base_url,
        })
    }

    /// Where its requests go.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// What a plan is bound to.
    #[must_use]
    pub fn binding(&self) -> Binding {
        Binding {
            provider: self.provider.name,
            base_url: self.base_url.to_string(),
            fingerprint: Some(self.credential.fingerprint(CONTEXT)),
        }
    }

    pub(crate) fn add_to(&self, clients: &mut Clients) -> Result<(), InvalidInput> {
        clients.add(self.provider, &self.credential, self.config.clone())
    }
}
