//! Sessions that programs ask for: they wait in order, equal ones once, and whoever asked goes on at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use syncmgr_model::invoke::Invocation;
use syncmgr_model::queue::{Queue, Queued};
use syncmgr_model::trigger::Trigger;
use syncmgr_wire::control::{Event, InvokeRequest};
use syncmgr_wire::line;

use super::inward::Inward;
use super::office::{Announcer, Office};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manager::Ran;
use crate::{surroundings, telling};

/// What waits, and who works it off. While anything is in the queue there is one thread that does.
#[derive(Default)]
pub(super) struct Invoked {
    queue: Mutex<Queue<Invocation>>,
    office: OnceLock<Weak<Office>>,
}

impl Invoked {
    /// Has its sessions run by this office from now on.
    pub(super) fn belong_to(&self, office: &Arc<Office>) {
        // Set once, at the start.
        let _first = self.office.set(Arc::downgrade(office));
    }

    fn queue(&self) -> MutexGuard<'_, Queue<Invocation>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, invocation: Invocation) -> Result<(), Failure> {
        let office = self.office.get().and_then(Weak::upgrade).ok_or_else(ending)?;
        let mut queue = self.queue();
        let is_first = queue.is_empty();
        // Merged or not: it will be done.
        let (Queued::Last | Queued::Merged) = queue.add(invocation);
        if is_first {
            let worker = std::thread::Builder::new().name("invoked".into());
            if let Err(error) = worker.spawn(move || office.work_off()) {
                queue.clear();
                return Err(Failure::ours("the session cannot be started").because(&error));
            }
        }
        Ok(())
    }
}

fn ending() -> Failure {
    Failure::ours("the daemon is ending").exits(Exit::Stopped)
}

impl Office {
    /// Takes what a program asks for, or refuses it; what comes of it, the program does not wait for.
    pub(super) fn invoke(
        &self,
        request: &InvokeRequest,
        hear: &mut dyn FnMut(Event),
    ) -> Result<Exit, Failure> {
        if self.is_ending() {
            return Err(ending());
        }
        let invocation = self.with_manager(|manager| manager.invocation(request))?;
        self.invoked.add(invocation)?;
        hear(Event::Done(line::Done {
            text: "the session begins when it is its turn".to_owned(),
            item: None,
        }));
        Ok(Exit::InStep)
    }

    /// Runs what waits, until nothing does.
    fn work_off(&self) {
        loop {
            // What waits for the turn still stands for equal ones that come meanwhile.
            let turn = self.desk.turn();
            if turn.is_none() {
                self.invoked.queue().clear();
                return;
            }
            let next = self.invoked.queue().begin_next();
            if let Some(invocation) = next {
                // One that panics has spoilt its own turn and no other.
                let _told = catch_unwind(AssertUnwindSafe(|| self.run_invoked(&invocation)));
            }
            drop(turn);
            let mut queue = self.invoked.queue();
            queue.ended();
            if queue.is_empty() {
                return;
            }
        }
    }

    fn run_invoked(&self, invocation: &Invocation) {
        self.controls.forget_waiting();
        let hear = &mut |_| {};
        let mut face = Announcer::new(self, Trigger::Invoke(invocation.clone()), hear);
        let Ran { answered, report } = self.with_manager(|manager| {
            manager.control_with(&self.controls);
            manager.run_invocation(invocation, &mut face)
        });
        match (report, answered) {
            (Some(report), answered) => {
                let exit = answered.unwrap_or_else(|failure| failure.exit);
                // Nobody sat before this session; hooks have been told by the manager.
                telling::notices(&report, exit.code()).iter().for_each(|notice| self.show(notice));
                let results = self.note(&report);
                self.tell(Inward::Ended(results));
            }
            (None, Err(failure)) => {
                surroundings::log(&format!("a session that a program asked for: {}", failure.headline));
            }
            (None, Ok(_)) => {}
        }
    }
}
