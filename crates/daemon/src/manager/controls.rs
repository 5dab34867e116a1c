//! Skip, stop, pause, answers and the like: from any thread to the running session.
//!
//! They go past the loop that tells events: a face whose output is stuck must still be able to stop.

use std::path::{Path, PathBuf};
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
    /// In the daemon.
    There(Arc<There>),
}

/// The daemon, and what it cannot be told yet.
struct There {
    /// Where it listens.
    socket: PathBuf,
    ahead: Mutex<Ahead>,
}

/// A session of the daemon's, seen from here.
#[derive(Default)]
struct Ahead {
    /// The daemon has said that it runs.
    has_begun: bool,
    /// What was asked before it did: there, it would be said to another session, or to none.
    waiting: Vec<Request>,
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
    /// A session has been told and is about to be there.
    is_coming: bool,
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
    pub(crate) fn there(socket: PathBuf) -> Self {
        Self(Way::There(Arc::new(There { socket, ahead: Mutex::default() })))
    }

    /// The daemon says that the session runs: now it can be told what was asked before.
    pub(crate) fn begun_there(&self) {
        let Way::There(there) = &self.0 else { return };
        let waiting = {
            let mut ahead = lock(&there.ahead);
            ahead.has_begun = true;
            std::mem::take(&mut ahead.waiting)
        };
        waiting.iter().for_each(|request| send_there(&there.socket, request));
    }

    /// The daemon has answered: what is asked from now on is for the next session.
    pub(crate) fn over_there(&self) {
        if let Way::There(there) = &self.0 {
            *lock(&there.ahead) = Ahead::default();
        }
    }

    /// A session has been told to those who may ask for something, before it can be asked.
    pub(crate) fn expect(&self) {
        if let Way::Here(target) = &self.0 {
            lock(target).is_coming = true;
        }
    }

    /// Carries out a control request, now or as soon as a session runs. Other requests are not for here and are ignored.
    pub fn send(&self, request: &Request) {
        let target = match &self.0 {
            Way::Here(target) => target,
            Way::There(there) => {
                let mut ahead = lock(&there.ahead);
                if !ahead.has_begun {
                    return ahead.waiting.push(request.clone());
                }
                drop(ahead);
                return send_there(&there.socket, request);
            }
        };
        let Target { session, waiting, window, .. } = &mut *lock(target);
        match session {
            Some(session) => carry_out(session, window, request),
            None => waiting.push(request.clone()),
        }
    }

    /// Carries out a request for the session that runs. One that has yet to begin is not meant, unless it waits for its
    /// beginning with something said to it already.
    pub(crate) fn send_to_running(&self, request: &Request) {
        let Way::Here(target) = &self.0 else { return };
        let Target { session, waiting, is_coming, window } = &mut *lock(target);
        match session {
            Some(session) => carry_out(session, window, request),
            None if *is_coming || !waiting.is_empty() => waiting.push(request.clone()),
            None => {}
        }
    }

    /// Forgets what was said to a session that did not come about: it was not meant for the next one.
    pub(crate) fn forget_waiting(&self) {
        if let Way::Here(target) = &self.0 {
            let mut target = lock(target);
            target.waiting.clear();
            target.is_coming = false;
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
            Way::There(there) => {
                if lock(&there.ahead).has_begun {
                    send_there(&there.socket, &Request::Stop);
                }
            }
        }
    }

    /// Lets requests reach `session`.
    pub(super) fn connect(&self, session: &Session) -> Connected<'_> {
        if let Way::Here(target) = &self.0 {
            let mut target = lock(target);
            let Target { session: slot, waiting, is_coming, window } = &mut *target;
            *is_coming = false;
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
fn lock<T>(target: &Mutex<T>) -> MutexGuard<'_, T> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn n_waiting(controls: &Controls) -> usize {
        match &controls.0 {
            Way::Here(target) => lock(target).waiting.len(),
            Way::There(there) => lock(&there.ahead).waiting.len(),
        }
    }

    /// A key that was pressed before the daemon's session began was said to nobody, and the session ran on.
    #[test]
    fn what_is_asked_before_the_daemons_session_begins_waits_for_it() {
        let controls = Controls::there("nobody-listens-here".into());
        controls.send(&Request::Stop);
        assert_eq!(n_waiting(&controls), 1);
        controls.begun_there();
        assert_eq!(n_waiting(&controls), 0);
        controls.send(&Request::Stop);
        assert_eq!(n_waiting(&controls), 0, "it is sent");
        controls.over_there();
        controls.send(&Request::Resume);
        assert_eq!(n_waiting(&controls), 1, "it is for the next session");
    }

    #[test]
    fn a_session_that_was_told_but_cannot_be_reached_yet_is_meant_already() {
        let controls = Controls::default();
        controls.send_to_running(&Request::Stop);
        assert_eq!(n_waiting(&controls), 0, "no session runs or is about to");
        controls.expect();
        controls.send_to_running(&Request::Stop);
        assert_eq!(n_waiting(&controls), 1);
        controls.forget_waiting();
        controls.send_to_running(&Request::Stop);
        assert_eq!(n_waiting(&controls), 0);
    }
}
