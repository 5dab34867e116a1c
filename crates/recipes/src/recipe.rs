//! [`Recipe`]: what a recipe means, checked as a whole.

use std::time::Duration;

use regex::Regex;
use syncmgr_handler::model::entry::LogLevel;

use crate::file;
use crate::template::{Argument, Condition, Template};

pub use crate::file::Kind as ParameterKind;

/// A tool as a handler: how to list its items, run it, and understand what it says.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) tool: Tool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) environment: Environment,
    pub(crate) cancel: Cancel,
    pub(crate) lock: Option<Template>,
    pub(crate) items: Vec<Items>,
    pub(crate) steps: Vec<Step>,
    pub(crate) discoveries: Vec<Discovery>,
}

impl Recipe {
    /// The name of the recipe: lower case, digits and hyphens.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, in a sentence.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// What can be said about it when it is added.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The program it needs, and the Debian package that has it.
    pub fn program(&self) -> (&str, &str) {
        (&self.tool.program, &self.tool.package)
    }

    /// Whether a dry run shows anything.
    pub fn has_dry_run(&self) -> bool {
        self.steps.iter().any(|step| step.dry_run != DryRun::Nothing)
    }
}

/// What a user says about a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is for, in a line.
    pub help: String,
    /// What is written there.
    pub kind: ParameterKind,
    /// Whether it has to be given.
    pub required: bool,
    /// What holds if it is not given.
    pub default: Option<String>,
    /// If not empty: what may be given.
    pub choices: Vec<String>,
    /// Whether the text, or each of the list, is a path or a place elsewhere such as `host:folder`. Relative paths are refused:
    /// nobody could tell what they are relative to.
    pub place: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Tool {
    pub(crate) program: String,
    pub(crate) package: String,
    pub(crate) version: Vec<String>,
    pub(crate) pattern: Regex,
    pub(crate) minimum: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) pass: Vec<String>,
    pub(crate) set: Vec<(String, Template)>,
    pub(crate) file: Option<Template>,
    pub(crate) file_names: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Cancel {
    pub(crate) signal: file::Signal,
    pub(crate) grace: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct Items {
    pub(crate) conditions: Vec<Condition>,
    pub(crate) source: Source,
    pub(crate) id: Template,
    pub(crate) name: Template,
    /// The list parameter that names the wanted ones, if it names any.
    pub(crate) only: Option<String>,
    /// What to say if there are none.
    pub(crate) none: Option<Template>,
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    One,
    List { of: String },
    Folders { below: Template, holding: String, depth: usize },
    Files { below: Template, pattern: Regex },
    File { file: Template, pattern: Regex },
    Lines { run: Vec<Argument>, pattern: Regex },
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) text: Option<Template>,
    pub(crate) conditions: Vec<Condition>,
    /// Nothing: a step that only decides.
    pub(crate) run: Option<Vec<Argument>>,
    pub(crate) directory: Option<Template>,
    pub(crate) dry_run: DryRun,
    pub(crate) lines: Vec<LineRule>,
    pub(crate) ends: Vec<EndRule>,
}

/// What a step does in a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DryRun {
    /// It is passed over.
    Nothing,
    /// It runs as it always does: it changes nothing.
    Same,
    /// It runs with other arguments.
    Run(Vec<Argument>),
    /// It says what it would do.
    Say(Template),
}

/// What to make of a line of output.
#[derive(Debug, Clone)]
pub(crate) struct LineRule {
    pub(crate) matcher: Matcher,
    pub(crate) stream: Option<file::Stream>,
    pub(crate) keep: bool,
    pub(crate) set: Vec<(String, Template)>,
    pub(crate) progress: Option<Progress>,
    pub(crate) entry: Option<(LogLevel, Template)>,
    /// The path that could not be treated; the text of the entry is the reason.
    pub(crate) problem: Option<Template>,
}

#[derive(Debug, Clone)]
pub(crate) enum Matcher {
    Pattern(Regex),
    /// A line that is a JSON object with these members, and the variables that are read from it.
    Json {
        members: Vec<(String, String)>,
        fields: Vec<(String, String)>,
    },
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) value: Option<Template>,
    pub(crate) max: Option<Template>,
    pub(crate) bytes: Option<Template>,
    pub(crate) bytes_max: Option<Template>,
    pub(crate) text: Option<Template>,
}

/// What to make of the end of a step.
#[derive(Debug, Clone)]
pub(crate) struct EndRule {
    pub(crate) exit: Option<Vec<i32>>,
    pub(crate) output: Option<Regex>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) then: Then,
    pub(crate) entry: Option<(LogLevel, Template)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Goes on with the next step.
    Next,
    /// Goes on with a later step: never back, so that every run ends.
    Step(usize),
    /// The item succeeded.
    Done,
    /// The item is left as it is, for a person.
    Skipped,
    /// The item failed.
    Failed,
}

#[derive(Debug, Clone)]
pub(crate) struct Discovery {
    pub(crate) place: DiscoveryPlace,
    /// Lines of the file that are one set-up each; without it, the file is one.
    pub(crate) pattern: Option<Regex>,
    pub(crate) name: Template,
    pub(crate) text: Template,
    pub(crate) values: Vec<(String, Template)>,
}

#[derive(Debug, Clone)]
pub(crate) enum DiscoveryPlace {
    Files(Vec<Template>),
    Matching { below: Template, pattern: Regex },
    Holding { below: Template, holding: String, depth: usize },
}
