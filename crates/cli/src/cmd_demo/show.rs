//! Shows the steps as a table.

use comfy_table::{ContentArrangement, Table, presets};

use super::send::Done;

pub(super) fn table(steps: &[Done]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header([
        "operation",
        "what",
        "outcome",
        "requests",
        "gone",
        "kept",
        "as meant",
    ]);
    for step in steps {
        table.add_row([
            step.operation.clone(),
            step.what.to_owned(),
            step.outcomes.iter().copied().collect::<Vec<_>>().join(", "),
            step.requests.to_string(),
            step.gone.to_string(),
            step.kept.to_string(),
            if step.as_meant { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    table.to_string()
}
