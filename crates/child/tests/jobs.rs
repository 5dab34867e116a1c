//! Children as job objects: programs that try to stay, and what can be waited for.
//!
//! The programs are this one again, in a role that the environment names.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "roles print, read what they are to do and start others"
)]

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use syncmgr_child::{Child, MARK, Pipe, Program, Reader, Watch, Writer, clean_environment};

const ROLE: &str = "SYNCMGR_TEST_ROLE";
/// Where one that has nothing else to say it with tells that it lives.
const PORT: &str = "SYNCMGR_TEST_PORT";
/// What a role prints, apart from what the harness prints around it.
const SAID: &str = "said: ";
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// What the programs do; nothing without a role.
#[test]
fn role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    match role.as_str() {
        "tell" => {
            say("out");
            eprint_line("err");
            std::process::exit(7);
        }
        "listen" => {
            say("ready");
            let input = std::io::read_to_string(std::io::stdin()).unwrap();
            say(&format!("heard {input}"));
            std::process::exit(0);
        }
        "leave one behind" => {
            ourselves().env(ROLE, "stay").spawn().unwrap();
            std::process::exit(3);
        }
        "stay" => {
            say("here");
            stay();
        }
        "work" => {
            say("ready");
            while std::hint::black_box(true) {}
        }
        "manage" => {
            let port = std::env::var_os(PORT).unwrap();
            let mut child = spawn("connect", vec![(PORT.into(), port)]);
            child.wait().unwrap();
        }
        "connect" => {
            let port: u16 = std::env::var(PORT).unwrap().parse().unwrap();
            let mut lifeline = TcpStream::connect(("127.0.0.1", port)).unwrap();
            lifeline.write_all(b"!").unwrap();
            stay();
        }
        "show" => {
            std::env::vars().for_each(|(name, value)| say(&format!("{name}={value}")));
            std::process::exit(0);
        }
        _ => panic!("there is no role `{role}`"),
    }
}

fn stay() -> ! {
    loop {
        std::thread::park();
    }
}

fn say(text: &str) {
    println!("{SAID}{text}");
}

fn eprint_line(text: &str) {
    std::io::stderr().write_all(format!("{SAID}{text}\n").as_bytes()).unwrap();
}

const WORDS: [&str; 3] = ["--exact", "--nocapture", "role"];

fn ourselves() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(WORDS);
    command
}

fn spawn(role: &str, more: Vec<(OsString, OsString)>) -> Child {
    let mut env = clean_environment(std::env::vars_os());
    env.push((ROLE.into(), role.into()));
    env.extend(more);
    let mut argv = vec![std::env::current_exe().unwrap().into_os_string()];
    argv.extend(WORDS.map(OsString::from));
    Child::spawn(&Program { argv, env, directory: std::env::temp_dir(), mark: format!("of {role}") }).unwrap()
}

/// What a role says, up to the end of the pipe.
fn said(pipe: Pipe) -> impl Iterator<Item = String> {
    let lines = BufReader::new(File::from(pipe)).lines().map(Result::unwrap);
    // The harness may have begun the line.
    lines.filter_map(|line| line.split_once(SAID).map(|(_, said)| said.to_owned()))
}

#[test]
fn a_program_that_ends_tells_how_and_leaves_nothing() {
    let mut child = spawn("tell", Vec::new());
    let (out, err) = (child.take_stdout().unwrap(), child.take_stderr().unwrap());
    assert!(Watch::start(&child).unwrap().ended().recv().is_err());
    assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(7));
    assert_eq!(child.wait().unwrap().code(), Some(7));
    assert_eq!(said(out).collect::<Vec<_>>(), ["out"]);
    assert_eq!(said(err).collect::<Vec<_>>(), ["err"]);
    child.kill_all();
    assert_eq!(child.usage().processes, 0);
    assert_eq!(child.wait_for(LONG).unwrap().unwrap().code(), Some(7), "it is still known");
}

#[test]
fn the_end_of_input_is_heard() {
    let mut child = spawn("listen", Vec::new());
    let mut said = said(child.take_stdout().unwrap());
    assert_eq!(said.next().unwrap(), "ready");
    assert!(child.try_wait().unwrap().is_none());
    let mut stdin = File::from(child.take_stdin().unwrap());
    stdin.write_all(b"words").unwrap();
    drop(stdin);
    assert_eq!(said.next().unwrap(), "heard words");
    assert!(child.wait_for(LONG).unwrap().unwrap().success());
}

#[test]
fn what_outlives_its_program_is_gone_after_the_kill_and_lets_go_of_the_pipe() {
    let mut child = spawn("leave one behind", Vec::new());
    let mut said = said(child.take_stdout().unwrap());
    assert_eq!(said.next().unwrap(), "here");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(child.usage().processes, 1, "it outlives the program");
    child.kill_all();
    assert_eq!(child.usage().processes, 0);
    assert_eq!(said.next(), None, "the pipe has ended");
}

#[test]
fn termination_is_an_end_with_a_failure() {
    let mut child = spawn("stay", Vec::new());
    assert_eq!(said(child.take_stdout().unwrap()).next().unwrap(), "here");
    child.terminate();
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn dropping_a_child_kills_it() {
    let mut child = spawn("stay", Vec::new());
    let mut said = said(child.take_stdout().unwrap());
    assert_eq!(said.next().unwrap(), "here");
    drop(child);
    assert_eq!(said.next(), None);
}

#[test]
fn a_manager_that_is_killed_takes_its_children_with_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut manager = ourselves().env(ROLE, "manage").env(PORT, port.to_string()).spawn().unwrap();
    let mut lifeline = accept_from(&listener, &mut manager);
    let mut sign = [0];
    lifeline.read_exact(&mut sign).unwrap();
    manager.kill().unwrap();
    manager.wait().unwrap();
    match lifeline.read(&mut sign) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("its child is still there")
        }
        // Its end, or that it is broken: there is nobody at the other end.
        read => assert_eq!(read.unwrap_or(0), 0),
    }
}

/// The connection of what a manager has started, unless that fails.
fn accept_from(listener: &TcpListener, manager: &mut std::process::Child) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    loop {
        match listener.accept() {
            Ok((lifeline, _)) => {
                lifeline.set_nonblocking(false).unwrap();
                lifeline.set_read_timeout(Some(LONG)).unwrap();
                return lifeline;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
        assert!(manager.try_wait().unwrap().is_none(), "the manager has ended");
        std::thread::yield_now();
    }
}

#[test]
fn the_environment_is_what_it_was_given_and_its_mark() {
    let mut child = spawn("show", vec![("ONE_MORE".into(), "yes".into())]);
    let shown: Vec<_> = said(child.take_stdout().unwrap()).collect();
    assert!(shown.contains(&"ONE_MORE=yes".to_owned()), "{shown:?}");
    assert!(shown.contains(&format!("{MARK}=of show")), "{shown:?}");
    assert!(!shown.iter().any(|line| line.starts_with("CARGO")), "{shown:?}");
}

#[test]
fn use_is_counted_while_it_works() {
    let mut child = spawn("work", Vec::new());
    assert_eq!(said(child.take_stdout().unwrap()).next().unwrap(), "ready");
    let before = child.usage();
    assert_eq!(before.processes, 1);
    while child.usage().cpu <= before.cpu {
        std::thread::yield_now();
    }
}

#[test]
fn a_reader_hands_over_what_comes_until_the_end() {
    let mut child = spawn("tell", Vec::new());
    let reader = Reader::start(child.take_stdout().unwrap()).unwrap();
    let all: Vec<u8> = reader.chunks().iter().flatten().collect();
    assert!(String::from_utf8(all).unwrap().contains("said: out"));
    assert!(reader.chunks().recv().is_err());
}

#[test]
fn a_reader_that_nobody_listens_to_ends_with_its_program() {
    let mut child = spawn("stay", Vec::new());
    let reader = Reader::start(child.take_stderr().unwrap()).unwrap();
    child.kill_all();
    assert_eq!(reader.chunks().iter().count(), 0);
}

#[test]
fn a_writer_tells_of_each_piece_and_closes_behind_the_last() {
    let mut child = spawn("listen", Vec::new());
    let mut writer = Writer::start(child.take_stdin().unwrap()).unwrap();
    for piece in ["one ", "two"] {
        writer.write(piece.into());
        writer.written().recv().unwrap();
    }
    writer.write(" three".into());
    writer.close();
    let said: Vec<_> = said(child.take_stdout().unwrap()).collect();
    assert_eq!(said, ["ready", "heard one two three"]);
}

#[test]
fn a_writer_is_told_when_nobody_reads_any_more() {
    let mut child = spawn("tell", Vec::new());
    let writer = Writer::start(child.take_stdin().unwrap()).unwrap();
    child.kill_all();
    // Into nowhere.
    writer.write(vec![0; 1 << 20]);
    assert!(writer.written().recv().is_err());
}

#[test]
fn a_script_of_the_system_is_a_program_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("greet.cmd"), "@echo said: hello %1\r\n").unwrap();
    let mut env = clean_environment(std::env::vars_os());
    env.retain(|(name, _)| !name.eq_ignore_ascii_case("PATH"));
    env.push(("Path".into(), folder.path().into()));
    let argv = ["greet", "you"].map(OsString::from).to_vec();
    let program = Program { argv, env, directory: folder.path().into(), mark: String::new() };
    let mut child = Child::spawn(&program).unwrap();
    let said: Vec<_> =
        said(child.take_stdout().unwrap()).map(|line| line.trim_end().replace('"', "")).collect();
    assert_eq!(said, ["hello you"]);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let env = vec![("PATH".into(), r"C:\windows\system32".into())];
    let argv = vec!["syncmgr-has-no-such-program".into()];
    let program = Program { argv, env, directory: Path::new(r"C:\").into(), mark: "none".into() };
    let error = Child::spawn(&program).unwrap_err();
    assert_eq!(error.to_string(), "`syncmgr-has-no-such-program` is not on the path");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}
