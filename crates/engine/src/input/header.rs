//! The row that names the columns.

use prospect_delete_core::{Field, nearest};

/// What to give instead of an unknown column.
pub(super) fn instead(unknown: &str) -> String {
    nearest(unknown, Field::all().map(Field::name)).map_or_else(
        || format!("there are {}", column_names()),
        |nearest| format!("is {nearest} meant?"),
    )
}

pub(super) fn column_names() -> String {
    Field::all().map(Field::name).collect::<Vec<_>>().join(", ")
}

/// A row that names the columns once more.
pub(super) enum Again {
    /// As the header does; with the reason why the row is bad.
    Same(String),
    /// In another way, so that the rows behind it would be read wrongly.
    Other,
}

/// Whether values are a header, as where lists were put together.
pub(super) fn again<'a>(values: impl Iterator<Item = &'a str>, columns: &[Field]) -> Option<Again> {
    let mut named = Vec::with_capacity(columns.len());
    for value in values {
        let value = value.trim();
        if !value.is_empty() {
            named.push(Field::named(&value.to_ascii_lowercase())?);
        }
    }
    if !named.contains(&Field::TARGET) && named.len() < 2 {
        return None;
    }
    Some(if named == columns {
        Again::Same(
            "is a second header, as where lists were put together; remove this row".to_owned(),
        )
    } else {
        Again::Other
    })
}

/// Why a list ends at a header with other columns than its own.
pub(super) fn other_header() -> String {
    "is a second header, with other columns than the first, as where lists were put together; give each list in a file of its own"
        .to_owned()
}
