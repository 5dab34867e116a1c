//! Handlers that are real processes. The names say what is shown: `p_034_…` a statement of the contract, over lines;
//! `d8_06_…` a settled detail of the handler protocol.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bounds;
mod details;
mod further;
mod life;
mod rig;
mod runs;
mod shows;
mod verdicts;
