//! The folder handler on real folders, through the contract's traits.

mod basics;
mod harness;
