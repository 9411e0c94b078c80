//! The accounts that runs are planned for and applied with.

use prospect_delete_core::{InvalidInput, PROVIDERS, Provider};
use prospect_delete_engine::{Account, Binding};

use crate::{
    arguments::{Addresses, Sending},
    config::Configuration,
    exit::Failure,
};

/// The account that a plan of this provider is bound to.
pub fn to_plan(
    provider: &'static Provider,
    addresses: &Addresses,
    configuration: &Configuration,
) -> Result<Account, InvalidInput> {
    Account::new(
        provider,
        configuration.credential(provider)?,
        addresses.config(provider, configuration)?,
    )
}

/// The accounts of a plan, with the keys and addresses that are given now. An address that is not given
/// is the plan's.
pub fn to_apply(
    bindings: &[Binding],
    sending: &Sending,
    configuration: &Configuration,
) -> Result<Vec<Account>, Failure> {
    let mut accounts = Vec::new();
    for binding in bindings {
        let Some(provider) = PROVIDERS
            .iter()
            .find(|provider| provider.name == binding.provider)
        else {
            continue;
        };
        let mut config = sending.config(provider, configuration)?;
        if config.other_server().is_none() {
            config = config.with_base_url(binding.base_url.parse()?);
        }
        accounts.push(Account::new(
            provider,
            configuration.credential(provider)?,
            config,
        )?);
    }
    Ok(accounts)
}
