//! A deletion that is sent at once: the way that all direct commands take.

use prospect_delete_core::{
    Clients, Credential, Error, ErrorKind, InvalidInput, Operation, Outcome, Provider, Request,
};
use tokio::signal;

use crate::{
    arguments::Deleting,
    config::{ConfigArgs, Configuration},
    confirm,
    exit::{Exit, Failure},
    output::{DryRun, Output, Report},
};

/// Takes a deletion from its arguments to its outcome. `operation` is the command's, for the report on
/// arguments that make no deletion.
pub async fn run(
    operation: &'static Operation,
    request: Result<impl Request, InvalidInput>,
    arguments: &Deleting,
    choice: &ConfigArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let result = match request {
        Ok(request) => send(&request, arguments, choice, output).await,
        Err(error) => Err(error.into()),
    };
    result.or_else(|failure| output.not_sent(operation, failure))
}

/// Input is checked before guards, and both before anything is sent.
async fn send(
    request: &dyn Request,
    arguments: &Deleting,
    choice: &ConfigArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let operation = request.operation();
    let configuration = choice.load()?;
    let clients = clients(operation.provider, arguments, &configuration)?;
    let call = match clients.prepare(request).await {
        Ok(call) => call,
        Err(error) => return output.report(&Report::from(&error), Some(&told(&error, operation))),
    };
    if arguments.dry_run {
        return output.dry_run(&DryRun::new(request, &call));
    }
    configuration.tell_overridden(&[operation.provider], output);
    confirm::confirm(request, arguments)?;
    let result = tokio::select! {
        result = clients.send(&call) => result,
        interrupt = signal::ctrl_c() => {
            interrupt.map_err(|error| Failure::internal(format!("Ctrl-C cannot be awaited ({error})")))?;
            // The request may be on its way, and nobody waits for its answer any more.
            output.report(&Report::interrupted(operation), None)?;
            return Ok(Exit::Interrupted);
        }
    };
    match result {
        Ok(receipt) => output.report(&Report::from(&receipt), None),
        Err(error) => output.report(&Report::from(&error), Some(&told(&error, operation))),
    }
}

/// What went wrong, and what to do about it.
fn told(error: &Error, operation: &Operation) -> String {
    let next = match (error.outcome(), error.kind()) {
        (Outcome::Rejected, ErrorKind::Authentication) => {
            "; `prospect-delete doctor` shows which key is used"
        }
        (Outcome::NotSent, ErrorKind::Transport) => {
            "; `prospect-delete doctor` shows the address and whether its host is known"
        }
        (Outcome::Unknown, _) if operation.idempotent => "; the same command again does no harm",
        (Outcome::Unknown, _) => "; look at the provider before you send it again",
        _ => "",
    };
    format!("{error}{next}")
}

fn clients(
    provider: &'static Provider,
    arguments: &Deleting,
    configuration: &Configuration,
) -> Result<Clients, InvalidInput> {
    let config = arguments.sending.config(provider, configuration)?;
    let credential = if arguments.dry_run && !Credential::is_set(provider) {
        // What would be sent can be shown without the key, which is not shown anyway. So no command of the
        // configuration is run for it either.
        Credential::new("not-set")?
    } else {
        configuration.credential(provider)?
    };
    let mut clients = Clients::new();
    clients.add(provider, &credential, config)?;
    Ok(clients)
}
