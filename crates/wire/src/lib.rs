//! What goes over a wire: the control vocabulary of the faces, and the lines of `--json`.
//!
//! In reading order:
//! * [`control`]: what a face asks ([`control::Request`]) and what it hears ([`control::Event`]);
//! * [`mod@line`]: the lines themselves, one type each;
//! * [`page`]: what a face shows, ready to be drawn;
//! * [`protocol`]: the handler protocol, by which a process becomes a handler;
//! * [`path`]: how a path that is not UTF-8 becomes text and back;
//! * [`text`]: how ids, words and times of the model become text.
//!
//! The promise: a line is one JSON object on one line, its `type` says which. Members are added, never renamed, removed
//! or given another meaning; readers ignore members, types and words they do not know. The model's types are not
//! serializable themselves: what is here is decided here. This crate reads and writes values; it knows no stream, socket or
//! terminal.

#![warn(missing_docs)]

pub mod control;
pub mod line;
pub mod page;
pub mod path;
pub mod protocol;
pub mod text;
