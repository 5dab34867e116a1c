//! The window in a real terminal, which `tmux` is here.

#![expect(clippy::disallowed_methods, reason = "the tests start a terminal with the program in it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod canned;
#[path = "../cli/home.rs"]
#[expect(dead_code, reason = "shared with the other tests of the command, which need more of it")]
mod home;
#[path = "../cli/notes.rs"]
#[expect(dead_code, reason = "likewise")]
mod notes;
mod pane;
mod real;
#[path = "../cli/through.rs"]
mod through;
mod window;
