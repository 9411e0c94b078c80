//! Everything that the program prints. Nothing else prints.

#![expect(clippy::print_stderr, reason = "this is the module that prints")]

use std::{
    fmt::Display,
    io::{self, Write},
};

use crate::{drift::Change, severity::Severity};

/// A line on standard output. A reader that went away is no fault.
pub fn line(line: &dyn Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on standard error.
pub fn error(line: &dyn Display) {
    eprintln!("error: {line}");
}

/// The changes, the worst first, and how many there are.
pub fn changes(name: &str, changes: &[Change]) {
    for change in changes {
        line(change);
    }
    if changes.is_empty() {
        return line(&format_args!("{name}: no change"));
    }
    let count = |severity| {
        changes
            .iter()
            .filter(|change| change.severity == severity)
            .count()
    };
    line(&format_args!(
        "{name}: {} critical, {} breaking, {} compatible",
        count(Severity::Critical),
        count(Severity::Breaking),
        count(Severity::Compatible)
    ));
}
