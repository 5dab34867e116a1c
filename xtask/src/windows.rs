//! What is for Windows, cross-built and run under Wine: a part of `test`, and `windows-test` alone.
//!
//! Debian's compiler with the sources of its standard library makes the host of COM classes, the other one of Debian makes
//! classes in C++ to be hosted. They are registered in a Wine of their own in a temporary folder, and the tests, which run on
//! this system, drive them through the engine as any process.

mod wine;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::test::{self, Counts};
use crate::{process, programs, workspace};

use wine::Wine;

/// Where the tests find Wine and the programs.
const FOLDER: &str = "SYNCMGR_WINE";

const TARGET: &str = "x86_64-pc-windows-gnu";
/// What of ours is built for Windows, with all its tests.
const PACKAGES: &[&str] = &[
    "syncmgr-child",
    "syncmgr-com",
    "syncmgr-control",
    "syncmgr-daemon",
    "syncmgr-engine",
    "syncmgr-folders",
    "syncmgr-handler",
    "syncmgr-hooks",
    "syncmgr-keeper",
    "syncmgr-kit",
    "syncmgr-model",
    "syncmgr-recipes",
    "syncmgr-sources",
    "syncmgr-store",
    "syncmgr-winfs",
    "syncmgr-wire",
];
/// The program and what it shows. Of their tests, those in them and those that are for Windows; pictures are the same everywhere.
const PRODUCT: &[&str] = &["syncmgr-cli", "syncmgr-tui", "syncmgr-view"];
/// Features, and the test binaries that are there with them. In this order: tests that drive classes, which are a manager on
/// either side of Wine; handlers that are processes; random users.
const FEATURES: [(&str, &str); 3] = [
    ("syncmgr-com/wine", "wine"),
    ("syncmgr-handler/guest", "guest"),
    ("syncmgr-folders/simulation", "simulation"),
];
/// Test binaries that go by what they configured themselves.
const BEFORE_CLASSES: &str = "windows";
/// Those of the program with classes that are registered.
const WITH_CLASSES: &str = "classes";
const HOST: &str = "syncmgr-com-host.exe";
/// The program itself; programs that ask the library have it started.
const PROGRAM: &str = "syncmgr.exe";
/// What Cargo calls the library, and what it is called where it is installed.
const LIBRARY: (&str, &str) = ("syncmgr_com.dll", "mobsync.dll");

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let for_binaries = test::for_binaries(arguments)?;
    let mut counts = Counts::default();
    let ran = test(for_binaries, &mut counts);
    println!("\ntests: {counts}");
    ran.and_then(|()| counts.verdict(for_binaries))
}

/// Builds and runs all tests that are for Windows.
pub(crate) fn test(for_binaries: &[String], counts: &mut Counts) -> Result<(), Failure> {
    programs::ensure(programs::FOR_WINDOWS)?;
    let built = build()?;
    let written = in_cpp()?;
    let wine = Wine::begin()?;
    for name in [HANDLERS, CLIENT, RANDOM] {
        wine.install(&written.join(name), name)?;
    }
    wine.install(&built.join(HOST), HOST)?;
    wine.install(&built.join(PROGRAM), PROGRAM)?;
    wine.install(&built.join(LIBRARY.0), LIBRARY.1)?;
    let inside = tests_inside(&wine, &written, for_binaries, counts);
    inside.and(tests_beside(&wine, for_binaries, counts))
}

/// The tests that drive the host from here.
fn tests_beside(wine: &Wine, for_binaries: &[String], counts: &mut Counts) -> Result<(), Failure> {
    let line = ["test", "--workspace", "--features", "syncmgr-com/wine", "--test", "wine", "--"];
    let mut command = process::command(&process::cargo(), &line);
    command.args(for_binaries).env(FOLDER, wine.folder());
    process::run_seeing(command, |line| counts.see(line))
}

/// Where Cargo puts programs, binaries of tests, and the examples that tests start.
const BINARIES: [&str; 3] = ["debug", "debug/deps", "debug/examples"];

/// The tests of the crates as programs of Windows.
fn tests_inside(
    wine: &Wine,
    written: &Path,
    for_binaries: &[String],
    counts: &mut Counts,
) -> Result<(), Failure> {
    beside_binaries(written)?;
    let names = names()?;
    let mut run = |targets: &[&str]| {
        let mut command = rust("test", targets)?;
        command.args(["--no-fail-fast", "--"]).args(for_binaries);
        wine.surround(&mut command);
        command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", wine::WINE).env(FOLDER, wine.folder());
        process::run_seeing(command, |line| counts.see(line))
    };
    // While nobody has registered a class, `syncmgr sync` runs what a test has configured and nothing else.
    let before = run(&["--test", BEFORE_CLASSES]);
    register(wine, written)?;
    let mut targets = vec!["--lib", "--bins", "--test", WITH_CLASSES];
    targets.extend(names.iter().flat_map(|name| ["--test", name]));
    before.and(run(&targets))
}

/// Registers all classes as their installers would.
fn register(wine: &Wine, written: &Path) -> Result<(), Failure> {
    // The manager's class first: handlers tell it that they are there.
    wine.register(&wine.place_of(LIBRARY.1))?;
    wine.register(&wine.place_of(HANDLERS))?;
    // Those that come with an installer of their own.
    for name in STRANGERS {
        wine.install_program("Stranger", &written.join(name), name)?;
    }
    wine.register(&format!(r"C:\Program Files\Stranger\{}", STRANGERS[0]))
}

/// The test binaries of the packages, besides those that are named here.
fn names() -> Result<Vec<String>, Failure> {
    let packages = workspace::packages()?;
    let packages = packages.into_iter().filter(|package| PACKAGES.contains(&package.name.as_str()));
    let gated = FEATURES.map(|(_, name)| name.to_owned());
    let names = packages.flat_map(|package| package.tests).chain(gated);
    let mut names: Vec<_> = names.filter(|name| name != BEFORE_CLASSES && name != WITH_CLASSES).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// What Wine 8 lacks has to lie beside each program.
fn beside_binaries(written: &Path) -> Result<(), Failure> {
    for folder in BINARIES {
        let folder = target_dir()?.join(TARGET).join(folder);
        let copied = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::copy(written.join(RANDOM), folder.join(RANDOM)));
        copied.map_err(|cause| Failure::while_doing(format!("copy `{RANDOM}`"), cause))?;
    }
    Ok(())
}

/// Where what is built for Windows is.
fn target_dir() -> Result<PathBuf, Failure> {
    Ok(workspace::target_dir()?.join("windows"))
}

/// Debian's Cargo on all that is for Windows. The standard library is built with it, able to catch panics: none may get out into a
/// class. Always of the same packages with the same features: for others Cargo would build the crates below once more.
///
/// Our crates are compiled by the compiler with lints, as errors: the ordinary lints do not see this half, and a run for them
/// alone would look at everything below once more, which takes minutes.
fn rust(word: &str, targets: &[&str]) -> Result<Command, Failure> {
    let target_dir = target_dir()?.to_string_lossy().into_owned();
    let std = "-Zbuild-std=std,panic_unwind,test";
    let line = [word, "--quiet", std, "--target", TARGET, "--target-dir", &target_dir];
    let mut command = process::command("/usr/bin/cargo", &line);
    command.args(PACKAGES.iter().chain(PRODUCT).flat_map(|package| ["--package", package]));
    command.args(["--features", &FEATURES.map(|(feature, _)| feature).join(",")]).args(targets);
    // What the toolchain that runs this chore has put there is not for another one.
    for variable in ["LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN", "RUSTFLAGS"] {
        command.env_remove(variable);
    }
    command
        .env("CARGO", "/usr/bin/cargo")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTDOC", "/usr/bin/rustdoc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC_WORKSPACE_WRAPPER", "/usr/bin/clippy-driver")
        .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__")
        // Nobody debugs them under Wine, and linking is quicker without.
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    Ok(command)
}

/// Builds all that will be used; where the host and the library are then.
fn build() -> Result<PathBuf, Failure> {
    let names = names()?;
    let mut targets = vec!["--lib", "--bins", "--examples", "--test", BEFORE_CLASSES, "--test", WITH_CLASSES];
    targets.extend(names.iter().flat_map(|name| ["--test", name]));
    process::run(rust("build", &targets)?)?;
    Ok(target_dir()?.join(TARGET).join("debug"))
}

/// The handlers.
const HANDLERS: &str = "handlers.dll";
/// An installer that asks for `ISyncMgrRegister`, and a program that asks for `ISyncMgrSynchronizeInvoke`.
const CLIENT: &str = "client.exe";
/// A handler by somebody else, and the library that lies beside it.
const STRANGERS: [&str; 2] = ["stranger.dll", "strangelib.dll"];
/// What Wine 8 lacks.
const RANDOM: &str = "bcryptprimitives.dll";

/// What is in C++; where it is then.
fn in_cpp() -> Result<PathBuf, Failure> {
    let folder = target_dir()?.join("cpp");
    std::fs::create_dir_all(&folder).map_err(|cause| Failure::while_doing("make a folder", cause))?;
    let sources = ["handler", "server", "behaved", "sinners", "foreign", "further"];
    let sources = sources.map(|name| format!("handlers/{name}.cpp"));
    let mut sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    sources.push("handlers/handlers.def");
    let [stranger, beside] = STRANGERS.map(|name| folder.join(name));
    cpp(&folder.join(HANDLERS), "-shared", &sources, &[])?;
    cpp(&beside, "-shared", &["stranger/library.cpp"], &[])?;
    cpp(&stranger, "-shared", &["stranger/stranger.cpp", "stranger/stranger.def"], &[&beside])?;
    cpp(&folder.join(CLIENT), "-municode", &["client.cpp"], &[])?;
    cpp(&folder.join(RANDOM), "-shared", &["bcryptprimitives.cpp"], &[])?;
    Ok(folder)
}

fn cpp(output: &Path, kind: &str, sources: &[&str], libraries: &[&Path]) -> Result<(), Failure> {
    let output = output.to_string_lossy().into_owned();
    // Passing null where a reference belongs is what some of the handlers are for.
    let options = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-delete-null-pointer-checks"];
    let mut command = process::command("x86_64-w64-mingw32-g++", &options);
    command.args([kind, "-static", "-o", &output]);
    command.args(sources.iter().map(|source| format!("tests/windows/{source}")));
    command.args(libraries).args(["-lole32", "-luuid", "-ladvapi32", "-luser32"]);
    process::run(command)
}
