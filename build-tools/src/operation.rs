//! The operations of a document, with references followed: what the checks ask about them and what is
//! generated beside the generator's own code.

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Map, Value};

use crate::problem::child;

/// The methods a path item can hold.
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: &'static str,
    pub(crate) path: Vec<Segment>,
    pub(crate) parameters: Vec<Parameter>,
}

/// One segment of a path template: fixed text, or a value with fixed text around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) before: String,
    /// The parameter's name, and the text that follows it.
    pub(crate) value: Option<(String, String)>,
}

/// One parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// Its name in Rust.
    pub(crate) ident: String,
    pub(crate) place: Place,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query {
        /// Whether a list is one parameter, its values separated by commas.
        joined: bool,
    },
    Header,
}

/// Every operation of a checked document.
pub(crate) fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in members(document, "/paths") {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let parameters = parameters(
                document,
                &child("/paths", path),
                &child(&child("/paths", path), method),
            );
            operations.push(Operation {
                id: word(operation, "operationId").to_owned(),
                method,
                path: segments(path).unwrap_or_default(),
                parameters: parameters
                    .into_iter()
                    .filter_map(|(_, parameter)| Parameter::new(document, parameter))
                    .collect(),
            });
        }
    }
    operations
}

impl Parameter {
    fn new(document: &Value, parameter: &Value) -> Option<Self> {
        let name = word(parameter, "name");
        let place = match word(parameter, "in") {
            "path" => Place::Path,
            "query" => Place::Query {
                joined: parameter.get("explode") == Some(&Value::Bool(false))
                    && parameter
                        .get("schema")
                        .and_then(|schema| resolved(document, schema))
                        .is_some_and(|schema| word(schema, "type") == "array"),
            },
            "header" => Place::Header,
            _ => return None,
        };
        Some(Self {
            name: name.to_owned(),
            ident: snake(name),
            place,
        })
    }
}

/// The parameters of an operation with their places: its own, and those of its path that it does not override.
pub(crate) fn parameters<'a>(
    document: &'a Value,
    path_item: &str,
    operation: &str,
) -> Vec<(String, &'a Value)> {
    let list = |of: &str| -> Vec<(String, &'a Value)> {
        let list = child(of, "parameters");
        document
            .pointer(&list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
            .filter_map(|(index, parameter)| {
                Some((
                    child(&list, &index.to_string()),
                    resolved(document, parameter)?,
                ))
            })
            .collect()
    };
    let own = list(operation);
    let same = |a: &Value, b: &Value| a.get("name") == b.get("name") && a.get("in") == b.get("in");
    let mut all = list(path_item);
    all.retain(|(_, shared)| !own.iter().any(|(_, parameter)| same(parameter, shared)));
    all.extend(own);
    all
}

/// The segments of a path template; `None` where one holds several values, or braces that do not pair.
pub(crate) fn segments(path: &str) -> Option<Vec<Segment>> {
    path.strip_prefix('/')?
        .split('/')
        .map(|segment| {
            let Some((before, rest)) = segment.split_once('{') else {
                return (!segment.contains('}')).then(|| Segment {
                    before: segment.to_owned(),
                    value: None,
                });
            };
            let (name, after) = rest.split_once('}')?;
            let plain = [before, name, after]
                .iter()
                .all(|part| !part.contains(['{', '}']));
            (plain && !name.is_empty()).then(|| Segment {
                before: before.to_owned(),
                value: Some((name.to_owned(), after.to_owned())),
            })
        })
        .collect()
}

impl Operation {
    /// How little of a path is left open: of two templates that one path fits, the smaller one is meant.
    pub(crate) fn openness(&self) -> Vec<(bool, usize)> {
        self.path
            .iter()
            .map(|segment| match &segment.value {
                None => (false, 0),
                Some((_, after)) => (true, usize::MAX - segment.before.len() - after.len()),
            })
            .collect()
    }
}

/// What is meant by a value that may be a reference, through any number of them.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> Option<&'a Value> {
    const LONG: usize = 32;
    let mut value = value;
    for _ in 0..LONG {
        let Some(target) = value.get("$ref").and_then(Value::as_str) else {
            return Some(value);
        };
        value = document.pointer(target.strip_prefix('#')?)?;
    }
    None
}

/// The text under a key, empty where there is none.
pub(crate) fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The members of the object at a place.
pub(crate) fn members<'a>(
    document: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    document
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

/// The generator's name for a parameter or a method.
pub(crate) fn snake(name: &str) -> String {
    ident(name, str::to_snake_case)
}

/// The generator's name for a type.
pub(crate) fn pascal(name: &str) -> String {
    ident(name, str::to_pascal_case)
}

fn ident(name: &str, case: impl Fn(&str) -> String) -> String {
    let plain: String = name
        .replace('\'', "")
        .chars()
        .map(|c| if is_continue(c) { c } else { '-' })
        .collect();
    let cased = match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => case(&plain),
    };
    let begun = match cased.chars().next() {
        None => case("x"),
        Some(c) if c == '_' || syn::parse_str::<syn::Ident>(&format!("{c}x")).is_ok() => cased,
        Some(_) => format!("_{cased}"),
    };
    if syn::parse_str::<syn::Ident>(&begun).is_ok() {
        begun
    } else {
        format!("{begun}_")
    }
}

fn is_continue(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c == '_'
        || !c.is_ascii() && syn::parse_str::<syn::Ident>(&format!("x{c}")).is_ok()
}
