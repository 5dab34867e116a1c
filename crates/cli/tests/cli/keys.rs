//! Keys and pictures on a real terminal.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::home::Home;

/// What happened on a terminal on which `keys` were pressed before the command had a chance to look.
struct Shown {
    code: Option<i32>,
    screen: String,
    modes: (LocalModes, LocalModes),
}

fn type_ahead(home: &Home, keys: &[u8], arguments: &[&str]) -> Shown {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
    let kept = terminal();
    let before = tcgetattr(&kept).unwrap().local_modes;
    let mut master = File::from(master);
    master.write_all(keys).unwrap();

    let hermetic = home.command(arguments);
    // The terminal has to be the command's own: keys are read in the foreground only.
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait"]).arg(hermetic.get_program()).args(arguments);
    command.env_clear().current_dir(home.work("")).env("TERM", "xterm");
    command.envs(hermetic.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command
        .stdin(Stdio::from(terminal()))
        .stdout(Stdio::from(terminal()))
        .stderr(Stdio::from(terminal()))
        .spawn()
        .unwrap();
    drop(command);
    // Somebody has to look on: a screen that nobody reads is full before long.
    let reader = std::thread::spawn(move || {
        let mut screen = Vec::new();
        // Ends with an error once the last writer is gone: that is how terminals end.
        let _ = master.read_to_end(&mut screen);
        String::from_utf8_lossy(&screen).into_owned()
    });
    let code = child.wait().unwrap().code();
    let after = tcgetattr(&kept).unwrap().local_modes;
    drop(kept);
    Shown { code, screen: reader.join().unwrap(), modes: (before, after) }
}

/// A pair whose first run has so much to do that a key arrives in the middle of it.
fn much_to_do() -> Home {
    let home = Home::with_folders(&[], &[]);
    for number in 0..3_000 {
        home.write(&format!("left/{}/{number}", number % 50), "some text");
    }
    home
}

#[test]
fn q_stops_and_the_terminal_is_as_it_was() {
    let home = much_to_do();
    let shown = type_ahead(&home, b"q", &["sync", "./left", "./right", "--durability", "full"]);
    assert_eq!(shown.code, Some(3), "{}", shown.screen);
    assert!(shown.screen.contains("stopped"), "{}", shown.screen);
    assert_eq!(shown.modes.0, shown.modes.1);
    assert!(shown.modes.0.contains(LocalModes::ICANON | LocalModes::ECHO));
    let _ = home.run(&["sync", "./left", "./right"]).exit(0);
}

#[test]
fn without_a_key_the_run_ends_by_itself_and_leaves_only_the_result() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let shown = type_ahead(&home, b"", &["sync", "./left", "./right"]);
    assert_eq!(shown.code, Some(0), "{}", shown.screen);
    assert!(shown.screen.contains("in step"), "{}", shown.screen);
    assert_eq!(shown.modes.0, shown.modes.1);
}

#[test]
fn a_question_on_a_terminal_can_be_answered_with_yes_and_with_no() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["sync", "./left", "./right"]).exit(0);
    let shown = type_ahead(&home, b"n\n", &["undo"]);
    assert_eq!(shown.code, Some(3), "{}", shown.screen);
    assert!(home.work("right/a").exists());
    let shown = type_ahead(&home, b"y\n", &["undo"]);
    assert_eq!(shown.code, Some(0), "{}", shown.screen);
    assert!(!home.work("right/a").exists());
}
