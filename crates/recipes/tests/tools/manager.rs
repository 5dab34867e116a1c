//! A manager of a few lines: takes a recipe through one session and keeps what it said.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};

use syncmgr_handler::model::entry::{LogErrorInfo, LogLevel};
use syncmgr_handler::model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_handler::model::fact::Fact;
use syncmgr_handler::model::flags::HandlerFlags;
use syncmgr_handler::model::id::{ErrorId, ItemId};
use syncmgr_handler::model::outcome::Outcome;
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::status::ItemStatus;
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_handler::{FactSink, HandlerFactory, ModelessRequest, SyncCallback};
use syncmgr_recipes::{Recipe, RecipeFactory, builtin};

use crate::home::Home;

/// What became of an item.
#[derive(Debug, Clone, Default)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) status: Option<ItemStatus>,
    /// Levels and texts, as `level: text`.
    pub(crate) entries: Vec<String>,
    /// Paths and reasons, as `path: reason`.
    pub(crate) problems: Vec<String>,
    /// Values with their maxima.
    pub(crate) values: Vec<(i64, i64)>,
    pub(crate) bytes: Vec<u64>,
    pub(crate) texts: Vec<String>,
}

/// What a session came to: its items, and entries about no item.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    pub(crate) items: Vec<Item>,
    pub(crate) entries: Vec<String>,
}

impl Report {
    #[track_caller]
    pub(crate) fn item(&self, name: &str) -> &Item {
        let found = self.items.iter().find(|item| item.name == name);
        found.unwrap_or_else(|| panic!("no item `{name}`: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn only(&self) -> &Item {
        assert_eq!(self.items.len(), 1, "{self:?}");
        &self.items[0]
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.items.iter().map(|item| item.name.as_str()).collect()
    }
}

impl Item {
    /// Checks status and entries.
    #[track_caller]
    pub(crate) fn is(&self, status: ItemStatus, entries: &[&str]) -> &Self {
        assert_eq!(
            (self.status, self.entries.as_slice()),
            (Some(status), &entries.map_owned()[..]),
            "{self:?}"
        );
        self
    }
}

trait MapOwned {
    fn map_owned(&self) -> Vec<String>;
}

impl MapOwned for &[&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

/// Decides the verdict of a progress call.
type Judge = Box<dyn Fn(&ProgressUpdate<'_>) -> Verdict + Send + Sync>;

/// A session to be run.
pub(crate) struct Run<'a> {
    recipe: Recipe,
    home: &'a Home,
    values: BTreeMap<String, String>,
    modifiers: Modifiers,
    judge: Judge,
}

impl<'a> Run<'a> {
    pub(crate) fn builtin(name: &str, home: &'a Home) -> Self {
        Self::of(builtin(name).unwrap(), home)
    }

    pub(crate) fn of(recipe: Recipe, home: &'a Home) -> Self {
        let judge: Judge = Box::new(|_| Verdict::Go);
        Self { recipe, home, values: BTreeMap::new(), modifiers: Modifiers::empty(), judge }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn dry(mut self) -> Self {
        self.modifiers = Modifiers::DRY_RUN;
        self
    }

    pub(crate) fn judged(
        mut self,
        judge: impl Fn(&ProgressUpdate<'_>) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        self.judge = Box::new(judge);
        self
    }

    /// Gives this verdict as soon as the file is there.
    pub(crate) fn once(self, file: PathBuf, verdict: Verdict) -> Self {
        self.judged(move |_| if file.exists() { verdict } else { Verdict::Go })
    }

    /// Runs the session to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Report {
        let name = self.recipe.name().to_owned();
        let factory = RecipeFactory::new(self.recipe, name, &self.values, self.home.surroundings());
        let mut handler = factory.unwrap_or_else(|error| panic!("{error}")).create().unwrap();
        let is_dry = self.modifiers == Modifiers::DRY_RUN;
        let callback =
            Arc::new(Callback { judge: self.judge, is_dry, seen: Mutex::default(), ended: Condvar::new() });
        let flags = InitializeFlags::new(Event::Manual, self.modifiers);
        assert_eq!(handler.initialize(flags, None), Outcome::OK);
        let info = handler.get_handler_info().unwrap();
        let items: Vec<_> = handler.enum_sync_mgr_items().unwrap().items.map(Result::unwrap).collect();
        handler.set_progress_callback(Some(callback.clone()));
        let ids: Vec<_> = items.iter().map(|item| item.id).collect();
        for item in &items {
            let row = Item { name: item.name.clone(), ..Item::default() };
            callback.seen.lock().unwrap().items.insert(item.id, row);
        }
        if !ids.is_empty() {
            assert_eq!(handler.prepare_for_sync(&ids, None), Outcome::OK);
            callback.wait(|seen| seen.is_prepared);
            let may_sync = !is_dry || !info.flags.contains(HandlerFlags::PREVIEWS);
            if may_sync {
                assert_eq!(handler.synchronize(None), Outcome::OK);
                callback.wait(|seen| seen.is_synchronized);
            }
        }
        handler.set_progress_callback(None);
        let mut seen = std::mem::take(&mut *callback.seen.lock().unwrap());
        let items = ids.iter().map(|id| seen.items.remove(id).unwrap()).collect();
        Report { items, entries: seen.entries }
    }
}

struct Callback {
    judge: Judge,
    is_dry: bool,
    seen: Mutex<Seen>,
    ended: Condvar,
}

#[derive(Default)]
struct Seen {
    items: BTreeMap<ItemId, Item>,
    entries: Vec<String>,
    is_prepared: bool,
    is_synchronized: bool,
}

impl Callback {
    fn wait(&self, is_there: impl Fn(&Seen) -> bool) {
        drop(self.ended.wait_while(self.seen.lock().unwrap(), |seen| !is_there(seen)).unwrap());
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) -> Outcome {
        note(&mut self.seen.lock().unwrap());
        self.ended.notify_all();
        Outcome::OK
    }
}

impl SyncCallback for Callback {
    fn show_properties_completed(&self, _: Outcome) -> Outcome {
        Outcome::UNEXPECTED
    }

    fn prepare_for_sync_completed(&self, _: Outcome) -> Outcome {
        self.note(|seen| seen.is_prepared = true)
    }

    fn synchronize_completed(&self, _: Outcome) -> Outcome {
        assert!(!self.is_dry);
        self.note(|seen| seen.is_synchronized = true)
    }

    fn show_error_completed(&self, _: Outcome, _: &[ItemId]) -> Outcome {
        Outcome::UNEXPECTED
    }

    fn enable_modeless(&self, _: ModelessRequest) -> Outcome {
        Outcome::FALSE
    }

    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        let mut seen = self.seen.lock().unwrap();
        let row = seen.items.get_mut(item).unwrap();
        row.status = update.status.or(row.status);
        row.texts.extend(update.text.map(str::to_owned));
        row.bytes.extend(update.bytes);
        row.values.extend(update.value.map(|value| (value, update.max.unwrap_or(0))));
        drop(seen);
        Ok((self.judge)(update))
    }

    fn log_error(&self, level: LogLevel, text: &str, info: Option<&LogErrorInfo>) -> Outcome {
        let entry = format!("{level}: {text}");
        let item = info.and_then(|info| info.item);
        self.note(|seen| match item {
            Some(item) => seen.items.get_mut(&item).unwrap().entries.push(entry),
            None => seen.entries.push(entry),
        })
    }

    fn delete_log_error(&self, _: Option<ErrorId>) -> Outcome {
        Outcome::OK
    }

    fn establish_connection(&self, _: Option<&str>) -> Outcome {
        Outcome::FAIL
    }

    fn facts(&self) -> Option<&dyn FactSink> {
        Some(self)
    }
}

impl FactSink for Callback {
    fn wants_changes(&self) -> bool {
        false
    }

    fn report(&self, item: &ItemId, fact: Fact) {
        let Fact::Problem { path, reason, .. } = fact else { panic!("recipes report problems only") };
        let problem = format!("{}: {reason}", String::from_utf8_lossy(&path));
        self.note(|seen| seen.items.get_mut(item).unwrap().problems.push(problem));
    }
}
