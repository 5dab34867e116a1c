//! The Python package for authors of handlers: its types and its tests.

use std::path::Path;

use crate::failure::Failure;
use crate::process;
use crate::workspace;

/// Where the package is.
const PACKAGE: &str = "sdk/python";

/// What the last line of `pytest` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Left out, or expected to fail: not passed.
    pub(crate) ignored: u64,
}

/// Checks the types and runs the tests, with Debian's Python; says what came of the tests.
pub(crate) fn test(see: impl FnOnce(Summary)) -> Result<(), Failure> {
    let folder = workspace::root().join(PACKAGE);
    types(&folder)?;
    let mut command = process::command("pytest-3", &["-q", "-p", "no:cacheprovider", "--color=no"]);
    command.current_dir(&folder).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut summary = Summary::default();
    let ran = process::run_seeing(command, |line| summary.see(line));
    see(summary);
    ran
}

/// What test binaries need from the registry of Python packages: a program for `control`; what drives a browser for `web`, and
/// what looks there for obstacles. The browser itself is Debian's.
const PACKAGES: [&str; 3] = ["axe-playwright-python==0.1.8", "playwright==1.65.2", "schemathesis==4.32.5"];

/// Prepares the environment with what no Debian package has, below the target folder; kept from run to run.
pub(crate) fn prepare() -> Result<(), Failure> {
    let environment = workspace::target_dir()?.join("python");
    let done = environment.join("packages");
    let packages = PACKAGES.join("\n");
    if std::fs::read_to_string(&done).is_ok_and(|there| there == packages) {
        return Ok(());
    }
    let path = environment.to_string_lossy().into_owned();
    process::run(process::command("/usr/bin/python3", &["-m", "venv", "--clear", &path]))?;
    let pip = environment.join("bin/pip").to_string_lossy().into_owned();
    let mut install = process::command(&pip, &["install", "--quiet", "--disable-pip-version-check"]);
    install.args(PACKAGES);
    process::run(install)?;
    std::fs::write(&done, packages)
        .map_err(|e| Failure::while_doing("note that the environment is complete", e))
}

fn types(folder: &Path) -> Result<(), Failure> {
    let mut command = process::command("mypy", &["--strict", "--cache-dir=/dev/null", "src", "tests"]);
    command.current_dir(folder);
    process::run(command)
}

impl Summary {
    /// Takes the last line: `1 failed, 38 passed, 2 skipped in 7.06s`.
    fn see(&mut self, line: &str) {
        let Some((counts, time)) = line.rsplit_once(" in ") else { return };
        if !time.trim_end().ends_with('s') {
            return;
        }
        for count in counts.split(", ") {
            let Some((number, word)) = count.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" | "error" | "errors" => self.failed += number,
                "skipped" | "xfailed" | "xpassed" | "deselected" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_counted_and_a_skipped_test_is_not_passed() {
        let mut summary = Summary::default();
        summary.see("............   [100%]");
        summary.see("test_it.py::a_thing in the middle of a line");
        summary.see("1 failed, 38 passed, 2 skipped, 1 xfailed, 1 error in 7.06s");
        assert_eq!(summary, Summary { passed: 38, failed: 2, ignored: 3 });
    }
}
