//! Keeps `docs/contract.md` and the tests under Wine together.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How many cells a row has, and which of them is about classes.
const CELLS: usize = 7;
const COM: usize = 4;

/// The numbers of the statements in the name of a test, such as `w_005_…_and_w_006_…`.
fn numbers(name: &str) -> impl Iterator<Item = u32> {
    let parts = name.split("w_").skip(1).filter_map(|part| part.get(..3));
    parts.filter_map(|digits| digits.parse().ok())
}

/// The tests that the page names, with the statements in whose rows they are.
fn on_page(page: &str) -> BTreeMap<String, BTreeSet<u32>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in page.lines().filter_map(|line| line.strip_prefix("| C-")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        assert_eq!(cells.len(), CELLS, "seven cells: {row}");
        assert!(!cells[COM].trim().is_empty(), "a test with classes, or why there is none: {row}");
        let statement = cells[0].parse().unwrap();
        let words = cells[COM].split('`').skip(1).step_by(2);
        for name in words.filter(|word| word.starts_with("w_")) {
            found.entry(name.to_owned()).or_default().insert(statement);
        }
    }
    found
}

fn tests(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in fs::read_dir(root.join("crates/com/tests/wine")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let names = text.lines().filter_map(|line| line.strip_prefix("fn ")?.split('(').next());
        found.extend(names.filter(|name| name.starts_with("w_")).map(str::to_owned));
    }
    found
}

#[test]
fn the_page_names_every_test_of_a_statement_in_its_rows_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = on_page(&fs::read_to_string(root.join("docs/contract.md")).unwrap());
    let there = tests(&root);
    assert!(there.len() > 30, "the tests are where they were");
    assert_eq!(page.keys().cloned().collect::<BTreeSet<_>>(), there);
    for (name, rows) in &page {
        for number in numbers(name) {
            assert!(rows.contains(&number), "`{name}` is not in the row of C-{number}");
        }
    }
}
