//! The document as the generator gets it. What a document may say and the generator misreads is written in
//! another way here, with the same requests on the wire.

use serde_json::{Map, Value, json};

use crate::operation::{METHODS, resolved};

/// A document for the mocks, and one for the client with what was taken out of it.
pub(crate) struct Prepared {
    pub(crate) mock: Value,
    pub(crate) client: Value,
    pub(crate) bodiless: Vec<Bodiless>,
}

/// Answers without a body beside answers with one, of which the generator makes no type.
#[derive(Debug)]
pub(crate) struct Bodiless {
    pub(crate) operation: String,
    pub(crate) success: Vec<Status>,
    pub(crate) failure: Vec<Status>,
}

/// A status or a range of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Status {
    Code(u16),
    /// By its first digit.
    Range(u16),
}

pub(crate) fn prepare(document: &Value) -> Prepared {
    let mut mock = document.clone();
    plain_text(&mut mock);
    each_operation(&mut mock, |operation| {
        operation.retain(|key, _| !key.starts_with("x-"));
    });
    inline(document, &mut mock);
    let mut client = mock.clone();
    let mut bodiless = Vec::new();
    each_operation(&mut client, |operation| {
        let id = operation.get("operationId").and_then(Value::as_str);
        let operation_id = id.unwrap_or_default().to_owned();
        let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        else {
            return;
        };
        default_is_failure(responses);
        let [success, failure] = [is_success, is_failure].map(|of| without_body(responses, of));
        if !(success.is_empty() && failure.is_empty()) {
            bodiless.push(Bodiless {
                operation: operation_id,
                success,
                failure,
            });
        }
    });
    Prepared {
        mock,
        client,
        bodiless,
    }
}

fn each_operation(document: &mut Value, mut edit: impl FnMut(&mut Map<String, Value>)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for item in paths.values_mut() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                edit(operation);
            }
        }
    }
}

/// Dates as the text that they are. Types for them would need a library in every client, would refuse
/// what vendors write (a time without a zone), and would send another text than was given.
fn plain_text(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let is_date = object.get("type").is_some_and(|of| of == "string")
                && object
                    .get("format")
                    .is_some_and(|of| of == "date-time" || of == "date");
            if is_date {
                object.remove("format");
            }
            object.values_mut().for_each(plain_text);
        }
        Value::Array(values) => values.iter_mut().for_each(plain_text),
        _ => {}
    }
}

/// Writes parameters, bodies and answers where they are referred to. The generator looks at the last
/// word of such a reference alone.
fn inline(document: &Value, copy: &mut Value) {
    let follow = |value: &mut Value| {
        if value.get("$ref").is_some()
            && let Some(mut target) = resolved(document, value).cloned()
        {
            plain_text(&mut target);
            *value = target;
        }
    };
    let parameters = |value: Option<&mut Value>| {
        if let Some(Value::Array(parameters)) = value {
            parameters.iter_mut().for_each(follow);
        }
    };
    let Some(paths) = copy.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for item in paths.values_mut() {
        parameters(item.get_mut("parameters"));
        for method in METHODS {
            let Some(operation) = item.get_mut(method) else {
                continue;
            };
            parameters(operation.get_mut("parameters"));
            operation
                .get_mut("requestBody")
                .into_iter()
                .for_each(follow);
            if let Some(Value::Object(responses)) = operation.get_mut("responses") {
                responses.values_mut().for_each(follow);
            }
        }
    }
}

pub(crate) fn is_success(status: &str) -> bool {
    status.len() == 3 && status.starts_with('2')
}

pub(crate) fn is_failure(status: &str) -> bool {
    status.len() == 3 && status.starts_with(['4', '5'])
}

/// Beside a success, `default` means the failures. The generator takes it for both.
fn default_is_failure(responses: &mut Map<String, Value>) {
    if !responses.keys().any(|status| is_success(status)) {
        return;
    }
    if let Some(default) = responses.remove("default") {
        for range in ["4XX", "5XX"] {
            responses
                .entry(range.to_owned())
                .or_insert_with(|| default.clone());
        }
    }
}

/// Takes out the answers without a body, where others have one.
fn without_body(responses: &mut Map<String, Value>, of: fn(&str) -> bool) -> Vec<Status> {
    let has_body = |answer: &Value| {
        answer
            .get("content")
            .and_then(Value::as_object)
            .is_some_and(|content| !content.is_empty())
    };
    let some = responses
        .iter()
        .any(|(status, answer)| (of(status) || status == "default") && has_body(answer));
    if !some {
        return Vec::new();
    }
    let mut taken = Vec::new();
    responses.retain(|status, answer| {
        let take = of(status) && !has_body(answer);
        if take {
            taken.push(match (status.parse(), status.as_bytes()) {
                (Ok(code), _) => Status::Code(code),
                (_, [digit, ..]) => Status::Range(u16::from(digit - b'0')),
                _ => return true,
            });
        }
        !take
    });
    taken
}

/// An object without keys, for a part that is left out to see whether the rest is taken.
pub(crate) fn nothing() -> Value {
    json!({})
}
