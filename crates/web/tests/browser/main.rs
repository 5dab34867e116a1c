//! The page in a real browser: Chromium, driven by scripts that say what a person does and sees.
//!
//! Each script has a server of its own that serves pages made up for it. Chromium is Debian's; the package that drives it is in the
//! Python environment that `cargo xtask test` prepares in the target folder. `SYNCMGR_WEB_PICTURES` names a folder for pictures of
//! each screen.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod pages;
mod stage;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use stage::Stage;

fn python() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python/bin/python")
}

/// A script that runs; ended when dropped.
struct Script(Child);

impl Drop for Script {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// Runs a script to its end. A line that begins with `@` asks for something to happen at the manager's side.
#[expect(clippy::disallowed_methods, reason = "a browser and what drives it are started here")]
fn run(script: &str) {
    let mut stage = Stage::new();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new(python())
        .arg(scripts.join(script))
        .env("PYTHONPATH", &scripts)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HOME", folder.path())
        .env("TMPDIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`cargo xtask test` prepares the environment");
    let mut child = Script(child);
    let mut input = child.0.stdin.take().unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(wish) = line.strip_prefix('@') else {
            said.push_str(&line);
            said.push('\n');
            continue;
        };
        let wish: Value = serde_json::from_str(wish).unwrap();
        let answer = stage.perform(&wish).unwrap_or(json!(null));
        writeln!(input, "{answer}").unwrap();
    }
    assert!(child.0.wait().unwrap().success(), "{script}:\n{said}");
}

#[test]
fn every_kind_of_block_and_action_is_drawn_and_does_what_it_says() {
    run("drawing.py");
}

#[test]
fn everything_can_be_done_with_the_keyboard_alone() {
    run("keyboard.py");
}

#[test]
fn the_page_lives_through_restarts_and_beside_other_browsers() {
    run("living.py");
}

#[test]
fn names_of_strangers_are_shown_harmlessly() {
    run("hostile.py");
}

#[test]
fn a_million_rows_stay_quick() {
    run("long.py");
}

#[test]
fn every_page_can_be_used_by_everybody_on_every_window() {
    run("looks.py");
}
