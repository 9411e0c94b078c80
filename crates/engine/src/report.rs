//! What became of every target, for people and for programs.

mod html;

use std::io::Write;

#[cfg(feature = "schemars")]
use prospect_delete_core::target_kinds;
use prospect_delete_core::{Field, Fields, Outcome, is_harmful};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    Error,
    counts::Counts,
    manifest::Manifest,
    pass::Pass,
    records::{Line, Named},
    store::Records,
};

/// Columns of a report behind those of the input.
const BEHIND: [&str; 8] = [
    "hash",
    "outcome",
    "attempts",
    "http_status",
    "failure",
    "message",
    "request_id",
    "at",
];

impl Line {
    /// The values of a row, in the order of [`Field::all`] and [`BEHIND`].
    fn cells(&self) -> Vec<String> {
        let fields = match &self.named {
            Named::Target(target) => Fields::from(target),
            Named::Hash(_) => {
                let mut fields = Fields::default();
                fields.set(Field::TARGET, self.kind.name);
                fields
            }
        };
        let last = self.last.clone().unwrap_or_default();
        let mut cells: Vec<String> = Field::all()
            .map(|field| fields.get(field).unwrap_or_default().to_owned())
            .collect();
        cells.extend([
            self.hash().unwrap_or_default().to_owned(),
            self.outcome_name().to_owned(),
            self.attempts.to_string(),
            last.http_status
                .map(|status| status.to_string())
                .unwrap_or_default(),
            last.failure.unwrap_or_default(),
            last.message.unwrap_or_default(),
            last.request_id.unwrap_or_default(),
            last.at,
        ]);
        cells
    }

    fn hash(&self) -> Option<&str> {
        match &self.named {
            Named::Hash(hash) => Some(hash),
            Named::Target(_) => None,
        }
    }

    /// The outcome's name, or `pending`.
    #[must_use]
    pub fn outcome_name(&self) -> &'static str {
        self.outcome.map_or("pending", Outcome::as_str)
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("target", self.kind.name)?;
        match &self.named {
            Named::Target(target) => {
                target.serialize_columns(&mut map)?;
            }
            Named::Hash(hash) => map.serialize_entry("hash", hash)?,
        }
        let last = self.last.clone().unwrap_or_default();
        map.serialize_entry("outcome", self.outcome_name())?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("http_status", &last.http_status)?;
        map.serialize_entry("failure", &last.failure)?;
        map.serialize_entry("message", &last.message)?;
        map.serialize_entry("request_id", &last.request_id)?;
        map.serialize_entry("at", &self.last.as_ref().map(|last| &last.at))?;
        map.end()
    }
}

/// As [`Serialize`] above: a kind of target has its identifiers and no others, unless a hash took their place.
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Line {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Line".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        use prospect_delete_core::ValueType;
        use serde_json::{Map, Value, json};

        let text_or_none = || json!({"type": ["string", "null"]});
        let with = |named: Map<String, Value>| {
            let mut properties = named;
            let outcomes = [
                "deleted", "accepted", "rejected", "not_sent", "unknown", "pending",
            ];
            for (name, schema) in [
                ("outcome", json!({"enum": outcomes})),
                ("attempts", json!({"type": "integer", "minimum": 0})),
                ("http_status", json!({"type": ["integer", "null"]})),
                ("failure", text_or_none()),
                ("message", text_or_none()),
                ("request_id", text_or_none()),
                ("at", text_or_none()),
            ] {
                properties.insert(name.to_owned(), schema);
            }
            json!({
                "type": "object",
                "required": properties.keys().collect::<Vec<_>>(),
                "properties": properties,
                "additionalProperties": false,
            })
        };
        let mut lines: Vec<_> = target_kinds()
            .iter()
            .map(|kind| {
                let mut named = Map::new();
                named.insert("target".to_owned(), json!({"const": kind.name}));
                for column in kind.columns.iter().chain(kind.options) {
                    let holds = match column.holds {
                        ValueType::Integer => "integer",
                        ValueType::Boolean => "boolean",
                        _ => "string",
                    };
                    named.insert(column.name.to_owned(), json!({"type": holds}));
                }
                with(named)
            })
            .collect();
        let mut hashed = Map::new();
        hashed.insert(
            "target".to_owned(),
            json!({"enum": target_kinds().iter().map(|kind| kind.name).collect::<Vec<_>>()}),
        );
        hashed.insert(
            "hash".to_owned(),
            json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        );
        lines.push(with(hashed));
        schemars::json_schema!({
            "description": "One target, and what became of it.",
            "oneOf": lines,
        })
    }
}

/// What stands above the targets of a report.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Status {
    /// What the run is.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// How its targets stand.
    #[serde(flatten)]
    pub counts: Counts,
    /// Requests of which anything may have left, in all passes.
    pub requests_sent: u64,
    /// How the targets stand at each provider.
    pub by_provider: std::collections::BTreeMap<&'static str, Counts>,
    /// Each time it was applied.
    pub passes: Vec<Pass>,
}

impl dyn Records + '_ {
    /// How the run stands.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn status(&self) -> Result<Status, Error> {
        let by_provider = self.counts()?;
        let passes = self.passes()?;
        Ok(Status {
            manifest: self.manifest()?,
            counts: by_provider
                .values()
                .copied()
                .fold(Counts::default(), Counts::plus),
            requests_sent: passes.iter().map(|pass| pass.requests_sent).sum(),
            by_provider,
            passes,
        })
    }

    /// Writes the run as one JSON object: how it stands, and `targets`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or `out` cannot be written.
    pub fn write_json(&self, mut out: impl Write) -> Result<(), Error> {
        let mut head =
            serde_json::to_value(self.status()?).map_err(|error| Error::report(error.into()))?;
        // The targets themselves stand in the place of their number.
        if let Some(head) = head.as_object_mut() {
            head.remove("targets");
        }
        let head = head.to_string();
        // Targets may be very many, so they are written as they are read.
        let head = head.strip_suffix('}').unwrap_or(&head);
        write!(out, "{head},\"targets\":[").map_err(Error::report)?;
        let mut first = true;
        self.lines(&mut |line| {
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            writeln!(out, "{comma}").map_err(Error::report)?;
            serde_json::to_writer(&mut out, line).map_err(|error| Error::report(error.into()))
        })?;
        out.write_all(b"\n]}\n")
            .and_then(|()| out.flush())
            .map_err(Error::report)
    }

    /// Writes the targets as CSV, with the columns of the input first.
    ///
    /// A cell that a spreadsheet would take for a formula has an apostrophe before it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or `out` cannot be written.
    pub fn write_csv(&self, out: impl Write) -> Result<(), Error> {
        let mut csv = csv::Writer::from_writer(out);
        let header = Field::all().map(Field::name).chain(BEHIND);
        csv.write_record(header)
            .map_err(|error| Error::report(error.into()))?;
        self.lines(&mut |line| {
            let cells = line.cells();
            let cells = cells.iter().map(|cell| harmless(cell));
            csv.write_record(cells)
                .map_err(|error| Error::report(error.into()))
        })?;
        csv.flush().map_err(Error::report)
    }
}

/// With an apostrophe before what a spreadsheet would run: a formula at the start of the cell, and behind
/// whatever a spreadsheet may take for the end of a cell, as some do for semicolons, tabs and line breaks.
fn harmless(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len() + 1);
    for part in cell.split_inclusive([';', '\t', '\r', '\n']) {
        if is_formula(part) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    // A break is dangerous by itself where it stands first.
    if !safe.starts_with('\'') && cell.starts_with(['\t', '\r', '\n']) {
        safe.insert(0, '\'');
    }
    safe
}

/// Whether a cell begins like a formula, also behind what a spreadsheet or a person takes off: blanks, quotes
/// and characters that nobody sees. Full-width signs are formulas in some languages' versions.
fn is_formula(cell: &str) -> bool {
    let taken_off = |c: char| c.is_whitespace() || is_harmful(c) || matches!(c, '"' | '\'');
    cell.trim_start_matches(taken_off).starts_with([
        '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫', '−',
    ])
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_is_a_formula_however_it_is_dressed() {
        for cell in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "＝1+1",
            "＋1",
            "－1",
            "＠SUM(A1)",
            " =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "\u{200b}\u{202e}=1",
            "\"=1",
            "'=1",
            " \" '+1",
            "\u{0}=1",
            "\ttext",
            "\rtext",
            "\ntext",
        ] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("a;=1"), "a;'=1");
        assert_eq!(harmless("a\t@x\r\n -1;b"), "a\t'@x\r\n' -1;b");
        for cell in [
            "",
            "text",
            "a=1",
            "a-b@c+d",
            "8d256aa6-9b12-49a7-93ee-bf41634b5b60",
            "42",
            "2026-11-24T13:05:46Z",
            "not done; try again",
        ] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
