//! Looks for folders and files below a folder, within bounds: never through links, never into what is only a cache.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Folders that hold copies and products of others; what is in there is nobody's own.
const PASSED_OVER: &[&str] =
    &[".cache", ".cargo", ".git", ".npm", ".rustup", ".syncmgr", ".venv", "node_modules", "target"];
/// How many folders are looked at, and how many results there are, at most.
const MAX_FOLDERS: usize = 200_000;
const MAX_FOUND: usize = 10_000;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Found {
    /// Sorted. Only names that are UTF-8: arguments and recipes are text.
    pub(crate) paths: Vec<String>,
    /// Whether a bound ended the search.
    pub(crate) is_cut: bool,
}

/// The folders at most `depth` below a folder, or that folder itself, in which there is something called `holding`. What is
/// below such a folder belongs to it.
pub(crate) fn folders_holding(below: &Path, holding: &str, depth: usize) -> Found {
    let mut found = Found::default();
    let mut waiting = vec![(below.to_owned(), 0)];
    let mut n_folders = 0;
    while let Some((folder, level)) = waiting.pop() {
        n_folders += 1;
        if n_folders > MAX_FOLDERS || found.paths.len() >= MAX_FOUND {
            found.is_cut = true;
            break;
        }
        if folder.join(holding).symlink_metadata().is_ok() {
            found.paths.extend(folder.to_str().map(str::to_owned));
        } else if level < depth {
            waiting.extend(subfolders(&folder).map(|folder| (folder, level + 1)));
        }
    }
    found.paths.sort();
    found
}

/// The files directly in a folder whose names match.
pub(crate) fn files_matching(below: &Path, pattern: &Regex) -> Found {
    let mut found = Found::default();
    for entry in entries(below) {
        let name = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !name.to_str().is_some_and(|name| pattern.is_match(name)) {
            continue;
        }
        if found.paths.len() >= MAX_FOUND {
            found.is_cut = true;
            break;
        }
        found.paths.extend(entry.path().to_str().map(str::to_owned));
    }
    found.paths.sort();
    found
}

fn subfolders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    entries(folder)
        .filter(|entry| {
            // The kind of the entry itself: a link to a folder is no folder.
            entry.file_type().is_ok_and(|kind| kind.is_dir())
                && !entry.file_name().to_str().is_some_and(|name| PASSED_OVER.contains(&name))
        })
        .map(|entry| entry.path())
}

/// What cannot be read has nothing for us.
fn entries(folder: &Path) -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn link(target: &Path, path: &Path) {
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    #[cfg(windows)]
    fn link(target: &Path, path: &Path) {
        // Who may not make any meets none of their own.
        let _ = std::os::windows::fs::symlink_dir(target, path);
    }

    #[test]
    fn folders_are_found_within_the_depth_and_not_through_links_or_in_caches() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for path in
            ["a/.git", "a/inner/.git", "b/c/.git", "b/c/d/e/f/.git", "node_modules/x/.git", ".cache/y/.git"]
        {
            fs::create_dir_all(at(path)).unwrap();
        }
        link(&at("b"), &at("link"));
        let found = folders_holding(root.path(), ".git", 3);
        assert_eq!(found.paths, [at("a"), at("b").join("c")].map(|path| path.to_str().unwrap().to_owned()));
        assert!(!found.is_cut);
        assert_eq!(folders_holding(&at("a"), ".git", 0).paths.len(), 1);
        assert_eq!(folders_holding(&at("nothing"), ".git", 3), Found::default());
    }

    #[test]
    fn only_files_whose_names_match_are_found() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b.prf", "a.prf", "a.prf.bak"] {
            fs::write(root.path().join(name), "").unwrap();
        }
        fs::create_dir(root.path().join("folder.prf")).unwrap();
        let found = files_matching(root.path(), &Regex::new(r"\.prf$").unwrap());
        let names: Vec<_> = found.paths.iter().map(|path| Path::new(path).file_name().unwrap()).collect();
        assert_eq!(names, ["a.prf", "b.prf"]);
    }
}
