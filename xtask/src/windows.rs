//! `windows-test`: what is for Windows, cross-built and run under Wine.
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
/// What of ours is built for Windows, with its tests.
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
const OF_PRODUCT: [&str; 5] = ["--lib", "--bin", "syncmgr", "--test", "windows"];
/// In this order: tests that drive classes, which are a manager on either side of Wine; handlers that are processes; random
/// users.
const FEATURES: [&str; 2] =
    ["--features", "syncmgr-com/wine,syncmgr-handler/guest,syncmgr-folders/simulation"];
const HOST: &str = "syncmgr-com-host.exe";
/// The program itself; programs that ask the library have it started.
const PROGRAM: &str = "syncmgr.exe";
/// What Cargo calls the library, and what it is called where it is installed.
const LIBRARY: (&str, &str) = ("syncmgr_com.dll", "mobsync.dll");

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let for_binaries = test::for_binaries(arguments)?;
    programs::ensure(programs::FOR_WINDOWS)?;
    lint()?;
    let built = build()?;
    let written = in_cpp()?;
    let wine = Wine::begin()?;
    for name in [HANDLERS, CLIENT, RANDOM] {
        wine.install(&written.join(name), name)?;
    }
    wine.install(&built.join(HOST), HOST)?;
    wine.install(&built.join(PROGRAM), PROGRAM)?;
    wine.install(&built.join(LIBRARY.0), LIBRARY.1)?;
    // The manager's class first: handlers tell it that they are there.
    wine.register(LIBRARY.1)?;
    wine.register(HANDLERS)?;
    tests(&wine, &written, for_binaries)
}

/// The tests of the crates as programs of Windows, then those that drive the host from here.
fn tests(wine: &Wine, written: &Path, for_binaries: &[String]) -> Result<(), Failure> {
    let mut counts = Counts::default();
    let inside = tests_inside(wine, written, for_binaries, &mut counts);
    let line = ["test", "--workspace", "--features", "syncmgr-com/wine", "--test", "wine", "--"];
    let mut command = process::command(&process::cargo(), &line);
    command.args(for_binaries).env(FOLDER, wine.folder());
    let ran = process::run_seeing(command, |line| counts.see(line));
    println!("\ntests: {counts}");
    inside.and(ran).and_then(|()| counts.verdict(for_binaries))
}

/// Where Cargo puts programs, binaries of tests, and the examples that tests start.
const BINARIES: [&str; 3] = ["debug", "debug/deps", "debug/examples"];

fn tests_inside(
    wine: &Wine,
    written: &Path,
    for_binaries: &[String],
    counts: &mut Counts,
) -> Result<(), Failure> {
    for folder in BINARIES {
        let folder = target_dir()?.join(TARGET).join(folder);
        let copied = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::copy(written.join(RANDOM), folder.join(RANDOM)));
        copied.map_err(|cause| Failure::while_doing(format!("copy `{RANDOM}`"), cause))?;
    }
    let mut run = |packages: &[&str], targets: &[&str]| {
        let mut command = rust("/usr/bin/cargo", "test", packages)?;
        command.args(targets).args(["--no-fail-fast", "--"]).args(for_binaries);
        wine.surround(&mut command);
        command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", wine::WINE).env(FOLDER, wine.folder());
        process::run_seeing(command, |line| counts.see(line))
    };
    let all = run(PACKAGES, &[&FEATURES[..], &["--tests"]].concat());
    all.and(run(PRODUCT, &OF_PRODUCT))
}

/// Where what is built for Windows is.
fn target_dir() -> Result<PathBuf, Failure> {
    Ok(workspace::target_dir()?.join("windows"))
}

/// A program of Debian's Rust on our packages. The standard library is built with it, able to catch panics: none may get out
/// into a class.
fn rust(program: &str, word: &str, packages: &[&str]) -> Result<Command, Failure> {
    let target_dir = target_dir()?.to_string_lossy().into_owned();
    let std = "-Zbuild-std=std,panic_unwind,test";
    let line = [word, "--quiet", std, "--target", TARGET, "--target-dir", &target_dir];
    let mut command = process::command(program, &line);
    command.args(packages.iter().flat_map(|package| ["--package", package]));
    // What the toolchain that runs this chore has put there is not for another one.
    for variable in ["LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN", "RUSTFLAGS"] {
        command.env_remove(variable);
    }
    command
        .env("CARGO", "/usr/bin/cargo")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTDOC", "/usr/bin/rustdoc")
        .env("RUSTC_BOOTSTRAP", "1");
    Ok(command)
}

/// The lints of the half that the ordinary ones do not see.
fn lint() -> Result<(), Failure> {
    let lint = |packages: &[&str], targets: &[&str]| {
        let mut command = rust("/usr/bin/cargo-clippy", "clippy", packages)?;
        command.args(targets).args(["--", "-D", "warnings"]);
        process::run(command)
    };
    lint(PACKAGES, &[&FEATURES[..], &["--all-targets"]].concat())?;
    lint(PRODUCT, &OF_PRODUCT)
}

/// Where the host and the library are then.
fn build() -> Result<PathBuf, Failure> {
    let mut command = rust("/usr/bin/cargo", "build", PACKAGES)?;
    command.args(FEATURES).args(["--lib", "--bins", "--examples"]);
    process::run(command)?;
    process::run(rust("/usr/bin/cargo", "build", PRODUCT)?)?;
    Ok(target_dir()?.join(TARGET).join("debug"))
}

/// The handlers.
const HANDLERS: &str = "handlers.dll";
/// An installer that asks for `ISyncMgrRegister`, and a program that asks for `ISyncMgrSynchronizeInvoke`.
const CLIENT: &str = "client.exe";
/// What Wine 8 lacks.
const RANDOM: &str = "bcryptprimitives.dll";

/// What is in C++; where it is then.
fn in_cpp() -> Result<PathBuf, Failure> {
    let folder = target_dir()?.join("cpp");
    std::fs::create_dir_all(&folder).map_err(|cause| Failure::while_doing("make a folder", cause))?;
    let sources = ["handler.cpp", "server.cpp", "behaved.cpp", "sinners.cpp", "handlers.def"];
    let sources = sources.map(|name| format!("handlers/{name}"));
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    cpp(&folder.join(HANDLERS), "-shared", &sources)?;
    cpp(&folder.join(CLIENT), "-municode", &["client.cpp"])?;
    cpp(&folder.join(RANDOM), "-shared", &["bcryptprimitives.cpp"])?;
    Ok(folder)
}

fn cpp(output: &Path, kind: &str, sources: &[&str]) -> Result<(), Failure> {
    let output = output.to_string_lossy().into_owned();
    // Passing null where a reference belongs is what some of the handlers are for.
    let options = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-delete-null-pointer-checks"];
    let mut command = process::command("x86_64-w64-mingw32-g++", &options);
    command.args([kind, "-static", "-o", &output]);
    command.args(sources.iter().map(|source| format!("tests/windows/{source}")));
    command.args(["-lole32", "-luuid", "-ladvapi32", "-luser32"]);
    process::run(command)
}
