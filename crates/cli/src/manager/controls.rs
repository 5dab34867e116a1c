//! Skip, stop, pause, resume: from any thread to the running session.
//!
//! They go past the loop that tells events: a face whose output is stuck must still be able to stop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_engine::Session;
use syncmgr_wire::control::Request;

/// The way to the session that runs, or will run next.
#[derive(Clone, Default)]
pub(crate) struct Controls(Arc<Mutex<Target>>);

#[derive(Default)]
struct Target {
    session: Option<Session>,
    /// What was asked before there was a session.
    waiting: Vec<Request>,
}

/// While this exists, requests reach its session.
pub(super) struct Connected<'a>(&'a Controls);

impl Controls {
    /// Carries out a control request, now or as soon as a session runs. Other requests are not for here and are ignored.
    pub(crate) fn send(&self, request: &Request) {
        let mut target = self.target();
        match &target.session {
            Some(session) => carry_out(session, request),
            None => target.waiting.push(request.clone()),
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
        for request in target.waiting.drain(..) {
            carry_out(session, &request);
        }
        target.session = Some(session.clone());
        Connected(self)
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

fn carry_out(session: &Session, request: &Request) {
    match request {
        Request::Skip { item } => session.skip(*item),
        Request::Stop => session.stop(),
        Request::Pause => session.pause(),
        Request::Resume => session.resume(),
        _ => {}
    }
}
