use std::{
    fs,
    path::{Path, PathBuf},
};

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::Problem;

/// An OpenAPI document as it was read from a file.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) path: PathBuf,
    /// The document as it stands, for checks that need a place to point at.
    pub(crate) value: Value,
}

impl Document {
    /// Reads a YAML or JSON document.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is neither YAML nor JSON.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        let text = fs::read_to_string(path).map_err(|error| {
            Problem::new(
                path,
                "",
                format!("cannot be read ({error})"),
                "put the document there",
            )
        })?;
        // JSON is YAML, so one parser reads both.
        let value = yaml_serde::from_str(&text).map_err(|error| {
            Problem::new(
                path,
                "",
                format!("is not valid YAML ({error})"),
                "mend the line it names",
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            value,
        })
    }

    /// The document in the generator's own types.
    pub(crate) fn parse(&self) -> Result<OpenAPI, Problem> {
        serde_path_to_error::deserialize(&self.value).map_err(|error| {
            let pointer = error.path().iter().fold(String::new(), |pointer, segment| {
                crate::problem::child(&pointer, &segment.to_string())
            });
            self.problem(
                pointer,
                format!("is not OpenAPI 3.0 ({})", error.inner()),
                "mend it there",
            )
        })
    }

    pub(crate) fn problem(
        &self,
        pointer: impl Into<String>,
        fault: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        Problem::new(&self.path, pointer, fault, remedy)
    }
}
