//! `prospect-delete doctor`: what is in force and where it comes from. Sends nothing but look-ups of names.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::ToSocketAddrs,
    time::Duration,
};

use clap::Args;
use prospect_delete_core::{BaseUrl, Clients, Config, Credential, PROVIDERS, Provider, Proxy};
use prospect_delete_engine::{Account, BATCH, Limits};
use serde::Serialize;

use crate::{
    config::{self, ConfigArgs, Configuration, Given},
    exit::{Exit, Failure},
    output::{self, Output},
    values::{self, MAX_ATTEMPTS, MAX_WAIT, TIMEOUT},
};

/// The time for looking up a name.
const LOOK_UP: Duration = Duration::from_secs(5);

/// As much of a key's digest as tells the keys of one person apart.
const FINGERPRINT_DIGITS: usize = 8;

const DEFAULT: &str = "default";

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete doctor\n\
    \x20 prospect-delete doctor --profile sandbox --output json")]
pub struct Doctor {}

/// What was found.
#[derive(Serialize)]
struct Findings {
    ok: bool,
    version: &'static str,
    configuration: Option<File>,
    /// Where the user's own would be, whether it is there or not.
    user_configuration: Option<String>,
    profile: Option<String>,
    settings: BTreeMap<&'static str, Setting>,
    providers: BTreeMap<&'static str, Provided>,
    /// Those that name a proxy in use.
    proxy_variables: BTreeSet<&'static str>,
    #[serde(skip)]
    unused_proxy_variables: Vec<&'static str>,
    tls: &'static str,
    problems: Problems,
}

#[derive(Serialize)]
struct File {
    path: String,
    origin: &'static str,
}

/// A value that is in force.
#[derive(Serialize)]
struct Setting {
    value: String,
    from: String,
}

#[derive(Serialize)]
struct Provided {
    settings: BTreeMap<&'static str, Setting>,
    key: Key,
    host: Host,
    /// Host and port of the proxy in front of it, without its user's name.
    proxy: Option<String>,
}

/// A key, of which nothing is shown but a digest.
#[derive(Serialize)]
struct Key {
    state: KeyState,
    from: Option<String>,
    fingerprint: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum KeyState {
    WellFormed,
    Unusable,
    NotSet,
}

#[derive(Serialize)]
struct Host {
    name: String,
    /// Nothing where it was not looked up.
    resolves: Option<bool>,
    finding: String,
}

#[derive(Serialize)]
struct Problem {
    exit_status: u8,
    problem: String,
}

/// What is wrong.
#[derive(Default, Serialize)]
struct Problems(Vec<Problem>);

impl Problems {
    fn push(&mut self, exit: Exit, problem: &impl ToString) {
        self.0.push(Problem {
            exit_status: exit as u8,
            problem: problem.to_string(),
        });
    }

    /// What was given and cannot be used comes before what the machine lacks.
    fn exit(&self) -> Exit {
        if self.0.is_empty() {
            Exit::Done
        } else if self
            .0
            .iter()
            .any(|problem| problem.exit_status == Exit::Usage as u8)
        {
            Exit::Usage
        } else {
            Exit::Internal
        }
    }
}

pub async fn run(choice: &ConfigArgs, output: &Output) -> Result<Exit, Failure> {
    let configuration = choice.load()?;
    let mut proxy_variables = BTreeSet::new();
    let mut problems = Problems::default();
    let mut look_ups = Vec::new();
    for provider in PROVIDERS {
        let server = match configuration.server(provider) {
            Ok(config) => config,
            Err(error) => {
                problems.push(Exit::Usage, &error);
                Config::new()
            }
        };
        let base_url = server.server(provider)?;
        let key = key(provider, &configuration, server, &mut problems);
        let settings = settings(provider, &configuration)?;
        let in_use = key.state != KeyState::NotSet || settings["base_url"].from != DEFAULT;
        let proxy = Proxy::of(&base_url);
        if let Some(proxy) = &proxy {
            proxy_variables.extend(proxy.variable());
            if in_use && !proxy.is_usable() {
                problems.push(Exit::Usage, &unusable(provider, proxy));
            }
        }
        let host = tokio::spawn(look_up(base_url, in_use));
        look_ups.push((provider, key, settings, proxy, host));
    }
    let mut providers = BTreeMap::new();
    for (provider, key, settings, proxy, host) in look_ups {
        let host = host
            .await
            .map_err(|_| Failure::internal("a host could not be looked up"))?;
        if host.resolves == Some(false) && proxy.is_none() {
            problems.push(
                Exit::Internal,
                &format!(
                    "{}: the host {} is not found ({}); see whether this machine is online, and whether base_url is right",
                    provider.name, host.name, host.finding
                ),
            );
        }
        let provided = Provided {
            settings,
            key,
            host,
            proxy: proxy.as_ref().map(ToString::to_string),
        };
        providers.insert(provider.name, provided);
    }
    let findings = Findings {
        ok: problems.0.is_empty(),
        version: env!("PROSPECT_DELETE_VERSION"),
        configuration: configuration.place.as_ref().map(|place| File {
            path: place.path.display().to_string(),
            origin: place.origin.as_str(),
        }),
        user_configuration: config::user_file().map(|path| path.display().to_string()),
        profile: configuration
            .profile
            .as_ref()
            .map(|profile| profile.name.clone()),
        settings: shared_settings(&configuration),
        providers,
        unused_proxy_variables: Proxy::variables()
            .into_iter()
            .filter(|name| !proxy_variables.contains(name))
            .collect(),
        proxy_variables,
        tls: if cfg!(feature = "rustls") {
            "rustls, with the certificates of this machine"
        } else {
            "the library of this machine"
        },
        problems,
    };
    if output.is_text() {
        output.text(&text(&findings))?;
    } else {
        output::json(&findings)?;
    }
    Ok(findings.problems.exit())
}

/// That no connection can be made through a proxy.
fn unusable(provider: &Provider, proxy: &Proxy) -> String {
    let from = proxy.variable().unwrap_or("the system's settings");
    format!(
        "{}: the proxy {proxy} ({from}) cannot be used; give one with http:// or https://",
        provider.name
    )
}

/// Reads the key, and sees that a client can be made with it.
fn key(
    provider: &'static Provider,
    configuration: &Configuration,
    server: Config,
    problems: &mut Problems,
) -> Key {
    let file_variable = format!("{}_FILE", provider.credential_variable);
    let from = if config::variable(provider.credential_variable).is_some() {
        Some(provider.credential_variable.to_owned())
    } else if config::variable(&file_variable).is_some() {
        Some(file_variable)
    } else {
        configuration
            .of(provider)
            .and_then(|settings| settings.credential.as_ref())
            .map(|given| format!("{}, {}", given.value.kind(), given.place))
    };
    if from.is_none() {
        return Key {
            state: KeyState::NotSet,
            from,
            fingerprint: None,
        };
    }
    let credential = match configuration.credential(provider) {
        Ok(credential) => credential,
        Err(error) => {
            problems.push(Exit::Usage, &error);
            return Key {
                state: KeyState::Unusable,
                from,
                fingerprint: None,
            };
        }
    };
    if let Err(error) = Clients::new().add(provider, &credential, server.clone()) {
        problems.push(Exit::Internal, &format!("{}: {error}", provider.name));
    }
    Key {
        state: KeyState::WellFormed,
        from,
        fingerprint: fingerprint(provider, credential, server),
    }
}

/// The beginning of what plans are bound to.
fn fingerprint(
    provider: &'static Provider,
    credential: Credential,
    server: Config,
) -> Option<String> {
    let mut digits = Account::new(provider, credential, server)
        .ok()?
        .binding()
        .fingerprint?;
    digits.truncate(FINGERPRINT_DIGITS);
    Some(digits)
}

fn settings(
    provider: &'static Provider,
    configuration: &Configuration,
) -> Result<BTreeMap<&'static str, Setting>, Failure> {
    let given = configuration.of(provider);
    let Limits { rate, concurrency } = configuration.limits(provider);
    let batch = given.and_then(|given| given.batch.as_ref());
    let base_url = configuration.server(provider).unwrap_or_default();
    let base_url_from = if config::variable(provider.base_url_variable).is_some() {
        provider.base_url_variable.to_owned()
    } else {
        from(given.and_then(|given| given.base_url.as_ref()))
    };
    Ok(BTreeMap::from([
        (
            "base_url",
            Setting {
                value: base_url.server(provider)?.to_string(),
                from: base_url_from,
            },
        ),
        (
            "rate",
            Setting {
                value: values::written(rate),
                from: from(given.and_then(|given| given.rate.as_ref())),
            },
        ),
        (
            "concurrency",
            Setting {
                value: concurrency.to_string(),
                from: from(given.and_then(|given| given.concurrency.as_ref())),
            },
        ),
        (
            "batch",
            Setting {
                value: batch.map_or(BATCH, |batch| batch.value).to_string(),
                from: from(batch),
            },
        ),
    ]))
}

fn shared_settings(configuration: &Configuration) -> BTreeMap<&'static str, Setting> {
    let profile = configuration.profile.as_ref();
    let timeout = profile.and_then(|profile| profile.timeout.as_ref());
    let attempts = profile.and_then(|profile| profile.max_attempts.as_ref());
    let wait = profile.and_then(|profile| profile.max_wait.as_ref());
    let reuse = profile.and_then(|profile| profile.reuse_connections.as_ref());
    let seconds = |given: Option<&Given<Duration>>, default: Duration| Setting {
        value: given
            .map_or(default, |given| given.value)
            .as_secs_f64()
            .to_string(),
        from: from(given),
    };
    BTreeMap::from([
        ("timeout", seconds(timeout, TIMEOUT)),
        ("max_wait", seconds(wait, MAX_WAIT)),
        (
            "max_attempts",
            Setting {
                value: attempts
                    .map_or(MAX_ATTEMPTS, |given| given.value)
                    .to_string(),
                from: from(attempts),
            },
        ),
        (
            "reuse_connections",
            Setting {
                value: reuse.is_some_and(|given| given.value).to_string(),
                from: from(reuse),
            },
        ),
    ])
}

fn from<T>(given: Option<&Given<T>>) -> String {
    given.map_or(DEFAULT, |given| &given.place).to_owned()
}

/// Asks the system for the addresses of a host that is in use, and connects to none.
async fn look_up(base_url: BaseUrl, in_use: bool) -> Host {
    let authority = base_url.authority().to_owned();
    if !in_use {
        return Host {
            name: authority,
            resolves: None,
            finding: "not looked up, since neither a key nor an address is given".to_owned(),
        };
    }
    let with_port = match authority.rsplit_once(':') {
        Some((_, port)) if port.parse::<u16>().is_ok() => authority.clone(),
        _ => format!("{authority}:443"),
    };
    let addresses =
        tokio::task::spawn_blocking(move || with_port.to_socket_addrs().map(Iterator::count));
    let (resolves, finding) = match tokio::time::timeout(LOOK_UP, addresses).await {
        Ok(Ok(Ok(count))) if count > 0 => (true, format!("found, {count} addresses")),
        Ok(Ok(Ok(_))) => (false, "it has no address".to_owned()),
        Ok(Ok(Err(error))) => (false, error.to_string()),
        Ok(Err(error)) => (false, error.to_string()),
        Err(_) => (false, format!("no answer within {} s", LOOK_UP.as_secs())),
    };
    Host {
        name: authority,
        resolves: Some(resolves),
        finding,
    }
}

/// The findings for people.
fn text(findings: &Findings) -> String {
    let mut lines = vec![format!("prospect-delete {}", findings.version)];
    match &findings.configuration {
        Some(file) => lines.push(format!("configuration  {} ({})", file.path, file.origin)),
        None => lines.push(format!(
            "configuration  none: no {} here or above{}",
            config::FILE_NAME,
            findings
                .user_configuration
                .as_ref()
                .map_or_else(String::new, |path| format!(", and no {path}"))
        )),
    }
    lines.push(format!(
        "profile        {}",
        findings.profile.as_deref().unwrap_or("none")
    ));
    for (name, setting) in &findings.settings {
        lines.push(format!("{name:<14} {} ({})", setting.value, setting.from));
    }
    lines.push(format!("TLS            {}", findings.tls));
    if !findings.unused_proxy_variables.is_empty() {
        lines.push(format!(
            "proxy          {} is set and not used: it names no proxy for HTTP, or none is needed for these hosts",
            findings.unused_proxy_variables.join(", ")
        ));
    }
    for (provider, found) in &findings.providers {
        let Key {
            state,
            from,
            fingerprint,
        } = &found.key;
        let from = from.as_deref().unwrap_or_default();
        let key = match (state, fingerprint) {
            (KeyState::WellFormed, Some(digits)) => {
                format!("well-formed, fingerprint {digits} ({from})")
            }
            (KeyState::WellFormed, None) => format!("well-formed ({from})"),
            (KeyState::Unusable, _) => format!("unusable ({from})"),
            (KeyState::NotSet, _) => "not set".to_owned(),
        };
        lines.push(format!("\n{provider}"));
        lines.push(format!("  key          {key}"));
        for (name, setting) in &found.settings {
            lines.push(format!("  {name:<12} {} ({})", setting.value, setting.from));
        }
        lines.push(format!(
            "  host         {}: {}",
            found.host.name, found.host.finding
        ));
        if let Some(proxy) = &found.proxy {
            lines.push(format!("  proxy        {proxy}; it looks the host up too"));
        }
    }
    lines.push(String::new());
    let keys = findings
        .providers
        .values()
        .filter(|found| found.key.state != KeyState::NotSet);
    if findings.problems.0.is_empty() {
        lines.push(if keys.count() == 0 {
            "No key is set. For each provider to delete from, set its variable or name a source in a profile."
                .to_owned()
        } else {
            "No problem was found. Whether a provider takes a key shows only when something is deleted."
                .to_owned()
        });
    } else {
        lines.push("To mend:".to_owned());
        for Problem { problem, .. } in &findings.problems.0 {
            lines.push(format!("  {problem}"));
        }
    }
    lines.join("\n")
}
