//! A server whose answers a function decides, for what the sandbox does not do.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

type Answer = Box<dyn FnMut(&Asked) -> (u16, String) + Send>;

/// One request.
pub struct Asked {
    /// Method and target, as they came.
    pub line: String,
    /// Its body, `null` where that is no JSON.
    pub body: Value,
}

pub struct Answering {
    pub base_url: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Answering {
    /// Requests are answered one after the other, in the order in which they come.
    pub fn start(answer: impl FnMut(&Asked) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Box::new(answer)));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || serve(&stream, &seen, &answer));
            }
        });
        Self { base_url, asked }
    }

    /// Lines and bodies of the requests so far.
    pub fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }
}

/// A client that goes away in the middle ends it.
fn serve(
    stream: &TcpStream,
    seen: &Mutex<Vec<(String, Value)>>,
    answer: &Mutex<Answer>,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked = Asked {
        line: line.trim().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    seen.lock()
        .unwrap()
        .push((asked.line.clone(), asked.body.clone()));
    let (status, body) = (answer.lock().unwrap())(&asked);
    let length = body.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .ok()
}
