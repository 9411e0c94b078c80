//! Connects to the sandbox, with its keys.

use prospect_delete_core::{
    Clients, Config, Credential, InvalidInput, Provider, extrovert, nlpearl, unleashx, woodpecker,
};
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
pub(super) fn keys(sandbox: &Sandbox) -> [(&'static Provider, &str); 4] {
    let keys = sandbox.credentials();
    [
        (&extrovert::PROVIDER, &keys.extrovert),
        (&nlpearl::PROVIDER, &keys.nlpearl),
        (&woodpecker::PROVIDER, &keys.woodpecker),
        (&unleashx::PROVIDER, &keys.unleashx),
    ]
}
