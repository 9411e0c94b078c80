//! The guard before every direct deletion.

use std::io::{self, BufRead, IsTerminal};

use prospect_delete_core::Deletion;

use crate::{arguments::Deleting, exit::Failure, output};

/// Lets a deletion pass that was confirmed in the way that its reach asks for.
///
/// Ids pass with `--yes`; a scope passes only by its name. On a terminal both can be typed.
pub fn confirm(deletion: &Deletion, arguments: &Deleting) -> Result<(), Failure> {
    let target = deletion.target();
    if let Some(named) = &arguments.confirm {
        return if *named == target {
            Ok(())
        } else {
            Err(Failure::guarded(format!(
                "--confirm does not name what would be deleted; that is {target}"
            )))
        };
    }
    if arguments.yes && !deletion.is_scope() {
        return Ok(());
    }
    let way = if deletion.is_scope() {
        format!("--confirm {target}")
    } else {
        "--yes".to_owned()
    };
    if !io::stdin().is_terminal() {
        let what = if deletion.is_scope() {
            "deleting everybody in a scope"
        } else {
            "deleting"
        };
        return Err(Failure::guarded(format!(
            "{what} needs {way}; nothing was sent"
        )));
    }
    let (what, word) = if deletion.is_scope() {
        (
            format!("EVERYBODY in {target} will be deleted. This cannot be undone."),
            target,
        )
    } else {
        (
            format!("{target} will be deleted. This cannot be undone."),
            "delete".to_owned(),
        )
    };
    output::prompt(&format!("{what}\nType {word} to go on: ")).map_err(|error| {
        Failure::internal(format!("the terminal cannot be written to ({error})"))
    })?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::internal(format!("the terminal cannot be read ({error})")))?;
    if answer.trim() == word {
        Ok(())
    } else {
        Err(Failure::guarded("not confirmed; nothing was sent"))
    }
}
