//! The folder handler: keeps two folders in step and loses nothing.
//!
//! A run of a pair is scan → reconcile → plan → stage → apply → commit. Everything up to the plan only reads: `scan`
//! walks each side in one defined order, `reconcile` merges both walks with the baseline and writes the `plan`, `safety`
//! may halt. Then `apply` changes the sides batch by batch, and `state` commits what was reached.
//!
//! The engine knows this crate only through the traits of `syncmgr-handler`, and this crate knows nothing of sessions,
//! stores and wires. Whoever wants to check the promises starts with these: nothing is deleted, it goes to the trash
//! (`apply::place`); what was not seen never counts as gone (`scan`, `reconcile`); the baseline never runs ahead of the
//! disk (`apply`, `state`).

#[cfg(feature = "bench")]
pub mod bench;
pub mod fs;
pub mod points;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod trash;

mod apply;
mod baseline;
mod check;
mod codec;
mod config;
mod contents;
mod copy;
mod decide;
mod extended;
mod handler;
mod hard_links;
mod kept;
mod monitor;
mod overlay;
mod pair;
mod path;
mod plan;
mod probe;
mod reconcile;
mod record;
mod renames;
mod root;
mod rules;
mod safety;
mod scan;
mod state;
mod undo;
mod versions;

pub use check::{PairCheckError, PairErrorKind, check_pair, item_id_for_roots};
pub use config::{
    Budget, ConflictPolicy, Durability, Evidence, Keep, KeepSet, Merged, Mode, PairConfig, Resolution, Rule,
    RunOptions, TrashLimits, UnknownWord,
};
pub use handler::{FolderHandlerFactory, HANDLER_ID, UndoHandlerFactory};
pub use pair::Surroundings;
pub use path::display as display_path;
pub use undo::{RecordedRun, runs};
pub use versions::{Content, Held, Last, Versions, content, head, last_agreed, last_content, versions};
