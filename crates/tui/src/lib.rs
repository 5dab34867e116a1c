//! The terminal UI: draws the pages of `syncmgr-wire` and turns keys into their requests.
//!
//! What can be seen and done is decided where pages are made; here it is only drawn, so that no other face has a function that this
//! one lacks. In reading order:
//! * [`App`] is the window as a pure machine: [`Input`] in, [`Effect`]s out; [`draw()`] shows it. Neither knows a terminal, a clock
//!   or a socket.
//! * [`run()`] is the rim: it has the terminal, threads, and a [`Wire`] by which it reaches the manager.
//!
//! Of a page, `App` keeps what is looked at: of a table of a million rows, three windows of two hundred. Where pieces of a page stand
//! follows from the one at the top of the screen alone.

#![warn(missing_docs)]

mod app;
mod draw;
mod hints;
mod input;
mod look;
mod plan;
mod run;
mod text;

pub use app::{App, Daemon, SMALLEST};
pub use draw::draw;
pub use input::{Effect, Failure, Input, Key};
pub use look::{Colors, Letters, Look};
pub use run::{Change, Window, Wire, run};
