//! Sends deletions in one way, for a profiler to count what they cost: `one_deletion WAY REQUESTS`, where
//! the way is `bare` or `client` over a shared connection, or `bare-own`, `client-own` or `raw-own` with one for each.

use prospect_delete_benches::{Bare, Client, Raw, Server, runtime};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let way = arguments.next().unwrap_or_default();
    let requests: u32 = arguments
        .next()
        .and_then(|requests| requests.parse().ok())
        .expect("the number of requests");
    let server = Server::start();
    let base_url = server.base_url();
    runtime().block_on(async {
        match way.as_str() {
            "bare" => repeat(requests, &Bare::new(base_url), Bare::delete).await,
            "client" => repeat(requests, &Client::sharing(base_url), Client::delete).await,
            "bare-own" => repeat(requests, &Bare::closing(base_url), Bare::delete).await,
            "client-own" => repeat(requests, &Client::new(base_url), Client::delete).await,
            "raw-own" => repeat(requests, &Raw::new(base_url), Raw::delete).await,
            _ => panic!("there is no such way"),
        }
    });
}

async fn repeat<W>(requests: u32, way: &W, delete: impl AsyncFn(&W)) {
    for _ in 0..requests {
        delete(way).await;
    }
}
