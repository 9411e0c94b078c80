//! Rules about what matters where people are deleted: how far a deletion reaches, what its answer says,
//! and where the key goes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    difference::{Difference, unescape},
    facts::{is_digest, telling},
    reading::METHODS,
    severity::Severity,
};

/// A rule's opinion.
type Verdict = Option<(Severity, String)>;

/// Whether a schema is sent, or comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Sent,
    Returned,
}

/// Which of the two documents' names the code is generated from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The documents' own.
    Theirs,
    /// An overlay gives the operations names of ours.
    Overlaid,
}

/// The rules, for one pair of documents.
pub struct Rules<'a> {
    old: &'a Value,
    new: &'a Value,
    names: Names,
    /// Names of schemas that requests reach.
    sent: BTreeSet<String>,
    /// Names of schemas that answers reach.
    returned: BTreeSet<String>,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a verdict may be missing, and this is one"
)]
fn critical(meaning: impl Into<String>) -> Verdict {
    Some((Severity::Critical, meaning.into()))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a verdict may be missing, and this is one"
)]
fn breaking(meaning: impl Into<String>) -> Verdict {
    Some((Severity::Breaking, meaning.into()))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a verdict may be missing, and this is one"
)]
fn compatible(meaning: impl Into<String>) -> Verdict {
    Some((Severity::Compatible, meaning.into()))
}

impl<'a> Rules<'a> {
    pub fn new(old: &'a Value, new: &'a Value, names: Names) -> Self {
        Self {
            old,
            new,
            names,
            sent: reachable(old, new, Direction::Sent),
            returned: reachable(old, new, Direction::Returned),
        }
    }

    /// What a difference means; `None` where no rule knows.
    pub fn verdict(&self, difference: &Difference) -> Verdict {
        let tokens: Vec<String> = difference
            .pointer
            .split('/')
            .skip(1)
            .map(unescape)
            .collect();
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        if let Some(words) = self.wording(&tokens, difference) {
            return words;
        }
        let is_method = |method: &str| METHODS.contains(&method);
        match tokens.as_slice() {
            ["openapi"] => compatible("the form of the document changes"),
            ["info" | "tags" | "externalDocs", ..] => {
                compatible("says something about the document alone")
            }
            ["servers", ..] => critical(
                "the host or the address changes; a key must not go to a host that nobody checked",
            ),
            ["security", ..] | ["components", "securitySchemes", ..] => {
                critical("authentication changes")
            }
            ["components", "schemas", name] => {
                match (&difference.renamed_from, &difference.after) {
                    (Some(old), _) => breaking(format!("{old} is called {name} now")),
                    (None, Some(_)) => compatible("a new schema"),
                    (None, None) => breaking("the schema is gone"),
                }
            }
            ["components", "schemas", name, rest @ ..] => {
                let mut verdicts = Vec::new();
                if self.sent.contains(*name) {
                    verdicts.push(self.schema(Direction::Sent, rest, difference));
                }
                if self.returned.contains(*name) || verdicts.is_empty() {
                    verdicts.push(self.schema(Direction::Returned, rest, difference));
                }
                // What no rule knows stays unknown, even where a rule knows the other direction.
                verdicts
                    .into_iter()
                    .reduce(|a, b| a.zip(b).map(|(a, b)| if b.0 > a.0 { b } else { a }))
                    .flatten()
            }
            ["paths", path] => match (&difference.renamed_from, &difference.after) {
                (Some(old), _) => critical(format!("the path changes from {old} to {path}")),
                (None, Some(_)) => {
                    compatible("a new path; the overlay has to name its operations, or drop them")
                }
                (None, None) => critical("the path is gone"),
            },
            ["paths", _, method] if is_method(method) => match difference.after {
                Some(_) => compatible("a new operation; the overlay has to name it, or drop it"),
                None => critical("the operation is gone"),
            },
            ["paths", _, "parameters", rest @ ..] => self.parameter(rest, difference),
            ["paths", _, _, rest @ ..] => self.operation(rest, difference),
            _ => None,
        }
    }

    fn operation(&self, rest: &[&str], difference: &Difference) -> Verdict {
        match rest {
            ["security", ..] => critical("authentication changes"),
            ["servers", ..] => critical("the host or the address changes"),
            ["operationId"] if self.names == Names::Overlaid => {
                compatible("the vendor's name for it; ours stays")
            }
            ["operationId"] => breaking("the method has another name"),
            ["tags" | "externalDocs", ..] => compatible("says something about the document alone"),
            ["deprecated"] => {
                compatible("the vendor is retiring it, or is not any more; plan for it")
            }
            ["responses", status] if difference.renamed_from.is_some() => breaking(format!(
                "success is told by {status} now, and by {} no more",
                difference.renamed_from.as_deref().unwrap_or_default()
            )),
            ["responses", _, "content"] => match difference.after {
                Some(_) => breaking("the answer has a body now"),
                None => breaking("the answer has no body any more"),
            },
            ["responses", status] => match difference.after {
                Some(_) => critical(format!("a new status, {status}")),
                None => critical(format!("the status {status} is gone")),
            },
            ["responses", _, "content", media_type] | ["requestBody", "content", media_type] => {
                match difference.after {
                    Some(_) => compatible("another media type, which is not used"),
                    None if *media_type == "application/json" => {
                        breaking("the one media type that is used is gone")
                    }
                    None => compatible("a media type that is not used is gone"),
                }
            }
            ["responses", _, "content", _, "schema", rest @ ..] => {
                self.schema(Direction::Returned, rest, difference)
            }
            ["requestBody"] => match difference.after {
                Some(_) => breaking("a body is sent now"),
                None => critical("what is deleted is no longer said in the body"),
            },
            ["requestBody", "required"] => Self::required_flag(difference, "the body"),
            ["requestBody", "content", _, "schema", rest @ ..] => {
                self.schema(Direction::Sent, rest, difference)
            }
            ["parameters", rest @ ..] => self.parameter(rest, difference),
            _ => None,
        }
    }

    fn parameter(&self, rest: &[&str], difference: &Difference) -> Verdict {
        match rest {
            [_] => match (&difference.before, &difference.after) {
                (Some(_), _) => critical("a parameter that says what is deleted is gone"),
                (_, Some(new)) if new.get("required") == Some(&Value::Bool(true)) => {
                    breaking("a new parameter that must be given")
                }
                (_, Some(new))
                    if reaches_all(
                        new.get("name").and_then(Value::as_str).unwrap_or_default(),
                        new.get("schema").unwrap_or(&Value::Null),
                    ) =>
                {
                    critical("a new flag that may widen the deletion")
                }
                _ => compatible("a new parameter that may be left out"),
            },
            [_, "required"] => Self::required_flag(difference, "the parameter"),
            [_, "schema", rest @ ..] => self.schema(Direction::Sent, rest, difference),
            _ => None,
        }
    }

    fn required_flag(difference: &Difference, what: &str) -> Verdict {
        if difference.after == Some(Value::Bool(true)) {
            breaking(format!("{what} must be given now"))
        } else {
            critical(format!(
                "{what} may be left out now, and what is deleted then is not said"
            ))
        }
    }

    /// A change within a schema; `rest` is the place within it.
    fn schema(&self, direction: Direction, rest: &[&str], difference: &Difference) -> Verdict {
        let (keyword, is_property) = last_keyword(rest)?;
        if is_property {
            return self.property(direction, keyword, difference);
        }
        let (before, after) = (difference.before.as_ref(), difference.after.as_ref());
        let sent = direction == Direction::Sent;
        match keyword {
            "required" => self.required(direction, difference),
            "enum" => {
                let (gone, came) = set_changes(before, after);
                match (came.is_empty(), gone.is_empty()) {
                    (true, true) => compatible("only the order changes"),
                    (false, _) if sent => critical(format!(
                        "a deletion's scope may grow: {} may be sent now",
                        list(&came)
                    )),
                    (false, _) => breaking(format!("{} may be answered now", list(&came))),
                    (true, false) if sent => {
                        breaking(format!("{} may not be sent any more", list(&gone)))
                    }
                    (true, false) => {
                        compatible(format!("{} is not answered any more", list(&gone)))
                    }
                }
            }
            "nullable" => match (after == Some(&Value::Bool(true)), sent) {
                (true, true) => critical("null may be sent now, and what that deletes is not said"),
                (true, false) => breaking("null may be answered now"),
                (false, true) => breaking("null may not be sent any more"),
                (false, false) => compatible("null is not answered any more"),
            },
            "default" if sent => critical("leaving it out means something else now"),
            "default" => compatible("nothing is left out of an answer by us"),
            "minItems" | "minLength" | "minProperties" if sent => {
                let number = |value: Option<&Value>| value.and_then(Value::as_f64).unwrap_or(0.0);
                if number(after) < number(before) {
                    critical(
                        "less may be named than before, and what an empty list or id deletes is not said",
                    )
                } else {
                    breaking("more must be named than before")
                }
            }
            "maxItems" | "maxLength" | "maximum" | "maxProperties" => {
                let number =
                    |value: Option<&Value>| value.and_then(Value::as_f64).unwrap_or(f64::INFINITY);
                let grows = number(after) > number(before);
                if grows == sent {
                    compatible("more is allowed than before")
                } else {
                    breaking("the limit changes; batches may be refused")
                }
            }
            "deprecated" => {
                compatible("the vendor is retiring it, or is not any more; plan for it")
            }
            _ => None,
        }
    }

    fn property(&self, direction: Direction, name: &str, difference: &Difference) -> Verdict {
        if let Some(old) = &difference.renamed_from {
            return breaking(format!("the field {old} is called {name} now"));
        }
        let sent = direction == Direction::Sent;
        match (&difference.before, &difference.after) {
            (None, Some(schema)) if sent => {
                if self.is_required(difference, name) {
                    breaking("a new field that must be sent")
                } else if reaches_all(name, schema) {
                    critical("a new flag that may widen the deletion")
                } else {
                    compatible("a new field that may be left out")
                }
            }
            (None, Some(_)) => compatible("a new field of an answer"),
            (Some(_), None) if sent => critical("a field that says what is deleted is gone"),
            (Some(_), None) => breaking("a field of an answer is gone"),
            _ => None,
        }
    }

    fn is_required(&self, difference: &Difference, name: &str) -> bool {
        difference
            .pointer
            .rsplit_once("/properties/")
            .and_then(|(schema, _)| self.new.pointer(schema)?.get("required")?.as_array())
            .is_some_and(|required| required.iter().any(|other| other == name))
    }

    /// Whether a list of required fields changes only in fields that come, go or change their names, each of
    /// which is told in a line of its own.
    pub fn is_told_elsewhere(&self, difference: &Difference) -> bool {
        let (gone, came) = set_changes(difference.before.as_ref(), difference.after.as_ref());
        let lists_fields = difference.pointer.ends_with("/required")
            && [&difference.before, &difference.after]
                .iter()
                .all(|side| side.as_ref().is_none_or(Value::is_array));
        lists_fields
            && !(gone.is_empty() && came.is_empty())
            && gone
                .iter()
                .chain(&came)
                .all(|name| !self.stays(difference, name))
    }

    /// Whether both documents have the field that a list of required fields names.
    fn stays(&self, difference: &Difference, name: &Value) -> bool {
        let Some((schema, _)) = difference.pointer.rsplit_once('/') else {
            return false;
        };
        [self.old, self.new].iter().all(|document| {
            document
                .pointer(schema)
                .and_then(|schema| schema.get("properties")?.get(name.as_str()?))
                .is_some()
        })
    }

    fn required(&self, direction: Direction, difference: &Difference) -> Verdict {
        let (mut gone, mut came) =
            set_changes(difference.before.as_ref(), difference.after.as_ref());
        gone.retain(|name| self.stays(difference, name));
        came.retain(|name| self.stays(difference, name));
        match (gone.is_empty(), came.is_empty(), direction) {
            (false, _, Direction::Sent) => critical(format!(
                "{} may be left out now, and what is deleted then is not said",
                list(&gone)
            )),
            (false, _, Direction::Returned) => {
                breaking(format!("{} may be missing from an answer", list(&gone)))
            }
            (true, false, Direction::Sent) => breaking(format!("{} must be sent now", list(&came))),
            (true, false, Direction::Returned) => {
                compatible(format!("{} is always answered now", list(&came)))
            }
            (true, true, _) => compatible("only the order changes"),
        }
    }

    /// Changes of wording. `None` where something else changed.
    fn wording(&self, tokens: &[&str], difference: &Difference) -> Option<Verdict> {
        let sides = [&difference.before, &difference.after];
        let is_words = |side: &&Option<Value>| {
            side.as_ref()
                .is_none_or(|value| is_digest(value) || value.is_null() || value == "")
        };
        let has_digest = sides
            .iter()
            .any(|side| side.as_ref().is_some_and(is_digest));
        let is_example = tokens.last() == Some(&"example");
        if !sides.iter().all(is_words) || !(has_digest || is_example) {
            return None;
        }
        let about_the_deletion = match tokens {
            ["paths", _, method, "description" | "summary"] => METHODS.contains(method),
            ["paths", _, _, "requestBody" | "parameters", ..] => true,
            ["components", "schemas", name, ..] => self.sent.contains(*name),
            _ => false,
        } && !is_example;
        let telling = |side: &Option<Value>| -> BTreeSet<String> {
            side.as_ref()
                .and_then(Value::as_str)
                .map(|digest| telling(digest).into_iter().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        let (before, after) = (telling(&difference.before), telling(&difference.after));
        Some(if about_the_deletion && before != after {
            let words: Vec<_> = before.symmetric_difference(&after).cloned().collect();
            critical(format!(
                "the words about how far it reaches, or whether it can be undone, change ({}-); read them",
                words.join("-, ")
            ))
        } else {
            compatible("only the wording changes; see whether ours still fits")
        })
    }
}

/// The last token of a place within a schema, and whether it is a property's name.
fn last_keyword<'a>(rest: &[&'a str]) -> Option<(&'a str, bool)> {
    let mut named = false;
    let mut last = None;
    for token in rest {
        last = Some((*token, named));
        named = !named && matches!(*token, "properties" | "patternProperties");
    }
    last
}

/// Whether a field looks as if it widened a deletion.
fn reaches_all(name: &str, schema: &Value) -> bool {
    let name = name.to_lowercase();
    let is_flag = schema.get("type").is_some_and(|of| of == "boolean");
    is_flag
        || [
            "all",
            "every",
            "force",
            "cascade",
            "purge",
            "scope",
            "mode",
            "hard",
            "permanent",
            "recursive",
        ]
        .iter()
        .any(|word| name.contains(word))
}

fn set_changes(before: Option<&Value>, after: Option<&Value>) -> (Vec<Value>, Vec<Value>) {
    let list = |side: Option<&Value>| side.and_then(Value::as_array).cloned().unwrap_or_default();
    let (before, after) = (list(before), list(after));
    let without = |these: &[Value], those: &[Value]| {
        these
            .iter()
            .filter(|value| !those.contains(value))
            .cloned()
            .collect()
    };
    (without(&before, &after), without(&after, &before))
}

fn list(values: &[Value]) -> String {
    values
        .iter()
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// The names of schemas that requests, or answers, reach in either document.
fn reachable(old: &Value, new: &Value, direction: Direction) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for document in [old, new] {
        let operations = document
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        for (_, item) in operations {
            let mut roots = Vec::new();
            if direction == Direction::Sent {
                roots.extend(item.get("parameters"));
            }
            for method in METHODS {
                let Some(operation) = item.get(method) else {
                    continue;
                };
                match direction {
                    Direction::Sent => roots.extend(
                        ["parameters", "requestBody"]
                            .iter()
                            .filter_map(|key| operation.get(key)),
                    ),
                    Direction::Returned => roots.extend(operation.get("responses")),
                }
            }
            for root in roots {
                collect(document, root, &mut names);
            }
        }
    }
    names
}

fn collect(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(target) = object.get("$ref").and_then(Value::as_str) {
                let name = target.strip_prefix("#/components/schemas/").map(unescape);
                let fresh = name.is_none_or(|name| names.insert(name));
                if fresh
                    && let Some(target) = target
                        .strip_prefix('#')
                        .and_then(|pointer| document.pointer(pointer))
                {
                    collect(document, target, names);
                }
            }
            object
                .values()
                .for_each(|value| collect(document, value, names));
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect(document, value, names)),
        _ => {}
    }
}
