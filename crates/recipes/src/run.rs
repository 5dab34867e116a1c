//! One item through the steps of its recipe.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use syncmgr_child::Program;
use syncmgr_handler::model::entry::LogLevel;
use syncmgr_handler::model::fact::Fact;
use syncmgr_handler::model::id::Uuid;
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::simple::{Canceled, Context, SyncError};

use crate::decide::{self, Said, Shown, StepEnd};
use crate::environment;
use crate::file::Stream;
use crate::items::Item;
use crate::lines::Tail;
use crate::lock;
use crate::process::{self, Listener};
use crate::recipe::{DryRun, LineRule, Recipe, Step, Then};
use crate::template::{Argument, Variables, all_hold, arguments};
use crate::values::Surroundings;

/// Entries and problems of an item in a run; further ones are only counted.
const MAX_ENTRIES: usize = 200;

/// Whether things are done or only told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Real,
    DryRun,
}

/// Takes an item through all steps.
pub(crate) fn item(
    recipe: &Recipe,
    surroundings: &Surroundings,
    item: &Item,
    mode: Mode,
    ctx: &Context,
) -> Result<(), SyncError> {
    let environment =
        environment::of(&recipe.environment, &item.variables, surroundings).map_err(SyncError::failed)?;
    let state = item.variables.text("state");
    fs::create_dir_all(&state)
        .map_err(|error| SyncError::failed(format!("cannot make the folder `{state}`: {error}")))?;
    let lock_name = recipe.lock.as_ref().map(|lock| lock.render(&item.variables));
    let _lock = lock_name
        .map(|name| {
            let text = format!("waiting for another run of `{name}`");
            lock::take(&surroundings.state_dir, &name, || ctx.text(&text))
        })
        .transpose()?;
    let mut run = Run {
        recipe,
        environment,
        directory: surroundings.home.clone(),
        mode,
        reporter: Reporter { ctx, told: HashSet::new(), n_untold: 0 },
        variables: item.variables.clone(),
    };
    let result = run.all_steps();
    run.reporter.close();
    result
}

struct Run<'a> {
    recipe: &'a Recipe,
    environment: Vec<(OsString, OsString)>,
    directory: PathBuf,
    mode: Mode,
    reporter: Reporter<'a>,
    variables: Variables,
}

impl Run<'_> {
    fn all_steps(&mut self) -> Result<(), SyncError> {
        let recipe = self.recipe;
        let mut at = 0;
        // Ends: every step leads to a later one.
        while let Some(step) = recipe.steps.get(at) {
            self.reporter.ctx.check()?;
            at += 1;
            if !all_hold(&step.conditions, &self.variables) {
                continue;
            }
            match self.step(step)? {
                Then::Next => {}
                Then::Step(number) => at = number,
                // What failed has come as an error, which says why.
                Then::Done | Then::Failed => return Ok(()),
                // The entry has said why; the row shows that it is not in step.
                Then::Skipped => return Err(Canceled::Skip.into()),
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<Then, SyncError> {
        let run = match (&step.run, self.mode, &step.dry_run) {
            (None, ..) => return self.conclude(step, StepEnd { exit: Some(0), status: "", output: &[] }),
            (Some(run), Mode::Real, _) | (Some(run), Mode::DryRun, DryRun::Same) => run,
            (Some(_), Mode::DryRun, DryRun::Run(run)) => run,
            (Some(_), Mode::DryRun, DryRun::Nothing) => return Ok(Then::Next),
            (Some(_), Mode::DryRun, DryRun::Say(text)) => {
                self.reporter.entry(LogLevel::Information, text.render(&self.variables));
                return Ok(Then::Next);
            }
        };
        if let Some(text) = &step.text {
            self.reporter.ctx.text(&text.render(&self.variables))?;
        }
        let program = self.program(step, run);
        let mut hearing = Hearing {
            rules: &step.lines,
            reporter: &mut self.reporter,
            variables: &mut self.variables,
            tail: Tail::default(),
            canceled: None,
        };
        let ended = process::run(&program, self.recipe.cancel, &mut hearing).map_err(|error| {
            SyncError::failed(format!("cannot run `{}`: {error}", program.argv[0].display()))
        })?;
        let tail = hearing.tail;
        if let Some(canceled) = ended.canceled {
            return Err(canceled.into());
        }
        let output: Vec<_> = tail.lines().collect();
        let status = ended.status.to_string();
        let status = status.replace("exit status: ", "exit status ");
        self.conclude(step, StepEnd { exit: ended.status.code(), status: &status, output: &output })
    }

    fn program(&self, step: &Step, run: &[Argument]) -> Program {
        let directory = step.directory.as_ref().map(|directory| directory.render(&self.variables).into());
        Program {
            argv: arguments(run, &self.variables).into_iter().map(OsString::from).collect(),
            env: self.environment.clone(),
            directory: directory.unwrap_or_else(|| self.directory.clone()),
            mark: Uuid::new_v4().to_string(),
        }
    }

    /// What the end of a step means, told to people.
    fn conclude(&mut self, step: &Step, end: StepEnd<'_>) -> Result<Then, SyncError> {
        let (then, entry) = decide::end(step, end, &mut self.variables);
        match (then, entry) {
            (Then::Failed, entry) => {
                let text = entry.map_or_else(|| format!("`{}` failed", step.name), |(_, text)| text);
                Err(SyncError::Failed(text))
            }
            (_, Some((level, text))) => {
                if then == Then::Done && level != LogLevel::Information {
                    self.reporter.problem("", &text);
                }
                self.reporter.entry(level, text);
                Ok(then)
            }
            (_, None) => Ok(then),
        }
    }
}

/// Hears a program and passes on what its lines mean.
struct Hearing<'a, 'b> {
    rules: &'a [LineRule],
    reporter: &'a mut Reporter<'b>,
    variables: &'a mut Variables,
    tail: Tail,
    /// A verdict that came with a line; told at the next check.
    canceled: Option<Canceled>,
}

impl Listener for Hearing<'_, '_> {
    fn heard(&mut self, stream: Stream, line: &str) {
        self.tail.push(line);
        let Some(said) = decide::line(self.rules, stream, line, self.variables) else { return };
        let Said { kept, progress, entry, problem } = said;
        for (name, value) in kept {
            self.variables.set(name, value);
        }
        match (entry, problem) {
            (Some((_, reason)), Some(path)) => self.reporter.problem(&path, &reason),
            (Some((level, text)), None) => self.reporter.entry(level, text),
            (None, _) => {}
        }
        if let Some(shown) = progress
            && self.canceled.is_none()
        {
            self.canceled = self.reporter.progress(&shown).err();
        }
    }

    fn check(&mut self) -> Result<(), Canceled> {
        self.canceled.map_or_else(|| self.reporter.ctx.check(), Err)
    }
}

/// Tells the manager, each thing once and not too much of it.
struct Reporter<'a> {
    ctx: &'a Context,
    told: HashSet<String>,
    n_untold: usize,
}

impl Reporter<'_> {
    fn entry(&mut self, level: LogLevel, text: String) {
        if self.is_new(&text) {
            self.ctx.log(level, &text);
        }
    }

    fn problem(&mut self, path: &str, reason: &str) {
        if self.is_new(&format!("{path}\0{reason}")) {
            let path = path.as_bytes().to_owned();
            self.ctx.fact(Fact::Problem { side: None, path, reason: reason.to_owned() });
        }
    }

    /// Whether this is to be told: not for the second time, and not as one of too many.
    fn is_new(&mut self, text: &str) -> bool {
        if self.told.contains(text) {
            return false;
        }
        if self.told.len() >= MAX_ENTRIES {
            self.n_untold += 1;
            return false;
        }
        self.told.insert(text.to_owned())
    }

    fn progress(&self, shown: &Shown) -> Result<(), Canceled> {
        self.ctx.progress(&ProgressUpdate {
            text: shown.text.as_deref(),
            value: shown.value,
            max: shown.max,
            bytes: shown.bytes,
            bytes_max: shown.bytes_max,
            status: None,
        })
    }

    fn close(&self) {
        if self.n_untold > 0 {
            self.ctx.log(LogLevel::Warning, &format!("and {} more messages", self.n_untold));
        }
    }
}
