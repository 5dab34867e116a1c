//! The folder handler: keeps two folders in step and loses nothing.

mod config;

pub use config::{
    ConflictPolicy, Durability, Mode, PairConfig, Resolution, Rule, RunOptions, TrashLimits, Trust,
    UnknownWord,
};
