//! Everything that reaches the loop of the daemon besides signs, and what it answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Sender, bounded};
use syncmgr_keeper::{Pause, RunResult, Why};
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;
use syncmgr_wire::line;

/// What reaches the loop.
#[derive(Debug)]
pub(super) enum Inward {
    /// A session began.
    Began {
        /// Its items, as far as they are known.
        items: Vec<ItemId>,
        /// Why.
        trigger: Trigger,
    },
    /// A session is over, with this for its items.
    Ended(Vec<RunResult>),
    /// The alarm rang.
    Moment,
    /// The configuration or a choice may have changed.
    Reload,
    /// Why an item did or did not run; nothing if it has no rule.
    Why(ItemId, Sender<Option<Why>>),
    /// How everything is.
    View(Sender<Arc<View>>),
    /// Nothing is to start by itself, or things are again. Answered with what went wrong, if anything did.
    Pause(Pause, Sender<Result<(), String>>),
    /// Something about the connections is different.
    Connections,
    /// What speaks against opening a connection for a run of these items by itself.
    Obstacles(Vec<ItemId>, Sender<Vec<String>>),
    /// It is to end.
    Shutdown,
}

impl Inward {
    /// Whether it only asks: afterwards everything is as it was.
    pub(super) fn asks(&self) -> bool {
        matches!(self, Self::Why(..) | Self::View(_) | Self::Obstacles(..))
    }
}

/// For so long an answer of the loop does for others who ask the same. What passes without anything being told, such as the end of
/// a time window, is shown that much late.
const GOOD_FOR_MILLIS: u64 = 20;

/// The way to the loop.
///
/// Many ask how everything is, and the answer is one: it is kept for a moment, but never for somebody who has told the loop
/// something since, or has heard from it that something is different.
#[derive(Debug, Clone)]
pub(super) struct Way {
    to: Sender<Inward>,
    latest: Arc<Latest>,
}

#[derive(Debug, Default)]
struct Latest {
    /// How much was told to the loop, and how often it found something different.
    news: AtomicU64,
    view: Mutex<Option<KeptView>>,
}

#[derive(Debug)]
struct KeptView {
    /// What was told before it was asked for.
    news: u64,
    at: Timestamp,
    view: Arc<View>,
}

impl Way {
    pub(super) fn new(to: Sender<Inward>) -> Self {
        Self { to, latest: Arc::default() }
    }

    /// Tells the loop something, or asks it. Once it has ended nobody hears it.
    pub(super) fn tell(&self, inward: Inward) {
        let asks = inward.asks();
        let _over = self.to.send(inward);
        // Afterwards: what is counted before a view is asked for has been sent before that, too.
        if !asks {
            self.has_news();
        }
    }

    /// From now on things may be otherwise than they were.
    pub(super) fn has_news(&self) {
        self.latest.news.fetch_add(1, Ordering::SeqCst);
    }

    /// How everything is; nothing if the loop has ended.
    pub(super) fn view(&self, now: Timestamp) -> Option<Arc<View>> {
        let news = self.latest.news.load(Ordering::SeqCst);
        if let Some(kept) = &*self.kept()
            && kept.news == news
            && now >= kept.at
            && now.millis_since(kept.at) < GOOD_FOR_MILLIS
        {
            return Some(Arc::clone(&kept.view));
        }
        let (tell, told) = bounded(1);
        self.tell(Inward::View(tell));
        let view = told.recv().ok()?;
        *self.kept() = Some(KeptView { news, at: now, view: Arc::clone(&view) });
        Some(view)
    }

    fn kept(&self) -> MutexGuard<'_, Option<KeptView>> {
        self.latest.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How everything is.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// How many items run by themselves.
    pub(super) n_items: u64,
    /// When the next one is due.
    pub(super) next: Option<Timestamp>,
    /// Items that are late, and since when.
    pub(super) late: BTreeMap<ItemId, Timestamp>,
    /// When items run next.
    pub(super) next_runs: BTreeMap<ItemId, Timestamp>,
    /// Whether things start by themselves.
    pub(super) pause: Pause,
    /// What it listens to.
    pub(super) sources: Vec<line::Source>,
}

impl View {
    /// A status with what only the keeper knows.
    pub(super) fn complete(&self, status: line::Status) -> line::Status {
        let (late_since, next_run) =
            (self.late.get(&status.item).copied(), self.next_runs.get(&status.item).copied());
        line::Status { late_since, next_run, ..status }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, unbounded};

    use super::*;

    /// A loop that numbers its views.
    fn turn(inward: &Receiver<Inward>) {
        let mut n_items = 0;
        for inward in inward {
            match inward {
                Inward::View(answer) => {
                    n_items += 1;
                    answer.send(Arc::new(View { n_items, ..View::default() })).unwrap();
                }
                Inward::Shutdown => return,
                _ => {}
            }
        }
    }

    #[test]
    fn a_view_does_for_many_but_not_for_those_who_told_or_heard_something_since() {
        let (to, inward) = unbounded();
        let way = Way::new(to);
        std::thread::scope(|scope| {
            scope.spawn(move || turn(&inward));
            let seen = |millis: i64| way.view(Timestamp::from_millis(millis)).unwrap().n_items;
            assert_eq!([seen(1000), seen(1000), seen(1019)], [1, 1, 1]);
            assert_eq!([seen(1020), seen(1020)], [2, 2], "a moment later");
            assert_eq!(seen(900), 3, "the clock was set back");
            way.tell(Inward::Reload);
            assert_eq!([seen(900), seen(900)], [4, 4], "something was told");
            way.has_news();
            assert_eq!(seen(900), 5, "the loop found something different");
            let (answer, _nobody) = bounded(1);
            way.tell(Inward::Obstacles(Vec::new(), answer));
            assert_eq!(seen(900), 5, "a question changes nothing");
            way.tell(Inward::Shutdown);
        });
        assert!(way.view(Timestamp::from_millis(900)).is_none());
    }
}
