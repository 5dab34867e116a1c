//! The folder handler: keeps two folders in step and loses nothing.

pub mod fs;

mod baseline;
mod codec;
mod config;
mod decide;
mod path;
mod plan;
mod rules;
mod scan;

pub use config::{
    ConflictPolicy, Durability, Mode, PairConfig, Resolution, Rule, RunOptions, TrashLimits, Trust, UnknownWord,
};
