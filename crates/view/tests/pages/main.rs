//! Pages of prepared worlds: what a person reads there, and what holds for all of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acting;
mod golden;
mod prepared;
mod random;
mod rendered;
mod screens;
mod windows;
