//! The command line as a whole. Each command's own arguments stand in its own module.

use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use prospect_delete_core::{BaseUrl, Config, InvalidInput, PROVIDERS, Provider, RetryPolicy};

use crate::{
    cmd_apply, cmd_check, cmd_demo, cmd_extrovert, cmd_forget, cmd_nlpearl, cmd_plan, cmd_report,
    cmd_sandbox, cmd_schema, cmd_status, cmd_unleashx, cmd_woodpecker,
};

/// No attempt is given longer than a day.
const LONGEST_SECONDS: f64 = 24.0 * 60.0 * 60.0;

/// Deletes people from sales-outreach platforms and tells the truth about what happened
#[derive(Debug, Parser)]
#[command(
    name = "prospect-delete",
    version,
    max_term_width = 100,
    subcommand_required = true
)]
#[command(
    after_help = "Exit status: 0 all deleted or accepted · 1 internal or I/O · 2 usage or invalid input · \
    3 some rejected or not sent · 4 some unknown · 5 refused by a guard, nothing sent · 130 interrupted"
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t)]
    pub output: OutputFormat,

    /// Log requests to standard error, without keys or people; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// Write results and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run every operation against a sandbox in this process, and check what it deleted
    Demo(cmd_demo::Demo),
    /// Serve a stand-in for all four providers on this machine, until stopped
    Sandbox(cmd_sandbox::Sandbox),
    /// Delete prospects from Extrovert
    #[command(subcommand)]
    Extrovert(cmd_extrovert::Extrovert),
    /// Delete leads from NLPearl
    #[command(subcommand)]
    Nlpearl(cmd_nlpearl::Nlpearl),
    /// Delete a client company's prospects from Woodpecker
    #[command(subcommand)]
    Woodpecker(cmd_woodpecker::Woodpecker),
    /// Delete audience records from UnleashX
    #[command(subcommand)]
    Unleashx(cmd_unleashx::Unleashx),
    /// Read lists, check and group them, and write a run to review; nothing is sent
    Plan(cmd_plan::Plan),
    /// Send what a plan says and nothing else; continues where it stopped
    Apply(cmd_apply::Apply),
    /// Say how a run stands, by provider and outcome
    Status(cmd_status::Status),
    /// Write what became of every target of a run
    Report(cmd_report::Report),
    /// Replace the identifiers in a run by keyed hashes
    Forget(cmd_forget::Forget),
    /// Say which entries of a list were in a run, and how they ended
    Check(cmd_check::Check),
    /// Print the JSON Schema of an output, for programs that read it
    Schema(cmd_schema::Schema),
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// Flags of every command that sends.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sending")]
pub struct Sending {
    /// Time for one attempt; what takes longer is given up and reported as unknown
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = positive_seconds)]
    timeout: Duration,

    /// The most attempts for one request; 1 means no retry
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    max_attempts: u32,

    /// The longest wait between two attempts; a server that asks for a longer one is not tried again
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    max_wait: Duration,

    #[command(flatten)]
    addresses: Addresses,
}

impl Sending {
    /// The settings for one provider. The flag wins over the environment.
    pub fn config(&self, provider: &'static Provider) -> Result<Config, InvalidInput> {
        let config = self.addresses.config(provider)?;
        Ok(config.timeout(self.timeout).retry(self.retry()))
    }

    /// When a request is sent again.
    pub fn retry(&self) -> RetryPolicy {
        RetryPolicy::new()
            .max_attempts(self.max_attempts)
            .max_wait(self.max_wait)
    }
}

/// Where requests go.
#[derive(Debug, Args)]
pub struct Addresses {
    /// Send to another server; the paths stay the provider's
    #[arg(long, value_name = "PROVIDER=URL", value_parser = provider_address)]
    base_url: Vec<(&'static Provider, BaseUrl)>,
}

impl Addresses {
    /// The server of one provider. The flag wins over the environment.
    pub fn config(&self, provider: &'static Provider) -> Result<Config, InvalidInput> {
        let flag = self.base_url.iter().rfind(|(named, _)| *named == provider);
        match flag {
            Some((_, base_url)) => Ok(Config::new().base_url(base_url.clone())),
            None => Config::from_env(provider),
        }
    }
}

/// Flags of every command that deletes at once.
#[derive(Debug, Args)]
pub struct Deleting {
    /// Print the exact request, without the key, and send nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask; not enough to delete a whole scope
    #[arg(short, long)]
    pub yes: bool,

    /// Name what is deleted, as the dry run does; needed for a whole scope
    #[arg(long, value_name = "TARGET")]
    pub confirm: Option<String>,

    /// How to send.
    #[command(flatten)]
    pub sending: Sending,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.0..=LONGEST_SECONDS).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("give seconds, at most {LONGEST_SECONDS}"))
}

fn positive_seconds(text: &str) -> Result<Duration, String> {
    seconds(text)?
        .checked_sub(Duration::from_nanos(1))
        .map_or_else(
            || Err("give more than 0 seconds".to_owned()),
            |_| seconds(text),
        )
}

fn provider_address(text: &str) -> Result<(&'static Provider, BaseUrl), String> {
    per_provider(text, |url| {
        url.parse().map_err(|error: InvalidInput| error.to_string())
    })
}

/// Reads `PROVIDER=VALUE`.
pub fn per_provider<T>(
    text: &str,
    value: impl FnOnce(&str) -> Result<T, String>,
) -> Result<(&'static Provider, T), String> {
    let names = || {
        PROVIDERS
            .iter()
            .map(|provider| provider.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (name, text) = text.split_once('=').ok_or("write it as PROVIDER=VALUE")?;
    let provider = PROVIDERS
        .iter()
        .find(|provider| provider.name == name)
        .ok_or_else(|| format!("there is no such provider; the providers are {}", names()))?;
    Ok((provider, value(text)?))
}
