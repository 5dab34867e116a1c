//! [`RecipeFactory`]: a recipe with values, as a handler.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use syncmgr_child::{Program, find};
use syncmgr_handler::model::flags::HandlerFlags;
use syncmgr_handler::model::id::{HandlerId, ItemId, Uuid};
use syncmgr_handler::model::item::{HandlerInfo, ItemInfo};
use syncmgr_handler::simple::{Canceled, Context, Simple, SyncError, Synchronize};
use syncmgr_handler::{Handler, HandlerFactory};

use crate::environment;
use crate::error::RecipeError;
use crate::file::Stream;
use crate::items::{self, Item};
use crate::process::{self, Listener};
use crate::recipe::Recipe;
use crate::run::{self, Mode};
use crate::template::Variables;
use crate::tool;
use crate::values::{self, Surroundings};

/// How long a command may take that only lists or tells a version.
const LISTING: Duration = Duration::from_secs(60);

/// Makes handlers of a recipe.
#[derive(Debug, Clone)]
pub struct RecipeFactory {
    set_up: Arc<SetUp>,
}

/// A recipe with everything that was said about it.
#[derive(Debug)]
struct SetUp {
    recipe: Recipe,
    name: String,
    variables: Variables,
    surroundings: Surroundings,
}

impl RecipeFactory {
    /// Takes a recipe under a name of the user's, with values for its parameters.
    ///
    /// # Errors
    ///
    /// When a value is missing, unknown, or not what the parameter takes.
    pub fn new(
        recipe: Recipe,
        name: String,
        values: &BTreeMap<String, String>,
        surroundings: Surroundings,
    ) -> Result<Self, RecipeError> {
        let variables = values::variables(&recipe, &name, values, &surroundings)?;
        Ok(Self { set_up: Arc::new(SetUp { recipe, name, variables, surroundings }) })
    }
}

impl HandlerFactory for RecipeFactory {
    fn create(&self) -> Result<Box<dyn Handler>, String> {
        let handler = RecipeHandler { set_up: self.set_up.clone(), items: Mutex::new(BTreeMap::new()) };
        Ok(Box::new(Simple::new(handler)))
    }
}

/// A handler for one session.
struct RecipeHandler {
    set_up: Arc<SetUp>,
    /// What was listed. Held for the moment of a look only.
    items: Mutex<BTreeMap<ItemId, Item>>,
}

impl Synchronize for RecipeHandler {
    fn info(&self) -> HandlerInfo {
        let previews = self.set_up.recipe.has_dry_run();
        let flags = if previews { HandlerFlags::PREVIEWS } else { HandlerFlags::empty() };
        HandlerInfo { name: self.set_up.name.clone(), flags }
    }

    fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
        let listed = self.set_up.list().map_err(SyncError::Failed)?;
        let handler = HandlerId::named(&self.set_up.name);
        let with_ids = listed.into_iter().map(|item| (ItemId::named(handler, &item.id), item));
        let with_ids: Vec<_> = with_ids.collect();
        let infos = with_ids.iter().map(|(id, item)| ItemInfo::new(*id, item.name.clone())).collect();
        *self.items.lock().unwrap_or_else(PoisonError::into_inner) = with_ids.into_iter().collect();
        Ok(infos)
    }

    fn sync(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        self.run(item, Mode::Real, ctx)
    }

    fn preview(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        self.run(item, Mode::DryRun, ctx)
    }
}

impl RecipeHandler {
    fn run(&self, id: ItemId, mode: Mode, ctx: &Context) -> Result<(), SyncError> {
        let listed = self.items.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let item = listed.ok_or_else(|| SyncError::failed("it is not there any more"))?;
        run::item(&self.set_up.recipe, &self.set_up.surroundings, &item, mode, ctx)
    }
}

impl SetUp {
    /// The items, if the tool is there. The error is for people.
    fn list(&self) -> Result<Vec<Item>, String> {
        let tool = &self.recipe.tool;
        let environment = environment::of(&self.recipe.environment, &self.variables, &self.surroundings)?;
        if find(OsStr::new(&tool.program), &environment).is_none() {
            return Err(tool::missing(tool));
        }
        let read_lines = |argv: &[String]| self.read_lines(argv, environment.clone());
        tool::judge_version(tool, &read_lines(&tool.version)?)?;
        items::list(&self.recipe, &self.variables, &read_lines)
    }

    /// The output of a short command.
    fn read_lines(
        &self,
        argv: &[String],
        environment: Vec<(OsString, OsString)>,
    ) -> Result<Vec<String>, String> {
        let program = Program {
            argv: argv.iter().map(OsString::from).collect(),
            env: environment,
            directory: self.surroundings.home.clone(),
            mark: Uuid::new_v4().to_string(),
        };
        let mut reading = Reading { lines: Vec::new(), last_error: String::new(), begun: Instant::now() };
        let command = argv.join(" ");
        let ended = process::run(&program, self.recipe.cancel, &mut reading)
            .map_err(|error| format!("cannot run `{command}`: {error}"))?;
        if ended.canceled.is_some() {
            return Err(format!("`{command}` did not end within {} seconds", LISTING.as_secs()));
        }
        if !ended.status.success() {
            return Err(format!("`{command}` ended with {}: {}", ended.status, reading.last_error));
        }
        Ok(reading.lines)
    }
}

/// Collects the lines of a short command.
struct Reading {
    lines: Vec<String>,
    last_error: String,
    begun: Instant,
}

impl Listener for Reading {
    fn heard(&mut self, stream: Stream, line: &str) {
        /// Enough for every item that a handler may have.
        const MAX_LINES: usize = 100_000;
        match stream {
            Stream::Output if self.lines.len() < MAX_LINES => self.lines.push(line.to_owned()),
            Stream::Output => {}
            Stream::Error => line.clone_into(&mut self.last_error),
        }
    }

    fn check(&mut self) -> Result<(), Canceled> {
        if self.begun.elapsed() < LISTING { Ok(()) } else { Err(Canceled::Stop) }
    }
}
