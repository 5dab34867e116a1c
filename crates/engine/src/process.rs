//! Handlers that are processes: the contract, spoken line by line.
//!
//! In reading order:
//!
//! * [`ProcessSpec`] says which program, with what; [`Manifest`] what it declares, [`Fingerprint`] what was trusted;
//! * [`ProcessFactory`] makes handlers of it. One instance is one process, for one session;
//! * `core` decides: a machine that takes lines, calls and the time, and asks a `Manager` for what it cannot know;
//! * `pump` carries out: one thread a process, which reads, writes, waits and never blocks on anything else;
//! * `states` keeps what a handler wants to find again.
//!
//! Other processes are not trusted: everything they send is bounded and looked at before it is believed, and whatever
//! they do, it fails their own items and nothing else.

mod core;
mod factory;
mod fingerprint;
mod links;
mod manifest;
mod pump;
mod spec;
mod splitter;
mod states;

pub use factory::ProcessFactory;
pub use fingerprint::{Fingerprint, FingerprintError};
pub use manifest::{Manifest, ManifestError};
pub use spec::{Limits, NoSecrets, ProcessSpec, SecretUse, Secrets, Trust};
