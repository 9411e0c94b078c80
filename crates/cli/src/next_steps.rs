//! What happened to a run, what of it needs a person, and what to type for each case.

use std::path::Path;

use prospect_delete_core::{Outcome, PROVIDERS};
use prospect_delete_engine::{
    Counts, Error, ProviderSummary, Reason, RunFile, StopReason, Store, Summary, Target,
};

use crate::{layout, output::OneLine, paste, standing};

/// Flags that are for one pass only: whoever wants them again is told in which case.
const ONCE: [&str; 2] = ["--retry-rejected", "--retry-unknown"];

/// The most reasons that are told of one outcome.
const REASONS: usize = 5;

/// The command that continues a run.
pub fn continue_with(digest: &str) -> String {
    paste::again(&ONCE, &[], digest)
}

/// What the run file knows beyond the counts. Read before identifiers are replaced.
pub struct Detail {
    unknown_scopes: Vec<(Target, Reason)>,
    rejected: Vec<Reason>,
    not_sent: Vec<Reason>,
    unknown: Vec<Reason>,
}

impl Detail {
    /// Reads what there is to tell where targets came to such ends.
    pub fn read(run: &Path, counts: &Counts) -> Result<Self, Error> {
        let file = RunFile::at(run).read()?;
        let reasons = |outcome, targets| match targets {
            0 => Ok(Vec::new()),
            _ => file.reasons(outcome),
        };
        Ok(Self {
            unknown_scopes: match counts.unknown {
                0 => Vec::new(),
                _ => file.unknown_scopes()?,
            },
            rejected: reasons(Outcome::Rejected, counts.rejected)?,
            not_sent: reasons(Outcome::NotSent, counts.not_sent)?,
            unknown: reasons(Outcome::Unknown, counts.unknown)?,
        })
    }
}

/// How the targets stand, and what was sent.
pub fn how_far(summary: &Summary) -> String {
    let by_provider = summary
        .by_provider
        .iter()
        .map(|(provider, of)| (*provider, of.counts));
    let sent = layout::several(summary.requests_sent, "request");
    format!(
        "{}\n{}",
        standing::table(by_provider, summary.counts),
        layout::prose(&format!("{sent} sent in this pass."), layout::width())
    )
}

/// The whole of it, for people.
pub fn text(summary: &Summary, detail: &Detail, run: &Path, forgotten: bool) -> String {
    let width = layout::width();
    let mut page = Page {
        paragraphs: vec![how_far(summary)],
        digest: &summary.digest,
        width,
    };
    let mut stopped_pending = 0;
    let mut throttled = false;
    for (provider, of) in &summary.by_provider {
        if let Some(reason) = of.stopped {
            stopped_pending += of.counts.pending;
            throttled |= reason == StopReason::Throttled;
            page.stopped(provider, of, reason);
        }
    }
    let pending = summary.counts.pending - stopped_pending;
    if pending > 0 {
        page.case(
            &format!("{} to be sent", counted(pending, "is still", "are still")),
            if summary.interrupted {
                "The pass was interrupted. To continue:"
            } else {
                "To continue:"
            },
            &[],
            &[],
        );
    }
    let counts = &summary.counts;
    if counts.not_sent > 0 {
        page.case(
            &format!("{} not sent", counted(counts.not_sent, "was", "were")),
            "Nothing left this machine. Once the cause is mended, to send them:",
            &told(&detail.not_sent),
            &[],
        );
    }
    let scopes = detail.unknown_scopes.len() as u64;
    let of_people = |refused| -> Vec<_> {
        let reasons = detail.unknown.iter();
        let of_people = reasons.filter(|reason| {
            !reason.kind.is_scope() && (reason.last == Some(Outcome::Rejected)) == refused
        });
        of_people.cloned().collect()
    };
    let refused = of_people(true);
    let refused_people = targets(&refused);
    let people = counts.unknown.saturating_sub(scopes + refused_people);
    if people > 0 {
        page.case(
            &format!(
                "{} perhaps deleted, perhaps not",
                counted(people, "was", "were")
            ),
            "No reliable answer came. To send them again, which deletes nobody else:",
            &told(&of_people(false)),
            &[],
        );
    }
    if refused_people > 0 {
        page.case(
            &format!(
                "{} refused, and perhaps deleted before",
                counted(refused_people, "was", "were")
            ),
            "The provider did not delete them now; an earlier request of this run named them too, and may have \
             deleted them although it failed as a whole. Look them up at the provider. To send them again, which \
             deletes nobody else:",
            &told(&refused),
            &[],
        );
    }
    if scopes > 0 {
        let names: Vec<_> = detail
            .unknown_scopes
            .iter()
            .map(|(scope, why)| format!("{scope}: {}", because(why)))
            .collect();
        page.case(
            &format!(
                "{} perhaps deleted, perhaps not",
                if scopes == 1 { "1 scope was".to_owned() } else { format!("{scopes} scopes were") }
            ),
            "Look at the provider first: whoever was added to a scope since would be deleted as well. Only if it \
             still holds those who are to go:",
            &names,
            &["--retry-unknown"],
        );
    }
    let (missing, rejected): (Vec<_>, Vec<_>) = detail
        .rejected
        .iter()
        .cloned()
        .partition(|reason| reason.failure.as_deref() == Some("not_found"));
    let not_there = targets(&missing);
    if not_there > 0 {
        page.note(
            &format!("{} not there", counted(not_there, "is", "are")),
            "The provider does not have them, or not any more. Nothing is left to do where the ids, and the places \
             that they are in, are right.",
            &told(&missing),
        );
    }
    let refused = counts.rejected.saturating_sub(not_there);
    if refused > 0 && !(throttled && refused == rejected_by_throttling(detail)) {
        page.case(
            &format!("{} rejected", counted(refused, "was", "were")),
            "The provider did not delete them. Once the cause is fixed, to try them again:",
            &told(&rejected),
            &["--retry-rejected"],
        );
    }
    page.end(summary, run, forgotten);
    page.paragraphs.join("\n\n")
}

/// Rejected targets that a provider refused for its rate alone.
fn rejected_by_throttling(detail: &Detail) -> u64 {
    let throttled = detail
        .rejected
        .iter()
        .filter(|reason| reason.http_status == Some(429));
    throttled.map(|reason| reason.targets).sum()
}

fn targets(reasons: &[Reason]) -> u64 {
    reasons.iter().map(|reason| reason.targets).sum()
}

fn counted(targets: u64, one: &str, many: &str) -> String {
    if targets == 1 {
        format!("1 target {one}")
    } else {
        format!("{targets} targets {many}")
    }
}

/// Reasons, each in a line.
fn told(reasons: &[Reason]) -> Vec<String> {
    let mut lines: Vec<_> = reasons.iter().take(REASONS).map(reason).collect();
    let more: u64 = reasons
        .iter()
        .skip(REASONS)
        .map(|reason| reason.targets)
        .sum();
    if more > 0 {
        lines.push(format!("{more} for other reasons"));
    }
    lines
}

fn reason(reason: &Reason) -> String {
    format!("{} {}, {}", reason.targets, reason.kind, because(reason))
        .trim_end_matches(", ")
        .to_owned()
}

/// The last answer, and what the provider said.
fn because(reason: &Reason) -> String {
    let failure = reason.failure.as_ref();
    let parts: Vec<_> = reason
        .http_status
        .map(|status| format!("HTTP {status}"))
        .into_iter()
        .chain(failure.map(|failure| failure.replace('_', " ")))
        .collect();
    let line = parts.join(", ");
    match &reason.message {
        Some(message) => format!("{line}: {}", OneLine(message)),
        None => line,
    }
}

/// What is written, paragraph by paragraph.
struct Page<'a> {
    paragraphs: Vec<String>,
    digest: &'a str,
    width: usize,
}

impl Page<'_> {
    /// A case: how many, what it means, which, and what to type.
    fn case(&mut self, what: &str, meaning: &str, list: &[String], flags: &[&str]) {
        let command = format!("  {}", paste::again(&ONCE, flags, self.digest));
        self.paragraph(what, meaning, list, Some(command));
    }

    /// As [`case`](Self::case), with nothing to type.
    fn note(&mut self, what: &str, meaning: &str, list: &[String]) {
        self.paragraph(what, meaning, list, None);
    }

    fn paragraph(&mut self, what: &str, meaning: &str, list: &[String], command: Option<String>) {
        let mut lines = vec![layout::heading(what, self.width)];
        lines.extend(list.iter().map(|line| layout::entry(line, self.width)));
        lines.push(layout::prose(meaning, self.width));
        lines.extend(command);
        self.paragraphs.push(lines.join("\n"));
    }

    fn stopped(&mut self, provider: &str, of: &ProviderSummary, reason: StopReason) {
        let variable = PROVIDERS
            .iter()
            .find(|known| known.name == provider)
            .map_or("the key", |known| known.credential_variable);
        let (why, meaning, flags): (_, _, &[&str]) = match reason {
            StopReason::Authentication => (
                "does not accept the key",
                format!(
                    "Look at {variable} and at the account. Once this key is accepted again, continue as below; \
                     with another key the list has to be planned anew, since a plan is bound to its account."
                ),
                &[],
            ),
            StopReason::Refused => (
                "refuses whatever it is asked",
                format!(
                    "What it says is about the account, not about single targets. See to the rights of the key in \
                     {variable}, to the plan that is paid for, and to the address. Then:"
                ),
                &[],
            ),
            StopReason::Throttled => (
                "asks for a longer wait than --max-wait allows",
                "Continue after that time, with the request that it refused for its rate:"
                    .to_owned(),
                &["--retry-rejected"],
            ),
            _ => (
                "gives no reliable answers",
                "Many requests in a row failed. Look whether it works and can be reached, then:"
                    .to_owned(),
                &[],
            ),
        };
        let message = of.stopped_message.as_deref().unwrap_or_default();
        let said = if message.is_empty() {
            vec![]
        } else {
            vec![OneLine(message).to_string()]
        };
        let pending = counted(of.counts.pending, "is", "are");
        self.case(
            &format!("{provider} {why}; {pending} still to be sent"),
            &meaning,
            &said,
            flags,
        );
    }

    fn end(&mut self, summary: &Summary, run: &Path, forgotten: bool) {
        let (program, run) = (paste::program(), paste::path(run));
        let counts = &summary.counts;
        let mut lines = Vec::new();
        if counts.deleted + counts.accepted == counts.targets {
            let accepted = if counts.accepted == 0 {
                "Everything is deleted."
            } else {
                "Everything is deleted, or accepted and deleted later by the provider."
            };
            lines.push(layout::prose(accepted, self.width));
        }
        lines.push(layout::prose("What became of each target:", self.width));
        lines.push(format!(
            "  {}",
            paste::command(&[&program, "report", &run, "--format", "csv"])
        ));
        if counts.pending == 0 && !forgotten {
            lines.push(layout::prose(
                "To keep the proof without the identifiers:",
                self.width,
            ));
            lines.push(format!("  {}", paste::command(&[&program, "forget", &run])));
        }
        self.paragraphs.push(lines.join("\n"));
    }
}
