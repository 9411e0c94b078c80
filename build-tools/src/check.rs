//! What the generator needs of a document. It panics on much of what it does not take, so each rule
//! here names the place and the remedy before the generator is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{Document, Problem, problem::child};

/// The methods a path item can hold.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Every fault of the document, in the order of its text.
pub(crate) fn problems(document: &Document) -> Vec<Problem> {
    let mut check = Check {
        document,
        problems: Vec::new(),
        operation_ids: BTreeMap::new(),
    };
    check.whole();
    check.problems
}

struct Check<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
    /// Where each operation id was seen first.
    operation_ids: BTreeMap<String, String>,
}

impl<'a> Check<'a> {
    fn report(&mut self, pointer: &str, fault: impl Into<String>, remedy: impl Into<String>) {
        self.problems
            .push(self.document.problem(pointer, fault, remedy));
    }

    fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.document.value.pointer(pointer)
    }

    /// The members of the object at `pointer`, none where there is no such object.
    fn members(&self, pointer: &str) -> Vec<(&'a str, String)> {
        self.at(pointer)
            .and_then(Value::as_object)
            .map(|object| {
                object
                    .keys()
                    .map(|key| (key.as_str(), child(pointer, key)))
                    .collect()
            })
            .unwrap_or_default()
    }

    fn whole(&mut self) {
        let version = self
            .at("/openapi")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !version.starts_with("3.0.") {
            let fault = format!("the version is {version:?}, the generator reads 3.0");
            return self.report("/openapi", fault, "write the document as OpenAPI 3.0.x");
        }
        self.server();
        self.security();
        if self.members("/paths").is_empty() {
            self.report(
                "/paths",
                "no operation is described",
                "describe at least one",
            );
        }
        for (path, pointer) in self.members("/paths") {
            self.path_item(path, &pointer);
        }
        self.components();
        self.references("", &self.document.value);
    }

    /// The base address becomes a constant of the crate, so there must be exactly one.
    fn server(&mut self) {
        let servers = self
            .at("/servers")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let [server] = servers else {
            let fault = format!("{} servers are named", servers.len());
            return self.report("/servers", fault, "name the production server alone");
        };
        let url = server
            .get("url")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let origin = url.strip_prefix("https://").is_some_and(|rest| {
            let host = rest.strip_suffix('/').unwrap_or(rest);
            !host.is_empty()
                && host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c))
        });
        if !origin {
            let fault = format!("{url:?} is not an https origin");
            self.report(
                "/servers/0/url",
                fault,
                "write https://host, and move any path into `paths`",
            );
        }
    }

    /// The header that carries the key becomes a constant too.
    fn security(&mut self) {
        let pointer = "/components/securitySchemes";
        let schemes = self.members(pointer);
        let [(_, scheme)] = schemes.as_slice() else {
            let fault = format!("{} security schemes are described", schemes.len());
            return self.report(pointer, fault, "describe the one that the operations use");
        };
        let word = |key: &str| {
            self.at(scheme)
                .and_then(|value| value.get(key))
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        match (word("type"), word("in"), word("scheme")) {
            ("apiKey", "header", _) => {
                let name = word("name");
                if http::HeaderName::try_from(name).is_err() {
                    let fault = format!("{name:?} is not a header name");
                    self.report(&child(scheme, "name"), fault, "give the name of the header");
                }
            }
            ("http", _, "bearer") => {}
            _ => self.report(
                scheme,
                "the key travels in a way that the clients do not know",
                "describe an apiKey in a header, or http bearer",
            ),
        }
    }

    fn path_item(&mut self, path: &str, pointer: &str) {
        if self.at(&child(pointer, "$ref")).is_some() {
            return self.report(pointer, "the path item lies elsewhere", "write it here");
        }
        for method in METHODS {
            let operation = child(pointer, method);
            if self.at(&operation).is_some() {
                self.operation(path, pointer, &operation);
            }
        }
    }

    fn operation(&mut self, path: &str, path_item: &str, pointer: &str) {
        self.operation_id(pointer);
        self.parameters(path, path_item, pointer);
        self.request_body(&child(pointer, "requestBody"));
        self.responses(&child(pointer, "responses"));
    }

    fn operation_id(&mut self, operation: &str) {
        let pointer = child(operation, "operationId");
        let Some(id) = self.at(&pointer).and_then(Value::as_str) else {
            return self.report(
                operation,
                "there is no operationId",
                "add one in snake_case",
            );
        };
        let snake = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && syn::parse_str::<syn::Ident>(id).is_ok();
        if !snake {
            let fault = format!("{id:?} does not name a Rust function");
            self.report(&pointer, fault, "write it in snake_case");
        }
        if let Some(first) = self.operation_ids.insert(id.to_owned(), pointer.clone()) {
            self.report(
                &pointer,
                format!("{id:?} is the id at {first} too"),
                "give each its own",
            );
        }
    }

    fn parameters(&mut self, path: &str, path_item: &str, operation: &str) {
        let mut in_path = BTreeSet::new();
        for list in [
            child(path_item, "parameters"),
            child(operation, "parameters"),
        ] {
            let length = self.at(&list).and_then(Value::as_array).map_or(0, Vec::len);
            for index in 0..length {
                let pointer = child(&list, &index.to_string());
                let Some(parameter) = self.resolved(&pointer) else {
                    continue;
                };
                let word = |key: &str| {
                    parameter
                        .get(key)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                };
                match word("in") {
                    "path" => {
                        in_path.insert(word("name").to_owned());
                        if parameter.get("required") != Some(&Value::Bool(true)) {
                            self.report(
                                &pointer,
                                "a path parameter is optional",
                                "say `required: true`",
                            );
                        }
                        if !matches!(word("style"), "" | "simple") {
                            self.report(
                                &child(&pointer, "style"),
                                "is not `simple`",
                                "drop the style",
                            );
                        }
                    }
                    "query" | "header" => {}
                    other => {
                        let fault = format!("a parameter in {other:?} is not generated");
                        self.report(
                            &pointer,
                            fault,
                            "pass it in the path, the query or a header",
                        );
                    }
                }
                if parameter.get("schema").is_none() {
                    self.report(&pointer, "the parameter has no schema", "add `schema`");
                }
            }
        }
        let template: BTreeSet<String> = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned()))
            .collect();
        for name in template.symmetric_difference(&in_path) {
            self.report(
                operation,
                format!("the path template and the path parameters disagree on {name:?}"),
                "describe each name of the template once, with `in: path`",
            );
        }
    }

    fn request_body(&mut self, pointer: &str) {
        let Some(body) = self.resolved(pointer) else {
            return;
        };
        if body.get("required") != Some(&Value::Bool(true)) {
            self.report(pointer, "the body is optional", "say `required: true`");
        }
        let content = child(pointer, "content");
        let types: Vec<_> = self
            .members(&content)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        if types != ["application/json"] {
            let fault = format!(
                "the body comes as {}, and the generator takes one type",
                types.join(", ")
            );
            return self.report(&content, fault, "keep application/json alone");
        }
        self.media_type(&child(&content, "application/json"));
    }

    fn responses(&mut self, pointer: &str) {
        // The generator makes one type of all successes and one of all errors.
        let mut success = BTreeMap::new();
        let mut failure = BTreeMap::new();
        for (status, response) in self.members(pointer) {
            let (is_success, is_failure) = match status {
                "default" => (true, true),
                "2XX" => (true, false),
                "4XX" | "5XX" => (false, true),
                code => match code
                    .parse()
                    .ok()
                    .and_then(|code| http::StatusCode::from_u16(code).ok())
                {
                    Some(code) if code.canonical_reason().is_some() => (
                        code.is_success(),
                        code.is_client_error() || code.is_server_error(),
                    ),
                    _ => {
                        let fault = format!("{status:?} is not a status that HTTP defines");
                        self.report(
                            &response,
                            fault,
                            "use a defined status, 2XX, 4XX, 5XX or default",
                        );
                        continue;
                    }
                },
            };
            let content = child(&response, "content");
            let types = self.members(&content);
            if types.is_empty() {
                let fault = "the answer has no body to tell it by";
                self.report(&response, fault, "describe its application/json content");
                continue;
            }
            let json = child(&content, "application/json");
            if self.at(&json).is_none() {
                let fault = "the answer is not described as application/json";
                self.report(
                    &content,
                    fault,
                    "describe it so, beside any other media type",
                );
                continue;
            }
            for (_, media_type) in types {
                self.media_type(&media_type);
            }
            let schema = self
                .at(&child(&json, "schema"))
                .map(ToString::to_string)
                .unwrap_or_default();
            if is_success {
                success.insert(schema.clone(), response.clone());
            }
            if is_failure {
                failure.insert(schema, response);
            }
        }
        if success.is_empty() {
            self.report(
                pointer,
                "no success is described",
                "describe the 2xx that confirms the deletion",
            );
        }
        for (group, schemas) in [("success", success), ("error", failure)] {
            if schemas.len() > 1 {
                let fault = format!(
                    "the {group} answers have {} different schemas",
                    schemas.len()
                );
                self.report(pointer, fault, "give them one named schema");
            }
        }
    }

    /// A body's schema must be named: of two inline schemas the generator makes one type.
    fn media_type(&mut self, pointer: &str) {
        if self.at(&child(pointer, "encoding")).is_some() {
            self.report(&child(pointer, "encoding"), "is not generated", "drop it");
        }
        let schema = child(pointer, "schema");
        let reference = self.at(&child(&schema, "$ref")).and_then(Value::as_str);
        if !reference.is_some_and(|target| target.starts_with("#/components/schemas/")) {
            self.report(
                &schema,
                "the schema has no name of its own",
                "move it to components/schemas and refer to it",
            );
        }
    }

    fn components(&mut self) {
        let mut types = BTreeMap::new();
        for (name, pointer) in self.members("/components/schemas") {
            let folded: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            if let Some(first) = types.insert(folded.to_lowercase(), name) {
                let fault = format!("{name:?} and {first:?} become the same Rust type");
                self.report(&pointer, fault, "rename one");
            }
        }
    }

    /// References must stay within the document and lead somewhere.
    fn references(&mut self, pointer: &str, value: &'a Value) {
        match value {
            Value::Object(object) => {
                self.reference(pointer, object);
                for (key, value) in object {
                    self.references(&child(pointer, key), value);
                }
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.references(&child(pointer, &index.to_string()), value);
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, pointer: &str, object: &Map<String, Value>) {
        let Some(target) = object.get("$ref").and_then(Value::as_str) else {
            return;
        };
        let pointer = child(pointer, "$ref");
        match target.strip_prefix('#') {
            None => {
                let fault = format!("{target:?} leads out of the document");
                self.report(&pointer, fault, "copy what it names into components");
            }
            Some(inner) if self.at(inner).is_none() => {
                let fault = format!("{target:?} leads nowhere");
                self.report(&pointer, fault, "mend the reference or add what it names");
            }
            Some(_) => {}
        }
    }

    /// The value at `pointer`, behind one reference where there is one.
    fn resolved(&self, pointer: &str) -> Option<&'a Value> {
        let value = self.at(pointer)?;
        match value.get("$ref").and_then(Value::as_str) {
            Some(target) => self.at(target.strip_prefix('#')?),
            None => Some(value),
        }
    }
}
