use std::{fmt, str::FromStr};

use url::{Host, Url};

use crate::InvalidInput;

/// Scheme, host and port that requests go to.
///
/// HTTPS, or plain HTTP where the host is a loopback one. Nothing else is part of it: no user name, no
/// path, no query, no fragment.
///
/// ```
/// use prospect_delete_transport::BaseUrl;
///
/// let base: BaseUrl = "https://api.woodpecker.co/".parse()?;
/// assert_eq!(base.as_str(), "https://api.woodpecker.co");
/// assert!("http://127.0.0.1:8080".parse::<BaseUrl>()?.is_loopback());
/// assert!("http://api.woodpecker.co".parse::<BaseUrl>().is_err());
/// # Ok::<(), prospect_delete_transport::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without the slash at the end: paths are put behind it.
    origin: String,
    loopback: bool,
    https: bool,
}

impl BaseUrl {
    /// The address, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// The host, and the port where the address has one.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.origin
            .split_once("://")
            .map_or(&self.origin, |(_, authority)| authority)
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(crate) fn is_https(&self) -> bool {
        self.https
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        // The text itself is never shown: it may hold a password.
        let refuse = |reason: &str| Err(InvalidInput::new("base address", reason));
        let Ok(url) = Url::parse(text) else {
            return refuse("is not a URL; give https://host or https://host:port");
        };
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return refuse("has user info; give the key by its variable instead");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("has a query or a fragment; give scheme, host and port alone");
        }
        if url.path() != "/" && !url.path().is_empty() {
            return refuse(
                "has a path; give scheme, host and port alone, the paths are the provider's",
            );
        }
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(domain)) => domain == "localhost",
            None => return refuse("has no host; give https://host or https://host:port"),
        };
        match (url.scheme(), loopback) {
            ("https", _) | ("http", true) => {}
            ("http", false) => {
                return refuse("is plain http, which would show the key to the network; use https");
            }
            _ => return refuse("is neither https nor http; give https://host"),
        }
        if url.port() == Some(0) {
            return refuse("has port 0; give the port that the server listens on");
        }
        Ok(Self {
            origin: url.as_str().trim_end_matches('/').to_owned(),
            loopback,
            https: url.scheme() == "https",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_http_pass() {
        for (text, loopback) in [
            ("https://api.nlpearl.ai", false),
            ("https://api.nlpearl.ai:8443/", false),
            ("https://127.0.0.1:1", true),
            ("http://127.0.0.1:8080/", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:9", true),
            ("http://localhost:80", true),
            ("HTTP://LOCALHOST:8080", true),
        ] {
            let base: BaseUrl = text
                .parse()
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(base.is_loopback(), loopback, "{text}");
            assert!(!base.as_str().ends_with('/'), "{text}");
        }
        for text in [
            "",
            "api.nlpearl.ai",
            "http://api.nlpearl.ai",
            "http://0.0.0.0:80",
            "http://localhost.example.com",
            "http://127.0.0.1.nip.io",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "https://user@host",
            "https://user:secret@host",
            "https://@host",
            "https://host?x=1",
            "https://host#x",
            "https://host/path",
            "http://127.0.0.1:0",
        ] {
            let error = text.parse::<BaseUrl>().expect_err(text).to_string();
            assert!(!error.contains("secret"), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}
