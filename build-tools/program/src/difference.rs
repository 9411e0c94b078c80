//! Every place where two documents differ. What the changes mean is not asked here.

use std::collections::BTreeSet;

use prospect_delete_build_tools::child;
use serde_json::{Map, Value};

use crate::facts::is_digest;

/// One place where two documents differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The place, a JSON pointer: in the new document, or in the old one where the new has no such place.
    pub pointer: String,
    /// What stood there; `None` where nothing did.
    pub before: Option<Value>,
    /// What stands there; `None` where nothing does.
    pub after: Option<Value>,
    /// The name it had, where it only has another one now.
    pub renamed_from: Option<String>,
}

impl Difference {
    /// The place in the old document of what has another name in the new one.
    pub fn old_pointer(&self) -> Option<String> {
        let (parent, _) = self.pointer.rsplit_once('/')?;
        Some(child(parent, self.renamed_from.as_ref()?))
    }
}

/// All differences, in the order of the documents' places.
pub fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(old, new, "", &mut found);
    renames(found)
}

fn walk(old: &Value, new: &Value, pointer: &str, found: &mut Vec<Difference>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(before), Value::Object(after)) => {
            let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            // No fields, and no list of them, are the same.
            let nothing = Value::Object(Map::new());
            let moved = pointer
                .ends_with("/responses")
                .then(|| success_that_moved(before, after))
                .flatten();
            if let Some((from, to)) = &moved {
                let place = child(pointer, to);
                found.push(Difference {
                    pointer: place.clone(),
                    before: Some(before[from].clone()),
                    after: Some(after[to].clone()),
                    renamed_from: Some(from.clone()),
                });
                walk(&before[from], &after[to], &place, found);
            }
            for key in keys {
                if moved
                    .as_ref()
                    .is_some_and(|(from, to)| [from, to].contains(&key))
                {
                    continue;
                }
                if key == "properties" {
                    let side = |of: &Map<String, Value>| of.get(key).unwrap_or(&nothing).clone();
                    walk(&side(before), &side(after), &child(pointer, key), found);
                    continue;
                }
                pair(before.get(key), after.get(key), &child(pointer, key), found);
            }
        }
        (Value::Array(before), Value::Array(after)) if pointer.ends_with("/parameters") => {
            parameters(before, after, pointer, found);
        }
        // Lists of words, such as `required` and `enum`, are one thing each.
        (Value::Array(before), Value::Array(after))
            if !before
                .iter()
                .chain(after)
                .all(|value| value.is_object() || value.is_array()) =>
        {
            pair_changed(old, new, pointer, found);
        }
        (Value::Array(before), Value::Array(after)) => {
            for index in 0..before.len().max(after.len()) {
                pair(
                    before.get(index),
                    after.get(index),
                    &child(pointer, &index.to_string()),
                    found,
                );
            }
        }
        _ => pair_changed(old, new, pointer, found),
    }
}

/// The one success status that went and the one that came, if there is one of each: the answer is another
/// then, with or without a body, and the operation still succeeds.
fn success_that_moved(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Option<(String, String)> {
    let one = |these: &Map<String, Value>, those: &Map<String, Value>| {
        let mut only = these
            .keys()
            .filter(|status| status.starts_with('2') && !those.contains_key(*status));
        let first = only.next()?;
        only.next().is_none().then(|| first.clone())
    };
    Some((one(before, after)?, one(after, before)?))
}

fn pair(before: Option<&Value>, after: Option<&Value>, pointer: &str, found: &mut Vec<Difference>) {
    match (before, after) {
        (Some(before), Some(after)) => walk(before, after, pointer, found),
        (before, after) => found.push(Difference {
            pointer: pointer.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
            renamed_from: None,
        }),
    }
}

fn pair_changed(before: &Value, after: &Value, pointer: &str, found: &mut Vec<Difference>) {
    found.push(Difference {
        pointer: pointer.to_owned(),
        before: Some(before.clone()),
        after: Some(after.clone()),
        renamed_from: None,
    });
}

/// Parameters are told apart by name and place; their order says nothing.
fn parameters(before: &[Value], after: &[Value], pointer: &str, found: &mut Vec<Difference>) {
    let identity = |value: &Value| {
        (
            value.get("in").cloned(),
            value.get("name").cloned(),
            value.get("$ref").cloned(),
        )
    };
    for (index, parameter) in before.iter().enumerate() {
        if !after
            .iter()
            .any(|other| identity(other) == identity(parameter))
        {
            pair(
                Some(parameter),
                None,
                &child(pointer, &index.to_string()),
                found,
            );
        }
    }
    for (index, parameter) in after.iter().enumerate() {
        let old = before
            .iter()
            .find(|other| identity(other) == identity(parameter));
        pair(
            old,
            Some(parameter),
            &child(pointer, &index.to_string()),
            found,
        );
    }
}

/// Recognises what went and came back beside it under another name, where only one can be meant.
fn renames(mut found: Vec<Difference>) -> Vec<Difference> {
    let mut pairs = Vec::new();
    for (gone, old) in found.iter().enumerate() {
        for (came, new) in found.iter().enumerate() {
            if is_rename(old, new) {
                pairs.push((gone, came));
            }
        }
    }
    let alone = |pair: &&(usize, usize)| {
        pairs
            .iter()
            .filter(|other| other.0 == pair.0 || other.1 == pair.1)
            .count()
            == 1
    };
    let mut told = BTreeSet::new();
    for (gone, came) in pairs.iter().filter(alone) {
        found[*came].renamed_from = found[*gone]
            .pointer
            .rsplit_once('/')
            .map(|(_, name)| unescape(name));
        let before = found[*gone].before.clone();
        found[*came].before = before;
        told.insert(*gone);
    }
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !told.contains(&(index - 1))
    });
    found
}

fn is_rename(gone: &Difference, came: &Difference) -> bool {
    let parent = |difference: &Difference| {
        difference
            .pointer
            .rsplit_once('/')
            .map(|(parent, _)| parent.to_owned())
    };
    let (Some(old), Some(new)) = (&gone.before, &came.after) else {
        return false;
    };
    gone.after.is_none()
        && came.before.is_none()
        && parent(gone) == parent(came)
        && parent(gone).is_some_and(|parent| {
            parent == "/paths" || parent.ends_with("/properties") || parent.ends_with("/schemas")
        })
        && without_words(old) == without_words(new)
}

/// A copy in which wording does not count.
fn without_words(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(_, value)| !is_digest(value))
                .map(|(key, value)| (key.clone(), without_words(value)))
                .collect(),
        ),
        Value::Array(values) => Value::Array(values.iter().map(without_words).collect()),
        scalar => scalar.clone(),
    }
}

/// One token of a JSON pointer as the name it stands for.
pub fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
