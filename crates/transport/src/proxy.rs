use std::{fmt, str::FromStr, time::Duration};

use http::{StatusCode, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{BaseUrl, InvalidInput};

/// Where a proxy for HTTPS is named, in the order in which the variables are looked at. Of each pair the first
/// that is set counts, even where it is empty.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// The hosts that are reached without a proxy, likewise.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The time for asking a proxy for its reason.
const REASON: Duration = Duration::from_secs(5);

/// As much of an answer as its status line may have.
const LONGEST_STATUS_LINE: u64 = 1024;

/// A proxy that connections to a server go through.
///
/// What the environment or the system's settings say is read by the rules of the HTTP client, by the same code. So is a
/// text: `http://host:port` or `https://host:port`, with `user:password@` before the host where the proxy asks for
/// them. Neither is ever shown.
#[derive(Clone, Debug)]
pub struct Proxy {
    intercept: Intercept,
    variable: Option<&'static str>,
}

impl Proxy {
    /// The proxy that connections to a server go through, if any. None is used for a host of this machine, and
    /// none that is named in a form that is no address of a proxy.
    #[must_use]
    pub fn of(server: &BaseUrl) -> Option<Self> {
        if server.is_loopback() {
            return None;
        }
        let server: Uri = server.as_str().parse().ok()?;
        let intercept = Matcher::from_system().intercept(&server)?;
        let exceptions = first_set(EXCEPTIONS).map_or_else(String::new, |(_, value)| value);
        let variable = VARIABLES.into_iter().find_map(|names| {
            let (name, value) = first_set(names)?;
            let alone = Matcher::builder().https(value).no(exceptions.clone());
            alone.build().intercept(&server).map(|_| name)
        });
        Some(Self {
            intercept,
            variable,
        })
    }

    /// The environment variables that are set to name a proxy for HTTPS, whether one is used or not.
    #[must_use]
    pub fn variables() -> Vec<&'static str> {
        VARIABLES
            .into_iter()
            .filter_map(first_set)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, _)| name)
            .collect()
    }

    /// The environment variable that names it, or nothing where the system's settings do.
    #[must_use]
    pub fn variable(&self) -> Option<&'static str> {
        self.variable
    }

    /// Whether this build can speak to it: it is one for HTTP, not for SOCKS.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(self.intercept.uri().scheme_str(), Some("http" | "https"))
    }

    /// The same for the HTTP client.
    pub(crate) fn for_client(&self) -> reqwest::Result<reqwest::Proxy> {
        let proxy = reqwest::Proxy::all(self.intercept.uri().to_string())?;
        Ok(match self.intercept.basic_auth() {
            Some(value) => proxy.custom_http_auth(value.clone()),
            None => proxy,
        })
    }

    pub(crate) fn has_credentials(&self) -> bool {
        self.intercept.basic_auth().is_some()
    }

    /// Asks for a tunnel once more, and closes it: the HTTP client does not say with which status it was refused.
    /// Neither key nor request goes there.
    pub(crate) async fn refusal(&self, server: &str) -> Option<StatusCode> {
        timeout(REASON, self.ask(server)).await.ok()?
    }

    async fn ask(&self, server: &str) -> Option<StatusCode> {
        let uri = self.intercept.uri();
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let host = uri.host()?.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(80);
        let mut connection = TcpStream::connect((host, port)).await.ok()?;
        let mut request = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n").into_bytes();
        if let Some(value) = self.intercept.basic_auth() {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(value.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        connection.write_all(&request).await.ok()?;
        let mut line = Vec::new();
        let mut answer = connection.take(LONGEST_STATUS_LINE);
        while !line.contains(&b'\n') {
            if answer.read_buf(&mut line).await.ok()? == 0 {
                return None;
            }
        }
        let line = line.strip_prefix(b"HTTP/1.")?;
        let status = StatusCode::from_bytes(line.get(2..5)?).ok()?;
        (!status.is_success()).then_some(status)
    }
}

impl FromStr for Proxy {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        // The text itself is never shown: it may hold a password.
        let refuse = |reason: &str| Err(InvalidInput::new("proxy", reason));
        let anywhere = Uri::from_static("https://host");
        let Some(intercept) = Matcher::builder().all(text).build().intercept(&anywhere) else {
            return refuse("is no address of a proxy; give http://host:port");
        };
        let proxy = Self {
            intercept,
            variable: None,
        };
        if proxy.is_usable() {
            Ok(proxy)
        } else {
            refuse("is one for SOCKS, which cannot be used; give one with http:// or https://")
        }
    }
}

impl fmt::Display for Proxy {
    /// Its host and port; before them its scheme where that is not `http`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.intercept.uri();
        if let Some(scheme) = uri.scheme_str().filter(|scheme| *scheme != "http") {
            write!(f, "{scheme}://")?;
        }
        // The user's name is no part of it.
        f.write_str(uri.authority().map_or("", |authority| authority.as_str()))
    }
}

fn first_set<const N: usize>(names: [&'static str; N]) -> Option<(&'static str, String)> {
    names
        .into_iter()
        .find_map(|name| Some((name, std::env::var(name).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_given_is_shown_without_user_and_password() {
        for (text, shown) in [
            ("http://proxy.example:3128", "proxy.example:3128"),
            ("proxy.example:3128", "proxy.example:3128"),
            (
                "https://us%65r:canary@proxy.example/",
                "https://proxy.example",
            ),
            ("http://user:canary@[::1]:8080", "[::1]:8080"),
        ] {
            let proxy: Proxy = text.parse().unwrap();
            assert_eq!(proxy.to_string(), shown);
            assert_eq!(proxy.has_credentials(), text.contains('@'));
            assert_eq!(proxy.variable(), None);
            assert!(!format!("{proxy:?}").contains("canary"), "{proxy:?}");
        }
        for text in [
            "",
            "socks5://user:canary@host:1",
            "ftp://canary",
            "user:canary@",
            "canary canary",
        ] {
            let error = text.parse::<Proxy>().expect_err(text).to_string();
            assert!(!error.contains("canary"), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}
