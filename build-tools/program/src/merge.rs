//! Puts together the documents of a provider whose operations are described apart.

use prospect_delete_build_tools::child;
use serde_json::{Map, Value};

use crate::{facts::facts, reading::VendorDocument, stop::Stop};

/// One document made of several.
#[derive(Debug)]
pub struct Merged {
    pub document: Value,
    /// Places where the documents disagree. What differs from the last reading was taken there, so that
    /// it is seen; the whole is not fit to be taken over.
    pub disagreements: Vec<String>,
}

/// One document with the operations of all; `last` is what they stated together when last read.
pub fn merge(documents: &[VendorDocument], last: Option<&Value>) -> Result<Merged, Stop> {
    let Some((first, others)) = documents.split_first() else {
        return Err(Stop::input("no document was given; give one with --from"));
    };
    let mut merged = first.value.clone();
    let mut disagreements = Vec::new();
    let mut described = first.operations();
    for other in others {
        for operation in other.operations() {
            if described.contains(&operation) {
                return Err(Stop::input(format!(
                    "{}: {operation} is described by another document already; give each document once",
                    other.name
                )));
            }
            described.push(operation);
        }
        let mut join = Join {
            last,
            disagreements: &mut disagreements,
            names: [&first.name, &other.name],
        };
        join.objects(&mut merged, &other.value, "")?;
    }
    Ok(Merged {
        document: merged,
        disagreements,
    })
}

struct Join<'a> {
    last: Option<&'a Value>,
    disagreements: &'a mut Vec<String>,
    names: [&'a str; 2],
}

impl Join<'_> {
    /// Adds the members that `into` lacks. Maps of things with names are joined; a thing is one whole, so
    /// that what is missing from one description of it does not come back from another.
    fn objects(&mut self, into: &mut Value, from: &Value, pointer: &str) -> Result<(), Stop> {
        let nothing = Map::new();
        let from = from.as_object().unwrap_or(&nothing);
        let Some(members) = into.as_object_mut() else {
            return Ok(());
        };
        for (key, value) in from {
            let place = child(pointer, key);
            let is_map = matches!(place.as_str(), "/paths" | "/components")
                || (place.starts_with("/components/") && place.matches('/').count() == 2)
                || (place.starts_with("/paths/") && place.matches('/').count() == 2);
            match members.get_mut(key) {
                None => {
                    members.insert(key.clone(), value.clone());
                }
                Some(existing) if existing == value => {}
                Some(existing) if is_map => self.objects(existing, value, &place)?,
                Some(Value::Array(tags)) if place == "/tags" => {
                    let new = value.as_array().into_iter().flatten();
                    tags.extend(
                        new.filter(|tag| !tags.contains(tag))
                            .cloned()
                            .collect::<Vec<_>>(),
                    );
                }
                Some(existing) => self.choose(existing, value, &place)?,
            }
        }
        Ok(())
    }

    /// Takes the side that is not as it was.
    fn choose(&mut self, existing: &mut Value, value: &Value, place: &str) -> Result<(), Stop> {
        let [first, other] = self.names;
        let as_it_was = |side: &Value| {
            self.last
                .and_then(|last| last.pointer(place))
                .is_some_and(|last| facts_at(place, side) == *last)
        };
        match (as_it_was(existing), as_it_was(value)) {
            (true, _) => *existing = value.clone(),
            (_, true) => {}
            _ => {
                return Err(Stop::input(format!(
                    "{first} and {other} disagree at #{place}; get both anew, at the same time"
                )));
            }
        }
        self.disagreements.push(format!(
            "{first} and {other} disagree at #{place}; get both anew, at the same time"
        ));
        Ok(())
    }
}

/// The facts of a part of a document, which depend on where it stands.
fn facts_at(place: &str, part: &Value) -> Value {
    let whole = place
        .rsplit('/')
        .filter(|key| !key.is_empty())
        .fold(part.clone(), |inner, key| {
            Value::Object(Map::from_iter([(crate::difference::unescape(key), inner)]))
        });
    facts(&whole).pointer(place).cloned().unwrap_or_default()
}
