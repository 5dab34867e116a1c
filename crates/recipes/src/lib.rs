//! Recipes: existing command-line tools as handlers, declared in TOML.
//!
//! A [`Recipe`] says how a tool lists what it can synchronize, how it is run, how its output is read, what its ends mean
//! and how it is stopped. [`RecipeFactory`] makes handlers of it; [`discover`] finds set-ups of known tools. The format is
//! described in `docs/recipes.md`, which the tests read.
//!
//! Nothing here is special to a tool: what git does when a branch has diverged is said in `builtin/git.toml`, as conditions
//! between steps. A run only ever goes forward through its steps, so every run ends. Arguments are lists and never pass
//! through a shell. Programs run in sessions of their own (`syncmgr-child`), and nothing of them outlives the step.
//!
//! What it deliberately does not do: know engines, stores or faces, ask for passwords, or change the set-up of a tool.

mod builtin;
mod decide;
mod discover;
mod environment;
mod error;
mod factory;
mod file;
mod items;
mod lines;
mod lock;
mod names;
mod parse;
mod process;
mod recipe;
mod run;
mod template;
mod tool;
mod values;
mod walk;

pub use builtin::{builtin, builtins};
pub use discover::{Found, discover};
pub use error::RecipeError;
pub use factory::RecipeFactory;
pub use recipe::{Parameter, ParameterKind, Recipe};
pub use values::Surroundings;
