//! What the tests of the contract do again and again: sessions of some kinds, waiting for events, handlers that are held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use syncmgr_engine::{
    Choosing, Closing, HandlerListing, Session, SessionEvent, SessionQueue, SessionReport, SessionRequest,
};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{ErrorId, ItemId, SessionId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::Succeeded;
use syncmgr_testkit::{Latch, Play, Recorded, Scripted};

use crate::setup::{engine, entry, request};

pub(crate) const UNATTENDED: InitializeFlags = InitializeFlags::new(Event::Schedule, Modifiers::empty());
pub(crate) const LOST: ErrorId = ErrorId::from_u128(0xE1);
pub(crate) const LATE: ErrorId = ErrorId::from_u128(0xE2);

/// A session that may bother nobody.
pub(crate) fn unattended(handlers: &[&Scripted]) -> SessionRequest {
    SessionRequest { flags: UNATTENDED, ..request(handlers) }
}

/// A session in which the user chooses.
pub(crate) fn by_hand(handlers: &[&Scripted]) -> SessionRequest {
    SessionRequest { choosing: Choosing::ByHand, ..request(handlers) }
}

/// A session that stays for its results.
pub(crate) fn staying(handlers: &[&Scripted]) -> SessionRequest {
    SessionRequest { closing: Closing::ByHand, ..request(handlers) }
}

/// The first event from now on that `pick` takes.
pub(crate) fn next<T>(session: &Session, pick: impl Fn(SessionEvent) -> Option<T>) -> T {
    session.events().iter().find_map(pick).expect("it happens before the session is over")
}

/// The next list that is told, and what is checked in it.
pub(crate) fn next_list(session: &Session) -> (HandlerListing, Vec<ItemId>) {
    next(session, |event| match event {
        SessionEvent::Listed { listing, checked } => Some((listing, checked)),
        _ => None,
    })
}

pub(crate) fn ids(listing: &HandlerListing) -> Vec<ItemId> {
    listing.items.iter().map(|item| item.id).collect()
}

pub(crate) fn properties_gone(session: &Session) -> Option<ItemId> {
    next(session, |event| match event {
        SessionEvent::PropertiesGone { item, .. } => Some(item),
        _ => None,
    })
}

/// Runs a session that is settled by itself, shows its first entry with a jump, and closes it once `is_right`.
pub(crate) fn shown(handler: &Scripted, is_right: impl Fn(&[Recorded]) -> bool) -> SessionReport {
    let session = engine().start(staying(&[handler]));
    let settled = crate::setup::next_settled(&session);
    let jump = settled.entries.iter().find(|entry| entry.can_jump).expect("an entry leads back");
    session.activate(jump.number);
    handler.record().wait_until(is_right);
    session.close();
    session.wait()
}

/// A handler that has logged an entry with a jump and is through.
pub(crate) fn with_jump(name: &str, items: &[ItemId]) -> Scripted {
    Scripted::new(name, items).on_synchronize(|play| {
        play.log_jump("lost", LOST);
        play.end_all(Succeeded);
        play.synchronized(Outcome::OK)
    })
}

/// Runs steps inside a method of a handler. The engine survives a handler that panics, so a claim that does not hold in
/// there has to end the test itself.
pub(crate) fn sure<T>(steps: impl FnOnce() -> T) -> T {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(steps)) {
        Ok(value) => value,
        Err(_) => std::process::abort(),
    }
}

/// Work on another thread that goes on when the door opens and then ends well.
pub(crate) fn held(door: &Latch) -> impl Fn(&Play) -> Outcome + Send + Sync + 'static {
    let door = door.clone();
    move |play| {
        let door = door.clone();
        play.elsewhere(move |play| {
            door.wait();
            play.end_all(Succeeded);
            play.synchronized(Outcome::OK);
        })
    }
}

pub(crate) fn count(calls: &[Recorded], is_meant: impl Fn(&Recorded) -> bool) -> usize {
    calls.iter().filter(|call| is_meant(call)).count()
}

pub(crate) fn position(calls: &[Recorded], call: &Recorded) -> usize {
    calls.iter().position(|other| other == call).expect("the call was made")
}

pub(crate) fn is_prepare(call: &Recorded) -> bool {
    matches!(call, Recorded::Prepare(_))
}

/// The calls of an instance that was let go of right after `initialize`.
pub(crate) fn is_let_go(calls: &[Recorded]) -> bool {
    matches!(calls, [Recorded::Initialize(..), Recorded::Dropped])
}

/// A queue whose sessions load those handlers that the trigger names, in a real engine, without anybody choosing.
pub(crate) fn queue_of(handlers: &[&Scripted]) -> SessionQueue {
    let handlers: Vec<Scripted> = handlers.iter().map(|&handler| handler.clone()).collect();
    let run = move |trigger: syncmgr_model::trigger::Trigger| {
        let entries = handlers
            .iter()
            .enumerate()
            .map(|(number, handler)| entry(number, handler.name(), Arc::new(handler.clone())));
        let named = match &trigger {
            syncmgr_model::trigger::Trigger::Invoke(invocation) => invocation.handler,
            _ => None,
        };
        let entries = entries.filter(|entry| named.is_none_or(|named| named == entry.id)).collect();
        let mut request = SessionRequest::of_trigger(SessionId::from_u128(1), &trigger, entries);
        request.choosing = Choosing::AtOnce;
        let session = engine().start(request);
        session.ignore_events();
        session.wait();
    };
    SessionQueue::new(run).expect("there are threads")
}

/// Two threads that must not be somewhere together.
#[derive(Clone, Default)]
pub(crate) struct Alone(Arc<AtomicBool>);

impl Alone {
    pub(crate) fn enter(&self) {
        assert!(!self.0.swap(true, Ordering::SeqCst), "somebody is there already");
    }

    pub(crate) fn leave(&self) {
        assert!(self.0.swap(false, Ordering::SeqCst));
    }
}
