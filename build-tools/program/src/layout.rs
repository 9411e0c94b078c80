//! One way to write a document: the order of keys that a reader expects, then the alphabet.
//!
//! The order does not come from the vendor, so that a vendor who sorts anew changes nothing here.

use serde_json::Value;
use yaml_serde::{Mapping, Value as Yaml};

/// What stands above a document that is made.
pub const COMMENT: [&str; 2] = [
    "Made from the vendor's document by overlay.yaml. Edit that, then run",
    "`cargo specs refresh PROVIDER --write`.",
];

/// Keys in the order of an OpenAPI document.
const ORDER: [&str; 42] = [
    "openapi",
    "info",
    "servers",
    "tags",
    "security",
    "paths",
    "components",
    "$ref",
    "name",
    "in",
    "title",
    "version",
    "url",
    "summary",
    "description",
    "operationId",
    "deprecated",
    "required",
    "parameters",
    "requestBody",
    "responses",
    "headers",
    "content",
    "schema",
    "type",
    "format",
    "scheme",
    "nullable",
    "enum",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "items",
    "minItems",
    "maxItems",
    "properties",
    "additionalProperties",
    "allOf",
    "example",
];

/// The document as YAML, under a comment.
pub fn write(document: &Value, comment: &[&str]) -> String {
    let yaml = yaml_serde::to_string(&ordered(document)).expect("JSON can be written as YAML");
    let mut lines: Vec<String> = comment.iter().map(|line| format!("# {line}")).collect();
    lines.push(yaml);
    lines.join("\n")
}

fn ordered(value: &Value) -> Yaml {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(key, value)| {
                // A parameter's `required` is a word; a schema's is a list, which follows its fields.
                let known = if value.is_array() && *key == "required" {
                    "properties"
                } else {
                    key
                };
                let rank = ORDER
                    .iter()
                    .position(|other| *other == known)
                    .unwrap_or(ORDER.len());
                (rank, key.as_str())
            });
            Yaml::Mapping(
                members
                    .into_iter()
                    .map(|(key, value)| (Yaml::String(key.clone()), ordered(value)))
                    .collect::<Mapping>(),
            )
        }
        Value::Array(values) => Yaml::Sequence(values.iter().map(ordered).collect()),
        scalar => yaml_serde::to_value(scalar).expect("a scalar is YAML"),
    }
}
