//! Skip, stop, pause, answers and the like: from any thread to the running session.
//!
//! They go past the loop that tells events: a face whose output is stuck must still be able to stop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_engine::Session;
use syncmgr_handler::relay::Answer;
use syncmgr_model::id::ItemId;
use syncmgr_model::item::CheckState;
use syncmgr_model::window::{Pin, Showing};
use syncmgr_wire::control::{AnswerRequest, OpenRequest, Request};
use syncmgr_wire::line::Secret;

/// The way to the session that runs, or will run next.
#[derive(Clone, Default)]
pub(crate) struct Controls(Arc<Mutex<Target>>);

#[derive(Default)]
struct Target {
    session: Option<Session>,
    /// What was asked before there was a session.
    waiting: Vec<Request>,
    window: WindowState,
}

/// How the window is that shows the session, as its face says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WindowState {
    pub(super) pin: Pin,
    pub(super) showing: Showing,
}

/// While this exists, requests reach its session.
pub(super) struct Connected<'a>(&'a Controls);

impl Controls {
    /// Carries out a control request, now or as soon as a session runs. Other requests are not for here and are ignored.
    pub(crate) fn send(&self, request: &Request) {
        let Target { session, waiting, window } = &mut *self.target();
        match session {
            Some(session) => carry_out(session, window, request),
            None => waiting.push(request.clone()),
        }
    }

    /// Ends the session without waiting for anybody.
    pub(crate) fn abandon(&self) {
        if let Some(session) = &self.target().session {
            session.abandon();
        }
    }

    /// Lets requests reach `session`.
    pub(super) fn connect(&self, session: &Session) -> Connected<'_> {
        let mut target = self.target();
        let Target { session: slot, waiting, window } = &mut *target;
        for request in waiting.drain(..) {
            carry_out(session, window, &request);
        }
        *slot = Some(session.clone());
        drop(target);
        Connected(self)
    }

    /// How the window is now.
    pub(super) fn window(&self) -> WindowState {
        self.target().window
    }

    /// Nothing that holds the lock can leave it half changed, so a panic elsewhere does no harm to it.
    fn target(&self) -> MutexGuard<'_, Target> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.target().session = None;
    }
}

fn carry_out(session: &Session, window: &mut WindowState, request: &Request) {
    match request {
        Request::Skip { item } => session.skip(*item),
        Request::Stop => session.stop(),
        Request::Pause => session.pause(),
        Request::Resume => session.resume(),
        Request::Answer(AnswerRequest { question, answer }) => {
            let answer =
                answer.as_ref().map_or(Answer::Dismissed, |Secret(text)| Answer::Given(text.clone()));
            // One that comes too late is nobody's any more.
            session.answer(*question, answer);
        }
        Request::Properties { item } => show_properties(session, item),
        Request::Open(OpenRequest { entry, .. }) => session.activate(*entry),
        Request::Begin { items } => begin(session, items),
        Request::Close => session.close(),
        Request::Pin { pinned } => window.pin = if *pinned { Pin::Pinned } else { Pin::Loose },
        Request::Minimize { minimized } => {
            window.showing = if *minimized { Showing::Minimized } else { Showing::Open };
        }
        _ => {}
    }
}

/// Shows the properties of an item of the choice, if it is one and has any.
fn show_properties(session: &Session, item: &str) {
    let Ok(item) = item.parse::<ItemId>() else { return };
    if let Some(tick) = session.ticks().into_iter().find(|tick| tick.item == item) {
        let _ = session.show_properties(tick.handler, Some(item));
    }
}

/// Checks exactly these items and begins. What an item became meanwhile, the session itself finds out.
fn begin(session: &Session, items: &[ItemId]) {
    for tick in session.ticks() {
        let check = if items.contains(&tick.item) { CheckState::Checked } else { CheckState::Unchecked };
        let _ = session.mark(tick.handler, tick.item, check);
    }
    let _ = session.begin();
}
