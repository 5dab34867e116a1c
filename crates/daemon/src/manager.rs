//! The composition: the only place that knows engine, handlers and store and joins them.
//!
//! Commands say what they want in the control vocabulary of `syncmgr-wire` and hear its events; they never see an engine, a
//! handler or a table. When there is a daemon, this module is what moves into it, and the commands send the same words
//! through a socket.
//!
//! Nothing is opened before it is needed: a question about the configuration does not touch the store.

mod answers;
mod changes;
mod comparing;
mod compose;
mod connecting;
mod controls;
mod doctor;
mod handlers;
mod hooks;
mod invoking;
mod item_settings;
mod items;
mod keeping;
mod ledger;
mod listing;
mod marks;
mod merging;
mod open;
mod properties;
mod recipes;
mod record;
mod run;
mod secrets;
mod select;
mod settings;
mod taken_back;
mod teller;
mod trash;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use syncmgr_engine::SessionReport;
use syncmgr_hooks::Hooks;
use syncmgr_model::id::ItemId;
use syncmgr_store::{Claim, Owner, Store, StoreError, Writer};
use syncmgr_wire::control::{Event, Request};

use crate::config::Config;
use crate::connections::{Connections, Permit};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings::{self, Surroundings};
use crate::telling::{self, Telling};

use comparing::Compare;
pub use controls::Controls;
pub(crate) use keeping::{Before, Choices};
use merging::Merge;
pub(crate) use run::Unasked;

/// Who hears the events.
pub trait Face {
    /// Hears one.
    fn hear(&mut self, event: &Event);

    /// Nothing more to hear for the moment: what was held back is shown now.
    fn breathe(&mut self) {}
}

/// Answers requests, in this process.
pub struct Manager {
    surroundings: Surroundings,
    config: Option<Config>,
    look: Look,
    store: Option<Store>,
    /// The connections of the daemon, if this is its manager.
    connections: Option<Arc<Connections>>,
    /// What is looked at before a connection is opened for the session, if anything is.
    permit: Option<Permit>,
    /// How often the store was asked: no question may ask it for each item.
    #[cfg(test)]
    n_reads: u32,
    process: Option<Owner>,
    controls: Controls,
    telling: Telling,
    /// What the last session came to, for whoever keeps an eye on items.
    report: Option<SessionReport>,
}

/// Whether the configuration may be another one by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Done,
    Due,
}

/// What became of a request that ran a session, or was to.
pub(crate) struct Ran {
    pub(crate) answered: Result<Exit, Failure>,
    /// Absent where no session began.
    pub(crate) report: Option<SessionReport>,
}

impl Manager {
    pub fn new(surroundings: Surroundings) -> Self {
        Self {
            surroundings,
            config: None,
            look: Look::Done,
            store: None,
            connections: None,
            permit: None,
            #[cfg(test)]
            n_reads: 0,
            process: None,
            controls: Controls::default(),
            telling: Telling::Own(None),
            report: None,
        }
    }

    /// Has others tell the hooks of its sessions.
    pub(crate) fn tell_with(&mut self, telling: Telling) {
        self.telling = telling;
    }

    /// Who is told what happens; nobody if there are no hooks.
    fn hooks(&mut self) -> Result<Option<Arc<Hooks>>, Failure> {
        match &self.telling {
            Telling::Given(hooks) => return Ok(hooks.clone()),
            Telling::Own(Some(hooks)) => return Ok(Some(Arc::clone(hooks))),
            Telling::Own(None) => {}
        }
        let configs = self.config()?.hooks.clone();
        if configs.is_empty() {
            return Ok(None);
        }
        let hooks = Arc::new(telling::start(&configs, &self.surroundings.state_dir)?);
        self.telling = Telling::Own(Some(Arc::clone(&hooks)));
        Ok(Some(hooks))
    }

    /// Lets `controls` reach the sessions of this manager from now on.
    pub(crate) fn control_with(&mut self, controls: &Controls) {
        self.controls = controls.clone();
    }

    /// Uses the connections of the daemon from now on, which all its managers share.
    pub(crate) fn connect_with(&mut self, connections: &Arc<Connections>) {
        self.connections = Some(Arc::clone(connections));
    }

    /// Begins with a configuration that was just read.
    pub(crate) fn begin_with(&mut self, config: Config) {
        self.config = Some(config);
    }

    /// Looks whether the configuration has changed when it is needed next.
    pub(crate) fn look_again(&mut self) {
        self.look = Look::Due;
    }

    /// Answers a request, and tells besides what its session came to.
    pub(crate) fn ask_and_report(&mut self, request: Request, face: &mut dyn Face) -> Ran {
        self.report = None;
        let answered = self.ask(request, face);
        Ran { answered, report: self.report.take() }
    }

    /// Runs items by themselves. No connection is opened for them unless `permit` lets it.
    pub(crate) fn run_items(
        &mut self,
        items: &[ItemId],
        unasked: &Unasked<'_>,
        permit: Permit,
        face: &mut dyn Face,
    ) -> Ran {
        self.report = None;
        self.permit = Some(permit);
        let answered = self.sync_items(items, unasked, face);
        self.permit = None;
        Ran { answered, report: self.report.take() }
    }

    /// The way to control the session that the next request runs.
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    /// Answers a request.
    pub fn ask(&mut self, request: Request, face: &mut dyn Face) -> Result<Exit, Failure> {
        match request {
            Request::Sync(request) => self.sync(&request, face),
            Request::Resolve(request) => self.resolve(&request, face),
            Request::Undo { session, dry_run } => self.undo(session, dry_run, face),
            Request::Choose(request) => self.choose(&request, face),
            Request::Properties { item } => self.properties(&item, face),
            Request::Open(request) => self.open(&request, face),
            control @ (Request::Skip { .. }
            | Request::Stop
            | Request::Pause { .. }
            | Request::Resume
            | Request::Pin { .. }
            | Request::Minimize { .. }
            | Request::Answer(_)
            | Request::Begin { .. }
            | Request::Close) => {
                self.controls.send(&control);
                Ok(Exit::InStep)
            }
            Request::AddFolder(request) => self.add_folder(request, face),
            Request::Remove { item } => self.remove(&item, face),
            Request::Tick(request) => self.tick(&request, face),
            Request::Items(marks) => self.items(&marks, face),
            Request::Settings => self.settings(face),
            Request::SetTrigger(request) => self.set_trigger(&request, face),
            Request::RemoveTrigger { purpose, connection } => {
                self.remove_trigger(&purpose, connection.as_deref(), face)
            }
            Request::Connections => self.connections(face),
            Request::Connect { connection } => self.connect(&connection, face),
            Request::Disconnect { connection } => self.disconnect(&connection, face),
            Request::Handlers => self.list_handlers(face),
            Request::Register(request) => self.register(&request, face),
            Request::Unregister { name } => self.unregister(&name, face),
            Request::Registered { handler } => self.registered_elsewhere(handler, face),
            Request::Trust { name } => self.trust(&name, face),
            Request::Recipes => self.recipes(face),
            Request::AddRecipe(request) => self.add_recipe(&request, face),
            Request::Discover => self.discover(face),
            Request::Status => self.status(face),
            Request::Results { session } => self.results(session.as_deref(), face),
            Request::History { limit } => self.history(limit, face),
            Request::Conflicts { item } => self.conflicts(item.as_deref(), face),
            Request::FindUndo { session } => self.find_undo(session.as_deref(), face),
            Request::Trash { item } => self.trash(item.as_deref(), face),
            Request::TrashRestore(request) => self.trash_restore(&request, face),
            Request::TrashEmpty { item, older_than_days } => {
                self.trash_empty(item.as_deref(), older_than_days, face)
            }
            Request::Why { item } => self.why(&item, face),
            Request::Compare { item, path, escaped, draft } => {
                let (item, path) = (item.as_str(), path.as_str());
                self.compare(&Compare { item, path, escaped, draft }, face)
            }
            Request::Merge { item, path, escaped, text, seen } => {
                self.merge(Merge { item, path, escaped, text, seen }, face)
            }
            Request::ItemSettings { item } => self.item_settings(&item, face),
            Request::SetItem(request) => self.set_item(&request, face),
            Request::Hooks => self.list_hooks(face),
            Request::AddHook(request) => self.add_hook(&request, face),
            Request::RemoveHook { name } => self.remove_hook(&name, face),
            Request::SetDesktop { enabled } => self.set_desktop(enabled, face),
            Request::Page(_)
            | Request::Daemon
            | Request::OpenWeb
            | Request::Shutdown
            | Request::Invoke(_) => Err(no_daemon()),
            Request::Doctor => self.doctor(face),
            Request::SetStoreAside => self.set_store_aside(face),
        }
    }

    fn config(&mut self) -> Result<&Config, Failure> {
        // To read the file is quick, to understand it is not.
        if std::mem::replace(&mut self.look, Look::Done) == Look::Due
            && self.config.as_ref().is_some_and(|config| !config.is_as_written())
        {
            self.config = None;
        }
        if self.config.is_none() {
            let Surroundings { config_file, home, .. } = &self.surroundings;
            self.config = Some(Config::load(config_file, home.as_deref())?);
        }
        // Just put there.
        self.config.as_ref().ok_or_else(|| Failure::ours("the configuration was not kept"))
    }

    fn store(&mut self) -> Result<&mut Store, Failure> {
        if self.store.is_none() {
            let dir = &self.surroundings.state_dir;
            self.store = Some(Store::open(dir).map_err(|error| Failure::store(&error, dir))?);
        }
        self.store.as_mut().ok_or_else(|| Failure::ours("the store was not kept"))
    }

    /// Reads from the store.
    fn read<T>(&mut self, read: impl FnOnce(&Store) -> Result<T, StoreError>) -> Result<T, Failure> {
        #[cfg(test)]
        {
            self.n_reads += 1;
        }
        let answer = read(self.store()?);
        answer.map_err(|error| Failure::store(&error, &self.surroundings.state_dir))
    }

    /// Writes to the store: waits for other writers, and gives way at once to one that means to stay.
    fn write<T>(&mut self, write: impl FnOnce(&Writer<'_>) -> Result<T, StoreError>) -> Result<T, Failure> {
        let owner = self.process();
        let claim = Claim { owner: &owner, now: surroundings::now(), is_running: &surroundings::is_running };
        let store = self.store()?;
        let written = store.writer(&claim).and_then(|writer| {
            let answer = write(&writer)?;
            writer.commit()?;
            Ok(answer)
        });
        written.map_err(|error| Failure::store(&error, &self.surroundings.state_dir))
    }

    /// Fails now if the result of long work could not be written afterwards.
    fn check_writable(&mut self) -> Result<(), Failure> {
        let owner = self.process();
        let claim = Claim { owner: &owner, now: surroundings::now(), is_running: &surroundings::is_running };
        self.read(|store| store.check_lease(&claim))
    }

    fn process(&mut self) -> Owner {
        self.process.get_or_insert_with(surroundings::this_process).clone()
    }

    /// What the folder handler is told about where it is.
    fn folder_surroundings(&mut self) -> Result<syncmgr_folders::Surroundings, Failure> {
        let Owner { boot, host, .. } = self.process();
        let state_dir = self.surroundings.pairs_dir();
        std::fs::create_dir_all(&state_dir).map_err(|error| {
            Failure::ours(format!("`{}` cannot be made", state_dir.display()))
                .because(&error)
                .hint("name another place with `--state-dir`")
        })?;
        Ok(syncmgr_folders::Surroundings { state_dir, host, boot_id: boot })
    }
}

/// The answer of a manager that lives for one command.
fn no_daemon() -> Failure {
    Failure::usage("no daemon is running")
        .exits(Exit::Unfinished)
        .hint("`syncmgr daemon start` starts one, `syncmgr daemon install` lets the system do it")
}
