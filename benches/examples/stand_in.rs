//! A server that answers all deletions as documented, and does what nginx cannot: wait, limit and stall.
//!
//! `stand_in [--delay MS] [--limit SECONDS:RATE:BURST,...] [--window MS:REQUESTS] [--stall AFTER]`
//!
//! `--limit` lets RATE requests a second through, BURST of them at once, for so many seconds from the first
//! request on; the last entry holds for ever. `--window` lets so many through in each window of so many
//! milliseconds. What is over a limit gets 429 with `Retry-After: 1`. `--stall` stops answering after so many
//! requests, and keeps the connections open.
//!
//! Prints its port, serves until standard input ends, and then prints what it saw.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::{
    cell::RefCell,
    io::Read,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use prospect_delete_benches::{http::arrived, runtime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::LocalSet,
};

/// What it does with requests.
#[derive(Default)]
struct Behaviour {
    delay: Duration,
    limit: Limit,
    stall: Option<u64>,
}

#[derive(Default)]
enum Limit {
    #[default]
    None,
    Bucket(Vec<Phase>),
    Window(Duration, u32),
}

/// A limit that holds for a time.
struct Phase {
    seconds: f64,
    rate: f64,
    burst: f64,
}

/// What it saw.
#[derive(Default)]
struct Seen {
    requests: u64,
    throttled: u64,
    first: Option<Instant>,
    last_answer: Option<Instant>,
    /// Of a bucket: what may pass now, and when that was reckoned.
    tokens: f64,
    reckoned: Option<Instant>,
    /// Of a window: which one it is, and how many have passed in it.
    window: (u128, u32),
}

fn main() {
    let behaviour = Rc::new(behaviour());
    let seen = Rc::new(RefCell::new(Seen::default()));
    let (ended, end) = oneshot::channel();
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    runtime().block_on(LocalSet::new().run_until(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        println!(r#"{{"port":{port}}}"#);
        let accepting = async {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::task::spawn_local(serve(stream, Rc::clone(&behaviour), Rc::clone(&seen)));
            }
        };
        tokio::select! {
            () = accepting => {}
            _ = end => {}
        }
    }));
    let seen = seen.borrow();
    let seconds = seen
        .first
        .zip(seen.last_answer)
        .map_or(0.0, |(first, last)| (last - first).as_secs_f64());
    println!(
        r#"{{"requests":{},"throttled":{},"seconds":{seconds}}}"#,
        seen.requests, seen.throttled
    );
}

fn behaviour() -> Behaviour {
    let mut behaviour = Behaviour::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().expect("a value");
        let numbers = |text: &str| -> Vec<f64> {
            text.split(':')
                .map(|number| number.parse().expect("a number"))
                .collect()
        };
        match flag.as_str() {
            "--delay" => {
                behaviour.delay = Duration::from_millis(value.parse().expect("milliseconds"));
            }
            "--limit" => {
                let phases = value.split(',').map(|phase| {
                    let &[seconds, rate, burst] = numbers(phase).as_slice() else {
                        panic!("SECONDS:RATE:BURST");
                    };
                    Phase {
                        seconds,
                        rate,
                        burst,
                    }
                });
                behaviour.limit = Limit::Bucket(phases.collect());
            }
            "--window" => {
                let (length, requests) = value.split_once(':').expect("MS:REQUESTS");
                behaviour.limit = Limit::Window(
                    Duration::from_millis(length.parse().expect("milliseconds")),
                    requests.parse().expect("a number of requests"),
                );
            }
            "--stall" => behaviour.stall = Some(value.parse().expect("a number of requests")),
            other => panic!("{other} is unknown"),
        }
    }
    behaviour
}

async fn serve(mut stream: TcpStream, behaviour: Rc<Behaviour>, seen: Rc<RefCell<Seen>>) {
    let _ = stream.set_nodelay(true);
    let mut bytes = Vec::with_capacity(16 << 10);
    loop {
        let answer = match arrived(&bytes) {
            None => match stream.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(_) => continue,
            },
            Some(request) => {
                let passes = seen.borrow_mut().passes(&behaviour.limit);
                let answer = if passes {
                    answer(200, "", success(request.path))
                } else {
                    answer(429, "retry-after: 1\r\n", r#"{"message":"slow down"}"#)
                };
                let length = request.length;
                bytes.drain(..length);
                answer
            }
        };
        if behaviour
            .stall
            .is_some_and(|after| seen.borrow().requests > after)
        {
            std::future::pending::<()>().await;
        }
        if !behaviour.delay.is_zero() {
            tokio::time::sleep(behaviour.delay).await;
        }
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        seen.borrow_mut().last_answer = Some(Instant::now());
    }
}

impl Seen {
    /// Counts a request, and says whether it is within the limit.
    fn passes(&mut self, limit: &Limit) -> bool {
        let now = Instant::now();
        let first = *self.first.get_or_insert(now);
        self.requests += 1;
        let passes = match limit {
            Limit::None => true,
            Limit::Bucket(phases) => {
                let mut left = (now - first).as_secs_f64();
                let phase = phases
                    .iter()
                    .find(|phase| {
                        left -= phase.seconds;
                        left < 0.0
                    })
                    .or(phases.last())
                    .expect("a limit");
                self.tokens = match self.reckoned {
                    None => phase.burst,
                    Some(before) => {
                        let more = (now - before).as_secs_f64() * phase.rate;
                        phase.burst.min(self.tokens + more)
                    }
                };
                self.reckoned = Some(now);
                let passes = self.tokens >= 1.0;
                self.tokens -= f64::from(u8::from(passes));
                passes
            }
            Limit::Window(length, requests) => {
                let window = (now - first).as_nanos() / length.as_nanos();
                if self.window.0 != window {
                    self.window = (window, 0);
                }
                let passes = self.window.1 < *requests;
                self.window.1 += u32::from(passes);
                passes
            }
        };
        self.throttled += u64::from(!passes);
        passes
    }
}

/// The documented success of the operation at this path.
fn success(path: &str) -> &'static str {
    if path.starts_with("/v2/Outbound/") {
        "true"
    } else if path.starts_with("/api/v1/") {
        r#"{"message":"Audience deleted successfully"}"#
    } else {
        r#"{"status":"success","data":null,"message":"Prospects deleted"}"#
    }
}

fn answer(status: u16, fields: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} \r\ncontent-type: application/json\r\n{fields}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
