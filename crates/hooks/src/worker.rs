//! The thread that tells hooks.
//!
//! It sleeps in one place: until there is a job, a delay is over, or everything ends. A webhook that has to wait for its
//! next attempt holds up nobody.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crossbeam_channel::{Receiver, Select};

use crate::hook::Call;
use crate::hooks::Shared;
use crate::notice::Notice;
use crate::told::{DeliveryEnd, Told};
use crate::under_way::Stage;
use crate::webhook::{self, Next};

/// A hook that is to be told of a notice.
#[derive(Debug)]
pub(crate) struct Job {
    /// In the ledger.
    pub(crate) number: u64,
    /// Among the hooks.
    pub(crate) hook_idx: usize,
    pub(crate) notice: Arc<Notice>,
    /// The first is 1.
    pub(crate) attempt: u32,
}

pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: Receiver<Job>,
    /// Jobs whose next attempt is later, each with what tells that it is time. No more than the queue holds.
    pub(crate) waiting: VecDeque<(Receiver<Instant>, Job)>,
}

/// What the worker was woken for.
enum Woken {
    Job(Job),
    /// The delay of the waiting job at this place is over.
    Due(usize),
    /// No more jobs will come.
    Closed,
    Aborted,
}

/// Whether jobs may still come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Queue {
    Open,
    Closed,
}

impl Worker {
    /// Works until the queue is closed and nothing is left, or until an abort.
    pub(crate) fn work(mut self) {
        // Told also if a callback panics, or nobody could wait for the end.
        let _gone = Gone(Arc::clone(&self.shared));
        let mut queue = Queue::Open;
        while queue == Queue::Open || !self.waiting.is_empty() {
            match self.sleep(queue) {
                Woken::Job(job) => self.deliver(job),
                Woken::Due(idx) => {
                    if let Some((_, job)) = self.waiting.remove(idx) {
                        self.deliver(job);
                    }
                }
                Woken::Closed => queue = Queue::Closed,
                Woken::Aborted => return self.give_up(),
            }
            self.tell_of_dropped();
        }
    }

    fn sleep(&self, queue: Queue) -> Woken {
        let mut select = Select::new();
        let abort_idx = select.recv(self.shared.aborted.channel());
        let queue_idx = (queue == Queue::Open).then(|| select.recv(&self.queue));
        let first_idx = 1 + usize::from(queue_idx.is_some());
        for (due, _) in &self.waiting {
            select.recv(due);
        }
        let woken = select.select();
        let idx = woken.index();
        if idx == abort_idx {
            // Nothing is ever sent there.
            let _ = woken.recv(self.shared.aborted.channel());
            return Woken::Aborted;
        }
        if Some(idx) == queue_idx {
            return woken.recv(&self.queue).map_or(Woken::Closed, Woken::Job);
        }
        let place = idx - first_idx;
        let _ = woken.recv(&self.waiting[place].0);
        Woken::Due(place)
    }

    fn deliver(&mut self, job: Job) {
        let shared = Arc::clone(&self.shared);
        let Some(hook) = shared.hooks.get(job.hook_idx) else { return shared.ledger.over(job.number) };
        shared.ledger.stage(job.number, Stage::Running);
        let begun = Instant::now();
        let end = match &hook.call {
            Call::Command(command) => {
                let end = shared.run(command, &job.notice);
                end.trouble(command.limit).map_or(DeliveryEnd::Done, |why| DeliveryEnd::Failed { why })
            }
            Call::Webhook(webhook) => {
                match webhook::decide(webhook::post(webhook, &job.notice.to_json()), job.attempt) {
                    Next::Done => DeliveryEnd::Done,
                    Next::Again { why, after } => DeliveryEnd::Again { why, after },
                    Next::Failed { why } => DeliveryEnd::Failed { why },
                }
            }
        };
        // First the ledger: what was told to be over is not under way.
        match &end {
            DeliveryEnd::Again { .. } => shared.ledger.stage(job.number, Stage::Waiting),
            _ => shared.ledger.over(job.number),
        }
        shared.tell(hook, &job.notice, job.attempt, begun, end.clone());
        if let DeliveryEnd::Again { after, .. } = end {
            let job = Job { attempt: job.attempt + 1, ..job };
            self.waiting.push_back(((shared.services.after)(after), job));
            self.limit_waiting();
        }
    }

    /// Lets go of those that have waited longest, if there are too many.
    fn limit_waiting(&mut self) {
        while self.waiting.len() > self.shared.capacity {
            if let Some((_, job)) = self.waiting.pop_front() {
                self.shared.drop_job(&job);
            }
        }
    }

    /// Lets go of everything that has not begun: whoever aborts has seen what that is.
    fn give_up(&mut self) {
        let jobs = self.queue.try_iter().chain(self.waiting.drain(..).map(|(_, job)| job));
        jobs.for_each(|job| self.shared.ledger.over(job.number));
    }

    fn tell_of_dropped(&self) {
        let n_dropped = self.shared.n_dropped.swap(0, Ordering::Relaxed);
        if n_dropped > 0 {
            (self.shared.services.tell)(&Told::Dropped { n_dropped });
        }
    }
}

/// Says that the worker is gone, however it went.
struct Gone(Arc<Shared>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.ledger.worker_gone();
    }
}
