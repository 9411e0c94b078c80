//! Makes a module of each document in `documents.yaml`, as a provider's `build.rs` makes a crate of one.

use std::{env, fmt::Write, fs, path::Path};

use prospect_delete_build_tools::{Document, Features, generate_from};
use serde_json::{Map, Value, json};

fn main() {
    println!("cargo::rerun-if-changed=documents.yaml");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let table = Document::load(Path::new("documents.yaml")).expect("YAML");
    let mut modules = String::new();
    for (name, parts) in table.value().as_object().expect("a mapping of documents") {
        let document = Document::new(Path::new(name), whole(parts));
        let features = Features {
            mock: true,
            schemars: true,
        };
        let generated = match generate_from(&document, features) {
            Ok(generated) => generated,
            Err(problems) => {
                for problem in problems {
                    println!("cargo::error={problem}");
                }
                continue;
            }
        };
        // The mocks of a crate look for its client at the top.
        let mock = generated
            .mock
            .expect("mocks were asked for")
            .replace("crate::raw::", &format!("crate::{name}::raw::"));
        fs::write(format!("{out}/{name}_client.rs"), generated.client).expect("room");
        fs::write(format!("{out}/{name}_mock.rs"), mock).expect("room");
        let _ = writeln!(
            modules,
            "pub mod {name} {{
                pub mod raw {{ include!(concat!(env!(\"OUT_DIR\"), \"/{name}_client.rs\")); }}
                pub mod mock {{ include!(concat!(env!(\"OUT_DIR\"), \"/{name}_mock.rs\")); }}
            }}"
        );
    }
    fs::write(format!("{out}/modules.rs"), modules).expect("room");
}

/// The document that the parts stand in.
fn whole(parts: &Value) -> Value {
    let mut components: Map<String, Value> = parts.as_object().cloned().unwrap_or_default();
    components.remove("paths");
    components.insert(
        "securitySchemes".to_owned(),
        json!({ "key": { "type": "apiKey", "in": "header", "name": "X-Key" } }),
    );
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Example", "version": "v1" },
        "servers": [{ "url": "https://api.example" }],
        "security": [{ "key": [] }],
        "paths": parts["paths"],
        "components": components,
    })
}
