//! The keeper from outside: told what happens, asked what it does and why.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod freshness;
mod leaving;
mod random;
mod retries;
mod rig;
mod schedules;
mod triggers;
mod week;
mod why;
