//! Skip, stop, pause, answers and the like: from any thread to the running session.
//!
//! They go past the loop that tells events: a face whose output is stuck must still be able to stop.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_control::Client;
use syncmgr_engine::Session;
use syncmgr_handler::relay::Answer;
use syncmgr_model::id::ItemId;
use syncmgr_model::item::CheckState;
use syncmgr_model::window::{Pin, Showing};
use syncmgr_wire::control::{AnswerRequest, OpenRequest, Request};
use syncmgr_wire::line::Secret;

/// The way to the session that runs, or will run next. Cheap to clone; used from any thread.
#[derive(Clone)]
pub struct Controls(Way);

#[derive(Clone)]
enum Way {
    /// In this process.
    Here(Arc<Mutex<Target>>),
    /// In the daemon that listens on this socket.
    There(Arc<Path>),
}

impl Default for Controls {
    fn default() -> Self {
        Self(Way::Here(Arc::default()))
    }
}

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
    /// Controls of the daemon that listens on `socket`.
    pub(crate) fn there(socket: &Path) -> Self {
        Self(Way::There(socket.into()))
    }

    /// Carries out a control request, now or as soon as a session runs. Other requests are not for here and are ignored.
    pub fn send(&self, request: &Request) {
        let target = match &self.0 {
            Way::Here(target) => target,
            Way::There(socket) => return send_there(socket, request),
        };
        let Target { session, waiting, window } = &mut *lock(target);
        match session {
            Some(session) => carry_out(session, window, request),
            None => waiting.push(request.clone()),
        }
    }

    /// Carries out a request for the session that runs. One that has yet to begin is not meant, unless it waits for its
    /// beginning with something said to it already.
    pub(crate) fn send_to_running(&self, request: &Request) {
        let Way::Here(target) = &self.0 else { return };
        let Target { session, waiting, window } = &mut *lock(target);
        match session {
            Some(session) => carry_out(session, window, request),
            None if !waiting.is_empty() => waiting.push(request.clone()),
            None => {}
        }
    }

    /// Forgets what was said to a session that did not come about: it was not meant for the next one.
    pub(crate) fn forget_waiting(&self) {
        if let Way::Here(target) = &self.0 {
            lock(target).waiting.clear();
        }
    }

    /// Ends the session without waiting for anybody. One of the daemon's is only stopped: it has others to think of.
    pub fn abandon(&self) {
        match &self.0 {
            Way::Here(target) => {
                if let Some(session) = &lock(target).session {
                    session.abandon();
                }
            }
            Way::There(socket) => send_there(socket, &Request::Stop),
        }
    }

    /// Lets requests reach `session`.
    pub(super) fn connect(&self, session: &Session) -> Connected<'_> {
        if let Way::Here(target) = &self.0 {
            let mut target = lock(target);
            let Target { session: slot, waiting, window } = &mut *target;
            // A pin stays where it is; put out of sight was another session.
            window.showing = Showing::Open;
            for request in waiting.drain(..) {
                carry_out(session, window, &request);
            }
            *slot = Some(session.clone());
        }
        Connected(self)
    }

    /// How the window is now.
    pub(super) fn window(&self) -> WindowState {
        match &self.0 {
            Way::Here(target) => lock(target).window,
            Way::There(_) => WindowState::default(),
        }
    }
}

/// Nothing that holds the lock can leave it half changed, so a panic elsewhere does no harm to it.
fn lock(target: &Mutex<Target>) -> MutexGuard<'_, Target> {
    target.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Controls have no answer: their effect is seen in the rows, and without a daemon there is nothing to control.
fn send_there(socket: &Path, request: &Request) {
    if let Ok(mut client) = Client::connect(socket) {
        let _unseen = client.ask(request, &mut |_| {});
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        if let Way::Here(target) = &self.0.0 {
            lock(target).session = None;
        }
    }
}

fn carry_out(session: &Session, window: &mut WindowState, request: &Request) {
    match request {
        Request::Skip { item } => session.skip(*item),
        Request::Stop => session.stop(),
        Request::Pause { .. } => session.pause(),
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
