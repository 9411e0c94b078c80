//! Keeps the OpenAPI documents in step with the vendors': `cargo specs check`, `refresh` and `diff`.
//!
//! A vendor's document is read (`reading`), put together with its siblings (`merge`), and changed by the
//! overlay (`overlay`) into ours, written in one order (`layout`). What changed since the last reading is
//! found place by place (`difference`) and judged (`drift`, `rules`); the last reading is kept without the vendor's
//! words (`facts`). What the generator makes of our document is summed up (`snapshot`).

mod arguments;
mod check;
mod difference;
mod drift;
mod facts;
mod folder;
mod items;
mod layout;
mod merge;
mod output;
mod overlay;
mod reading;
mod refresh;
mod rules;
mod severity;
mod snapshot;
mod source;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    arguments::{Arguments, Command},
    drift::Change,
    folder::Folder,
    severity::Severity,
    stop::Stop,
};

/// Runs the program on the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match command(&arguments) {
        Ok(status) => ExitCode::from(status),
        Err(stop) => {
            output::error(&stop);
            ExitCode::from(match stop {
                Stop::Failure(_) => 1,
                Stop::Input(_) => 2,
            })
        }
    }
}

fn command(arguments: &Arguments) -> Result<u8, Stop> {
    match &arguments.command {
        Command::Check { providers } => {
            let named: Vec<&str> = if providers.is_empty() {
                folder::providers().collect()
            } else {
                providers.iter().map(String::as_str).collect()
            };
            let mut status = 0;
            for provider in named {
                let faults = check::check(&Folder::new(&arguments.specs, provider)?);
                if faults.is_empty() {
                    output::line(&format_args!("{provider}: in order"));
                }
                for fault in &faults {
                    status = 1;
                    output::error(fault);
                }
            }
            Ok(status)
        }
        Command::Refresh {
            provider,
            from,
            write,
        } => {
            let folder = Folder::new(&arguments.specs, provider)?;
            let refreshed = refresh::refresh(&folder, from, *write)?;
            if refreshed.faults.is_empty() || !refreshed.changes.is_empty() {
                output::changes(provider, &refreshed.changes);
            }
            for note in &refreshed.notes {
                output::line(&format_args!("note: {note}"));
            }
            for fault in &refreshed.faults {
                if refreshed.failed {
                    output::error(fault);
                } else {
                    output::line(&format_args!("before --write: {fault}"));
                }
            }
            for path in &refreshed.written {
                output::line(&format_args!("wrote {}", path.display()));
            }
            if refreshed.failed {
                output::error(&"nothing was written");
                return Ok(1);
            }
            Ok(status(&refreshed.changes))
        }
        Command::Diff { old, new } => {
            let changes = refresh::diff(old, new)?;
            output::changes(new, &changes);
            Ok(status(&changes))
        }
    }
}

fn status(changes: &[Change]) -> u8 {
    match changes.iter().map(|change| change.severity).max() {
        None => 0,
        Some(Severity::Compatible) => 10,
        Some(Severity::Breaking | Severity::Critical) => 11,
    }
}
