//! Progress as plain lines, where nothing can be drawn.

use std::time::{Duration, Instant};

use prospect_delete_engine::Event;

use super::{board::Board, reporter::Reporter, row};
use crate::{layout, output};

/// After so long the first line comes; each further one after twice the time, up to the longest.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);

/// Writes a line now and then.
pub struct Lines {
    pace: Pace,
}

impl Lines {
    pub fn new() -> Self {
        Self {
            pace: Pace::default(),
        }
    }
}

impl Reporter for Lines {
    fn heard(&mut self, event: &Event, board: &Board) {
        match event {
            Event::Started { .. } => {
                let earlier: u64 = board.by_provider.values().map(|lane| lane.targets).sum();
                let earlier = match earlier - board.due() {
                    0 => String::new(),
                    settled => format!("; {settled} were settled before"),
                };
                let targets = layout::several(board.due(), "target");
                output::notice(&format!("sending {targets}{earlier}"));
            }
            event => {
                if let Some(line) = stopped(event) {
                    output::notice(&line);
                }
            }
        }
    }

    fn interrupted(&mut self, board: &Board, _: &str) {
        output::notice(&stopping(board));
    }

    fn tick(&mut self, board: &Board, now: Instant) {
        if self.pace.is_due(board.requests_ended(), now) {
            output::notice(&far(board, now));
        }
    }
}

/// Says nothing but what ends something.
pub struct Quiet;

impl Reporter for Quiet {
    fn heard(&mut self, event: &Event, _: &Board) {
        if let Some(line) = stopped(event) {
            output::notice(&line);
        }
    }

    fn interrupted(&mut self, _: &Board, continue_with: &str) {
        output::notice(&format!("stopping; to continue: {continue_with}"));
    }
}

/// Says nothing at all.
pub struct Silent;

impl Reporter for Silent {
    fn aborted(&mut self, _: &str) {}
}

/// What is told of a provider that is not sent anything more; of other events nothing.
pub fn stopped(event: &Event) -> Option<String> {
    let Event::Stopped {
        provider,
        reason,
        message,
    } = event
    else {
        return None;
    };
    let why = row::stopped(*reason);
    let message = if message.is_empty() {
        String::new()
    } else {
        format!(" ({message})")
    };
    Some(format!(
        "{provider} is not sent anything more: {why}{message}"
    ))
}

/// What the first Ctrl-C does, and what a second would.
pub fn stopping(board: &Board) -> String {
    let what = match board.under_way() {
        0 => "stopping".to_owned(),
        1 => "waiting for 1 request under way".to_owned(),
        requests => format!("waiting for {requests} requests under way"),
    };
    format!("{what}; Ctrl-C again stops at once")
}

fn far(board: &Board, now: Instant) -> String {
    let lanes = board.by_provider.iter().map(|(provider, lane)| {
        let state = row::state(lane, board.interrupted, row::Room::Long, now);
        let state = if state.is_empty() {
            state
        } else {
            format!(" ({state})")
        };
        format!("{provider} {}/{}{state}", lane.settled(), lane.targets)
    });
    let mut parts = vec![lanes.collect::<Vec<_>>().join(", ")];
    parts.extend(row::needs_a_person(board).map(|needs| format!("needs a person: {needs}")));
    parts.join("; ")
}

/// Soon at first, then ever less often, and never to say the same again.
#[derive(Default)]
struct Pace {
    last: Option<Instant>,
    wait: Duration,
    said: u64,
}

impl Pace {
    fn is_due(&mut self, ended: u64, now: Instant) -> bool {
        let Some(last) = self.last else {
            (self.last, self.wait) = (Some(now), FIRST);
            return false;
        };
        if ended == self.said || now.saturating_duration_since(last) < self.wait {
            return false;
        }
        (self.last, self.said) = (Some(now), ended);
        self.wait = (self.wait * 2).min(LONGEST);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_soon_then_less_often_and_only_with_news() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let said: Vec<_> = (0..=300)
            .filter(|second| pace.is_due(*second, start + Duration::from_secs(*second)))
            .collect();
        assert_eq!(said, [2, 6, 14, 30, 62, 122, 182, 242]);
        assert!(!pace.is_due(242, start + Duration::from_secs(900)));
        assert!(pace.is_due(243, start + Duration::from_secs(901)));
    }
}
