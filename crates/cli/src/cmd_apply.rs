//! `prospect-delete apply`

use std::{
    collections::BTreeMap,
    io::{self, BufRead, IsTerminal},
    num::NonZeroU32,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clap::Args;
use prospect_delete_core::Provider;
use prospect_delete_engine::{
    Event, Guards, Limits, Operator, Rate, Run, Selection, Settings, Summary, Then,
};
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    accounts,
    arguments::{Sending, per_provider},
    cmd_forget::key_file,
    exit::{Exit, Failure},
    output::{self, Output},
    signals, standing,
};

/// How often a run says how far it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// Arguments of `apply`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
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

pub async fn run(arguments: &Apply, output: &Output) -> Result<Exit, Failure> {
    let run = Run::open(&arguments.run)?;
    let accounts = accounts::to_apply(&run.file().bindings()?, &arguments.sending)?;
    let mut guards = Guards::new(String::new());
    guards.allow_scope = arguments.allow_scope;
    guards.max_delete = arguments.max_delete;
    guards.max_age = arguments.max_age;
    guards.digest = if let Some(digest) = &arguments.confirm {
        digest.clone()
    } else {
        // What no answer could make pass is told before anybody is asked.
        guards.digest.clone_from(&run.manifest().digest);
        run.check(&guards, &accounts)?;
        ask(&run)?
    };
    let settings = Settings {
        retry: arguments.sending.retry(),
        limits: limits(arguments),
        selection: Selection {
            rejected: arguments.retry_rejected,
            unknown: arguments.retry_unknown,
        },
        operator: Operator::here(env!("CARGO_PKG_VERSION")),
    };
    let (stop, stopping) = watch::channel(false);
    let progress = Arc::new(Progress::default());
    let listener = {
        let progress = Arc::clone(&progress);
        let json = !output.is_text();
        move |event: &Event| progress.heard(event, json)
    };
    let applying = run.apply(&guards, &accounts, &settings, listener, stopping);
    tokio::pin!(applying);
    let mut interrupts = 0;
    let mut signals = signals::Signals::new()?;
    let mut pulse = tokio::time::interval_at(tokio::time::Instant::now() + PROGRESS, PROGRESS);
    let summary = loop {
        tokio::select! {
            summary = &mut applying => break summary?,
            signal = signals.next() => {
                signal?;
                interrupts += 1;
                if interrupts > 1 {
                    output::notice("stopped; what was under way is unknown until the run is applied again");
                    return Ok(Exit::Interrupted);
                }
                let _ = stop.send(true);
                output::notice("stopping; what is under way is waited for, and a second signal ends it at once");
            }
            _ = pulse.tick() => progress.say(output),
        }
    };
    if arguments.forget && summary.counts.pending == 0 {
        prospect_delete_engine::forget(&arguments.run, &key_file(&arguments.run))?;
    }
    if output.is_text() {
        output.text(&text(&summary, arguments))?;
    } else {
        output::json(&summary)?;
    }
    Ok(exit(&summary))
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

/// Has the number of targets typed, which nobody types without having looked.
fn ask(run: &Run) -> Result<String, Failure> {
    let digest = run.manifest().digest.clone();
    if !io::stdin().is_terminal() {
        return Err(Failure::guarded(format!(
            "applying a plan needs --confirm DIGEST, and this plan's is {digest}; nothing was sent"
        )));
    }
    let planned = run.planned()?;
    let targets: u64 = planned.values().map(|planned| planned.targets).sum();
    let mut lines = vec!["This cannot be undone.".to_owned()];
    for (provider, planned) in &planned {
        lines.push(format!(
            "  {provider}: {} targets in {} requests",
            planned.targets, planned.requests
        ));
    }
    for scope in run.scopes()? {
        lines.push(format!("  EVERYBODY in {scope}, however many they are"));
    }
    lines.push("Type the number of targets to go on: ".to_owned());
    let failed = |error| Failure::internal(format!("the terminal cannot be used ({error})"));
    output::prompt(&lines.join("\n")).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    if answer.trim() == targets.to_string() {
        Ok(digest)
    } else {
        Err(Failure::guarded("not confirmed; nothing was sent"))
    }
}

fn limits(arguments: &Apply) -> BTreeMap<&'static str, Limits> {
    let mut limits = BTreeMap::new();
    for (provider, rate) in &arguments.rate {
        let of = limits
            .entry(provider.name)
            .or_insert_with(|| Limits::of_provider(provider.name));
        of.rate = *rate;
    }
    for (provider, concurrency) in &arguments.concurrency {
        let of = limits
            .entry(provider.name)
            .or_insert_with(|| Limits::of_provider(provider.name));
        of.concurrency = *concurrency;
    }
    limits
}

/// What happened, and what there is to do about it.
fn text(summary: &Summary, arguments: &Apply) -> String {
    let run = arguments.run.display();
    let mut lines = vec![standing::table(
        summary
            .by_provider
            .iter()
            .map(|(provider, of)| (*provider, of.counts)),
        summary.counts,
    )];
    for (provider, of) in &summary.by_provider {
        if let Some(reason) = of.stopped {
            let message = of.stopped_message.as_deref().unwrap_or_default();
            let what = match reason.as_str() {
                "authentication" => "does not accept the key; its other targets wait".to_owned(),
                "throttled" => {
                    "asks for a longer wait than --max-wait; its other targets wait".to_owned()
                }
                reason => format!("{reason}: too many requests in a row had no answer to rely on"),
            };
            lines.push(format!("{provider} {what} ({message})"));
        }
    }
    lines.push(format!("{} requests sent.", summary.requests_sent));
    let counts = &summary.counts;
    let allow = if arguments.allow_scope {
        " --allow-scope"
    } else {
        ""
    };
    let again = format!(
        "prospect-delete apply {run} --confirm {}{allow}",
        summary.digest
    );
    if counts.pending + counts.not_sent > 0 {
        lines.push(format!("To send what was not sent:\n  {again}"));
    }
    if counts.unknown > 0 {
        lines.push(format!(
            "Of what is unknown, people may be named again without harm; a scope only after a look at the provider:\n  {again} [--retry-unknown]"
        ));
    }
    if counts.rejected > 0 {
        lines.push(format!(
            "To see why something was rejected, and to try it again:\n  prospect-delete report {run} --format csv\n  {again} --retry-rejected"
        ));
    }
    lines.join("\n")
}

/// How far a run is.
#[derive(Debug, Default)]
struct Progress {
    targets: AtomicU64,
    requests: AtomicU64,
    said: AtomicU64,
}

/// An event, for programs.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Said<'a> {
    Progress {
        targets_done: u64,
        requests_ended: u64,
    },
    Waiting {
        provider: &'a str,
        wait_ms: u64,
    },
    Stopped {
        provider: &'a str,
        reason: &'a str,
        message: &'a str,
    },
}

impl Progress {
    fn heard(&self, event: &Event, json: bool) {
        match event {
            Event::Ended { then, targets, .. } => {
                self.requests.fetch_add(1, Ordering::Relaxed);
                if matches!(then, Then::Over(_)) {
                    self.targets.fetch_add(*targets, Ordering::Relaxed);
                }
            }
            Event::Waiting { provider, wait_ms } if json => {
                output::event(&Said::Waiting {
                    provider,
                    wait_ms: *wait_ms,
                });
            }
            Event::Stopped {
                provider,
                reason,
                message,
            } => {
                if json {
                    output::event(&Said::Stopped {
                        provider,
                        reason: reason.as_str(),
                        message,
                    });
                } else {
                    output::notice(&format!(
                        "{provider} is not sent anything more: {}: {message}",
                        reason.as_str()
                    ));
                }
            }
            _ => {}
        }
    }

    /// Says how far it is, where that has changed.
    fn say(&self, output: &Output) {
        let targets = self.targets.load(Ordering::Relaxed);
        let requests = self.requests.load(Ordering::Relaxed);
        if self.said.swap(requests, Ordering::Relaxed) == requests {
            return;
        }
        if output.is_text() {
            output.progress(&format!(
                "{targets} targets done, {requests} requests ended"
            ));
        } else {
            output::event(&Said::Progress {
                targets_done: targets,
                requests_ended: requests,
            });
        }
    }
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
    per_provider(text, |rate| {
        const WAYS: &str = "give N/s, N/min or unlimited";
        if rate == "unlimited" {
            return Ok(Rate::Unlimited);
        }
        let (number, unit) = rate.split_once('/').ok_or(WAYS)?;
        let number: NonZeroU32 = number.parse().map_err(|_| WAYS)?;
        match unit {
            "s" => Ok(Rate::per_second(number)),
            "min" => Ok(Rate::per_minute(number)),
            _ => Err(WAYS.to_owned()),
        }
    })
}

fn concurrency(text: &str) -> Result<(&'static Provider, NonZeroU32), String> {
    per_provider(text, |number| {
        number
            .parse()
            .ok()
            .filter(|number: &NonZeroU32| number.get() <= 1000)
            .ok_or_else(|| "give a number from 1 to 1000".to_owned())
    })
}
