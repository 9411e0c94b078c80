//! `specs check`: whether what is checked in fits together.

use std::fs;

use prospect_delete_build_tools::{Document, child};
use serde_json::Value;

use crate::{
    difference::differences,
    facts::is_digest,
    folder::{Folder, read},
    layout::{self, COMMENT},
    reading::METHODS,
    snapshot::Snapshots,
    stop::Stop,
};

/// Every fault of one provider's files.
pub fn check(folder: &Folder) -> Vec<Stop> {
    let mut faults = Vec::new();
    let (text, document) = match folder.checked_in() {
        Ok(checked_in) => checked_in,
        Err(stop) => return vec![stop],
    };
    match folder.sources() {
        Ok(sources) if sources.machine_readable => {
            if let Err(stop) = made_by_overlay(folder, &text, &document) {
                faults.push(stop);
            }
        }
        Ok(_) => {}
        Err(stop) => faults.push(stop),
    }
    faults.extend(
        lints(&document)
            .into_iter()
            .map(|line| Stop::failure(format!("{}{line}", folder.openapi().display()))),
    );
    match Snapshots::new(&document) {
        Ok(snapshots) => faults.extend(outdated(folder, &snapshots)),
        Err(problems) => faults.extend(problems),
    }
    faults
}

/// The overlay applied to the vendor's facts is the checked-in document, byte for byte.
fn made_by_overlay(folder: &Folder, text: &str, document: &Document) -> Result<(), Stop> {
    let applied = folder.overlay()?.apply(&folder.last_facts()?);
    if let Some(failure) = applied.failures.first() {
        return Err(Stop::failure(failure));
    }
    if let Some(redundant) = applied.redundant.first() {
        return Err(Stop::failure(redundant));
    }
    if layout::write(&applied.document, &COMMENT) == text {
        return Ok(());
    }
    let place = differences(document.value(), &applied.document)
        .first()
        .map_or_else(
            || "layout alone".to_owned(),
            |difference| format!("#{}", difference.pointer),
        );
    Err(Stop::file(
        &folder.openapi(),
        format!(
            "is not what overlay.yaml makes of facts.yaml ({place}); edit overlay.yaml, then run `cargo specs refresh {} --write`",
            folder.provider
        ),
    ))
}

/// Summaries that are not what they were.
fn outdated(folder: &Folder, snapshots: &Snapshots) -> Vec<Stop> {
    folder
        .snapshot_files(snapshots)
        .into_iter()
        .filter(|(path, text)| fs::read_to_string(path).ok().as_ref() != Some(text))
        .map(|(path, text)| {
            let line = read(&path).map_or(1, |old| {
                let same = old.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
                same + 1
            });
            Stop::file(
                &path,
                format!(
                    "line {line}: is not what the generator makes any more; run `cargo specs refresh {} --write` and read what changed",
                    folder.provider
                ),
            )
        })
        .collect()
}

/// What makes a document poor although the generator takes it.
pub fn lints(document: &Document) -> Vec<String> {
    let mut lints = Vec::new();
    let value = document.value();
    for (path, item) in value
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let place = child(&child("/paths", path), method);
            for key in ["summary", "description"] {
                if !has_words(operation, key) {
                    lints.push(format!(
                        "#{place}: has no {key}; say in our own words what it deletes"
                    ));
                }
            }
            let parameters = operation
                .get("parameters")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            for (index, parameter) in parameters.enumerate() {
                if !has_words(parameter, "description") {
                    lints.push(format!(
                        "#{place}/parameters/{index}: has no description; say what it names"
                    ));
                }
            }
            if operation
                .get("security")
                .or(value.get("security"))
                .and_then(Value::as_array)
                .is_none_or(Vec::is_empty)
            {
                lints.push(format!("#{place}: asks for no key; give `security`"));
            }
        }
    }
    let schemas = value
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let whole = value.to_string();
    for (name, schema) in schemas.into_iter().flatten() {
        let place = child("/components/schemas", name);
        if !whole.contains(&format!("\"#{place}\"")) {
            lints.push(format!("#{place}: nothing refers to it; drop it"));
        }
        described(schema, &place, &mut lints);
    }
    digests(value, "", &mut lints);
    keywords(value, &mut lints);
    lints
}

fn has_words(value: &Value, key: &str) -> bool {
    value
        .get(key)
        .and_then(Value::as_str)
        .is_some_and(|words| !words.trim().is_empty())
}

/// Schemas and their fields say what they are.
fn described(schema: &Value, place: &str, lints: &mut Vec<String>) {
    if schema.get("$ref").is_none() && !has_words(schema, "description") {
        lints.push(format!(
            "#{place}: has no description; say in our own words what it is"
        ));
    }
    for (name, property) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        described(property, &child(&child(place, "properties"), name), lints);
    }
    if let Some(items) = schema
        .get("items")
        .filter(|items| items.get("properties").is_some())
    {
        described(items, &child(place, "items"), lints);
    }
}

/// Places where the vendor's words would stand if the overlay were applied to the vendor's document.
fn digests(value: &Value, place: &str, lints: &mut Vec<String>) {
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| digests(value, &child(place, key), lints)),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .for_each(|(index, value)| digests(value, &child(place, &index.to_string()), lints)),
        value if is_digest(value) => lints.push(format!(
            "#{place}: the vendor's words would stand here; put ours in the overlay"
        )),
        _ => {}
    }
}

/// Keywords that OpenAPI 3.0 has not: most often misspelt, and passed over in silence by every reader.
fn keywords(document: &Value, lints: &mut Vec<String>) {
    const SCHEMA: [&str; 36] = [
        "$ref",
        "title",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxProperties",
        "minProperties",
        "required",
        "enum",
        "type",
        "allOf",
        "oneOf",
        "anyOf",
        "not",
        "items",
        "properties",
        "additionalProperties",
        "description",
        "format",
        "default",
        "nullable",
        "discriminator",
        "readOnly",
        "writeOnly",
        "xml",
        "externalDocs",
        "example",
        "deprecated",
    ];
    const OPERATION: [&str; 12] = [
        "tags",
        "summary",
        "description",
        "externalDocs",
        "operationId",
        "parameters",
        "requestBody",
        "responses",
        "callbacks",
        "deprecated",
        "security",
        "servers",
    ];
    fn known(value: &Value, place: &str, known: &[&str], lints: &mut Vec<String>) {
        for key in value
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys())
        {
            if !known.contains(&key.as_str()) && !key.starts_with("x-") {
                lints.push(format!(
                    "#{place}: OpenAPI 3.0 has no {key:?} here; mend its spelling or drop it"
                ));
            }
        }
    }
    fn schema(value: &Value, place: &str, lints: &mut Vec<String>) {
        known(value, place, &SCHEMA, lints);
        for (name, property) in value
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            schema(property, &child(&child(place, "properties"), name), lints);
        }
        for key in ["items", "additionalProperties", "not"] {
            if let Some(inner) = value.get(key) {
                schema(inner, &child(place, key), lints);
            }
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            for (index, inner) in value
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .enumerate()
            {
                schema(inner, &child(&child(place, key), &index.to_string()), lints);
            }
        }
    }
    for (path, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                known(
                    operation,
                    &child(&child("/paths", path), method),
                    &OPERATION,
                    lints,
                );
            }
        }
    }
    for (name, of) in document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        schema(of, &child("/components/schemas", name), lints);
    }
}
