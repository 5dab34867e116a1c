//! The contract between the manager and its handlers: what others implement.
//!
//! [`Handler`] mirrors `ISyncMgrSynchronize`, [`SyncCallback`] mirrors `ISyncMgrSynchronizeCallback`; both exist exactly
//! once, here, and every other way in (a process, a COM class) is a translation of them. This crate knows the words of
//! `syncmgr-model` and nothing of engines, stores or faces.
//!
//! Most authors need less: [`simple`] asks for a list of items and one function that synchronizes one of them. It is
//! written in terms of the two traits alone, and so is [`memory`], a complete handler of values in memory. Whatever is
//! written, [`conformance`] tells whether it keeps the contract.

#![warn(missing_docs)]

mod callback;
pub mod conformance;
#[cfg(feature = "guest")]
pub mod guest;
pub mod memory;
pub mod relay;
pub mod simple;
mod traits;

pub use callback::{FactSink, ModelessRequest, SyncCallback};
pub use syncmgr_model as model;
pub use traits::{Completeness, Enumeration, Handler, HandlerFactory, ParentToken};
