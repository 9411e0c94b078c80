//! What the control routes say of each provider's data: its schemas and an example, from the file beside its module.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::registry::Provider;

/// The file beside a provider's module.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    /// Schema of the data, as it is seeded and shown.
    state: Value,
    /// Schema of how much is made up.
    generate: Value,
    /// Each kind of record that a deletion takes away, and the fields that identify one.
    deleted: BTreeMap<String, Vec<String>>,
    /// Data on which the samples in the vendor's document work as they stand.
    example: Value,
}

impl Data {
    fn of(provider: Provider) -> Self {
        yaml_serde::from_str(provider.data())
            .unwrap_or_else(|error| panic!("{}.yaml: {error}", provider.name()))
    }
}

/// All examples, as a seed.
pub(crate) fn example() -> Value {
    let examples = Provider::ALL.map(|provider| {
        let name = provider.name().to_owned();
        (name, Data::of(provider).example)
    });
    Value::Object(Map::from_iter(examples))
}

/// The description of the control routes with the data of all providers in its schemas.
pub(crate) fn described() -> Value {
    let mut description: Value =
        yaml_serde::from_str(include_str!("control.yaml")).expect("the description is YAML");
    let schemas = &mut description["components"]["schemas"];
    for provider in Provider::ALL {
        let name = provider.name();
        let data = Data::of(provider);
        let reference = json!({ "$ref": format!("#/components/schemas/{}", provider.schema()) });
        schemas[provider.schema()] = data.state;
        for whole in ["State", "SeedBody"] {
            schemas[whole]["properties"][name] = reference.clone();
        }
        schemas["Generate"]["properties"][name] = data.generate;
        push(&mut schemas["Provider"]["enum"], json!(name));
        let behaviours = &mut schemas["Behaviour"]["properties"];
        push(&mut behaviours["provider"]["enum"], json!(name));
        let deleted = &mut schemas["Deleted"];
        for (kind, fields) in data.deleted {
            push(&mut deleted["properties"]["kind"]["enum"], json!(kind));
            push(&mut deleted["oneOf"], json!({ "required": fields }));
        }
    }
    description
}

fn push(list: &mut Value, value: Value) {
    let list = list.as_array_mut();
    list.expect("`control.yaml` has a list there").push(value);
}
