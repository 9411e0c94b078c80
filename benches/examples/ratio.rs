//! Measures the ways in turns, so that a busy machine slows them alike, and prints the ratios of their medians to
//! bare reqwest that treats its connections likewise: `ratio [ROUNDS] [tls]`.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::{process::Command, time::Instant};

use prospect_delete_benches::{Bare, Client, Raw, Server, runtime};

/// How many deletions a way has in a row.
const IN_A_ROW: usize = 20;

/// Each way, and the one that it is compared with.
const WAYS: [(&str, usize); 5] = [
    ("bare", 0),
    ("client", 0),
    ("bare-own", 2),
    ("client-own", 2),
    ("raw-own", 2),
];

/// Set where the server is another process's, since its certificate is named by the environment.
const SERVER: &str = "BENCH_SERVER";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds: usize = arguments
        .first()
        .map_or(2000, |rounds| rounds.parse().expect("a number of rounds"));
    if let Ok(base_url) = std::env::var(SERVER) {
        return compare(&base_url, rounds);
    }
    if arguments.get(1).is_some_and(|word| word == "tls") {
        let (server, certificate) = Server::start_tls();
        let file = std::env::temp_dir().join(format!("ratio-{}.pem", std::process::id()));
        std::fs::write(&file, certificate).expect("a file");
        let program = std::env::current_exe().expect("this program");
        let status = Command::new(program)
            .arg(rounds.to_string())
            .env(SERVER, server.base_url())
            .env("SSL_CERT_FILE", &file)
            .status();
        std::fs::remove_file(&file).expect("the file");
        assert!(status.expect("it runs").success());
    } else {
        compare(Server::start().base_url(), rounds);
    }
}

fn compare(base_url: &str, rounds: usize) {
    let runtime = runtime();
    let bare = Bare::new(base_url);
    let client = Client::sharing(base_url);
    let bare_own = Bare::closing(base_url);
    let client_own = Client::new(base_url);
    let raw_own = Raw::new(base_url);
    let mut nanoseconds = [const { Vec::new() }; WAYS.len()];
    for round in 0..rounds {
        // Each way goes first equally often.
        for turn in 0..WAYS.len() {
            let way = (round + turn) % WAYS.len();
            for number in 0..=IN_A_ROW {
                let began = Instant::now();
                match way {
                    0 => runtime.block_on(bare.delete()),
                    1 => runtime.block_on(client.delete()),
                    2 => runtime.block_on(bare_own.delete()),
                    3 => runtime.block_on(client_own.delete()),
                    _ => runtime.block_on(raw_own.delete()),
                }
                // The first after another way finds its code and data gone from the caches.
                if number > 0 {
                    nanoseconds[way].push(began.elapsed().as_nanos());
                }
            }
        }
    }
    let medians = nanoseconds.map(median);
    for ((name, beside), nanoseconds) in WAYS.into_iter().zip(medians) {
        println!(
            "{name:10} {:7.1} us  {:.3} x {}",
            thousandths(nanoseconds),
            thousandths(nanoseconds) / thousandths(medians[beside]),
            WAYS[beside].0
        );
    }
}

fn median(mut values: Vec<u128>) -> u128 {
    values.sort_unstable();
    values[values.len() / 2]
}

fn thousandths(nanoseconds: u128) -> f64 {
    std::time::Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX)).as_secs_f64()
        * 1e6
}
