//! What the generator needs of a document. It panics on much of what it does not take, so each rule
//! here names the place and the remedy before the generator is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    Document, Problem,
    operation::{self, METHODS, parameters, pascal, segments, snake, word},
    prepare::{is_failure, is_success},
    problem::child,
};

/// Every fault of the document, in the order of its text.
pub(crate) fn problems(document: &Document) -> Vec<Problem> {
    let mut check = Check {
        document,
        problems: Vec::new(),
        operation_ids: BTreeMap::new(),
        templates: BTreeMap::new(),
    };
    check.whole();
    check.problems
}

struct Check<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
    /// Where each operation id was seen first.
    operation_ids: BTreeMap<String, String>,
    /// Where each path template was seen first, whatever its parameters are called.
    templates: BTreeMap<Vec<(String, Option<String>)>, String>,
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
        self.no_servers(pointer);
        if !self.template(path, pointer) {
            return;
        }
        for method in METHODS {
            let operation = child(pointer, method);
            if self.at(&operation).is_some() {
                self.operation(path, pointer, &operation);
            }
        }
    }

    /// The clients have one base address, so one of a path or an operation would be passed over.
    fn no_servers(&mut self, pointer: &str) {
        let servers = child(pointer, "servers");
        if self.at(&servers).is_some() {
            self.report(
                &servers,
                "another server is named than the document's",
                "name one server for the whole document",
            );
        }
    }

    /// Which value of a path is which must be plain, and which operation a path belongs to.
    fn template(&mut self, path: &str, pointer: &str) -> bool {
        if path.contains(['?', '#']) {
            self.report(
                pointer,
                "the path holds more than a path",
                "describe what follows `?` as parameters in the query",
            );
            return false;
        }
        let Some(segments) = segments(path) else {
            self.report(
                pointer,
                "a segment of the path holds several parameters, or braces that do not pair",
                "write the path so that each parameter has a segment of its own",
            );
            return false;
        };
        let shape = segments
            .into_iter()
            .map(|segment| (segment.before, segment.value.map(|(_, after)| after)))
            .collect();
        if let Some(first) = self.templates.insert(shape, pointer.to_owned()) {
            self.report(
                pointer,
                format!("differs from {first} in the names of parameters alone"),
                "put their operations under one path",
            );
        }
        true
    }

    fn operation(&mut self, path: &str, path_item: &str, pointer: &str) {
        self.no_servers(pointer);
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
        let mut names = BTreeMap::new();
        for (pointer, parameter) in parameters(&self.document.value, path_item, operation) {
            let name = word(parameter, "name");
            if let Some(first) = names.insert(snake(name), name) {
                let fault = format!("{first:?} and {name:?} become the same name in Rust");
                self.report(&pointer, fault, "leave one of them out");
            }
            self.parameter_name(operation, &pointer, name);
            let (style, lists) = match word(parameter, "in") {
                "path" => {
                    in_path.insert(name.to_owned());
                    if parameter.get("required") != Some(&Value::Bool(true)) {
                        self.report(
                            &pointer,
                            "a path parameter is optional",
                            "say `required: true`",
                        );
                    }
                    ("simple", false)
                }
                "header" => {
                    self.header(&pointer, name);
                    ("simple", false)
                }
                "query" => ("form", true),
                other => {
                    let fault = format!("a parameter in {other:?} is not generated");
                    self.report(
                        &pointer,
                        fault,
                        "pass it in the path, the query or a header",
                    );
                    continue;
                }
            };
            if !matches!(word(parameter, "style"), "") && word(parameter, "style") != style {
                let fault = format!("is not `{style}`");
                self.report(&child(&pointer, "style"), fault, "drop the style");
            }
            match parameter.get("schema") {
                None => self.report(&pointer, "the parameter has no schema", "add `schema`"),
                Some(schema) => {
                    self.own_type(operation, &pointer, name, schema);
                    self.sent_value(&child(&pointer, "schema"), schema, lists);
                }
            }
        }
        let template: Vec<String> = segments(path)
            .into_iter()
            .flatten()
            .filter_map(|segment| segment.value.map(|(name, _)| name))
            .collect();
        let once: BTreeSet<String> = template.iter().cloned().collect();
        if once.len() < template.len() {
            self.report(
                operation,
                "the path names a parameter twice",
                "give each its own name",
            );
        }
        for name in once.symmetric_difference(&in_path) {
            self.report(
                operation,
                format!("the path template and the path parameters disagree on {name:?}"),
                "describe each name of the template once, with `in: path`",
            );
        }
    }

    /// A parameter whose values are limited becomes a type, named by the operation and the parameter.
    fn own_type(&mut self, operation: &str, pointer: &str, name: &str, schema: &Value) {
        let limits = ["enum", "maxLength", "minLength", "pattern"];
        let id = self.at(operation).map_or("", |of| word(of, "operationId"));
        let own = pascal(&format!("{id}-{name}"));
        let schemas = self.members("/components/schemas");
        let taken = schemas.iter().find(|(schema, _)| pascal(schema) == own);
        if let Some((_, taken)) = taken
            && limits.iter().any(|limit| schema.get(limit).is_some())
        {
            self.report(
                pointer,
                format!("becomes the same type in Rust as {taken}, {own:?}"),
                "give the operation or the schema another name",
            );
        }
    }

    /// Names that the generated methods need for themselves.
    fn parameter_name(&mut self, operation: &str, pointer: &str, name: &str) {
        let has_body = self.at(&child(operation, "requestBody")).is_some();
        let ident = snake(name);
        let taken = match ident.as_str() {
            "client" | "header_map" | "into_inner" | "new" | "send" => true,
            "body" | "body_map" => has_body,
            _ => false,
        };
        if taken {
            let fault = format!("{name:?} becomes {ident:?}, which the generated code needs");
            self.report(pointer, fault, "leave the parameter out");
        }
    }

    /// Headers that the transport writes, and names that are none.
    fn header(&mut self, pointer: &str, name: &str) {
        let key = self
            .members("/components/securitySchemes")
            .first()
            .and_then(|(_, scheme)| self.at(scheme))
            .map_or("", |scheme| word(scheme, "name"));
        let ours = [
            "accept",
            "accept-encoding",
            "api-version",
            "authorization",
            "cache-control",
            "connection",
            "content-length",
            "content-type",
            "host",
            "transfer-encoding",
            "user-agent",
            key,
        ];
        if http::HeaderName::try_from(name).is_err() {
            let fault = format!("{name:?} is not a header name");
            self.report(
                &child(pointer, "name"),
                fault,
                "give the name of the header",
            );
        } else if ours.iter().any(|our| our.eq_ignore_ascii_case(name)) {
            let fault = format!("the clients write the header {name:?} themselves");
            self.report(pointer, fault, "leave the parameter out");
        }
    }

    /// A parameter is a text, a number or a boolean; in the query also a list of those.
    fn sent_value(&mut self, pointer: &str, schema: &'a Value, lists: bool) {
        let Some(of) = operation::resolved(&self.document.value, schema) else {
            return; // The reference is reported as such.
        };
        let is_null = of.get("nullable") == Some(&Value::Bool(true));
        let through_reference = schema.get("$ref").is_some();
        match word(of, "type") {
            "string" | "integer" | "number" | "boolean" => {
                if is_null && (!lists || through_reference) {
                    self.report(
                        pointer,
                        "a value that is sent here cannot be null",
                        "drop `nullable`",
                    );
                }
            }
            "array" if lists => {
                let Some(items) = of.get("items") else {
                    return self.report(
                        pointer,
                        "the list does not say of what it is",
                        "add `items` with a type",
                    );
                };
                if is_null && through_reference {
                    self.report(
                        pointer,
                        "a list that is sent cannot be null",
                        "drop `nullable`",
                    );
                }
                let place = if through_reference {
                    pointer.to_owned()
                } else {
                    child(pointer, "items")
                };
                self.sent_value(&place, items, false);
            }
            "array" => self.report(
                pointer,
                "a list is not generated here",
                "take one value, or a list in the query",
            ),
            "object" => self.report(
                pointer,
                "an object is not generated here",
                "describe each of its fields as a parameter",
            ),
            _ => self.report(
                pointer,
                "the value that is sent has no type",
                "say `type: string`, integer, number or boolean",
            ),
        }
    }

    fn request_body(&mut self, pointer: &str) {
        let pointer = &self.followed(pointer);
        let Some(body) = self.at(pointer) else {
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
        self.media_type(&child(&content, "application/json"), false);
    }

    fn responses(&mut self, pointer: &str) {
        // The generator makes one type of all successes and one of all errors.
        let mut success = BTreeMap::new();
        let mut failure = BTreeMap::new();
        let mut any_success = false;
        let names_success = self
            .members(pointer)
            .iter()
            .any(|(status, _)| is_success(status));
        for (status, response) in self.members(pointer) {
            let (is_success, is_failure) = match status {
                // Beside a success, what else comes is none.
                "default" => (!names_success, true),
                "2XX" | "4XX" | "5XX" => (is_success(status), is_failure(status)),
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
            any_success |= is_success;
            let response = self.followed(&response);
            let content = child(&response, "content");
            let types = self.members(&content);
            if types.is_empty() {
                // An answer without a body is a fact, and its status tells it.
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
                self.media_type(&media_type, true);
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
        if !any_success {
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

    /// A body's schema must be named: of two inline schemas the generator makes one type. An answer may
    /// be a list of what is named.
    fn media_type(&mut self, pointer: &str, is_answer: bool) {
        if self.at(&child(pointer, "encoding")).is_some() {
            self.report(&child(pointer, "encoding"), "is not generated", "drop it");
        }
        let schema = child(pointer, "schema");
        let of = self.at(&schema).unwrap_or(&Value::Null);
        let is_list = is_answer
            && word(of, "type") == "array"
            && of.get("nullable") != Some(&Value::Bool(true));
        let named = if is_list { of.get("items") } else { Some(of) };
        let reference = named.map(|of| word(of, "$ref"));
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
            Some(inner) if is_schema(inner) && !is_named_schema(inner) => {
                let fault = format!("{target:?} leads into a part of something");
                self.report(
                    &pointer,
                    fault,
                    "move what it names to components/schemas and refer to it there",
                );
            }
            Some(_) => {}
        }
    }

    /// The place that is meant by a place that may hold a reference, through any number of them.
    fn followed(&self, pointer: &str) -> String {
        const LONG: usize = 32;
        let mut place = pointer.to_owned();
        for _ in 0..LONG {
            let target = self
                .at(&child(&place, "$ref"))
                .and_then(Value::as_str)
                .and_then(|target| target.strip_prefix('#'));
            match target {
                Some(target) => target.clone_into(&mut place),
                None => break,
            }
        }
        place
    }
}

/// Whether a place is that of a schema, by where schemas stand.
fn is_schema(pointer: &str) -> bool {
    pointer.starts_with("/components/schemas/")
        || pointer
            .split('/')
            .any(|token| matches!(token, "schema" | "properties"))
}

fn is_named_schema(pointer: &str) -> bool {
    pointer
        .strip_prefix("/components/schemas/")
        .is_some_and(|name| !name.contains('/'))
}
