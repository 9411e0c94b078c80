//! What `-v` shows. Spans and events hold neither keys nor people; see the transport's tests.

use tracing::Level;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Logs to standard error from now on, as much as was asked for.
pub fn start(verbose: u8) {
    let (ours, others) = match verbose {
        0 => return,
        1 => (Level::DEBUG, Level::WARN),
        2 => (Level::TRACE, Level::DEBUG),
        _ => (Level::TRACE, Level::TRACE),
    };
    let filter = Targets::new()
        .with_default(others)
        .with_target("prospect_delete", ours);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        // Where standard error is gone, there is nobody to tell.
        .log_internal_errors(false);
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
}
