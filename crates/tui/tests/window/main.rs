//! The window without a terminal: pages and keys in, screens and effects out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod forms;
mod keys;
mod long;
mod mouse;
mod pages;
mod random;
mod rig;
mod screens;
