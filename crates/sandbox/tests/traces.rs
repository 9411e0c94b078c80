//! What is left of sandboxes that were dropped: nothing. Alone in its process, so that it can count.

#![cfg(target_os = "linux")]

use prospect_delete_sandbox::{Sandbox, Seed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many files and sockets this process has open, and how many threads.
fn open() -> [usize; 2] {
    ["/proc/self/fd", "/proc/self/task"]
        .map(|entries| std::fs::read_dir(entries).expect("the system says").count())
}

/// Uses a sandbox, and gives back a connection to it that is still open.
async fn use_one() -> (Sandbox, TcpStream) {
    let sandbox = Sandbox::builder().seed(Seed::example()).start().await;
    let sandbox = sandbox.expect("a free port");
    let address = sandbox.base_url().trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.expect("it listens");
    let request = "GET /__sandbox/state HTTP/1.1\r\nhost: sandbox\r\n\r\n";
    connection
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut answer = [0; 12];
    connection
        .read_exact(&mut answer)
        .await
        .expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 200");
    (sandbox, connection)
}

/// Starts so many at once, uses them, drops them, and waits until nothing of them is left.
async fn come_and_go(sandboxes: usize, before: [usize; 2]) {
    let mut starting = JoinSet::new();
    for _ in 0..sandboxes {
        starting.spawn(use_one());
    }
    let running = starting.join_all().await;
    let [files, threads] = before;
    // A listener, and both ends of a connection.
    assert_eq!(open(), [files + 3 * sandboxes, threads]);

    drop(running);
    // The runtime drops what was ended as soon as it is its turn.
    for _ in 0..10 * sandboxes {
        if open() == before {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{:?} are open, and {before:?} were before", open());
}

#[tokio::test]
async fn five_hundred_sandboxes_leave_no_thread_socket_or_file() {
    let before = open();
    // Not all at once: a process may have 1024 files open on many machines.
    for _ in 0..5 {
        come_and_go(100, before).await;
    }
}
