//! Keeps `docs/windows.md` and the tests under Wine together.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The words of a text that are names of tests.
fn names<'a>(words: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    words.filter(|word| word.starts_with("w_")).map(str::to_owned).collect()
}

#[test]
fn the_page_names_every_test_of_a_statement_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/windows.md")).unwrap();
    let on_page = names(page.split('`').skip(1).step_by(2));
    let mut there = BTreeSet::new();
    for file in fs::read_dir(root.join("crates/com/tests/wine")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        there.extend(names(text.lines().filter_map(|line| line.strip_prefix("fn ")?.split('(').next())));
    }
    assert!(there.len() > 30, "the tests are where they were");
    assert_eq!(on_page, there);
}
