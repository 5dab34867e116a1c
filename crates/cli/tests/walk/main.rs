//! A walk through the web page as a new user takes it: the real daemon, real folders, a real browser.
//!
//! The browser and what drives it are those of the tests of `web`, whose `stage.py` the script uses.

#![expect(clippy::disallowed_methods, reason = "the tests start the programs that people start")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/home.rs"]
#[allow(dead_code, reason = "shared with the tests of all commands")]
mod home;
#[path = "../cli/notes.rs"]
#[allow(dead_code, reason = "likewise")]
mod notes;
#[path = "../cli/through.rs"]
mod through;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use home::Home;

/// A script that runs; ended when dropped.
struct Script(Child);

impl Drop for Script {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// The daemon of a home, ended in order.
struct Daemon<'a>(&'a Home);

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _ended = self.0.run(&["daemon", "stop"]);
    }
}

/// Does what the script wishes in the folders, and answers it.
fn perform(home: &Home, wish: &Value) -> Value {
    let text = |member: &str| wish[member].as_str().unwrap().to_owned();
    match wish["do"].as_str().unwrap() {
        "link" => json!(home.run(&["web", "--print"]).exit(0).out.trim()),
        "folder" => json!(home.work(text("name"))),
        "write" => {
            home.write(&text("path"), &text("text"));
            Value::Null
        }
        // One whose items take as long as somebody lets them.
        "handler" => {
            home.write_handler();
            json!(home.work("handler.py"))
        }
        "read" => json!(std::fs::read_to_string(home.work(text("path"))).ok()),
        "forget" => Value::Null,
        other => panic!("nobody knows how to `{other}`"),
    }
}

#[test]
fn a_new_user_gets_along_with_the_web_page() {
    let home = Home::with_folders(&[("report.txt", "first\n"), ("more/photo", "1")], &[]);
    home.configure("");
    let _daemon = Daemon(&home);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python/bin/python");
    let mut command = home.program(python.to_str().unwrap());
    command.arg(here.join("tests/walk/walk.py")).env("PYTHONPATH", here.join("../web/tests/browser"));
    command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(pictures) = std::env::var_os("SYNCMGR_WEB_PICTURES") {
        command.env("SYNCMGR_WEB_PICTURES", pictures);
    }
    let mut script = Script(command.spawn().expect("`cargo xtask test` prepares the environment"));
    let mut input = script.0.stdin.take().unwrap();
    let mut said = String::new();
    for line in BufReader::new(script.0.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.strip_prefix('@') {
            Some(wish) => {
                let answer = perform(&home, &serde_json::from_str(wish).unwrap());
                writeln!(input, "{answer}").unwrap();
            }
            None => said.push_str(&format!("{line}\n")),
        }
    }
    assert!(script.0.wait().unwrap().success(), "{said}");
}
