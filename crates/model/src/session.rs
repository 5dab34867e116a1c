//! The session machine: one run of one or more handlers, decided without doing anything.
//!
//! [`Machine::step`] takes an [`Input`] (something happened) and the time, changes the machine, and returns an
//! [`Answer`] for whoever caused the input and the [`Effect`]s that shall follow, in order. The machine never waits,
//! looks at no clock and calls nobody; the engine performs the effects and feeds back what came of them. All rulings
//! of the contract that concern a session live in this module, and its tests are where they are proved.
//!
//! An instance of a handler goes through these stages (contract 1.5):
//!
//! ```text
//! Created ─ Initialized ─ Ready ─ Chosen ─ Preparing ─ Prepared ─ Syncing ─ Done ─ Releasing ─ Released
//!                                   ▲          └──────────────────────┴──── Failed ─┘
//!                                   └───────── ShowingError (retry) ◀──────────┘
//! ```
//!
//! In reading order: [`words`](self) (values that leave the machine), `input` and `effect`, `machine` (the dispatch),
//! `loading`, `choice`, `run`, `cancel`, `results`, `log`, `dialogs`, `connections`.
//!
//! What keeps it correct: a completion that arrives while the method it completes still runs is only recorded; every
//! transition out of a stage happens when the method has returned *and* the completion is there, so the method's own
//! failure always wins. What may start is decided in one place, at the end of each step (`advance`).

mod cancel;
mod choice;
mod connections;
mod dialogs;
mod effect;
mod input;
mod instance;
mod loading;
mod log;
mod machine;
mod results;
mod run;
#[cfg(test)]
mod tests;
mod words;

pub use effect::{Call, Effect, Phase, RowVerdict};
pub use input::{Answer, Called, Input, Listing, ListingEnd, Returned, Starting};
pub use machine::{Machine, Reopened, RowOutcome, SessionSpec};
pub use words::{
    Choosing, Closing, Connecting, Entry, InstanceIdx, Modeless, Refusal, RowIdx, RowInfo, StopNotice,
};
