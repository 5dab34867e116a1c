//! [`Scope`]: the paths that a run looks at where a watcher vouches for the rest.

use std::collections::BTreeSet;

use crate::path::{is_relative, is_within, tree_cmp};
use crate::rules::RULE_FILE;

/// Paths of a pair, on either side, at which something may have happened since a run last looked at all of it.
///
/// Each stands for itself and everything below it. They lie in tree order, and none within another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    paths: Vec<Vec<u8>>,
}

/// More paths than this are not worth looking at one by one.
const MOST: usize = 1_000;

impl Scope {
    /// These paths, relative to the roots, with `/` between their components.
    ///
    /// `None` where looking at these alone would not do: the root itself is among them, a file of ignore rules is, which
    /// says something about others, or they are too many.
    pub fn new(paths: impl IntoIterator<Item = Vec<u8>>) -> Option<Self> {
        let mut all: Vec<Vec<u8>> = Vec::new();
        for path in paths {
            if !is_relative(&path) || path.split(|&byte| byte == b'/').any(|name| name == RULE_FILE) {
                return None;
            }
            all.push(path);
        }
        let scope = Self::of(all);
        (scope.paths.len() <= MOST).then_some(scope)
    }

    fn of(mut paths: Vec<Vec<u8>>) -> Self {
        paths.sort_by(|a, b| tree_cmp(a, b));
        // What is below a path comes directly after it.
        paths.dedup_by(|later, kept| is_within(later, kept));
        Self { paths }
    }

    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    pub(crate) fn paths(&self) -> &[Vec<u8>] {
        &self.paths
    }

    /// Whether a path is to be looked at.
    pub(crate) fn holds(&self, path: &[u8]) -> bool {
        // The one at or before it in tree order is the only one it can lie in.
        let after = self.paths.partition_point(|own| tree_cmp(own, path).is_le());
        after.checked_sub(1).is_some_and(|at| is_within(path, &self.paths[at]))
    }

    /// Whether something to be looked at lies strictly below a path.
    pub(crate) fn leads_through(&self, path: &[u8]) -> bool {
        let after = self.paths.partition_point(|own| tree_cmp(own, path).is_le());
        self.paths.get(after).is_some_and(|own| is_within(own, path))
    }

    /// The names in the directory `path` that lead to what is to be looked at; `None` if all of it is.
    pub(crate) fn names_in(&self, path: &[u8]) -> Option<BTreeSet<&[u8]>> {
        if self.holds(path) {
            return None;
        }
        let start = if path.is_empty() { 0 } else { path.len() + 1 };
        let below = self.paths.iter().filter(|own| is_within(own, path));
        Some(below.filter_map(|own| own[start..].split(|&byte| byte == b'/').next()).collect())
    }

    /// The same, with all of the directory `path` in it; `None` if that is the root.
    pub(crate) fn widened_to(&self, path: &[u8]) -> Option<Self> {
        if path.is_empty() {
            return None;
        }
        let mut paths = self.paths.clone();
        paths.push(path.to_vec());
        Some(Self::of(paths))
    }

    /// The directories above what is to be looked at, each once, in tree order; the root is the first.
    pub(crate) fn ways(&self) -> Vec<Vec<u8>> {
        let mut ways = vec![Vec::new()];
        for path in &self.paths {
            ways.extend(
                path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| path[..at].to_vec()),
            );
        }
        ways.sort_by(|a, b| tree_cmp(a, b));
        ways.dedup();
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(paths: &[&str]) -> Scope {
        Scope::new(paths.iter().map(|path| path.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn a_path_stands_for_everything_below_it() {
        let scope = scope(&["b/c/d", "b/c", "a", "b/c-d", "b/x/y"]);
        assert_eq!(scope.paths(), [&b"a"[..], b"b/c", b"b/c-d", b"b/x/y"]);
        let table: &[(&str, bool, bool)] = &[
            ("", false, true),
            ("a", true, false),
            ("a/z", true, false),
            ("a.txt", false, false),
            ("b", false, true),
            ("b/c", true, false),
            ("b/c/z/z", true, false),
            ("b/c-d", true, false),
            ("b/c-", false, false),
            ("b/x", false, true),
            ("b/x/y", true, false),
            ("b/z", false, false),
        ];
        for (path, held, led) in table {
            assert_eq!(scope.holds(path.as_bytes()), *held, "{path}");
            assert_eq!(scope.leads_through(path.as_bytes()), *led, "{path}");
        }
    }

    #[test]
    fn a_walk_is_led_by_the_next_names_until_everything_counts() {
        let scope = scope(&["b/c", "b/d/e", "f"]);
        let names = |path: &str| {
            let names = scope.names_in(path.as_bytes())?;
            Some(names.into_iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect::<Vec<_>>())
        };
        assert_eq!(names(""), Some(vec!["b".to_owned(), "f".to_owned()]));
        assert_eq!(names("b"), Some(vec!["c".to_owned(), "d".to_owned()]));
        assert_eq!(names("b/c"), None);
        assert_eq!(names("b/c/z"), None);
        assert_eq!(scope.ways(), [&b""[..], b"b", b"b/d"]);
    }

    #[test]
    fn what_says_something_about_others_cannot_be_looked_at_alone() {
        for path in ["", "a/.syncignore", ".syncignore", "a/../b", "/a"] {
            assert_eq!(Scope::new([b"x".to_vec(), path.as_bytes().to_vec()]), None, "{path}");
        }
        assert_eq!(Scope::new((0..=MOST).map(|n| n.to_string().into_bytes())), None);
        assert!(Scope::new([]).unwrap().is_empty());
    }

    #[test]
    fn widening_swallows_what_lies_below() {
        let wide = scope(&["b/c", "b/d/e", "f"]).widened_to(b"b").unwrap();
        assert_eq!(wide, scope(&["b", "f"]));
        assert_eq!(wide.widened_to(b""), None);
    }
}
