//! What lies in a directory tree, as the checker looks at it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};

use syncmgr_folders::fs::{FileSystem, FileTime, Kind};

use crate::script::Content;

/// The number of a content; no two contents share one.
pub(crate) type ContentId = u32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Dir,
    /// The content, if it is one that somebody wrote as a whole.
    File(Result<ContentId, String>),
    Symlink(Vec<u8>),
    Special,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) what: What,
    pub(crate) mode: u32,
    pub(crate) mtime: FileTime,
    pub(crate) ino: u64,
}

pub(crate) type Tree = BTreeMap<String, Thing>;

/// Every content that was ever written.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<Vec<u8>, ContentId>);

impl Known {
    /// The bytes of a content, which is known from now on.
    pub(crate) fn bytes(&mut self, content: Content) -> Vec<u8> {
        let bytes: Vec<u8> =
            format!("{}.", content.number).bytes().cycle().take(content.size as usize).collect();
        self.0.insert(bytes.clone(), content.number);
        bytes
    }

    /// The text of a rule file, which is known from now on.
    pub(crate) fn rule(&mut self, rule: &str) -> Vec<u8> {
        let bytes = format!("{rule}\n").into_bytes();
        let next = ContentId::MAX - self.0.len() as ContentId;
        self.0.entry(bytes.clone()).or_insert(next);
        bytes
    }

    /// The rule that a content is.
    pub(crate) fn rule_of(&self, content: ContentId) -> Option<String> {
        let (bytes, _) = self.0.iter().find(|(_, known)| **known == content)?;
        let text = std::str::from_utf8(bytes).ok()?;
        text.strip_suffix('\n').map(str::to_owned)
    }

    pub(crate) fn identify(&self, bytes: &[u8]) -> Result<ContentId, String> {
        self.0.get(bytes).copied().ok_or_else(|| {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(24)]);
            format!("{} bytes: {shown:?}", bytes.len())
        })
    }
}

/// All that lies below a directory. What is ours at the top of a root is left out.
pub(crate) fn tree<F: FileSystem>(fs: &F, top: &F::Dir, known: &Known) -> io::Result<Tree> {
    let mut found = Tree::new();
    let mut waiting = vec![String::new()];
    let mut bytes = Vec::new();
    while let Some(path) = waiting.pop() {
        let dir = fs.open_dir(top, path.as_bytes())?;
        let mut names = Vec::new();
        fs.list(&dir, &mut |name| names.push(String::from_utf8_lossy(name).into_owned()))?;
        for name in names {
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if below == ".syncmgr" {
                continue;
            }
            let stat = fs.stat(&dir, name.as_bytes())?;
            let what = match stat.kind {
                Kind::Dir => {
                    waiting.push(below.clone());
                    What::Dir
                }
                Kind::File => {
                    bytes.clear();
                    fs.open_file(&dir, name.as_bytes())?.read_to_end(&mut bytes)?;
                    What::File(known.identify(&bytes))
                }
                Kind::Symlink => What::Symlink(fs.read_link(&dir, name.as_bytes())?),
                Kind::Special => What::Special,
            };
            found.insert(below, Thing { what, mode: stat.mode, mtime: stat.mtime, ino: stat.ino });
        }
    }
    Ok(found)
}

/// The contents in a tree.
pub(crate) fn contents(tree: &Tree) -> HashSet<ContentId> {
    tree.values().filter_map(Thing::content).collect()
}

impl Thing {
    pub(crate) fn content(&self) -> Option<ContentId> {
        match &self.what {
            What::File(Ok(content)) => Some(*content),
            _ => None,
        }
    }
}

/// Whether `path` is `dir` or lies below it.
pub(crate) fn is_within(path: &str, dir: &str) -> bool {
    dir.is_empty() || path == dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}
