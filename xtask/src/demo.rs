//! The main job on real files, shown step by step: what README's first command runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{process, workspace};

/// Builds the release binary and walks through a first run, a conflict and its resolution below `target/demo`.
pub(crate) fn run() -> Result<(), Failure> {
    process::run(process::command(&process::cargo(), &["build", "--release", "--package", "syncmgr-cli"]))?;
    let place = workspace::root().join("target/demo");
    let docs = documentation()?;
    prepare(&place)?;
    let demo = Demo { place: place.clone(), binary: binary()? };
    demo.say("1. A real folder and an empty one. `s` skips, `p` pauses, `q` stops; the next run goes on.");
    let docs = docs.to_string_lossy().into_owned();
    demo.syncmgr(&["sync", &docs, "copy", "--mode", "one-way-safe"])?;
    demo.say("2. Once more: nothing to do, and nothing is written.");
    demo.syncmgr(&["sync", &docs, "copy", "--mode", "one-way-safe"])?;
    demo.say("3. Two folders kept in step both ways, under a name.");
    demo.write("left/letter.txt", "dear all\n")?;
    demo.write("left/plan/today.txt", "write\n")?;
    demo.syncmgr(&["add", "folder", "left", "right", "--name", "papers"])?;
    demo.syncmgr(&["sync", "papers"])?;
    demo.say("4. Both sides change the same file: nobody loses, and somebody is asked.");
    demo.write("left/letter.txt", "dear all, yes\n")?;
    demo.write("right/letter.txt", "dear all, rather not\n")?;
    demo.write("right/plan/tomorrow.txt", "rest\n")?;
    demo.syncmgr_may_fail(&["sync", "papers"])?;
    demo.syncmgr_may_fail(&["conflicts"])?;
    demo.syncmgr(&["conflicts", "resolve", "letter.txt", "--keep", "both"])?;
    demo.say("5. What happened, and a whole run taken back.");
    demo.syncmgr(&["history"])?;
    demo.syncmgr(&["undo", "--yes"])?;
    demo.syncmgr_may_fail(&["status"])?;
    println!("\nAll of it is in {}; delete it when you like.", place.display());
    Ok(())
}

fn binary() -> Result<PathBuf, Failure> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from);
    let binary = target.join("release/syncmgr");
    if binary.exists() {
        Ok(binary)
    } else {
        Err(Failure::new(format!("`{}` was not built", binary.display())))
    }
}

/// The documentation that comes with the toolchain; where it was left out, the sources Cargo keeps of what we depend on.
fn documentation() -> Result<PathBuf, Failure> {
    let sysroot = PathBuf::from(process::output("rustc", &["--print", "sysroot"])?.trim());
    let docs = sysroot.join("share/doc");
    if docs.join("rust/html").exists() {
        return Ok(docs);
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let sources = home.map(|home| home.join("registry/src")).filter(|sources| sources.exists());
    sources.ok_or_else(|| {
        Failure::new("there is neither the toolchain's documentation nor any crate's source to copy")
    })
}

fn prepare(place: &Path) -> Result<(), Failure> {
    let failed = |cause| Failure::while_doing(format!("make `{}`", place.display()), cause);
    if place.exists() {
        fs::remove_dir_all(place).map_err(failed)?;
    }
    for folder in ["copy", "left", "right"] {
        fs::create_dir_all(place.join(folder)).map_err(failed)?;
    }
    Ok(())
}

struct Demo {
    place: PathBuf,
    binary: PathBuf,
}

impl Demo {
    fn say(&self, text: &str) {
        println!("\n{text}\n");
    }

    fn write(&self, path: &str, content: &str) -> Result<(), Failure> {
        let path = self.place.join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, content))
            .map_err(|cause| Failure::while_doing(format!("write `{}`", path.display()), cause))
    }

    /// Runs the command below the demo's own home, so that the user's configuration is never touched.
    fn start(&self, arguments: &[&str]) -> Result<std::process::ExitStatus, Failure> {
        println!("$ syncmgr {}", arguments.join(" "));
        Command::new(&self.binary)
            .args(arguments)
            .current_dir(&self.place)
            .env("HOME", &self.place)
            .env("XDG_CONFIG_HOME", self.place.join("config"))
            .env("XDG_STATE_HOME", self.place.join("state"))
            .status()
            .map_err(|cause| Failure::while_doing("start `syncmgr`", cause))
    }

    fn syncmgr(&self, arguments: &[&str]) -> Result<(), Failure> {
        let status = self.start(arguments)?;
        if status.success() { Ok(()) } else { Err(Failure::new(format!("`syncmgr` ended with {status}"))) }
    }

    /// For commands whose exit status tells that something waits for a decision.
    fn syncmgr_may_fail(&self, arguments: &[&str]) -> Result<(), Failure> {
        self.start(arguments).map(drop)
    }
}
