//! `prospect-delete`: deletes people from sales-outreach platforms and tells the truth about what happened.

mod accounts;
mod arguments;
mod cmd_apply;
mod cmd_check;
mod cmd_completions;
mod cmd_demo;
mod cmd_doctor;
mod cmd_extrovert;
mod cmd_forget;
mod cmd_man;
mod cmd_nlpearl;
mod cmd_plan;
mod cmd_report;
mod cmd_sandbox;
mod cmd_schema;
mod cmd_status;
mod cmd_unleashx;
mod cmd_woodpecker;
mod config;
mod confirm;
mod direct;
mod exit;
mod files;
mod layout;
mod limits;
mod lists;
mod logging;
mod next_steps;
mod output;
mod paste;
mod progress;
mod review;
mod signals;
mod standing;
mod usage;

use std::{process::ExitCode, thread, time::Duration};

use clap::Parser;
use tokio::runtime::Handle;

use crate::{
    arguments::{Arguments, Command},
    exit::{Exit, Failure},
    output::Output,
};

/// One for each of the default number of attempts, each of which a server may keep busy, and one more.
const THREADS: usize = 6;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::report(&error).into(),
    };
    let output = Output::new(arguments.output, arguments.quiet);
    logging::start(arguments.verbose);
    match run(arguments, &output) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::error(&failure);
            failure.exit().into()
        }
    }
}

fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::internal(format!("the program cannot start its runtime ({error})"))
        })?;
    keep_time(runtime.handle().clone());
    let choice = &arguments.choice;
    let result = runtime.block_on(async {
        match arguments.command {
            Command::Demo(demo) => cmd_demo::run(&demo, output).await,
            Command::Sandbox(sandbox) => cmd_sandbox::run(&sandbox).await,
            Command::Extrovert(command) => cmd_extrovert::run(command, choice, output).await,
            Command::Nlpearl(command) => cmd_nlpearl::run(command, choice, output).await,
            Command::Woodpecker(command) => cmd_woodpecker::run(command, choice, output).await,
            Command::Unleashx(command) => cmd_unleashx::run(command, choice, output).await,
            Command::Plan(plan) => output.or_error(cmd_plan::run(&plan, choice, output)),
            Command::Apply(apply) => output.or_error(cmd_apply::run(&apply, choice, output).await),
            Command::Status(status) => output.or_error(cmd_status::run(&status, output)),
            Command::Report(report) => cmd_report::run(&report),
            Command::Forget(forget) => output.or_error(cmd_forget::run(&forget, output)),
            Command::Completions(completions) => cmd_completions::run(&completions),
            Command::Man(man) => cmd_man::run(&man),
            Command::Doctor(_) => output.or_error(cmd_doctor::run(choice, output).await),
            Command::Schema(schema) => cmd_schema::run(&schema),
            Command::Check(check) => output.or_error(cmd_check::run(&check, output)),
        }
    });
    // A connection that a server keeps busy must not hold up the end either.
    runtime.shutdown_background();
    result
}

/// Lets time-outs end in time, whatever a server does.
///
/// A server that sends interim answers without end keeps busy the thread that happens to wait for I/O and
/// for the clock, and the others sleep. Waking one of them now and then has it take over the clock.
fn keep_time(runtime: Handle) {
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(50));
            runtime.spawn(async {});
        }
    });
}
