//! From rows to a run file: checked, each target once, grouped into the fewest requests.

use std::{collections::BTreeMap, mem, path::Path, time::SystemTime};

use prospect_delete_core::{
    PROVIDERS, Provider, Target, TargetKind, target_kind_of_code, target_kinds, target_kinds_of,
};
use serde::Serialize;

use crate::{
    Account, Error, StorageError, Unusable,
    digest::PlanDigest,
    manifest::{Manifest, Operator},
    moment::rfc3339,
    planned::Planned,
    sort::Sorter,
    store::{Draft, Store},
};

/// Rows are sorted in this much memory, and in files beyond it.
const SORT_MEMORY: usize = 16 << 20;

/// Where a row stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The number of the list, as the caller counts them.
    pub list: u32,
    /// The line within it, from 1.
    pub line: u64,
}

/// How many targets one request may name, for each provider.
#[derive(Clone, Debug, Default)]
pub struct Batches(BTreeMap<&'static str, usize>);

impl Batches {
    /// Sets the most targets of one request. 0 counts as 1.
    pub fn set(&mut self, provider: &Provider, most: usize) {
        self.0.insert(provider.name, most.max(1));
    }

    /// The most targets of one request to a provider, of whichever kind.
    #[must_use]
    pub fn most(&self, provider: &Provider) -> usize {
        let kinds = target_kinds_of(provider).map(|kind| self.of(kind));
        kinds.max().unwrap_or(1)
    }

    /// The most targets of one request for this kind.
    #[must_use]
    pub fn of(&self, kind: &TargetKind) -> usize {
        if kind.batch == 1 {
            return 1;
        }
        self.0
            .get(kind.provider().name)
            .copied()
            .unwrap_or(kind.batch)
    }
}

/// Takes targets in any order and number, in memory that does not grow with them.
#[derive(Debug)]
pub struct Planner {
    sorter: Sorter,
    seen: [bool; 256],
    record: Vec<u8>,
}

/// Rows that name one target, or targets that are probably one, with different options: nobody can tell which
/// is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The target, as the first of the rows names it.
    pub target: Target,
    /// Where they stand, at least two; of very many, some, and among them some with each option.
    pub rows: Vec<Origin>,
    /// What each of `rows` names: the same, or an address that means the same.
    pub named: Vec<Target>,
    /// How many they are.
    pub count: u64,
}

/// What a plan came to.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Plan {
    /// What the run is.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Targets, each once.
    pub targets: u64,
    /// Rows that named a target again.
    pub duplicates: u64,
    /// Targets that probably mean the same as another of the plan, beyond the first of each group: addresses of
    /// profiles that differ in what LinkedIn does not look at. Each is sent as it was given.
    pub alike: u64,
    /// Requests that will be sent.
    pub requests: u64,
    /// Targets that are scopes.
    pub scopes: u64,
    /// The same for each provider.
    pub by_provider: BTreeMap<&'static str, Planned>,
}

impl Planner {
    /// `folder` takes temporary files without names, when rows are many.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            sorter: Sorter::new(folder, SORT_MEMORY),
            seen: [false; 256],
            record: Vec::new(),
        }
    }

    /// Adds a target.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be written.
    pub fn add(&mut self, target: &Target, origin: Origin) -> Result<(), Error> {
        let kind = target.kind();
        self.seen[usize::from(kind.code)] = true;
        // Sorted by stage, kind and values, so that rows of one target, and of those that are alike, come
        // together, whatever else they say. No value holds a zero.
        self.record.clear();
        self.record.extend([kind.stage() as u8, kind.code]);
        if let Some(folded) = target.folded_key() {
            self.record.extend_from_slice(folded.as_bytes());
            self.record.push(0);
            if target.options() != 0 {
                // Comes before all rows of its group, so that it is known in time whether they agree.
                let rows = self.record.len();
                self.record.push(FORETELLS);
                self.record.resize(rows + TAIL, 0);
                self.sorter.push(&self.record).map_err(Error::temporary)?;
                self.record.truncate(rows);
            }
            self.record.push(STATES + u8::from(target.options() != 0));
        }
        self.record.extend_from_slice(target.key().as_bytes());
        self.record.push(0);
        self.record.push(target.options());
        self.record.extend_from_slice(&origin.list.to_be_bytes());
        self.record.extend_from_slice(&origin.line.to_be_bytes());
        self.sorter.push(&self.record).map_err(Error::temporary)
    }

    /// The providers that targets were added of: a plan needs their accounts.
    #[must_use]
    pub fn providers(&self) -> Vec<&'static Provider> {
        let named = |provider: &&&'static Provider| {
            target_kinds()
                .iter()
                .any(|kind| kind.provider() == **provider && self.seen[usize::from(kind.code)])
        };
        PROVIDERS.iter().filter(named).copied().collect()
    }

    /// Writes the run, unless rows conflict and `conflicts` says that this ends it.
    ///
    /// `conflicts` is told of each conflict, and none of its rows is planned.
    ///
    /// # Errors
    ///
    /// There is a run of this name already, or it cannot be written; an account is missing; `conflicts` ended it.
    /// Nothing is left behind.
    pub fn finish<E: From<Error>>(
        self,
        store: &dyn Store,
        accounts: &[Account],
        batches: &Batches,
        operator: &Operator,
        mut conflicts: impl FnMut(Conflict) -> Result<(), E>,
    ) -> Result<Plan, E> {
        let mut bindings = Vec::new();
        for provider in self.providers() {
            let account = accounts
                .iter()
                .find(|account| account.provider() == provider);
            let account = account.ok_or(Error::from(Unusable::NoAccount {
                provider: provider.name,
            }))?;
            bindings.push(account.binding());
        }
        let mut draft = store.create()?;
        let mut grouper = Grouper {
            draft: &mut *draft,
            digest: PlanDigest::new(&bindings),
            batches,
            open: Vec::new(),
            planned: BTreeMap::new(),
        };
        let (duplicates, alike) = group(self.sorter, &mut grouper, &mut conflicts)?;
        let (digest, by_provider) = grouper.finish()?;
        let manifest = manifest(digest, operator)?;
        draft.complete(&manifest, &bindings)?;
        let sum = |of: fn(&Planned) -> u64| by_provider.values().map(of).sum();
        Ok(Plan {
            manifest,
            targets: sum(|planned| planned.targets),
            duplicates,
            alike,
            requests: sum(|planned| planned.requests),
            scopes: sum(|planned| planned.scopes),
            by_provider,
        })
    }
}

/// A new run of a plan.
fn manifest(digest: PlanDigest, operator: &Operator) -> Result<Manifest, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(StorageError::Random)?;
    Ok(Manifest {
        run_id: uuid::Builder::from_random_bytes(random)
            .into_uuid()
            .to_string(),
        digest: digest.tree.end().1,
        planned_at: rfc3339(SystemTime::now()),
        planned_by: operator.name.clone(),
        planned_with: operator.version.clone(),
        forgotten_at: None,
    })
}

/// Groups the sorted targets, each once. The number of rows that named a target again, and of targets that are
/// alike, beyond the first.
fn group<E: From<Error>>(
    sorter: Sorter,
    grouper: &mut Grouper<'_>,
    conflicts: &mut impl FnMut(Conflict) -> Result<(), E>,
) -> Result<(u64, u64), E> {
    let (mut duplicates, mut alike) = (0, 0);
    let mut take = |rows: &mut Rows| -> Result<(), E> {
        let Some(target) = rows.target()? else {
            return Ok(());
        };
        if rows.differ {
            let (rows_of, named) = rows.named()?.into_iter().unzip();
            return conflicts(Conflict {
                target,
                rows: rows_of,
                named,
                count: rows.count,
            });
        }
        duplicates += rows.count - 1;
        alike += u64::from(rows.is_alike);
        Ok(grouper.add(target)?)
    };
    let mut rows = Rows::default();
    for record in sorter.sorted().map_err(Error::temporary)? {
        let record = record.map_err(Error::temporary)?;
        if !rows.takes(&record)? {
            take(&mut rows)?;
            rows.clear(&record);
            rows.takes(&record)?;
        }
    }
    take(&mut rows)?;
    Ok((duplicates, alike))
}

/// Makes requests as full as may be of targets in their order.
struct Grouper<'a> {
    draft: &'a mut dyn Draft,
    digest: PlanDigest,
    batches: &'a Batches,
    planned: BTreeMap<&'static str, Planned>,
    /// Requests that are not full yet. People may differ in an option, so two can be open.
    open: Vec<Vec<Target>>,
}

impl Grouper<'_> {
    fn add(&mut self, target: Target) -> Result<(), Error> {
        // What can get no more of the targets that are still to come is complete. Options do not count in their
        // order, and so may still change.
        while let Some(index) = self
            .open
            .iter()
            .position(|request| !request[0].stands_with(&target))
        {
            self.put(index)?;
        }
        let most = self.batches.of(target.kind());
        let index = self
            .open
            .iter()
            .position(|request| request[0].goes_with(&target));
        let index = index.unwrap_or_else(|| {
            self.open.push(Vec::new());
            self.open.len() - 1
        });
        self.open[index].push(target);
        if self.open[index].len() >= most {
            self.put(index)?;
        }
        Ok(())
    }

    /// Adds what is not full. What all of the plan's requests hash to, and how many there are.
    fn finish(mut self) -> Result<(PlanDigest, BTreeMap<&'static str, Planned>), Error> {
        while !self.open.is_empty() {
            self.put(0)?;
        }
        Ok((self.digest, self.planned))
    }

    /// Adds a request to the draft and to the digest.
    fn put(&mut self, index: usize) -> Result<(), Error> {
        let request = self.open.remove(index);
        let kind = request[0].kind();
        let provider = kind.provider().name;
        let count = i64::try_from(request.len()).unwrap_or(i64::MAX);
        let leaf = self
            .digest
            .leaves
            .leaf(kind.code, request[0].options(), count);
        let mut leaf = leaf.ok_or(Unusable::NoAccount { provider })?;
        for target in &request {
            leaf.target(target.key());
        }
        self.digest.tree.push(&leaf.end());
        let planned = self.planned.entry(provider).or_default();
        planned.requests += 1;
        planned.targets += request.len() as u64;
        planned.scopes += u64::from(kind.is_scope());
        self.draft.add(&request)
    }
}

/// The rows of one target, or of all that are alike where they differ in their option.
#[derive(Default)]
struct Rows {
    /// What the targets of one group have in common, as sorted, and where it ends.
    group: Vec<u8>,
    /// Kind and identifiers, as sorted.
    identity: Vec<u8>,
    option: u8,
    /// A row of the group, which may be still to come, has `reject_posts`.
    foretold: bool,
    differ: bool,
    /// The group had another target before.
    is_alike: bool,
    /// The first rows with each option: where they stand, the option, and the identifiers where they differ.
    named: Vec<(Origin, u8, Option<Vec<u8>>)>,
    named_with: [usize; 2],
    count: u64,
}

impl Rows {
    /// Begins anew, with the room that it has. What is known of the group stays while it lasts.
    fn clear(&mut self, next: &[u8]) {
        let stays = !self.group.is_empty() && next.starts_with(&self.group);
        self.is_alike = stays && self.count > 0;
        self.foretold &= stays;
        if !stays {
            self.group.clear();
        }
        self.identity.clear();
        self.named.clear();
        self.named_with = [0; 2];
        self.count = 0;
        self.differ = false;
    }

    /// Takes a record of the same target, or of one that is alike where it differs; says whether it did.
    fn takes(&mut self, record: &[u8]) -> Result<bool, Error> {
        let (front, rest) = record.split_at(record.len() - TAIL);
        // A zero stands behind what a group has in common, and nowhere else.
        let group = front
            .iter()
            .skip(KIND)
            .position(|byte| *byte == 0)
            .map(|end| KIND + end + 1);
        let kind = front.get(..KIND).ok_or_else(changed)?;
        if let Some(end) = group {
            let is_same = self.group == front[..end];
            if !is_same && (self.count > 0 || self.foretold) {
                return Ok(false);
            }
            if !is_same {
                self.group.extend_from_slice(&front[..end]);
            }
            if front.len() == end {
                self.foretold = true;
                return Ok(true);
            }
        } else if self.foretold {
            return Ok(false);
        }
        let key = &front[group.map_or(KIND, |end| end + 1)..];
        let (option, origin) = (rest[1], Origin::from_record(&rest[2..]));
        if self.count == 0 {
            self.identity.extend_from_slice(kind);
            self.identity.extend_from_slice(key);
            self.option = option;
            // Rows without come first.
            self.differ = self.foretold && option == 0;
        } else {
            let is_same = self.identity[..KIND] == *kind && self.identity[KIND..] == *key;
            let goes_along = self.differ && group.is_some();
            if !is_same && !goes_along {
                return Ok(false);
            }
        }
        self.differ |= option != self.option;
        self.count += 1;
        let named_with = &mut self.named_with[usize::from(option != 0)];
        if *named_with < NAMED_ROWS / 2 {
            *named_with += 1;
            let own = (self.identity[KIND..] != *key).then(|| key.to_vec());
            self.named.push((origin, option, own));
        }
        Ok(true)
    }

    /// The rows that are kept, in their order, and what each names.
    fn named(&mut self) -> Result<Vec<(Origin, Target)>, Error> {
        self.named.sort_by_key(|(origin, ..)| *origin);
        let (kind, key) = self.identity.split_at_checked(KIND).ok_or_else(changed)?;
        mem::take(&mut self.named)
            .into_iter()
            .map(|(origin, option, own)| {
                let target = read_key(kind, own.as_deref().unwrap_or(key), option)?;
                Ok((origin, target))
            })
            .collect()
    }

    fn target(&self) -> Result<Option<Target>, Error> {
        let Some((kind, key)) = self.identity.split_at_checked(KIND) else {
            return Ok(None);
        };
        read_key(kind, key, self.option).map(Some)
    }
}

fn read_key(kind: &[u8], key: &[u8], options: u8) -> Result<Target, Error> {
    kind.last()
        .and_then(|code| target_kind_of_code(*code))
        .zip(std::str::from_utf8(key).ok())
        .and_then(|(kind, key)| Target::from_key(kind, key, options).ok())
        .ok_or_else(changed)
}

fn changed() -> Error {
    StorageError::TemporaryChanged.into()
}

impl Origin {
    fn from_record(bytes: &[u8]) -> Self {
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |number, byte| (number << 8) | u64::from(*byte))
        };
        Self {
            list: u32::try_from(number(&bytes[..4])).unwrap_or(u32::MAX),
            line: number(&bytes[4..]),
        }
    }
}

/// What stands behind the part of a record that a group of alike targets has in common: first that some of them
/// have `reject_posts`, then the targets, those without it first.
const FORETELLS: u8 = 1;
const STATES: u8 = 2;

/// In front of a record: stage and code of the kind.
const KIND: usize = 2;

/// The most rows that a conflict names.
const NAMED_ROWS: usize = 16;

/// Behind the values of a record: a zero, the options, list and line.
const TAIL: usize = 1 + 1 + 4 + 8;
