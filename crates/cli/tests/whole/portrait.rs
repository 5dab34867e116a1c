//! What a side looks like, as a value that can be compared.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Everything below a root by its relative path, without what is ours in there.
pub(crate) type Portrait = BTreeMap<PathBuf, Thing>;

/// One thing, with all that a run promises to keep. A folder's time is not among it: it says when its list of names
/// last changed on that side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thing {
    Folder { mode: u32 },
    File { mode: u32, modified: (i64, i64), bytes: u64, content: u64 },
    Link { target: PathBuf },
}

pub(crate) fn portrait(root: &Path) -> Portrait {
    let mut portrait = Portrait::new();
    for path in paths_below(root) {
        let metadata = fs::symlink_metadata(root.join(&path)).unwrap();
        let thing = thing(&root.join(&path), &metadata);
        portrait.insert(path, thing);
    }
    portrait
}

fn thing(path: &Path, metadata: &Metadata) -> Thing {
    let mode = metadata.mode() & 0o7777;
    if metadata.is_dir() {
        Thing::Folder { mode }
    } else if metadata.is_symlink() {
        Thing::Link { target: fs::read_link(path).unwrap() }
    } else {
        let mut hasher = DefaultHasher::new();
        fs::read(path).unwrap().hash(&mut hasher);
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Thing::File { mode, modified, bytes: metadata.len(), content: hasher.finish() }
    }
}

/// When the kernel last saw each thing change, in whatever way, what is ours and the root itself included.
pub(crate) fn last_touched(root: &Path) -> BTreeMap<PathBuf, (i64, i64, u64)> {
    let mut touched = BTreeMap::new();
    for path in std::iter::once(PathBuf::new()).chain(walk(root, |_| true)) {
        let metadata = fs::symlink_metadata(root.join(&path)).unwrap();
        touched.insert(path, (metadata.ctime(), metadata.ctime_nsec(), metadata.ino()));
    }
    touched
}

pub(crate) fn paths_below(root: &Path) -> Vec<PathBuf> {
    walk(root, |path| path != Path::new(".syncmgr"))
}

fn walk(root: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if !wanted(&path) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                open.push(path.clone());
            }
            paths.push(path);
        }
    }
    paths.sort_unstable();
    paths
}

/// The paths at which two portraits differ.
pub(crate) fn differences(one: &Portrait, other: &Portrait) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        one.keys().chain(other.keys()).filter(|path| one.get(*path) != other.get(*path)).cloned().collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
