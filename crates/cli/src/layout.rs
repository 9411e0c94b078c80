//! How text for people is laid out: as wide as the terminal that it is read on.

use std::{fmt::Write, time::Duration};

use comfy_table::{CellAlignment, Table, presets};
use console::Term;

/// Where nothing tells how wide the page is.
const PAGE: usize = 80;

/// The columns of the terminal that results are read on.
pub fn width() -> usize {
    let columns = Term::stdout().size_checked().map(|(_, columns)| columns);
    columns.map_or(PAGE, |columns| usize::from(columns).max(20))
}

/// Prose, in lines that fit.
pub fn prose(text: &str, width: usize) -> String {
    textwrap::fill(text, width)
}

/// An entry of a list, in lines that fit, the later ones further in.
pub fn entry(text: &str, width: usize) -> String {
    let options = textwrap::Options::new(width)
        .initial_indent("  ")
        .subsequent_indent("    ");
    textwrap::fill(text, options)
}

/// A heading that stands out where colours are wanted.
pub fn heading(text: &str, width: usize) -> String {
    let lines = textwrap::wrap(text, width);
    let bold = |line: &std::borrow::Cow<'_, str>| console::style(line).bold().to_string();
    lines.iter().map(bold).collect::<Vec<_>>().join("\n")
}

/// Rows under headers, the first column their names and the others to the right. Where that is too wide, one
/// paragraph a row, without what is 0 or empty.
pub fn table(headers: &[&str], rows: &[Vec<String>], width: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(headers.iter().copied());
    for row in rows {
        table.add_row(row.clone());
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // Two spaces between columns are enough, and let more tables fit.
    for column in table.column_iter_mut().take(headers.len() - 1) {
        column.set_padding((1, 0));
    }
    let wide = table.to_string();
    if wide
        .lines()
        .all(|line| console::measure_text_width(line) <= width)
    {
        return wide;
    }
    let longest = headers.iter().skip(1).map(|header| header.len()).max();
    let longest = longest.unwrap_or_default();
    let mut narrow = String::new();
    for row in rows {
        let _ = writeln!(narrow, "{}", row[0]);
        for (header, cell) in headers
            .iter()
            .zip(row)
            .skip(1)
            .filter(|(_, cell)| !matches!(cell.as_str(), "" | "0"))
        {
            let _ = writeln!(narrow, "  {header:longest$}  {cell}");
        }
    }
    narrow.trim_end().to_owned()
}

/// A number with its noun: `1 target`, `2 targets`.
pub fn several(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A length of time, in its two largest units at most.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..600 => format!("{} min {} s", seconds / 60, seconds % 60),
        600..3600 => format!("{} min", seconds.div_ceil(60)),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_becomes_paragraphs_without_zeros() {
        let rows = [vec!["nlpearl".to_owned(), "12".to_owned(), "0".to_owned()]];
        let headers = &["provider", "targets", "of them scopes"];
        let wide = table(headers, &rows, 80);
        assert!(
            wide.contains("nlpearl") && wide.lines().count() == 5,
            "{wide}"
        );
        assert_eq!(table(headers, &rows, 30), "nlpearl\n  targets         12");
    }

    #[test]
    fn lengths_of_time_are_rounded_up_and_short() {
        for (milliseconds, text) in [
            (0, "0 s"),
            (100, "1 s"),
            (59_000, "59 s"),
            (61_000, "1 min 1 s"),
            (3_599_000, "60 min"),
            (7_260_000, "2 h 1 min"),
            (259_200_000, "3 days"),
        ] {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
