//! What must not get lost: everything that files hold and links name, wherever it lies.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Node, Tree};

/// The contents of all files and the targets of all links below some folders, what is in `.syncmgr` included: a trash
/// keeps what a run took away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    files: BTreeSet<Vec<u8>>,
    targets: BTreeSet<PathBuf>,
}

impl Contents {
    /// Reads everything below these folders.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn below(folders: &[&Path]) -> io::Result<Self> {
        let mut contents = Self::default();
        let mut open: Vec<_> = folders.iter().map(|folder| folder.to_path_buf()).collect();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    open.push(entry.path());
                } else if kind.is_file() {
                    contents.files.insert(fs::read(entry.path())?);
                } else if kind.is_symlink() {
                    contents.targets.insert(fs::read_link(entry.path())?);
                }
            }
        }
        Ok(contents)
    }

    /// What is in here and not in `other`, in words for a person.
    pub fn missing_from(&self, other: &Self) -> Vec<String> {
        let files = self.files.difference(&other.files).map(|file| format!("= {}", file.escape_ascii()));
        let targets =
            self.targets.difference(&other.targets).map(|target| format!("-> {}", target.display()));
        files.chain(targets).collect()
    }

    /// The files and links of a tree that are none of these: cut short, mixed, or made up.
    pub fn strangers_in(&self, tree: &Tree) -> Vec<String> {
        let is_known = |node: &Node| match node {
            Node::File(content) | Node::Executable(content) => self.files.contains(content),
            Node::Link(target) => self.targets.contains(target),
            Node::Folder => true,
        };
        let strangers = tree.nodes().filter(|(_, node)| !is_known(node));
        strangers.map(|(path, node)| format!("{} {node:?}", path.display())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_moved_is_not_missing_and_what_is_cut_short_is_a_stranger() {
        let dir = tempfile::tempdir().unwrap();
        let [left, right] = ["left", "right"].map(|side| dir.path().join(side));
        Tree::parse("file = whole\nlink -> file").write(&left).unwrap();
        fs::create_dir(&right).unwrap();
        let before = Contents::below(&[&left, &right]).unwrap();
        fs::create_dir_all(right.join(".syncmgr/trash")).unwrap();
        fs::rename(left.join("file"), right.join(".syncmgr/trash/f")).unwrap();
        assert!(before.missing_from(&Contents::below(&[&left, &right]).unwrap()).is_empty());
        fs::write(right.join(".syncmgr/trash/f"), "who").unwrap();
        fs::remove_file(left.join("link")).unwrap();
        let after = Contents::below(&[&left, &right]).unwrap();
        assert_eq!(before.missing_from(&after), ["= whole", "-> file"]);
        let tree = Tree::parse("file = who\nsame = whole\nother -> nowhere\nfolder/");
        assert_eq!(before.strangers_in(&tree), ["file = who", "other -> nowhere"]);
    }
}
