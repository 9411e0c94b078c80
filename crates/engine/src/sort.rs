//! Sorts more records than fit into memory.
//!
//! Our own, since the libraries for it (extsort, ext-sort, spillover, spillsort) spill into files with names:
//! a crash would leave behind whom a plan deletes. The first also counts records, not bytes.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write},
    iter::FusedIterator,
    mem,
    path::{Path, PathBuf},
    vec,
};

/// How many spills are merged at once. Each is an open file with a buffer.
const FAN_IN: usize = 64;

/// The buffer of one spill, in bytes.
const BUFFER: usize = 64 << 10;

/// Takes records in any order.
pub(crate) struct Sorter {
    folder: PathBuf,
    memory: usize,
    held: Held,
    /// Spills, by how often their records were merged. Only spills of a kind are merged with each other, so
    /// that a record is written once for each level rather than once for each merge.
    levels: Vec<Vec<File>>,
    /// A spill failed, and records may have gone with it.
    failed: bool,
}

/// Its records, in the order of their bytes. What was pushed twice comes twice. An error is the end.
pub(crate) enum Sorted {
    Held {
        bytes: Vec<u8>,
        places: vec::IntoIter<Place>,
    },
    Spilled(Merge),
}

impl Sorter {
    /// Keeps up to `memory` bytes of records and their places; what is more goes to temporary files in
    /// `folder` that have no name there.
    pub(crate) fn new(folder: &Path, memory: usize) -> Self {
        Self {
            folder: folder.to_owned(),
            // Places are 32 bits wide.
            memory: memory.min(u32::MAX as usize),
            held: Held::default(),
            levels: Vec::new(),
            failed: false,
        }
    }

    /// Adds a record.
    pub(crate) fn push(&mut self, record: &[u8]) -> io::Result<()> {
        if !self.held.places.is_empty() && self.held.size_with(record) > self.memory {
            self.spill()?;
        }
        if self.held.bytes.capacity() == 0 {
            // All at once: to grow takes the old and the new at a time. Pages that no record reaches cost
            // nothing.
            self.held.bytes.reserve_exact(self.memory);
        }
        self.held.push(record)
    }

    /// Sorts what was added.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted> {
        if self.failed {
            return Err(io::Error::other(
                "writing failed before, and not all is there",
            ));
        }
        if self.levels.is_empty() {
            self.held.sort();
            let Held { bytes, places } = self.held;
            let places = places.into_iter();
            return Ok(Sorted::Held { bytes, places });
        }
        self.spill()?;
        drop(self.held);
        let mut spills: Vec<File> = self.levels.into_iter().flatten().collect();
        while spills.len() > FAN_IN {
            let rest = spills.split_off(FAN_IN);
            let merged = write(&self.folder, Merge::new(spills)?)?;
            spills = rest;
            spills.push(merged);
        }
        Merge::new(spills).map(Sorted::Spilled)
    }

    fn spill(&mut self) -> io::Result<()> {
        self.failed = true;
        self.held.sort();
        let mut spill = write(&self.folder, self.held.records().map(Ok))?;
        self.held.clear();
        let mut level = 0;
        loop {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(spill);
            if self.levels[level].len() < FAN_IN {
                self.failed = false;
                return Ok(());
            }
            spill = write(
                &self.folder,
                Merge::new(mem::take(&mut self.levels[level]))?,
            )?;
            level += 1;
        }
    }
}

/// Without the records, which name people.
impl fmt::Debug for Sorter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sorter")
            .field("folder", &self.folder)
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}

impl Iterator for Sorted {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Held { bytes, places } => places.next().map(|place| Ok(place.of(bytes).to_vec())),
            Self::Spilled(merge) => merge.next(),
        }
    }
}

impl FusedIterator for Sorted {}

/// Records one behind the other, so that each costs its bytes and a place.
#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: u32,
    length: u32,
}

impl Place {
    fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..][..self.length as usize]
    }
}

impl Held {
    fn push(&mut self, record: &[u8]) -> io::Result<()> {
        let place = Place {
            start: length(&self.bytes)?,
            length: length(record)?,
        };
        self.bytes.extend_from_slice(record);
        self.places.push(place);
        Ok(())
    }

    fn size_with(&self, record: &[u8]) -> usize {
        self.bytes.len() + record.len() + (self.places.len() + 1) * size_of::<Place>()
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.places
            .sort_unstable_by(|a, b| a.of(bytes).cmp(b.of(bytes)));
    }

    fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.places.iter().map(|place| place.of(&self.bytes))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }
}

/// Sorted files as one.
pub(crate) struct Merge {
    spills: Vec<BufReader<File>>,
    /// The next record of each spill, and which spill that is.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

impl Merge {
    fn new(spills: Vec<File>) -> io::Result<Self> {
        let mut merge = Self {
            spills: Vec::with_capacity(spills.len()),
            heads: BinaryHeap::with_capacity(spills.len()),
        };
        for (index, spill) in spills.into_iter().enumerate() {
            let mut spill = BufReader::with_capacity(BUFFER, spill);
            if let Some(record) = read(&mut spill)? {
                merge.heads.push(Reverse((record, index)));
            }
            merge.spills.push(spill);
        }
        Ok(merge)
    }

    fn pop(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(mut head) = self.heads.peek_mut() else {
            return Ok(None);
        };
        let Reverse((record, index)) = &mut *head;
        Ok(Some(match read(&mut self.spills[*index])? {
            Some(next) => mem::replace(record, next),
            None => PeekMut::pop(head).0.0,
        }))
    }
}

impl Iterator for Merge {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.pop();
        if record.is_err() {
            self.heads.clear();
        }
        record.transpose()
    }
}

/// Writes a spill: each record behind its length.
fn write<R: AsRef<[u8]>>(
    folder: &Path,
    records: impl Iterator<Item = io::Result<R>>,
) -> io::Result<File> {
    let mut spill = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(folder)?);
    for record in records {
        let record = record?;
        let record = record.as_ref();
        spill.write_all(&length(record)?.to_le_bytes())?;
        spill.write_all(record)?;
    }
    let mut spill = spill.into_inner()?;
    spill.rewind()?;
    Ok(spill)
}

/// The next record of a spill.
fn read(spill: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    if spill.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut length = [0; 4];
    spill.read_exact(&mut length)?;
    let mut record = vec![0; u32::from_le_bytes(length) as usize];
    spill.read_exact(&mut record)?;
    Ok(Some(record))
}

fn length(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(|_| io::Error::other("a record of 4 GiB or more"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn sorter(folder: &Path, memory: usize, records: &[Vec<u8>]) -> Sorter {
        let mut sorter = Sorter::new(folder, memory);
        for record in records {
            sorter.push(record).unwrap();
        }
        sorter
    }

    fn sorted(sorter: Sorter) -> Vec<Vec<u8>> {
        sorter.sorted().unwrap().map(Result::unwrap).collect()
    }

    fn numbers(count: u32) -> Vec<Vec<u8>> {
        // 7919 is a prime, so that each number below `count` comes once.
        (0..count)
            .map(|n| (n * 7919 % count).to_be_bytes().to_vec())
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sorts_as_a_vector_does(
            mut records in proptest::collection::vec(
                prop_oneof![
                    9 => proptest::collection::vec(0_u8..3, 0..5),
                    1 => proptest::collection::vec(any::<u8>(), 0..300),
                ],
                0..500,
            ),
            memory in 0_usize..400,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let got = sorted(sorter(folder.path(), memory, &records));
            records.sort();
            prop_assert_eq!(got, records);
        }
    }

    #[test]
    fn merges_in_several_passes_and_bounds_open_files() {
        let folder = tempfile::tempdir().unwrap();
        // Each record is a spill, and one more level than two begins.
        let count = u32::try_from(FAN_IN * FAN_IN + 2 * FAN_IN + 1).unwrap();
        let mut sorter = Sorter::new(folder.path(), 0);
        let mut most = 0;
        for record in numbers(count) {
            sorter.push(&record).unwrap();
            most = most.max(sorter.levels.iter().map(Vec::len).sum());
        }
        assert_eq!(sorter.levels.len(), 3);
        assert!(most <= 2 * FAN_IN, "{most} files were open");
        let expected: Vec<_> = (0..count).map(|n| n.to_be_bytes().to_vec()).collect();
        assert_eq!(sorted(sorter), expected);
    }

    #[test]
    fn merges_what_is_left_of_all_levels_when_it_is_too_much_for_one_pass() {
        let folder = tempfile::tempdir().unwrap();
        let count = u32::try_from(FAN_IN * FAN_IN - 1).unwrap();
        let records = numbers(count);
        let sorter = sorter(folder.path(), 0, &records);
        assert!(sorter.levels.iter().map(Vec::len).sum::<usize>() > FAN_IN);
        let Sorted::Spilled(merge) = sorter.sorted().unwrap() else {
            panic!("nothing spilled");
        };
        assert!(merge.spills.len() <= FAN_IN);
        let expected: Vec<_> = (0..count).map(|n| n.to_be_bytes().to_vec()).collect();
        assert_eq!(merge.map(Result::unwrap).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn spills_only_what_does_not_fit_and_keeps_no_more_than_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let fitting = 10 * (4 + size_of::<Place>());
        let held = sorter(folder.path(), fitting, &numbers(10));
        assert!(held.levels.is_empty());
        assert_eq!(held.held.bytes.capacity(), fitting);
        let spilled = sorter(folder.path(), fitting, &numbers(11));
        assert_eq!(spilled.levels[0].len(), 1);
        assert_eq!(spilled.held.places.len(), 1);
        // A folder is touched only by what spills into it.
        let nowhere = folder.path().join("none");
        assert_eq!(sorted(sorter(&nowhere, fitting, &numbers(10))).len(), 10);
        let mut sorter = sorter(&nowhere, fitting, &numbers(10));
        assert!(sorter.push(b"more").is_err());
        assert!(sorter.sorted().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn no_file_has_a_name_even_while_it_sorts() {
        let folder = tempfile::tempdir().unwrap();
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let sorter = sorter(folder.path(), 0, &numbers(100));
        assert_eq!(names(), 0);
        let mut records = sorter.sorted().unwrap();
        assert!(matches!(records, Sorted::Spilled(_)));
        assert!(records.next().is_some());
        assert_eq!(names(), 0);
        drop(records);
        assert_eq!(names(), 0);
    }

    #[test]
    fn a_spill_that_breaks_off_is_an_error_and_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let records = [b"a".to_vec(), b"b".to_vec()].map(Ok);
        let spill = write(folder.path(), records.into_iter()).unwrap();
        spill.set_len(5 + 4).unwrap();
        let mut merge = Merge::new(vec![spill]).unwrap();
        let error = merge.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(merge.next().is_none());
    }

    #[test]
    fn debug_output_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let sorter = sorter(folder.path(), 100, &[b"canary".to_vec()]);
        let canary = format!("{:?}", b"canary").replace(['[', ']'], "");
        assert!(!format!("{sorter:?}").contains(&canary));
    }
}
