//! Measures the three ways in turns, so that a busy machine slows them alike, and prints the ratios of
//! their medians: `ratio [ROUNDS]`.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::time::Instant;

use prospect_delete_benches::{Bare, Client, Raw, Server, runtime};

/// How many deletions a way has in a row.
const IN_A_ROW: usize = 20;

fn main() {
    let rounds: usize = std::env::args()
        .nth(1)
        .map_or(2000, |rounds| rounds.parse().expect("a number of rounds"));
    let server = Server::start();
    let base_url = server.base_url();
    let runtime = runtime();
    let bare = Bare::new(base_url);
    let client = Client::new(base_url);
    let raw = Raw::new(base_url);
    let mut nanoseconds = [const { Vec::new() }; 3];
    for round in 0..rounds {
        // Each way goes first equally often.
        for turn in 0..3 {
            let way = (round + turn) % 3;
            for number in 0..=IN_A_ROW {
                let began = Instant::now();
                match way {
                    0 => runtime.block_on(bare.delete()),
                    1 => runtime.block_on(client.delete()),
                    _ => runtime.block_on(raw.delete()),
                }
                // The first after another way finds its code and data gone from the caches.
                if number > 0 {
                    nanoseconds[way].push(began.elapsed().as_nanos());
                }
            }
        }
    }
    let medians = nanoseconds.map(median);
    for (name, nanoseconds) in ["bare", "client", "raw"].into_iter().zip(medians) {
        println!(
            "{name:6} {:7.1} us  {:.3} x bare",
            thousandths(nanoseconds),
            thousandths(nanoseconds) / thousandths(medians[0])
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
