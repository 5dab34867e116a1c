//! Keeps `docs/contract.md` and the tests together; those with classes are looked at by `crates/com/tests/page.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the page: the number of its statement, and the tests it names in process and over lines.
struct Row {
    number: u32,
    tests: Vec<String>,
    over_lines: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What stands between backticks and looks like a test.
fn test_names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).filter(|name| number_of(name).is_some()).map(str::to_owned).collect()
}

/// `c_034_…` and `p_034_…` are tests of statement 34.
fn number_of(name: &str) -> Option<u32> {
    let rest = name.strip_prefix("c_").or_else(|| name.strip_prefix("p_"))?;
    let (number, claim) = rest.split_once('_')?;
    (number.len() == 3 && !claim.is_empty()).then(|| number.parse().ok())?
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/contract.md")).unwrap();
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| C-")?.split(" | ").collect();
        assert_eq!(cells.len(), 7, "seven cells: {line}");
        for (face, cell) in [("over lines", cells[3]), ("with classes", cells[4])] {
            assert!(!["", "—"].contains(&cell.trim()), "a test {face}, or why there is none: {line}");
        }
        Some(Row {
            number: cells[0].parse().unwrap(),
            tests: test_names(cells[2]),
            over_lines: test_names(cells[3]),
        })
    });
    rows.collect()
}

/// All tests that are named after a statement, with the file they stand in.
fn tests() -> BTreeMap<String, PathBuf> {
    let mut tests = BTreeMap::new();
    let mut folders = vec![root().join("crates/engine/tests"), root().join("crates/store/tests")];
    while let Some(folder) = folders.pop() {
        for found in fs::read_dir(folder).unwrap() {
            let path = found.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                for line in fs::read_to_string(&path).unwrap().lines() {
                    let name = line.trim_start().strip_prefix("fn ").and_then(|rest| rest.split('(').next());
                    if let Some(name) = name.filter(|name| number_of(name).is_some()) {
                        assert!(
                            tests.insert(name.to_owned(), path.clone()).is_none(),
                            "`{name}` is there twice"
                        );
                    }
                }
            }
        }
    }
    tests
}

#[test]
fn the_page_has_every_statement_once_and_in_order() {
    let numbers: Vec<u32> = rows().iter().map(|row| row.number).collect();
    let all: Vec<u32> = (1..=130).filter(|&number| number != 120).collect();
    assert_eq!(numbers, all);
}

#[test]
fn every_statement_has_its_test_and_every_test_its_statement() {
    let tests = tests();
    let mut named = BTreeSet::new();
    for row in rows() {
        assert!(!row.tests.is_empty(), "C-{} has no test", row.number);
        for (names, prefix) in [(row.tests, "c_"), (row.over_lines, "p_")] {
            for name in names {
                assert!(name.starts_with(prefix), "`{name}` stands in another face's column");
                assert_eq!(number_of(&name), Some(row.number), "`{name}` stands in another row");
                assert!(tests.contains_key(&name), "`{name}` is in docs/contract.md and is no test");
                named.insert(name);
            }
        }
    }
    for (name, path) in tests {
        assert!(named.contains(&name), "`{name}` of {} is not in docs/contract.md", path.display());
    }
}
