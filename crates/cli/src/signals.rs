//! The signals that ask a program to end: Ctrl-C, and what service managers send.

use tokio::signal;

use crate::exit::Failure;

/// Waits for such signals, one after the other.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Signals {
    pub fn new() -> Result<Self, Failure> {
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate())
                .map_err(|error| failed(&error))?,
        })
    }

    /// The next signal.
    pub async fn next(&mut self) -> Result<(), Failure> {
        #[cfg(unix)]
        {
            tokio::select! {
                interrupt = signal::ctrl_c() => interrupt.map_err(|error| failed(&error)),
                _ = self.terminate.recv() => Ok(()),
            }
        }
        #[cfg(not(unix))]
        signal::ctrl_c().await.map_err(|error| failed(&error))
    }
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::internal(format!("signals cannot be awaited ({error})"))
}
