//! [`Engine`] and [`Session`]: what faces hold.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, unbounded};
use syncmgr_handler::relay::Answer;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::session::{Input, InstanceIdx};

use crate::conductor::Conductor;
use crate::report::{HandlerListing, RowView, SessionEvent, SessionReport};
use crate::request::{HandlerEntry, SessionRequest};
use crate::services::Services;
use crate::shared::{EVENT_ROOM, Shared};

/// Runs sessions. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    services: Services,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// An engine with the given surroundings.
    pub fn new(services: Services) -> Self {
        Self { services }
    }

    /// Starts a session and returns at once.
    ///
    /// The session goes on by itself when all its handles are dropped; only [`Session::stop`] ends it early.
    pub fn start(&self, request: SessionRequest) -> Session {
        let (orders, ordered) = unbounded();
        let (tell, events) = bounded(EVENT_ROOM);
        let shared = Arc::new(Shared::new(&request, self.services.clone(), orders));
        shared.step(Input::Begun);
        let conductor = Conductor::new(shared.clone(), request.choose, request.grace, ordered, tell);
        // Without a thread for its loop the machine cannot run at all; like other allocation failures this is fatal.
        #[expect(clippy::expect_used, reason = "there is no session to report the failure in")]
        thread::Builder::new()
            .name("session".into())
            .spawn(move || conductor.run())
            .expect("the system refuses to start a thread");
        Session { shared, events }
    }

    /// Asks each handler for its name and items and lets go of it; nothing else is called.
    pub fn list(&self, handlers: &[HandlerEntry], event: Event) -> Vec<HandlerListing> {
        let flags = InitializeFlags::new(event, Modifiers::SETTINGS);
        let session = self.start(SessionRequest::new(SessionId::NIL, flags, handlers.to_vec()));
        session.ignore_events();
        session.wait();
        session.shared.listings()
    }
}

/// A handle to a running session. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    pub(crate) shared: Arc<Shared>,
    events: Receiver<SessionEvent>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.shared.id).finish()
    }
}

impl Session {
    /// What happens, in order. Bounded and lossless: handlers wait for a reader that is far behind when they tell
    /// facts, until a stop. Clones share one queue. Whoever does not read calls [`Session::ignore_events`].
    pub fn events(&self) -> &Receiver<SessionEvent> {
        &self.events
    }

    /// Lets go of all events, now and later.
    pub fn ignore_events(&self) {
        self.shared.ignore_events();
    }

    /// All rows as they are now, latest values.
    pub fn rows(&self) -> Vec<RowView> {
        self.shared.views()
    }

    /// Sleeps until a row changes after the last [`Session::rows`], at most `limit`. Says whether one did.
    pub fn wait_for_rows(&self, limit: Duration) -> bool {
        self.shared.changes.wait(limit)
    }

    /// Skips an item: its handler is told at its next progress call.
    pub fn skip(&self, item: ItemId) {
        self.shared.step(Input::SkipAsked(item));
    }

    /// Stops everything: no work begins any more, handlers are told at their next progress call, and who does not end
    /// within the grace time is abandoned.
    pub fn stop(&self) {
        self.shared.step(Input::StopAsked);
    }

    /// Stops everything and abandons at once who still works.
    pub fn abandon(&self) {
        self.shared.step(Input::StopAsked);
        let everybody = (0..self.shared.handlers.len()).map(InstanceIdx).collect();
        self.shared.step(Input::GraceOver(everybody));
    }

    /// Holds everything at its next progress call.
    pub fn pause(&self) {
        self.shared.step(Input::PauseAsked);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.shared.step(Input::ResumeAsked);
    }

    /// Answers a question. The first answer counts; whether it did is told.
    pub fn answer(&self, number: u64, answer: Answer) -> bool {
        self.shared.answer(number, answer)
    }

    /// Activates an entry with jump text: its handler shows it and may ask for a retry. Needs
    /// [`Closing::ByHand`](crate::Closing::ByHand), or other handlers still at work.
    pub fn activate(&self, entry: u64) {
        self.shared.step(Input::EntryActivated(entry));
    }

    /// Lets go of the results and ends a session that waits for it; or, before anything was begun, ends it without.
    pub fn close(&self) {
        self.shared.step(Input::CloseAsked);
    }

    /// Waits until the session is over. Reads no events.
    pub fn wait(&self) -> SessionReport {
        self.shared.wait()
    }

    /// The display name of a handler that takes part, as far as it is known.
    pub fn handler_name(&self, handler: HandlerId) -> Option<String> {
        let idx = self.shared.handlers.iter().position(|entry| entry.id == handler)?;
        Some(self.shared.machine().handler_name(InstanceIdx(idx)).to_owned())
    }
}
