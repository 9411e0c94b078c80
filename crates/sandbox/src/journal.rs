use std::collections::{BTreeMap, VecDeque};

use http::uri::PathAndQuery;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::key_headers;
use crate::credentials::Credentials;
use crate::registry::Provider;

const REDACTED: &str = "[redacted]";

/// Headers that are shown. Any other may hold a key, right or wrong.
const HARMLESS_HEADERS: [&str; 17] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "user-agent",
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
    /// The headers, names in lower case, repeated ones joined by a comma. Those are redacted in which a provider
    /// has its key sent, and all that are not known to be harmless.
    pub headers: BTreeMap<String, String>,
    /// The body: its value if it is JSON, else its text; null if it was empty or too long.
    pub body: Value,
    /// The status answered; null while there is none, and when the connection was cut instead.
    pub status: Option<u16>,
    /// The operation that it asked for, for example `nlpearl.delete_leads`.
    pub operation: Option<String>,
}

/// What arrived last, kept as it came and shown without keys.
pub(crate) struct Journal {
    /// In order and without gaps.
    entries: VecDeque<Entry>,
    most: usize,
    last: u64,
}

struct Entry {
    sequence: u64,
    method: Method,
    wire: Wire,
    status: Option<StatusCode>,
    operation: Option<&'static str>,
}

/// A copy of what came. The parts that the server read would keep all of a connection's buffers alive.
pub(crate) struct Wire {
    /// The path, and in a line of its own each header; none of them can hold the end of a line.
    head: Box<[u8]>,
    body: Box<[u8]>,
}

impl Wire {
    /// `body` is absent when it was too long.
    pub(crate) fn copy(head: &http::request::Parts, body: Option<&[u8]>) -> Self {
        let path = head.uri.path_and_query().map_or("", PathAndQuery::as_str);
        let mut lines = Vec::with_capacity(512);
        lines.extend_from_slice(path.as_bytes());
        for (name, value) in &head.headers {
            lines.push(b'\n');
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value.as_bytes());
        }
        Self {
            head: lines.into(),
            body: body.unwrap_or_default().into(),
        }
    }

    fn path(&self) -> String {
        let path = self.head.split(|byte| *byte == b'\n').next();
        String::from_utf8_lossy(path.unwrap_or_default()).into_owned()
    }

    /// Names in the order in which they came.
    fn headers(&self) -> impl Iterator<Item = (String, String)> {
        let lines = self.head.split(|byte| *byte == b'\n').skip(1);
        lines.filter_map(|line| {
            let line = String::from_utf8_lossy(line);
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.to_owned()))
        })
    }
}

impl Journal {
    /// Keeps the last `most` requests.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            most,
            last: 0,
        }
    }

    /// Notes a request, and gives its sequence number.
    pub(crate) fn note(
        &mut self,
        method: &Method,
        wire: Wire,
        operation: Option<&'static str>,
    ) -> u64 {
        self.last += 1;
        if self.entries.len() >= self.most {
            self.entries.pop_front();
        }
        if self.most > 0 {
            self.entries.push_back(Entry {
                sequence: self.last,
                method: method.clone(),
                wire,
                status: None,
                operation,
            });
        }
        self.last
    }

    /// Notes how a request was answered.
    pub(crate) fn answered(&mut self, sequence: u64, status: StatusCode) {
        // Emptied or overtaken in the meantime, the journal may no longer know the request.
        let first = self.entries.front().map(|entry| entry.sequence);
        let place = first.and_then(|first| sequence.checked_sub(first));
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.status = Some(status);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// How many requests arrived, kept or not, since the start.
    pub(crate) fn arrived(&self) -> u64 {
        self.last
    }

    /// The last requests, newest first.
    pub(crate) fn newest(
        &self,
        credentials: &Credentials,
    ) -> impl Iterator<Item = RecordedRequest> {
        self.entries
            .iter()
            .rev()
            .map(|entry| entry.show(credentials))
    }
}

impl Entry {
    fn show(&self, credentials: &Credentials) -> RecordedRequest {
        let body = redact(&String::from_utf8_lossy(&self.wire.body), credentials);
        RecordedRequest {
            sequence: self.sequence,
            method: self.method.to_string(),
            path: redact(&self.wire.path(), credentials),
            headers: headers(&self.wire, credentials),
            body: match body.as_str() {
                "" => Value::Null,
                text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
            },
            status: self.status.map(|status| status.as_u16()),
            operation: self.operation.map(ToOwned::to_owned),
        }
    }
}

fn headers(wire: &Wire, credentials: &Credentials) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::<String, String>::new();
    for (name, value) in wire.headers() {
        let secret = is_secret(&name);
        let value = if secret {
            REDACTED.to_owned()
        } else {
            redact(&value, credentials)
        };
        match shown.get_mut(&name) {
            Some(_) if secret => {}
            Some(values) => {
                values.push_str(", ");
                values.push_str(&value);
            }
            None => {
                shown.insert(name, value);
            }
        }
    }
    shown
}

fn is_secret(name: &str) -> bool {
    !HARMLESS_HEADERS.contains(&name) || key_headers().iter().any(|header| header == name)
}

fn redact(text: &str, credentials: &Credentials) -> String {
    let keys = Provider::ALL.map(|provider| credentials.of(provider));
    let keys = keys.into_iter().filter(|key| !key.is_empty());
    keys.fold(text.to_owned(), |text, key| text.replace(key, REDACTED))
}
