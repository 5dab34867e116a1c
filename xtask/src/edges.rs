//! `edges`: which of our crates may know which.
//!
//! Boundaries on paper are gone by the third release, so the allowed edges are listed here and compared with what Cargo
//! reports, in both directions. Adding a line is a reviewed change: the reason is read with it.

use crate::failure::Failure;
use crate::workspace::{self, DependencyKind, Package};

/// An allowed edge and why it is there. Edges go down only.
struct Edge {
    from: &'static str,
    to: &'static str,
    reason: &'static str,
}

const fn edge(from: &'static str, to: &'static str, reason: &'static str) -> Edge {
    Edge { from, to, reason }
}

const ALLOWED: &[Edge] = &[
    edge("cli", "control", "its window asks the daemon from several threads, and hears what happens"),
    edge("cli", "daemon", "asks the manager, in the same process or in the daemon's"),
    edge("cli", "folders", "checks the words of folders as they are typed"),
    edge("cli", "kit", "offers authors of handlers the skeletons and the check"),
    edge("cli", "model", "shows the words of the model to people"),
    edge("cli", "recipes", "commands are made of the parameters of recipes"),
    edge("cli", "tui", "shows the window and gives it the way to the daemon"),
    edge("cli", "wire", "says the control vocabulary and prints its lines"),
    edge("com", "control", "programs that ask the manager's class ask the daemon through it"),
    edge("com", "handler", "makes a class a handler, and that a process of its own"),
    edge("com", "model", "decides with the words of the model"),
    edge("com", "wire", "says the control vocabulary for them"),
    edge("control", "model", "speaks of sessions and times"),
    edge("control", "wire", "carries the control vocabulary"),
    edge(
        "daemon",
        "com",
        "on Windows: the composition root knows which classes are handlers, and is their process",
    ),
    edge("daemon", "control", "answers what comes over the control API, and asks through it"),
    edge("daemon", "engine", "the composition root: joins handlers to an engine"),
    edge("daemon", "folders", "the composition root knows which handlers exist"),
    edge("daemon", "handler", "the composition root hands factories from one to the other"),
    edge("daemon", "hooks", "tells others what happened"),
    edge("daemon", "keeper", "performs what it decides"),
    edge("daemon", "model", "decides with the words of the model"),
    edge("daemon", "recipes", "the composition root makes handlers of recipes"),
    edge("daemon", "sources", "hears what happens on the machine"),
    edge("daemon", "store", "the composition root opens the store"),
    edge("daemon", "view", "makes pages of what it knows"),
    edge("daemon", "web", "gives browsers the page"),
    edge("daemon", "winfs", "keeps its standard handles from programs it starts"),
    edge("daemon", "wire", "answers in the control vocabulary"),
    edge("engine", "child", "starts and ends the processes of handlers"),
    edge("engine", "handler", "drives handlers through the trait"),
    edge("engine", "model", "runs the session machine"),
    edge("engine", "wire", "speaks the handler protocol with processes"),
    edge("folders", "handler", "is a handler"),
    edge("folders", "model", "reports facts, rows and entries"),
    edge("folders", "winfs", "asks Windows what the standard library does not tell of files"),
    edge("handler", "model", "the traits speak the words of the model"),
    edge("handler", "wire", "the feature `guest`: a handler as a process speaks the handler protocol"),
    edge("hooks", "child", "starts the commands of hooks"),
    edge("hooks", "model", "names sessions and items"),
    edge("keeper", "model", "decides about items with the model's triggers"),
    edge("kit", "child", "starts the handlers it checks"),
    edge("kit", "wire", "speaks the handler protocol with them"),
    edge("recipes", "child", "starts tools and leaves nothing of them behind"),
    edge("recipes", "handler", "a recipe is a handler"),
    edge("store", "model", "remembers values of the model"),
    edge("testkit", "handler", "has a scripted handler"),
    edge("testkit", "model", "builds values of the model"),
    edge("tui", "wire", "draws pages and sends the requests in them"),
    edge("view", "model", "has a word for what the model knows"),
    edge("view", "wire", "makes pages of lines, with requests in their actions"),
    edge("web", "control", "is files in the form in which the control API serves them"),
    edge("wire", "model", "gives the words of the model their text"),
];

/// Edges that tests may have besides, upwards too: what is tested there needs both sides.
const ALLOWED_IN_TESTS: &[Edge] = &[
    edge("cli", "handler", "scenarios hear what a pair of folders tells its callback"),
    edge("cli", "store", "tests prepare stores that no command would make"),
    edge("com", "engine", "classes are driven as the manager drives any process"),
    edge("com", "kit", "and by the suite for the protocol"),
    edge("kit", "engine", "handlers of the kit are tried with the manager's side of the protocol"),
    edge("kit", "handler", "and with the suite for handlers in process"),
    edge("tui", "model", "pages that tests draw have ids and times in them"),
    edge("web", "model", "tests serve pages made up for them"),
    edge("web", "wire", "tests serve pages made up for them"),
];

/// Outside crates with one owner each: knowing them elsewhere would be knowing the owner's insides.
const CONFINED: &[(&str, &str, &str)] = &[
    ("rusqlite", "store", "only the store knows SQL"),
    ("rusqlite_migration", "store", "only the store knows its versions"),
    ("axum", "control", "only the control API speaks HTTP as a server"),
    ("clap", "cli", "only the command line reads arguments"),
    ("croner", "keeper daemon", "schedules are the keeper's; the configuration checks what is written"),
    ("crossterm", "tui cli", "only a face knows terminals"),
    ("indicatif", "cli", "only a face draws"),
    ("ratatui", "tui", "only a face draws"),
    (
        "blake3",
        "folders engine",
        "equal content is the folder engine's affair, trusted content the process host's",
    ),
    ("close_fds", "child", "only there programs are started"),
    ("notify-rust", "hooks", "only there the desktop is spoken to"),
    ("process-wrap", "child", "only there programs are started"),
    ("tokio", "control", "asynchronous work stays behind the control API"),
    ("ctrlc", "daemon", "the end of a process is asked for there"),
    ("interprocess", "control", "named pipes are its sockets"),
    ("notify", "sources", "what changes is heard there"),
    ("ureq", "hooks", "only hooks call web addresses"),
    ("windows", "com", "only there COM is spoken"),
    (
        "windows-registry",
        "com daemon",
        "classes are registered in one; how often the machine was booted is read in the other",
    ),
    ("win32job", "child", "what keeps a program and all it starts together"),
    ("winsafe", "child daemon", "processes are waited for and measured in one, looked for in the other"),
    ("windows-sys", "winfs", "calls of Windows about files are made there"),
    ("zbus", "sources hooks", "the system's bus is heard in one, the desktop's spoken to in the other"),
    ("regex", "recipes", "what tools say is read there"),
    (
        "serde_json",
        "wire cli control daemon engine hooks recipes store view xtask",
        "JSON is the wire's; the command line prints its lines, the control API and hooks carry it, tools of recipes report in \
         it, what only one module reads back is kept in it, and forms of pages carry requests",
    ),
];

/// What the model may use: values only, nothing that could reach the outside.
const MODEL_MAY_USE: &[&str] = &["bitflags", "uuid"];

/// Crates on which tests and benches of any other may lean; the model's tests need none of it.
const FOR_TESTS: &str = "testkit";

pub(crate) fn run() -> Result<(), Failure> {
    let findings = findings(&workspace::packages()?);
    if findings.is_empty() {
        println!("edges: {} allowed, all of them used, no others", ALLOWED.len());
        return Ok(());
    }
    for finding in &findings {
        println!("{finding}");
    }
    Err(Failure::new(format!("{} dependency edges are not as listed", findings.len())).hint(
        "the list and its reasons are in `xtask/src/edges.rs`; the idea behind them in `ARCHITECTURE.md`",
    ))
}

fn findings(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        let from = short(&package.name);
        for dependency in &package.dependencies {
            let to = short(&dependency.name);
            let is_ours = dependency.name.starts_with(PREFIX);
            findings.extend(match (dependency.kind, is_ours) {
                (DependencyKind::Normal, true) => judge_edge(from, to),
                (DependencyKind::Dev, true) => judge_test_edge(from, to),
                (DependencyKind::Normal, false) => judge_outside(from, to),
                (DependencyKind::Dev, false) => None,
            });
        }
    }
    let unused =
        |edges: &'static [Edge], kind| edges.iter().filter(move |edge| !exists(packages, edge, kind));
    let unused = unused(ALLOWED, DependencyKind::Normal).chain(unused(ALLOWED_IN_TESTS, DependencyKind::Dev));
    findings.extend(unused.map(|edge| {
        format!("{} -> {}: listed and not used; delete its line (`{}`)", edge.from, edge.to, edge.reason)
    }));
    findings
}

fn judge_edge(from: &str, to: &str) -> Option<String> {
    let is_listed = ALLOWED.iter().any(|edge| edge.from == from && edge.to == to);
    (!is_listed).then(|| {
        format!(
            "{from} -> {to}: not allowed; do without, or add the edge with its reason and have it reviewed"
        )
    })
}

/// Tests may use what the crate itself may, and the testkit.
fn judge_test_edge(from: &str, to: &str) -> Option<String> {
    match (from, to) {
        ("model", _) => Some(format!("model -> {to} (tests): the model is tested with nothing but itself")),
        (_, FOR_TESTS) => None,
        _ if ALLOWED_IN_TESTS.iter().any(|edge| edge.from == from && edge.to == to) => None,
        _ => judge_edge(from, to),
    }
}

fn judge_outside(from: &str, to: &str) -> Option<String> {
    if from == "model" && !MODEL_MAY_USE.contains(&to) {
        return Some(format!("model -> {to}: the model uses values only ({})", MODEL_MAY_USE.join(", ")));
    }
    let (_, owners, reason) = CONFINED.iter().find(|(name, ..)| *name == to)?;
    let is_owner = owners.split(' ').any(|owner| owner == from);
    (!is_owner).then(|| format!("{from} -> {to}: confined to {owners} ({reason}); ask its owner instead"))
}

fn exists(packages: &[Package], edge: &Edge, kind: DependencyKind) -> bool {
    packages.iter().filter(|package| short(&package.name) == edge.from).any(|package| {
        package
            .dependencies
            .iter()
            .any(|dependency| dependency.kind == kind && short(&dependency.name) == edge.to)
    })
}

const PREFIX: &str = "syncmgr-";

/// `model` for `syncmgr-model`: the name of the folder.
fn short(package: &str) -> &str {
    package.strip_prefix(PREFIX).unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    #[test]
    fn the_edges_between_our_crates_are_the_allowed_ones() {
        let findings = findings(&workspace::packages().unwrap());
        assert!(findings.is_empty(), "run `cargo xtask edges`:\n{}", findings.join("\n"));
    }

    #[test]
    fn an_edge_upwards_a_confined_crate_and_a_helped_model_are_found() {
        for (from, to, kind, found) in [
            ("store", "syncmgr-engine", DependencyKind::Normal, "store -> engine: not allowed"),
            ("model", "syncmgr-testkit", DependencyKind::Dev, "model -> testkit (tests)"),
            ("model", "serde", DependencyKind::Normal, "model -> serde: the model uses values only"),
            ("engine", "rusqlite", DependencyKind::Normal, "engine -> rusqlite: confined to store"),
        ] {
            let findings = findings(&[package(from, to, kind)]);
            assert!(findings.iter().any(|finding| finding.starts_with(found)), "{found}: {findings:?}");
        }
    }

    #[test]
    fn tests_of_any_crate_but_the_model_may_lean_on_the_testkit() {
        assert_eq!(judge_test_edge("store", "testkit"), None);
        assert_eq!(judge_test_edge("engine", "handler"), None);
        assert!(judge_test_edge("store", "engine").is_some());
    }

    #[test]
    fn a_listed_edge_that_nobody_uses_is_found() {
        let findings = findings(&[]);
        assert_eq!(findings.len(), ALLOWED.len() + ALLOWED_IN_TESTS.len());
        assert!(findings[0].contains("listed and not used"), "{}", findings[0]);
    }

    fn package(name: &str, dependency: &str, kind: DependencyKind) -> Package {
        let dependencies = vec![Dependency { name: dependency.to_owned(), kind }];
        Package {
            name: format!("{PREFIX}{name}"),
            dependencies,
            features: Vec::new(),
            tests: Vec::new(),
            gated_tests: Vec::new(),
        }
    }
}
