//! What may be sent: exactly the plan of the digest, whoever writes to the store in the meantime.
//!
//! One reading of the plan keeps the hash of each page of requests. Whatever is read later is hashed again, over
//! the very values that its request is made of, and compared.

use std::collections::VecDeque;

use prospect_delete_core::{Target, target_kind_of_code};

use super::{RequestId, rows::RequestRow};
use crate::{
    Error, GuardViolation,
    digest::{Hash, Leaf, Leaves, PAGE, Page, Tree},
    manifest::Binding,
};

/// How many pages have their leaves kept: each provider reads at a place of its own.
const KEPT_PAGES: usize = 8;

/// Why a request cannot be read.
#[derive(Debug)]
pub enum Fault {
    /// It is not the one that was planned.
    NotPlanned,
    /// The store cannot be read.
    Store(Error),
}

impl Fault {
    /// As an error of this run.
    #[must_use]
    pub fn of(self, run: &str) -> Error {
        match self {
            Self::NotPlanned => GuardViolation::Changed {
                run: run.to_owned(),
            }
            .into(),
            Self::Store(error) => error,
        }
    }
}

/// The rows of a plan, as a store has them.
pub trait PlanRows {
    /// The number of the last request of the plan, and that of its last target; 0 where there is none.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or holds something else. So with all that follow.
    fn last(&self) -> Result<(RequestId, i64), Fault>;

    /// The requests of these numbers, in order.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn requests(&self, first: RequestId, last: RequestId) -> Result<Vec<RequestRow>, Fault>;

    /// Hands out the number and the key of each target from `first` up to `end`, in order.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or `take` fails.
    fn keys(
        &self,
        first: i64,
        end: i64,
        take: &mut dyn FnMut(i64, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault>;
}

/// The hashes of a plan that was compared with its digest.
#[derive(Debug)]
pub struct Checked {
    leaves: Leaves,
    pages: Vec<Hash>,
    requests: RequestId,
    /// The leaves of the pages that were read last.
    kept: VecDeque<(usize, Vec<Hash>)>,
    /// The request that was split and read last, with its targets.
    whole: Option<(RequestRow, Vec<Target>)>,
}

impl Checked {
    /// Reads the whole plan. Its hashes, and its digest in hexadecimal.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or its rows are not those of a plan.
    pub fn read(rows: &dyn PlanRows, bindings: &[Binding]) -> Result<(Self, String), Fault> {
        let leaves = Leaves::new(bindings);
        let mut tree = Tree::default();
        let (last_request, last_target) = rows.last()?;
        let (mut last, mut next) = (0, 1);
        while last < last_request {
            let page = rows.requests(last + 1, last_request.min(last + PAGE_ROWS))?;
            for request in &page {
                // Without gaps, so that a number says in which page a request is.
                let follows = request.id == last + 1 && request.first == next;
                if !follows || request.count < 1 || request.parent.is_some() {
                    return Err(Fault::NotPlanned);
                }
                (last, next) = (request.id, request.end());
            }
            if page.is_empty() {
                return Err(Fault::NotPlanned);
            }
            hash(
                rows,
                &leaves,
                &page,
                |_, _| Ok(()),
                |_, leaf| {
                    tree.push(&leaf);
                    Ok(())
                },
            )?;
        }
        if next != last_target + 1 {
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
    ///
    /// # Errors
    ///
    /// They are not, or the store cannot be read.
    pub fn targets(
        &mut self,
        rows: &dyn PlanRows,
        requests: &[RequestRow],
    ) -> Result<Vec<Vec<Target>>, Fault> {
        let mut all = Vec::with_capacity(requests.len());
        // Where the targets of one follow on those of another, they are read in one go.
        for run in requests.chunk_by(|one, next| {
            one.parent.is_none() && next.parent.is_none() && one.end() == next.first
        }) {
            match run {
                [part] if part.parent.is_some() => all.push(self.part(rows, part)?),
                planned => all.extend(self.planned(rows, planned)?),
            }
        }
        Ok(all)
    }

    /// The targets of requests of the plan, which follow on each other.
    fn planned(
        &mut self,
        rows: &dyn PlanRows,
        requests: &[RequestRow],
    ) -> Result<Vec<Vec<Target>>, Fault> {
        let mut planned = Vec::with_capacity(requests.len());
        let mut targets = Vec::with_capacity(requests.len());
        for request in requests {
            planned.push(self.leaf(rows, request.id)?);
            let room = usize::try_from(request.count).unwrap_or_default();
            targets.push(Vec::with_capacity(room.min(PAGE)));
        }
        let take = |index: usize, key: &str| {
            let request = &requests[index];
            let kind = target_kind_of_code(request.kind).ok_or(Fault::NotPlanned)?;
            let target = Target::from_key(kind, key, request.options);
            targets[index].push(target.map_err(|_| Fault::NotPlanned)?);
            Ok(())
        };
        hash(rows, &self.leaves, requests, take, |index, leaf| {
            if leaf == planned[index] {
                Ok(())
            } else {
                Err(Fault::NotPlanned)
            }
        })?;
        Ok(targets)
    }

    /// The targets of a part of a request of the plan, or of a part of such a part.
    fn part(&mut self, rows: &dyn PlanRows, part: &RequestRow) -> Result<Vec<Target>, Fault> {
        let mut whole = *part;
        while let Some(parent) = whole.parent {
            // A parent is older, so this ends.
            if parent >= whole.id {
                return Err(Fault::NotPlanned);
            }
            let found = rows.requests(parent, parent)?;
            whole = found.first().copied().ok_or(Fault::NotPlanned)?;
        }
        if self.whole.as_ref().is_none_or(|(kept, _)| *kept != whole) {
            let targets = self.planned(rows, &[whole])?.pop();
            self.whole = Some((whole, targets.unwrap_or_default()));
        }
        let Some((_, targets)) = &self.whole else {
            return Err(Fault::NotPlanned);
        };
        if part.scope != whole.scope || part.stage != whole.stage || part.kind != whole.kind {
            return Err(Fault::NotPlanned);
        }
        let part = (|| {
            let from = usize::try_from(part.first.checked_sub(whole.first)?).ok()?;
            let count = usize::try_from(part.count)
                .ok()
                .filter(|count| *count > 0)?;
            targets.get(from..from.checked_add(count)?)
        })();
        part.map(<[Target]>::to_vec).ok_or(Fault::NotPlanned)
    }

    /// The leaf of a request of the plan.
    fn leaf(&mut self, rows: &dyn PlanRows, id: RequestId) -> Result<Hash, Fault> {
        if id < 1 || id > self.requests {
            return Err(Fault::NotPlanned);
        }
        let place = usize::try_from(id - 1).map_err(|_| Fault::NotPlanned)?;
        let (page, place) = (place / PAGE, place % PAGE);
        if let Some((_, leaves)) = self.kept.iter().find(|(kept, _)| *kept == page) {
            return leaves.get(place).copied().ok_or(Fault::NotPlanned);
        }
        let leaves = self.page(rows, page)?;
        let leaf = leaves.get(place).copied().ok_or(Fault::NotPlanned)?;
        if self.kept.len() == KEPT_PAGES {
            self.kept.pop_front();
        }
        self.kept.push_back((page, leaves));
        Ok(leaf)
    }

    /// The leaves of a page, which hash to what was kept of it.
    fn page(&self, rows: &dyn PlanRows, page: usize) -> Result<Vec<Hash>, Fault> {
        let first = i64::try_from(page * PAGE + 1).map_err(|_| Fault::NotPlanned)?;
        let last = (first + PAGE_ROWS - 1).min(self.requests);
        let requests = rows.requests(first, last)?;
        let mut page_hash = Page::default();
        let mut leaves = Vec::with_capacity(requests.len());
        hash(
            rows,
            &self.leaves,
            &requests,
            |_, _| Ok(()),
            |_, leaf| {
                page_hash.push(&leaf);
                leaves.push(leaf);
                Ok(())
            },
        )?;
        if self.pages.get(page) == Some(&page_hash.end()) {
            Ok(leaves)
        } else {
            Err(Fault::NotPlanned)
        }
    }
}

/// As many requests as make a page.
#[expect(clippy::cast_possible_wrap, reason = "1,024")]
const PAGE_ROWS: i64 = PAGE as i64;

/// Hashes requests whose targets follow on each other. `take` is given the key of each target and the place of its
/// request, `end` the leaf of each request.
fn hash(
    rows: &dyn PlanRows,
    leaves: &Leaves,
    requests: &[RequestRow],
    mut take: impl FnMut(usize, &str) -> Result<(), Fault>,
    mut end: impl FnMut(usize, Hash) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let ([first, ..], [.., last]) = (requests, requests) else {
        return Ok(());
    };
    let mut index = 0;
    let mut next = first.first;
    let mut open = Some(begin(leaves, first)?);
    rows.keys(first.first, last.end(), &mut |id, key| {
        let request = requests.get(index).ok_or(Fault::NotPlanned)?;
        let leaf = open.as_mut().ok_or(Fault::NotPlanned)?;
        if id != next {
            return Err(Fault::NotPlanned);
        }
        leaf.target(key);
        take(index, key)?;
        next += 1;
        if next == request.end()
            && let Some(leaf) = open.take()
        {
            end(index, leaf.end())?;
            index += 1;
            open = match requests.get(index) {
                None => None,
                Some(request) if request.first == next => Some(begin(leaves, request)?),
                Some(_) => return Err(Fault::NotPlanned),
            };
        }
        Ok(())
    })?;
    if index == requests.len() {
        Ok(())
    } else {
        Err(Fault::NotPlanned)
    }
}

/// Begins the leaf of a request, whose scope and stage are those of its kind.
fn begin(leaves: &Leaves, request: &RequestRow) -> Result<Leaf, Fault> {
    let kind = target_kind_of_code(request.kind).ok_or(Fault::NotPlanned)?;
    if kind.is_scope() != request.scope || kind.stage() as u8 != request.stage || request.count < 1
    {
        return Err(Fault::NotPlanned);
    }
    leaves
        .leaf(request.kind, request.options, request.count)
        .ok_or(Fault::NotPlanned)
}
