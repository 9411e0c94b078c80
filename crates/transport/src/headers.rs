//! The headers of a request that callers may set, beside those that are ours.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::InvalidInput;

/// How our requests name themselves.
const USER_AGENT: &str = concat!("prospect-delete/", env!("CARGO_PKG_VERSION"));

/// Names that belong to the project. They carry the key, frame the body, or decide which answer comes on which
/// connection; or another setting is for them.
const OWN: [&str; 22] = [
    "accept",
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "token",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-api-key",
    // Asks for a part of an answer, which says nothing of the whole.
    "range",
];

/// What callers set. No value of it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Headers {
    agent: HeaderValue,
    more: HeaderMap,
}

impl Headers {
    pub(crate) fn new() -> Self {
        Self {
            agent: HeaderValue::from_static(USER_AGENT),
            more: HeaderMap::new(),
        }
    }

    /// Puts a name of the caller's before ours.
    pub(crate) fn name_before(&mut self, agent: &str) -> Result<(), InvalidInput> {
        checked("user agent", agent)?;
        self.agent = HeaderValue::from_str(&format!("{agent} {USER_AGENT}"))
            .expect("both are printable ASCII");
        Ok(())
    }

    /// Adds a header, in the place of one of the same name.
    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<(), InvalidInput> {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err(InvalidInput::new(
                "header",
                "has a name that no header can have; give letters, digits and hyphens",
            ));
        };
        if OWN.contains(&name.as_str()) {
            return Err(is_ours(&name));
        }
        let mut value = checked(&format!("header {name}"), value)?;
        value.set_sensitive(true);
        self.more.insert(name, value);
        Ok(())
    }

    /// Sees that none of them has the name of the header that carries the key.
    pub(crate) fn check_against(&self, key: &HeaderName) -> Result<(), InvalidInput> {
        if self.more.contains_key(key) {
            return Err(is_ours(key));
        }
        Ok(())
    }

    /// Puts them on a request.
    pub(crate) fn put_on(&self, headers: &mut HeaderMap) {
        headers.extend(self.more.clone());
        headers.insert(header::USER_AGENT, self.agent.clone());
    }
}

fn is_ours(name: &HeaderName) -> InvalidInput {
    InvalidInput::new(
        format!("header {name}"),
        "is set by this library alone; leave it out",
    )
}

/// A value as it may travel in any header. It is never shown, since it may be a secret.
fn checked(subject: &str, value: &str) -> Result<HeaderValue, InvalidInput> {
    let refuse = |reason: &str| Err(InvalidInput::new(subject, reason));
    if value.trim().is_empty() {
        return refuse("is empty; give a value, or leave it out");
    }
    if value.trim() != value {
        return refuse("has white space around it; remove it");
    }
    if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return refuse("has characters that no header can carry; give printable ASCII");
    }
    HeaderValue::from_str(value)
        .or_else(|_| refuse("has characters that no header can carry; give printable ASCII"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ours_and_values_that_no_header_carries_are_refused_without_the_value() {
        let mut headers = Headers::new();
        for name in OWN
            .into_iter()
            .chain(["Authorization", "X-API-Key", "HOST"])
        {
            let error = headers.add(name, "canary").unwrap_err().to_string();
            assert!(error.contains("set by this library alone"), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
        for name in ["", "a b", "a:b", "a\nb", "ü", "a\r\nx-api-key"] {
            let error = headers.add(name, "canary").unwrap_err().to_string();
            assert!(error.contains("name that no header"), "{name:?}: {error}");
            assert_eq!(error.lines().count(), 1, "{error:?}");
        }
        for value in [
            "",
            "  ",
            " canary",
            "canary ",
            "can\nary",
            "can\r\nary",
            "can\0ary",
            "canaryü",
            "can\tary",
        ] {
            for error in [
                headers.add("x-tenant", value).unwrap_err(),
                headers.name_before(value).unwrap_err(),
            ] {
                assert!(!error.to_string().contains("canary"), "{error}");
            }
        }
        assert!(headers.more.is_empty());
        assert_eq!(headers.agent, USER_AGENT);
    }

    #[test]
    fn values_are_not_shown() {
        let mut headers = Headers::new();
        headers.add("X-Tenant", "canary").unwrap();
        assert!(headers.more["x-tenant"].is_sensitive());
        assert!(!format!("{headers:?}").contains("canary"));
        assert!(
            headers
                .check_against(&HeaderName::from_static("x-key"))
                .is_ok()
        );
        assert!(
            headers
                .check_against(&HeaderName::from_static("x-tenant"))
                .is_err()
        );
    }
}
