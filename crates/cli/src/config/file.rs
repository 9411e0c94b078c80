//! What a configuration may say. Everything else is refused, with its line and what to write instead.
//!
//! No message shows a value, or a piece of the file: a key may have been written there.

use std::{collections::BTreeMap, num::NonZeroU32, ops::Range, time::Duration};

use prospect_delete_core::{BaseUrl, PROVIDERS, Provider};
use prospect_delete_engine::Rate;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    credential_source::CredentialSource,
    place::{Origin, Place, user_file},
};
use crate::{
    exit::Failure,
    values::{self, suggestion},
};

const FILE_FIELDS: [&str; 1] = ["profiles"];
const PROFILE_FIELDS: [&str; 4] = ["timeout", "max_attempts", "max_wait", "reuse_connections"];
const PROVIDER_FIELDS: [&str; 5] = ["base_url", "rate", "concurrency", "batch", "credential"];
const CREDENTIAL_FIELDS: [&str; 3] = ["env", "file", "command"];

/// The ways to say where a key is.
const CREDENTIAL_WAYS: &str = r#"credential = { env = "VARIABLE" }, { file = "PATH" } or { command = ["PROGRAM", "ARGUMENT"] }"#;

/// A value, and where the file has it, as `FILE:LINE`.
#[derive(Debug)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: String,
}

/// One set of settings.
#[derive(Debug, Default)]
pub struct Profile {
    /// Its name in the file.
    pub name: String,
    /// The time for one attempt.
    pub timeout: Option<Given<Duration>>,
    /// The most attempts for one request.
    pub max_attempts: Option<Given<u32>>,
    /// The longest wait between two attempts.
    pub max_wait: Option<Given<Duration>>,
    /// Whether requests that name ids share connections.
    pub reuse_connections: Option<Given<bool>>,
    /// What holds for one provider, by its name.
    pub providers: BTreeMap<&'static str, ProviderSettings>,
}

/// What holds for one provider.
#[derive(Debug, Default)]
pub struct ProviderSettings {
    /// Where requests go.
    pub base_url: Option<Given<BaseUrl>>,
    /// Requests in a time.
    pub rate: Option<Given<Rate>>,
    /// Requests at a time.
    pub concurrency: Option<Given<NonZeroU32>>,
    /// Targets that one request names.
    pub batch: Option<Given<usize>>,
    /// Where the key is.
    pub credential: Option<Given<CredentialSource>>,
}

/// Reads a file, all of it, and gives one of its profiles. One that was asked for must be there.
pub fn read(
    place: &Place,
    text: &str,
    name: &str,
    asked_for: bool,
) -> Result<Option<Profile>, Failure> {
    let reader = Reader { place, text };
    let document = DeTable::parse(text).map_err(|error| {
        // Its own form shows the line that it stumbled over.
        let why = error.message().lines().next().unwrap_or_default();
        reader.refuse(
            &error.span().unwrap_or_default(),
            &format!("is no TOML: {why}"),
        )
    })?;
    let document = document.into_inner();
    reader.check_fields(&document, "", &FILE_FIELDS)?;
    let mut profiles = BTreeMap::new();
    if let Some(given) = document.get("profiles") {
        for (name, given) in reader.table("profiles", given)? {
            let name = name.get_ref().as_ref();
            profiles.insert(name, reader.profile(name, given)?);
        }
    }
    let names: Vec<_> = profiles.keys().copied().collect();
    match profiles.remove(name) {
        Some((profile, restricted)) => {
            if let Some(refusal) = restricted {
                return Err(refusal);
            }
            Ok(Some(profile))
        }
        None if asked_for => Err(Failure::usage(format!(
            "{}: there is no profile {name:?}{}; its profiles: {}",
            place.path.display(),
            suggestion(name, names.iter().copied()),
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            },
        ))),
        None => Ok(None),
    }
}

struct Reader<'a> {
    place: &'a Place,
    text: &'a str,
}

/// A profile, and why it may not be used, where it may not.
type Checked = (Profile, Option<Failure>);

impl Reader<'_> {
    fn at(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        format!("{}:{line}", self.place.path.display())
    }

    fn refuse(&self, span: &Range<usize>, why: &str) -> Failure {
        Failure::usage(format!("{}: {why}", self.at(span)))
    }

    fn table<'t>(
        &self,
        name: &str,
        given: &'t Spanned<DeValue<'_>>,
    ) -> Result<&'t DeTable<'t>, Failure> {
        given.get_ref().as_table().ok_or_else(|| {
            self.refuse(
                &given.span(),
                &format!("{name}: has fields of its own; write it as a table"),
            )
        })
    }

    /// Refuses what nobody would read. `within` names the table, with a dot at its end.
    fn check_fields(
        &self,
        table: &DeTable<'_>,
        within: &str,
        known: &[&str],
    ) -> Result<(), Failure> {
        let unknown = table
            .keys()
            .filter(|field| !known.contains(&field.get_ref().as_ref()))
            .min_by_key(|field| field.span().start);
        let Some(field) = unknown else {
            return Ok(());
        };
        let name = field.get_ref().as_ref();
        let why = if names_a_key(name) {
            format!(
                "{within}{name}: a key does not belong in this file; take it out, and in the provider's table say where it is kept: {CREDENTIAL_WAYS}"
            )
        } else if within.is_empty() {
            format!(
                "{name}: there is no such field{}; everything stands in profiles: [profiles.default] or [profiles.default.{}]",
                suggestion(name, known.iter().copied()),
                PROVIDERS
                    .iter()
                    .map(|provider| provider.name)
                    .find(|provider| *provider == name)
                    .unwrap_or("PROVIDER")
            )
        } else {
            format!(
                "{within}{name}: there is no such field{}; the fields here: {}",
                suggestion(name, known.iter().copied()),
                known.join(", ")
            )
        };
        Err(self.refuse(&field.span(), &why))
    }

    fn profile(&self, name: &str, given: &Spanned<DeValue<'_>>) -> Result<Checked, Failure> {
        let within = format!("profiles.{name}");
        let table = self.table(&within, given)?;
        let within = format!("{within}.");
        let known: Vec<_> = PROFILE_FIELDS
            .into_iter()
            .chain(PROVIDERS.iter().map(|provider| provider.name))
            .collect();
        self.check_fields(table, &within, &known)?;
        let value = |field| self.value(table, &within, field);
        let mut profile = Profile {
            name: name.to_owned(),
            timeout: value("timeout").read("seconds", |value| {
                number(value).map(|text| values::positive_seconds(&text))
            })?,
            max_attempts: value("max_attempts").read("a number", |value| {
                number(value).map(|text| {
                    text.parse()
                        .ok()
                        .filter(|attempts| *attempts > 0)
                        .ok_or_else(|| "give a number above 0".to_owned())
                })
            })?,
            max_wait: value("max_wait").read("seconds", |value| {
                number(value).map(|text| values::seconds(&text))
            })?,
            reuse_connections: value("reuse_connections")
                .read("true or false", |value| value.as_bool().map(Ok))?,
            providers: BTreeMap::new(),
        };
        let mut refusal = None;
        for provider in PROVIDERS {
            if let Some(given) = table.get(provider.name) {
                let settings = self.provider(&within, provider, given)?;
                refusal = refusal.or_else(|| self.restriction(provider, &settings));
                profile.providers.insert(provider.name, settings);
            }
        }
        Ok((profile, refusal))
    }

    fn provider(
        &self,
        within: &str,
        provider: &Provider,
        given: &Spanned<DeValue<'_>>,
    ) -> Result<ProviderSettings, Failure> {
        let within = format!("{within}{}", provider.name);
        let table = self.table(&within, given)?;
        let within = format!("{within}.");
        self.check_fields(table, &within, &PROVIDER_FIELDS)?;
        let value = |field| self.value(table, &within, field);
        Ok(ProviderSettings {
            base_url: value("base_url").read("text", |value| {
                value.as_str().map(|url| {
                    url.parse()
                        .map_err(|error: prospect_delete_core::InvalidInput| error.to_string())
                })
            })?,
            rate: value("rate").read("text", |value| value.as_str().map(values::rate))?,
            concurrency: value("concurrency").read("a number", |value| {
                number(value).map(|text| values::concurrency(&text))
            })?,
            batch: value("batch").read("a number", |value| {
                number(value).map(|text| values::batch(&text))
            })?,
            credential: table
                .get("credential")
                .map(|given| self.credential(&within, given))
                .transpose()?,
        })
    }

    fn credential(
        &self,
        within: &str,
        given: &Spanned<DeValue<'_>>,
    ) -> Result<Given<CredentialSource>, Failure> {
        let ways = |why: &str| {
            self.refuse(
                &given.span(),
                &format!("{within}credential: {why}: {CREDENTIAL_WAYS}"),
            )
        };
        let Some(table) = given.get_ref().as_table() else {
            return Err(ways(
                "a key does not belong in this file; take it out, and say where it is kept",
            ));
        };
        let within = format!("{within}credential.");
        self.check_fields(table, &within, &CREDENTIAL_FIELDS)?;
        if table.len() != 1 {
            return Err(ways("give one source"));
        }
        let value = |field| self.value(table, &within, field);
        let variable = value("env").read("text", |value| {
            value.as_str().map(|name| {
                if is_variable(name) {
                    Ok(CredentialSource::Variable(name.to_owned()))
                } else {
                    Err("give the name of a variable, not a key".to_owned())
                }
            })
        })?;
        let folder = self.place.folder();
        let file = value("file").read("text", |value| {
            value.as_str().map(|path| {
                if path.is_empty() {
                    Err("give the path of a file".to_owned())
                } else {
                    Ok(CredentialSource::File(folder.join(path)))
                }
            })
        })?;
        let command = value("command").read("a list of texts, for there is no shell", |value| {
            let words: Vec<_> = value
                .as_array()?
                .iter()
                .map(|word| word.get_ref().as_str().map(ToOwned::to_owned))
                .collect::<Option<_>>()?;
            Some(if words.first().is_none_or(String::is_empty) {
                Err("give a program and its arguments".to_owned())
            } else {
                Ok(CredentialSource::Command(words, folder.to_owned()))
            })
        })?;
        variable
            .or(file)
            .or(command)
            .ok_or_else(|| ways("give one source"))
    }

    /// What a configuration that nobody named may not do: it may be of a folder that was copied, and a
    /// person who only looks around in it must not lose a key.
    fn restriction(&self, provider: &Provider, settings: &ProviderSettings) -> Option<Failure> {
        if self.place.origin != Origin::Found {
            return None;
        }
        let (place, what) = match settings {
            ProviderSettings {
                credential:
                    Some(Given {
                        value: CredentialSource::Command(..),
                        place,
                    }),
                ..
            } => (place, "may not have a command run"),
            ProviderSettings {
                base_url: Some(Given { value, place }),
                ..
            } if !value.is_loopback() && provider.base_url.parse().ok().as_ref() != Some(value) => {
                (place, "may not have keys sent to another host")
            }
            _ => return None,
        };
        let user_file = user_file().map_or_else(String::new, |path| {
            format!(", or make it {}", path.display())
        });
        Some(Failure::usage(format!(
            "{place}: a configuration that is only found {what}; if it is yours, name it with --config {file} or PROSPECT_DELETE_CONFIG{user_file}",
            file = self.place.path.display(),
        )))
    }

    fn value<'t>(&'t self, table: &'t DeTable<'t>, within: &'t str, field: &'t str) -> Value<'t> {
        Value {
            reader: self,
            name: format!("{within}{field}"),
            given: table.get(field),
        }
    }
}

/// What a field holds, if it is there.
struct Value<'t> {
    reader: &'t Reader<'t>,
    name: String,
    given: Option<&'t Spanned<DeValue<'t>>>,
}

impl Value<'_> {
    /// Reads it. `meaning` gives nothing for a value of the wrong kind.
    fn read<T>(
        &self,
        kind: &str,
        meaning: impl FnOnce(&DeValue<'_>) -> Option<Result<T, String>>,
    ) -> Result<Option<Given<T>>, Failure> {
        let Some(given) = self.given else {
            return Ok(None);
        };
        let refuse = |why: &str| {
            self.reader
                .refuse(&given.span(), &format!("{}: {why}", self.name))
        };
        match meaning(given.get_ref()) {
            Some(Ok(value)) => Ok(Some(Given {
                value,
                place: self.reader.at(&given.span()),
            })),
            Some(Err(why)) => Err(refuse(&why)),
            None => Err(refuse(&format!("give {kind}"))),
        }
    }
}

/// A number as the command line would have it.
fn number(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        DeValue::Float(number) => Some(number.as_str().replace('_', "")),
        _ => None,
    }
}

/// Whether a field of this name would hold a key.
fn names_a_key(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    ["key", "token", "secret", "passw", "bearer", "authorization"]
        .iter()
        .any(|word| field.contains(word))
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
