//! The machine without a process: lines in, lines and calls out.

mod random;
mod rig;
mod runs;
mod speaking;
