//! A mistyped command line, told in one line.

use clap::error::ErrorKind;

use crate::{exit::Exit, output};

/// Prints help where it was asked for, and otherwise what is wrong, in one line.
pub fn report(error: &clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match error.print() {
            Ok(()) => Exit::Done,
            Err(_) => Exit::Internal,
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            output::error(&"a command is missing; see prospect-delete --help");
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
        "{}; see --help",
        line.strip_prefix("error: ").unwrap_or(&line)
    )
}
