//! The command line as a whole. Each command's own arguments are in its own module.

use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use prospect_delete_core::{BaseUrl, Config, InvalidInput, Provider, RetryPolicy};

use crate::{
    cmd_apply, cmd_check, cmd_completions, cmd_demo, cmd_doctor, cmd_forget, cmd_man, cmd_plan,
    cmd_provider, cmd_report, cmd_sandbox, cmd_schema, cmd_status,
    config::{ConfigArgs, Configuration},
    output::OutputFormat,
    values::{MAX_ATTEMPTS, MAX_WAIT, TIMEOUT, per_provider, positive_seconds, seconds},
};

/// Deletes people from sales-outreach platforms and tells the truth about what happened
#[derive(Debug, Parser)]
#[command(
    name = "prospect-delete",
    version = env!("PROSPECT_DELETE_VERSION"),
    max_term_width = 100,
    subcommand_required = true
)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete demo\n\
    \x20 prospect-delete nlpearl delete-leads --pearl-id 66b2f0c4a1d3e5f708192a3b 66b2f0c4a1d3e5f708190001 --dry-run\n\
    \x20 prospect-delete plan list.csv --out run.db\n\
    \x20 prospect-delete apply run.db\n\n\
    Exit status: 0 all deleted or accepted · 1 internal or I/O · 2 usage or invalid input · \
    3 some rejected or not sent · 4 some unknown · 5 refused by a guard, nothing sent · 130 interrupted")]
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

    /// Where settings come from.
    #[command(flatten)]
    pub choice: ConfigArgs,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run every operation against a sandbox in this process, and check what it deleted
    Demo(cmd_demo::Demo),
    /// Serve a stand-in for every provider on this machine, until stopped
    Sandbox(cmd_sandbox::Sandbox),
    /// Delete from one provider.
    #[command(flatten)]
    Provider(cmd_provider::Command),
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
    /// Say which configuration, keys and hosts are in force; deletes nothing, and sends nothing to a provider
    Doctor(cmd_doctor::Doctor),
    /// Write what makes a shell complete this program's commands
    Completions(cmd_completions::Completions),
    /// Write the manual
    Man(cmd_man::Man),
    /// Print the JSON Schema of an output, for programs that read it
    Schema(cmd_schema::Schema),
}

/// Flags of every command that sends.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sending")]
pub struct Sending {
    #[arg(long, value_name = "SECONDS", value_parser = positive_seconds, help = format!(
        "Time for one attempt; what takes longer is given up and reported as unknown [default: {}]",
        TIMEOUT.as_secs()
    ))]
    timeout: Option<Duration>,

    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help = format!(
        "The most attempts for one request; 1 means no retry [default: {MAX_ATTEMPTS}]"
    ))]
    max_attempts: Option<u32>,

    #[arg(long, value_name = "SECONDS", value_parser = seconds, help = format!(
        "The longest wait between two attempts; a server that asks for a longer one is not tried again \
        [default: {}]",
        MAX_WAIT.as_secs()
    ))]
    max_wait: Option<Duration>,

    /// Let requests that name ids share connections, which saves handshakes; an answer that a server or a proxy sends
    /// twice is then taken for that to the next request. Requests for a scope never share one
    #[arg(
        long,
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = clap::builder::BoolValueParser::new(),
        hide_possible_values = true
    )]
    reuse_connections: Option<bool>,

    #[command(flatten)]
    addresses: Addresses,
}

impl Sending {
    /// The settings for one provider. The flag wins over the environment, and that over the configuration.
    pub fn config(
        &self,
        provider: &'static Provider,
        configuration: &Configuration,
    ) -> Result<Config, InvalidInput> {
        let config = self.addresses.config(provider, configuration)?;
        let timeout = self
            .timeout
            .or_else(|| Some(configuration.profile.as_ref()?.timeout.as_ref()?.value));
        let reuse = self.reuse_connections.or_else(|| {
            let profile = configuration.profile.as_ref()?;
            Some(profile.reuse_connections.as_ref()?.value)
        });
        Ok(config
            .with_timeout(timeout.unwrap_or(TIMEOUT))
            .with_reuse_connections(reuse.unwrap_or_default())
            .with_retry(self.retry(configuration)))
    }

    /// When a request is sent again.
    pub fn retry(&self, configuration: &Configuration) -> RetryPolicy {
        let profile = configuration.profile.as_ref();
        let attempts = self
            .max_attempts
            .or_else(|| Some(profile?.max_attempts.as_ref()?.value));
        let wait = self
            .max_wait
            .or_else(|| Some(profile?.max_wait.as_ref()?.value));
        RetryPolicy::new()
            .with_max_attempts(attempts.unwrap_or(MAX_ATTEMPTS))
            .with_max_wait(wait.unwrap_or(MAX_WAIT))
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
    /// The server of one provider. The flag wins over the environment, and that over the configuration.
    pub fn config(
        &self,
        provider: &'static Provider,
        configuration: &Configuration,
    ) -> Result<Config, InvalidInput> {
        let flag = self.base_url.iter().rfind(|(named, _)| *named == provider);
        match flag {
            Some((_, base_url)) => Ok(Config::new().with_base_url(base_url.clone())),
            None => configuration.server(provider),
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

fn provider_address(text: &str) -> Result<(&'static Provider, BaseUrl), String> {
    per_provider(text, |url| {
        url.parse().map_err(|error: InvalidInput| error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;

    /// The examples in a command's help, as words, without what a shell would do.
    fn examples(command: &Command) -> Vec<Vec<String>> {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        help.lines()
            .filter_map(|line| line.strip_prefix("  "))
            .map(|line| {
                line.split_whitespace()
                    .take_while(|word| !["|", ">", "#"].contains(word))
                    .map(str::to_owned)
                    .collect()
            })
            .collect()
    }

    fn check(command: &Command, path: &[&str]) {
        let examples = examples(command);
        assert!(!examples.is_empty(), "{path:?} has no example in its help");
        for example in examples {
            assert!(
                example.len() >= path.len()
                    && example.iter().zip(path).all(|(word, name)| word == name),
                "{path:?} has an example of another command: {example:?}"
            );
            if let Err(error) = Arguments::try_parse_from(&example) {
                assert!(!error.use_stderr(), "{example:?}: {error}");
            }
        }
        for command in command.get_subcommands() {
            check(command, &[path, &[command.get_name()]].concat());
        }
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed() {
        let command = Arguments::command();
        command.clone().debug_assert();
        check(&command, &["prospect-delete"]);
    }
}
