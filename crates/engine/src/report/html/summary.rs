//! What a reader sees first: how it ended, and what needs a person.

use maud::{Markup, PreEscaped, html};

use super::{
    standing::{NEED_A_PERSON, STANDINGS, Standing, needing_a_person},
    text::{counted, number},
};
use crate::{counts::Counts, report::Status};

pub(super) fn verdict(counts: &Counts) -> String {
    let all = counted(counts.targets, "target");
    let gone = match (counts.deleted, counts.accepted) {
        (_, 0) => "deleted",
        (0, _) => "accepted for deletion",
        _ => "deleted or accepted for deletion",
    };
    match (needing_a_person(counts), counts.targets) {
        (_, 0) => "The run has no targets".to_owned(),
        (0, 1) => format!("The one target was {gone}"),
        (0, _) => format!("All {all} were {gone}"),
        (_, targets) if counts.pending == targets => {
            format!("Nothing was sent yet: {all} pending")
        }
        (person, _) => format!(
            "{} of {all} {} a person",
            number(person),
            if person == 1 { "needs" } else { "need" }
        ),
    }
}

pub(super) fn lede(status: &Status) -> String {
    let parts: Vec<_> = STANDINGS
        .iter()
        .rev()
        .map(|of| ((of.count)(&status.counts), of.words()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {words}", number(count)))
        .collect();
    let sent = counted(status.requests_sent, "request");
    let passes = counted(status.passes.len() as u64, "pass");
    format!("{}. {sent} sent in {passes}.", parts.join(", "))
}

pub(super) fn attention(status: &Status) -> Markup {
    let forgotten = status.manifest.forgotten_at.is_some();
    let cards = STANDINGS[..NEED_A_PERSON]
        .iter()
        .map(|of| (of, (of.count)(&status.counts)))
        .filter(|(_, count)| *count > 0);
    html! {
        @if needing_a_person(&status.counts) == 0 {
            p { "Nothing: no target is unknown, rejected, not sent or pending." }
        } @else {
            ul class="cards" {
                @for (of, count) in cards { (card(of, count, forgotten)) }
            }
        }
    }
}

fn card(of: &Standing, count: u64, forgotten: bool) -> Markup {
    let meaning = match of.name {
        "unknown" => {
            "May have been deleted: the request may have been sent, but no reliable answer came back; or it was refused, but an earlier request of this run named the target together with others."
        }
        "rejected" => "The provider answered that it did not do it.",
        "not_sent" => "The request never left. Nothing is gone.",
        _ => "Still to be sent.",
    };
    let advice = match (forgotten, of.name) {
        (true, "unknown") => {
            "Look them up at the provider. The run was forgotten and cannot be applied again; plan a new list for what is still there."
        }
        (true, _) => {
            "The run was forgotten and cannot be applied again; plan a new list for what is still to be deleted."
        }
        (false, "unknown") => {
            "Look at the provider. The next apply sends people again, which deletes nobody else; it sends scopes again with <code>--retry-unknown</code> alone."
        }
        (false, "rejected") => {
            "What the provider does not have any more (404) needs nothing. Otherwise read what it said, fix the cause, and apply with <code>--retry-rejected</code>."
        }
        (false, _) => "The next apply sends it.",
    };
    let them = if count == 1 { "it" } else { "them" };
    html! {
        li class=(of.name) {
            span class="outcome" { (number(count)) " " small { (of.words()) } }
            p { (meaning) }
            p { (PreEscaped(advice)) }
            button type="button" data-outcome=(of.name) hidden { "Show " (them) }
        }
    }
}
