//! Progress as bars on a terminal: one a provider, and a line for what needs a person.
//!
//! The picture is drawn here, and by no library of bars: those leave the cursor at the end of the last line,
//! where the echo of Ctrl-C breaks the picture, and leave the old one behind when the terminal gets narrower.

use std::{io, time::Instant};

use console::Term;
use prospect_delete_engine::{Event, Summary};

use super::{
    board::Board,
    lines,
    reporter::Reporter,
    row::{self, Room},
};

/// Draws.
pub struct Bars {
    terminal: Term,
    /// The widths of the lines on the screen. The cursor is below them.
    drawn: Vec<usize>,
}

impl Bars {
    pub fn new() -> Self {
        Self {
            terminal: Term::buffered_stderr(),
            drawn: Vec::new(),
        }
    }

    /// Puts lines in the place of the picture, and below them a new one.
    fn draw(&mut self, stays: &str, picture: &[String]) -> io::Result<()> {
        let (rows, columns) = self.terminal.size();
        let (rows, columns) = (usize::from(rows), usize::from(columns).max(1));
        // What is wider than the terminal is now was broken into several rows.
        let up: usize = self
            .drawn
            .iter()
            .map(|width| width.div_ceil(columns).max(1))
            .sum();
        self.terminal.write_str("\r")?;
        if up > 0 {
            self.terminal.move_cursor_up(up)?;
        }
        self.terminal.clear_to_end_of_screen()?;
        if !stays.is_empty() {
            self.terminal.write_line(stays)?;
        }
        // What left the screen at its top could not be taken back.
        let shown = &picture[..picture.len().min(rows.saturating_sub(1))];
        for line in shown {
            self.terminal.write_line(line)?;
        }
        self.drawn = shown
            .iter()
            .map(|line| console::measure_text_width(line))
            .collect();
        self.terminal.flush()
    }
}

impl Reporter for Bars {
    fn heard(&mut self, event: &Event, _: &Board) {
        if let Some(line) = lines::stopped(event) {
            // A terminal that went away keeps nobody from deleting.
            let _ = self.draw(&line, &[]);
        }
    }

    fn tick(&mut self, board: &Board, now: Instant) {
        let columns = usize::from(self.terminal.size().1);
        let _ = self.draw("", &picture(board, columns, now));
    }

    fn ended(&mut self, _: Option<&Summary>) {
        // What comes to stay is printed after it.
        let _ = self.draw("", &[]);
    }
}

/// All lines, none of them wider than so many columns.
fn picture(board: &Board, columns: usize, now: Instant) -> Vec<String> {
    let (bar, room) = match columns {
        0..60 => (0, Room::Short),
        60..100 => (20, Room::Long),
        _ => (40, Room::Long),
    };
    let name = board.by_provider.keys().map(|name| name.len()).max();
    let digits = board
        .by_provider
        .values()
        .map(|lane| lane.targets.to_string().len())
        .max();
    let (name, digits) = (name.unwrap_or_default(), digits.unwrap_or_default());
    let mut lines = Vec::new();
    for (provider, lane) in &board.by_provider {
        let (done, all) = (lane.settled(), lane.targets);
        let full = usize::try_from(done * bar / all.max(1)).unwrap_or_default();
        let empty = usize::try_from(bar).unwrap_or_default() - full;
        let bar = console::style("━".repeat(full)).cyan().for_stderr();
        let rest = console::style("─".repeat(empty)).dim().for_stderr();
        let gap = if full + empty > 0 { " " } else { "" };
        let state = row::state(lane, board.interrupted, room, now);
        let line =
            format!("{provider:name$} {bar}{rest}{gap}{done:>digits$}/{all:<digits$}  {state}");
        lines.push(console::truncate_str(line.trim_end(), columns, "…").into_owned());
    }
    let mut notes: Vec<_> = row::needs_a_person(board)
        .map(|needs| format!("needs a person: {needs}"))
        .into_iter()
        .collect();
    if board.interrupted {
        notes.push(lines::stopping(board));
    }
    for note in &notes {
        let wrapped = textwrap::wrap(note, columns.max(1));
        lines.extend(
            wrapped
                .iter()
                .map(|line| console::style(line).yellow().for_stderr().to_string()),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use prospect_delete_core::Outcome;
    use prospect_delete_engine::{Counts, StopReason, ToDo, WaitReason};

    use super::*;

    fn board(now: Instant) -> Board {
        let mut settled = Counts::default();
        settled.add(Some(Outcome::Rejected), 500);
        let mut board = Board::default();
        let to_do = |due| ToDo { settled, due };
        let events = [
            Event::Started {
                by_provider: [("nlpearl", to_do(500)), ("unleashx", to_do(9))].into(),
            },
            Event::Waiting {
                provider: "nlpearl",
                reason: WaitReason::Throttled,
                wait_ms: 7000,
                http_status: Some(429),
            },
            Event::Stopped {
                provider: "unleashx",
                reason: StopReason::Authentication,
                message: String::new(),
            },
        ];
        for event in events {
            board.take(&event, now);
        }
        board
    }

    /// Without colours, which the terminal of whoever tests may have.
    fn plain(columns: usize) -> Vec<String> {
        let now = Instant::now();
        let lines = picture(&board(now), columns, now);
        let plain = |line: &String| console::strip_ansi_codes(line).into_owned();
        lines.iter().map(plain).collect()
    }

    #[test]
    fn a_line_a_provider_and_one_for_people() {
        assert_eq!(
            plain(80),
            [
                "nlpearl  ━━━━━━━━━━──────────  500/1000  throttled, waits 7 s",
                "unleashx ━━━━━━━━━━━━━━━━━━━─  500/509   stopped: key refused",
                "needs a person: 1000 rejected, key refused by unleashx",
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_gets_no_bar_and_all_words() {
        assert_eq!(
            plain(40),
            [
                "nlpearl   500/1000  throttled 7 s",
                "unleashx  500/509   key refused",
                "needs a person: 1000 rejected, key",
                "refused by unleashx",
            ]
        );
        for columns in 1..40 {
            for line in plain(columns) {
                assert!(console::measure_text_width(&line) <= columns, "{line}");
            }
        }
    }
}
