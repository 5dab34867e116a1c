//! A recipe as it is written: the keys of the file, one to one. What is meant by them is in `recipe`.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) format: u32,
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) tool: Tool,
    #[serde(default)]
    pub(crate) parameter: Vec<Parameter>,
    #[serde(default)]
    pub(crate) environment: Environment,
    #[serde(default)]
    pub(crate) cancel: Cancel,
    pub(crate) lock: Option<String>,
    pub(crate) items: Vec<Items>,
    pub(crate) step: Vec<Step>,
    #[serde(default)]
    pub(crate) line: Vec<Line>,
    #[serde(default)]
    pub(crate) end: Vec<End>,
    #[serde(default)]
    pub(crate) discover: Vec<Discover>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tool {
    pub(crate) program: String,
    pub(crate) package: String,
    pub(crate) version: Vec<String>,
    pub(crate) pattern: String,
    pub(crate) minimum: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    #[serde(default)]
    pub(crate) choices: Vec<String>,
    #[serde(default)]
    pub(crate) place: bool,
}

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A file or folder; absolute, or below the home directory when it begins with `~/`.
    Path,
    /// Any text.
    Text,
    /// Several texts, with commas between them.
    List,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Environment {
    #[serde(default)]
    pub(crate) pass: Vec<String>,
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    pub(crate) file: Option<String>,
    #[serde(default)]
    pub(crate) file_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Cancel {
    pub(crate) signal: Signal,
    pub(crate) grace: u64,
}

impl Default for Cancel {
    fn default() -> Self {
        Self { signal: Signal::Terminate, grace: 10 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signal {
    Interrupt,
    Terminate,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Items {
    #[serde(rename = "if")]
    pub(crate) condition: Option<Conditions>,
    pub(crate) from: Source,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) of: Option<String>,
    pub(crate) only: Option<String>,
    pub(crate) below: Option<String>,
    pub(crate) holding: Option<String>,
    pub(crate) depth: Option<usize>,
    pub(crate) file: Option<String>,
    pub(crate) pattern: Option<String>,
    pub(crate) run: Option<Vec<Argument>>,
    pub(crate) none: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    One,
    List,
    Folders,
    Files,
    File,
    Lines,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a condition such as \"name\" or \"name=value\", or several of them")]
pub(crate) enum Conditions {
    One(String),
    All(Vec<String>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a text, or { if = …, args = […] }, or { each = …, args = […] }")]
pub(crate) enum Argument {
    Plain(String),
    If(IfArguments),
    Each(EachArguments),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IfArguments {
    #[serde(rename = "if")]
    pub(crate) condition: Conditions,
    pub(crate) args: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EachArguments {
    pub(crate) each: String,
    pub(crate) args: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) text: Option<String>,
    #[serde(rename = "if")]
    pub(crate) condition: Option<Conditions>,
    pub(crate) run: Option<Vec<Argument>>,
    pub(crate) directory: Option<String>,
    pub(crate) in_dry_run: Option<DryRun>,
    pub(crate) instead: Option<String>,
    #[serde(default)]
    pub(crate) line: Vec<Line>,
    #[serde(default)]
    pub(crate) end: Vec<End>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "\"same\", or the arguments to run in a dry run")]
pub(crate) enum DryRun {
    Word(Same),
    Run(Vec<Argument>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Same {
    Same,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) pattern: Option<String>,
    pub(crate) json: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) stream: Option<Stream>,
    #[serde(default)]
    pub(crate) keep: bool,
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    pub(crate) progress: Option<Progress>,
    pub(crate) level: Option<Level>,
    pub(crate) text: Option<String>,
    pub(crate) problem: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stream {
    Output,
    Error,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    pub(crate) value: Option<String>,
    pub(crate) max: Option<String>,
    pub(crate) bytes: Option<String>,
    pub(crate) bytes_max: Option<String>,
    pub(crate) text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Information,
    Warning,
    Error,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    pub(crate) exit: Option<Vec<i32>>,
    pub(crate) output: Option<String>,
    #[serde(rename = "if")]
    pub(crate) condition: Option<Conditions>,
    pub(crate) then: String,
    pub(crate) level: Option<Level>,
    pub(crate) text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discover {
    #[serde(default)]
    pub(crate) files: Vec<String>,
    pub(crate) below: Option<String>,
    pub(crate) holding: Option<String>,
    pub(crate) matching: Option<String>,
    pub(crate) depth: Option<usize>,
    pub(crate) pattern: Option<String>,
    pub(crate) name: String,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
}
