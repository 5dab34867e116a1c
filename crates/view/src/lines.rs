//! Many lines of a plan in little room: one buffer of text, and a few bytes for each line.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use syncmgr_model::fact::{Action, ConflictKind, Side};

/// What a line says besides its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A path would be changed on a side.
    Change(Side, Action),
    /// A path is in conflict.
    Conflict(ConflictKind),
}

/// Kinds of lines, in the order in which a plan shows them: what is destroyed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bucket {
    Deletions,
    Overwrites,
    Conflicts,
    Renames,
    Creations,
    Attributes,
}

impl Bucket {
    pub(crate) const ALL: [Self; 6] = [
        Self::Deletions,
        Self::Overwrites,
        Self::Conflicts,
        Self::Renames,
        Self::Creations,
        Self::Attributes,
    ];

    pub(crate) fn id(self) -> &'static str {
        ["delete", "overwrite", "conflict", "rename", "create", "attributes"][self as usize]
    }

    pub(crate) fn label(self) -> &'static str {
        ["Deletions", "Overwrites", "Conflicts", "Renames", "Creations", "Attributes"][self as usize]
    }

    /// What one of them is called in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        ["deletion", "overwrite", "conflict", "rename", "creation", "change of attributes"][self as usize]
    }

    fn of(deed: Deed) -> Self {
        match deed {
            Deed::Conflict(_) => Self::Conflicts,
            Deed::Change(_, Action::Delete) => Self::Deletions,
            Deed::Change(_, Action::Update) => Self::Overwrites,
            Deed::Change(_, Action::Rename) => Self::Renames,
            Deed::Change(_, Action::Create) => Self::Creations,
            Deed::Change(_, Action::Attributes) => Self::Attributes,
        }
    }
}

/// Whether a line was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Whole,
    /// There was no room for it; it is counted.
    Counted,
}

/// A line, as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlanLine<'a> {
    /// Its number: the same as long as the plan is there.
    pub(crate) number: u32,
    pub(crate) deed: Deed,
    pub(crate) path: &'a str,
    /// The path's earlier name. Empty unless it is renamed.
    pub(crate) from: &'a str,
    pub(crate) escaped: bool,
}

/// The lines of one plan, in the order in which they were told, which for folders is that of their paths.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    text: String,
    entries: Vec<Entry>,
    buckets: [Vec<u32>; 6],
    /// Also those that were not kept.
    counts: [u64; 6],
    /// What was looked for last.
    found: RefCell<Option<Found>>,
    /// How many lines were read so far: what looking at them costs.
    n_read: Cell<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    begin: u32,
    /// Where the path ends and the earlier name begins.
    path_end: u32,
    deed: Deed,
    escaped: bool,
}

#[derive(Debug)]
struct Found {
    bucket: Option<Bucket>,
    needle: String,
    n_lines: usize,
    rows: Arc<[u32]>,
}

impl Lines {
    /// Adds a line; if there is no room left for it, it is only counted.
    pub(crate) fn add(&mut self, deed: Deed, path: &str, from: &str, escaped: bool, room: usize) -> Kept {
        let bucket = Bucket::of(deed) as usize;
        self.counts[bucket] += 1;
        let end = self.text.len() + path.len() + from.len();
        let (Ok(number), Ok(begin), Ok(path_end), Ok(_)) = (
            u32::try_from(self.entries.len()),
            u32::try_from(self.text.len()),
            u32::try_from(self.text.len() + path.len()),
            u32::try_from(end),
        ) else {
            return Kept::Counted;
        };
        if room == 0 || path.len() + from.len() > room {
            return Kept::Counted;
        }
        self.text.push_str(path);
        self.text.push_str(from);
        self.entries.push(Entry { begin, path_end, deed, escaped });
        self.buckets[bucket].push(number);
        Kept::Whole
    }

    /// How many lines are kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many bytes of text are kept.
    pub(crate) fn n_bytes(&self) -> usize {
        self.text.len()
    }

    /// How many lines were read so far.
    pub(crate) fn n_read(&self) -> u64 {
        self.n_read.get()
    }

    /// How many were told of a kind.
    pub(crate) fn count(&self, bucket: Bucket) -> u64 {
        self.counts[bucket as usize]
    }

    /// How many were told in all.
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many lines can be seen of a kind, or of all, that hold a text.
    pub(crate) fn n_seen(&self, bucket: Option<Bucket>, needle: Option<&str>) -> usize {
        match (needle, bucket) {
            (Some(needle), _) => self.find(bucket, needle).len(),
            (None, Some(bucket)) => self.buckets[bucket as usize].len(),
            (None, None) => self.entries.len(),
        }
    }

    /// Some of them: costs no more than what it returns, but for the first time that something is looked for.
    pub(crate) fn window(
        &self,
        bucket: Option<Bucket>,
        needle: Option<&str>,
        range: std::ops::Range<usize>,
    ) -> Vec<PlanLine<'_>> {
        let read = |number: &u32| self.read(*number);
        match needle {
            Some(needle) => {
                self.find(bucket, needle).get(range).unwrap_or_default().iter().filter_map(read).collect()
            }
            None => {
                let buckets = match bucket {
                    Some(bucket) => std::slice::from_ref(&self.buckets[bucket as usize]),
                    None => &self.buckets[..],
                };
                numbers(buckets, range).filter_map(read).collect()
            }
        }
    }

    fn read(&self, number: u32) -> Option<PlanLine<'_>> {
        self.n_read.set(self.n_read.get() + 1);
        let idx = number as usize;
        let Entry { begin, path_end, deed, escaped } = *self.entries.get(idx)?;
        let end = self.entries.get(idx + 1).map_or(self.text.len(), |next| next.begin as usize);
        let path = self.text.get(begin as usize..path_end as usize)?;
        let from = self.text.get(path_end as usize..end)?;
        Some(PlanLine { number, deed, path, from, escaped })
    }

    fn find(&self, bucket: Option<Bucket>, needle: &str) -> Arc<[u32]> {
        let mut found = self.found.borrow_mut();
        if let Some(before) = &*found
            && (before.bucket, before.needle.as_str(), before.n_lines) == (bucket, needle, self.len())
        {
            return Arc::clone(&before.rows);
        }
        let holds =
            |line: &PlanLine<'_>| folded_contains(line.path, needle) || folded_contains(line.from, needle);
        let buckets = match bucket {
            Some(bucket) => std::slice::from_ref(&self.buckets[bucket as usize]),
            None => &self.buckets[..],
        };
        let all = buckets.iter().flatten().copied();
        let rows: Arc<[u32]> =
            all.filter(|number| self.read(*number).is_some_and(|line| holds(&line))).collect();
        let kept = Found { bucket, needle: needle.to_owned(), n_lines: self.len(), rows: Arc::clone(&rows) };
        *found = Some(kept);
        rows
    }
}

/// The numbers of a range of all buckets behind each other.
fn numbers(buckets: &[Vec<u32>], range: std::ops::Range<usize>) -> impl Iterator<Item = &u32> {
    let (mut skip, mut rest) = (range.start, range.len());
    buckets.iter().flat_map(move |bucket| {
        let from = skip.min(bucket.len());
        let to = (from + rest).min(bucket.len());
        skip -= from;
        rest -= to - from;
        &bucket[from..to]
    })
}

/// Whether a text holds another one that is in lower case. Paths are mostly plain letters: only others are converted.
fn folded_contains(text: &str, needle: &str) -> bool {
    if !text.is_ascii() || !needle.is_ascii() {
        return text.to_lowercase().contains(needle);
    }
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some(first) = needle.first() else { return true };
    text.windows(needle.len())
        .any(|part| part[0].to_ascii_lowercase() == *first && part.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = usize::MAX;

    fn lines() -> Lines {
        let mut lines = Lines::default();
        let change = |action| Deed::Change(Side::Right, action);
        for (deed, path, from) in [
            (change(Action::Create), "a/new", ""),
            (change(Action::Delete), "b/gone", ""),
            (change(Action::Rename), "c/to", "c/from"),
            (Deed::Conflict(ConflictKind::EditEdit), "d/Both", ""),
            (change(Action::Delete), "e/gone too", ""),
            (change(Action::Update), "f/ÜBER", ""),
        ] {
            assert_eq!(lines.add(deed, path, from, false, ROOM), Kept::Whole);
        }
        lines
    }

    fn paths<'a>(lines: &'a Lines, bucket: Option<Bucket>, needle: Option<&str>) -> Vec<&'a str> {
        let n = lines.n_seen(bucket, needle);
        lines.window(bucket, needle, 0..n).iter().map(|line| line.path).collect()
    }

    #[test]
    fn what_is_destroyed_is_shown_first() {
        let lines = lines();
        assert_eq!(paths(&lines, None, None), ["b/gone", "e/gone too", "f/ÜBER", "d/Both", "c/to", "a/new"]);
        assert_eq!(paths(&lines, Some(Bucket::Deletions), None), ["b/gone", "e/gone too"]);
        assert_eq!((lines.count(Bucket::Deletions), lines.total()), (2, 6));
    }

    #[test]
    fn windows_join_to_the_whole() {
        let lines = lines();
        let whole = lines.window(None, None, 0..6);
        for size in 1..=6 {
            let joined: Vec<_> = (0..6)
                .step_by(size)
                .flat_map(|from| lines.window(None, None, from..(from + size).min(6)))
                .collect();
            assert_eq!(joined, whole, "windows of {size}");
        }
    }

    #[test]
    fn a_search_finds_both_names_of_a_rename_and_no_case() {
        let lines = lines();
        for (bucket, needle, expected) in [
            (None, "gone", vec!["b/gone", "e/gone too"]),
            (None, "from", vec!["c/to"]),
            (None, "both", vec!["d/Both"]),
            (None, "über", vec!["f/ÜBER"]),
            (Some(Bucket::Creations), "gone", vec![]),
            (None, "", vec!["b/gone", "e/gone too", "f/ÜBER", "d/Both", "c/to", "a/new"]),
        ] {
            assert_eq!(paths(&lines, bucket, Some(needle)), expected, "{needle}");
        }
    }

    #[test]
    fn without_room_lines_are_counted_and_not_kept() {
        let mut lines = lines();
        let deed = Deed::Change(Side::Left, Action::Delete);
        assert_eq!(lines.add(deed, "too long", "", false, 4), Kept::Counted);
        assert_eq!((lines.count(Bucket::Deletions), lines.len()), (3, 6));
    }

    #[test]
    fn a_million_lines_take_little_room() {
        assert!(size_of::<Entry>() <= 12, "{}", size_of::<Entry>());
    }
}
