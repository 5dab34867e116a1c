//! Runs that nobody asked for: their connections first, then their session, and what came of it for the keeper.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::bounded;
use syncmgr_engine::{Connector, Established};
use syncmgr_keeper::{ErrorClass, Failure, Pause, Progress, RunOutcome, RunResult};
use syncmgr_model::id::ItemId;
use syncmgr_model::trigger::Trigger;
use syncmgr_sources::hears_everything;
use syncmgr_wire::control::Request;

use super::inward::Inward;
use super::office::{Announcer, Office};
use crate::connections::{Permit, Permitted};
use crate::manager::{Ran, Unasked};
use crate::surroundings;
use crate::telling;

/// How long the loop may take to say whether a connection may be opened. It answers at once, unless it is over.
const PATIENCE: Duration = Duration::from_secs(5);

/// A run that the keeper wants.
#[derive(Debug)]
pub(super) struct OwnRun {
    pub(super) items: Vec<ItemId>,
    pub(super) trigger: Trigger,
    /// The connections that are brought up before it and taken down after it.
    pub(super) first: Vec<String>,
}

/// Why a run did not begin.
struct NotBegun {
    class: ErrorClass,
    text: String,
}

impl NotBegun {
    /// Something is set up wrongly.
    fn wrong(text: impl Into<String>) -> Self {
        Self { class: ErrorClass::Configuration, text: text.into() }
    }

    /// It may go away by itself.
    fn for_now(text: impl Into<String>) -> Self {
        Self { class: ErrorClass::Transient, text: text.into() }
    }

    /// What came of items whose session never began.
    fn results(&self, items: &[ItemId]) -> Vec<RunResult> {
        let failed = |item: &ItemId| {
            let failure = Failure { class: self.class, progress: Progress::None, text: self.text.clone() };
            RunResult { item: *item, outcome: RunOutcome::Failed(failure), not_before: None }
        };
        items.iter().map(failed).collect()
    }
}

/// Connections that were opened for a run; closed when dropped, the last one first.
struct Opened {
    connections: Permitted,
    names: Vec<String>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        for name in self.names.iter().rev() {
            self.connections.close(Some(name));
        }
    }
}

impl Office {
    /// Runs items because the keeper said so, and tells it what came of them.
    pub(super) fn run_items(&self, run: &OwnRun) {
        let turn = self.desk.turn();
        let results = match &turn {
            Some(_) => self.run_now(run),
            None => Err(NotBegun::wrong("the daemon is ending")),
        };
        let results = results.unwrap_or_else(|not_begun| not_begun.results(&run.items));
        // Told before the turn is over: whoever waits for the last session to end finds it there.
        self.tell(Inward::Ended(results));
        drop(turn);
    }

    fn run_now(&self, run: &OwnRun) -> Result<Vec<RunResult>, NotBegun> {
        self.controls.forget_waiting();
        // Who asks, if only by a click, is held back by nothing.
        let is_asked = run.trigger == Trigger::Manual;
        let permit: Permit = if is_asked { Arc::new(|| Ok(())) } else { self.permit(&run.items) };
        // Before the session, and until it is over.
        let _opened = self.open_first(&run.first, &permit)?;
        if self.pause() != Pause::Off && !is_asked {
            // The pause came between the keeper's word and this.
            self.controls.send(&Request::Pause { seconds: None });
        }
        let hear = &mut |_| {};
        let mut face = Announcer::new(self, run.trigger.clone(), hear);
        let now = surroundings::now();
        let scope = |item: &ItemId| Some((*item, self.watching().begin(*item, now, &hears_everything)?));
        let unasked = Unasked { trigger: &run.trigger, scopes: run.items.iter().filter_map(scope).collect() };
        let Ran { answered, report } = self.with_manager(|manager| {
            manager.control_with(&self.controls);
            manager.run_items(&run.items, &unasked, permit, &mut face)
        });
        if report.is_none() {
            self.watching().not_run(&run.items);
        }
        match (report, answered) {
            (Some(report), answered) => {
                // Nobody sat before this session; hooks have been told by the manager.
                let exit = answered.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
                telling::notices(&report, exit.code()).iter().for_each(|notice| self.show(notice));
                Ok(self.note(&report))
            }
            (None, answered) => {
                answered.map(|_| Vec::new()).map_err(|failure| NotBegun::wrong(failure.headline))
            }
        }
    }

    /// Whether a connection may be opened for these items is the keeper's to say, at the moment at which it is asked for.
    fn permit(&self, items: &[ItemId]) -> Permit {
        let (way, items) = (self.way.clone(), items.to_vec());
        Arc::new(move || {
            let (tell, told) = bounded(1);
            way.tell(Inward::Obstacles(items.clone(), tell));
            match told.recv_timeout(PATIENCE) {
                Ok(obstacles) if obstacles.is_empty() => Ok(()),
                Ok(obstacles) => Err(obstacles.join(", and ")),
                Err(_) => Err("the daemon is ending".to_owned()),
            }
        })
    }

    fn open_first(&self, names: &[String], permit: &Permit) -> Result<Opened, NotBegun> {
        let connections = Permitted::new(Arc::clone(&self.connections), Arc::clone(permit));
        let mut opened = Opened { connections, names: Vec::new() };
        for name in names {
            match opened.connections.open(Some(name)) {
                Ok(Established::Opened) => opened.names.push(name.clone()),
                Ok(Established::AlreadyUp) => {}
                Err(_) => return Err(self.is_not_up(name)),
            }
        }
        Ok(opened)
    }

    fn is_not_up(&self, name: &str) -> NotBegun {
        match self.connections.users().into_iter().find(|(known, ..)| known == name) {
            Some((.., why)) if why.is_empty() => {
                NotBegun::for_now(format!("the connection `{name}` does not come up"))
            }
            Some((.., why)) => NotBegun::for_now(format!("the connection `{name}` is not up: {why}")),
            None => NotBegun::wrong(format!("no connection is configured as `{name}`")),
        }
    }
}
