//! How a run stands, as a table.

use prospect_delete_engine::Counts;

use crate::layout;

/// The name of an end, and how many came to it.
type End = (&'static str, fn(&Counts) -> u64);

/// What targets can come to.
const ENDS: [End; 6] = [
    ("deleted", |counts| counts.deleted),
    ("accepted", |counts| counts.accepted),
    ("rejected", |counts| counts.rejected),
    ("not sent", |counts| counts.not_sent),
    ("unknown", |counts| counts.unknown),
    ("pending", |counts| counts.pending),
];

/// One row a provider, and the sum where there are several. Ends that no target came to are left out.
pub fn table<'a>(by_provider: impl Iterator<Item = (&'a str, Counts)>, all: Counts) -> String {
    let ends: Vec<_> = ENDS.into_iter().filter(|(_, of)| of(&all) > 0).collect();
    let row = |name: &str, counts: &Counts| {
        let mut row = vec![name.to_owned(), counts.targets.to_string()];
        row.extend(ends.iter().map(|(_, of)| of(counts).to_string()));
        row
    };
    let mut rows: Vec<_> = by_provider
        .map(|(name, counts)| row(name, &counts))
        .collect();
    if rows.len() != 1 {
        rows.push(row("all", &all));
    }
    let mut headers = vec!["provider", "targets"];
    headers.extend(ends.iter().map(|(name, _)| *name));
    layout::table(&headers, &rows, layout::width())
}
