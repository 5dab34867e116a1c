//! One alarm: a thread that waits for a moment of the wall clock.
//!
//! Waits of this system do not count the time of a suspend, and nothing tells that the clock was set. So while a moment is set the clock is
//! looked at once a minute: it rings at most that late.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use syncmgr_model::time::Timestamp;

use crate::surroundings::now;

/// The longest wait.
const LOOK: Duration = Duration::from_secs(60);

/// Rings at the moment it was set to last.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// Dropped first: that ends the thread.
    moments: Option<Sender<Option<Timestamp>>>,
    thread: Option<JoinHandle<()>>,
}

impl Alarm {
    /// An alarm that is not set. `ring` is called on its thread.
    pub(crate) fn new(ring: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (tell, told) = unbounded();
        let thread = std::thread::Builder::new().name("alarm".into()).spawn(move || wait(&told, &ring))?;
        Ok(Self { moments: Some(tell), thread: Some(thread) })
    }

    /// Sets it to a moment, or to none. A moment that has passed rings at once.
    pub(crate) fn set(&self, at: Option<Timestamp>) {
        if let Some(moments) = &self.moments {
            // A thread that has ended rings no more.
            let _ended = moments.send(at);
        }
    }
}

fn wait(told: &Receiver<Option<Timestamp>>, ring: &dyn Fn()) {
    let mut at: Option<Timestamp> = None;
    loop {
        let left = at.map(|at| Duration::from_millis(at.millis_since(now())).min(LOOK));
        let heard = match left {
            None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(left) => told.recv_timeout(left),
        };
        match heard {
            Ok(moment) => at = moment,
            Err(RecvTimeoutError::Timeout) if at.is_some_and(|at| at <= now()) => {
                at = None;
                ring();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.moments = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told by its hook.
            let _told = thread.join();
        }
    }
}
