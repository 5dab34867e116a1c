//! Ignore rules: what takes no part, whichever side it is on.
//!
//! The syntax is gitignore's. Rules come from the item's configuration and from `.syncignore` files, the deeper file
//! counting more. What is below an ignored directory is ignored with it. Ignored content is *seen* by the scan and
//! handed on as such, so that it never looks like a deletion.

use std::io::{self, Read};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::fs::FileSystem;
use crate::fs::real::{is_name, path_of_bytes};
use crate::path::is_within;

/// The name of the files that hold rules for the directory they are in.
pub(crate) const RULE_FILE: &[u8] = b".syncignore";

/// The name of the one directory of ours at the top of a root: never scanned, never synchronized.
pub(crate) const OWN_DIR: &[u8] = b".syncmgr";

/// A rule file beyond this size is a mistake.
const MAX_RULE_FILE: u64 = 1 << 20;

/// The rules of one source, matched against paths relative to where they apply.
pub(crate) type RuleSet = Arc<Gitignore>;

/// Reads rules, one a line; the error names the first line that is none.
pub(crate) fn parse(lines: &str) -> Result<RuleSet, String> {
    let mut builder = GitignoreBuilder::new("");
    for line in lines.lines() {
        builder.add_line(None, line).map_err(|error| format!("`{line}` is no ignore rule: {error}"))?;
    }
    builder.build().map(Arc::new).map_err(|error| format!("the ignore rules cannot be read: {error}"))
}

/// Reads the rule file of a directory.
pub(crate) fn load<F: FileSystem>(fs: &F, dir: &F::Dir) -> Result<RuleSet, String> {
    let failed = |error: io::Error| format!("its `.syncignore` cannot be read: {error}");
    let file = fs.open_file(dir, RULE_FILE).map_err(failed)?;
    let mut text = Vec::new();
    file.take(MAX_RULE_FILE + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_RULE_FILE {
        return Err("its `.syncignore` is larger than 1 MiB".to_owned());
    }
    parse(&String::from_utf8_lossy(&text))
}

/// The rules that hold at one place of a walk.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleStack {
    /// From the top down: the directory the rules apply below, and the rules.
    layers: Vec<(Vec<u8>, RuleSet)>,
}

impl RuleStack {
    /// Begins with the rules of the configuration.
    pub(crate) fn new(configured: Option<RuleSet>) -> Self {
        Self { layers: configured.into_iter().map(|rules| (Vec::new(), rules)).collect() }
    }

    /// Adds the rules found in a directory.
    pub(crate) fn push(&mut self, dir: &[u8], rules: RuleSet) {
        self.layers.push((dir.to_vec(), rules));
    }

    /// Drops the rules of directories that `path` is not within: the walk has left them.
    pub(crate) fn leave_for(&mut self, path: &[u8]) {
        while self.layers.last().is_some_and(|(dir, _)| !is_within(path, dir)) {
            self.layers.pop();
        }
    }

    /// Whether `path` takes no part. Its ancestors are taken to be included; whoever asks has come down through them.
    pub(crate) fn ignores(&self, path: &[u8], is_dir: bool) -> bool {
        if is_name(path, OWN_DIR) {
            return true;
        }
        for (dir, rules) in self.layers.iter().rev() {
            let below = if dir.is_empty() { path } else { &path[dir.len() + 1..] };
            match rules.matched(path_of_bytes(below), is_dir) {
                Match::None => {}
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(configured: &str, below_d: &str) -> RuleStack {
        let mut stack = RuleStack::new(Some(parse(configured).unwrap()));
        stack.push(b"d", parse(below_d).unwrap());
        stack
    }

    #[test]
    fn a_deeper_file_counts_more_than_the_configuration() {
        let stack = stack("*.o\ncache/\n/top", "!keep.o");
        assert!(stack.ignores(b"d/x.o", false));
        assert!(!stack.ignores(b"d/keep.o", false));
        assert!(stack.ignores(b"d/cache", true));
        assert!(!stack.ignores(b"d/cache", false));
        assert!(!stack.ignores(b"d/top", false), "a rule with a leading slash is about the root");
    }

    #[test]
    fn rules_of_a_directory_end_with_it() {
        let mut stack = stack("", "*.tmp");
        stack.leave_for(b"d/e/f");
        assert!(stack.ignores(b"d/e/f.tmp", false));
        stack.leave_for(b"e");
        assert!(!stack.ignores(b"e/f.tmp", false));
    }

    #[test]
    fn names_that_are_not_utf8_are_matched_as_bytes() {
        let stack = RuleStack::new(Some(parse("*.o").unwrap()));
        assert!(stack.ignores(b"\xff.o", false));
        assert!(!stack.ignores(b"\xff.c", false));
    }

    #[test]
    fn our_own_directory_is_ours_at_the_top_only() {
        let stack = RuleStack::default();
        assert!(stack.ignores(b".syncmgr", true));
        assert!(!stack.ignores(b"d/.syncmgr", true));
    }
}
