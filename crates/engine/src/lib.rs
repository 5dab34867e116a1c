//! Runs sessions: drives handlers, performs the session machine's effects, keeps the rows.
//!
//! In reading order:
//!
//! * [`Engine`] starts sessions, [`Session`] is the handle to one;
//! * [`SessionRequest`] says what to do, [`SessionEvent`], [`RowView`] and [`SessionReport`] what came of it;
//! * [`SessionQueue`] makes sessions of triggers, one at a time, and [`Invoker`] takes the calls of programs;
//! * [`Services`] is what the engine is given from outside.
//!
//! The engine does not know which handlers exist, who looks, or that terminals, sockets and databases exist.

mod callback;
mod choice;
mod conductor;
mod gate;
pub mod process;
mod questions;
mod queue;
mod relay;
mod report;
mod request;
mod rows;
mod services;
mod session;
mod shared;
mod worker;

pub use queue::{Invoker, SessionQueue};
pub use report::{
    Entry, Halt, HandlerListing, ItemReport, OpenConflict, Reopened, RowInfo, RowView, SessionEvent,
    SessionReport,
};
pub use request::{
    Answers, Choice, Choosing, Closing, DEFAULT_GRACE, Detail, HandlerEntry, SessionRequest, StopNotice,
};
pub use services::{Clock, ConnectError, Connector, Established, OnlineConnector, Services, SystemClock};
pub use session::{Engine, Session};
pub use syncmgr_model::session::Refusal;
