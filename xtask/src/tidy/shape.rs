//! The shape of the sources: length, left-overs, names.

use super::Finding;
use crate::workspace::SourceFile;

/// A file past 500 lines asks for a look; past this many it needs a reason in [`LONG_FILES`].
const MAX_LINES: usize = 600;

/// Files that may be longer: what they are, in truth. A table in disguise or a flat match is a reason, growth is none.
const LONG_FILES: &[(&str, &str)] = &[];

pub(super) fn files_are_short(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let n_lines = file.text.lines().count();
        let is_listed = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        if n_lines > MAX_LINES && !is_listed {
            let text = format!(
                "{n_lines} lines, more than {MAX_LINES}; split it by nouns, or list it with a reason in `LONG_FILES`"
            );
            findings.push(Finding::in_file(&file.path, text));
        }
        if n_lines <= MAX_LINES && is_listed {
            findings.push(Finding::in_file(&file.path, "short again; delete its line in `LONG_FILES`"));
        }
    }
    findings
}

/// What may not stay, and what to do instead. Put together so that this file does not contain what it looks for.
const LEFTOVERS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "do it now, or open an issue and leave the note there"),
    (concat!("FIX", "ME"), "mend it now, or open an issue and leave the note there"),
    (concat!("XX", "X:"), "say what is meant, or open an issue"),
    (concat!("to", "do!("), "write it; a stub that panics takes somebody's run with it"),
    (concat!("unimplemen", "ted!("), "write it; a stub that panics takes somebody's run with it"),
    (concat!("#[ig", "nore"), "make the test pass, or assert what happens today with a note"),
    (concat!("db", "g!("), "a leftover of debugging; delete it"),
];

pub(super) fn nothing_is_left_over(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_source(file)) {
        for (number, line) in file.numbered_lines() {
            for (word, advice) in LEFTOVERS.iter().filter(|(word, _)| line.contains(word)) {
                findings.push(Finding::at(&file.path, number, format!("`{word}`: {advice}")));
            }
        }
    }
    findings
}

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "misc", "helpers", "helper"];

pub(super) fn names_say_something(files: &[SourceFile]) -> Vec<Finding> {
    let empty = |path: &str| {
        path.split('/').find_map(|component| {
            let stem = component.split('.').next().unwrap_or(component);
            EMPTY_NAMES.iter().find(|name| **name == stem)
        })
    };
    files
        .iter()
        .filter(|file| is_source(file))
        .filter_map(|file| {
            let name = empty(&file.path)?;
            let advice = format!("`{name}` says nothing; put each function with the noun it serves");
            Some(Finding::in_file(&file.path, advice))
        })
        .collect()
}

/// Names of tests that could not be false. A single noun is fine where the file says what is claimed of it.
const EMPTY_CLAIMS: &[&str] = &["test", "basic", "simple", "works", "it_works", "smoke", "sanity"];

/// `fn test_scan()` names a place; `fn a_symlink_is_never_followed()` claims something that can be false.
pub(super) fn test_names_are_claims(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let mut after_attribute = false;
        for (number, line) in file.numbered_lines() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix("fn ").filter(|_| after_attribute) {
                let name = name.split('(').next().unwrap_or(name);
                if EMPTY_CLAIMS.contains(&name) || name.starts_with("test_") {
                    let advice = format!("`{name}` claims nothing; name what holds when it passes");
                    findings.push(Finding::at(&file.path, number, advice));
                }
            }
            // Further attributes may stand between the two.
            after_attribute = line == "#[test]" || (after_attribute && line.starts_with("#["));
        }
    }
    findings
}

/// A test behind `#[cfg(feature = …)]` is left out without a word when the feature is off. A test binary that declares
/// `required-features` is found by `cargo xtask test` and run with them.
pub(super) fn no_test_hides_behind_a_feature(files: &[SourceFile]) -> Vec<Finding> {
    let gate = concat!("cfg(", "feature");
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("tests.rs");
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && is_test(&file.path)) {
        for (number, _) in file.numbered_lines().filter(|(_, line)| line.contains(gate)) {
            let advice = "put it into a test binary of its own with `required-features` in `Cargo.toml`";
            findings.push(Finding::at(&file.path, number, advice));
        }
    }
    findings
}

fn is_source(file: &SourceFile) -> bool {
    [".rs", ".toml", ".sh", ".yml", ".sql", ".ci/run"].iter().any(|end| file.path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{file, places};
    use super::*;

    #[test]
    fn a_file_that_grew_past_the_limit_is_found_and_other_languages_are_not() {
        let long = "line\n".repeat(MAX_LINES + 1);
        let files = [file("a.rs", &long), file("b.rs", &"line\n".repeat(MAX_LINES)), file("c.md", &long)];
        assert_eq!(places(files_are_short, &files), ["a.rs"]);
    }

    #[test]
    fn each_leftover_is_found_with_its_line() {
        for (word, _) in LEFTOVERS {
            let text = format!("fn fine() {{}}\n// {word}\n");
            assert_eq!(places(nothing_is_left_over, &[file("src/a.rs", &text)]), ["src/a.rs:2"], "{word}");
        }
    }

    #[test]
    fn a_folder_or_file_without_a_noun_is_found_and_a_word_within_a_name_is_not() {
        let files = [
            file("crates/a/src/utils.rs", ""),
            file("crates/a/tests/common/mod.rs", ""),
            file("crates/a/src/uncommon.rs", ""),
        ];
        let found = ["crates/a/src/utils.rs", "crates/a/tests/common/mod.rs"];
        assert_eq!(places(names_say_something, &files), found);
    }

    #[test]
    fn a_test_behind_a_feature_is_found_and_code_behind_one_is_not() {
        let text = "#[test]\n#[cfg(feature = \"failpoints\")]\nfn a_claim_holds() {}\n";
        let files = [file("crates/a/tests/a.rs", text), file("crates/a/src/points.rs", text)];
        assert_eq!(places(no_test_hides_behind_a_feature, &files), ["crates/a/tests/a.rs:2"]);
    }

    #[test]
    fn a_test_named_after_a_function_is_found_and_a_claim_is_not() {
        let text = "#[test]\nfn test_scan() {}\n#[test]\n#[cfg(unix)]\nfn it_works() {}\n#[test]\nfn a_claim_holds() {}\nfn plain() {}\n";
        assert_eq!(places(test_names_are_claims, &[file("a.rs", text)]), ["a.rs:2", "a.rs:5"]);
    }
}
