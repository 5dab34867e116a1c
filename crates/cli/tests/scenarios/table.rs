//! Keeps `docs/scenarios.md` and the tests together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The kinds of trouble, in the order of the page, and how many scenarios there are of each.
const SCENARIOS: [(&str, usize); 41] = [
    ("CR", 6),
    ("CO", 6),
    ("DE", 4),
    ("TY", 4),
    ("MV", 8),
    ("CA", 3),
    ("UN", 3),
    ("NM", 3),
    ("LG", 2),
    ("PM", 4),
    ("RO", 4),
    ("SY", 5),
    ("HL", 2),
    ("SP", 2),
    ("SF", 2),
    ("TM", 5),
    ("IN", 2),
    ("FD", 3),
    ("VA", 3),
    ("RT", 6),
    ("NE", 3),
    ("MP", 3),
    ("AR", 5),
    ("WA", 5),
    ("IG", 5),
    ("CN", 4),
    ("VS", 2),
    ("EV", 4),
    ("SC", 4),
    ("ED", 3),
    ("GI", 3),
    ("DB", 2),
    ("CC", 3),
    ("PP", 3),
    ("DR", 3),
    ("CF", 2),
    ("ME", 3),
    ("RX", 2),
    ("OB", 7),
    ("TR", 4),
    ("MG", 4),
];

/// A row of the page.
struct Row {
    id: String,
    state: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenarios.md");
    let page = fs::read_to_string(page).unwrap();
    let is_id = |cell: &str| cell.len() > 2 && cell[2..].bytes().all(|byte| byte.is_ascii_digit());
    page.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
            if !cells.first().is_some_and(|cell| is_id(cell)) {
                return None;
            }
            assert!(cells.len() == 5 && !cells[1].is_empty(), "five cells and a title: {line}");
            let tests = cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect();
            let [id, state] = [cells[0], cells[2]].map(str::to_owned);
            assert!(state != "waiting" || !cells[4].is_empty(), "what it waits for: {line}");
            Some(Row { id, state, tests })
        })
        .collect()
}

/// All tests that are named after a scenario, with the file they stand in.
fn tests() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut tests = BTreeMap::new();
    for found in fs::read_dir(folder).unwrap() {
        let path = found.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut is_test = false;
        for line in text.lines() {
            if is_test
                && let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next())
                && id_of(name).is_some()
            {
                let twice = tests.insert(name.to_owned(), path.display().to_string());
                assert!(twice.is_none(), "`{name}` is there twice");
            }
            is_test = line.trim() == "#[test]";
        }
    }
    tests
}

/// `co1_…` is a test of CO1.
fn id_of(test: &str) -> Option<String> {
    let (id, claim) = test.split_once('_')?;
    let (kind, number) = id.split_at_checked(2)?;
    let is_known = SCENARIOS.iter().any(|(known, _)| known.eq_ignore_ascii_case(kind));
    (is_known && number.parse::<usize>().is_ok() && !claim.is_empty()).then(|| id.to_uppercase())
}

#[test]
fn the_page_has_every_scenario_once() {
    let all: BTreeSet<String> =
        SCENARIOS.iter().flat_map(|(kind, n)| (1..=*n).map(move |i| format!("{kind}{i}"))).collect();
    let rows: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    assert_eq!(rows.iter().cloned().collect::<BTreeSet<_>>(), all);
    assert_eq!(rows.len(), all.len(), "a scenario has two rows");
}

#[test]
fn a_scenario_that_holds_has_its_tests_and_every_test_its_scenario() {
    let tests = tests();
    let mut named = BTreeSet::new();
    for row in rows() {
        let (id, state) = (&row.id, &row.state);
        assert_eq!(state == "holds", !row.tests.is_empty(), "{id} says `{state}`");
        assert!(["holds", "waiting"].contains(&state.as_str()), "{id} says `{state}`");
        for name in row.tests {
            assert_eq!(id_of(&name).as_ref(), Some(id), "`{name}` stands in another row");
            assert!(tests.contains_key(&name), "`{name}` is in docs/scenarios.md and is no test");
            named.insert(name);
        }
    }
    for (name, file) in tests {
        assert!(named.contains(&name), "`{name}` of {file} is not in docs/scenarios.md");
    }
}
