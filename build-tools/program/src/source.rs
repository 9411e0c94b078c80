//! Where a provider's facts come from: `source.toml`.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::stop::Stop;

/// The sources of one provider's document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Whether the vendor's documents can be read by a machine. Where they cannot, the document is
    /// written by hand, and a change of the page is all that can be seen.
    pub machine_readable: bool,
    #[serde(rename = "document")]
    pub documents: Vec<Source>,
}

/// One document, or page, as it was when it was last read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where it stands.
    pub address: String,
    /// The page's heading, where it is a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The day it was read.
    pub read: String,
    /// SHA-256 of the bytes that were read.
    pub sha256: String,
    /// What it describes, as `METHOD path`.
    pub operations: Vec<String>,
}

const COMMENT: &str =
    "# Where the facts of openapi.yaml come from. `cargo specs refresh --write` keeps it.\n";

impl Sources {
    pub fn load(path: &Path) -> Result<Self, Stop> {
        let text = fs::read_to_string(path).map_err(|error| Stop::file(path, error))?;
        let sources: Self = toml::from_str(&text).map_err(|error| {
            Stop::file(
                path,
                format!("is not a list of sources ({}); mend it", error.message()),
            )
        })?;
        for source in &sources.documents {
            let fault = if source.read.parse::<jiff::civil::Date>().is_err() {
                format!("read = {:?} is not a date", source.read)
            } else if source.sha256.len() != 64
                || !source.sha256.chars().all(|c| c.is_ascii_hexdigit())
            {
                format!(
                    "sha256 = {:?} is not a SHA-256 in hexadecimal",
                    source.sha256
                )
            } else if !source.address.starts_with("https://") {
                format!("address = {:?} is not an https address", source.address)
            } else {
                continue;
            };
            return Err(Stop::file(path, format!("{fault}; mend it")));
        }
        Ok(sources)
    }

    pub fn text(&self) -> String {
        let toml = toml::to_string_pretty(self).expect("plain text and lists are TOML");
        format!("{COMMENT}{toml}")
    }
}
