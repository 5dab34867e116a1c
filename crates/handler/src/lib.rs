//! The contract between the manager and its handlers: what others implement.
//!
//! [`Handler`] mirrors `ISyncMgrSynchronize`, [`SyncCallback`] mirrors `ISyncMgrSynchronizeCallback`; both exist exactly
//! once, here, and every other way in (a process, a COM class) is a translation of them. This crate knows the words of
//! `syncmgr-model` and nothing of engines, stores or faces.

#![warn(missing_docs)]

mod callback;
mod traits;

pub use callback::{FactSink, ModelessRequest, SyncCallback};
pub use syncmgr_model as model;
pub use traits::{Completeness, Enumeration, Handler, HandlerFactory, ParentToken};
