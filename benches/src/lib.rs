//! One deletion in three ways, over a shared connection and over one for each, and the server that answers them.
//!
//! All send the same request, made from the same ids each time, and read the same answer, so what
//! is between them is what a layer costs.

pub mod http;
mod server;
mod ways;

pub use server::Server;
pub use ways::{Bare, Client, Raw};

/// The campaign in every request.
pub const PEARL_ID: &str = "64f0c0ffee64f0c0ffee64f0";

/// The lead in every request.
pub const LEAD_ID: &str = "65a1b2c3d4e5f60718293a4b";

/// The runtime that all ways run on: one thread, so that no way pays for a wake-up of another.
///
/// # Panics
///
/// When the system gives no runtime.
#[must_use]
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
