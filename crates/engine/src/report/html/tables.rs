//! The run's facts, its counts and its passes.

use maud::{Markup, html};

use super::{
    standing::STANDINGS,
    text::{Text, counted, moment, number},
};
use crate::{
    counts::Counts,
    manifest::Binding,
    pass::{Pass, PassEnd},
    report::Status,
};

pub(super) fn facts(status: &Status, bindings: &[Binding]) -> Markup {
    let manifest = &status.manifest;
    let fact = |name: &str, value: &Markup| html! { dt { (Text(name)) } dd { (value) } };
    let mono = |text: &str| html! { span class="mono" { (Text(text)) } };
    let by = |at: &str, by: &str, with: &str| html! { (moment(at)) " by " (Text(by)) ", with version " (Text(with)) };
    let applied = match &status.passes[..] {
        [] => html! { "not yet" },
        [first, .., last] => html! {
            (counted(status.passes.len() as u64, "pass"))
            " from " (moment(&first.began_at)) " on, last " (moment(&last.began_at))
        },
        [only] => by(&only.began_at, &only.by, &only.with),
    };
    html! {
        dl class="facts" {
            (fact("Run", &mono(&manifest.run_id)))
            (fact("Digest of the plan", &mono(&manifest.digest)))
            (fact("Planned", &by(&manifest.planned_at, &manifest.planned_by, &manifest.planned_with)))
            (fact("Applied", &applied))
            @if let Some(at) = &manifest.forgotten_at {
                dt { "Forgotten" }
                dd {
                    (moment(at))
                    ": identifiers were replaced by keyed hashes, and the providers' words were dropped"
                }
            }
            @for binding in bindings {
                (fact(&format!("Sent to, for {}", binding.provider), &mono(&binding.base_url)))
            }
        }
    }
}

pub(super) fn counts(status: &Status) -> Markup {
    html! {
        table class="counts" {
            thead {
                tr {
                    th scope="col" { "Provider" }
                    th scope="col" { "Targets" }
                    th scope="col" { "Unknown" }
                    th scope="col" { "Rejected" }
                    th scope="col" { "Not sent" }
                    th scope="col" { "Pending" }
                    th scope="col" { "Accepted" }
                    th scope="col" { "Deleted" }
                }
            }
            tbody {
                @for (provider, counts) in &status.by_provider {
                    tr { (cells(provider, counts)) }
                }
                tr class="all" { (cells("All", &status.counts)) }
            }
        }
    }
}

fn cells(name: &str, counts: &Counts) -> Markup {
    html! {
        th scope="row" { (Text(name)) }
        td { (number(counts.targets)) }
        @for of in &STANDINGS {
            @let count = (of.count)(counts);
            td class=(if count == 0 { "zero" } else { of.name }) { (number(count)) }
        }
    }
}

/// What the columns of [`counts`] mean.
pub(super) fn meanings() -> Markup {
    let meaning = |name: &str, what: &str| html! { div { dt { (name) } dd { (what) } } };
    html! {
        dl class="meanings" {
            (meaning("Unknown", "It may have been deleted. No answer came back that can be relied on."))
            (meaning("Rejected", "The provider answered that it did not do it."))
            (meaning("Not sent", "The request never left. Nothing is gone."))
            (meaning("Pending", "Still to be sent."))
            (meaning("Accepted", "The provider took the job and does it later. This run cannot tell when."))
            (meaning("Deleted", "The provider confirmed it in the form it documents."))
        }
    }
}

pub(super) fn passes(passes: &[Pass]) -> Markup {
    html! {
        table class="passes" {
            thead {
                tr {
                    th scope="col" { "Pass" }
                    th scope="col" { "By" }
                    th scope="col" { "Version" }
                    th scope="col" { "Began" }
                    th scope="col" { "Ended" }
                    th scope="col" { "How it ended" }
                    th scope="col" class="number" { "Requests sent" }
                }
            }
            tbody {
                @if passes.is_empty() {
                    tr { td colspan="7" { "The run was not applied yet." } }
                }
                @for (index, pass) in passes.iter().enumerate() {
                    tr {
                        th scope="row" { (index + 1) }
                        td { (Text(&pass.by)) }
                        td { (Text(&pass.with)) }
                        td { (moment(&pass.began_at)) }
                        td { @if let Some(at) = &pass.ended_at { (moment(at)) } @else { "not recorded" } }
                        td { (how(pass.end)) }
                        td class="number" { (number(pass.requests_sent)) }
                    }
                }
            }
        }
    }
}

fn how(end: Option<PassEnd>) -> &'static str {
    match end {
        Some(PassEnd::Completed) => "came to its end",
        Some(PassEnd::Interrupted) => "interrupted by the operator",
        Some(PassEnd::Failed) => "failed: the run file could not be written",
        Some(PassEnd::BrokenOff) => "broke off: the program ended before it",
        None => "no end is recorded: under way, or the program ended before it",
    }
}
