//! The signals that ask a program to end: Ctrl-C, and what service managers send.

use tokio::signal;

use crate::exit::Failure;

/// Waits for such signals, one after the other. None is lost that comes between two waits.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    #[cfg(windows)]
    interrupt: signal::windows::CtrlC,
}

impl Signals {
    pub fn new() -> Result<Self, Failure> {
        #[cfg(unix)]
        let signals = {
            let listen = |kind| signal::unix::signal(kind).map_err(|error| failed(&error));
            Self {
                interrupt: listen(signal::unix::SignalKind::interrupt())?,
                terminate: listen(signal::unix::SignalKind::terminate())?,
            }
        };
        #[cfg(windows)]
        let signals = Self {
            interrupt: signal::windows::ctrl_c().map_err(|error| failed(&error))?,
        };
        Ok(signals)
    }

    /// The next signal.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        self.interrupt.recv().await;
    }
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::internal(format!("signals cannot be awaited ({error})"))
}
