//! The control API: what faces ask and hear, over HTTP.
//!
//! It carries the vocabulary of `syncmgr-wire` between a manager that runs and the faces that want something from it: over
//! a Unix socket that only its user can open, and, where that is switched on, over loopback TCP with a token. Whoever
//! answers is an [`Answerer`]; this crate does not know engines, stores, handlers or configuration, and it reads no clock.
//!
//! In reading order:
//! * [`Answerer`]: what the manager has to be able to do, and on which threads it is asked;
//! * [`Server`], [`Settings`], [`Limits`]: listening and stopping;
//! * [`Bus`]: every event of every session, numbered, for `GET /v1/events`;
//! * [`Token`]: who may come in over TCP;
//! * [`Client`]: the other end, for faces that block;
//! * [`openapi()`]: the description of all of it, made from the code.
//!
//! The promise is that of `wire`: members and words are added, never changed. [`PROTOCOL`] counts what would break it, and
//! both ends name theirs in the header [`VERSION_HEADER`].

#![warn(missing_docs)]

mod answer;
mod app;
mod body;
mod bus;
mod client;
mod guard;
mod idempotency;
mod jobs;
mod limits;
mod lines;
mod openapi;
mod patient;
mod refusal;
mod routes;
mod server;
mod socket;
mod token;
mod underway;
mod version;

pub use answer::{Answer, Answerer, Content, FailureLine, Health, HealthState};
pub use bus::{Bus, BusLimits};
pub use client::{Client, ClientError, ConnectError};
pub use limits::Limits;
pub use openapi::openapi;
pub use server::{Clock, Server, Settings, StartError, Stopped, Tcp};
pub use token::{Token, TokenError};
pub use version::{PROTOCOL, VERSION_HEADER};
