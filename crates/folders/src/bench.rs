//! What the benchmarks may reach into: comparing two trees that exist only as numbers.

use syncmgr_model::fact::Side;

use crate::baseline::{BaseEntry, Digest, Stamp};
use crate::codec::Damaged;
use crate::config::{ConflictPolicy, Evidence, KeepSet, Mode};
use crate::fs::{FileTime, Kind, Stat};
use crate::reconcile::{BaseWalk, Contents, Policies, SideWalk, reconcile};
use crate::rules::RuleStack;
use crate::scan::Seen;

/// Files in a directory of a made-up tree.
const IN_A_DIR: u64 = 36;

/// What the made-up sides hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Both sides hold what was agreed on.
    NothingChanged,
    /// One file in a hundred was edited on the left.
    OneInAHundredEdited,
    /// The left is full, the right empty, and nothing was agreed on.
    FirstRun,
}

/// Compares two made-up trees of `n_files` files and returns how many changes are planned.
pub fn compare(scene: Scene, n_files: u64) -> u64 {
    let left = Numbers::new(n_files, if scene == Scene::OneInAHundredEdited { Some(100) } else { None });
    let right = Numbers::new(if scene == Scene::FirstRun { 0 } else { n_files }, None);
    let base = Numbers::new(if scene == Scene::FirstRun { 0 } else { n_files }, None);
    let policies = Policies {
        mode: Mode::TwoWaySafe,
        conflict: ConflictPolicy::Hold,
        evidence: Evidence::FileSystem,
        keep: KeepSet::default(),
        regained: [KeepSet::default(); 2],
        resolutions: Vec::new(),
        rules: RuleStack::default(),
        walk_began: FileTime { secs: 10, nanos: 0 },
    };
    let found = reconcile([left, right], base, NoContents, policies, &mut |_| true);
    found.map_or(0, |found| found.plan.n_changes())
}

struct NoContents;

impl Contents for NoContents {
    fn digest(&mut self, _: Side, _: &[u8], _: &Stat) -> Result<Digest, String> {
        Err("a made-up file has no content".to_owned())
    }
}

/// A tree of numbered directories and files; the root and each directory come before their files.
struct Numbers {
    at: u64,
    n: u64,
    edited: Option<u64>,
    path: Vec<u8>,
    seen: Seen,
    entry: BaseEntry,
}

impl Numbers {
    fn new(n_files: u64, edited: Option<u64>) -> Self {
        let n = 1 + n_files + n_files.div_ceil(IN_A_DIR);
        let dir = BaseEntry::Dir { left_mode: 0o755, right_mode: 0o755, kept: None };
        let mut numbers = Self { at: 0, n, edited, path: Vec::new(), seen: Seen::Ignored, entry: dir };
        numbers.fill();
        numbers
    }

    fn fill(&mut self) {
        let below_root = self.at.saturating_sub(1);
        let (dir, file) = (below_root / (IN_A_DIR + 1), below_root % (IN_A_DIR + 1));
        self.path.clear();
        if self.at > 0 {
            self.path.extend_from_slice(format!("directory-{dir:07}").as_bytes());
        }
        if file > 0 {
            self.path.extend_from_slice(format!("/file-{file:02}.html").as_bytes());
        }
        let is_dir = self.at == 0 || file == 0;
        let edited = self.edited.is_some_and(|every| self.at.is_multiple_of(every));
        let time = FileTime { secs: 5, nanos: 1 };
        let stat = Stat {
            kind: if is_dir { Kind::Dir } else { Kind::File },
            mode: if is_dir { 0o755 } else { 0o644 },
            size: 100 + u64::from(edited),
            mtime: time,
            ctime: time,
            ino: self.at,
            dev: 1,
            allocated: 4096,
            uid: 0,
            gid: 0,
            nlink: 1,
            is_mount: false,
        };
        if is_dir {
            self.seen = Seen::Dir(stat, None);
            self.entry = BaseEntry::Dir { left_mode: 0o755, right_mode: 0o755, kept: None };
        } else {
            self.seen = Seen::File(stat);
            let stamp = Stamp::of(&stat);
            self.entry =
                BaseEntry::File { size: 100, digest: [7; 32], left: stamp, right: stamp, kept: None };
        }
    }

    fn step(&mut self) {
        self.at += 1;
        self.fill();
    }
}

impl SideWalk for Numbers {
    fn peek(&self) -> Option<(&[u8], &Seen)> {
        (self.at < self.n).then_some((&self.path[..], &self.seen))
    }

    fn advance(&mut self) {
        self.step();
    }
}

impl BaseWalk for Numbers {
    fn peek(&self) -> Option<(&[u8], &BaseEntry)> {
        (self.at < self.n).then_some((&self.path[..], &self.entry))
    }

    fn advance(&mut self) -> Result<(), Damaged> {
        self.step();
        Ok(())
    }
}
