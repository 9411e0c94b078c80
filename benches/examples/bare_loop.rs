//! Deletes leads with a bare `reqwest` client and stores nothing: what any program on this client could reach
//! at best. `bare_loop ADDRESS TARGETS BATCH CONCURRENCY`.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use prospect_delete_benches::Bare;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [address, numbers @ ..] = arguments.as_slice() else {
        panic!("bare_loop ADDRESS TARGETS BATCH CONCURRENCY");
    };
    let numbers: Vec<u64> = numbers
        .iter()
        .map(|number| number.parse().expect("a number"))
        .collect();
    let &[targets, batch, concurrency] = numbers.as_slice() else {
        panic!("bare_loop ADDRESS TARGETS BATCH CONCURRENCY");
    };
    let bare = Arc::new(Bare::new(address));
    let next = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..concurrency)
        .map(|_| tokio::spawn(work(Arc::clone(&bare), Arc::clone(&next), targets, batch)))
        .collect();
    for worker in workers {
        worker.await.expect("a worker that ends well");
    }
}

async fn work(bare: Arc<Bare>, next: Arc<AtomicU64>, targets: u64, batch: u64) {
    loop {
        let first = next.fetch_add(batch, Ordering::Relaxed);
        if first >= targets {
            return;
        }
        let ids: Vec<_> = (first..targets.min(first + batch))
            .map(|index| format!("{index:024x}"))
            .collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        bare.delete_leads(&ids).await;
    }
}
