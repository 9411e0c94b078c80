//! Time and allocations of one deletion, over a connection that is open already and over one of its own.

use divan::{AllocProfiler, Bencher};
use prospect_delete_benches::{Bare, Client, Raw, Server, runtime};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Measures one way, connected by a first deletion.
fn measure<W>(bencher: Bencher, new: fn(&str) -> W, delete: impl AsyncFn(&W) + Sync)
where
    W: Sync,
{
    let server = Server::start();
    let runtime = runtime();
    let way = new(server.base_url());
    runtime.block_on(delete(&way));
    bencher.bench_local(|| runtime.block_on(delete(&way)));
}

#[divan::bench]
fn bare_shared(bencher: Bencher) {
    measure(bencher, Bare::new, Bare::delete);
}

#[divan::bench]
fn client_shared(bencher: Bencher) {
    measure(bencher, Client::sharing, Client::delete);
}

#[divan::bench]
fn bare_own(bencher: Bencher) {
    measure(bencher, Bare::closing, Bare::delete);
}

#[divan::bench]
fn client_own(bencher: Bencher) {
    measure(bencher, Client::new, Client::delete);
}

#[divan::bench]
fn raw_own(bencher: Bencher) {
    measure(bencher, Raw::new, Raw::delete);
}
