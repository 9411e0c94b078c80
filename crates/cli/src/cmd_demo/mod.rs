//! `prospect-delete demo`: every operation against a sandbox in this process, then a whole list, and a look at
//! what is gone.

mod connect;
mod list;
mod people;
mod seed;
mod send;
mod show;
mod steps;

use clap::Args;
use prospect_delete_sandbox::Sandbox;
use serde::Serialize;

use self::send::Done;
use crate::{
    exit::{Exit, Failure},
    layout,
    output::{self, Output},
    standing,
};

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete demo\n\
    \x20 prospect-delete demo --targets 1000 --output json")]
pub struct Demo {
    /// How many people, leads and audience records are deleted by id
    #[arg(long, value_name = "N", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    targets: u32,
}

/// What the demonstration shows.
#[derive(Serialize)]
struct Summary {
    /// Whether exactly that is gone which was meant.
    as_meant: bool,
    /// Each operation, sent directly.
    steps: Vec<Done>,
    /// A list, planned, applied and reported.
    list: list::Listed,
}

pub async fn run(arguments: &Demo, output: &Output) -> Result<Exit, Failure> {
    let targets = arguments.targets as usize;
    let sandbox = Sandbox::builder()
        .seed(seed::seed(targets))
        .start()
        .await
        .map_err(|error| Failure::internal(format!("the sandbox cannot be started ({error})")))?;
    let clients = connect::clients(&sandbox)?;
    output.text(&format!(
        "A sandbox stands in for every provider at {}. It holds {} records.",
        sandbox.base_url(),
        sandbox.records().values().sum::<usize>(),
    ))?;
    let mut steps = Vec::new();
    for step in steps::steps(targets)? {
        steps.push(send::send(step, &sandbox, &clients).await);
    }
    if output.is_text() {
        output.text(&show::table(&steps))?;
        output.text(
            "\nNow a list: planned, applied while one answer is lost and one provider asks to wait, and reported.",
        )?;
    }
    let list = list::play(targets).await?;
    let summary = Summary {
        as_meant: list.as_meant && steps.iter().all(|step| step.as_meant),
        steps,
        list,
    };
    if output.is_text() {
        let applied = &summary.list.applied;
        let by_provider = applied.by_provider.iter();
        output.text(&format!(
            "{}\n{} for {}, {} of them named twice, all in the report.",
            standing::table(
                by_provider.map(|(name, of)| (*name, of.counts)),
                applied.counts
            ),
            layout::several(applied.requests_sent, "request"),
            layout::several(summary.list.targets, "target"),
            summary.list.duplicates,
        ))?;
    } else {
        output::json(&summary)?;
    }
    if summary.as_meant {
        output.text("Exactly what was meant is gone, and nothing else.")?;
        Ok(Exit::Done)
    } else {
        Err(Failure::internal(
            "the sandbox does not hold what was meant; see the table",
        ))
    }
}
