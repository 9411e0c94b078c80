use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A server on a raw socket that plays a script: its n-th reply answers the n-th request, and the last
/// one all further requests.
#[derive(Debug)]
pub struct ScriptedServer {
    base_url: String,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    // Dropping it closes the listener and every connection.
    _tasks: JoinSet<()>,
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Sends these bytes and waits for the next request on the same connection.
    Bytes(Vec<u8>),
    /// Sends these bytes and closes the connection.
    BytesThenClose(Vec<u8>),
    /// Sends the first bytes at once, and the others one by one with this much time between.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Sends these bytes again and again.
    Flood(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Never answers.
    Stall,
}

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Method and target.
    pub request_line: String,
    /// Names in lower case, sorted.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

impl Reply {
    /// A complete answer.
    #[must_use]
    pub fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = format!(
            "HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n",
            body.len()
        )
        .into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Self::Bytes(bytes)
    }

    /// A complete answer with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::answer(
            status,
            &[("content-type", "application/json")],
            body.to_string(),
        )
    }
}

impl ScriptedServer {
    /// Listens on a port of the system's choice.
    ///
    /// # Panics
    ///
    /// When there is no port, or the script is empty.
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let script: Arc<[Reply]> = script.into_iter().collect();
        assert!(!script.is_empty(), "a server needs a script");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let seen = Arc::clone(&recorded);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        Self {
            base_url,
            recorded,
            _tasks: tasks,
        }
    }

    /// The server's address.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What has arrived so far.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.recorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<[Reply]>, recorded: Arc<Mutex<Vec<Recorded>>>) {
    while let Some(request) = read_request(&mut stream).await {
        let number = {
            let mut recorded = recorded.lock().unwrap_or_else(PoisonError::into_inner);
            recorded.push(request);
            recorded.len() - 1
        };
        match &script[number.min(script.len() - 1)] {
            Reply::Bytes(bytes) => {
                if stream.write_all(bytes).await.is_err() {
                    return;
                }
            }
            Reply::BytesThenClose(bytes) => {
                // The client may have had enough before everything is written.
                let _ = stream.write_all(bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Drip(head, body, pause) => {
                if stream.write_all(head).await.is_err() {
                    return;
                }
                for byte in body {
                    if stream.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(*pause).await;
                }
            }
            Reply::Flood(bytes) => while stream.write_all(bytes).await.is_ok() {},
            Reply::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
            Reply::Stall => std::future::pending().await,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let request_line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    headers.sort();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Recorded {
        request_line,
        headers,
        body,
    })
}
