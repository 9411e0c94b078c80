//! A plan as a person checks it before anything is sent.

use std::{collections::BTreeMap, path::Path};

use prospect_delete_core::extrovert::targets::REJECT_POSTS;
use prospect_delete_engine::{Binding, Limits, Plan, Planned, Sample, Target};

use crate::{config::ConfigArgs, layout, paste};

/// How many targets of a kind are shown.
pub const SHOWN: u32 = 5;

/// What cannot be counted beforehand: everybody in the scopes, each by its name.
pub fn scopes(scopes: &[Target], width: usize) -> Option<String> {
    if scopes.is_empty() {
        return None;
    }
    let mut lines = vec![layout::heading(
        "EVERYBODY in these will be deleted, however many they are:",
        width,
    )];
    lines.extend(
        scopes
            .iter()
            .map(|scope| layout::entry(&scope.to_string(), width)),
    );
    Some(lines.join("\n"))
}

/// A row a provider: how much, in how many requests, how fast, and where to. `batches` has the most targets of
/// one request, where that is to be shown.
pub fn table(
    by_provider: &BTreeMap<&'static str, Planned>,
    bindings: &[Binding],
    limits: &BTreeMap<&'static str, Limits>,
    batches: Option<&BTreeMap<&'static str, usize>>,
    width: usize,
) -> String {
    let mut headers = vec!["provider", "targets", "requests", "at least", "sent to"];
    let mut rows = Vec::new();
    for (provider, planned) in by_provider {
        let limits = limits.get(provider).copied();
        let limits = limits.unwrap_or(Limits::ONE_AT_A_TIME);
        let binding = bindings
            .iter()
            .find(|binding| binding.provider == *provider);
        rows.push(vec![
            (*provider).to_owned(),
            planned.targets.to_string(),
            planned.requests.to_string(),
            takes(limits, planned.requests),
            binding
                .map(|binding| binding.base_url.clone())
                .unwrap_or_default(),
        ]);
    }
    if rows.len() > 1 {
        let sum = |of: fn(&Planned) -> u64| by_provider.values().map(of).sum::<u64>().to_string();
        rows.push(vec![
            "all".to_owned(),
            sum(|planned| planned.targets),
            sum(|planned| planned.requests),
            String::new(),
            String::new(),
        ]);
    }
    if let Some(batches) = batches {
        headers.insert(3, "batch");
        for row in &mut rows {
            let most = by_provider.get(row[0].as_str()).map(|planned| {
                // Scopes go one by one, whatever is set.
                let only_scopes = planned.scopes == planned.targets;
                let most = batches.get(row[0].as_str()).filter(|_| !only_scopes);
                most.copied().unwrap_or(1).to_string()
            });
            row.insert(3, most.unwrap_or_default());
        }
    }
    layout::table(&headers, &rows, width)
}

fn takes(limits: Limits, requests: u64) -> String {
    match limits.shortest(requests) {
        Some(time) => layout::duration(time),
        None if limits.concurrency.get() == 1 => "one by one".to_owned(),
        None => format!("{} at once", limits.concurrency),
    }
}

/// The whole of a plan, the irreversible first, and the command that applies it.
pub struct Review<'a> {
    pub plan: &'a Plan,
    pub scopes: &'a [Target],
    pub bindings: &'a [Binding],
    pub sample: &'a [Sample],
    /// The most targets of one request, for each provider.
    pub batches: BTreeMap<&'static str, usize>,
    pub limits: BTreeMap<&'static str, Limits>,
    pub choice: &'a ConfigArgs,
    pub invalid: u64,
    /// Rows whose values are all empty.
    pub skipped: u64,
    pub rejects: Option<&'a Path>,
    pub out: &'a Path,
}

impl Review<'_> {
    pub fn text(&self) -> String {
        let width = layout::width();
        let mut paragraphs: Vec<_> = scopes(self.scopes, width).into_iter().collect();
        paragraphs.push(table(
            &self.plan.by_provider,
            self.bindings,
            &self.limits,
            Some(&self.batches),
            width,
        ));
        for sample in self.sample {
            let shown = sample.targets.len() as u64;
            let which = if shown == sample.of {
                String::new()
            } else {
                format!(", {shown} of {}, from the first to the last", sample.of)
            };
            let mut lines = vec![layout::prose(&format!("{}{which}:", sample.kind), width)];
            lines.extend(sample.targets.iter().map(|target| {
                let posts = if target.option(REJECT_POSTS) {
                    ", and rejects posts"
                } else {
                    ""
                };
                layout::entry(
                    &format!("{}{posts}", target.values().collect::<Vec<_>>().join(" / ")),
                    width,
                )
            }));
            paragraphs.push(lines.join("\n"));
        }
        let mut facts = vec![format!("{}.", layout::several(self.plan.targets, "target"))];
        facts.push(match self.plan.duplicates {
            0 => "No row names a target twice.".to_owned(),
            1 => "1 row names a target again, and is sent once.".to_owned(),
            rows => format!("{rows} rows name a target again, and are sent once."),
        });
        match self.plan.alike {
            0 => {}
            1 => facts.push(
                "1 address probably means the same person as another in its campaign, and is sent too, as given."
                    .to_owned(),
            ),
            several => facts.push(format!(
                "{several} addresses probably mean the same persons as others in their campaigns, and are sent too, as given."
            )),
        }
        match self.skipped {
            0 => {}
            1 => facts.push("1 empty row was skipped.".to_owned()),
            rows => facts.push(format!("{rows} empty rows were skipped.")),
        }
        if let (Some(rejects), 1..) = (self.rejects, self.invalid) {
            facts.push(format!(
                "{} put aside in {}.",
                layout::several(self.invalid, "bad row"),
                rejects.display()
            ));
        }
        facts.push("Nothing was sent.".to_owned());
        paragraphs.push(layout::prose(&facts.join(" "), width));
        if self.plan.targets == 0 {
            paragraphs.push("The lists name nobody, so there is nothing to apply.".to_owned());
            return paragraphs.join("\n\n");
        }
        let (program, run) = (paste::program(), paste::path(self.out));
        let mut apply = vec![
            &*program,
            "apply",
            &run,
            "--confirm",
            &self.plan.manifest.digest,
        ];
        if !self.scopes.is_empty() {
            apply.push("--allow-scope");
        }
        let chosen = self.choice.typed();
        apply.extend(chosen.iter().map(String::as_str));
        paragraphs.push(format!(
            "{}\n  {}",
            layout::prose(
                "No provider can undo a deletion. To delete exactly this:",
                width
            ),
            paste::command(&apply)
        ));
        paragraphs.join("\n\n")
    }
}
