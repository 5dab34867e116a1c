//! The rim: the terminal, the threads, the way to the manager.
//!
//! One loop takes what happens from one channel: keys, pages, answers, changes, signals. Whatever waits for the manager has a
//! thread of its own, so that the screen never does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvError, Sender, after, select, unbounded};
use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Page, PageRequest, Place};

use crate::app::{App, Daemon};
use crate::input::{Effect, Failure, Input};
use crate::look::Look;

mod keys;
mod screen;
mod system;

use screen::Screen;
use system::Signals;

/// The way to the manager.
///
/// All methods block, and are called on threads of their own, several at a time.
pub trait Wire: Send + Sync + 'static {
    /// Gets a page.
    ///
    /// # Errors
    ///
    /// [`Failure::Lost`] if nobody answers, [`Failure::Refused`] if there is no such page.
    fn page(&self, request: PageRequest) -> Result<Page, Failure>;

    /// Sends a request. Returns once it is carried out; of a session, once it has begun.
    ///
    /// # Errors
    ///
    /// [`Failure::Lost`] if nobody answers, [`Failure::Refused`] if it is not carried out.
    fn send(&self, request: Request) -> Result<(), Failure>;

    /// Calls `changed` whenever what pages show may be different, from now on until the connection is lost. It is called once more
    /// afterwards, to try again; the first thing that a connection made anew tells is that everything may have changed.
    fn watch(&self, changed: &dyn Fn(Change));
}

/// What is told by who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// What pages show may be different.
    Something,
}

/// What a window is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Where it opens.
    pub place: Place,
    /// How everything is drawn.
    pub look: Look,
    /// Whose the daemon is.
    pub daemon: Daemon,
    /// What is said first. Absent: nothing.
    pub greeting: Option<String>,
}

/// Something that happened.
enum Happened {
    /// In the window.
    Input(Input),
    /// At the terminal.
    Terminal(ratatui::crossterm::event::Event),
    /// The terminal cannot be read any more, or a signal asks for the end.
    Over,
    /// One of the threads has panicked: pages or changes would never come again.
    Fallen,
}

/// How often time matters, while it does.
const TICK: Duration = Duration::from_millis(500);
/// Between two tries to watch.
const RETRY: Duration = Duration::from_secs(1);

/// Shows the window until it is closed. The terminal is left as it was, whatever happens.
///
/// # Errors
///
/// When the terminal cannot be used.
pub fn run(window: Window, wire: Arc<dyn Wire>) -> io::Result<()> {
    let (tell, happened) = unbounded();
    // First, so that a signal that comes early finds somebody who puts the terminal back.
    let signals = Signals::watch(&tell)?;
    let mut screen = Screen::open()?;
    start("keys", &tell, {
        let tell = tell.clone();
        move || read_terminal(&tell)
    })?;
    let is_pending = Arc::new(AtomicBool::new(false));
    watch_changes(Arc::clone(&wire), tell.clone(), Arc::clone(&is_pending))?;
    let mut app = App::new(window.place, window.look, window.daemon);
    if let Some(greeting) = window.greeting {
        app = app.telling(greeting);
    }
    let ask = page_worker(Arc::clone(&wire), tell.clone())?;
    let workers = Workers { wire, tell, ask };
    let ended = go(&mut app, &mut screen, &happened, &workers, &is_pending);
    drop(signals);
    ended.and(screen.close())
}

/// The loop.
fn go(
    app: &mut App,
    screen: &mut Screen,
    happened: &Receiver<Happened>,
    workers: &Workers,
    is_pending: &AtomicBool,
) -> io::Result<()> {
    let (width, height) = screen.size()?;
    let mut effects = app.step(Input::Resize { width, height });
    let mut ticks = Ticks::default();
    loop {
        for effect in effects.drain(..) {
            match effect {
                Effect::Ask { number, request } => workers.ask(number, request),
                Effect::Send { number, request } => workers.send(number, *request)?,
                Effect::Suspend => screen.suspend()?,
                Effect::Quit => return Ok(()),
            }
        }
        screen.show(app)?;
        let input = match ticks.next(app, happened) {
            Ok(Happened::Input(input)) => {
                if input == Input::Changed {
                    is_pending.store(false, Ordering::Release);
                }
                Some(input)
            }
            Ok(Happened::Terminal(event)) => keys::input(event),
            Ok(Happened::Over) | Err(RecvError) => return Ok(()),
            Ok(Happened::Fallen) => return Err(io::Error::other("a part of the window has failed")),
        };
        if let Some(input) = input {
            effects = app.step(input);
        }
    }
}

/// The next tick, while ticks matter. It comes however much else happens: a session that tells something every moment must not
/// keep the window from asking for what it has told.
#[derive(Default)]
struct Ticks {
    due: Option<Receiver<Instant>>,
    /// The question that is asked. One that has just come is not to be answered by keys for something else: it waits for a whole
    /// tick.
    question: Option<u64>,
}

impl Ticks {
    /// What happens next; a tick if that is due first.
    fn next(&mut self, app: &App, happened: &Receiver<Happened>) -> Result<Happened, RecvError> {
        let question = app.asked();
        if !app.wants_ticks() || question != self.question {
            (self.due, self.question) = (None, question);
        }
        if !app.wants_ticks() {
            return happened.recv();
        }
        let due = self.due.get_or_insert_with(|| after(TICK));
        select! {
            recv(happened) -> next => next,
            recv(due) -> _ => {
                self.due = None;
                Ok(Happened::Input(Input::Tick))
            }
        }
    }
}

/// Who waits for the manager.
struct Workers {
    wire: Arc<dyn Wire>,
    tell: Sender<Happened>,
    ask: Sender<(u64, PageRequest)>,
}

impl Workers {
    fn ask(&self, number: u64, request: PageRequest) {
        // Its thread lasts as long as this.
        let _there = self.ask.send((number, request));
    }

    /// Requests are rare, and some take long: each has a thread.
    fn send(&self, number: u64, request: Request) -> io::Result<()> {
        let (wire, tell) = (Arc::clone(&self.wire), self.tell.clone());
        start("request", &self.tell, move || {
            let outcome = wire.send(request);
            let _over = tell.send(Happened::Input(Input::Sent { number, outcome }));
        })
    }
}

/// Gets pages one after the other. Of several that were asked for, the newest is wanted.
fn page_worker(wire: Arc<dyn Wire>, tell: Sender<Happened>) -> io::Result<Sender<(u64, PageRequest)>> {
    let (ask, asked) = unbounded::<(u64, PageRequest)>();
    start("pages", &tell.clone(), move || {
        while let Ok(first) = asked.recv() {
            let (number, request) = asked.try_iter().last().unwrap_or(first);
            let input = match wire.page(request) {
                Ok(page) => Input::Page { number, page: Box::new(page) },
                Err(failure) => Input::NoPage { number, failure },
            };
            if tell.send(Happened::Input(input)).is_err() {
                return;
            }
        }
    })?;
    Ok(ask)
}

/// Tells of changes; of a swarm of them, once until the loop has taken it.
fn watch_changes(wire: Arc<dyn Wire>, tell: Sender<Happened>, is_pending: Arc<AtomicBool>) -> io::Result<()> {
    start("changes", &tell.clone(), move || {
        let is_over = AtomicBool::new(false);
        while !is_over.load(Ordering::Relaxed) {
            wire.watch(&|Change::Something| {
                if !is_pending.swap(true, Ordering::AcqRel)
                    && tell.send(Happened::Input(Input::Changed)).is_err()
                {
                    is_over.store(true, Ordering::Relaxed);
                }
            });
            // A manager that is gone is not there again at once, and nothing would tell.
            thread::park_timeout(RETRY);
        }
    })
}

fn read_terminal(tell: &Sender<Happened>) {
    while let Ok(event) = ratatui::crossterm::event::read() {
        if tell.send(Happened::Terminal(event)).is_err() {
            return;
        }
    }
    let _over = tell.send(Happened::Over);
}

/// Starts a thread. Those that block for good end with the process: the window is what its process is there for.
fn start(name: &str, tell: &Sender<Happened>, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let watch = Watch(tell.clone());
    let watched = move || {
        let _watch = watch;
        work();
    };
    thread::Builder::new().name(name.to_owned()).spawn(watched).map(drop)
}

/// Tells of a thread that panics.
struct Watch(Sender<Happened>);

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() {
            let _over = self.0.send(Happened::Fallen);
        }
    }
}
