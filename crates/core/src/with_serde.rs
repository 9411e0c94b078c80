//! Targets and their kinds in other people's serde types, by `#[serde(with = "…")]`. They are found in the registry, which
//! the types themselves do not know.
//!
//! ```
//! use prospect_delete_core::{Target, TargetKind, nlpearl, with_serde};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Erasure {
//!     ticket: u64,
//!     /// As the row of a list.
//!     #[serde(with = "with_serde::target")]
//!     target: Target,
//!     /// By its name.
//!     #[serde(with = "with_serde::target_kind")]
//!     first: &'static TargetKind,
//! }
//!
//! let text = r#"{"ticket":7,"target":{"target":"nlpearl.lead","pearl_id":"p","lead_id":"a"},"first":"nlpearl.lead"}"#;
//! let erasure: Erasure = serde_json::from_str(text)?;
//! assert_eq!(erasure.target, nlpearl::targets::lead("p", "a")?);
//! assert_eq!(erasure.first, &nlpearl::targets::LEAD);
//! assert_eq!(serde_json::to_string(&erasure)?, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{borrow::Cow, fmt};

use prospect_delete_transport::{ValueType, quoted};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Unexpected, Visitor},
};

use crate::{Field, Fields};

/// A [`Target`](crate::Target), as the row of a list.
pub mod target {
    use prospect_delete_transport::Target;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::Fields;

    /// Writes it as the row of a list.
    ///
    /// # Errors
    ///
    /// The serialiser's.
    pub fn serialize<S: Serializer>(target: &Target, serializer: S) -> Result<S::Ok, S::Error> {
        target.serialize(serializer)
    }

    /// Reads the row of a list, as [`Fields`] does, with the checks of its kind.
    ///
    /// # Errors
    ///
    /// It is no such row, or names no target of a provider that is turned on.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Target, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        Target::try_from(&fields).map_err(D::Error::custom)
    }
}

/// A [`TargetKind`](crate::TargetKind), by its name.
pub mod target_kind {
    use std::borrow::Cow;

    use prospect_delete_transport::TargetKind;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::parse_target_kind;

    /// Writes its name.
    ///
    /// # Errors
    ///
    /// The serialiser's.
    pub fn serialize<S: Serializer>(kind: &TargetKind, serializer: S) -> Result<S::Ok, S::Error> {
        kind.serialize(serializer)
    }

    /// Reads its name.
    ///
    /// # Errors
    ///
    /// No provider that is turned on has such a kind.
    pub fn deserialize<'de, D>(deserializer: D) -> Result<&'static TargetKind, D::Error>
    where
        D: Deserializer<'de>,
    {
        let name = Cow::<str>::deserialize(deserializer)?;
        parse_target_kind(&name).map_err(D::Error::custom)
    }
}

/// Reads an object with the columns of a row, in a format that says of values what they are, such as JSON. Ids of text
/// must be text: a number may have lost its leading zeros. A column that is given twice is refused.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Row;

        impl<'de> Visitor<'de> for Row {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the columns of a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                let mut seen = vec![false; Field::all().count()];
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    let field = Field::named(&name).ok_or_else(|| {
                        A::Error::custom(format_args!("{} is no column of a list", quoted(&name)))
                    })?;
                    if std::mem::replace(&mut seen[field.index()], true) {
                        return Err(A::Error::duplicate_field(field.name()));
                    }
                    if let Some(value) = map.next_value_seed(Value(field))? {
                        fields.set(field, value);
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Row)
    }
}

/// The text of a column's value, where it is given.
struct Value(Field);

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Value {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.0;
        let what = if field.may_hold(ValueType::Boolean) {
            "true or false"
        } else if field.may_hold(ValueType::Integer) {
            "an id, as a whole number or as text"
        } else {
            "an id as text"
        };
        write!(f, "{what} for {field}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, switch: bool) -> Result<Self::Value, E> {
        if self.0.may_hold(ValueType::Boolean) {
            Ok(Some(switch.to_string()))
        } else {
            Err(E::invalid_type(Unexpected::Bool(switch), &self))
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        if self.0.may_hold(ValueType::Integer) {
            Ok(Some(number.to_string()))
        } else {
            Err(E::invalid_type(Unexpected::Signed(number), &self))
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        if self.0.may_hold(ValueType::Integer) {
            Ok(Some(number.to_string()))
        } else {
            Err(E::invalid_type(Unexpected::Unsigned(number), &self))
        }
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(all(
    test,
    feature = "extrovert",
    feature = "nlpearl",
    feature = "woodpecker"
))]
mod tests {
    use prospect_delete_transport::Target;

    use super::*;
    use crate::parse_target_kind;

    fn read(text: &str) -> Result<Target, serde_json::Error> {
        target::deserialize(&mut serde_json::Deserializer::from_str(text))
    }

    #[test]
    fn every_kind_is_read_back_by_its_name() {
        for kind in crate::target_kinds() {
            let text = serde_json::to_string(kind).unwrap();
            let read = target_kind::deserialize(&mut serde_json::Deserializer::from_str(&text));
            assert_eq!(read.unwrap(), *kind);
            assert_eq!(parse_target_kind(kind.name).unwrap(), *kind);
        }
        let error = parse_target_kind("nlpearl.leads").unwrap_err().to_string();
        assert!(error.contains("is nlpearl.lead meant?"), "{error}");
    }

    #[test]
    fn a_target_is_read_back_from_its_row() {
        let id = "8d256aa6-9b12-49a7-93ee-bf41634b5b60".parse().unwrap();
        for target in [
            crate::extrovert::targets::person(id, "ACoAAB1", true).unwrap(),
            crate::nlpearl::targets::lead("0042", "a").unwrap(),
            crate::woodpecker::targets::company(7).unwrap(),
        ] {
            let text = serde_json::to_string(&target).unwrap();
            assert_eq!(read(&text).unwrap(), target, "{text}");
        }
    }

    #[test]
    fn a_row_that_a_list_would_not_take_is_refused() {
        for (text, reason) in [
            (
                r#"{"target":"nlpearl.lead","pearl_id":42,"lead_id":"a"}"#,
                "an id as text for pearl_id",
            ),
            (r#"{"target":"nlpearl.lead","pearl_id":"p"}"#, "lead_id"),
            (
                r#"{"target":"nlpearl.lead","pearl_id":"p","lead_id":null}"#,
                "lead_id",
            ),
            (
                r#"{"target":"nlpearl.lead","pearl_id":"p","lead_id":"a","lead_id":"b"}"#,
                "duplicate",
            ),
            (
                r#"{"target":"nlpearl.lead","pearl_id":"p","lead_id":"a","lead":"b"}"#,
                "no column",
            ),
            (
                r#"{"target":"woodpecker.company","company_id":0}"#,
                "company_id",
            ),
            (r#"{"target":"nobody.lead"}"#, "is unknown"),
            (r#"["nlpearl.lead","p","a"]"#, "an object"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
