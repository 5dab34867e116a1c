//! What the tests of sessions share.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::sync::{Arc, Once};

use syncmgr_engine::{
    Engine, HandlerEntry, OnlineConnector, Services, Session, SessionEvent, SessionReport, SessionRequest,
};
use syncmgr_handler::HandlerFactory;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_testkit::{FakeClock, Scripted};

pub(crate) const A: ItemId = ItemId::from_u128(0xA);
pub(crate) const B: ItemId = ItemId::from_u128(0xB);
pub(crate) const C: ItemId = ItemId::from_u128(0xC);
pub(crate) const MANUAL: InitializeFlags = InitializeFlags::new(Event::Manual, Modifiers::MAY_BOTHER_USER);

pub(crate) fn engine() -> Engine {
    let clock = FakeClock::at(Timestamp::from_millis(1_000));
    Engine::new(Services { clock: Arc::new(move || clock.now()), connector: Arc::new(OnlineConnector) })
}

pub(crate) fn handler_id(number: usize) -> HandlerId {
    HandlerId::from_u128(0x1000 + number as u128)
}

pub(crate) fn entry(number: usize, description: &str, factory: Arc<dyn HandlerFactory>) -> HandlerEntry {
    HandlerEntry::new(handler_id(number), description, factory)
}

pub(crate) fn request(handlers: &[&Scripted]) -> SessionRequest {
    let entries = handlers.iter().enumerate().map(|(number, &handler)| {
        let description = format!("registered as {}", handler.name());
        entry(number, &description, Arc::new(handler.clone()))
    });
    SessionRequest::new(SessionId::from_u128(1), MANUAL, entries.collect())
}

pub(crate) fn start(handlers: &[&Scripted]) -> Session {
    engine().start(request(handlers))
}

pub(crate) fn run(handlers: &[&Scripted]) -> SessionReport {
    start(handlers).wait()
}

pub(crate) fn statuses(report: &SessionReport) -> Vec<ItemStatus> {
    report.items.iter().map(|item| item.status).collect()
}

pub(crate) fn texts(report: &SessionReport) -> Vec<&str> {
    report.entries.iter().map(|entry| entry.text.as_str()).collect()
}

pub(crate) fn next_settled(session: &Session) -> SessionReport {
    let settled = session.events().iter().find_map(|event| match event {
        SessionEvent::Settled(report) => Some(report),
        _ => None,
    });
    settled.expect("the session settles before it ends")
}

pub(crate) fn wait_for_status(session: &Session, item: ItemId, status: ItemStatus) {
    while !session.rows().iter().any(|row| row.item == item && row.status == status) {
        std::thread::yield_now();
    }
}

/// Panics on threads of handlers are part of a test; their messages would only hide others.
pub(crate) fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let thread = std::thread::current();
            if !thread.name().is_some_and(|name| name.starts_with("handler-")) {
                loud(info);
            }
        }));
    });
}
