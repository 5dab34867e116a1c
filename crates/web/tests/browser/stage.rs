//! A manager that serves pages made up for a test, and plays what happens to one.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use syncmgr_control::{
    Answer, Answerer, Bus, BusLimits, FailureLine, Health, HealthState, Server, Settings, Tcp, Token,
};
use syncmgr_model::event;
use syncmgr_model::id::SessionId;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{Begun, Changed, Done, QuestionClosed, Topic};
use tempfile::TempDir;

use crate::pages;

/// What the manager knows.
#[derive(Default)]
pub(crate) struct World {
    /// What was asked, but for pages.
    asked: Vec<Value>,
    /// How many pages were asked for.
    pages: u64,
    /// Items that do not take part.
    pub(crate) unticked: Vec<String>,
    pub(crate) question: Option<Value>,
    /// How often the running session was looked at: it moves on each time.
    pub(crate) looks: u64,
    pub(crate) mood: Option<(String, String)>,
    /// Conflicts that were decided.
    pub(crate) decided: u64,
}

struct Actor {
    world: Mutex<World>,
    bus: Arc<Bus>,
}

/// A server and what it plays.
pub(crate) struct Stage {
    actor: Arc<Actor>,
    server: Option<Server>,
    port: u16,
    token: Token,
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let bus = Arc::new(Bus::new(BusLimits::default(), 1));
        let actor = Arc::new(Actor { world: Mutex::default(), bus });
        let folder = tempfile::tempdir().unwrap();
        let mut stage = Self { actor, server: None, port: 0, token: Token::random().unwrap(), folder };
        stage.start();
        stage
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("run").join("control.sock")
    }

    fn start(&mut self) {
        let clock = Arc::new(|| Timestamp::from_millis(0));
        let mut settings = Settings::new(self.socket(), Arc::clone(&self.actor.bus), clock);
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        settings.tcp = Some(Tcp { address, port: self.port, token: self.token.clone() });
        settings.assets = Some(syncmgr_web::assets());
        let server = Server::start(settings, Arc::clone(&self.actor) as _).unwrap();
        self.port = server.tcp_address().unwrap().port();
        self.server = Some(server);
    }

    /// Does what a script wishes, and answers it.
    pub(crate) fn perform(&mut self, wish: &Value) -> Option<Value> {
        match wish["do"].as_str().unwrap() {
            "link" => Some(json!(self.server.as_ref()?.open_link().unwrap())),
            "stop" => {
                self.server.take()?.stop(Duration::ZERO);
                None
            }
            "start" => {
                self.start();
                None
            }
            "asked" => Some(json!(self.actor.world().asked)),
            "forget" => {
                self.actor.world().asked.clear();
                None
            }
            "pages" => Some(json!(self.actor.world().pages)),
            "question" => {
                self.actor.world().question = Some(wish["question"].clone());
                self.actor.tell(Topic::Items);
                None
            }
            "mood" => {
                let text = |member: &str| wish[member].as_str().unwrap().to_owned();
                self.actor.world().mood = Some((text("mood"), text("text")));
                self.actor.tell(Topic::Items);
                None
            }
            "news" => {
                for _ in 0..wish["times"].as_u64().unwrap() {
                    self.actor.tell(Topic::Items);
                }
                None
            }
            other => panic!("nobody knows how to `{other}`"),
        }
    }
}

impl Actor {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn tell(&self, what: Topic) {
        self.bus.publish(&Event::Changed(Changed { what }));
    }

    fn done(&self, text: &str, hear: &mut dyn FnMut(Event)) -> Answer {
        hear(Event::Done(Done { text: text.to_owned(), item: None }));
        self.tell(Topic::Items);
        Answer::exits(0)
    }
}

fn begun() -> Event {
    Event::Begun(Begun { session: SessionId::from_u128(7), event: event::Event::Manual, items: Vec::new() })
}

impl Answerer for Actor {
    fn ask(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Answer {
        if let Request::Page(request) = &request {
            let mut world = self.world();
            world.pages += 1;
            return match pages::page(&mut world, request) {
                Some(page) => {
                    hear(Event::Page(Box::new(serde_json::from_value(page).unwrap())));
                    Answer::exits(0)
                }
                None => fails("no item is called `nobody`", "`syncmgr items` lists them"),
            };
        }
        self.world().asked.push(serde_json::to_value(&request).unwrap());
        match request {
            Request::Tick(tick) => {
                let mut world = self.world();
                world.unticked.retain(|item| !tick.items.contains(item));
                if !tick.ticked {
                    world.unticked.extend(tick.items);
                }
                drop(world);
                self.done("noted", hear)
            }
            Request::Answer(answer) => {
                self.world().question = None;
                self.bus.publish(&Event::QuestionClosed(QuestionClosed { question: answer.question }));
                Answer::exits(0)
            }
            Request::Resolve(_) => {
                self.world().decided += 1;
                hear(begun());
                self.tell(Topic::Items);
                Answer::exits(0)
            }
            Request::Sync(_) | Request::Undo { .. } => {
                hear(begun());
                Answer::exits(0)
            }
            Request::AddFolder(folder) if folder.left == "/missing" => fails(
                "the folder `/missing` is not there",
                "make it with `mkdir /missing`, or name another one",
            ),
            Request::Trust { .. } => {
                fails("the program has changed since", "look at it, then trust it again")
            }
            _ => self.done("done", hear),
        }
    }

    fn health(&self) -> Health {
        Health {
            state: HealthState::Running,
            version: "0.1.0".to_owned(),
            process: 4711,
            since: Timestamp::from_millis(0),
            sessions: 0,
            problems: Vec::new(),
            config: "/somewhere/config.toml".to_owned(),
        }
    }

    fn metrics(&self, _out: &mut String) {}
}

fn fails(headline: &str, hint: &str) -> Answer {
    let failure = FailureLine {
        headline: headline.to_owned(),
        causes: vec!["No such file or directory (os error 2)".to_owned()],
        hint: Some(hint.to_owned()),
    };
    Answer { exit: 2, failure: Some(failure) }
}
