//! Sessions with classes, what they note of their calls, and which processes there are.

use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;
use winsafe::{HPROCESSLIST, co};

use crate::home::{Home, Said, until};

/// A home with a pair of folders that has one file to carry over.
pub(crate) fn home() -> Home {
    let home = Home::new();
    home.write("left/a.txt", "one");
    home.does(&["add", "folder", &home.text("left"), &home.text("right"), "--name", "docs"]);
    home
}

/// The lines of one type.
pub(crate) fn of_type(lines: &[Value], kind: &str) -> Vec<Value> {
    lines.iter().filter(|line| line["type"] == kind).cloned().collect()
}

/// The names of the items of a summary, each with its status.
pub(crate) fn statuses(summary: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = summary["items"].as_array().unwrap();
    items.iter().map(|item| (text(&item["name"]), text(&item["status"]))).collect()
}

/// Starts the daemon; tells its process.
pub(crate) fn daemon(home: &Home) -> u32 {
    home.does(&["daemon", "start"]);
    let lines = home.does(&["daemon", "status", "--json"]).lines();
    of_type(&lines, "daemon")[0]["pid"].as_u64().unwrap().try_into().unwrap()
}

/// The same as they are expected.
pub(crate) fn expected(items: &[(&str, &str)]) -> Vec<(String, String)> {
    items.iter().map(|(name, status)| ((*name).to_owned(), (*status).to_owned())).collect()
}

/// What a line says, but for the handler after which an item is called, which those of folders do not have.
pub(crate) fn form(line: &Value) -> Vec<&str> {
    line.as_object().unwrap().keys().map(String::as_str).filter(|name| *name != "of").collect()
}

/// The calls a class has noted, one on a line. They lie where its process runs.
pub(crate) fn noted(home: &Home, name: &str) -> String {
    let listed = home.does(&["handlers", "--json"]).lines();
    let handler = listed.iter().find(|line| line["name"] == name).unwrap();
    let place = format!("syncmgr/handlers/{}/files/calls.txt", handler["handler"].as_str().unwrap());
    std::fs::read_to_string(home.at(place)).unwrap_or_default()
}

/// How many processes in the role of a class this one has started that are there.
pub(crate) fn n_classes_of(process: u32) -> usize {
    let mut snapshot = HPROCESSLIST::CreateToolhelp32Snapshot(co::TH32CS::SNAPPROCESS, None).unwrap();
    let is_class = |program: &str| program.eq_ignore_ascii_case("syncmgr.exe");
    let all = snapshot.iter_processes().map(Result::unwrap);
    all.filter(|one| one.th32ParentProcessID == process && is_class(&one.szExeFile())).count()
}

/// Waits until no class is there that this process has started: one that is gone, or a daemon that waits.
#[track_caller]
pub(crate) fn until_none_is_left(process: u32) {
    until("no process of a class is left", || n_classes_of(process) == 0);
}

/// A command that runs with `--json`, line by line. Ended when dropped.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    heard: Vec<Value>,
}

impl Running {
    pub(crate) fn start(home: &Home, words: &[&str]) -> Self {
        let mut command = home.command(words);
        let mut child = command.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, heard: Vec::new() }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    fn hear(&mut self) -> Option<&Value> {
        let line = self.lines.next()?.unwrap();
        self.heard.push(serde_json::from_str(&line).unwrap());
        self.heard.last()
    }

    /// Reads until a line is as wanted.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        loop {
            match self.hear() {
                Some(line) if is_so(line) => return line.clone(),
                Some(_) => {}
                None => panic!("it never happened: {what}: {:?}", self.heard),
            }
        }
    }

    /// Reads until the row of an item is as wanted.
    #[track_caller]
    pub(crate) fn until_row(&mut self, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        self.until(name, |line| line["type"] == "row" && line["name"] == name && is_so(line))
    }

    /// Its end, with everything it has said.
    pub(crate) fn end(mut self) -> (Vec<Value>, Said) {
        while self.hear().is_some() {}
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let exit = self.child.wait().unwrap().code().unwrap();
        (std::mem::take(&mut self.heard), Said { exit, out: String::new(), err })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
    }
}
