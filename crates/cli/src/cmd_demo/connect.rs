//! Connects to the sandbox, with its keys.

use prospect_delete_core::{Clients, Config, Credential, InvalidInput, PROVIDERS, Provider};
use prospect_delete_sandbox::Sandbox;

pub(super) fn clients(sandbox: &Sandbox) -> Result<Clients, InvalidInput> {
    let mut clients = Clients::new();
    for (provider, key) in keys(sandbox) {
        let config = Config::new().with_base_url(sandbox.base_url().parse()?);
        clients.add(provider, &Credential::new(key)?, config)?;
    }
    Ok(clients)
}

/// The sandbox's key for each provider.
pub(super) fn keys(sandbox: &Sandbox) -> impl Iterator<Item = (&'static Provider, &str)> {
    PROVIDERS.iter().map(|provider| {
        let key = sandbox.credentials().named(provider.name);
        (*provider, key.expect("the sandbox has every provider"))
    })
}
