//! Readable summaries of what is generated, so that a review shows what a new document changes.

use std::fmt::Write;

use prospect_delete_build_tools::{Document, Features, generate_from};
use serde_json::Value;
use syn::{Attribute, ImplItem, Item, Visibility};

use crate::{layout, reading::METHODS, stop::Stop};

/// The summaries of one provider.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshots {
    /// Public items of the generated client, with signatures and without bodies.
    pub client: String,
    /// The same of the typed mocks.
    pub mock: String,
    /// Each operation as it goes over the wire.
    pub wire: String,
}

impl Snapshots {
    /// Generates from a document and sums up.
    pub fn new(document: &Document) -> Result<Self, Vec<Stop>> {
        let features = Features {
            mock: true,
            schemars: true,
        };
        let generated = generate_from(document, features)
            .map_err(|problems| problems.into_iter().map(Stop::failure).collect::<Vec<_>>())?;
        let mock = generated.mock.as_deref().unwrap_or_default();
        Ok(Self {
            client: summary(&generated.client).map_err(|stop| vec![stop])?,
            mock: summary(mock).map_err(|stop| vec![stop])?,
            wire: wire(document.value()),
        })
    }

    /// The summaries with their file names.
    pub fn files(&self) -> [(&'static str, &str); 3] {
        [
            ("client.txt", &self.client),
            ("mock.txt", &self.mock),
            ("wire.txt", &self.wire),
        ]
    }
}

/// The public items of generated code.
fn summary(code: &str) -> Result<String, Stop> {
    let mut file = syn::parse_file(code)
        .map_err(|error| Stop::failure(format!("the generated code does not parse ({error})")))?;
    file.attrs.clear();
    file.items = public(file.items);
    Ok(prettyplease::unparse(&file))
}

/// Keeps what a user can name, without documentation and bodies.
fn public(items: Vec<Item>) -> Vec<Item> {
    items.into_iter().filter_map(public_item).collect()
}

fn public_item(mut item: Item) -> Option<Item> {
    match &mut item {
        Item::Mod(module) => {
            keep(&mut module.attrs);
            let (brace, items) = module.content.take()?;
            module.content = Some((brace, public(items)));
            is_public(&module.vis)
        }
        Item::Struct(of) => {
            keep(&mut of.attrs);
            if let syn::Fields::Named(fields) = &mut of.fields {
                fields.named = std::mem::take(&mut fields.named)
                    .into_iter()
                    .filter(|field| is_public(&field.vis))
                    .map(|mut field| {
                        keep(&mut field.attrs);
                        field
                    })
                    .collect();
            }
            is_public(&of.vis)
        }
        Item::Enum(of) => {
            keep(&mut of.attrs);
            for variant in &mut of.variants {
                keep(&mut variant.attrs);
            }
            is_public(&of.vis)
        }
        Item::Trait(of) => {
            keep(&mut of.attrs);
            for item in &mut of.items {
                if let syn::TraitItem::Fn(function) = item {
                    function.attrs.clear();
                }
            }
            is_public(&of.vis)
        }
        Item::Const(of) => {
            keep(&mut of.attrs);
            is_public(&of.vis)
        }
        Item::Use(of) => {
            keep(&mut of.attrs);
            is_public(&of.vis)
        }
        Item::Impl(of) => {
            keep(&mut of.attrs);
            let of_trait = of.trait_.is_some();
            of.items = std::mem::take(&mut of.items)
                .into_iter()
                .filter_map(|item| match item {
                    // What a trait demands is known from the trait.
                    ImplItem::Fn(mut function) if !of_trait && is_public(&function.vis) => {
                        function.attrs.clear();
                        function.block.stmts.clear();
                        Some(ImplItem::Fn(function))
                    }
                    _ => None,
                })
                .collect();
            of_trait || !of.items.is_empty()
        }
        _ => false,
    }
    .then_some(item)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Keeps the attributes that a user notices: traits that are derived, and names on the wire.
fn keep(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| {
        attribute.path().is_ident("derive") || attribute.path().is_ident("serde")
    });
}

/// Each operation as the generated client sends it and reads it.
fn wire(document: &Value) -> String {
    let mut text = format!("server {}\n", word(document, "/servers/0/url"));
    let key = key_header(document);
    for (path, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let _ = write!(
                text,
                "\n{}\n  {} {path}\n  {key}\n",
                word(operation, "/operationId"),
                method.to_uppercase()
            );
            let answers: Vec<_> = operation
                .get("responses")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(status, answer)| (status, followed(document, answer)))
                .collect();
            if answers
                .iter()
                .any(|(_, answer)| answer.get("content").is_some())
            {
                text.push_str("  accept: application/json\n");
            }
            for parameter in parameters(document, item, operation) {
                let schema = parameter.get("schema").unwrap_or(&Value::Null);
                let is_list = word(followed(document, schema), "/type") == "array";
                let form = match parameter.get("explode") {
                    Some(Value::Bool(false)) if is_list => ", separated by commas",
                    _ if is_list => ", repeated",
                    _ => "",
                };
                let _ = writeln!(
                    text,
                    "  {} parameter {}{form}: {}",
                    word(parameter, "/in"),
                    word(parameter, "/name"),
                    shape(document, schema)
                );
            }
            let body = operation.get("requestBody").unwrap_or(&Value::Null);
            if let Some(body) =
                followed(document, body).pointer("/content/application~1json/schema")
            {
                let _ = write!(
                    text,
                    "  content-type: application/json\n  body\n{}",
                    indented(document, body)
                );
            }
            for (status, answer) in answers {
                let none = answer.get("content").is_none();
                let body = if none { ", no body" } else { "" };
                let _ = writeln!(text, "  answer {status}{body}");
                if let Some(schema) = answer.pointer("/content/application~1json/schema") {
                    text.push_str(&indented(document, schema));
                }
            }
        }
    }
    text
}

/// What is meant by a value that may be a reference.
fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    const LONG: usize = 16;
    let mut value = value;
    for _ in 0..LONG {
        let target = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| document.pointer(target.strip_prefix('#')?));
        match target {
            Some(target) => value = target,
            None => break,
        }
    }
    value
}

/// The parameters of an operation, with those of its path that it does not replace.
fn parameters<'a>(document: &'a Value, item: &'a Value, operation: &'a Value) -> Vec<&'a Value> {
    let list = |of: &'a Value| -> Vec<&'a Value> {
        let list = of.get("parameters").and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(|parameter| followed(document, parameter))
            .collect()
    };
    let own = list(operation);
    let mut all = list(item);
    all.retain(|shared| {
        !own.iter().any(|own| {
            ["name", "in"]
                .iter()
                .all(|key| own.get(key) == shared.get(key))
        })
    });
    all.extend(own);
    all
}

fn word<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// How the key travels.
fn key_header(document: &Value) -> String {
    let scheme = document
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object)
        .and_then(|schemes| schemes.values().next());
    match scheme {
        Some(scheme) if word(scheme, "/type") == "apiKey" => {
            format!("{}: KEY", word(scheme, "/name").to_lowercase())
        }
        Some(_) => "authorization: Bearer KEY".to_owned(),
        None => "no key".to_owned(),
    }
}

fn indented(document: &Value, schema: &Value) -> String {
    let text = layout::write(&resolved(document, schema, 0), &[]);
    text.lines().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "    {line}");
        text
    })
}

fn shape(document: &Value, schema: &Value) -> String {
    resolved(document, schema, 0).to_string()
}

/// A schema with its references followed and its wording left out. A reference back into itself stays.
fn resolved(document: &Value, schema: &Value, depth: usize) -> Value {
    const DEEP: usize = 16;
    match schema {
        Value::Object(object) => {
            let target = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|target| target.strip_prefix('#'))
                .and_then(|pointer| document.pointer(pointer));
            match target {
                Some(target) if depth < DEEP => resolved(document, target, depth + 1),
                _ => Value::Object(
                    object
                        .iter()
                        .filter(|(key, value)| {
                            !matches!(key.as_str(), "description" | "example") || value.is_object()
                        })
                        .map(|(key, value)| (key.clone(), resolved(document, value, depth + 1)))
                        .collect(),
                ),
            }
        }
        Value::Array(values) => values
            .iter()
            .map(|value| resolved(document, value, depth + 1))
            .collect(),
        scalar => scalar.clone(),
    }
}
