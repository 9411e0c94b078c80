//! How a run stands, as a table.

use comfy_table::{CellAlignment, Table, presets};
use prospect_delete_engine::Counts;

/// One row a provider, and the sum where there are several.
pub fn table<'a>(by_provider: impl Iterator<Item = (&'a str, Counts)>, all: Counts) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header([
        "provider", "targets", "deleted", "accepted", "rejected", "not sent", "unknown", "pending",
    ]);
    let row = |name: &str, counts: Counts| {
        [
            name.to_owned(),
            counts.targets.to_string(),
            counts.deleted.to_string(),
            counts.accepted.to_string(),
            counts.rejected.to_string(),
            counts.not_sent.to_string(),
            counts.unknown.to_string(),
            counts.pending.to_string(),
        ]
    };
    for (provider, counts) in by_provider {
        table.add_row(row(provider, counts));
    }
    table.add_row(row("all", all));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}
