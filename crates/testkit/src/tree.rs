//! Folders as values: described in a few lines, written to disk, read back, compared.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is at a path.
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    /// A file with this content.
    File(Vec<u8>),
    /// A file with this content that may be executed.
    Executable(Vec<u8>),
    /// A folder. Those above a path need not be named.
    Folder,
    /// A symbolic link to this target.
    Link(PathBuf),
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(content) => write!(f, "= {}", content.escape_ascii()),
            Self::Executable(content) => write!(f, "* {}", content.escape_ascii()),
            Self::Folder => f.write_str("/"),
            Self::Link(target) => write!(f, "-> {}", target.display()),
        }
    }
}

/// A tree of files, folders and links by relative path. Two trees are equal if all their paths and nodes are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<PathBuf, Node>,
}

impl Tree {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a description, one node a line: `path = content`, `path * content` (executable), `path -> target`,
    /// `path/`. Blank lines do not count.
    ///
    /// # Panics
    ///
    /// At a line that is none of these.
    pub fn parse(description: &str) -> Self {
        let mut tree = Self::new();
        for line in description.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (path, node) = if let Some((path, target)) = line.split_once(" -> ") {
                (path, Node::Link(target.into()))
            } else if let Some((path, content)) = line.split_once(" = ") {
                (path, Node::File(content.into()))
            } else if let Some((path, content)) = line.split_once(" * ") {
                (path, Node::Executable(content.into()))
            } else if let Some(path) = line.strip_suffix('/') {
                (path, Node::Folder)
            } else {
                panic!(
                    "`{line}` describes no node; use `path = content`, `path * content`, `path -> target` or `path/`"
                );
            };
            tree = tree.with(path.trim(), node);
        }
        tree
    }

    /// With this node, and the folders above it.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, node: Node) -> Self {
        let path = path.as_ref();
        for above in path.ancestors().skip(1).filter(|above| *above != Path::new("")) {
            self.nodes.entry(above.to_owned()).or_insert(Node::Folder);
        }
        self.nodes.insert(path.to_owned(), node);
        self
    }

    /// With this file.
    #[must_use]
    pub fn with_file(self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.with(path, Node::File(content.into()))
    }

    /// Without this path and everything below it.
    #[must_use]
    pub fn without(mut self, path: impl AsRef<Path>) -> Self {
        self.nodes.retain(|other, _| !other.starts_with(path.as_ref()));
        self
    }

    /// All paths and nodes, in order.
    pub fn nodes(&self) -> impl Iterator<Item = (&Path, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_path(), node))
    }

    /// Writes all nodes below `root`, which is made if it is missing. What is there already and not named stays.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        fs::create_dir_all(root)?;
        for (path, node) in &self.nodes {
            let path = root.join(path);
            match node {
                Node::Folder => fs::create_dir_all(path)?,
                Node::File(content) => fs::write(path, content)?,
                Node::Executable(content) => {
                    fs::write(&path, content)?;
                    make_executable(&path)?;
                }
                Node::Link(target) => make_link(target, &path)?,
            }
        }
        Ok(())
    }

    /// Reads what is below `root`, links as links. Folders named `.syncmgr` directly in it are not content and left
    /// out.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                if path == Path::new(".syncmgr") {
                    continue;
                }
                let node = read_node(&entry.path())?;
                if node == Node::Folder {
                    folders.push(path.clone());
                }
                tree.nodes.insert(path, node);
            }
        }
        Ok(tree)
    }
}

fn read_node(path: &Path) -> io::Result<Node> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(if metadata.is_symlink() {
        Node::Link(fs::read_link(path)?)
    } else if metadata.is_dir() {
        Node::Folder
    } else if is_executable(&metadata) {
        Node::Executable(fs::read(path)?)
    } else {
        Node::File(fs::read(path)?)
    })
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(unix)]
fn make_link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

#[cfg(windows)]
fn make_link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let tree = Tree::parse(
            "
            notes.txt = hello
            run.sh    * echo
            a/b/c     = deep
            empty/
            link      -> notes.txt
            ",
        );
        tree.write(dir.path()).unwrap();
        assert_eq!(Tree::read(dir.path()).unwrap(), tree);
        let changed = tree.clone().with_file("a/b/c", "other");
        assert_ne!(Tree::read(dir.path()).unwrap(), changed);
        assert_eq!(tree.without("a").nodes().count(), 4);
    }
}
