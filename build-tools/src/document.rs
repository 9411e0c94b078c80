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
        Self::parse(path, &text)
    }

    /// Reads the text of a YAML or JSON document; `path` is what problems name.
    ///
    /// # Errors
    ///
    /// The text is neither YAML nor JSON.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Problem> {
        // JSON is YAML, so one parser reads both. A key given twice is refused on the way.
        yaml_serde::from_str(text)
            .map_err(|error| error.to_string())
            .and_then(json)
            .map(|value| Self::new(path, value))
            .map_err(|error| {
                Problem::new(
                    path,
                    "",
                    format!("is not valid YAML ({error})"),
                    "mend the line it names",
                )
            })
    }

    /// A document that was made rather than read; `path` is what problems name.
    #[must_use]
    pub fn new(path: &Path, value: Value) -> Self {
        Self {
            path: path.to_owned(),
            value,
        }
    }

    /// What the document says.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document in the generator's own types.
    ///
    /// # Errors
    ///
    /// It is not OpenAPI 3.0; the place is given.
    pub fn openapi(&self) -> Result<OpenAPI, Problem> {
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

/// YAML as JSON. Keys such as the status `200` need no quotes in YAML, and JSON has only text there.
fn json(value: yaml_serde::Value) -> Result<Value, String> {
    use yaml_serde::Value as Yaml;
    Ok(match value {
        Yaml::Mapping(mapping) => {
            let mut object = serde_json::Map::new();
            for (key, value) in mapping {
                let key = match key {
                    Yaml::String(key) => key,
                    Yaml::Number(key) => key.to_string(),
                    Yaml::Bool(key) => key.to_string(),
                    other => return Err(format!("{other:?} is no name")),
                };
                let value = json(value)?;
                if object.insert(key.clone(), value).is_some() {
                    return Err(format!("{key:?} is given twice"));
                }
            }
            Value::Object(object)
        }
        Yaml::Sequence(values) => {
            Value::Array(values.into_iter().map(json).collect::<Result<_, _>>()?)
        }
        Yaml::Tagged(tagged) => return Err(format!("the tag {} is unknown", tagged.tag)),
        scalar => serde_json::to_value(scalar).map_err(|error| error.to_string())?,
    })
}
