//! A manager that says what is written here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use syncmgr_control::{Answer, Answerer, Content, Health, HealthState};
use syncmgr_model::event;
use syncmgr_model::fact::Side;
use syncmgr_model::id::SessionId;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Request, Selection};
use syncmgr_wire::line::{Begun, Done};

/// Nothing that works takes that long.
const FOR_EVER: Duration = Duration::from_secs(60);

/// The manager.
///
/// What names `held` waits until it is released, what names `nothing` is not there, what names `panic` panics, and what
/// names `many` tells a lot. All else is answered with one event that tells what was asked.
#[derive(Default)]
pub(crate) struct Scripted {
    state: Mutex<State>,
    changed: Condvar,
    forgets: bool,
}

#[derive(Default)]
struct State {
    asked: Vec<Request>,
    started: u128,
    ended: u64,
    released: bool,
    health: Option<HealthState>,
}

#[allow(dead_code, reason = "not every user of this file needs all of it")]
impl Scripted {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// One that does not keep what it was asked: its memory says something.
    pub(crate) fn forgetful() -> Arc<Self> {
        Arc::new(Self { forgets: true, ..Self::default() })
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Sessions that began.
    pub(crate) fn started(&self) -> u128 {
        self.state.lock().unwrap().started
    }

    /// Waits until something was asked so many times.
    pub(crate) fn wait_asked(&self, times: usize) {
        self.wait(|state| state.asked.len() >= times);
    }

    /// Waits until so many requests were carried out to their end.
    pub(crate) fn wait_ended(&self, times: u64) {
        self.wait(|state| state.ended >= times);
    }

    /// Lets what is held go on.
    pub(crate) fn release(&self) {
        self.state.lock().unwrap().released = true;
        self.changed.notify_all();
    }

    /// How it is from now on.
    pub(crate) fn set_health(&self, health: HealthState) {
        self.state.lock().unwrap().health = Some(health);
    }

    /// A session begins.
    fn begun(&self) -> Event {
        let mut state = self.state.lock().unwrap();
        state.started += 1;
        let session = SessionId::from_u128(state.started);
        Event::Begun(Begun { session, event: event::Event::Invoke, items: Vec::new() })
    }

    fn wait(&self, done: impl Fn(&State) -> bool) {
        let state = self.state.lock().unwrap();
        let (state, _) = self.changed.wait_timeout_while(state, FOR_EVER, |state| !done(state)).unwrap();
        assert!(done(&state), "it never happened");
    }
}

/// An event with a text.
pub(crate) fn done(text: impl Into<String>) -> Event {
    Event::Done(Done { text: text.into(), item: None })
}

/// What a request names, if it names something.
fn named(request: &Request) -> Option<&str> {
    match request {
        Request::Why { item } | Request::Remove { item } => Some(item),
        Request::Results { session } => session.as_deref(),
        Request::Conflicts { item } | Request::Trash { item } => item.as_deref(),
        Request::Sync(request) => match &request.selection {
            Selection::Items(items) => items.first().map(String::as_str),
            Selection::Ticked | Selection::Pair(_) => None,
        },
        _ => None,
    }
}

/// The word of a request.
fn word(request: &Request) -> String {
    let value = serde_json::to_value(request).unwrap();
    value["request"].as_str().unwrap().to_owned()
}

impl Answerer for Scripted {
    fn ask(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Answer {
        if !self.forgets {
            self.state.lock().unwrap().asked.push(request.clone());
            self.changed.notify_all();
        }
        let answer = match named(&request) {
            Some("held") => {
                hear(self.begun());
                self.wait(|state| state.released);
                hear(done("went on"));
                Answer::exits(1)
            }
            Some("nothing") => Answer::fails(2, "there is nothing of that name"),
            Some("broken") => Answer::fails(5, "the store is broken"),
            Some("panic") => panic!("as it is written"),
            Some("many") => {
                (0..20_000).for_each(|number| hear(done(format!("{number:0>100}"))));
                Answer::default()
            }
            _ => {
                if let Request::Sync(_) = request {
                    hear(self.begun());
                }
                hear(done(word(&request)));
                Answer::default()
            }
        };
        self.state.lock().unwrap().ended += 1;
        self.changed.notify_all();
        answer
    }

    fn content(&self, item: &str, side: Side, path: &str, escaped: bool) -> Option<Content> {
        let media = match item {
            "pictures" => "image/png",
            "scripts" => "text/html",
            _ => return None,
        };
        Some(Content { media, bytes: format!("{side} {path} {escaped}").into_bytes() })
    }

    fn health(&self) -> Health {
        Health {
            state: self.state.lock().unwrap().health.unwrap_or(HealthState::Running),
            version: "0.1.0".to_owned(),
            process: 4711,
            since: Timestamp::from_millis(1_800_000_000_000),
            sessions: 0,
            problems: Vec::new(),
            config: "/somewhere/config.toml".to_owned(),
        }
    }

    fn metrics(&self, out: &mut String) {
        out.push_str("# TYPE syncmgr_scripted gauge\nsyncmgr_scripted 1\n");
    }
}
