//! What is said of one provider while it works, and of what needs a person.

use std::time::Instant;

use prospect_delete_engine::{StopReason, WaitReason};

use super::board::{Board, Lane};
use crate::layout;

/// How much can be said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Short,
    Long,
}

/// What a provider is at: its rate and the time left, or why it does not go on.
pub fn state(lane: &Lane, interrupted: bool, room: Room, now: Instant) -> String {
    let either = |long: String, short: String| if room == Room::Long { long } else { short };
    if let Some((reason, _)) = &lane.stopped {
        let why = stopped(*reason);
        return either(format!("stopped: {why}"), why.to_owned());
    }
    if lane.is_over() {
        return "done".to_owned();
    }
    if interrupted {
        return match lane.under_way {
            0 => "halted".to_owned(),
            requests => either(
                format!("waits for {}", layout::several(requests, "answer")),
                format!("{requests} under way"),
            ),
        };
    }
    if let Some(wait) = lane.wait(now) {
        let left = layout::duration(wait.until - now);
        if wait.reason == WaitReason::Throttled {
            return either(
                format!("throttled, waits {left}"),
                format!("throttled {left}"),
            );
        }
        // One that waits holds up nobody, unless nothing else is under way.
        if lane.under_way == 0 {
            let why = wait
                .http_status
                .map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
            return either(format!("{why}, again in {left}"), format!("{why}, {left}"));
        }
    }
    match (lane.rate(now), lane.time_left(now)) {
        (Some(rate), Some(left)) => {
            let left = layout::duration(left);
            either(
                format!("{}/s, {left} left", digits(rate)),
                format!("{left} left"),
            )
        }
        _ => String::new(),
    }
}

/// Why nothing more is sent to a provider, in few words.
pub fn stopped(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Authentication => "key refused",
        StopReason::Refused => "refuses everything",
        StopReason::Throttled => "wants a longer wait",
        StopReason::Unreachable => "no reliable answers",
        _ => reason.as_str(),
    }
}

/// What nobody but a person can settle, if there is anything.
pub fn needs_a_person(board: &Board) -> Option<String> {
    let sum = |of: fn(&Lane) -> u64| -> u64 { board.by_provider.values().map(of).sum() };
    let counts = [
        (sum(|lane| lane.standing.unknown), "unknown"),
        (sum(|lane| lane.standing.rejected), "rejected"),
        (sum(|lane| lane.standing.not_sent), "not sent"),
    ];
    let mut parts: Vec<_> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    for (provider, lane) in &board.by_provider {
        match lane.stopped {
            Some((StopReason::Authentication, _)) => {
                parts.push(format!("key refused by {provider}"));
            }
            Some((StopReason::Refused, _)) => {
                parts.push(format!("everything refused by {provider}"));
            }
            _ => {}
        }
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A rate in two digits or more.
fn digits(rate: f64) -> String {
    if rate < 9.95 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.0}")
    }
}
