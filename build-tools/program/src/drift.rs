//! What the differences between two documents mean for those who delete people with the old one.
//!
//! A comparison library says which changes break callers. Above it stand rules for what matters here:
//! whether a deletion may now reach further than before, and whether its answer still says what it said.
//! A difference that neither knows counts as breaking.

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
};

use serde_json::Value;

pub use crate::rules::Names;
use crate::{
    difference::{Difference, differences, unescape},
    items::Items,
    rules::Rules,
    severity::Severity,
};

/// One change, as a person reads it.
#[derive(Clone, Debug)]
pub struct Change {
    pub severity: Severity,
    pub difference: Difference,
    /// What it means.
    pub meaning: String,
    /// The Rust item that it touches.
    pub item: String,
}

/// Compares two documents whose wording was replaced by digests; the worst first.
///
/// # Errors
///
/// The comparison library's own words, where it cannot compare.
pub fn compare(
    old: &Value,
    new: &Value,
    names: Names,
    items: &Items,
) -> Result<Vec<Change>, String> {
    let found = differences(old, new);
    let library = library(old, new)?;
    let rules = Rules::new(old, new, names);
    let mut changes: Vec<Change> = Vec::new();
    for difference in found
        .iter()
        .filter(|difference| !rules.is_told_elsewhere(difference))
    {
        let place = &difference.pointer;
        let opinions: Vec<_> = library
            .iter()
            .filter(|(pointer, ..)| is_within(pointer, place) || is_within(place, pointer))
            .collect();
        let worst = opinions
            .iter()
            .filter_map(|(_, severity, _)| *severity)
            .max();
        let (severity, meaning) = match (rules.verdict(difference), worst) {
            (Some(verdict), _) => verdict,
            (None, Some(severity)) => {
                let meaning = opinions.iter().find(|(_, of, _)| *of == Some(severity));
                (
                    severity,
                    meaning.map_or_else(String::new, |(.., meaning)| meaning.clone()),
                )
            }
            (None, None) => (
                Severity::Breaking,
                "no rule knows what this does; look at it".to_owned(),
            ),
        };
        changes.push(Change {
            severity,
            item: items.touched(place),
            difference: difference.clone(),
            meaning,
        });
    }
    for (pointer, severity, meaning) in library {
        let told = found.iter().any(|difference| {
            is_within(&pointer, &difference.pointer)
                || is_within(&difference.pointer, &pointer)
                || difference
                    .old_pointer()
                    .is_some_and(|old| is_within(&pointer, &old))
        });
        if !told {
            changes.push(Change {
                severity: severity.unwrap_or(Severity::Breaking),
                item: items.touched(&pointer),
                difference: Difference {
                    before: old.pointer(&pointer).cloned(),
                    after: new.pointer(&pointer).cloned(),
                    renamed_from: None,
                    pointer,
                },
                meaning,
            });
        }
    }
    changes.sort_by(|a, b| {
        (b.severity, &a.difference.pointer).cmp(&(a.severity, &b.difference.pointer))
    });
    Ok(changes)
}

/// What the comparison library sees: place, severity where it knows one, and its words.
fn library(old: &Value, new: &Value) -> Result<Vec<(String, Option<Severity>, String)>, String> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let compared = panic::catch_unwind(AssertUnwindSafe(|| drift::compare(old, new)));
    panic::set_hook(hook);
    let changes = match compared {
        Ok(Ok(changes)) => changes,
        Ok(Err(error)) => return Err(format!("{error:#}")),
        // It does where a body comes or goes. Every difference is found without it, and counts as breaking
        // where no rule knows it.
        Err(_) => return Ok(Vec::new()),
    };
    let mut seen = Vec::new();
    for change in changes {
        let Some(path) = change.paths.first() else {
            continue;
        };
        let (old_base, _) = path.old.base_and_subpath();
        let (new_base, _) = path.new.base_and_subpath();
        for info in change.changes {
            let place = |base: &str, subpath: &str| {
                let pointer = format!("{base}/{subpath}");
                // The library spells this key in its own way.
                pointer
                    .trim_start_matches('#')
                    .trim_end_matches('/')
                    .replace("/request_body", "/requestBody")
            };
            let severity = match info.class {
                drift::ChangeClass::BackwardIncompatible | drift::ChangeClass::Incompatible => {
                    Some(Severity::Breaking)
                }
                drift::ChangeClass::ForwardIncompatible | drift::ChangeClass::Trivial => {
                    Some(Severity::Compatible)
                }
                drift::ChangeClass::Unhandled => None,
            };
            let (old_place, new_place) = (
                place(old_base, &info.old_subpath),
                place(new_base, &info.new_subpath),
            );
            // Where one document has no such place, the library names the list of paths.
            let pointer = if new_place == "/paths" {
                old_place
            } else {
                new_place
            };
            seen.push((pointer, severity, info.message));
        }
    }
    Ok(seen)
}

fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            pointer,
            before,
            after,
            renamed_from,
        } = &self.difference;
        let side = |value: &Option<Value>| {
            value.as_ref().map_or_else(
                || "nothing".to_owned(),
                |value| shortened(&value.to_string()),
            )
        };
        let (before, after) = match renamed_from {
            Some(old) => (
                old.clone(),
                unescape(pointer.rsplit('/').next().unwrap_or_default()),
            ),
            None => (side(before), side(after)),
        };
        write!(
            f,
            "{:<10} #{pointer}: {before} → {after}; {}; touches {}",
            self.severity, self.meaning, self.item
        )
    }
}

/// Enough of a value to know it by.
fn shortened(text: &str) -> String {
    const ENOUGH: usize = 100;
    if text.chars().count() <= ENOUGH {
        return text.to_owned();
    }
    let start: String = text.chars().take(ENOUGH).collect();
    format!("{start}…")
}
