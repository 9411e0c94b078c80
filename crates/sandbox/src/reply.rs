use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::json;

/// An answer before it is decided how its bytes travel.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut reply = Self::empty(status);
        reply.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        reply.body = serde_json::to_vec(body)
            .expect("answers have string keys and plain values")
            .into();
        reply
    }

    pub(crate) fn message(status: StatusCode, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    pub(crate) fn no_such_route(method: &Method, path: &str) -> Self {
        Self::message(
            StatusCode::NOT_FOUND,
            &format!("The sandbox has no such route: {method} {path}"),
        )
    }

    pub(crate) fn wrong_method(method: &Method, path: &str, allowed: &[Method]) -> Self {
        let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
        let allowed = allowed.join(", ");
        let mut reply = Self::message(
            StatusCode::METHOD_NOT_ALLOWED,
            &format!("The sandbox takes {allowed} here: {method} {path}"),
        );
        let allowed = HeaderValue::from_str(&allowed).expect("methods are visible ASCII");
        reply.headers.insert(ALLOW, allowed);
        reply
    }
}
