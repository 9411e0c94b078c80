//! What is wrong with the command line, in one line.

use std::io;

use clap::error::ErrorKind;

use crate::{exit::Exit, output};

/// Prints help where it was asked for, and otherwise what is wrong, in one line.
pub fn report(error: &clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match error.print() {
            Ok(()) => Exit::Done,
            // Its reader has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Err(error) => {
                output::error(&format!("standard output cannot be written to ({error})"));
                Exit::Internal
            }
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            // What clap has to say here is the whole help.
            let help = help_for(&error.render().to_string());
            output::error(&format!("a command is missing; see {help}"));
            Exit::Usage
        }
        _ => {
            output::error(&one_line(&error.render().to_string()));
            Exit::Usage
        }
    }
}

/// The error and its tips without the usage that clap puts between and behind them.
fn one_line(rendered: &str) -> String {
    let paragraphs = rendered.split("\n\n").map(|paragraph| {
        paragraph
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    });
    let kept: Vec<_> = paragraphs
        .filter(|paragraph| {
            !paragraph.starts_with("Usage:") && !paragraph.starts_with("For more information")
        })
        .collect();
    let line = kept.join("; ");
    format!(
        "{}; see {}",
        line.strip_prefix("error: ").unwrap_or(&line),
        help_for(rendered)
    )
}

/// What shows the help of the command that clap's usage is about.
fn help_for(rendered: &str) -> String {
    let usage = rendered
        .lines()
        .find_map(|line| line.strip_prefix("Usage: "))
        .unwrap_or_default();
    usage
        .split(' ')
        .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .chain(["--help"])
        .collect::<Vec<_>>()
        .join(" ")
}
