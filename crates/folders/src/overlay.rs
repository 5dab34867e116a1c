//! What unfinished runs have reached beyond the baseline, in tree order, as it lies on the disk.
//!
//! A first run of a million files that was cut off leaves a record of a hundred megabytes. Its steps stand in it nearly
//! in tree order, so it is read as a stream; only what stands out of order (what a run does on leaving a directory) is
//! kept in memory.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::io::Read;

use crate::baseline::BaseEntry;
use crate::codec::Damaged;
use crate::path::tree_cmp;
use crate::record::{Reached, RecordStream};

/// A path ordered as trees are walked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TreePath(Vec<u8>);

impl Ord for TreePath {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        tree_cmp(&self.0, &other.0)
    }
}

impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A path and what is agreed on there, if anything.
pub(crate) type Laid = (Vec<u8>, Option<BaseEntry>);

/// What unfinished runs have reached, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    pub(crate) runs: Vec<OpenRun>,
}

impl Overlay {
    /// Whether the baseline alone says everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// What one unfinished run has reached.
#[derive(Debug, Clone)]
pub(crate) struct OpenRun {
    pub(crate) name: String,
    /// As many of its records are believed.
    n_believed: u64,
    /// Paths whose last record stands behind that of a path that comes later in tree order.
    late: BTreeMap<TreePath, Option<BaseEntry>>,
}

impl OpenRun {
    /// Looks through a record: `open` begins to read it. `None` if nothing in it counts.
    pub(crate) fn read<R: Read>(
        name: &str,
        boot_id: &str,
        mut open: impl FnMut() -> Result<RecordStream<R>, Damaged>,
    ) -> Result<Option<Self>, Damaged> {
        let n_believed = open()?.n_believed(boot_id)?;
        let mut in_order = InOrder::new(open()?, n_believed);
        let mut late = BTreeMap::new();
        let mut n_in_order = 0;
        while let Some((path, _)) =
            in_order.next(&mut |path, entry| drop(late.insert(TreePath(path), entry)))?
        {
            // Newer than what was told of it ahead of its turn.
            late.remove(&TreePath(path));
            n_in_order += 1;
        }
        let is_empty = n_in_order == 0 && late.is_empty();
        Ok((!is_empty).then_some(Self { name: name.to_owned(), n_believed, late }))
    }
}

/// The records of a run whose paths stand in order.
struct InOrder<R: Read> {
    records: RecordStream<R>,
    n_left: u64,
    last: Option<Vec<u8>>,
}

impl<R: Read> InOrder<R> {
    fn new(records: RecordStream<R>, n_believed: u64) -> Self {
        Self { records, n_left: n_believed, last: None }
    }

    /// The next one in order; `late` is given those that are not.
    fn next(&mut self, late: &mut dyn FnMut(Vec<u8>, Option<BaseEntry>)) -> Result<Option<Laid>, Damaged> {
        while self.n_left > 0 {
            let record = self.records.next()?.ok_or(Damaged("the record of a run"))?;
            self.n_left -= 1;
            if let Some(from) = record.from {
                late(from.into(), None);
            }
            let entry = match record.after {
                Reached::Unchanged | Reached::Alone(_) => continue,
                Reached::Nothing => None,
                Reached::Entry(entry) => Some(entry),
            };
            if self.last.as_ref().is_some_and(|last| tree_cmp(last, &record.path).is_ge()) {
                late(record.path, entry);
                continue;
            }
            self.last = Some(record.path.clone());
            return Ok(Some((record.path, entry)));
        }
        Ok(None)
    }
}

/// One run as a stream in tree order.
struct RunWalk<R: Read> {
    in_order: InOrder<R>,
    late: std::iter::Peekable<btree_map::IntoIter<TreePath, Option<BaseEntry>>>,
    head: Option<Laid>,
}

impl<R: Read> RunWalk<R> {
    fn next_in_order(&mut self) -> Result<(), Damaged> {
        self.head = self.in_order.next(&mut |_, _| ())?;
        Ok(())
    }

    /// The path at the head: the late ones are newer than those in order.
    fn path(&mut self) -> Option<&[u8]> {
        let late = self.late.peek().map(|(path, _)| &path.0[..]);
        let in_order = self.head.as_ref().map(|(path, _)| &path[..]);
        late.into_iter().chain(in_order).min_by(|a, b| tree_cmp(a, b))
    }

    /// Takes what the run says of `path` off the head, if that is the path there.
    fn take(&mut self, path: &[u8]) -> Result<Option<Option<BaseEntry>>, Damaged> {
        let mut taken = None;
        if self.head.as_ref().is_some_and(|(head, _)| head == path) {
            taken = self.head.take().map(|(_, entry)| entry);
            self.next_in_order()?;
        }
        Ok(match self.late.next_if(|(late, _)| late.0 == path) {
            Some((_, entry)) => Some(entry),
            None => taken,
        })
    }
}

/// All unfinished runs as one stream in tree order; where several speak of a path, the newest is heard.
pub(crate) struct OverlayWalk<R: Read> {
    runs: Vec<RunWalk<R>>,
    head: Option<Laid>,
}

impl<R: Read> OverlayWalk<R> {
    /// Begins to read; `open` begins to read the record of a run.
    pub(crate) fn new(
        overlay: &Overlay,
        mut open: impl FnMut(&str) -> Result<RecordStream<R>, Damaged>,
    ) -> Result<Self, Damaged> {
        let mut runs = Vec::new();
        for run in &overlay.runs {
            let in_order = InOrder::new(open(&run.name)?, run.n_believed);
            let mut walk = RunWalk { in_order, late: run.late.clone().into_iter().peekable(), head: None };
            walk.next_in_order()?;
            runs.push(walk);
        }
        let mut walk = Self { runs, head: None };
        walk.next()?;
        Ok(walk)
    }

    /// Nothing laid over.
    pub(crate) fn empty() -> Self {
        Self { runs: Vec::new(), head: None }
    }

    /// The path at the head.
    pub(crate) fn peek(&self) -> Option<&[u8]> {
        self.head.as_ref().map(|(path, _)| &path[..])
    }

    /// Takes the head and goes on.
    pub(crate) fn next(&mut self) -> Result<Option<Laid>, Damaged> {
        let next = self.runs.iter_mut().filter_map(RunWalk::path).min_by(|a, b| tree_cmp(a, b));
        let Some(path) = next.map(<[u8]>::to_vec) else { return Ok(self.head.take()) };
        let mut newest = None;
        for run in &mut self.runs {
            newest = run.take(&path)?.or(newest);
        }
        Ok(std::mem::replace(&mut self.head, newest.map(|entry| (path, entry))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{header, reached};
    use crate::record::{Record, RecordWriter};

    fn written(records: &[Record], n_durable: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = RecordWriter::new(&mut out, &header()).unwrap();
        for (at, record) in records.iter().enumerate() {
            if at == n_durable {
                writer.mark_durable().unwrap();
            }
            writer.push(record);
            writer.write().unwrap();
        }
        out
    }

    fn walked(runs: &[Vec<u8>], boot_id: &str) -> Vec<(String, Option<u32>)> {
        let open = |at: &str| RecordStream::new(&runs[at.parse::<usize>().unwrap()][..]);
        let found = (0..runs.len()).map(|at| at.to_string());
        let read = found.filter_map(|name| OpenRun::read(&name, boot_id, || open(&name)).unwrap());
        let mut walk = OverlayWalk::new(&Overlay { runs: read.collect() }, open).unwrap();
        let mut laid = Vec::new();
        while let Some((path, entry)) = walk.next().unwrap() {
            let mode = entry.map(|entry| match entry {
                BaseEntry::Dir { left_mode, .. } => left_mode,
                _ => 0,
            });
            laid.push((String::from_utf8(path).unwrap(), mode));
        }
        laid
    }

    fn laid(expected: &[(&str, Option<u32>)]) -> Vec<(String, Option<u32>)> {
        expected.iter().map(|(path, mode)| ((*path).to_owned(), *mode)).collect()
    }

    #[test]
    fn the_last_word_about_a_path_holds_wherever_it_stands() {
        let first =
            [("a", Some(1)), ("c", Some(1)), ("c/d", Some(1)), ("c", None), ("b", Some(1)), ("e", Some(1))];
        let second = [("c/d", Some(2)), ("b", None), ("f", Some(2))];
        let runs = [&first[..], &second[..]].map(|run| {
            let records: Vec<_> = run.iter().map(|(path, mode)| reached(path, *mode)).collect();
            written(&records, records.len())
        });
        let expected =
            [("a", Some(1)), ("b", None), ("c", None), ("c/d", Some(2)), ("e", Some(1)), ("f", Some(2))];
        assert_eq!(walked(&runs, "b1"), laid(&expected));
    }

    #[test]
    fn what_was_moved_is_gone_from_where_it_was() {
        let moved =
            |from: &str, path: &str| Record { from: Some(from.as_bytes().into()), ..reached(path, Some(1)) };
        let records = [moved("z", "a"), moved("b", "c"), reached("d", Some(1))];
        let expected = [("a", Some(1)), ("b", None), ("c", Some(1)), ("d", Some(1)), ("z", None)];
        assert_eq!(walked(&[written(&records, 3)], "b1"), laid(&expected));
    }

    #[test]
    fn after_a_reboot_only_what_was_flushed_is_laid_over() {
        let records =
            [("a", Some(1)), ("b", Some(1)), ("a", Some(2))].map(|(path, mode)| reached(path, mode));
        let run = [written(&records, 2)];
        assert_eq!(walked(&run, "b1"), laid(&[("a", Some(2)), ("b", Some(1))]));
        assert_eq!(walked(&run, "b2"), laid(&[("a", Some(1)), ("b", Some(1))]));
    }

    #[test]
    fn what_one_side_alone_holds_is_nothing_that_both_agree_on() {
        let entry = BaseEntry::Dir { left_mode: 1, right_mode: 1, kept: None };
        let alone = Record { after: crate::record::Reached::Alone(entry), ..reached("a", None) };
        assert!(walked(&[written(&[alone], 1)], "b1").is_empty());
    }

    #[test]
    fn a_run_that_reached_nothing_lays_nothing_over() {
        assert!(walked(&[written(&[], 0)], "b1").is_empty());
        let run = written(&[reached("a", Some(1))], 1);
        assert!(OpenRun::read("0", "b2", || RecordStream::new(&run[..])).unwrap().is_none());
    }
}
