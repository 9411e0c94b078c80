//! `prospect-delete sandbox`

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use prospect_delete_sandbox::{Builder, Credentials, Seed};
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    files, output,
    signals::Signals,
    values::seconds,
};

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete sandbox --port 8080\n\
    \x20 prospect-delete sandbox --empty")]
pub struct Sandbox {
    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    port: u16,

    /// Start without the example data
    #[arg(long)]
    empty: bool,

    /// Start with this data instead of the example: JSON as `POST /__sandbox/seed` takes it, with `generate`
    /// to have it made up
    #[arg(long, value_name = "FILE", conflicts_with = "empty")]
    seed: Option<PathBuf>,

    /// Write the line with address and keys to this file too, at one blow, once it listens
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,

    /// How long Woodpecker's jobs wait before they delete
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    woodpecker_delay: Duration,
}

/// The line that says where the sandbox is. The same in every output format, for programs read it.
#[derive(Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    credentials: &'a Credentials,
}

pub async fn run(arguments: &Sandbox) -> Result<Exit, Failure> {
    let builder = prospect_delete_sandbox::Sandbox::builder()
        .port(arguments.port)
        .woodpecker_delay(arguments.woodpecker_delay);
    let sandbox = seeded(builder, arguments)?.start().await.map_err(|error| {
        Failure::internal(format!(
            "port {} cannot be listened on ({error}); give another, or 0 for a free one",
            arguments.port
        ))
    })?;
    let mut signals = Signals::new()?;
    let ready = Ready {
        base_url: sandbox.base_url(),
        credentials: sandbox.credentials(),
    };
    if let Some(path) = &arguments.ready_file {
        write_ready(path, &ready).map_err(|error| files::unwritable(path, &error))?;
    }
    output::json(&ready)?;
    sandbox.run_until(signals.next()).await;
    if let Some(path) = &arguments.ready_file {
        // Nobody is ready any more. Who has removed it already wanted the same.
        let _ = fs::remove_file(path);
    }
    Ok(Exit::Done)
}

fn seeded(builder: Builder, arguments: &Sandbox) -> Result<Builder, Failure> {
    let Some(path) = &arguments.seed else {
        return Ok(if arguments.empty {
            builder
        } else {
            builder.seed(Seed::example())
        });
    };
    let mut body = Vec::new();
    files::open(&path.to_string_lossy())?
        .read_to_end(&mut body)
        .map_err(|error| Failure::usage(format!("{}: cannot be read ({error})", path.display())))?;
    builder
        .seed_json(&body)
        .map_err(|error| Failure::usage(format!("{}: is no seed ({error})", path.display())))
}

/// Whoever waits for the file must not read half of it.
fn write_ready(path: &Path, ready: &Ready<'_>) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut line = serde_json::to_vec(ready)?;
    line.push(b'\n');
    fs::write(&beside, line)?;
    fs::rename(&beside, path)
}
