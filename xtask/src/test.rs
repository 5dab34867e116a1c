//! `test`: the one command that runs all tests.

use std::fmt;

use crate::failure::Failure;
use crate::workspace::{self, Package};
use crate::{process, programs, python, windows};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let for_binaries = for_binaries(arguments)?;
    programs::ensure(programs::FOR_TESTS)?;
    python::prepare()?;
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    for run in runs(&workspace::packages()?) {
        let mut command = process::command(&process::cargo(), &["test", "--no-fail-fast"]);
        command.args(run.words).envs(run.environment);
        if !for_binaries.is_empty() {
            command.arg("--").args(for_binaries);
        }
        if let Err(failure) = process::run_seeing(command, |line| counts.see(line)) {
            failures.push(failure);
        }
    }
    // Names of tests are given to the test binaries; `pytest` would take them otherwise.
    if for_binaries.is_empty() {
        if let Err(failure) = python::test(|summary| counts.add(summary)) {
            failures.push(failure);
        }
    } else {
        println!("the tests of sdk/python are left out, because the arguments are for the test binaries");
    }
    if let Err(failure) = windows::test(for_binaries, &mut counts) {
        failures.push(failure);
    }
    println!("\ntests: {counts}");
    match failures.pop() {
        Some(failure) => Err(failure),
        None => counts.verdict(for_binaries),
    }
}

/// What is meant for the test binaries.
pub(crate) fn for_binaries(arguments: &[String]) -> Result<&[String], Failure> {
    match arguments.split_first() {
        None => Ok(&[]),
        Some((dashes, rest)) if dashes == "--" => Ok(rest),
        Some((surplus, _)) => Err(Failure::new(format!("`{surplus}` is not understood here"))
            .hint(format!("what is meant for the tests follows `--`: `-- {surplus}`"))),
    }
}

/// Test binaries that need more than programs to be installed: what that is, and the call, are in [`windows`].
const ELSEWHERE: &[&str] = &["wine"];

/// Test binaries that judge the program as it is shipped, which is optimized.
const OPTIMIZED: &[&str] = &["kill"];

/// `kill`: the same test binary with the release build itself, which takes too long to make for each check.
pub(crate) fn kill(arguments: &[String]) -> Result<(), Failure> {
    let features = "syncmgr-cli/kill";
    let line = ["test", "--release", "--workspace", "--features", features, "--test", "kill", "--"];
    let mut command = process::command(&process::cargo(), &line);
    command.args(arguments);
    process::run(command)
}

/// The commands through a daemon: the same tests of the same binary.
const THROUGH_DAEMON: (&str, &str) = ("SYNCMGR_TEST_THROUGH", "daemon");

/// One call of `cargo test`.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    words: Vec<String>,
    environment: Option<(&'static str, &'static str)>,
}

/// What `cargo test` is called with: everything; the examples in the documentation, which Cargo cannot do in the same run; the
/// commands once more, through a daemon; and each test binary that needs features, which Cargo leaves out without a word.
///
/// Always of the whole workspace: for a package alone Cargo would choose other features of the crates below, and build them
/// all once more.
fn runs(packages: &[Package]) -> Vec<Run> {
    let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect();
    let run = |line: &[&str]| Run { words: words(line), environment: None };
    let through = &["--workspace", "--test", "cli"];
    let mut runs = vec![
        run(&["--workspace", "--all-targets"]),
        run(&["--workspace", "--doc"]),
        Run { environment: Some(THROUGH_DAEMON), ..run(through) },
    ];
    for package in packages {
        for test in package.gated_tests.iter().filter(|test| !ELSEWHERE.contains(&test.name.as_str())) {
            let features: Vec<String> =
                test.features.iter().map(|feature| format!("{}/{feature}", package.name)).collect();
            let features = features.join(",");
            let mut run: Vec<String> = words(&["--workspace", "--features", &features, "--test", &test.name]);
            if OPTIMIZED.contains(&test.name.as_str()) {
                run.extend(words(&["--profile", "optimized"]));
            }
            runs.push(Run { words: run, environment: None });
        }
    }
    runs
}

/// What the test binaries said about themselves.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counts {
    /// Takes the line with which the test harness closes a binary; all other lines are nothing to us:
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
    pub(crate) fn see(&mut self, line: &str) {
        let Some((_, numbers)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for part in numbers.split(';') {
            let Some((number, word)) = part.trim().split_once(' ') else { continue };
            let number = number.parse().unwrap_or(0);
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    fn add(&mut self, python: python::Summary) {
        self.passed += python.passed;
        self.failed += python.failed;
        self.ignored += python.ignored;
    }

    /// A test that did not run is not a test that passed.
    pub(crate) fn verdict(&self, arguments: &[String]) -> Result<(), Failure> {
        if self.ignored > 0 {
            return Err(Failure::new(format!("{} tests were ignored", self.ignored))
                .hint("make them pass, or assert what they do today; nothing is skipped here"));
        }
        if self.passed == 0 {
            return Err(Failure::new(format!("no test ran (arguments: `{}`)", arguments.join(" ")))
                .hint("`cargo test --workspace -- --list` lists the names"));
        }
        Ok(())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} ignored", self.passed, self.failed, self.ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::GatedTest;

    #[test]
    fn a_test_binary_that_needs_features_is_run_with_them_and_optimized_where_that_matters() {
        let gated = |test: &str, feature: &str| GatedTest {
            name: test.to_owned(),
            features: vec![feature.to_owned()],
        };
        let package = Package {
            name: "syncmgr-cli".to_owned(),
            dependencies: Vec::new(),
            features: Vec::new(),
            tests: Vec::new(),
            gated_tests: vec![gated("crashes", "failpoints"), gated("kill", "kill"), gated("wine", "wine")],
        };
        let runs = runs(&[package]);
        assert_eq!(runs.len(), 5);
        assert_eq!(runs[3].words.join(" "), "--workspace --features syncmgr-cli/failpoints --test crashes");
        assert_eq!(
            runs[4].words.join(" "),
            "--workspace --features syncmgr-cli/kill --test kill --profile optimized"
        );
    }

    #[test]
    fn the_commands_are_tested_with_and_without_a_daemon() {
        let runs = runs(&[]);
        let through: Vec<_> = runs.iter().filter(|run| run.environment == Some(THROUGH_DAEMON)).collect();
        assert_eq!(through.len(), 1);
        assert_eq!(through[0].words.join(" "), "--workspace --test cli");
        assert_eq!(
            runs[0],
            Run { words: vec!["--workspace".to_owned(), "--all-targets".to_owned()], environment: None }
        );
    }

    #[test]
    fn results_of_several_binaries_are_added_up() {
        let mut counts = Counts::default();
        counts.see(
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        counts.see(
            "test result: FAILED. 1 passed; 2 failed; 4 ignored; 0 measured; 9 filtered out; finished in 1s",
        );
        counts.see("running 12 tests");
        assert_eq!(counts, Counts { passed: 4, failed: 2, ignored: 4 });
    }

    #[test]
    fn an_ignored_test_fails_the_run_and_so_does_no_test_at_all() {
        assert!(Counts { passed: 9, failed: 0, ignored: 1 }.verdict(&[]).is_err());
        assert!(Counts::default().verdict(&["nothing-is-called-this".to_owned()]).is_err());
        assert!(Counts { passed: 1, failed: 0, ignored: 0 }.verdict(&[]).is_ok());
    }
}
