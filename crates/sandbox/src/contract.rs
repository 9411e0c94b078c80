//! The documents, made into something that requests can be held against: routes, the place of the key, bodies.

use std::fmt::Display;
use std::sync::LazyLock;

use http::Method;
use http::header::{AUTHORIZATION, HeaderName};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use percent_encoding::percent_decode_str;
use prospect_delete_specs::Document;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::provider::Violation;
use crate::registry::Provider;

/// A refusal names a few faults, not every one of a million ids.
const NAMED_VIOLATIONS: usize = 10;
const LONGEST_MESSAGE: usize = 400;

static CONTRACTS: LazyLock<Vec<Contract>> = LazyLock::new(|| {
    Provider::ALL
        .into_iter()
        .flat_map(|provider| Contract::all(provider, &parse(provider.document())))
        .collect()
});

static KEY_HEADERS: LazyLock<Vec<HeaderName>> = LazyLock::new(|| {
    Provider::ALL
        .into_iter()
        .flat_map(|provider| {
            let document = parse(provider.document());
            let schemes = entries(&document["components"]["securitySchemes"]);
            schemes
                .map(|(_, scheme)| KeyPlace::read(scheme).header())
                .collect::<Vec<_>>()
        })
        .collect()
});

/// Every operation.
pub(crate) fn contracts() -> &'static [Contract] {
    &CONTRACTS
}

/// The headers in which any document has a key sent.
pub(crate) fn key_headers() -> &'static [HeaderName] {
    &KEY_HEADERS
}

/// What the document says about one operation.
pub(crate) struct Contract {
    pub(crate) provider: Provider,
    /// The `operationId`.
    pub(crate) id: String,
    /// The name that control routes and records give it, with the provider before the dot.
    pub(crate) name: String,
    pub(crate) method: Method,
    path: String,
    pub(crate) key: KeyPlace,
    parameter: Option<Parameter>,
    media_types: Vec<String>,
    body: Validator,
}

/// Where the provider looks for its key.
pub(crate) enum KeyPlace {
    Header(HeaderName),
    Bearer,
}

struct Parameter {
    name: String,
    schema: Validator,
}

/// What an address means to the sandbox, control routes aside.
pub(crate) enum Route {
    Operation {
        contract: &'static Contract,
        /// The path parameter, decoded; empty where the path has none.
        parameter: String,
    },
    WrongMethod {
        allowed: Method,
    },
    Unknown,
}

/// Finds the operation at `path`; a path parameter is one segment and never empty.
pub(crate) fn route(method: &Method, path: &str) -> Route {
    for contract in CONTRACTS.iter() {
        let Some(parameter) = contract.matches(path) else {
            continue;
        };
        if *method != contract.method {
            return Route::WrongMethod {
                allowed: contract.method.clone(),
            };
        }
        return Route::Operation {
            contract,
            parameter,
        };
    }
    Route::Unknown
}

impl Contract {
    /// All of a provider's, in the order of its document.
    fn all(provider: Provider, document: &Value) -> Vec<Self> {
        entries(&document["paths"])
            .flat_map(|(path, methods)| {
                entries(methods).map(move |(method, described)| (path, method, described))
            })
            .filter(|(_, _, described)| described["operationId"].is_string())
            .map(|(path, method, described)| {
                Self::read(provider, document, path, method, described)
            })
            .collect()
    }

    fn read(
        provider: Provider,
        document: &Value,
        path: &str,
        method: &str,
        described: &Value,
    ) -> Self {
        let id = text(&described["operationId"]).to_owned();
        let Some(name) = provider.operation(&id) else {
            panic!("{}: nothing carries {id} out", provider.name());
        };
        let parameter = described["parameters"]
            .as_array()
            .and_then(|parameters| parameters.first())
            .map(|parameter| Parameter {
                name: text(&parameter["name"]).to_owned(),
                schema: validator(&parameter["schema"], document),
            });
        let content = &described["requestBody"]["content"];
        Self {
            provider,
            name: format!("{}.{name}", provider.name()),
            method: method
                .to_ascii_uppercase()
                .parse()
                .expect("the spec names a method"),
            path: path.to_owned(),
            key: KeyPlace::of(described, document),
            parameter,
            media_types: entries(content).map(|(name, _)| name.to_owned()).collect(),
            body: validator(&content["application/json"]["schema"], document),
            id,
        }
    }

    /// Whether `name` means this operation, with or without the provider.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let bare = self.name.split_once('.').map(|(_, bare)| bare);
        name == self.name || bare == Some(name)
    }

    /// Whether a body of this media type, without parameters and in lower case, is taken.
    pub(crate) fn takes(&self, media_type: &str) -> bool {
        self.media_types.iter().any(|known| known == media_type)
            || self.provider.also_takes(media_type)
    }

    /// The path parameter of `path`, if it is this operation's.
    fn matches(&self, path: &str) -> Option<String> {
        let parameter = self.path.split('/').position(is_parameter);
        same_path(&self.path, path).then(|| {
            let segment = parameter.and_then(|place| path.split('/').nth(place));
            let segment = percent_decode_str(segment.unwrap_or_default());
            segment.decode_utf8_lossy().into_owned()
        })
    }

    /// Holds the path parameter against the spec.
    pub(crate) fn check_parameter(&self, segment: &str) -> Result<(), Vec<Violation>> {
        let Some(parameter) = &self.parameter else {
            return Ok(());
        };
        let value = canonical_integer(segment).map_or_else(|| json!(segment), Value::from);
        // The spec decides between number and text, so both readings of "123" are tried.
        if parameter.schema.is_valid(&value) || parameter.schema.is_valid(&json!(segment)) {
            return Ok(());
        }
        Err(parameter
            .schema
            .iter_errors(&value)
            .map(|error| Violation::new(&parameter.name, bounded(&error.masked())))
            .collect())
    }

    /// Holds the body against the spec.
    pub(crate) fn check_body(&self, body: &Value) -> Result<(), Vec<Violation>> {
        let violations: Vec<_> = self
            .body
            .iter_errors(body)
            .take(NAMED_VIOLATIONS)
            .map(|error| Violation::new(field(&error), bounded(&error.masked())))
            .collect();
        if violations.is_empty() {
            Ok(())
        } else {
            Err(violations)
        }
    }
}

/// Whether `path` is, letter by letter, an operation's.
pub(crate) fn is_fixed(path: &str) -> bool {
    CONTRACTS.iter().any(|contract| contract.path == path)
}

/// Whether `path` is `described`, in which `{name}` stands for any segment but an empty one.
pub(crate) fn same_path(described: &str, path: &str) -> bool {
    let mut actual = path.split('/');
    let same = described.split('/').all(|expected| {
        actual.next().is_some_and(|segment| {
            expected == segment || is_parameter(expected) && !segment.is_empty()
        })
    });
    same && actual.next().is_none()
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

impl KeyPlace {
    /// Where an operation's security requirement, or else the document's, has the key.
    fn of(described: &Value, document: &Value) -> Self {
        let required = described.get("security").unwrap_or(&document["security"]);
        let (name, _) = entries(&required[0])
            .next()
            .expect("the spec has a key asked for");
        Self::read(&document["components"]["securitySchemes"][name])
    }

    fn read(scheme: &Value) -> Self {
        match (text(&scheme["type"]), text(&scheme["in"])) {
            ("http", _) if text(&scheme["scheme"]).eq_ignore_ascii_case("bearer") => Self::Bearer,
            ("apiKey", "header") => {
                let name = text(&scheme["name"]).parse();
                Self::Header(name.expect("the spec names a header"))
            }
            _ => panic!("the sandbox takes keys in a header alone, and not by {scheme}"),
        }
    }

    fn header(self) -> HeaderName {
        match self {
            Self::Header(name) => name,
            Self::Bearer => AUTHORIZATION,
        }
    }
}

fn parse(document: Document) -> Value {
    let mut value = yaml_serde::from_str(document.text).expect("the spec is YAML");
    to_json_schema(&mut value);
    value
}

/// `OpenAPI` 3.0 schemas are JSON Schema but for two habits: `nullable`, and integer widths as formats.
fn to_json_schema(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(to_json_schema),
        Value::Object(schema) => {
            if schema.get("nullable") == Some(&Value::Bool(true)) {
                schema.remove("nullable");
                if let Some(Value::String(kind)) = schema.get("type") {
                    let either = json!([kind, "null"]);
                    schema.insert("type".to_owned(), either);
                }
            }
            match schema.get("format").and_then(Value::as_str) {
                Some("int32") => bound(schema, i32::MIN.into(), i32::MAX.into()),
                Some("int64") => bound(schema, i64::MIN, i64::MAX),
                _ => {}
            }
            schema.values_mut().for_each(to_json_schema);
        }
        _ => {}
    }
}

fn bound(schema: &mut Map<String, Value>, lowest: i64, highest: i64) {
    schema
        .entry("minimum")
        .or_insert_with(|| Value::from(lowest));
    schema
        .entry("maximum")
        .or_insert_with(|| Value::from(highest));
}

fn validator(schema: &Value, document: &Value) -> Validator {
    let root = json!({ "allOf": [schema], "components": document["components"] });
    // OpenAPI 3.0 builds on the draft in which 1.0 is no integer; that draft has no `uuid` yet.
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(true)
        .with_format("uuid", |text: &str| {
            text.len() == 36 && Uuid::try_parse(text).is_ok()
        })
        .build(&root)
        .expect("the spec's schemas are valid")
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A number in its one spelling: neither `+5` nor `007`.
fn canonical_integer(segment: &str) -> Option<i64> {
    let number: i64 = segment.parse().ok()?;
    (number.to_string() == segment).then_some(number)
}

fn field(error: &ValidationError<'_>) -> String {
    let place = error.instance_path().as_str().trim_start_matches('/');
    let missing_or_extra = match error.kind() {
        ValidationErrorKind::Required { property } => property.as_str(),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.first().map(String::as_str)
        }
        _ => None,
    };
    let mut parts: Vec<&str> = place.split('/').filter(|part| !part.is_empty()).collect();
    parts.extend(missing_or_extra);
    if parts.is_empty() {
        "$".to_owned()
    } else {
        bounded(&parts.join("."))
    }
}

fn bounded(message: &impl Display) -> String {
    message.to_string().chars().take(LONGEST_MESSAGE).collect()
}
