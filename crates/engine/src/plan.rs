//! From rows to a run file: checked, each target once, grouped into the fewest requests.

use std::{collections::BTreeMap, mem, path::Path};

use prospect_delete_core::{PROVIDERS, Provider};
use serde::Serialize;

use crate::{
    Account, Error, Operator, RunFile, Target, TargetKind,
    digest::PlanDigest,
    run_file::{Manifest, Planned},
    sort::Sorter,
    target::deletion,
};

/// Rows are sorted in this much memory, and in files beyond it.
const SORT_MEMORY: usize = 16 << 20;

/// How many targets one request names, unless it was said otherwise. No provider documents a limit; this is
/// assumed to be within what any takes.
pub const BATCH: usize = 100;

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

    /// The most targets of one request to the provider of this name.
    #[must_use]
    pub fn of(&self, provider: &str) -> usize {
        self.0.get(provider).copied().unwrap_or(BATCH)
    }
}

/// Takes targets in any order and number, in memory that does not grow with them.
#[derive(Debug)]
pub struct Planner {
    sorter: Sorter,
    seen: [bool; 256],
    key: String,
    record: Vec<u8>,
}

/// Rows that name one target with different options: nobody can tell which is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The target.
    pub target: Target,
    /// Where they stand, at least two; of very many, the first.
    pub rows: Vec<Origin>,
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
            key: String::new(),
            record: Vec::new(),
        }
    }

    /// Adds a target.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be written.
    pub fn add(&mut self, target: &Target, origin: Origin) -> Result<(), Error> {
        let kind = target.kind() as u8;
        self.seen[usize::from(kind)] = true;
        // Sorted by kind and identifiers, so that rows of one target stand together, whatever else they
        // say. No identifier holds a zero.
        self.key.clear();
        target.write_key(&mut self.key);
        self.record.clear();
        self.record.push(kind);
        self.record.extend_from_slice(self.key.as_bytes());
        self.record.push(0);
        self.record.push(u8::from(target.reject_posts()));
        self.record.extend_from_slice(&origin.list.to_be_bytes());
        self.record.extend_from_slice(&origin.line.to_be_bytes());
        self.sorter.push(&self.record).map_err(temporary)
    }

    /// The providers that targets were added of: a plan needs their accounts.
    #[must_use]
    pub fn providers(&self) -> Vec<&'static Provider> {
        let named = |provider: &&&'static Provider| {
            TargetKind::ALL
                .into_iter()
                .any(|kind| kind.provider() == **provider && self.seen[kind as usize])
        };
        PROVIDERS.iter().filter(named).copied().collect()
    }

    /// Writes the run file, unless rows conflict and `conflicts` says that this ends it.
    ///
    /// `conflicts` is told of each conflict, and none of its rows is planned.
    ///
    /// # Errors
    ///
    /// The file is there already, or cannot be written; an account is missing; `conflicts` ended it.
    /// Nothing is left behind.
    pub fn finish(
        self,
        out: &Path,
        accounts: &[Account],
        batches: &Batches,
        operator: &Operator,
        mut conflicts: impl FnMut(Conflict) -> Result<(), Error>,
    ) -> Result<Plan, Error> {
        let providers = self.providers();
        let mut bindings = Vec::new();
        for provider in &providers {
            let account = accounts
                .iter()
                .find(|account| account.provider() == *provider)
                .ok_or_else(|| {
                    Error::input(format!(
                        "{}: no account was given; a plan is bound to one",
                        provider.name
                    ))
                })?;
            bindings.push(account.binding());
        }
        let mut file = RunFile::create(out)?;
        let written = (|| {
            let mut grouper = Grouper {
                file: &mut file,
                digest: PlanDigest::new(&bindings),
                batches,
                open: Vec::new(),
            };
            let duplicates = group(self.sorter, &mut grouper, &mut conflicts)?;
            let digest = grouper.finish()?;
            let manifest = file.complete(&bindings, digest, operator)?;
            let by_provider = file.planned()?;
            let sum = |of: fn(&Planned) -> u64| by_provider.values().map(of).sum();
            Ok(Plan {
                manifest,
                targets: sum(|planned| planned.targets),
                duplicates,
                requests: sum(|planned| planned.requests),
                scopes: sum(|planned| planned.scopes),
                by_provider,
            })
        })();
        if written.is_err() {
            // Half a plan is of no use, and names people.
            let _ = std::fs::remove_file(out);
        }
        written
    }
}

/// Groups the sorted targets, each once. The number of rows that named a target again.
fn group(
    sorter: Sorter,
    grouper: &mut Grouper<'_>,
    conflicts: &mut impl FnMut(Conflict) -> Result<(), Error>,
) -> Result<u64, Error> {
    let mut duplicates = 0;
    let mut take = |rows: &mut Rows| -> Result<(), Error> {
        let Some(target) = rows.target()? else {
            return Ok(());
        };
        if rows.differ {
            rows.origins.sort();
            return conflicts(Conflict {
                target,
                rows: mem::take(&mut rows.origins),
                count: rows.count,
            });
        }
        duplicates += rows.count - 1;
        grouper.add(target)
    };
    let mut rows = Rows::default();
    for record in sorter.sorted().map_err(temporary)? {
        let record = record.map_err(temporary)?;
        if !rows.takes(&record) {
            take(&mut rows)?;
            rows.clear();
            rows.takes(&record);
        }
    }
    take(&mut rows)?;
    Ok(duplicates)
}

/// Makes requests as full as may be of targets in their order.
struct Grouper<'a> {
    file: &'a mut RunFile,
    digest: PlanDigest,
    batches: &'a Batches,
    /// Requests that are not full yet. People may differ in an option, so two can be open.
    open: Vec<Vec<Target>>,
}

impl Grouper<'_> {
    fn add(&mut self, target: Target) -> Result<(), Error> {
        // What can get no more of the targets that are still to come is complete.
        while let Some(index) = self
            .open
            .iter()
            .position(|request| !may_grow(&request[0], &target))
        {
            self.put(index)?;
        }
        let most = self.batches.of(target.kind().provider().name);
        let stands_alone = !target.goes_with(&target);
        let index = self
            .open
            .iter()
            .position(|request| request[0].goes_with(&target));
        let index = index.unwrap_or_else(|| {
            self.open.push(Vec::new());
            self.open.len() - 1
        });
        self.open[index].push(target);
        if stands_alone || self.open[index].len() >= most {
            self.put(index)?;
        }
        Ok(())
    }

    /// Adds what is not full, and says what all of the plan's requests hash to.
    fn finish(mut self) -> Result<PlanDigest, Error> {
        while !self.open.is_empty() {
            self.put(0)?;
        }
        Ok(self.digest)
    }

    /// Adds a request to the file, unless it is one that could not be sent: targets can be made by hand.
    fn put(&mut self, index: usize) -> Result<(), Error> {
        let request = self.open.remove(index);
        deletion(&request)?;
        self.file.plan(&request, &mut self.digest)
    }
}

/// Whether targets that come after `next` in their order may still go with `first`.
fn may_grow(first: &Target, next: &Target) -> bool {
    // Options do not count in the order, and so may still change.
    first.goes_with(next)
        || (first.kind() == TargetKind::ExtrovertPerson && first.kind() == next.kind())
}

/// The rows of one target.
#[derive(Default)]
struct Rows {
    /// Kind and identifiers, as sorted.
    identity: Vec<u8>,
    option: u8,
    differ: bool,
    origins: Vec<Origin>,
    count: u64,
}

impl Rows {
    /// Begins anew, with the room that it has.
    fn clear(&mut self) {
        self.identity.clear();
        self.origins.clear();
        self.count = 0;
        self.differ = false;
    }

    /// Takes a record of the same target; says whether it was.
    fn takes(&mut self, record: &[u8]) -> bool {
        let (identity, rest) = record.split_at(record.len() - TAIL);
        if self.count == 0 {
            self.identity.extend_from_slice(identity);
            self.option = rest[1];
        } else if self.identity != identity {
            return false;
        }
        self.differ |= rest[1] != self.option;
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |number, byte| (number << 8) | u64::from(*byte))
        };
        self.count += 1;
        if self.origins.len() == NAMED_ROWS {
            return true;
        }
        self.origins.push(Origin {
            list: u32::try_from(number(&rest[2..6])).unwrap_or(u32::MAX),
            line: number(&rest[6..]),
        });
        true
    }

    fn target(&self) -> Result<Option<Target>, Error> {
        let Some((kind, key)) = self.identity.split_first() else {
            return Ok(None);
        };
        let read = TargetKind::from_code(*kind)
            .zip(std::str::from_utf8(key).ok())
            .and_then(|(kind, key)| Target::from_key(kind, key, self.option != 0).ok());
        read.map(Some)
            .ok_or_else(|| Error::storage("a temporary file came back changed; plan again"))
    }
}

/// The most rows that a conflict names.
const NAMED_ROWS: usize = 16;

/// Behind the identifiers of a record: a zero, the option, list and line.
const TAIL: usize = 1 + 1 + 4 + 8;

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what errors are mapped by"
)]
fn temporary(error: std::io::Error) -> Error {
    Error::storage(format!(
        "a temporary file beside the run cannot be used ({error}); make room there"
    ))
}
