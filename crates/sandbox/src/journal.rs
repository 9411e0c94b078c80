use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::credentials::Credentials;
use crate::operation::Operation;

const REDACTED: &str = "[redacted]";

/// Headers that may hold a key, right or wrong.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "token",
    "x-api-key",
];

/// A request that arrived at a provider's address or at none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedRequest {
    /// The place in the order of arrival, from 1. No reset gives a number a second time.
    pub sequence: u64,
    /// The HTTP method.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// The headers, names in lower case, repeated ones joined by a comma. Keys are left out.
    pub headers: BTreeMap<String, String>,
    /// The body: its value if it is JSON, else its text; null if it was empty or too long.
    pub body: Value,
    /// The status answered; null while there is none, and when the connection was cut instead.
    pub status: Option<u16>,
    /// The operation that it asked for, for example `nlpearl.delete_leads`.
    pub operation: Option<String>,
}

/// What arrived, kept as it came and shown without keys.
#[derive(Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
    last: u64,
}

struct Entry {
    sequence: u64,
    method: Method,
    path: Uri,
    headers: HeaderMap,
    body: Bytes,
    status: Option<StatusCode>,
    operation: Option<Operation>,
}

impl Journal {
    /// Notes a request, and gives its sequence number.
    pub(crate) fn note(
        &mut self,
        head: &http::request::Parts,
        body: Bytes,
        operation: Option<Operation>,
    ) -> u64 {
        self.last += 1;
        self.entries.push(Entry {
            sequence: self.last,
            method: head.method.clone(),
            path: head.uri.clone(),
            headers: head.headers.clone(),
            body,
            status: None,
            operation,
        });
        self.last
    }

    pub(crate) fn answered(&mut self, sequence: u64, status: StatusCode) {
        // Emptied in the meantime, the journal may no longer know the request.
        let place = self
            .entries
            .binary_search_by_key(&sequence, |entry| entry.sequence);
        if let Ok(place) = place {
            self.entries[place].status = Some(status);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn show(&self, credentials: &Credentials) -> Vec<RecordedRequest> {
        let shown = self.entries.iter().map(|entry| entry.show(credentials));
        shown.collect()
    }
}

impl Entry {
    fn show(&self, credentials: &Credentials) -> RecordedRequest {
        let body = redact(&String::from_utf8_lossy(&self.body), credentials);
        RecordedRequest {
            sequence: self.sequence,
            method: self.method.to_string(),
            path: redact(&self.path.to_string(), credentials),
            headers: headers(&self.headers, credentials),
            body: match body.as_str() {
                "" => Value::Null,
                text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
            },
            status: self.status.map(|status| status.as_u16()),
            operation: self.operation.map(|operation| operation.name().to_owned()),
        }
    }
}

fn headers(headers: &HeaderMap, credentials: &Credentials) -> BTreeMap<String, String> {
    headers
        .keys()
        .map(|name| {
            if SECRET_HEADERS.contains(&name.as_str()) {
                return (name.to_string(), REDACTED.to_owned());
            }
            let values: Vec<_> = headers
                .get_all(name)
                .iter()
                .map(|value| redact(&String::from_utf8_lossy(value.as_bytes()), credentials))
                .collect();
            (name.to_string(), values.join(", "))
        })
        .collect()
}

fn redact(text: &str, credentials: &Credentials) -> String {
    let keys = credentials.each().into_iter().filter(|key| !key.is_empty());
    keys.fold(text.to_owned(), |text, key| text.replace(key, REDACTED))
}
