//! What the manager remembers between runs: registrations, ticks, history, results, open conflicts, sessions under way, and
//! why each trigger was followed or not.
//!
//! One SQLite file, `syncmgr.db`, in the state directory. Many processes may read it; one at a time writes. A process that
//! means to be the only writer holds the lease; the one manager that stays is the instance, beside which others write. Only this crate knows SQL. It does not know clocks, process tables or random
//! numbers: times, owners and ids come in as values, and "is that owner alive" is a question asked back.
//!
//! In reading order:
//! * [`Store`]: opening, and everything that reads;
//! * [`Writer`]: the only way to change anything; a value that exists while the caller may write;
//! * [`SessionRecord`] and its parts: what is kept of a session;
//! * [`Instance`]: the one manager that stays, and who is alive;
//! * [`RunningSession`]: what is kept of a session while it runs, so that a crash leaves no gap in the history;
//! * [`DecisionRecord`], [`KeptItem`], [`Pause`]: the ledger of trigger decisions, and what is known of each item besides;
//! * [`StoreError`]: what can go wrong, by kind.

mod adhoc;
mod columns;
mod conflicts;
mod decisions;
mod error;
mod history;
mod instance;
mod kept;
mod last_run;
mod lease;
mod listing;
mod open;
mod pauses;
mod registration;
mod running;
mod schema;
mod ticks;

pub use adhoc::AdhocPair;
pub use conflicts::{Conflicts, OpenConflict};
pub use decisions::{ConditionRecord, DecisionLimits, DecisionRecord, NumberedDecision};
pub use error::{StoreError, StoreErrorKind};
pub use history::{EntryRecord, HaltRecord, ItemRecord, ProblemRecord, SessionRecord, SessionRow};
pub use instance::{Instance, Presence, Process};
pub use kept::KeptItem;
pub use last_run::LastRun;
pub use lease::{Claim, LeaseHolder, Owner, Writer};
pub use listing::ListedItem;
pub use open::{FILE_NAME, Soundness, Store};
pub use pauses::Pause;
pub use registration::{Registration, Trusted};
pub use running::{INTERRUPTED, Interrupted, Running, RunningItem, RunningSession};
pub use syncmgr_model::tick::{Purpose, Tick, TickKey};
