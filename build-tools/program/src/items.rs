//! From a place in a document to the Rust item that the generator makes of it.

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use crate::{difference::unescape, reading::METHODS};

/// Names the generated items of one provider.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// Before every item: the crate, where it is known.
    root: String,
    /// The document that the code is generated from, for the operations' names.
    document: Value,
}

impl Items {
    /// The items of a provider's crate, generated from `document`.
    pub fn of_provider(provider: &str, document: &Value) -> Self {
        Self {
            root: format!("prospect_delete_{provider}::raw"),
            document: document.clone(),
        }
    }

    /// The items that would be generated from `document`.
    pub fn of_document(document: &Value) -> Self {
        Self {
            root: "raw".to_owned(),
            document: document.clone(),
        }
    }

    /// The innermost item that a place becomes a part of.
    pub fn touched(&self, pointer: &str) -> String {
        let tokens: Vec<String> = pointer.split('/').skip(1).map(unescape).collect();
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let item = match tokens.as_slice() {
            ["servers", ..] => "BASE_URL".to_owned(),
            ["security", ..] | ["components", "securitySchemes", ..] => "AUTHENTICATION".to_owned(),
            ["components", "schemas", name, rest @ ..] => {
                format!("types::{}", schema_item(name, rest))
            }
            ["paths", path, rest @ ..] => self.operation(path, rest.first().copied()),
            _ => return "no item".to_owned(),
        };
        format!("{}::{item}", self.root)
    }

    fn operation(&self, path: &str, method: Option<&str>) -> String {
        let item = self.document.get("paths").and_then(|paths| paths.get(path));
        let methods = METHODS.into_iter().filter(|known| {
            method.is_none_or(|method| !METHODS.contains(&method) || method == *known)
        });
        let names: Vec<_> = methods
            .filter_map(|method| item?.get(method)?.get("operationId")?.as_str())
            .map(|id| format!("Client::{}", id.to_snake_case()))
            .collect();
        if names.is_empty() {
            "Client (no method yet)".to_owned()
        } else {
            names.join(", ")
        }
    }
}

/// A schema's type, or the field of it that a place within it becomes.
fn schema_item(name: &str, rest: &[&str]) -> String {
    let mut of = name.to_pascal_case();
    let mut item = of.clone();
    let mut named = false;
    for (index, token) in rest.iter().enumerate() {
        if named {
            item = format!("{of}::{}", field(token));
            of = format!("{of}{}", token.to_pascal_case());
            named = false;
        } else if *token == "items" {
            of.push_str("Item");
            // Items that are objects become a type of their own.
            if matches!(
                rest.get(index + 1),
                Some(&("properties" | "required" | "additionalProperties"))
            ) {
                item.clone_from(&of);
            }
        } else {
            named = *token == "properties";
        }
    }
    item
}

/// A field's name. Where that is a word of the language, the generator appends a line.
fn field(name: &str) -> String {
    let name = name.to_snake_case();
    if syn::parse_str::<syn::Ident>(&name).is_ok() {
        name
    } else {
        format!("{name}_")
    }
}
