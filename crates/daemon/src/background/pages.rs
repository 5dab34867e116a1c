//! Pages for faces: what is known, and the asking that makes them.
//!
//! What a page shows is decided by `view`. Here it is told what happens, its questions are put to the manager, and all of it is
//! let go when nobody has looked for a while.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use jiff::tz::TimeZone;
use syncmgr_view::{Need, Surroundings, Trouble, Urgency, World};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{Changed, Topic};
use syncmgr_wire::page::{Page, PageRequest};

use super::office::Office;
use crate::surroundings;

/// When nobody has asked for a page for so long, nobody looks.
const REST: Duration = Duration::from_secs(600);

/// How long a page waits for what it could do without. Handlers that answer at once are there in it from the beginning.
const PATIENCE: Duration = Duration::from_millis(400);

/// An answer may raise one more question, and that one another.
const ROUNDS: usize = 3;

/// What faces are shown.
pub(super) struct Pages {
    /// Never held while the manager is asked.
    world: Mutex<World>,
    zone: TimeZone,
    office: OnceLock<Weak<Office>>,
    /// When a page was last asked for, in milliseconds since 1970.
    asked: AtomicI64,
    /// The way to the thread that asks what may take long. It is there while somebody looks.
    worker: Mutex<Option<Sender<Job>>>,
    /// What that thread has been told to ask.
    underway: Mutex<Underway>,
}

/// What is being asked: each once, however many want to know.
#[derive(Default)]
struct Underway(Vec<(Request, Wanted)>);

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    ByOne,
    /// Others came later, and were not kept waiting.
    ByMore,
}

impl Underway {
    /// Whether it is being asked already; who wants to know then is told once it is answered.
    fn joins(&mut self, request: &Request) -> bool {
        let asked = self.0.iter_mut().find(|(asked, _)| asked == request);
        asked.map(|(_, wanted)| *wanted = Wanted::ByMore).is_some()
    }

    fn begin(&mut self, request: Request) {
        self.0.push((request, Wanted::ByOne));
    }

    /// It is answered: who else wanted to know.
    fn end(&mut self, request: &Request) -> Wanted {
        let at = self.0.iter().position(|(asked, _)| asked == request);
        at.map_or(Wanted::ByOne, |at| self.0.swap_remove(at).1)
    }
}

struct Job {
    need: Need,
    /// Dropped when it is through; nobody may listen any more.
    done: Sender<()>,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            world: Mutex::default(),
            zone: TimeZone::system(),
            office: OnceLock::new(),
            asked: AtomicI64::new(0),
            worker: Mutex::default(),
            underway: Mutex::default(),
        }
    }
}

impl Pages {
    /// Has its questions answered by this office from now on.
    pub(super) fn belong_to(&self, office: &Arc<Office>) {
        // Set once, at the start.
        let _first = self.office.set(Arc::downgrade(office));
    }

    /// Hears what happens.
    pub(super) fn hear(&self, event: &Event) {
        let mut world = lock(&self.world);
        world.hear(event, surroundings::now());
        if matches!(event, Event::Summary(_)) && !self.is_watched() {
            world.rest();
        }
    }

    /// Learns what the session is for that begins next.
    pub(super) fn starts(&self, request: &Request) {
        // A plan that nobody would look at is not kept.
        if self.is_watched() {
            lock(&self.world).starts(request);
        }
    }

    /// Learns that a request was carried out.
    pub(super) fn carried_out(&self, request: &Request) {
        lock(&self.world).carried_out(request);
    }

    fn is_watched(&self) -> bool {
        lock(&self.worker).is_some()
    }

    /// Lets go of the thread that asks. It ends by itself.
    pub(super) fn close(&self) {
        *lock(&self.worker) = None;
    }

    /// The page that a face wants.
    pub(super) fn page(&self, office: &Office, request: &PageRequest, problems: &[String]) -> Page {
        self.asked.store(surroundings::now().as_millis(), Ordering::Relaxed);
        for _ in 0..ROUNDS {
            let needs = lock(&self.world).needs(request, surroundings::now());
            if needs.is_empty() {
                break;
            }
            let (soon, at_once): (Vec<Need>, Vec<Need>) =
                needs.into_iter().partition(|need| need.urgency == Urgency::Soon);
            let waiting: Vec<Receiver<()>> =
                soon.into_iter().filter_map(|need| self.ask_later(need)).collect();
            for need in &at_once {
                self.look_up(office, need);
            }
            for done in waiting {
                let _through = done.recv_timeout(PATIENCE);
            }
        }
        let now = surroundings::now();
        let mut world = lock(&self.world);
        world.forget_plans(now);
        world.page(request, &Surroundings { now, zone: &self.zone, problems })
    }

    /// Asks the manager, and tells the world.
    fn look_up(&self, office: &Office, need: &Need) {
        let mut events = Vec::new();
        let answer = match office.answer(need.request.clone(), &mut |event| events.push(event)) {
            Ok(_) => Ok(events),
            Err(failure) => Err(Trouble { headline: failure.headline, hint: failure.hint }),
        };
        lock(&self.world).learn(need, answer, surroundings::now());
    }

    /// Has something asked by a thread of its own. What that returns ends when it is through; nothing if it was asked already.
    fn ask_later(&self, need: Need) -> Option<Receiver<()>> {
        let mut underway = lock(&self.underway);
        if underway.joins(&need.request) {
            return None;
        }
        let (done, through) = bounded(1);
        let request = need.request.clone();
        self.worker()?.send(Job { need, done }).ok()?;
        underway.begin(request);
        Some(through)
    }

    /// The way to the thread that asks. Nothing if there can be none.
    fn worker(&self) -> Option<Sender<Job>> {
        let mut worker = lock(&self.worker);
        if let Some(jobs) = &*worker {
            return Some(jobs.clone());
        }
        let office = self.office.get()?.clone();
        let (jobs, job) = unbounded();
        let asks = move || work(&office, &job);
        std::thread::Builder::new().name("pages".into()).spawn(asks).ok()?;
        *worker = Some(jobs.clone());
        Some(jobs)
    }

    fn carry_out(&self, office: &Office, job: &Job) {
        self.look_up(office, &job.need);
        let wanted = lock(&self.underway).end(&job.need.request);
        // Whoever waited has it; if nobody did any more, or others did not, faces are told that there is more to see. For them it
        // may be an answer from before something happened, and their next question is asked anew.
        let in_time = job.done.send(()).is_ok();
        if !in_time || wanted == Wanted::ByMore {
            office.bus.publish(&Event::Changed(Changed { what: Topic::Items }));
        }
    }

    /// Lets go of everything if nobody has looked for long enough; otherwise tells how long that will still take at least.
    fn rest(&self) -> Option<Duration> {
        // Held until the end: a page that comes now waits, and gets a new thread.
        let mut worker = lock(&self.worker);
        let asked = syncmgr_model::time::Timestamp::from_millis(self.asked.load(Ordering::Relaxed));
        let since = Duration::from_millis(surroundings::now().millis_since(asked));
        match REST.checked_sub(since) {
            Some(rest) if !rest.is_zero() => Some(rest),
            _ => {
                *worker = None;
                lock(&self.world).rest();
                None
            }
        }
    }
}

/// Asks what it is told to, and lets go of everything when nobody looks any more.
fn work(office: &Weak<Office>, jobs: &Receiver<Job>) {
    let mut rest = REST;
    loop {
        let job = jobs.recv_timeout(rest);
        let Some(office) = office.upgrade() else { return };
        match job {
            Ok(job) => office.pages.carry_out(&office, &job),
            Err(RecvTimeoutError::Timeout) => match office.pages.rest() {
                Some(more) => rest = more,
                None => return,
            },
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Nothing that holds one of these locks can leave what is in it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_not_kept_waiting_for_an_answer_is_told_of_it() {
        let mut underway = Underway::default();
        let (first, second) = (Request::Discover, Request::Status);
        assert!(!underway.joins(&first));
        underway.begin(first.clone());
        assert!(!underway.joins(&second));
        underway.begin(second.clone());
        assert!(underway.joins(&first), "it is asked once");
        assert_eq!(underway.end(&second), Wanted::ByOne);
        assert_eq!(underway.end(&first), Wanted::ByMore);
        assert!(!underway.joins(&first), "it is asked again");
    }

    #[test]
    fn the_thread_that_asks_ends_only_when_nobody_has_looked_for_long() {
        let pages = Pages::default();
        let (jobs, _job) = unbounded();
        *lock(&pages.worker) = Some(jobs);
        pages.asked.store(surroundings::now().as_millis(), Ordering::Relaxed);
        let rest = pages.rest().unwrap();
        assert!(rest <= REST && pages.is_watched(), "{rest:?}");
        pages.asked.store(0, Ordering::Relaxed);
        assert_eq!(pages.rest(), None);
        assert!(!pages.is_watched());
    }
}
