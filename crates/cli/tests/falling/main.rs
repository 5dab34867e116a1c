//! A window that falls leaves the terminal as it was.
//!
//! The binary is both: called by Cargo it is the test; called by the test, in a terminal, it is a window of which a part panics. So
//! it has no harness of its own, and says what came of it as one would.

#![expect(clippy::disallowed_methods, reason = "the tests start a terminal with the program in it")]
#![expect(clippy::print_stdout, reason = "it says itself what came of it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/home.rs"]
#[expect(dead_code, reason = "shared with the other tests of the command, which need more of it")]
mod home;
#[path = "../tui/pane.rs"]
#[expect(dead_code, reason = "likewise")]
mod pane;
#[path = "../cli/through.rs"]
mod through;

use std::process::ExitCode;
use std::sync::Arc;

use syncmgr_tui::{Change, Colors, Daemon, Failure, Letters, Look, Window, Wire};
use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Page, PageRequest, Place, Screen};

use home::Home;
use pane::Pane;

/// The word that makes this the window.
const WINDOW: &str = "window-that-falls";

/// A way to the manager on which a page is a panic.
struct Falling;

impl Wire for Falling {
    fn page(&self, _request: PageRequest) -> Result<Page, Failure> {
        panic!("the page has fallen")
    }

    fn send(&self, _request: Request) -> Result<(), Failure> {
        Ok(())
    }

    fn watch(&self, _changed: &dyn Fn(Change)) {}
}

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|word| word == WINDOW) {
        return falls();
    }
    a_panic_leaves_the_terminal_as_it_was_and_what_it_said_readable();
    println!("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
    ExitCode::SUCCESS
}

fn falls() -> ExitCode {
    let look = Look { letters: Letters::Unicode, colors: Colors::On };
    let place = Place::of(Screen::Items);
    let window = Window { place, look, daemon: Daemon::Stays, greeting: None };
    match syncmgr_tui::run(window, Arc::new(Falling)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("the window says: {error}");
            ExitCode::FAILURE
        }
    }
}

fn a_panic_leaves_the_terminal_as_it_was_and_what_it_said_readable() {
    let home = Home::new();
    let pane = Pane::open(&home, (80, 24));
    let own = std::env::current_exe().unwrap();
    pane.line(&format!("{} {WINDOW}; echo \"code $?\"", own.display()));
    let screen = pane.until("code 1");
    assert!(screen.contains("the page has fallen"), "{screen}");
    assert!(screen.contains("the window says: a part of the window has failed"), "{screen}");
    pane.line("clear");
    pane.check_clean();
}
