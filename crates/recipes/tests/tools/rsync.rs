//! rsync, between folders and with a daemon of the test's own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Child, Stdio};

use syncmgr_handler::model::status::ItemStatus::{Failed, Stopped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;

use crate::home::Home;
use crate::manager::Run;

fn home() -> Home {
    let home = Home::new();
    home.write("from/a", "a");
    home.write("from/inner/b c", "b");
    home.write("to/old", "only here");
    home
}

fn copy(home: &Home) -> Run<'_> {
    Run::builtin("rsync", home).with("from", &home.text("from/")).with("to", &home.text("to"))
}

#[test]
fn a_folder_is_copied_and_nothing_is_deleted_unless_asked() {
    let home = home();
    let report = copy(&home).with("exclude", "*.o").run();
    report.only().is(Succeeded, &[]);
    assert_eq!(home.read("to/inner/b c"), "b");
    assert_eq!(home.read("to/old"), "only here");
    assert!(report.only().values.contains(&(100, 100)), "{report:?}");
    copy(&home).run().only().is(Succeeded, &[]);
    copy(&home).with("delete", "yes").run().only().is(Succeeded, &[]);
    assert!(!home.at("to/old").exists());
}

#[test]
fn a_dry_run_names_what_would_change() {
    let home = home();
    let report = copy(&home).with("delete", "yes").dry().run();
    let mut entries = report.only().entries.clone();
    entries.sort();
    assert_eq!(
        entries,
        [
            "information: would copy `a`",
            "information: would copy `inner/b c`",
            "information: would delete `old`"
        ]
    );
    assert!(home.at("to/old").exists() && !home.at("to/a").exists());
}

#[test]
fn a_missing_source_is_a_failure_that_deletes_nothing() {
    let home = home();
    let run = copy(&home).with("from", &home.text("nothing/")).with("delete", "yes");
    let text = format!("error: `{}` is not there; nothing was copied", home.text("nothing"));
    run.run().only().is(Failed, &[&text]);
    assert!(home.at("to/old").exists());
    let text = format!("error: `{}` is not there; nothing was copied", home.text("nothing"));
    copy(&home).with("from", &home.text("nothing")).run().only().is(Failed, &[&text]);
}

#[test]
fn what_cannot_be_copied_is_a_problem_and_the_rest_is_copied() {
    let home = home();
    // A folder that holds something is in the way of a file; that also root cannot replace.
    home.write("to/a/in the way", "x");
    let report = copy(&home).run();
    report.only().is(Succeeded, &["warning: some paths could not be copied; the others were"]);
    assert!(report.only().problems.iter().any(|problem| problem.starts_with("a: ")), "{report:?}");
    assert_eq!(home.read("to/inner/b c"), "b");
}

#[test]
fn a_stop_ends_a_long_copy_and_leaves_nothing_half_done() {
    let home = home();
    fs::write(home.at("from/large"), vec![7; 20_000_000]).unwrap();
    // In the middle of it. Interrupted in the instant in which it has made its file and not noted its name, rsync leaves that behind.
    let judge = |update: &syncmgr_handler::model::progress::ProgressUpdate<'_>| {
        if update.bytes.is_some_and(|bytes| bytes > 1_000_000) { Verdict::Stop } else { Verdict::Go }
    };
    let report = copy(&home).with("limit", "2000").judged(judge).run();
    report.only().is(Stopped, &[]);
    let left: Vec<_> = fs::read_dir(home.at("to")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().contains("large")), "{left:?}");
}

/// A daemon on a free port; it ends with this.
struct Daemon {
    process: Child,
    port: u16,
}

impl Daemon {
    fn start(home: &Home) -> Self {
        // Free a moment ago; the daemon does not tell which port it got when it may choose.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        home.write("secrets", "ann:right\n");
        fs::set_permissions(home.at("secrets"), fs::Permissions::from_mode(0o600)).unwrap();
        let folder = home.text("served");
        fs::create_dir_all(&folder).unwrap();
        // A daemon of root would otherwise become nobody.
        let is_root = fs::metadata(&folder).unwrap().uid() == 0;
        let user = if is_root { "uid = 0\ngid = 0\n" } else { "" };
        let config = format!(
            "{user}use chroot = no\nlog file = /dev/stdout\n[open]\npath = {folder}\nread only = no\n[closed]\npath = {folder}\nread only = no\nauth users = ann\nsecrets file = {}\n",
            home.text("secrets"),
        );
        let config = home.write("rsyncd.conf", config);
        let mut command = home.command("rsync");
        command.args(["--daemon", "--no-detach", "--address=127.0.0.1", &format!("--port={port}")]);
        command.arg(format!("--config={}", config.display())).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening on port") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the daemon has ended");
        }
        // Read on, so that it never waits for us.
        std::thread::spawn(move || log.lines().for_each(drop));
        Self { process, port }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_daemon_is_written_to_and_its_refusals_are_told() {
    let home = home();
    let daemon = Daemon::start(&home);
    let password = |word: &str| {
        let file = home.write(&format!("password-{word}"), format!("{word}\n"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let to = |place: &str| copy(&home).with("to", &format!("rsync://{place}"));
    let at = format!("127.0.0.1:{}", daemon.port);
    to(&format!("{at}/open/")).run().only().is(Succeeded, &[]);
    assert_eq!(home.read("served/a"), "a");
    let closed = format!("ann@{at}/closed/");
    to(&closed).with("password_file", &password("right")).run().only().is(Succeeded, &[]);
    to(&closed)
        .with("password_file", &password("wrong"))
        .run()
        .only()
        .is(Failed, &["error: the password was refused; check `password_file`"]);
    to(&format!("{at}/none/"))
        .run()
        .only()
        .is(Failed, &["error: there is no module `none` on the other side"]);
    drop(daemon);
    let report = to(&format!("{at}/open/")).run();
    report.only().is(Failed, &["error: the other side cannot be reached: Connection refused"]);
}
