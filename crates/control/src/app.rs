//! [`App`]: what all requests share.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use syncmgr_model::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::answer::{Answerer, Nature};
use crate::assets::Assets;
use crate::bus::Bus;
use crate::idempotency::{KeyLimits, Keys};
use crate::limits::Limits;
use crate::opener::Opener;
use crate::refusal::Refusal;
use crate::server::Clock;
use crate::underway::Underway;

pub(crate) struct App {
    pub(crate) answerer: Arc<dyn Answerer>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) limits: Limits,
    pub(crate) opener: Opener,
    /// What browsers are shown; nothing where there is no page.
    pub(crate) assets: Option<Assets>,
    pub(crate) underway: Arc<Underway>,
    /// Becomes true when the server stops.
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) counters: Counters,
    /// Made when somebody asks for it.
    pub(crate) description: OnceLock<Bytes>,
    pub(crate) lanes: Lanes,
    clock: Clock,
    // Nobody awaits with it.
    keys: Mutex<Keys>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// How many of each may be under way.
pub(crate) struct Lanes {
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) events: Arc<Semaphore>,
    pub(crate) controls: Arc<Semaphore>,
    queries: Arc<Semaphore>,
    sessions: Arc<Semaphore>,
}

/// Numbers for `/metrics`.
#[derive(Default)]
pub(crate) struct Counters {
    /// Responses by the first digit of their status.
    responses: [AtomicU64; 5],
    dropped: AtomicU64,
}

impl App {
    pub(crate) fn new(
        answerer: Arc<dyn Answerer>,
        bus: Arc<Bus>,
        clock: Clock,
        limits: Limits,
        opener: Opener,
        assets: Option<Assets>,
    ) -> Self {
        let millis = i64::try_from(limits.kept_time.as_millis()).unwrap_or(i64::MAX);
        let keys = Keys::new(KeyLimits { answers: limits.kept_answers, millis });
        Self {
            answerer,
            bus,
            lanes: Lanes::new(&limits),
            limits,
            opener,
            assets,
            underway: Arc::default(),
            stopping: watch::Sender::new(false),
            counters: Counters::default(),
            description: OnceLock::new(),
            clock,
            keys: Mutex::new(keys),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Nothing that holds the lock can leave it half changed.
    pub(crate) fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    fn new(limits: &Limits) -> Self {
        let lane = |width: usize| Arc::new(Semaphore::new(width));
        Self {
            requests: lane(limits.requests),
            events: lane(limits.event_readers),
            controls: lane(limits.queries),
            queries: lane(limits.queries),
            sessions: lane(limits.sessions),
        }
    }

    /// A place among the requests that are with the manager. What is short waits for one; what may take hours does not.
    pub(crate) async fn enter(&self, nature: Nature) -> Result<OwnedSemaphorePermit, Refusal> {
        let (lane, what) = match nature {
            Nature::Runs => return take(&self.sessions, "sessions"),
            Nature::Controls => (&self.controls, "controls"),
            Nature::Reads | Nature::Changes => (&self.queries, "questions"),
        };
        // Nobody closes a lane.
        Arc::clone(lane).acquire_owned().await.map_err(|_| Refusal::busy(what))
    }
}

/// A place in a lane, if there is one now.
pub(crate) fn take(lane: &Arc<Semaphore>, what: &str) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(lane).try_acquire_owned().map_err(|_| Refusal::busy(what))
}

impl Counters {
    pub(crate) fn count_response(&self, status: u16) {
        if let Some(class) = self.responses.get(usize::from(status / 100).wrapping_sub(1)) {
            class.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Responses by class: `1`, for `1xx`, and so on.
    pub(crate) fn responses(&self) -> impl Iterator<Item = (usize, u64)> {
        self.responses.iter().enumerate().map(|(at, count)| (at + 1, count.load(Ordering::Relaxed)))
    }
}
