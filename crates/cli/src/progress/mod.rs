//! What is told while a run is applied: bars, lines, or events for programs.
//!
//! The engine draws nothing. Its events are counted on a [`Board`] at once. What is to be told when it happens
//! goes over a channel to a thread of this module, so that no request waits for a terminal, and there to one
//! [`Reporter`]; beginnings and ends of requests are many, and do not wake it.

mod bars;
mod board;
pub mod events;
mod lines;
mod reporter;
mod row;

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use prospect_delete_engine::{Event, Summary};
use tracing::level_filters::LevelFilter;

use self::{board::Board, reporter::Reporter};
use crate::output::Output;

/// How often a reporter may say how far it is.
const TICK: Duration = Duration::from_millis(100);

/// How far it is, for whoever counts and whoever tells. Never held while anything is written.
#[derive(Clone, Default)]
struct Counted(Arc<Mutex<Board>>);

impl Counted {
    fn lock(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Board {
        self.lock().clone()
    }
}

/// Speaks to the thread.
pub struct Progress {
    counted: Counted,
    sender: mpsc::Sender<Heard>,
    thread: thread::JoinHandle<()>,
}

enum Heard {
    Event(Event),
    Interrupted,
    Aborted,
    Ended(Option<Box<Summary>>),
}

impl Progress {
    /// Starts to tell, in the form that is wanted and possible. `continue_with` is the command that continues.
    pub fn start(output: &Output, run_id: &str, digest: &str, continue_with: String) -> Self {
        let reporter: Box<dyn Reporter> = match (output.is_text(), output.is_quiet()) {
            (true, true) => Box::new(lines::Quiet),
            (false, true) => Box::new(lines::Silent),
            (false, false) => Box::new(events::Events::new(run_id, digest)),
            (true, false) if can_draw() => Box::new(bars::Bars::new()),
            (true, false) => Box::new(lines::Lines::new()),
        };
        let (sender, heard) = mpsc::channel();
        let counted = Counted::default();
        let board = counted.clone();
        let thread = thread::spawn(move || tell(reporter, &board, &heard, &continue_with));
        Self {
            counted,
            sender,
            thread,
        }
    }

    /// Takes the engine's events.
    pub fn listener(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let counted = self.counted.clone();
        let sender = self.sender.clone();
        move |event| {
            if matches!(event, Event::AttemptAnswered { .. }) {
                // Nobody reports single answers.
                return;
            }
            counted.lock().take(event, Instant::now());
            if !matches!(
                event,
                Event::AttemptStarted { .. } | Event::AttemptFinished { .. }
            ) {
                // The thread may have ended, with the program about to.
                let _ = sender.send(Heard::Event(event.clone()));
            }
        }
    }

    /// Somebody asked it to stop.
    pub fn interrupted(&self) {
        let _ = self.sender.send(Heard::Interrupted);
    }

    /// Somebody asked again, and nothing is waited for.
    pub fn abort(self) {
        let _ = self.sender.send(Heard::Aborted);
        let _ = self.thread.join();
    }

    /// Returns when everything is told.
    pub fn end(self, summary: Option<&Summary>) {
        let _ = self
            .sender
            .send(Heard::Ended(summary.cloned().map(Box::new)));
        let _ = self.thread.join();
    }
}

/// Whether bars can be drawn, and nothing else writes between them.
fn can_draw() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    io::stderr().is_terminal() && !dumb && LevelFilter::current() == LevelFilter::OFF
}

fn tell(
    mut reporter: Box<dyn Reporter>,
    counted: &Counted,
    heard: &mpsc::Receiver<Heard>,
    continue_with: &str,
) {
    let mut next = Instant::now();
    loop {
        let now = Instant::now();
        if now >= next {
            counted.lock().note(now);
            reporter.tick(&counted.look(), now);
            next = now + TICK;
        }
        match heard.recv_timeout(next.saturating_duration_since(now)) {
            Ok(Heard::Event(event)) => reporter.heard(&event, &counted.look()),
            Ok(Heard::Interrupted) => {
                counted.lock().interrupted = true;
                reporter.interrupted(&counted.look(), continue_with);
            }
            Ok(Heard::Aborted) => {
                reporter.ended(None);
                reporter.aborted(continue_with);
                return;
            }
            Ok(Heard::Ended(summary)) => {
                reporter.ended(summary.as_deref());
                return;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
