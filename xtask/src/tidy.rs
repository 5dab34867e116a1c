//! `tidy`: rules about the sources that no compiler checks.
//!
//! A rule is a function from all source files to findings; it reads nothing else, so that each is tested on sources made up
//! for it. A finding says where and what to do. The rules that matter are here; the rest is taste.

mod borders;
mod documents;
mod shape;

use std::fmt;

use crate::failure::Failure;
use crate::workspace::{self, SourceFile};

/// A broken rule: where, and what to do.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// The line, where it is about one.
    line: Option<usize>,
    text: String,
}

impl Finding {
    fn in_file(path: &str, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, text: text.into() }
    }

    fn at(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.text),
            None => write!(f, "{}: {}", self.path, self.text),
        }
    }
}

type Rule = fn(&[SourceFile]) -> Vec<Finding>;

const RULES: &[(&str, Rule)] = &[
    ("files are short", shape::files_are_short),
    ("nothing is left over", shape::nothing_is_left_over),
    ("names say something", shape::names_say_something),
    ("test names are claims", shape::test_names_are_claims),
    ("no test hides behind a feature", shape::no_test_hides_behind_a_feature),
    ("SQL is the store's", borders::sql_is_the_stores),
    ("printing is the command line's", borders::printing_is_the_command_lines),
    ("every crate takes the workspace's lints", borders::every_crate_takes_the_lints),
    ("the contract is documented", borders::the_contract_is_documented),
    ("links lead somewhere", documents::links_lead_somewhere),
    ("the architecture page names what exists", documents::the_architecture_page_names_what_exists),
    ("changelog entries say what they are", documents::changelog_entries_say_what_they_are),
];

pub(crate) fn run() -> Result<(), Failure> {
    let files = workspace::source_files()?;
    let mut n_findings = 0;
    for (name, rule) in RULES {
        for finding in rule(&files) {
            println!("{finding}  [{name}]");
            n_findings += 1;
        }
    }
    if n_findings == 0 {
        println!("tidy: {} rules hold in {} files", RULES.len(), files.len());
        return Ok(());
    }
    Err(Failure::new(format!("{n_findings} places are not tidy"))
        .hint("each line above says what to do; the rules are in `xtask/src/tidy/`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_holds_in_this_repository() {
        let files = workspace::source_files().unwrap();
        let findings: Vec<String> = RULES
            .iter()
            .flat_map(|(name, rule)| {
                rule(&files).into_iter().map(move |finding| format!("{finding}  [{name}]"))
            })
            .collect();
        assert!(findings.is_empty(), "run `cargo xtask tidy`:\n{}", findings.join("\n"));
    }
}

/// Sources made up for the tests of the rules.
#[cfg(test)]
mod samples {
    use super::*;

    pub(super) fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    /// Where a rule found something: `path` or `path:line`, in the order found.
    pub(super) fn places(rule: Rule, files: &[SourceFile]) -> Vec<String> {
        let place = |finding: Finding| match finding.line {
            Some(line) => format!("{}:{line}", finding.path),
            None => finding.path,
        };
        rule(files).into_iter().map(place).collect()
    }
}
