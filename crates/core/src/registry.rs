//! What the providers that are turned on have, for everything that reads it.

use std::{fmt, sync::LazyLock};

use prospect_delete_transport::{
    Column, InvalidInput, Provider, Target, TargetKind, ValueType, quoted,
};

use crate::providers::{KINDS, PROVIDERS};

/// The column that says what kind of target a row is.
const TARGET: &str = "target";

/// All kinds of targets, in the order in which a run sends them, and their columns.
struct Registry {
    kinds: Vec<&'static TargetKind>,
    /// Each column of a list, with the definitions that kinds have of it.
    fields: Vec<(&'static str, Vec<&'static Column>)>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut kinds = KINDS.concat();
    // Columns in the order in which kinds were added, so that a new one moves none.
    kinds.sort_by_key(|kind| kind.code);
    let mut fields: Vec<(&'static str, Vec<&'static Column>)> = vec![(TARGET, Vec::new())];
    let columns = kinds.iter().flat_map(|kind| kind.columns);
    for column in columns.chain(kinds.iter().flat_map(|kind| kind.options)) {
        match fields.iter_mut().find(|(name, _)| *name == column.name) {
            Some((_, columns)) => columns.push(column),
            None => fields.push((column.name, vec![column])),
        }
    }
    kinds.sort();
    Registry { kinds, fields }
});

/// The provider of this name, if it is turned on.
#[must_use]
pub fn provider(name: &str) -> Option<&'static Provider> {
    let named = PROVIDERS.iter().find(|provider| provider.name == name);
    named.copied()
}

/// All kinds of targets, in the order in which a run sends them.
#[must_use]
pub fn target_kinds() -> &'static [&'static TargetKind] {
    &REGISTRY.kinds
}

/// The kinds of targets of one provider, in the order in which a run sends them.
pub fn target_kinds_of(provider: &Provider) -> impl Iterator<Item = &'static TargetKind> {
    let kinds = target_kinds().iter().copied();
    kinds.filter(move |kind| kind.provider() == provider)
}

/// The kind of this name.
#[must_use]
pub fn target_kind(name: &str) -> Option<&'static TargetKind> {
    let named = target_kinds().iter().find(|kind| kind.name == name);
    named.copied()
}

/// The kind of this name, or which there are.
///
/// # Errors
///
/// No provider that is turned on has such a kind.
pub fn parse_target_kind(name: &str) -> Result<&'static TargetKind, InvalidInput> {
    target_kind(name).ok_or_else(|| {
        let nearest = nearest(name, target_kinds().iter().map(|kind| kind.name));
        let meant = nearest.map_or_else(
            || format!("give one of {}", target_kind_names()),
            |nearest| format!("is {nearest} meant?"),
        );
        InvalidInput::new(TARGET, format!("{} is unknown; {meant}", quoted(name)))
    })
}

fn target_kind_names() -> String {
    let names: Vec<_> = target_kinds().iter().map(|kind| kind.name).collect();
    names.join(", ")
}

/// The kind of this code.
#[must_use]
pub fn target_kind_of_code(code: u8) -> Option<&'static TargetKind> {
    let coded = target_kinds().iter().find(|kind| kind.code == code);
    coded.copied()
}

/// A column of a list: `target`, or one that some kind of target has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Field(usize);

impl Field {
    /// The column that says what kind of target a row is.
    pub const TARGET: Self = Self(0);

    /// All columns, in the order in which a report has them.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..REGISTRY.fields.len()).map(Self)
    }

    /// The column of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|field| field.name() == name)
    }

    /// The name in a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        REGISTRY.fields[self.0].0
    }

    /// Its number, from 0 on, without gaps.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }

    /// Whether some kind of target has such values in it.
    #[must_use]
    pub fn may_hold(self, values: ValueType) -> bool {
        let columns = &REGISTRY.fields[self.0].1;
        columns.iter().any(|column| column.holds == values)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The values of one row, as text. What is empty is not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<Option<String>>);

impl Fields {
    /// The value of a column, where it is given.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.get(field.0)?.as_deref()
    }

    /// The value of the column of this name, where it is given.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        self.get(Field::named(name)?)
    }

    /// Gives a column a value.
    pub fn set(&mut self, field: Field, value: impl Into<String>) {
        let value = value.into();
        if self.0.len() <= field.0 {
            self.0.resize(REGISTRY.fields.len(), None);
        }
        self.0[field.0] = (!value.is_empty()).then_some(value);
    }
}

impl TryFrom<&Fields> for Target {
    type Error = InvalidInput;

    /// Reads a row. Every column that is given must belong to the kind of target.
    fn try_from(fields: &Fields) -> Result<Self, InvalidInput> {
        let Some(name) = fields.get(Field::TARGET) else {
            let reason = format!("is empty; give one of {}", target_kind_names());
            return Err(InvalidInput::new(TARGET, reason));
        };
        let kind = parse_target_kind(name)?;
        for field in Field::all().skip(1) {
            let mut columns = kind.columns.iter().chain(kind.options);
            if fields.get(field).is_some() && !columns.any(|column| column.name == field.name()) {
                let reason = format!("does not belong to {kind}; leave it empty");
                return Err(InvalidInput::new(field.name(), reason));
            }
        }
        let mut options = Vec::new();
        for option in kind.options {
            if let Some(value) = fields.named(option.name) {
                options.push((option.name, option.read(value)? == "true"));
            }
        }
        let values = kind
            .columns
            .iter()
            .map(|column| {
                fields.named(column.name).ok_or_else(|| {
                    InvalidInput::new(column.name, format!("is empty; {kind} needs it"))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let target = Self::new(kind, &values)?;
        options
            .into_iter()
            .try_fold(target, |target, (name, on)| target.with_option(name, on))
    }
}

impl From<&Target> for Fields {
    fn from(target: &Target) -> Self {
        let kind = target.kind();
        let mut fields = Self::default();
        fields.set(Field::TARGET, kind.name);
        let named = |name| Field::named(name).expect("the columns of a kind are in the registry");
        for (column, value) in kind.columns.iter().zip(target.values()) {
            fields.set(named(column.name), value);
        }
        for option in kind.options {
            fields.set(named(option.name), target.option(option.name).to_string());
        }
        fields
    }
}

/// The name that was probably meant.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// How alike two names have to be to be taken for one, of 1.
    const ALIKE: f64 = 0.7;
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_kinds_have_a_code_or_a_name_in_common() {
        let kinds = target_kinds();
        let codes: BTreeSet<_> = kinds.iter().map(|kind| kind.code).collect();
        let names: BTreeSet<_> = kinds.iter().map(|kind| kind.name).collect();
        assert_eq!((codes.len(), names.len()), (kinds.len(), kinds.len()));
        assert!(!codes.contains(&0), "0 is no kind's");
        assert!(kinds.is_sorted());
    }

    #[test]
    fn a_kind_is_of_its_provider_and_can_be_kept() {
        for (provider, kinds) in PROVIDERS.iter().zip(KINDS) {
            for kind in *kinds {
                assert_eq!(kind.provider(), *provider, "{kind}");
                assert!(
                    kind.name.starts_with(&format!("{}.", provider.name)),
                    "{kind}"
                );
                assert!(
                    kind.batch > 0 && kind.shared <= kind.columns.len(),
                    "{kind}"
                );
                assert!(!kind.is_scope() || kind.batch == 1, "{kind}");
                assert!(kind.options.len() <= 8, "{kind}");
                // The planner puts one record before a group of spellings, for the one option.
                assert!(!kind.folds() || kind.options.len() <= 1, "{kind}");
            }
        }
    }
}
