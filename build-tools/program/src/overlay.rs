//! The overlay that makes our document of the vendor's.

use std::{fs, path::Path};

use prospect_delete_build_tools::Document;
use roas_overlay::{
    apply::{Apply, ApplyErrorKind, ApplyOptions},
    v1_0,
    validation::Validate,
};
use serde_json::Value;

use crate::stop::Stop;

/// An overlay as it was read, each action with its reason.
#[derive(Debug)]
pub struct Overlay {
    name: String,
    overlay: v1_0::Overlay,
}

/// What became of a document under an overlay.
#[derive(Debug)]
pub struct Applied {
    pub document: Value,
    /// The actions that could not be done. With any, the document is not complete.
    pub failures: Vec<Action>,
    /// Actions that changed nothing: the vendor says the same by now.
    pub redundant: Vec<Action>,
}

/// One action, named so that a person finds it.
#[derive(Clone, Debug)]
pub struct Action {
    /// From 0, as in the list.
    pub index: usize,
    pub target: String,
    pub reason: String,
    /// What was wrong, of a failure.
    pub fault: String,
    overlay: String,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}#/actions/{} ({}): {}; its reason was: {}",
            self.overlay, self.index, self.target, self.fault, self.reason
        )
    }
}

impl Overlay {
    pub fn load(path: &Path) -> Result<Self, Stop> {
        let text = fs::read_to_string(path).map_err(|error| Stop::file(path, error))?;
        let document = Document::parse(path, &text).map_err(Stop::failure)?;
        let overlay: v1_0::Overlay =
            serde_json::from_value(document.value().clone()).map_err(|error| {
                Stop::file(
                    path,
                    format!("is not an OpenAPI Overlay 1.0 document ({error}); mend it"),
                )
            })?;
        overlay.validate(enumset_empty()).map_err(|error| {
            Stop::file(path, format!("is not a valid overlay ({error}); mend it"))
        })?;
        for (index, action) in overlay.actions.iter().enumerate() {
            if action
                .description
                .as_deref()
                .is_none_or(|reason| reason.trim().is_empty())
            {
                return Err(Stop::file(
                    path,
                    format!(
                        "actions/{index} gives no reason; say in `description` why it is there"
                    ),
                ));
            }
        }
        Ok(Self {
            name: path.display().to_string(),
            overlay,
        })
    }

    /// Applies one action after the other, past those that fail, so that all faults are told at once.
    pub fn apply(&self, document: &Value) -> Applied {
        let mut applied = Applied {
            document: document.clone(),
            failures: Vec::new(),
            redundant: Vec::new(),
        };
        for (index, action) in self.overlay.actions.iter().enumerate() {
            let report = |fault: String| Action {
                index,
                target: action.target.clone(),
                reason: action.description.clone().unwrap_or_default(),
                fault,
                overlay: self.name.clone(),
            };
            let alone = v1_0::Overlay {
                actions: vec![action.clone()],
                ..self.overlay.clone()
            };
            let before = applied.document.clone();
            match alone.apply(&mut applied.document, ApplyOptions::ErrorOnZeroMatch.into()) {
                Ok(_) if applied.document == before => applied.redundant.push(report(
                    "changes nothing, since the vendor says the same by now; drop it".to_owned(),
                )),
                Ok(_) => {}
                Err(error) if error.kind == ApplyErrorKind::ZeroMatch => applied.failures.push(report(
                    "matches nothing in the vendor's document; point it at what took the place, or drop it".to_owned(),
                )),
                Err(error) => applied.failures.push(report(format!("cannot be applied ({}); mend it", error.kind))),
            }
        }
        applied
    }
}

/// No option of the validation is wanted; its type comes from a crate that is not ours to name.
fn enumset_empty<T: Default>() -> T {
    T::default()
}
