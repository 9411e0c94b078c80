//! What can be listed, planned and reported: kinds of targets, as data, and targets of those kinds.
//!
//! A kind is a `static` of its provider's crate, above its request types, and an entry in the `KINDS` of that crate, which
//! the registry of all providers collects. Lists, plans, run files, reports, schemas and help read it from there.

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Serialize, Serializer, ser::SerializeMap};
use uuid::Uuid;

use crate::{
    InvalidInput, Operation, Provider, Reach, Request, Verb, check_identifier, harmless,
    parse_uuid, quoted,
};

/// Between the values of one target. No value has a control character.
const SEPARATOR: char = '\u{1f}';

/// The most of a value that is shown, in characters.
const SHOWN_VALUE: usize = 1024;

/// How many targets one request names, unless its kind or the caller says otherwise. No provider documents a limit;
/// this is assumed to be within what each accepts.
pub const BATCH: usize = 100;

/// A kind of target: one record, or one scope, that a provider can be asked to delete or to suppress.
#[non_exhaustive]
pub struct TargetKind {
    /// The number that stands for it in run files. Never used again for another kind.
    pub code: u8,
    /// The name, as it is in the `target` column: `nlpearl.lead`.
    pub name: &'static str,
    /// What a request for such targets does.
    pub operation: &'static Operation,
    /// The columns that identify such a target; all must be given.
    pub columns: &'static [Column],
    /// The columns that may be given besides: true or false, and false where they are not.
    pub options: &'static [Column],
    /// How many of the columns, from the first on, all targets of one request have in common.
    pub shared: usize,
    /// How many targets one request names, unless the caller says otherwise; 1 where it can name only one.
    pub batch: usize,
    /// Whether the provider's number for a request surely names nobody, so that it stays when a run is forgotten.
    pub keeps_request_id: bool,
    /// What all spellings of the last column that probably mean the same have in common.
    folded: Option<fn(&str) -> Option<String>>,
    request: fn(&[Target]) -> Box<dyn Request>,
}

/// When targets are sent, within one provider. What keeps people from coming back goes first. Scopes go last, so that
/// a wrong key or address shows before anything without limit is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// Suppressions.
    Suppressions = 0,
    /// Records that are named.
    Records = 1,
    /// Scopes.
    Scopes = 2,
}

impl TargetKind {
    /// A kind whose requests name one target each. `request` makes the request of targets that
    /// [go together](Target::goes_with), at least one.
    #[must_use]
    pub const fn new(
        code: u8,
        name: &'static str,
        operation: &'static Operation,
        columns: &'static [Column],
        request: fn(&[Target]) -> Box<dyn Request>,
    ) -> Self {
        Self {
            code,
            name,
            operation,
            columns,
            options: &[],
            shared: 0,
            batch: 1,
            keeps_request_id: false,
            folded: None,
            request,
        }
    }

    /// With requests that name many targets, which have the first `shared` columns in common.
    #[must_use]
    pub const fn in_batches(mut self, batch: usize, shared: usize) -> Self {
        self.batch = batch;
        self.shared = shared;
        self
    }

    /// With columns that may be given besides.
    #[must_use]
    pub const fn with_options(mut self, options: &'static [Column]) -> Self {
        self.options = options;
        self
    }

    /// With spellings of the last column that probably mean the same where `folded` gives the same. Such targets
    /// stay apart, since only the provider knows which spelling it has.
    #[must_use]
    pub const fn alike_where(mut self, folded: fn(&str) -> Option<String>) -> Self {
        self.folded = Some(folded);
        self
    }

    /// With a number of the provider's for each request that surely names nobody.
    #[must_use]
    pub const fn keeping_request_ids(mut self) -> Self {
        self.keeps_request_id = true;
        self
    }

    /// Whether several spellings of the last column may mean the same, see [`alike_where`](Self::alike_where).
    #[must_use]
    pub const fn folds(&self) -> bool {
        self.folded.is_some()
    }

    /// Where such targets are.
    #[must_use]
    pub const fn provider(&self) -> &'static Provider {
        self.operation.provider
    }

    /// Whether such a target is everybody in a scope, rather than one record.
    #[must_use]
    pub const fn is_scope(&self) -> bool {
        self.operation.is_scope()
    }

    /// When such targets are sent.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match (self.operation.verb, self.operation.reach) {
            (Verb::Suppress, _) => Stage::Suppressions,
            (_, Reach::Records) => Stage::Records,
            (_, Reach::Scope) => Stage::Scopes,
        }
    }

    /// The option of this name, by its place.
    fn option(&self, name: &str) -> Option<usize> {
        self.options.iter().position(|option| option.name == name)
    }

    /// The one request for these targets.
    ///
    /// # Errors
    ///
    /// There is none, they are of another kind, or they do not [go together](Target::goes_with).
    pub fn request(&self, targets: &[Target]) -> Result<Box<dyn Request>, InvalidInput> {
        let invalid = |reason: &str| Err(InvalidInput::new(self.name, reason));
        let Some((first, rest)) = targets.split_first() else {
            return invalid("no target is given; give at least one");
        };
        if first.kind != self || !rest.iter().all(|target| first.goes_with(target)) {
            return invalid("these targets do not go into one request; give each its own");
        }
        Ok((self.request)(targets))
    }
}

impl fmt::Debug for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TargetKind({})", self.name)
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

impl PartialEq for TargetKind {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for TargetKind {}

impl Hash for TargetKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code.hash(state);
    }
}

/// In the order in which a run sends them.
impl Ord for TargetKind {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.stage(), self.code).cmp(&(other.stage(), other.code))
    }
}

impl PartialOrd for TargetKind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for TargetKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// A column of a list, as one kind of target has it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Column {
    /// The name in a header.
    pub name: &'static str,
    /// What it holds.
    pub holds: ValueType,
    /// What must hold of its text besides.
    check: fn(&str, &str) -> Result<(), InvalidInput>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// An id of text.
    Text,
    /// A UUID.
    Uuid,
    /// A whole number above 0, of 64 bits.
    Integer,
    /// True or false, in any case.
    Boolean,
}

impl Column {
    /// An id of text, by the rules of [`check_identifier`].
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::holding(name, ValueType::Text)
    }

    /// A UUID.
    #[must_use]
    pub const fn uuid(name: &'static str) -> Self {
        Self::holding(name, ValueType::Uuid)
    }

    /// A whole number above 0.
    #[must_use]
    pub const fn integer(name: &'static str) -> Self {
        Self::holding(name, ValueType::Integer)
    }

    /// True or false.
    #[must_use]
    pub const fn boolean(name: &'static str) -> Self {
        Self::holding(name, ValueType::Boolean)
    }

    const fn holding(name: &'static str, holds: ValueType) -> Self {
        Self {
            name,
            holds,
            check: check_identifier,
        }
    }

    /// With other rules for its text.
    #[must_use]
    pub const fn checked_by(mut self, check: fn(&str, &str) -> Result<(), InvalidInput>) -> Self {
        self.check = check;
        self
    }

    /// Reads a value, into the one spelling that is kept and sent.
    ///
    /// # Errors
    ///
    /// The column does not hold such a value.
    pub fn read<'a>(&self, value: &'a str) -> Result<Cow<'a, str>, InvalidInput> {
        let invalid =
            |reason: &str| InvalidInput::new(self.name, format!("{} {reason}", quoted(value)));
        match self.holds {
            ValueType::Text => {
                (self.check)(self.name, value)?;
                // Whatever the check is: the values of a target are kept as one text.
                if value.contains(char::is_control) {
                    return Err(invalid("has control characters; remove them"));
                }
                Ok(Cow::Borrowed(value))
            }
            ValueType::Uuid => {
                let uuid = parse_uuid(self.name, value)?;
                let mut buffer = Uuid::encode_buffer();
                let text: &str = uuid.hyphenated().encode_lower(&mut buffer);
                Ok(if text == value {
                    Cow::Borrowed(value)
                } else {
                    Cow::Owned(text.to_owned())
                })
            }
            ValueType::Integer => match value.parse::<i64>() {
                // A sign or a leading zero would make two spellings of one id.
                Ok(number) if number > 0 && !value.starts_with(['+', '0']) => {
                    Ok(Cow::Borrowed(value))
                }
                Ok(number) if number < 0 || value == "0" => {
                    let reason = format!("{value} is not above 0; give the id");
                    Err(InvalidInput::new(self.name, reason))
                }
                _ => Err(invalid(
                    "is not a whole number; give the id in digits alone",
                )),
            },
            ValueType::Boolean => {
                let known = ["true", "false"];
                known
                    .into_iter()
                    .find(|known| value.eq_ignore_ascii_case(known))
                    .map(Cow::Borrowed)
                    .ok_or_else(|| invalid("is neither true nor false"))
            }
        }
    }
}

/// One record at one place, or one scope. Its values are such as its kind accepts, so it can be sent.
///
/// The crates of the providers have a constructor for each kind. Serialises as the row of a list.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Target {
    kind: &'static TargetKind,
    /// The values of its columns, in their order and in one spelling each.
    key: Box<str>,
    options: u8,
}

impl Target {
    /// A target of the values of its columns, in their order.
    ///
    /// # Errors
    ///
    /// There are more or fewer values than columns, or a column does not hold such a value.
    pub fn new(kind: &'static TargetKind, values: &[&str]) -> Result<Self, InvalidInput> {
        if values.len() != kind.columns.len() {
            return Err(InvalidInput::new(
                kind.name,
                format!(
                    "is identified by {} values, and {} are given",
                    kind.columns.len(),
                    values.len()
                ),
            ));
        }
        let mut key = String::with_capacity(values.iter().map(|value| value.len() + 1).sum());
        for (index, (column, value)) in kind.columns.iter().zip(values).enumerate() {
            if index > 0 {
                key.push(SEPARATOR);
            }
            key.push_str(&column.read(value)?);
        }
        Ok(Self {
            kind,
            key: key.into(),
            options: 0,
        })
    }

    /// The target of a [`key`](Self::key) and its [options](Self::options).
    ///
    /// # Errors
    ///
    /// It is not the key of such a target.
    pub fn from_key(
        kind: &'static TargetKind,
        key: &str,
        options: u8,
    ) -> Result<Self, InvalidInput> {
        let mut values = key.split(SEPARATOR);
        if key.is_empty() {
            values.next();
        }
        let mut given = 0;
        for value in values {
            let column = kind.columns.get(given);
            let read = column.map(|column| column.read(value)).transpose()?;
            if read.is_none_or(|read| *read != *value) {
                return Err(InvalidInput::new(kind.name, "has other columns than these"));
            }
            given += 1;
        }
        if given != kind.columns.len() || u32::from(options) >> kind.options.len() != 0 {
            return Err(InvalidInput::new(kind.name, "has other columns than these"));
        }
        Ok(Self {
            kind,
            key: key.into(),
            options,
        })
    }

    /// With an option set, by the name of its column.
    ///
    /// # Errors
    ///
    /// Its kind has no such option.
    pub fn with_option(mut self, name: &str, on: bool) -> Result<Self, InvalidInput> {
        let place = self.kind.option(name).ok_or_else(|| {
            let reason = format!("does not belong to {}; leave it empty", self.kind);
            InvalidInput::new(name, reason)
        })?;
        self.options = self.options & !(1 << place) | u8::from(on) << place;
        Ok(self)
    }

    /// What kind of target it is.
    #[must_use]
    pub fn kind(&self) -> &'static TargetKind {
        self.kind
    }

    /// Whether an option of this name is set. False where its kind has none.
    #[must_use]
    pub fn option(&self, name: &str) -> bool {
        let place = self.kind.option(name);
        place.is_some_and(|place| self.options >> place & 1 == 1)
    }

    /// Its options, each as one bit, in the order of [`TargetKind::options`].
    #[must_use]
    pub fn options(&self) -> u8 {
        self.options
    }

    /// The values that identify it, in the order of [`TargetKind::columns`] and in one spelling each.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.key.split(SEPARATOR).take(self.kind.columns.len())
    }

    /// One of its [values](Self::values).
    ///
    /// # Panics
    ///
    /// Its kind has no such column.
    #[must_use]
    pub fn value(&self, column: usize) -> &str {
        self.values().nth(column).expect("a column of this kind")
    }

    /// One of its values, of a column that holds whole numbers.
    ///
    /// # Panics
    ///
    /// Its kind has no such column.
    #[must_use]
    pub fn integer(&self, column: usize) -> i64 {
        self.value(column).parse().expect("a column of numbers")
    }

    /// One of its values, of a column that holds UUIDs.
    ///
    /// # Panics
    ///
    /// Its kind has no such column.
    #[must_use]
    pub fn uuid(&self, column: usize) -> Uuid {
        self.value(column).parse().expect("a column of UUIDs")
    }

    /// Its values as one text. With the kind it says which target this is, whatever its options.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key that all targets have in common that probably mean the same as this one, where its spelling is not
    /// the only one.
    #[must_use]
    pub fn folded_key(&self) -> Option<String> {
        let folded = self.kind.folded?;
        let last = self.key.rfind(SEPARATOR).map_or(0, |place| place + 1);
        let (before, last) = self.key.split_at(last);
        Some(format!("{before}{}", folded(last)?))
    }

    /// Whether one request can name both: the same kind, at the same place, with the same options.
    #[must_use]
    pub fn goes_with(&self, other: &Self) -> bool {
        self.options == other.options && self.stands_with(other)
    }

    /// Whether one request could name both, if their options were the same.
    #[must_use]
    pub fn stands_with(&self, other: &Self) -> bool {
        let shared = self.kind.shared;
        self.kind == other.kind
            && self.kind.batch > 1
            && self.values().take(shared).eq(other.values().take(shared))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self}")?;
        for (place, option) in self.kind.options.iter().enumerate() {
            if self.options >> place & 1 == 1 {
                write!(f, ", {}", option.name)?;
            }
        }
        f.write_str(")")
    }
}

/// In one line, as a person names it: `nlpearl.lead:PEARL/LEAD`, `woodpecker.company:123`, `extrovert.all`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name)?;
        for (index, value) in self.values().enumerate() {
            let before = if index == 0 { ":" } else { "/" };
            write!(f, "{before}{}", harmless(value, SHOWN_VALUE))?;
        }
        Ok(())
    }
}

/// As the row of a list: ids that are numbers on the wire are numbers here.
impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("target", self.kind.name)?;
        self.serialize_columns(&mut map)?;
        map.end()
    }
}

impl Target {
    /// Writes its columns and options into an object.
    ///
    /// # Errors
    ///
    /// The serialiser's.
    pub fn serialize_columns<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for (column, value) in self.kind.columns.iter().zip(self.values()) {
            match column.holds {
                ValueType::Integer => {
                    map.serialize_entry(column.name, &value.parse::<i64>().ok())?;
                }
                _ => map.serialize_entry(column.name, value)?,
            }
        }
        for option in self.kind.options {
            map.serialize_entry(option.name, &self.option(option.name))?;
        }
        Ok(())
    }
}
