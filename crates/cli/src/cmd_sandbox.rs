//! `prospect-delete sandbox`

use clap::Args;
use prospect_delete_sandbox::{Credentials, Seed};
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    output,
    signals::Signals,
};

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    port: u16,

    /// Start without the example data
    #[arg(long)]
    empty: bool,
}

/// The line that says where the sandbox is. The same in every output format, for programs read it.
#[derive(Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    credentials: &'a Credentials,
}

pub async fn run(arguments: &Sandbox) -> Result<Exit, Failure> {
    let seed = if arguments.empty {
        Seed::default()
    } else {
        Seed::example()
    };
    let sandbox = prospect_delete_sandbox::Sandbox::builder()
        .port(arguments.port)
        .seed(seed)
        .start()
        .await
        .map_err(|error| {
            Failure::internal(format!(
                "port {} cannot be listened on ({error})",
                arguments.port
            ))
        })?;
    output::json(&Ready {
        base_url: sandbox.base_url(),
        credentials: sandbox.credentials(),
    })?;
    let mut signals = Signals::new()?;
    sandbox.run_until(signals.next()).await;
    Ok(Exit::Done)
}
