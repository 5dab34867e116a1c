//! The window in a real terminal, which `tmux` is here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod canned;
#[path = "../cli/home.rs"]
#[expect(dead_code, reason = "shared with the other tests of the command, which need more of it")]
mod home;
mod pane;
mod real;
mod window;
