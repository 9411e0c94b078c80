//! What `apply` may send: exactly the plan of the digest, whoever writes to the file in the meantime.
//!
//! One reading of the plan keeps the hash of each page of requests. Whatever is read later is hashed again, over
//! the very values that its request is made of, and compared.

use std::{collections::VecDeque, path::Path};

use rusqlite::{CachedStatement, Connection, Row, Rows};

use prospect_delete_core::{Target, target_kind_of_code};

use crate::{
    Error,
    digest::{Hash, Leaf, Leaves, PAGE, Page, Tree},
    journal::RequestId,
    run_file::Binding,
};

/// How many pages have their leaves kept: each provider reads at a place of its own.
const KEPT_PAGES: usize = 8;

/// A row of `request`.
#[derive(Clone, Copy)]
pub(crate) struct Requested {
    pub(crate) id: RequestId,
    pub(crate) parent: Option<RequestId>,
    pub(crate) kind: u8,
    /// Whether everybody in a scope is deleted. It follows from the kind, and is there for SQL to ask for.
    pub(crate) scope: bool,
    /// When it is sent. It follows from the kind as well.
    pub(crate) stage: u8,
    pub(crate) options: u8,
    pub(crate) first: i64,
    pub(crate) count: i64,
    pub(crate) attempts: u32,
    pub(crate) doubt: bool,
}

pub(crate) const REQUESTED: &str =
    "id, parent, kind, scope, options, first, count, attempts, doubt, stage";

impl Requested {
    /// The first target that is not its any more.
    pub(crate) fn end(&self) -> i64 {
        self.first.saturating_add(self.count)
    }

    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            parent: row.get(1)?,
            kind: row.get(2)?,
            scope: row.get(3)?,
            options: row.get(4)?,
            first: row.get(5)?,
            count: row.get(6)?,
            attempts: row.get(7)?,
            doubt: row.get(8)?,
            stage: row.get(9)?,
        })
    }
}

/// The hashes of a plan that was compared with its digest.
#[derive(Debug)]
pub(crate) struct Checked {
    leaves: Leaves,
    pages: Vec<Hash>,
    requests: RequestId,
    /// The leaves of the pages that were read last.
    kept: VecDeque<(usize, Vec<Hash>)>,
    /// The request that was split and read last, with its targets.
    whole: Option<(RequestId, i64, Vec<Target>)>,
}

/// Why a request cannot be read.
pub(crate) enum Fault {
    /// It is not the one that was planned.
    NotPlanned,
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        // Tables that are not there, are something else, or hold values of another type were changed since.
        match error.sqlite_error_code() {
            None
            | Some(
                rusqlite::ErrorCode::Unknown
                | rusqlite::ErrorCode::TypeMismatch
                | rusqlite::ErrorCode::SchemaChanged
                | rusqlite::ErrorCode::DatabaseCorrupt
                | rusqlite::ErrorCode::AuthorizationForStatementDenied,
            ) => Self::NotPlanned,
            Some(_) => Self::Database(error),
        }
    }
}

impl Fault {
    pub(crate) fn at(self, path: &Path) -> Error {
        match self {
            Self::NotPlanned => Error::guard(format!(
                "{}: does not hold what was planned any more; somebody changed it, so nothing more is sent; plan again",
                path.display()
            )),
            Self::Database(error) => Error::database(path, &error),
        }
    }
}

impl Checked {
    /// Reads the whole plan. Its hashes, and its digest in hexadecimal.
    pub(crate) fn read(
        connection: &Connection,
        bindings: &[Binding],
    ) -> Result<(Self, String), Fault> {
        let leaves = Leaves::new(bindings);
        let mut tree = Tree::default();
        let mut requests = connection.prepare(&format!(
            "SELECT {REQUESTED} FROM request WHERE parent IS NULL ORDER BY id"
        ))?;
        let mut requests = requests.query([])?;
        let mut targets = connection.prepare("SELECT id, key FROM target ORDER BY id")?;
        let mut targets = targets.query([])?;
        let (mut last, mut next) = (0, 1);
        while let Some(row) = requests.next()? {
            let request = Requested::read(row)?;
            // Without gaps, so that a number says in which page a request is.
            if request.id != last + 1 || request.first != next || request.count < 1 {
                return Err(Fault::NotPlanned);
            }
            (last, next) = (request.id, request.end());
            tree.push(&leaf(&leaves, &request, &mut targets, |_| Ok(()))?);
        }
        if targets.next()?.is_some() {
            return Err(Fault::NotPlanned);
        }
        let (pages, digest) = tree.end();
        let checked = Self {
            leaves,
            pages,
            requests: last,
            kept: VecDeque::new(),
            whole: None,
        };
        Ok((checked, digest))
    }

    /// The targets of each request, which are those that were planned.
    pub(crate) fn targets(
        &mut self,
        connection: &Connection,
        rows: &[Requested],
    ) -> Result<Vec<Vec<Target>>, Fault> {
        let mut all = Vec::with_capacity(rows.len());
        let mut keys = keys(connection)?;
        // Where the targets of one follow on those of another, they are read in one go.
        for run in rows.chunk_by(|one, next| {
            one.parent.is_none() && next.parent.is_none() && one.end() == next.first
        }) {
            let [first, ..] = run else { continue };
            if first.parent.is_some() {
                all.push(self.half(connection, first)?);
                continue;
            }
            let end = run.last().map_or(first.end(), Requested::end);
            let mut keys = keys.query([first.first, end])?;
            for request in run {
                let planned = self.leaf(connection, request.id)?;
                all.push(self.planned(request, planned, &mut keys)?);
            }
        }
        Ok(all)
    }

    /// The targets of a request of the plan, which are the next that are read.
    fn planned(
        &self,
        request: &Requested,
        planned: Hash,
        keys: &mut Rows<'_>,
    ) -> Result<Vec<Target>, Fault> {
        let kind = target_kind_of_code(request.kind).ok_or(Fault::NotPlanned)?;
        let room = usize::try_from(request.count).unwrap_or_default();
        let mut targets = Vec::with_capacity(room.min(PAGE));
        let read = leaf(&self.leaves, request, keys, |key| {
            let target = Target::from_key(kind, key, request.options);
            targets.push(target.map_err(|_| Fault::NotPlanned)?);
            Ok(())
        })?;
        if read == planned {
            Ok(targets)
        } else {
            Err(Fault::NotPlanned)
        }
    }

    /// The targets of a half, or of a half of one: a part of a request of the plan.
    fn half(&mut self, connection: &Connection, half: &Requested) -> Result<Vec<Target>, Fault> {
        let mut whole = *half;
        let mut find =
            connection.prepare_cached(&format!("SELECT {REQUESTED} FROM request WHERE id = ?"))?;
        while let Some(parent) = whole.parent {
            // A parent is older, so this ends.
            if parent >= whole.id {
                return Err(Fault::NotPlanned);
            }
            whole = find.query_row([parent], Requested::read)?;
        }
        if self.whole.as_ref().is_none_or(|(id, ..)| *id != whole.id) {
            let planned = self.leaf(connection, whole.id)?;
            let mut keys = keys(connection)?;
            let mut keys = keys.query([whole.first, whole.end()])?;
            let targets = self.planned(&whole, planned, &mut keys)?;
            self.whole = Some((whole.id, whole.first, targets));
        }
        let Some((_, first, targets)) = &self.whole else {
            return Err(Fault::NotPlanned);
        };
        if half.scope != whole.scope || half.stage != whole.stage || half.kind != whole.kind {
            return Err(Fault::NotPlanned);
        }
        let part = (|| {
            let from = usize::try_from(half.first.checked_sub(*first)?).ok()?;
            let count = usize::try_from(half.count)
                .ok()
                .filter(|count| *count > 0)?;
            targets.get(from..from.checked_add(count)?)
        })();
        part.map(<[Target]>::to_vec).ok_or(Fault::NotPlanned)
    }

    /// The leaf of a request of the plan.
    fn leaf(&mut self, connection: &Connection, id: RequestId) -> Result<Hash, Fault> {
        if id < 1 || id > self.requests {
            return Err(Fault::NotPlanned);
        }
        let place = usize::try_from(id - 1).map_err(|_| Fault::NotPlanned)?;
        let (page, place) = (place / PAGE, place % PAGE);
        if let Some((_, leaves)) = self.kept.iter().find(|(kept, _)| *kept == page) {
            return leaves.get(place).copied().ok_or(Fault::NotPlanned);
        }
        let leaves = self.page(connection, page)?;
        let leaf = leaves.get(place).copied().ok_or(Fault::NotPlanned)?;
        if self.kept.len() == KEPT_PAGES {
            self.kept.pop_front();
        }
        self.kept.push_back((page, leaves));
        Ok(leaf)
    }

    /// The leaves of a page, which hash to what was kept of it.
    fn page(&self, connection: &Connection, page: usize) -> Result<Vec<Hash>, Fault> {
        let first = i64::try_from(page * PAGE + 1).map_err(|_| Fault::NotPlanned)?;
        let size = i64::try_from(PAGE).map_err(|_| Fault::NotPlanned)?;
        let last = (first + size - 1).min(self.requests);
        let rows = connection
            .prepare_cached(&format!(
                "SELECT {REQUESTED} FROM request WHERE id >= ? AND id <= ? ORDER BY id"
            ))?
            .query_map([first, last], Requested::read)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Err(Fault::NotPlanned);
        };
        let mut keys = keys(connection)?;
        let mut keys = keys.query([first.first, last.end()])?;
        let mut hash = Page::default();
        let mut leaves = Vec::with_capacity(rows.len());
        for row in &rows {
            let leaf = leaf(&self.leaves, row, &mut keys, |_| Ok(()))?;
            hash.push(&leaf);
            leaves.push(leaf);
        }
        if self.pages.get(page) == Some(&hash.end()) {
            Ok(leaves)
        } else {
            Err(Fault::NotPlanned)
        }
    }
}

/// Hashes a request, whose targets are the next that are read. `take` is given the key of each.
fn leaf(
    leaves: &Leaves,
    request: &Requested,
    keys: &mut Rows<'_>,
    mut take: impl FnMut(&str) -> Result<(), Fault>,
) -> Result<Hash, Fault> {
    let kind = target_kind_of_code(request.kind);
    if kind
        .is_none_or(|kind| kind.is_scope() != request.scope || kind.stage() as u8 != request.stage)
    {
        return Err(Fault::NotPlanned);
    }
    let mut leaf: Leaf = leaves
        .leaf(request.kind, request.options, request.count)
        .ok_or(Fault::NotPlanned)?;
    for id in request.first..request.end() {
        let row = keys.next()?.ok_or(Fault::NotPlanned)?;
        let key = row.get_ref(1)?.as_str().map_err(|_| Fault::NotPlanned)?;
        if row.get::<_, i64>(0)? != id {
            return Err(Fault::NotPlanned);
        }
        leaf.target(key);
        take(key)?;
    }
    Ok(leaf.end())
}

fn keys(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    connection.prepare_cached("SELECT id, key FROM target WHERE id >= ? AND id < ? ORDER BY id")
}
