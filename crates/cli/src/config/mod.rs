//! The configuration: which file it is read from, which of its profiles is in force, and what is used where
//! it says nothing.
//!
//! A value is taken from the first of these that has it: a flag, the environment, the profile, the program.

mod credential_source;
mod file;
mod place;

use std::{env, path::PathBuf};

use clap::Args;
use prospect_delete_core::{Config, Credential, InvalidInput, Provider};
use prospect_delete_engine::Limits;

pub use self::{
    file::{Given, Profile, ProviderSettings},
    place::{CONFIG_VARIABLE, FILE_NAME, Place, user_file},
};
use crate::{
    exit::Failure,
    output::{self, Output},
    paste,
};

/// The profile that is in force where none is named.
const DEFAULT_PROFILE: &str = "default";

/// Names the profile, where the flag does not.
pub const PROFILE_VARIABLE: &str = "PROSPECT_DELETE_PROFILE";

/// Which configuration is asked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigArgs {
    #[arg(long, global = true, value_name = "FILE", help = format!("Read this configuration, and look for no other [env: {CONFIG_VARIABLE}]"))]
    config: Option<PathBuf>,

    #[arg(long, global = true, value_name = "NAME", help = format!("Use this profile of the configuration [env: {PROFILE_VARIABLE}] [default: {DEFAULT_PROFILE}]"))]
    profile: Option<String>,
}

/// What is in force beside flags and the environment.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The file it was read from.
    pub place: Option<Place>,
    /// The profile of that file.
    pub profile: Option<Profile>,
}

impl ConfigArgs {
    /// The flags that made this choice, for a command that has to make it again.
    pub fn typed(&self) -> Vec<String> {
        let config = self.config.as_deref().map(paste::path);
        let flags = [("--config", config), ("--profile", self.profile.clone())];
        flags
            .into_iter()
            .filter_map(|(flag, value)| Some([flag.to_owned(), value?]))
            .flatten()
            .collect()
    }

    /// Finds and reads the configuration.
    pub fn load(&self) -> Result<Configuration, Failure> {
        let named = self
            .config
            .clone()
            .or_else(|| variable(CONFIG_VARIABLE).map(PathBuf::from));
        let chosen = match &self.profile {
            Some(name) => Some(name.clone()),
            None => match variable(PROFILE_VARIABLE).map(std::ffi::OsString::into_string) {
                None => None,
                Some(Ok(name)) => Some(name),
                Some(Err(_)) => {
                    return Err(Failure::usage(format!(
                        "{PROFILE_VARIABLE}: is not text; give the name of a profile"
                    )));
                }
            },
        };
        let Some((place, text)) = place::find(named)? else {
            return match chosen {
                None => Ok(Configuration::default()),
                Some(name) => Err(Failure::usage(format!(
                    "there is no configuration with a profile {name:?}; name one with --config, or write {} here{}",
                    FILE_NAME,
                    user_file().map_or_else(String::new, |path| format!(" or {}", path.display())),
                ))),
            };
        };
        let name = chosen.as_deref().unwrap_or(DEFAULT_PROFILE);
        let profile = file::read(&place, &text, name, chosen.is_some())?;
        Ok(Configuration {
            place: Some(place),
            profile,
        })
    }
}

impl Configuration {
    /// What the profile says about a provider.
    pub fn of(&self, provider: &Provider) -> Option<&ProviderSettings> {
        self.profile
            .as_ref()
            .and_then(|profile| profile.providers.get(provider.name))
    }

    /// Where requests to a provider go, unless a flag says otherwise.
    pub fn server(&self, provider: &Provider) -> Result<Config, InvalidInput> {
        let config = Config::from_env(provider)?;
        let given = self
            .of(provider)
            .and_then(|settings| settings.base_url.as_ref());
        Ok(match given {
            Some(base_url) if config.other_server().is_none() => {
                config.with_base_url(base_url.value.clone())
            }
            _ => config,
        })
    }

    /// The key of a provider. That of the environment wins.
    pub fn credential(&self, provider: &Provider) -> Result<Credential, InvalidInput> {
        let given = self
            .of(provider)
            .and_then(|settings| settings.credential.as_ref());
        match given {
            Some(source) if !Credential::is_set(provider) => source.value.read(&source.place),
            None if !Credential::is_set(provider) => {
                let name = provider.credential_variable;
                Err(InvalidInput::new(
                    name,
                    format!(
                        "is not set; put the {} key there, or its file's path in {name}_FILE, or say in {FILE_NAME} where it is; `prospect-delete doctor` shows what is found",
                        provider.name
                    ),
                ))
            }
            _ => Credential::from_env(provider),
        }
    }

    /// How fast requests go to a provider, unless a flag says otherwise.
    pub fn limits(&self, provider: &Provider) -> Limits {
        let mut limits = provider.limits;
        let settings = self.of(provider);
        if let Some(rate) = settings.and_then(|settings| settings.rate.as_ref()) {
            limits.rate = rate.value;
        }
        if let Some(concurrency) = settings.and_then(|settings| settings.concurrency.as_ref()) {
            limits.concurrency = concurrency.value;
        }
        limits
    }

    /// Says where the environment wins over the profile, which may not be what was meant: a key of one
    /// account and the address of another.
    pub fn tell_overridden(&self, providers: &[&'static Provider], output: &Output) {
        if !output.is_text() || output.is_quiet() {
            return;
        }
        for provider in providers {
            let Some(settings) = self.of(provider) else {
                continue;
            };
            if let Some(given) = &settings.credential
                && Credential::is_set(provider)
            {
                output::notice(&format!(
                    "note: the {} key of the environment wins over that of {}",
                    provider.name, given.place
                ));
            }
            if let Some(given) = &settings.base_url
                && variable(provider.base_url_variable).is_some()
            {
                output::notice(&format!(
                    "note: {} wins over the base_url of {}",
                    provider.base_url_variable, given.place
                ));
            }
        }
    }
}

/// A variable that is set. An empty one counts as none, as for keys.
pub fn variable(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use prospect_delete_core::nlpearl;
    use prospect_delete_engine::Rate;

    use super::{place::Origin, *};

    #[test]
    fn limits_are_those_of_the_profile_and_else_the_providers() {
        let limits = |text: &str| {
            let place = Place {
                path: PathBuf::from("/folder/prospect-delete.toml"),
                origin: Origin::User,
            };
            let profile = file::read(&place, text, DEFAULT_PROFILE, false).expect("it is right");
            let configuration = Configuration {
                place: Some(place),
                profile,
            };
            configuration.limits(&nlpearl::PROVIDER)
        };
        let two = NonZeroU32::new(2).unwrap();
        let usual = nlpearl::PROVIDER.limits;
        assert_eq!(limits("[profiles.other.nlpearl]\nrate = \"2/s\""), usual);
        assert_eq!(
            limits("[profiles.default.nlpearl]\nrate = \"2/min\""),
            Limits {
                rate: Rate::per_minute(two),
                ..usual
            }
        );
        assert_eq!(
            limits("[profiles.default.nlpearl]\nconcurrency = 2"),
            Limits {
                concurrency: two,
                ..usual
            }
        );
    }
}
