//! Walks one root and hands on what it sees, in tree order, in batches.
//!
//! The walk never knows the whole tree: it holds the open directories on the way down and the names still to visit in
//! each. It runs on a thread of its own, or is asked for its next batch by whoever reads it. What cannot be read, is ignored or is of no kind we copy is handed on as such;
//! nothing is left out silently, because what is not seen would count as deleted.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use crate::fs::{FileSystem, Kind, Stat, is_absent};
use crate::rules::{RULE_FILE, RuleSet, RuleStack, load};
use crate::scope::Scope;

/// Entries handed on at a time.
const BATCH: usize = 1024;
/// Batches on the way; bounds the memory between walk and merge.
pub(crate) const BATCHES_AHEAD: usize = 4;
/// Directories held open at once; further up they are opened again on the way back.
const OPEN_DIRS: usize = 24;

/// What is at a path.
#[derive(Debug, Clone)]
pub(crate) enum Seen {
    /// A directory, with the rules it brings.
    Dir(Stat, Option<RuleSet>),
    /// A regular file.
    File(Stat),
    /// A symbolic link and its text.
    Symlink(Stat, Arc<[u8]>),
    /// Takes no part, nor does what is below it.
    Ignored,
    /// A pipe, socket or device.
    Special,
    /// Could not be looked at; what is below it is unknown.
    Blocked(Arc<str>),
}

/// One entry of a [`Batch`].
#[derive(Debug)]
pub(crate) struct Entry {
    path: Range<u32>,
    /// What is there.
    pub(crate) seen: Seen,
}

/// Some entries in tree order; their paths lie in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    paths: Vec<u8>,
    entries: Vec<Entry>,
}

impl Batch {
    fn push(&mut self, path: &[u8], seen: Seen) {
        let start = self.paths.len() as u32;
        self.paths.extend_from_slice(path);
        self.entries.push(Entry { path: start..self.paths.len() as u32, seen });
    }

    /// The entries with their paths.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &Seen)> {
        (0..self.entries.len()).filter_map(|at| self.get(at))
    }

    fn get(&self, at: usize) -> Option<(&[u8], &Seen)> {
        let entry = self.entries.get(at)?;
        Some((&self.paths[entry.path.start as usize..entry.path.end as usize], &entry.seen))
    }
}

/// Why a walk ended early.
#[derive(Debug)]
pub(crate) enum ScanEnd {
    /// The reader has gone or asked to stop.
    Stopped,
}

struct Frame<D> {
    /// `None` while it is closed to save descriptors.
    dir: Option<D>,
    names: Vec<u8>,
    /// Sorted, from the last to the first, so that the next one is popped.
    left: Vec<Range<u32>>,
    /// Length of this directory's path.
    path_len: usize,
}

/// A walk of one root.
pub(crate) struct Scanner<'a, F: FileSystem> {
    fs: &'a F,
    root: &'a F::Dir,
    rules: RuleStack,
    /// Directories that take no part, by device and inode.
    left_out: Arc<[(u64, u64)]>,
    /// What is looked at, if not everything.
    scope: Option<&'a Scope>,
    begun: bool,
    frames: Vec<Frame<F::Dir>>,
    path: Vec<u8>,
    batch: Batch,
}

impl<'a, F: FileSystem> Scanner<'a, F> {
    /// Gets ready to walk `root`.
    pub(crate) fn new(fs: &'a F, root: &'a F::Dir, rules: RuleStack) -> Self {
        let (left_out, batch) = (Arc::new([]), Batch::default());
        let (frames, path) = (Vec::new(), Vec::new());
        Self { fs, root, rules, left_out, scope: None, begun: false, frames, path, batch }
    }

    /// Looks at nothing but what is in the scope, and at the directories on the way there.
    pub(crate) fn within(self, scope: &'a Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// Leaves these directories out, wherever in the walk they are met.
    pub(crate) fn leaving_out(self, left_out: Arc<[(u64, u64)]>) -> Self {
        Self { left_out, ..self }
    }

    /// Walks to the end and sends what it sees, or ends early when told to stop or nobody reads.
    pub(crate) fn run(mut self, stop: &AtomicBool, out: &SyncSender<Batch>) -> Result<(), ScanEnd> {
        while let Some(batch) = self.next_batch() {
            if stop.load(Ordering::Relaxed) {
                return Err(ScanEnd::Stopped);
            }
            out.send(batch).map_err(|_| ScanEnd::Stopped)?;
        }
        Ok(())
    }

    /// The next entries, or `None` at the end.
    pub(crate) fn next_batch(&mut self) -> Option<Batch> {
        if !self.begun {
            self.begun = true;
            self.begin();
        }
        while self.batch.entries.len() < BATCH
            && let Some(frame) = self.frames.last_mut()
        {
            self.path.truncate(frame.path_len);
            match frame.left.pop() {
                Some(range) => {
                    let name = &frame.names[range.start as usize..range.end as usize];
                    if frame.path_len > 0 {
                        self.path.push(b'/');
                    }
                    self.path.extend_from_slice(name);
                    self.visit();
                }
                None => {
                    self.frames.pop();
                }
            }
        }
        let batch = std::mem::take(&mut self.batch);
        (!batch.entries.is_empty()).then_some(batch)
    }

    fn begin(&mut self) {
        match self.fs.stat_dir(self.root).and_then(|stat| Ok((stat, self.fs.open_dir(self.root, b"")?))) {
            Ok((stat, dir)) => self.enter(dir, stat),
            Err(error) => self.emit(Seen::Blocked(error.to_string().into())),
        }
    }

    fn emit(&mut self, seen: Seen) {
        self.batch.push(&self.path, seen);
    }

    /// Looks at the entry `self.path` of the innermost directory.
    fn visit(&mut self) {
        let seen = match self.look() {
            Ok(Some(seen)) => seen,
            // Gone since the listing: it is as if it had never been listed.
            Ok(None) => return,
            Err(reason) => Seen::Blocked(reason.into()),
        };
        match seen {
            Seen::Dir(stat, _) => self.descend(stat),
            seen => self.emit(seen),
        }
    }

    fn look(&mut self) -> Result<Option<Seen>, String> {
        self.reopen().map_err(|error| error.to_string())?;
        let (Some(frame), rules) = (self.frames.last(), &mut self.rules) else { return Ok(None) };
        let Some(dir) = frame.dir.as_ref() else { return Ok(None) };
        let name = &self.path[if frame.path_len == 0 { 0 } else { frame.path_len + 1 }..];
        let stat = match self.fs.stat(dir, name) {
            Ok(stat) => stat,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        rules.leave_for(&self.path);
        let is_left_out = stat.kind == Kind::Dir && self.left_out.contains(&(stat.dev, stat.ino));
        if is_left_out || rules.ignores(&self.path, stat.kind == Kind::Dir) {
            return Ok(Some(Seen::Ignored));
        }
        Ok(Some(match stat.kind {
            Kind::Dir => Seen::Dir(stat, None),
            Kind::File => Seen::File(stat),
            Kind::Special => Seen::Special,
            Kind::Symlink => match self.fs.read_link(dir, name) {
                Ok(target) => Seen::Symlink(stat, target.into()),
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            },
        }))
    }

    /// Opens the innermost directory again if it was closed on the way down.
    fn reopen(&mut self) -> std::io::Result<()> {
        if let Some(frame) = self.frames.last_mut()
            && frame.dir.is_none()
        {
            frame.dir = Some(self.fs.open_dir(self.root, &self.path[..frame.path_len])?);
        }
        Ok(())
    }

    fn descend(&mut self, stat: Stat) {
        let opened = {
            let Some(frame) = self.frames.last() else { return };
            let Some(parent) = frame.dir.as_ref() else { return };
            let name = &self.path[if frame.path_len == 0 { 0 } else { frame.path_len + 1 }..];
            self.fs.open_dir(parent, name)
        };
        match opened {
            Ok(dir) => self.enter(dir, stat),
            Err(error) if is_absent(&error) => {}
            Err(error) => self.emit(Seen::Blocked(error.to_string().into())),
        }
    }

    /// Whether a directory that is not listed has rules of its own.
    fn has_rules(&self, dir: &F::Dir) -> std::io::Result<bool> {
        match self.fs.stat(dir, RULE_FILE) {
            Ok(_) => Ok(true),
            Err(error) if is_absent(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The names that are to be looked at, but for those that lead to an entry and are not its own.
    fn heard_of<'n>(
        &self,
        dir: &F::Dir,
        mut names: BTreeSet<&'n [u8]>,
    ) -> std::io::Result<BTreeSet<&'n [u8]>> {
        if self.fs.names_are_exact() {
            return Ok(names);
        }
        let mut listed = BTreeSet::new();
        self.fs.list(dir, &mut |name| {
            listed.extend(names.get(name).copied());
        })?;
        names.retain(|name| listed.contains(name));
        Ok(names)
    }

    /// Lists a directory and hands it on, or says that it cannot be listed. A listing that breaks off counts as none.
    fn enter(&mut self, dir: F::Dir, stat: Stat) {
        let mut names = Vec::new();
        let mut left: Vec<Range<u32>> = Vec::new();
        let mut has_rules = false;
        let mut add = |name: &[u8]| {
            let start = names.len() as u32;
            names.extend_from_slice(name);
            left.push(start..names.len() as u32);
            has_rules |= name == RULE_FILE;
        };
        let listed = match self.scope.and_then(|scope| scope.names_in(&self.path)) {
            None => self.fs.list(&dir, &mut add),
            Some(names) => match self.heard_of(&dir, names) {
                Ok(names) => {
                    names.into_iter().for_each(&mut add);
                    self.has_rules(&dir).map(|found| has_rules = found)
                }
                Err(error) => Err(error),
            },
        };
        if let Err(error) = listed {
            return self.emit(Seen::Blocked(error.to_string().into()));
        }
        let rules = match has_rules.then(|| load(self.fs, &dir)).transpose() {
            Ok(rules) => rules,
            Err(reason) => return self.emit(Seen::Blocked(reason.into())),
        };
        left.sort_unstable_by(|a, b| {
            names[b.start as usize..b.end as usize].cmp(&names[a.start as usize..a.end as usize])
        });
        self.rules.leave_for(&self.path);
        if let Some(rules) = &rules {
            self.rules.push(&self.path, Arc::clone(rules));
        }
        self.emit(Seen::Dir(stat, rules));
        if self.frames.len() >= OPEN_DIRS {
            let idle = self.frames.len() - OPEN_DIRS;
            self.frames[idle].dir = None;
        }
        self.frames.push(Frame { dir: Some(dir), names, left, path_len: self.path.len() });
    }
}

/// The reading end of a walk: always shows the next entry.
pub(crate) struct ScanCursor<'a> {
    batches: Box<dyn FnMut() -> Option<Batch> + 'a>,
    batch: Batch,
    at: usize,
}

impl<'a> ScanCursor<'a> {
    /// Reads the batches that `batches` yields; `None` is the end.
    pub(crate) fn new(batches: impl FnMut() -> Option<Batch> + 'a) -> Self {
        let mut cursor = Self { batches: Box::new(batches), batch: Batch::default(), at: 0 };
        cursor.fill();
        cursor
    }

    /// The entry at the head, if any is left.
    pub(crate) fn peek(&self) -> Option<(&[u8], &Seen)> {
        self.batch.get(self.at)
    }

    /// Goes on to the next entry.
    pub(crate) fn advance(&mut self) {
        self.at += 1;
        self.fill();
    }

    fn fill(&mut self) {
        while self.at >= self.batch.entries.len() {
            match (self.batches)() {
                Some(batch) => (self.batch, self.at) = (batch, 0),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::real::RealFileSystem;
    use crate::rules::parse;
    use std::fs;

    fn walk(root: &std::path::Path, rules: RuleStack) -> Vec<(String, &'static str)> {
        let dir = RealFileSystem.open_root(root).unwrap();
        let mut scanner = Scanner::new(&RealFileSystem, &dir, rules);
        let mut cursor = ScanCursor::new(|| scanner.next_batch());
        let mut seen = Vec::new();
        while let Some((path, what)) = cursor.peek() {
            let word = match what {
                Seen::Dir(..) => "dir",
                Seen::File(_) => "file",
                Seen::Symlink(..) => "link",
                Seen::Ignored => "ignored",
                Seen::Special => "special",
                Seen::Blocked(_) => "blocked",
            };
            seen.push((crate::path::display(path), word));
            cursor.advance();
        }
        seen
    }

    #[test]
    fn a_walk_yields_tree_order_and_says_what_takes_no_part() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::create_dir_all(at(".syncmgr/trash")).unwrap();
        fs::write(at("a/b/c"), "1").unwrap();
        fs::write(at("a/x.o"), "1").unwrap();
        fs::write(at("a.txt"), "1").unwrap();
        fs::write(at("a/.syncignore"), "*.o\n").unwrap();
        let expected = [
            ("", "dir"),
            (".syncmgr", "ignored"),
            ("a", "dir"),
            ("a/.syncignore", "file"),
            ("a/b", "dir"),
            ("a/b/c", "file"),
            ("a/x.o", "ignored"),
            ("a.txt", "file"),
        ];
        let seen = walk(root.path(), RuleStack::default());
        assert_eq!(seen, expected.map(|(path, word)| (path.to_owned(), word)));
    }

    #[cfg(unix)]
    #[test]
    fn a_walk_tells_links_and_what_is_no_file() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir(at("a")).unwrap();
        fs::write(at("a/b"), "1").unwrap();
        std::os::unix::fs::symlink("a", at("l")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("p").as_path(),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let expected = [("", "dir"), ("a", "dir"), ("a/b", "file"), ("l", "link"), ("p", "special")];
        let seen = walk(root.path(), RuleStack::default());
        assert_eq!(seen, expected.map(|(path, word)| (path.to_owned(), word)));
    }

    #[test]
    fn a_tree_deeper_than_the_open_directories_is_walked_to_the_end() {
        let root = tempfile::tempdir().unwrap();
        let mut deep = root.path().to_owned();
        for _ in 0..OPEN_DIRS * 3 {
            deep.push("d");
            fs::create_dir(&deep).unwrap();
            fs::write(deep.join("z"), "1").unwrap();
        }
        assert_eq!(walk(root.path(), RuleStack::default()).len(), 1 + OPEN_DIRS * 6);
    }

    #[test]
    fn an_unreadable_rule_file_blocks_its_directory_instead_of_being_no_rules() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("d/.syncignore")).unwrap();
        fs::write(root.path().join("d/f"), "1").unwrap();
        let seen = walk(root.path(), RuleStack::new(Some(parse("").unwrap())));
        assert_eq!(seen, [(String::new(), "dir"), ("d".to_owned(), "blocked")]);
    }
}
