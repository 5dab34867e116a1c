//! A manager with two items that does what a test waits for, and no more.

use std::sync::{Arc, Condvar, Mutex};

use syncmgr_control::{Answer, Answerer, Bus, BusLimits, Health, HealthState, Server, Settings};
use syncmgr_model::event;
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Marks, Request, Selection, SyncRequest, TickRequest};
use syncmgr_wire::line::{Begun, Changed, Topic};
use syncmgr_wire::page::{
    Action, Align, Bar, Block, Cell, Column, Does, Empty, Mood, Page, PageRequest, Place, Row, Screen, Tab,
    Table, Tick, Tone,
};

use crate::home::Home;

const NAMES: [&str; 2] = ["photos", "music"];

/// It listens where the command looks for it.
pub(crate) struct Canned {
    manager: Arc<Manager>,
    server: Option<Server>,
}

impl Canned {
    pub(crate) fn start(home: &Home) -> Self {
        let bus = Arc::new(Bus::new(BusLimits::default(), 1));
        let manager = Arc::new(Manager {
            state: Mutex::new(State { ticked: [true, false], skipped: [false; 2], session: Session::None }),
            changed: Condvar::new(),
            bus: Arc::clone(&bus),
            config: home.config_file().to_str().unwrap().to_owned(),
        });
        let clock = Arc::new(|| Timestamp::from_millis(0));
        let settings = Settings::new(home.state_dir().join("run/control.sock"), bus, clock);
        std::fs::create_dir_all(home.state_dir()).unwrap();
        let server = Server::start(settings, Arc::clone(&manager) as _).unwrap();
        Self { manager, server: Some(server) }
    }

    /// The same again, after it has ended.
    pub(crate) fn start_again(&mut self, home: &Home) {
        *self = Self::start(home);
    }

    pub(crate) fn stop(&mut self) {
        self.manager.end();
        if let Some(server) = self.server.take() {
            let _ = server.stop(std::time::Duration::from_secs(10));
        }
    }

    pub(crate) fn ticked(&self) -> [bool; 2] {
        self.manager.state.lock().unwrap().ticked
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Manager {
    state: Mutex<State>,
    changed: Condvar,
    bus: Arc<Bus>,
    config: String,
}

struct State {
    ticked: [bool; 2],
    skipped: [bool; 2],
    session: Session,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Session {
    None,
    Runs,
    Stopped,
}

impl Manager {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
        self.bus.publish(&Event::Changed(Changed { what: Topic::Items }));
    }

    fn end(&self) {
        self.change(|state| {
            if state.session == Session::Runs {
                state.session = Session::Stopped;
            }
        });
    }

    fn page(&self, request: &PageRequest) -> Page {
        let state = self.state.lock().unwrap();
        match request.place.screen {
            Screen::Synchronizing => {
                page(&state, request, "Synchronizing", synchronizing(&state), session_actions(&state))
            }
            _ => {
                let place = Place::of(Screen::Synchronizing);
                let sync = Request::Sync(SyncRequest::new(Selection::Ticked));
                let sync =
                    action("sync_ticked", "Synchronize ticked", 'S', Does::AskAndGo(Box::new(sync), place));
                page(&state, request, "Items", items(&state), vec![sync])
            }
        }
    }
}

impl Answerer for Manager {
    fn ask(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Answer {
        match request {
            Request::Page(request) => hear(Event::Page(Box::new(self.page(&request)))),
            Request::Tick(TickRequest { items, ticked, .. }) => self.change(|state| {
                for (name, tick) in NAMES.iter().zip(&mut state.ticked) {
                    if items.iter().any(|item| item == name) {
                        *tick = ticked;
                    }
                }
            }),
            Request::Sync(_) => {
                self.change(|state| state.session = Session::Runs);
                let session = SessionId::from_u128(1);
                hear(Event::Begun(Begun { session, event: event::Event::Manual, items: Vec::new() }));
                let state = self.state.lock().unwrap();
                drop(self.changed.wait_while(state, |state| state.session == Session::Runs).unwrap());
                return Answer::exits(3);
            }
            Request::Skip { item } => self.change(|state| {
                for (number, skipped) in (1..).zip(&mut state.skipped) {
                    *skipped |= item == ItemId::from_u128(number);
                }
            }),
            Request::Stop => self.end(),
            other => return Answer::fails(2, format!("nobody answers {other:?} here")),
        }
        Answer::default()
    }

    fn health(&self) -> Health {
        Health {
            state: HealthState::Running,
            version: "0.1.0".to_owned(),
            process: std::process::id(),
            since: Timestamp::from_millis(0),
            sessions: 0,
            problems: Vec::new(),
            config: self.config.clone(),
        }
    }

    fn metrics(&self, _out: &mut String) {}
}

fn action(id: &str, label: &str, key: char, does: Does) -> Action {
    Action {
        id: id.to_owned(),
        label: label.to_owned(),
        key: Some(key),
        does,
        confirm: None,
        disabled: None,
        primary: true,
    }
}

fn page(state: &State, request: &PageRequest, title: &str, blocks: Vec<Block>, actions: Vec<Action>) -> Page {
    let tab = |key, screen, label: &str| Tab {
        screen,
        label: label.to_owned(),
        key,
        badge: 0,
        tone: Tone::Plain,
        current: request.place.screen == screen,
    };
    let runs = state.session == Session::Runs;
    Page {
        place: request.place.clone(),
        title: title.to_owned(),
        headline: String::new(),
        tone: Tone::Plain,
        mood: if runs { Mood::Running } else { Mood::InStep },
        mood_text: if runs { "running" } else { "all in step" }.to_owned(),
        tabs: vec![tab('1', Screen::Items, "Items"), tab('2', Screen::Synchronizing, "Synchronizing")],
        notices: Vec::new(),
        blocks,
        actions,
        questions: Vec::new(),
        back: None,
        at: Timestamp::from_millis(0),
        moves: runs,
    }
}

fn session_actions(state: &State) -> Vec<Action> {
    let stop = action("stop", "Stop", 'X', Does::Ask(Box::new(Request::Stop)));
    if state.session == Session::Runs { vec![stop] } else { Vec::new() }
}

fn table(rows: Vec<Row>) -> Vec<Block> {
    let column = |id: &str, grows| Column {
        id: id.to_owned(),
        label: id.to_owned(),
        align: Align::Start,
        rank: 0,
        grows,
    };
    vec![Block::Table(Table {
        id: "rows".to_owned(),
        caption: "rows".to_owned(),
        columns: vec![column("Name", true), column("State", false)],
        total: rows.len() as u64,
        rows,
        from: 0,
        empty: Empty { text: "nothing runs".to_owned(), actions: Vec::new() },
        filter: None,
        search: None,
    })]
}

fn row(name: &str, state: &str) -> Row {
    Row {
        key: name.to_owned(),
        group: String::new(),
        tone: Tone::Plain,
        tick: None,
        cells: vec![Cell::new(name), Cell::new(state)],
        bar: None,
        detail: String::new(),
        opens: None,
        actions: Vec::new(),
    }
}

fn items(state: &State) -> Vec<Block> {
    let rows = NAMES.iter().zip(state.ticked).map(|(name, on)| {
        let items = vec![(*name).to_owned()];
        let request = TickRequest { items, ticked: !on, marks: Marks::default() };
        Row { tick: Some(Tick { on, request: Box::new(Request::Tick(request)) }), ..row(name, "in step") }
    });
    table(rows.collect())
}

fn synchronizing(state: &State) -> Vec<Block> {
    if state.session == Session::None {
        return table(Vec::new());
    }
    let rows = (1..).zip(NAMES).zip(state.skipped).map(|((number, name), skipped)| {
        let request = Request::Skip { item: ItemId::from_u128(number) };
        let skip = action("skip", "Skip", 'x', Does::Ask(Box::new(request)));
        let words = match (skipped, state.session) {
            (true, _) => "skipped",
            (false, Session::Stopped) => "stopped",
            (false, _) => "updating",
        };
        let bar = Bar { value: 1, max: 2, label: String::new() };
        Row { bar: Some(bar), actions: vec![skip], ..row(name, words) }
    });
    table(rows.collect())
}
