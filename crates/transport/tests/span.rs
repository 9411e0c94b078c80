//! The fields of the span of a request, which metrics are made of.

mod common;

use std::{
    collections::BTreeMap,
    fmt::Debug,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{DONE, IDS, SCOPE, call, config, listen, serve, transport};
use prospect_delete_transport::RetryPolicy;
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, prelude::*, registry::LookupSpan};

/// The fields of a span, each with its type.
type Fields = BTreeMap<&'static str, Value>;

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Number(u64),
    Other(String),
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Keeps the fields of each span that closes.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Fields>>>);

#[derive(Default)]
struct Seen(Fields);

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), text(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), Value::Number(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0
            .insert(field.name(), Value::Other(format!("{value:?}")));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let of = attributes.metadata();
        if !of.target().starts_with("prospect_delete_transport") {
            return;
        }
        assert_eq!(of.name(), "request");
        assert_eq!(of.target(), "prospect_delete_transport::transport");
        assert_eq!(*of.level(), Level::DEBUG);
        let names: Vec<_> = of.fields().iter().map(|field| field.name()).collect();
        let known = [
            "provider",
            "operation",
            "attempt",
            "status",
            "outcome",
            "duration_ms",
        ];
        assert_eq!(names, known);
        let mut seen = Seen::default();
        attributes.record(&mut seen);
        context.span(id).unwrap().extensions_mut().insert(seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(seen) = context.span(id).unwrap().extensions_mut().get_mut::<Seen>() {
            values.record(seen);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(Seen(fields)) = context.span(&id).unwrap().extensions_mut().remove() {
            self.0.lock().unwrap().push(fields);
        }
    }
}

#[tokio::test]
async fn each_attempt_has_a_span_with_all_that_is_documented_of_it() {
    let spans = Spans::default();
    let _default = tracing_subscriber::registry()
        .with(spans.clone())
        .set_default();

    // Sent twice: refused for a moment, then done.
    let listener = listen();
    let settings = config(&listener);
    let _requests = serve(listener, |stream, number| {
        let throttled = b"HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n";
        let answer = if number == 0 { throttled } else { DONE };
        stream.write_all(answer).unwrap();
        if number == 0 {
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        }
    });
    let client = transport(settings);
    let ids = call(&client, &IDS, b"{}").await;
    client.send(&ids).await.unwrap();

    // Nobody is there.
    let listener = listen();
    let settings = config(&listener).with_retry(RetryPolicy::never());
    drop(listener);
    let client = transport(settings);
    let scope = call(&client, &SCOPE, b"").await;
    client.send(&scope).await.unwrap_err();

    // Dropped on the way.
    let listener = listen();
    let client = transport(config(&listener));
    let ids = call(&client, &IDS, b"{}").await;
    assert!(
        tokio::time::timeout(Duration::ZERO, client.send(&ids))
            .await
            .is_err()
    );

    let mut spans = spans.0.lock().unwrap();
    for fields in &mut spans[..3] {
        let Some(Value::Number(duration)) = fields.remove("duration_ms") else {
            panic!("no duration: {fields:?}");
        };
        assert!(duration < 60_000, "in milliseconds: {duration}");
    }
    let attempt = |operation, attempt, more: &[(&'static str, Value)]| -> Fields {
        let mut fields = Fields::from([
            ("provider", text("example")),
            ("operation", text(operation)),
            ("attempt", Value::Number(attempt)),
        ]);
        fields.extend(more.iter().cloned());
        fields
    };
    let (status, outcome) = ("status", "outcome");
    let expected = [
        attempt(
            "delete_ids",
            1,
            &[(status, Value::Number(429)), (outcome, text("rejected"))],
        ),
        attempt(
            "delete_ids",
            2,
            &[(status, Value::Number(200)), (outcome, text("deleted"))],
        ),
        attempt("delete_all", 1, &[(outcome, text("not_sent"))]),
        attempt("delete_ids", 1, &[]),
    ];
    assert_eq!(*spans, expected);
}
