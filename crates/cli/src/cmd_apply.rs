//! `prospect-delete apply`

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use prospect_delete_core::Provider;
use prospect_delete_engine::{
    Account, Error, Guards, Limits, Manifest, Operator, Rate, Reviewed, Run, RunFile, Selection,
    Settings, Summary,
};
use tokio::sync::watch;

use crate::{
    accounts,
    arguments::Sending,
    cmd_forget::key_file,
    config::{ConfigArgs, Configuration},
    confirm, engine_error,
    exit::{Exit, Failure},
    layout,
    next_steps::{self, Detail},
    output::{self, Output},
    progress::Progress,
    review, signals,
    values::{self, per_provider},
};

/// Arguments of `apply`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete apply run.db\n\
    \x20 prospect-delete apply run.db --confirm DIGEST --max-delete 500\n\
    \x20 prospect-delete apply run.db --confirm DIGEST --allow-scope --rate nlpearl=5/s")]
pub struct Apply {
    /// The run file that `plan` wrote
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// The digest of the plan that was reviewed
    #[arg(long, value_name = "DIGEST")]
    confirm: Option<String>,

    /// Delete everybody in the plan's scopes too
    #[arg(long)]
    allow_scope: bool,

    /// Refuse a plan with more targets
    #[arg(long, value_name = "N")]
    max_delete: Option<u64>,

    /// Refuse an older plan: seconds, or a number with s, m, h or d
    #[arg(long, value_name = "AGE", default_value = "24h", value_parser = age)]
    max_age: Duration,

    /// Delete scopes too of a run that was last applied on another machine, whose copy is not used any more
    #[arg(long)]
    moved: bool,

    /// Try again scopes of which nobody knows whether they were deleted
    #[arg(long)]
    retry_unknown: bool,

    /// Try again what was rejected
    #[arg(long)]
    retry_rejected: bool,

    /// When it is done, replace identifiers by keyed hashes, as `forget` does
    #[arg(long)]
    forget: bool,

    /// Requests in a time: N/s, N/min or unlimited
    #[arg(long, value_name = "PROVIDER=RATE", value_parser = rate)]
    rate: Vec<(&'static Provider, Rate)>,

    /// Requests at a time
    #[arg(long, value_name = "PROVIDER=N", value_parser = concurrency)]
    concurrency: Vec<(&'static Provider, NonZeroU32)>,

    #[command(flatten)]
    sending: Sending,
}

pub async fn run(arguments: &Apply, choice: &ConfigArgs, output: &Output) -> Result<Exit, Failure> {
    let configuration = choice.load()?;
    let file = RunFile::at(&arguments.run);
    let run = Run::open(&file)?;
    let accounts = accounts::to_apply(
        &run.records().bindings()?,
        &arguments.sending,
        &configuration,
    )?;
    let providers: Vec<_> = accounts.iter().map(Account::provider).collect();
    configuration.tell_overridden(&providers, output);
    let mut guards = Guards::default();
    guards.allow_scope = arguments.allow_scope;
    guards.max_delete = arguments.max_delete;
    guards.max_age = arguments.max_age;
    guards.moved = arguments.moved;
    let limits = limits(&providers, arguments, &configuration);
    // What no answer could make pass is told before anybody is asked.
    let reviewed = run.review(&guards, &accounts)?;
    let Manifest { run_id, digest, .. } = reviewed.manifest().clone();
    let confirmed = match &arguments.confirm {
        Some(digest) => digest.clone(),
        None => ask(&reviewed, &limits)?,
    };
    let approved = reviewed.confirm(&confirmed)?;
    let settings = Settings {
        retry: arguments.sending.retry(&configuration),
        limits,
        selection: Selection {
            rejected: arguments.retry_rejected,
            unknown: arguments.retry_unknown,
        },
        operator: Operator::here(env!("CARGO_PKG_VERSION")),
    };
    let continue_with = next_steps::continue_with(&digest);
    let (stop, stopping) = watch::channel(false);
    let mut signals = signals::Signals::new()?;
    let progress = Progress::start(output, &run_id, &digest, continue_with);
    let applying = approved.apply(&settings, progress.listener(), stopping);
    tokio::pin!(applying);
    let mut interrupted = false;
    let summary = loop {
        tokio::select! {
            summary = &mut applying => break summary,
            () = signals.next() => {
                if interrupted {
                    progress.abort();
                    return Ok(Exit::Interrupted);
                }
                interrupted = true;
                let _ = stop.send(true);
                progress.interrupted();
            }
        }
    };
    progress.end(summary.as_ref().ok());
    let summary = summary?;
    if let Some(error) = &summary.error {
        return broken_off(&summary, error, output);
    }
    let detail = Detail::read(&arguments.run, &summary.counts)?;
    let forget = arguments.forget && summary.counts.pending == 0;
    if forget {
        prospect_delete_engine::forget(&file, &key_file(&arguments.run))?;
    }
    if output.is_text() {
        output.text(&next_steps::text(&summary, &detail, &arguments.run, forget))?;
    } else {
        output::json(&summary)?;
    }
    Ok(exit(&summary))
}

/// Says how far it came, and what ended it in the middle. The file may not be there any more.
fn broken_off(summary: &Summary, error: &Error, output: &Output) -> Result<Exit, Failure> {
    if output.is_text() {
        output.text(&next_steps::how_far(summary))?;
    } else {
        output::json(summary)?;
    }
    let failure = match error {
        Error::Guard(_) => error.clone().into(),
        // Something had been sent, so it is no bad input.
        _ => Failure::internal(engine_error::line(error)),
    };
    output::error(&failure);
    Ok(failure.exit())
}

/// Once a pass was interrupted, what is left is nobody's fault.
fn exit(summary: &Summary) -> Exit {
    let counts = &summary.counts;
    if summary.interrupted && counts.pending > 0 {
        Exit::Interrupted
    } else if counts.unknown > 0 {
        Exit::Unknown
    } else if counts.rejected + counts.not_sent + counts.pending > 0 {
        Exit::Refused
    } else {
        Exit::Done
    }
}

/// Has typed on a terminal what was reviewed.
fn ask(run: &Reviewed, limits: &BTreeMap<&'static str, Limits>) -> Result<String, Failure> {
    let digest = run.manifest().digest.clone();
    if !io::stdin().is_terminal() {
        return Err(Failure::guarded(format!(
            "applying a plan needs --confirm DIGEST, and this plan's is {digest}; nothing was sent"
        )));
    }
    let planned = run.planned();
    let targets: u64 = planned.values().map(|planned| planned.targets).sum();
    let scopes = run.records().scopes()?;
    let width = layout::width();
    let mut paragraphs: Vec<_> = review::scopes(&scopes, width).into_iter().collect();
    paragraphs.push(review::table(
        planned,
        &run.records().bindings()?,
        limits,
        None,
        width,
    ));
    paragraphs.push("This cannot be undone.".to_owned());
    let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
    confirm::confirm_plan(&paragraphs.join("\n"), targets, &scopes)?;
    Ok(digest)
}

fn limits(
    providers: &[&'static Provider],
    arguments: &Apply,
    configuration: &Configuration,
) -> BTreeMap<&'static str, Limits> {
    let mut limits = BTreeMap::new();
    for provider in providers {
        limits.insert(provider.name, configuration.limits(provider));
    }
    for (provider, rate) in &arguments.rate {
        let of = limits
            .entry(provider.name)
            .or_insert_with(|| provider.limits);
        of.rate = *rate;
    }
    for (provider, concurrency) in &arguments.concurrency {
        let of = limits
            .entry(provider.name)
            .or_insert_with(|| provider.limits);
        of.concurrency = *concurrency;
    }
    limits
}

fn age(text: &str) -> Result<Duration, String> {
    const WAYS: &str = "give seconds, or a number with s, m, h or d";
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(end) => text.split_at(end),
        None => (text, "s"),
    };
    let seconds: u64 = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(WAYS.to_owned()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| WAYS.to_owned())
}

fn rate(text: &str) -> Result<(&'static Provider, Rate), String> {
    per_provider(text, values::rate)
}

fn concurrency(text: &str) -> Result<(&'static Provider, NonZeroU32), String> {
    per_provider(text, values::concurrency)
}
