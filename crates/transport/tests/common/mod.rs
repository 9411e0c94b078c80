//! Providers that do not exist, and servers on raw sockets for them.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    io::Read,
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
};

use http::Method;
use prospect_delete_transport::{
    Answer, Authentication, Call, Config, Credential, Error, InvalidInput, Operation, Provider,
    Receipt, RetryPolicy, Transport,
};

pub static PROVIDER: Provider = Provider::new(
    "example",
    "https://api.example.com",
    Authentication::Header("x-api-key"),
    "EXAMPLE_API_KEY",
    "EXAMPLE_BASE_URL",
);

/// Names ids.
pub static IDS: Operation = Operation::delete(&PROVIDER, "delete_ids");

/// Names a scope.
pub static SCOPE: Operation = Operation::delete_scope(&PROVIDER, "delete_all");

/// Asks whether somebody is there.
pub static LOOK_UP: Operation = Operation::look_up(&PROVIDER, "look_up");

/// A provider that is not the one of these tests.
pub static OTHER: Provider = Provider::new(
    "other",
    "https://other.example",
    Authentication::Header("x-other-key"),
    "OTHER_API_KEY",
    "OTHER_BASE_URL",
);

/// Names ids of the other provider.
pub static OTHER_IDS: Operation = Operation::delete(&OTHER, "delete_ids");

pub const DONE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue";

pub fn read(body: &[u8]) -> Answer {
    if body == b"true" {
        Answer::Done
    } else {
        Answer::Foreign
    }
}

pub fn config(listener: &TcpListener) -> Config {
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let retry = RetryPolicy::new()
        .with_max_attempts(3)
        .with_max_wait(std::time::Duration::from_millis(1));
    Config::new()
        .with_base_url(base_url.parse().unwrap())
        .with_retry(retry)
}

pub fn transport(config: Config) -> Transport {
    Transport::new(&PROVIDER, &Credential::new("a-key").unwrap(), config).unwrap()
}

pub async fn call(
    transport: &Transport,
    operation: &'static Operation,
    body: &'static [u8],
) -> Call {
    call_by(Method::DELETE, transport, operation, body).await
}

pub async fn call_by(
    method: Method,
    transport: &Transport,
    operation: &'static Operation,
    body: &'static [u8],
) -> Call {
    let url = format!("{}/ids?id=7", transport.base_url());
    let built = transport.prepare(operation, read, async |parts| {
        let mut request = reqwest::Request::new(method, url.parse().unwrap());
        if !body.is_empty() {
            *request.body_mut() = Some(body.into());
        }
        assert!(!parts.session.dress(&mut request), "it is captured");
        Ok::<_, InvalidInput>(())
    });
    built.await.unwrap()
}

pub async fn send(
    config: Config,
    operation: &'static Operation,
    body: &'static [u8],
) -> Result<Receipt, Error> {
    let transport = transport(config);
    let call = call(&transport, operation, body).await;
    transport.send(&call).await
}

pub fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// A request's head and body, or nothing where the client closed the connection.
pub fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let head = head.to_ascii_lowercase();
            let length = head
                .split("\r\n")
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes[end + 4..].to_vec()));
            }
        }
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    }
}

/// Serves each connection by itself, and says on which connection which request came.
pub fn serve(
    listener: TcpListener,
    mut answer: impl FnMut(&mut TcpStream, usize) + Send + Clone + 'static,
) -> Receiver<(usize, String, Vec<u8>)> {
    let (sender, requests) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            while let Some((head, body)) = request(&mut stream) {
                if sender.send((number, head, body)).is_err() {
                    return;
                }
                answer(&mut stream, number);
            }
        }
    });
    requests
}

/// What an error and its causes say, nearest first.
pub fn chain(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect()
}
