//! How connections reach a server, and why one could not be made, in words.

use std::{error, io, time::Duration};

use crate::{BaseUrl, Proxy, cause::causes, certificates, early::Early};

/// What stands between this machine and a server.
#[derive(Debug)]
pub(crate) struct Route {
    /// The server's host, with the port where the address has one.
    host: String,
    /// The same with the port in any case.
    host_and_port: String,
    proxy: Option<Proxy>,
}

impl Route {
    /// `proxy` takes the place of the environment's, but for a server on this machine.
    pub(crate) fn to(server: &BaseUrl, proxy: Option<&Proxy>) -> Self {
        let host = server.authority().to_owned();
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let default = if server.is_https() { 443 } else { 80 };
        let host_and_port = if has_port {
            host.clone()
        } else {
            format!("{host}:{default}")
        };
        Self {
            host,
            host_and_port,
            proxy: proxy
                .filter(|_| !server.is_loopback())
                .cloned()
                .or_else(|| Proxy::of(server)),
        }
    }

    /// That there was no connection in time.
    pub(crate) fn no_connection_within(&self, time: Duration) -> String {
        let via = self
            .proxy
            .as_ref()
            .map_or_else(String::new, |proxy| format!(" through the proxy {proxy}"));
        let Self { host, .. } = self;
        format!(
            "no connection to {host}{via} within {} s",
            time.as_secs_f64()
        )
    }

    /// Why a request failed of which no answer came; `connect_time` is what there was for connecting.
    pub(crate) async fn why(&self, error: &reqwest::Error, connect_time: Duration) -> String {
        let host = &self.host;
        if !error.is_connect() {
            return format!("the connection to {host} failed: {}", deepest(error));
        }
        if error.is_timeout() {
            return self.no_connection_within(connect_time);
        }
        if let Some(early) = causes(error).find_map(|cause| cause.downcast_ref::<Early>()) {
            return format!("the connection to {host} is not used, since {early}");
        }
        let steps: Vec<String> = causes(error).map(ToString::to_string).collect();
        let is_at = |step: &str| steps.iter().any(|text| text == step);
        let text = deepest(error);
        if let Some(proxy) = &self.proxy {
            if !proxy.is_usable() {
                return format!(
                    "the proxy {proxy} cannot be used; give one with http:// or https://"
                );
            }
            // The words of the HTTP client, which has no type for them.
            if is_at("tunnel error: proxy authorization required") {
                let wanted = if proxy.has_credentials() {
                    "it does not accept the user name and password that it is given"
                } else {
                    "it asks for a user name and a password"
                };
                return format!(
                    "the proxy {proxy} refused the connection to {host} with status 407: {wanted}"
                );
            }
            if is_at("tunnel error: unsuccessful") {
                let status = proxy.refusal(&self.host_and_port).await;
                return status.map_or_else(
                    || format!("the proxy {proxy} refused the connection to {host}"),
                    |status| {
                        format!(
                            "the proxy {proxy} refused the connection to {host} with status {}",
                            status.as_u16()
                        )
                    },
                );
            }
            if steps.iter().any(|text| text.starts_with("tunnel error")) {
                return format!("the proxy {proxy} cannot be used: {text}");
            }
        }
        if is_at("dns error") {
            return format!("the host {host} is not found ({text})");
        }
        if is_refused(error) {
            return format!("connection to {host} refused");
        }
        let certificates = if text.contains("certificate") {
            certificates::note()
        } else {
            String::new()
        };
        format!("connection to {host} failed: {text}{certificates}")
    }
}

fn is_refused(error: &reqwest::Error) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// The error at the end of the chain, which says what happened ("Connection refused").
fn deepest(error: &reqwest::Error) -> String {
    let error: &(dyn error::Error + 'static) = error;
    causes(error)
        .last()
        .map(ToString::to_string)
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| error.to_string())
}
