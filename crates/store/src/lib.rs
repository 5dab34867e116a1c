//! What the manager remembers between runs: registrations, ticks, history, results, open conflicts.
//!
//! One SQLite file, `syncmgr.db`, in the state directory. Many processes may read it; one at a time writes, and a process
//! that means to stay holds the lease. Only this crate knows SQL. It does not know clocks, process tables or random
//! numbers: times, owners and ids come in as values, and "is that owner alive" is a question asked back.
//!
//! In reading order:
//! * [`Store`]: opening, and everything that reads;
//! * [`Writer`]: the only way to change anything; a value that exists while the caller may write;
//! * [`SessionRecord`] and its parts: what is kept of a session;
//! * [`StoreError`]: what can go wrong, by kind.

mod adhoc;
mod columns;
mod conflicts;
mod error;
mod history;
mod lease;
mod listing;
mod open;
mod registration;
mod schema;
mod ticks;

pub use adhoc::AdhocPair;
pub use conflicts::{Conflicts, OpenConflict};
pub use error::{StoreError, StoreErrorKind};
pub use history::{EntryRecord, HaltRecord, ItemRecord, LastRun, ProblemRecord, SessionRecord, SessionRow};
pub use lease::{Claim, LeaseHolder, Owner, Writer};
pub use listing::ListedItem;
pub use open::{FILE_NAME, Soundness, Store};
pub use registration::{Registration, Trusted};
pub use syncmgr_model::tick::{Purpose, Tick, TickKey};
