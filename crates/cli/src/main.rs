//! `prospect-delete`: deletes people from sales-outreach platforms and tells the truth about what happened.

mod accounts;
mod arguments;
mod cmd_apply;
mod cmd_check;
mod cmd_completions;
mod cmd_demo;
mod cmd_doctor;
mod cmd_forget;
mod cmd_man;
mod cmd_plan;
mod cmd_provider;
mod cmd_report;
mod cmd_sandbox;
mod cmd_schema;
mod cmd_status;
mod config;
mod confirm;
mod direct;
mod engine_error;
mod exit;
mod files;
mod layout;
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
mod values;

use std::{io, process::ExitCode};

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use crate::{
    arguments::{Arguments, Command},
    exit::{Exit, Failure},
    output::Output,
};

/// A request takes some hundred allocations, and the system's allocator a good part of the time for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// After so many steps at most, the runtime looks for time-outs and signals. A server that sends interim answers
/// without end makes steps long.
const STEPS: u32 = 16;

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
    let runtime = runtime(&arguments.command).map_err(|error| {
        Failure::internal(format!("the program cannot start its runtime ({error})"))
    })?;
    let choice = &arguments.choice;
    let result = runtime.block_on(async {
        match arguments.command {
            Command::Demo(demo) => cmd_demo::run(&demo, output).await,
            Command::Sandbox(sandbox) => cmd_sandbox::run(&sandbox).await,
            Command::Provider(command) => cmd_provider::run(command, choice, output).await,
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

/// A server has many clients at once, and takes all processors. Whoever sends waits for a provider most of the
/// time; where it does not, one thread sends more than several that wake each other.
fn runtime(command: &Command) -> io::Result<Runtime> {
    let mut builder = match command {
        Command::Demo(_) | Command::Sandbox(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.event_interval(STEPS).enable_all().build()
}
