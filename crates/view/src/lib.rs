//! What faces show: from what is known, the pages of `wire::page`.
//!
//! Every decision about what a person sees and can do is made here: which rows there are, in which state they are, what the
//! words and the keys are. Faces only draw it. Nothing here reads a clock or asks anybody: a [`World`] is told what happened
//! and what was answered, says what it has to know besides ([`World::needs`]), and makes pages of it ([`World::page`]).
//!
//! In reading order: [`World`], `screen` (a file for each screen), `frame` (what is the same on every page), [`keys`].

#![warn(missing_docs)]

mod act;
mod amounts;
mod answers;
mod estimate;
mod forms;
mod frame;
pub mod keys;
mod known;
mod lines;
mod moments;
mod plans;
mod screen;
mod session;
mod tables;
mod words;
mod world;

pub use answers::{Need, Trouble, Urgency};
pub use world::{Surroundings, World};
