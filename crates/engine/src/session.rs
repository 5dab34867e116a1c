//! [`Engine`] and [`Session`]: what faces hold.

use crossbeam_channel::Receiver;
use syncmgr_model::event::Event;
use syncmgr_model::id::{HandlerId, ItemId};

use crate::report::{HandlerListing, RowView, SessionEvent, SessionReport};
use crate::request::{HandlerEntry, SessionRequest};
use crate::services::Services;

/// Runs sessions. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    services: Services,
}

impl Engine {
    /// An engine with the given surroundings.
    pub fn new(services: Services) -> Self {
        Self { services }
    }

    /// Starts a session and returns at once.
    pub fn start(&self, _request: SessionRequest) -> Session {
        let _ = &self.services;
        todo!("next commit")
    }

    /// Asks each handler for its name and items and lets go of it; nothing else is called.
    pub fn list(&self, _handlers: &[HandlerEntry], _event: Event) -> Vec<HandlerListing> {
        todo!("next commit")
    }
}

/// A handle to a running session. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    events: Receiver<SessionEvent>,
}

impl Session {
    /// What happens, in order. Bounded and lossless: handlers wait for a reader that is far behind when they tell
    /// facts, until a stop. Clones share one queue. Whoever does not read calls [`Session::ignore_events`].
    pub fn events(&self) -> &Receiver<SessionEvent> {
        &self.events
    }

    /// Lets go of all events, now and later.
    pub fn ignore_events(&self) {
        todo!("next commit")
    }

    /// All rows as they are now, latest values.
    pub fn rows(&self) -> Vec<RowView> {
        todo!("next commit")
    }

    /// Skips an item: its handler is told at its next progress call.
    pub fn skip(&self, _item: ItemId) {
        todo!("next commit")
    }

    /// Stops everything: no work begins any more, handlers are told at their next progress call, and who does not end
    /// within the grace time is abandoned.
    pub fn stop(&self) {
        todo!("next commit")
    }

    /// Stops everything and abandons at once who still works.
    pub fn abandon(&self) {
        todo!("next commit")
    }

    /// Holds everything at its next progress call.
    pub fn pause(&self) {
        todo!("next commit")
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        todo!("next commit")
    }

    /// Activates an entry with jump text: its handler shows it and may ask for a retry. Needs
    /// [`Closing::ByHand`](crate::Closing::ByHand), or other handlers still at work.
    pub fn activate(&self, _entry: u64) {
        todo!("next commit")
    }

    /// Lets go of the results and ends a session that waits for it.
    pub fn close(&self) {
        todo!("next commit")
    }

    /// Waits until the session is over. Reads no events.
    pub fn wait(&self) -> SessionReport {
        todo!("next commit")
    }

    /// The name of a handler that takes part, as far as it is known.
    pub fn handler_name(&self, _handler: HandlerId) -> Option<String> {
        todo!("next commit")
    }
}
