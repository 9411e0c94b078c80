//! `prospect-delete`: deletes people from sales-outreach platforms and tells the truth about what happened.

mod arguments;
mod cmd_demo;
mod cmd_extrovert;
mod cmd_nlpearl;
mod cmd_sandbox;
mod cmd_unleashx;
mod cmd_woodpecker;
mod confirm;
mod direct;
mod exit;
mod logging;
mod output;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    arguments::{Arguments, Command},
    exit::{Exit, Failure},
    output::Output,
};

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
            output.error(&failure);
            failure.exit().into()
        }
    }
}

fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::internal(format!("the program cannot start its runtime ({error})"))
        })?;
    runtime.block_on(async {
        match arguments.command {
            Command::Demo(demo) => cmd_demo::run(&demo, output).await,
            Command::Sandbox(sandbox) => cmd_sandbox::run(&sandbox, output).await,
            Command::Extrovert(command) => cmd_extrovert::run(command, output).await,
            Command::Nlpearl(command) => cmd_nlpearl::run(command, output).await,
            Command::Woodpecker(command) => cmd_woodpecker::run(command, output).await,
            Command::Unleashx(command) => cmd_unleashx::run(command, output).await,
        }
    })
}
