//! A script: a pair, what its user does, and its runs with what disturbs them. It has a text form, a step a line, that
//! reads back as the same script; so what once failed can be kept.

use std::fmt::{self, Write as _};
use std::str::{FromStr, SplitWhitespace};

use syncmgr_folders::{ConflictPolicy, Durability, Mode};
use syncmgr_handler::model::fact::Side;

use crate::disk::Quirk;

/// What a file holds: nobody else has content of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) number: u32,
    pub(crate) size: u32,
}

/// One thing a user does. Paths are relative to the root of the side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Makes a file, or writes over the one that is there.
    Write(Side, String, Content),
    /// Writes a new file and renames it over what is there, as editors do.
    Replace(Side, String, Content),
    /// Writes over a file and puts its time back.
    KeepTime(Side, String, Content),
    /// Removes a file, a link, or a directory with all in it.
    Remove(Side, String),
    Rename(Side, String, String),
    Swap(Side, String, String),
    MakeDir(Side, String),
    Symlink(Side, String, String),
    HardLink(Side, String, String),
    /// Copies a file to another name on the same side.
    Duplicate(Side, String, String),
    /// Copies a file from this side to the other one, over what is there.
    Across(Side, String),
    Chmod(Side, String, u32),
    /// Sets a time, in seconds.
    Touch(Side, String, i64),
    /// Makes a pipe.
    Special(Side, String),
    /// Writes the rule file of a directory, with one rule.
    Rules(Side, String, String),
    /// Sets the rule in the configuration of the pair.
    Ignore(Option<String>),
    /// Lets time pass, in nanoseconds.
    Wait(u64),
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoSpace,
    InputOutput,
    Access,
    TooManyFiles,
}

/// What a run has to cope with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    Nothing,
    /// Told to stop at this progress call.
    Stop(u32),
    /// The process ends before this changing call.
    Kill(u32),
    /// The power fails before this changing or flushing call; what survives is up to the seed.
    PowerCut(u32, u64),
    /// This call fails, and as many after it.
    Fail(u32, u32, Refusal),
    /// Every N-th call fails.
    FailEvery(u32, Refusal),
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Synchronize,
    /// Synchronizes what a watcher has seen since the last run, if it can vouch for the rest.
    Watched,
    Preview,
    /// Takes back the last run.
    Undo,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) purpose: Purpose,
    pub(crate) disturbance: Disturbance,
    /// What the user does meanwhile, before the call of this number.
    pub(crate) meanwhile: Vec<(u32, Operation)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Do(Operation),
    Run(Run),
    /// Undisturbed runs until both sides must be equal, and one that must be idle.
    Settle,
}

impl Step {
    /// Whether the user gives a file a second name.
    pub(crate) fn links(&self) -> bool {
        let links = |operation: &Operation| matches!(operation, Operation::HardLink(..));
        match self {
            Self::Do(operation) => links(operation),
            Self::Run(run) => run.meanwhile.iter().any(|(_, operation)| links(operation)),
            Self::Settle => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) mode: Mode,
    pub(crate) conflict: ConflictPolicy,
    pub(crate) durability: Durability,
    pub(crate) volumes: Vec<Vec<Quirk>>,
    /// The volumes of the left root, the right root and the state.
    pub(crate) places: [usize; 3],
    pub(crate) steps: Vec<Step>,
}

impl Script {
    /// The volume that a side is on.
    pub(crate) fn place(&self, side: Side) -> usize {
        self.places[side as usize]
    }

    pub(crate) fn has(&self, side: Side, quirk: Quirk) -> bool {
        self.volumes[self.place(side)].contains(&quirk)
    }

    pub(crate) fn either_has(&self, quirk: Quirk) -> bool {
        Side::BOTH.into_iter().any(|side| self.has(side, quirk))
    }
}

const REFUSALS: [(Refusal, &str); 4] = [
    (Refusal::NoSpace, "enospc"),
    (Refusal::InputOutput, "eio"),
    (Refusal::Access, "eacces"),
    (Refusal::TooManyFiles, "emfile"),
];

const PURPOSES: [(Purpose, &str); 4] = [
    (Purpose::Synchronize, "sync"),
    (Purpose::Watched, "watched"),
    (Purpose::Preview, "preview"),
    (Purpose::Undo, "undo"),
];

fn word<T: PartialEq + Copy>(of: T, table: &[(T, &'static str)]) -> &'static str {
    table.iter().find(|(known, _)| *known == of).map_or("?", |(_, word)| word)
}

fn named<T: Copy>(word: &str, table: &[(T, &'static str)]) -> Result<T, String> {
    let found = table.iter().find(|(_, known)| *known == word).map(|(of, _)| *of);
    found.ok_or_else(|| format!("`{word}` is not known here"))
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = |content: &Content| format!("{} {}", content.number, content.size);
        match self {
            Self::Write(side, path, what) => write!(f, "write {side} {path} {}", content(what)),
            Self::Replace(side, path, what) => write!(f, "replace {side} {path} {}", content(what)),
            Self::KeepTime(side, path, what) => write!(f, "keep-time {side} {path} {}", content(what)),
            Self::Remove(side, path) => write!(f, "remove {side} {path}"),
            Self::Rename(side, path, to) => write!(f, "rename {side} {path} {to}"),
            Self::Swap(side, path, with) => write!(f, "swap {side} {path} {with}"),
            Self::MakeDir(side, path) => write!(f, "mkdir {side} {path}"),
            Self::Symlink(side, path, target) => write!(f, "symlink {side} {path} {target}"),
            Self::HardLink(side, path, name) => write!(f, "hard-link {side} {path} {name}"),
            Self::Duplicate(side, path, name) => write!(f, "duplicate {side} {path} {name}"),
            Self::Across(side, path) => write!(f, "across {side} {path}"),
            Self::Chmod(side, path, mode) => write!(f, "chmod {side} {path} {mode:o}"),
            Self::Touch(side, path, secs) => write!(f, "touch {side} {path} {secs}"),
            Self::Special(side, path) => write!(f, "special {side} {path}"),
            Self::Rules(side, path, rule) => write!(f, "rules {side} {path} {rule}"),
            Self::Ignore(rule) => write!(f, "ignore {}", rule.as_deref().unwrap_or("-")),
            Self::Wait(nanos) => write!(f, "wait {nanos}"),
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "undisturbed"),
            Self::Stop(at) => write!(f, "stop {at}"),
            Self::Kill(at) => write!(f, "kill {at}"),
            Self::PowerCut(at, seed) => write!(f, "power-cut {at} {seed}"),
            Self::Fail(at, n, refusal) => write!(f, "fail {at} {n} {}", word(*refusal, &REFUSALS)),
            Self::FailEvery(n, refusal) => write!(f, "fail-every {n} {}", word(*refusal, &REFUSALS)),
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [left, right, state] = self.places;
        writeln!(f, "pair {} {} {} {left} {right} {state}", self.mode, self.conflict, self.durability)?;
        for quirks in &self.volumes {
            let mut line = "volume".to_owned();
            for quirk in quirks {
                write!(line, " {}", word(*quirk, &Quirk::ALL))?;
            }
            writeln!(f, "{line}")?;
        }
        for step in &self.steps {
            match step {
                Step::Do(operation) => writeln!(f, "{operation}")?,
                Step::Settle => writeln!(f, "settle")?,
                Step::Run(run) => {
                    for (at, operation) in &run.meanwhile {
                        writeln!(f, "meanwhile {at} {operation}")?;
                    }
                    writeln!(f, "{} {}", word(run.purpose, &PURPOSES), run.disturbance)?;
                }
            }
        }
        Ok(())
    }
}

struct Words<'a>(SplitWhitespace<'a>);

impl Words<'_> {
    fn text(&mut self) -> Result<String, String> {
        self.0.next().map(str::to_owned).ok_or_else(|| "a word is missing".to_owned())
    }

    fn number<T: FromStr>(&mut self) -> Result<T, String> {
        let word = self.text()?;
        word.parse().map_err(|_| format!("`{word}` is no number that fits here"))
    }

    fn known<T: FromStr>(&mut self) -> Result<T, String> {
        let word = self.text()?;
        word.parse().map_err(|_| format!("`{word}` is not known here"))
    }

    fn side(&mut self) -> Result<Side, String> {
        let word = self.text()?;
        let found = Side::BOTH.into_iter().find(|side| side.to_string() == word);
        found.ok_or_else(|| format!("`{word}` is no side"))
    }

    fn content(&mut self) -> Result<Content, String> {
        Ok(Content { number: self.number()?, size: self.number()? })
    }

    fn operation(&mut self, verb: &str) -> Result<Operation, String> {
        Ok(match verb {
            "ignore" => Operation::Ignore(Some(self.text()?).filter(|rule| rule != "-")),
            "wait" => Operation::Wait(self.number()?),
            _ => {
                let (side, path) = (self.side()?, self.text()?);
                match verb {
                    "write" => Operation::Write(side, path, self.content()?),
                    "replace" => Operation::Replace(side, path, self.content()?),
                    "keep-time" => Operation::KeepTime(side, path, self.content()?),
                    "remove" => Operation::Remove(side, path),
                    "rename" => Operation::Rename(side, path, self.text()?),
                    "swap" => Operation::Swap(side, path, self.text()?),
                    "mkdir" => Operation::MakeDir(side, path),
                    "symlink" => Operation::Symlink(side, path, self.text()?),
                    "hard-link" => Operation::HardLink(side, path, self.text()?),
                    "duplicate" => Operation::Duplicate(side, path, self.text()?),
                    "across" => Operation::Across(side, path),
                    "chmod" => {
                        let mode = self.text()?;
                        let mode = u32::from_str_radix(&mode, 8).map_err(|_| format!("`{mode}` is no mode"));
                        Operation::Chmod(side, path, mode?)
                    }
                    "touch" => Operation::Touch(side, path, self.number()?),
                    "special" => Operation::Special(side, path),
                    "rules" => Operation::Rules(side, path, self.text()?),
                    _ => return Err(format!("`{verb}` is nothing that happens here")),
                }
            }
        })
    }

    fn disturbance(&mut self) -> Result<Disturbance, String> {
        let verb = self.text()?;
        Ok(match &*verb {
            "undisturbed" => Disturbance::Nothing,
            "stop" => Disturbance::Stop(self.number()?),
            "kill" => Disturbance::Kill(self.number()?),
            "power-cut" => Disturbance::PowerCut(self.number()?, self.number()?),
            "fail" => Disturbance::Fail(self.number()?, self.number()?, named(&self.text()?, &REFUSALS)?),
            "fail-every" => Disturbance::FailEvery(self.number()?, named(&self.text()?, &REFUSALS)?),
            _ => return Err(format!("`{verb}` is no disturbance")),
        })
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut words = Words(lines.next().unwrap_or_default().split_whitespace());
        if words.text()? != "pair" {
            return Err("a script begins with `pair`".to_owned());
        }
        let mut script = Self {
            mode: words.known()?,
            conflict: words.known()?,
            durability: words.known()?,
            volumes: Vec::new(),
            places: [words.number()?, words.number()?, words.number()?],
            steps: Vec::new(),
        };
        let mut meanwhile = Vec::new();
        for line in lines {
            let mut words = Words(line.split_whitespace());
            let verb = words.text()?;
            match &*verb {
                "volume" => {
                    let quirks: Result<_, _> = words.0.map(|word| named(word, &Quirk::ALL)).collect();
                    script.volumes.push(quirks?);
                }
                "meanwhile" => {
                    let (at, verb) = (words.number()?, words.text()?);
                    meanwhile.push((at, words.operation(&verb)?));
                }
                "settle" => script.steps.push(Step::Settle),
                _ => match named(&verb, &PURPOSES) {
                    Ok(purpose) => {
                        let meanwhile = std::mem::take(&mut meanwhile);
                        let disturbance = words.disturbance()?;
                        script.steps.push(Step::Run(Run { purpose, disturbance, meanwhile }));
                    }
                    Err(_) => script.steps.push(Step::Do(words.operation(&verb)?)),
                },
            }
        }
        Ok(script)
    }
}
