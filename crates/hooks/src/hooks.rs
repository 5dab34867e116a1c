//! [`Hooks`]: commands and webhooks that are told of notices.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use crate::abort::{Abort, Aborted, abort};
use crate::command::{self, End};
use crate::hook::{Call, Command, Hook, Refusal};
use crate::notice::Notice;
use crate::told::{Delivery, DeliveryEnd, Told};
use crate::under_way::{Ledger, Stage, UnderWay};
use crate::worker::{Job, Worker};

/// How long an abort waits for those it has woken; what is left then goes with the process.
const AFTER_ABORT: Duration = Duration::from_secs(3);

/// Who is told, and how much may wait for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksSettings {
    /// Whom to tell; the caller has [checked](Hook::check) them. A command is told in their order.
    pub hooks: Vec<Hook>,
    /// How many deliveries may wait; the oldest go first.
    pub capacity: usize,
}

impl HooksSettings {
    /// How many deliveries usually may wait.
    pub const CAPACITY: usize = 256;

    /// These hooks, with the usual room.
    pub fn new(hooks: Vec<Hook>) -> Self {
        Self { hooks, capacity: Self::CAPACITY }
    }
}

/// What hooks are given from outside.
#[derive(Clone)]
pub struct HooksServices {
    /// Hears what came of each delivery, on the worker's thread or on that of [`Hooks::before_session`]. Must not call
    /// [`Hooks::stop`].
    pub tell: Arc<dyn Fn(&Told) + Send + Sync>,
    /// A channel on which something arrives after so long: how delays pass.
    pub after: Arc<dyn Fn(Duration) -> Receiver<Instant> + Send + Sync>,
}

impl HooksServices {
    /// Real delays.
    pub fn new(tell: impl Fn(&Told) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), after: Arc::new(crossbeam_channel::after) }
    }
}

impl fmt::Debug for HooksServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HooksServices").finish_non_exhaustive()
    }
}

/// Whether a session may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Go,
    /// A command said no.
    Refused {
        /// The hook's name.
        hook: String,
        /// Why, in its words.
        reason: String,
    },
}

/// Commands and webhooks that are told of notices, by one thread of their own. Shared between threads by reference.
///
/// While there is nothing to tell, nothing wakes up. Dropping it without [`Hooks::stop`] ends what is under way.
#[derive(Debug)]
pub struct Hooks {
    shared: Arc<Shared>,
    /// Gone after a stop.
    inbox: Mutex<Option<Sender<Job>>>,
    /// The other end of the inbox, from which the oldest are taken when it is full.
    queue: Receiver<Job>,
    abort: Mutex<Option<Abort>>,
}

/// What the worker and the threads of callers have in common.
pub(crate) struct Shared {
    pub(crate) hooks: Vec<Hook>,
    pub(crate) capacity: usize,
    pub(crate) services: HooksServices,
    pub(crate) ledger: Ledger,
    pub(crate) aborted: Aborted,
    /// Since the worker last told.
    pub(crate) n_dropped: AtomicU64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("hooks", &self.hooks).finish_non_exhaustive()
    }
}

impl Hooks {
    /// Starts the thread that tells them; none if there are no hooks.
    ///
    /// # Errors
    ///
    /// When the system gives no thread or no pipe.
    pub fn start(settings: HooksSettings, services: HooksServices) -> io::Result<Self> {
        let (abort, aborted) = abort()?;
        let capacity = settings.capacity.max(1);
        let (inbox, queue) = crossbeam_channel::bounded(capacity);
        let shared = Arc::new(Shared {
            hooks: settings.hooks,
            capacity,
            services,
            ledger: Ledger::default(),
            aborted,
            n_dropped: AtomicU64::new(0),
        });
        if shared.hooks.is_empty() {
            shared.ledger.worker_gone();
        } else {
            let worker =
                Worker { shared: Arc::clone(&shared), queue: queue.clone(), waiting: VecDeque::new() };
            std::thread::Builder::new().name("hooks".into()).spawn(move || worker.work())?;
        }
        Ok(Self { shared, inbox: Mutex::new(Some(inbox)), queue, abort: Mutex::new(Some(abort)) })
    }

    /// Has the hooks told that want to hear of `notice`. Never waits for any of them; after a stop nobody is told.
    pub fn notify(&self, notice: Notice) {
        self.notify_those(notice, |_| true);
    }

    /// Tells the hooks of a session that is about to begin, and whether it may.
    ///
    /// Commands run on the caller's thread, one after the other, each at most for its limit; the first that refuses is the
    /// last. Webhooks are told like of anything else. After a stop the answer is [`Decision::Go`] and nobody is told.
    pub fn before_session(&self, notice: Notice) -> Decision {
        let hooks = self.shared.hooks.iter().filter(|hook| hook.filter.lets_pass(&notice));
        let commands = hooks.filter_map(|hook| match &hook.call {
            Call::Command(command) => Some((hook, command)),
            Call::Webhook(_) => None,
        });
        for (hook, command) in commands {
            if self.is_stopped() {
                return Decision::Go;
            }
            if let Some(reason) = self.shared.ask(hook, command, &notice) {
                return Decision::Refused { hook: hook.name.clone(), reason };
            }
        }
        self.notify_those(notice, |call| matches!(call, Call::Webhook(_)));
        Decision::Go
    }

    /// Takes no more notices, goes on with those it has for `deadline` at most, then ends what is left, and tells what that
    /// was. A second stop finds nothing.
    ///
    /// Programs are ended with everything they started. A request under way cannot be called back; its thread is left
    /// behind and ends within the request's limit, or with the process.
    pub fn stop(&self, deadline: Duration) -> Vec<UnderWay> {
        drop(lock(&self.inbox).take());
        let left = self.shared.ledger.wait(deadline);
        if lock(&self.abort).take().is_some() && !left.is_empty() {
            self.shared.ledger.wait(AFTER_ABORT);
            return left;
        }
        Vec::new()
    }

    fn is_stopped(&self) -> bool {
        lock(&self.inbox).is_none()
    }

    fn notify_those(&self, notice: Notice, is_meant: impl Fn(&Call) -> bool) {
        let notice = Arc::new(notice);
        let hooks = self.shared.hooks.iter().enumerate();
        for (hook_idx, hook) in
            hooks.filter(|(_, hook)| is_meant(&hook.call) && hook.filter.lets_pass(&notice))
        {
            self.enqueue(hook_idx, hook, &notice);
        }
    }

    fn enqueue(&self, hook_idx: usize, hook: &Hook, notice: &Arc<Notice>) {
        let inbox = lock(&self.inbox);
        let Some(inbox) = inbox.as_ref() else { return };
        let number = self.shared.ledger.enter(UnderWay {
            hook: hook.name.clone(),
            occasion: notice.occasion,
            stage: Stage::Queued,
        });
        let mut job = Job { number, hook_idx, notice: Arc::clone(notice), attempt: 1 };
        loop {
            match inbox.try_send(job) {
                Ok(()) => return,
                Err(TrySendError::Full(unsent)) => {
                    // The newest says most about how things are.
                    if let Ok(oldest) = self.queue.try_recv() {
                        self.shared.drop_job(&oldest);
                    }
                    job = unsent;
                }
                // Not while we hold the other end.
                Err(TrySendError::Disconnected(unsent)) => return self.shared.drop_job(&unsent),
            }
        }
    }
}

impl Shared {
    /// Runs a command for a notice.
    pub(crate) fn run(&self, command: &Command, notice: &Notice) -> End {
        /// Runs of this process.
        static N_RUNS: AtomicU64 = AtomicU64::new(0);
        let number = N_RUNS.fetch_add(1, Ordering::Relaxed);
        // Numbers of processes come again, so the time is in it, too.
        let mark = format!("hook-{}-{}-{number}", std::process::id(), notice.at.as_millis());
        let input = notice.to_json() + "\n";
        command::run(command, mark, input.as_bytes(), &self.aborted)
    }

    /// Runs a command before a session; its reason, if it refuses.
    fn ask(&self, hook: &Hook, command: &Command, notice: &Notice) -> Option<String> {
        let number = self.ledger.enter(UnderWay {
            hook: hook.name.clone(),
            occasion: notice.occasion,
            stage: Stage::Running,
        });
        let begun = Instant::now();
        let end = self.run(command, notice);
        let end = match (&end, command.refusal) {
            (End::Exited { code, said }, Refusal::Heeded) if *code != 0 => {
                let reason = said.clone().unwrap_or_else(|| format!("it ended with {code}"));
                DeliveryEnd::Refused { reason }
            }
            _ => end.trouble(command.limit).map_or(DeliveryEnd::Done, |why| DeliveryEnd::Failed { why }),
        };
        self.ledger.over(number);
        self.tell(hook, notice, 1, begun, end.clone());
        match end {
            DeliveryEnd::Refused { reason } => Some(reason),
            _ => None,
        }
    }

    /// Has the log know what came of an attempt.
    pub(crate) fn tell(&self, hook: &Hook, notice: &Notice, attempt: u32, begun: Instant, end: DeliveryEnd) {
        (self.services.tell)(&Told::Delivery(Delivery {
            hook: hook.name.clone(),
            occasion: notice.occasion,
            session: notice.session,
            attempt,
            took: begun.elapsed(),
            end,
        }));
    }

    /// Forgets a job that nobody will do, and counts it.
    pub(crate) fn drop_job(&self, job: &Job) {
        self.ledger.over(job.number);
        self.n_dropped.fetch_add(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is replaced as a whole, so a panic leaves nothing half-done behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
