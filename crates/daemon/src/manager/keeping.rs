//! What keeps items running by themselves needs of the manager: which items have rules, and what is remembered of them.

use std::sync::Arc;

use syncmgr_engine::{Clock, Connector, Services, SessionRequest, SystemClock};
use syncmgr_hooks::NoticeItem;
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::tick::{Tick, TickKey};
use syncmgr_store::{
    DecisionLimits, DecisionRecord, Instance, Interrupted, KeptItem, Pause, Presence, Process, Registration,
    RunningItem, RunningSession,
};

use super::Manager;
use super::items::AnyItem;
use crate::background::Ruled;
use crate::config::{Config, Schedule};
use crate::connections::{Connections, Permitted};
use crate::failure::Failure;
use crate::surroundings;
use crate::system::{self, Class};

/// How the daemon before this one went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// In order, or with the machine, or there was none.
    Ended,
    /// In the middle of things.
    CutOff,
}

/// What people chose about items, and which handlers they let in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Choices {
    ticks: Vec<(TickKey, Tick)>,
    handlers: Vec<Registration>,
    /// What the system has registered.
    classes: Vec<Class>,
}

impl Choices {
    /// Whether the handlers are the same as there.
    pub(crate) fn has_handlers_of(&self, other: &Self) -> bool {
        self.handlers == other.handlers && self.classes == other.classes
    }
}

impl Manager {
    /// The clock, and the connections of the configuration.
    pub(super) fn services(&mut self) -> Result<Services, Failure> {
        let connections = match &self.connections {
            Some(connections) => Arc::clone(connections),
            None => Arc::new(Connections::new(&self.config()?.connections)),
        };
        let connector: Arc<dyn Connector> = match &self.permit {
            Some(permit) => Arc::new(Permitted::new(connections, Arc::clone(permit))),
            None => connections,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Ok(Services { clock, connector })
    }

    /// Writes down that a session begins, so that it is known to have been cut off should its end never come.
    pub(super) fn note_begin(
        &mut self,
        request: &SessionRequest,
        undoes: Option<SessionId>,
        asked: &[ItemId],
    ) -> Result<(), Failure> {
        let all = self.known_of_all()?;
        let items = asked
            .iter()
            .filter_map(|id| all.iter().find(|item| item.id() == *id))
            .map(|item| RunningItem { handler: item.handler(), item: item.id(), name: item.name() });
        let running = RunningSession {
            id: request.id,
            event: request.flags.event,
            dry_run: request.flags.is_dry_run(),
            undoes,
            started: surroundings::now(),
            items: items.collect(),
        };
        let process = this_process();
        self.write(|writer| writer.begin_session(&running, &process))
    }

    /// Items as hooks are told of them.
    pub(super) fn notice_items(&mut self, items: &[ItemId]) -> Result<Vec<NoticeItem>, Failure> {
        let all = self.known_of_all()?;
        let known = items.iter().filter_map(|id| all.iter().find(|item| item.id() == *id));
        let about =
            |item: &AnyItem| NoticeItem { handler: item.handler(), item: item.id(), name: item.name() };
        Ok(known.map(about).collect())
    }

    /// Becomes the manager that stays. Tells whether the one before was cut off while this machine went on running, so that
    /// the user has not logged on since.
    pub(crate) fn stay(&mut self) -> Result<Before, Failure> {
        let process = this_process();
        let presence =
            Presence { process: &process, now: surroundings::now(), began_of: &surroundings::began_of };
        let address = self.surroundings.socket().to_string_lossy().into_owned();
        let before = self.write(|writer| writer.take_instance(&presence, Some(&address)))?;
        let was_here = |before: &Instance| {
            let owner = &before.process.owner;
            before.ended.is_none() && (&owner.boot, &owner.host) == (&process.owner.boot, &process.owner.host)
        };
        Ok(if before.is_some_and(|before| was_here(&before)) { Before::CutOff } else { Before::Ended })
    }

    /// Stays no longer.
    pub(crate) fn leave(&mut self) -> Result<(), Failure> {
        let process = this_process();
        let presence =
            Presence { process: &process, now: surroundings::now(), began_of: &surroundings::began_of };
        self.write(|writer| writer.release_instance(&presence))
    }

    /// Moves sessions that were cut off to the history.
    pub(crate) fn find_interrupted(&mut self) -> Result<Vec<Interrupted>, Failure> {
        let keep = self.config()?.keep_sessions;
        let process = this_process();
        let presence =
            Presence { process: &process, now: surroundings::now(), began_of: &surroundings::began_of };
        self.write(|writer| writer.interrupted(&presence, keep))
    }

    /// All items that are configured, with what is written about when they run.
    pub(crate) fn ruled_items(&mut self) -> Result<Vec<Ruled>, Failure> {
        let config = self.config()?.clone();
        let mut keys: Vec<TickKey> = Vec::new();
        for trigger in &config.triggers {
            if !keys.contains(&trigger.key) {
                keys.push(trigger.key.clone());
            }
        }
        let mut items: Vec<Ruled> = Vec::new();
        for item in self.known_of_all()?.into_iter().filter(AnyItem::is_configured) {
            items.push(ruled(&item));
        }
        for key in keys {
            let marks = self.marks(&key)?;
            let folders = config.folders.iter().filter(|folder| marks.has_folder(folder));
            let mut ticked: Vec<ItemId> = folders.map(|folder| folder.pair.id).collect();
            let others = self.remembered(&key)?.into_iter().filter(|item| item.ticked);
            ticked.extend(others.map(|item| item.info.id));
            for item in items.iter_mut().filter(|item| ticked.contains(&item.item)) {
                item.ticked_for.push(key.clone());
            }
        }
        Ok(items)
    }

    /// The configuration as it is now, for whoever decides by it.
    pub(crate) fn configuration(&mut self) -> Result<Config, Failure> {
        self.look_again();
        self.config().cloned()
    }

    /// What was chosen and registered, for whoever wants to know whether any of it changed.
    pub(crate) fn choices(&mut self) -> Result<Choices, Failure> {
        let ticks = self.read(|store| store.all_ticks())?;
        let handlers = self.read(|store| store.registrations())?;
        Ok(Choices { ticks, handlers, classes: system::classes() })
    }

    /// The pause of everything, if there is one, also if it is over by now.
    pub(crate) fn pause(&mut self) -> Result<Option<Pause>, Failure> {
        let pauses = self.read(|store| store.pauses())?;
        Ok(pauses.into_iter().find(|pause| pause.item.is_none()))
    }

    /// Remembers that everything is paused, or is no more.
    pub(crate) fn set_pause(&mut self, pause: Option<&Pause>) -> Result<(), Failure> {
        self.write(|writer| match pause {
            Some(pause) => writer.pause(pause),
            None => writer.resume(None).map(drop),
        })
    }

    /// What is remembered of all items.
    pub(crate) fn kept(&mut self) -> Result<Vec<KeptItem>, Failure> {
        self.read(|store| store.kept_items())
    }

    /// Remembers items and decisions, both or neither.
    pub(crate) fn keep(&mut self, items: &[KeptItem], decisions: &[DecisionRecord]) -> Result<(), Failure> {
        self.write(|writer| {
            writer.keep_items(items)?;
            writer.record_decisions(decisions).map(drop)
        })
    }

    /// Lets go of decisions that are too old to matter.
    pub(crate) fn prune_decisions(&mut self) -> Result<(), Failure> {
        let now = surroundings::now();
        self.write(|writer| writer.prune_decisions(DecisionLimits::default(), now).map(drop))
    }
}

fn ruled(item: &AnyItem) -> Ruled {
    let mut roots = Vec::new();
    let schedule = match item {
        AnyItem::Folder(known) => {
            let both = [&known.pair.left, &known.pair.right];
            roots.extend(both.map(|root| root.to_string_lossy().into_owned()));
            known.schedule.clone()
        }
        AnyItem::Other(other) => {
            // An item of a recipe that is not ticked stays out of what the recipe does by itself.
            if other.ticked { (*other.schedule).clone() } else { Schedule::default() }
        }
    };
    Ruled {
        item: item.id(),
        handler: item.handler(),
        name: item.name(),
        schedule,
        roots,
        ticked_for: Vec::new(),
    }
}

/// This process, so that another one can find out whether it lives.
fn this_process() -> Process {
    let owner = surroundings::this_process();
    let began = surroundings::began_of(owner.pid).unwrap_or(0);
    Process { owner, began }
}
