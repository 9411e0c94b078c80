//! The guard before every deletion: on a terminal, what matters is typed.

use std::io::{self, BufRead, IsTerminal};

use prospect_delete_core::Request;

use crate::{arguments::Deleting, exit::Failure, layout, output};

/// The most scopes that are typed by their names.
const BY_NAME: usize = 3;

/// Lets a direct deletion pass that was confirmed in the way that its reach asks for.
///
/// Ids pass with `--yes`; a scope passes only by its name. On a terminal the number of targets, or the name
/// of the scope, can be typed.
pub fn confirm(request: &dyn Request, arguments: &Deleting) -> Result<(), Failure> {
    let target = request.target();
    if let Some(named) = &arguments.confirm {
        return if *named == target {
            Ok(())
        } else {
            Err(Failure::guarded(format!(
                "--confirm does not name what would be deleted; that is {target}"
            )))
        };
    }
    if arguments.yes && !request.operation().is_scope() {
        return Ok(());
    }
    let way = if request.operation().is_scope() {
        format!("--confirm {target}")
    } else {
        "--yes".to_owned()
    };
    if !io::stdin().is_terminal() {
        let what = if request.operation().is_scope() {
            "deleting everybody in a scope"
        } else {
            "deleting"
        };
        return Err(Failure::guarded(format!(
            "{what} needs {way}; nothing was sent"
        )));
    }
    if request.operation().is_scope() {
        return typed(
            &format!("EVERYBODY in {target} will be deleted. This cannot be undone."),
            "the name of the scope",
            &target,
        );
    }
    let count = request.count();
    let targets = layout::several(count as u64, "target");
    typed(
        &format!("{targets} will be deleted: {target}. This cannot be undone."),
        "the number of targets",
        &count.to_string(),
    )
}

/// Lets a plan pass once the number of its targets was typed, and what names its scopes.
pub fn confirm_plan(review: &str, targets: u64, scopes: &[String]) -> Result<(), Failure> {
    typed(review, "the number of targets", &targets.to_string())?;
    if scopes.len() > BY_NAME {
        let phrase = format!("everybody in {} scopes", scopes.len());
        return typed("", &format!("\"{phrase}\""), &phrase);
    }
    for scope in scopes {
        typed(&format!("EVERYBODY in {scope} goes."), "its name", scope)?;
    }
    Ok(())
}

/// Has it typed, which nobody does without having looked.
fn typed(text: &str, what: &str, word: &str) -> Result<(), Failure> {
    let failed = |error| {
        Failure::internal(format!(
            "the terminal cannot be used ({error}); nothing was sent"
        ))
    };
    let text = if text.is_empty() {
        String::new()
    } else {
        format!("{text}\n")
    };
    output::prompt(&format!("{text}Type {what} to go on: ")).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    if answer.trim() == word {
        Ok(())
    } else {
        Err(Failure::guarded(format!(
            "not confirmed: {what} was to be typed; nothing was sent"
        )))
    }
}
