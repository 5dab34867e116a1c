//! `check`: exactly what CI runs.

use std::time::Instant;

use crate::failure::Failure;
use crate::{edges, process, test, tidy, workspace};

/// A step of the check: its name, and how it is done.
type Step = (&'static str, fn() -> Result<(), Failure>);

/// Cheap steps first. All of them run, whatever the earlier ones found: one run of CI tells everything it knows.
const STEPS: &[Step] = &[
    ("format", format),
    ("edges", edges::run),
    ("tidy", tidy::run),
    ("lints", lints),
    ("docs", docs),
    ("tests", || test::run(&[])),
];

pub(crate) fn run() -> Result<(), Failure> {
    components()?;
    let mut report = String::new();
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        println!("\n=== {name}");
        let start = Instant::now();
        let outcome = step();
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        report.push_str(&format!("{name:<8} {word:<8} {:>6.1} s\n", start.elapsed().as_secs_f64()));
        if let Err(failure) = outcome {
            println!("{failure}");
            failed.push(*name);
        }
    }
    print!("\n=== check\n{report}");
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("the check failed in: {}", failed.join(", ")))
            .hint("look for `error` in the section of that name above"))
    }
}

/// Without these the check could only be half done, so it is not begun.
fn components() -> Result<(), Failure> {
    for component in ["clippy", "fmt"] {
        let package = if component == "fmt" { "rustfmt" } else { component };
        process::output(&process::cargo(), &[component, "--version"]).map_err(|_| {
            Failure::new(format!("the toolchain's component `{package}` is missing"))
                .hint(format!("run `rustup component add {package}`"))
        })?;
    }
    Ok(())
}

fn format() -> Result<(), Failure> {
    process::run(process::command(&process::cargo(), &["fmt", "--all", "--check"])).map_err(|failure| {
        println!("{failure}");
        Failure::new("some files are not formatted").hint("run `cargo fmt --all`")
    })
}

/// Features that nothing else turns on.
const OPTIONAL: &[(&str, &str)] = &[
    ("syncmgr-cli", "browser"),
    ("syncmgr-cli", "failpoints"),
    ("syncmgr-cli", "kill"),
    ("syncmgr-com", "wine"),
    ("syncmgr-control", "schemathesis"),
    ("syncmgr-folders", "simulation"),
    ("syncmgr-handler", "guest"),
    ("syncmgr-web", "browser"),
];

/// Lints as errors, also with the optional features: one that is not built is broken. What is for Windows has its lints where it is
/// built, among the tests.
fn lints() -> Result<(), Failure> {
    let clippy = |features: &[&str]| {
        let mut arguments = vec!["clippy", "--quiet", "--workspace", "--all-targets"];
        arguments.extend(features);
        arguments.extend(["--", "-D", "warnings"]);
        process::run(process::command(&process::cargo(), &arguments))
    };
    clippy(&[])?;
    clippy(&["--features", &optional_features()?])
}

/// The optional features, as Cargo takes them.
fn optional_features() -> Result<String, Failure> {
    let packages = workspace::packages()?;
    let is_there = |(package, feature): &&(&str, &str)| workspace::has_feature(&packages, package, feature);
    let features = OPTIONAL.iter().filter(is_there).map(|(package, feature)| format!("{package}/{feature}"));
    Ok(features.collect::<Vec<_>>().join(","))
}

fn docs() -> Result<(), Failure> {
    let features = optional_features()?;
    let arguments = ["doc", "--quiet", "--workspace", "--no-deps", "--features", &features];
    let mut command = process::command(&process::cargo(), &arguments);
    command.env("RUSTDOCFLAGS", "-D warnings");
    process::run(command)
}
