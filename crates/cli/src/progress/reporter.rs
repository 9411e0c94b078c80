//! What every way to report progress implements.

use std::time::Instant;

use prospect_delete_engine::{Event, Summary};

use super::board::Board;
use crate::output;

/// Tells what happens.
pub trait Reporter: Send {
    /// Something happened, and no beginning or end of a request; the board knows of it already.
    fn heard(&mut self, _event: &Event, _board: &Board) {}

    /// Somebody asked it to stop. `continue_with` is the command that continues.
    fn interrupted(&mut self, _board: &Board, _continue_with: &str) {}

    /// Time went by.
    fn tick(&mut self, _board: &Board, _now: Instant) {}

    /// Somebody asked again, and nothing is waited for.
    fn aborted(&mut self, continue_with: &str) {
        output::notice(&format!(
            "stopped; what was under way is unknown until the run is continued:\n  {continue_with}"
        ));
    }

    /// Nothing more happens. Without a summary it was not the end.
    fn ended(&mut self, _summary: Option<&Summary>) {}
}
