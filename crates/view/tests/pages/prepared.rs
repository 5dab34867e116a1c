//! Prepared worlds: a manager that answers from a few lists, and the world that is made of them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use syncmgr_model::event::Event as Reason;
use syncmgr_model::fact::ConflictKind;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_view::{Surroundings, Trouble, World};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{self, *};
use syncmgr_wire::page::{Page, PageRequest, Place, Screen};

/// Tuesday afternoon.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(crate) const SESSION: SessionId = SessionId::from_u128(77);

pub(crate) fn id(n: u128) -> ItemId {
    ItemId::from_u128(n)
}

pub(crate) fn before(minutes: i64) -> Timestamp {
    NOW.plus_millis(-minutes * 60_000)
}

/// What a manager would answer.
#[derive(Debug, Default, Clone)]
pub(crate) struct Manager {
    pub(crate) items: Vec<Item>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) sessions: Vec<Session>,
    /// Entries, problems and halts of the last session.
    pub(crate) written: Vec<Event>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) trash: Vec<Trash>,
    pub(crate) more: Vec<Event>,
    pub(crate) trouble: Option<Trouble>,
}

impl Manager {
    pub(crate) fn answer(&self, request: &Request) -> Result<Vec<Event>, Trouble> {
        if let Some(trouble) = &self.trouble {
            return Err(trouble.clone());
        }
        let none =
            |what: &str| Trouble { headline: format!("no {what}"), hint: Some("look elsewhere".to_owned()) };
        Ok(match request {
            Request::Items(marks) => {
                let ticked = |item: &Item| marks.purpose.is_none() && item.ticked;
                let items = self.items.iter().map(|item| Item { ticked: ticked(item), ..item.clone() });
                items.map(Event::Item).collect()
            }
            Request::Status => self.statuses.iter().cloned().map(Event::Status).collect(),
            Request::Handlers => self.handlers.iter().cloned().map(Event::Handler).collect(),
            Request::Conflicts { .. } => self.conflicts.iter().cloned().map(Event::Conflict).collect(),
            Request::History { .. } => self.sessions.iter().cloned().map(Event::Session).collect(),
            Request::Results { session } => {
                let of = |past: &&Session| session.as_ref().is_none_or(|id| *id == past.session.to_string());
                let past = self.sessions.iter().find(of).ok_or_else(|| none("session"))?;
                [Event::Session(past.clone())].into_iter().chain(self.written.iter().cloned()).collect()
            }
            Request::Settings => self.triggers.iter().cloned().map(Event::Trigger).collect(),
            Request::Connections => self.connections.iter().cloned().map(Event::Connection).collect(),
            Request::Trash { .. } => self.trash.iter().cloned().map(Event::Trash).collect(),
            Request::Why { item } => {
                let status = self.statuses.iter().find(|status| status.item.to_string() == *item);
                let status = status.cloned().ok_or_else(|| none("item"))?;
                let reasons = vec!["the last run went through".to_owned()];
                vec![Event::Why(Why {
                    status,
                    schedule: Vec::new(),
                    reasons,
                    next: Some("syncmgr sync".to_owned()),
                })]
            }
            Request::ItemSettings { item } => {
                let of = |status: &&Status| status.item.to_string() == *item;
                let status = self.statuses.iter().find(of).ok_or_else(|| none("item"))?;
                vec![Event::ItemSettings(settings(status))]
            }
            Request::Daemon => vec![Event::Daemon(daemon())],
            request => {
                let is_answer = |event: &&Event| match request {
                    Request::Recipes => matches!(event, Event::Recipe(_)),
                    Request::Discover => matches!(event, Event::Found(_)),
                    Request::Doctor => matches!(event, Event::Check(_)),
                    Request::Compare { .. } => matches!(event, Event::Comparison(_)),
                    _ => false,
                };
                self.more.iter().filter(is_answer).cloned().collect()
            }
        })
    }

    /// The page at a place in a world that knows what this manager knows.
    pub(crate) fn page(&self, world: &mut World, request: &PageRequest, now: Timestamp) -> Page {
        for _ in 0..3 {
            for need in world.needs(request, now) {
                world.learn(&need, self.answer(&need.request), now);
            }
        }
        world.page(request, &Surroundings { now, zone: &TimeZone::UTC, problems: &[] })
    }

    pub(crate) fn at(&self, place: Place) -> Page {
        self.page(&mut World::default(), &PageRequest::new(place), NOW)
    }

    pub(crate) fn of(&self, screen: Screen) -> Page {
        self.at(Place::of(screen))
    }
}

fn settings(status: &Status) -> ItemSettings {
    ItemSettings {
        item: status.item,
        name: status.name.clone(),
        configured: true,
        every: "15m".to_owned(),
        at: String::new(),
        on: vec!["change".to_owned()],
        after: Vec::new(),
        fresh: "1d".to_owned(),
        catch_up: true,
        when: BTreeMap::from([("power".to_owned(), "mains".to_owned())]),
    }
}

fn daemon() -> Daemon {
    Daemon {
        pid: 4711,
        version: "0.1.0".to_owned(),
        since: before(600),
        config: "/home/ann/.config/syncmgr/config.toml".to_owned(),
        socket: "/run/control.sock".to_owned(),
        address: None,
        sessions: 0,
        items: 3,
        next: Some(NOW.plus_millis(180_000)),
        paused: false,
        paused_until: None,
        sources: vec![Source { name: "power".to_owned(), there: false, text: "no bus".to_owned() }],
    }
}

pub(crate) fn item(n: u128, name: &str, of: Option<&str>) -> Item {
    Item {
        item: id(n),
        handler: HandlerId::named(of.unwrap_or("folder")),
        name: name.to_owned(),
        ticked: true,
        configured: true,
        left: of.map_or_else(|| format!("/home/ann/{name}"), |_| String::new()),
        right: of.map_or_else(|| format!("/mnt/nas/{name}"), |_| String::new()),
        mode: of.map_or_else(|| "two-way-safe".to_owned(), |_| String::new()),
        schedule: if of.is_none() { vec!["every 15m".to_owned()] } else { Vec::new() },
        escaped: false,
        of: of.map(str::to_owned),
        properties: of.is_some(),
        last_update: None,
        remembered: false,
    }
}

pub(crate) fn result(n: u128, name: &str, status: ItemStatus) -> ItemResult {
    ItemResult {
        item: id(n),
        name: name.to_owned(),
        status,
        changes: Changes { left: 3, right: 12 },
        bytes: 4_100_000,
        conflicts: 0,
        problems: 0,
        halt: None,
        undone: false,
        of: None,
    }
}

pub(crate) fn status(n: u128, name: &str, result: Option<ItemResult>) -> Status {
    Status {
        item: id(n),
        name: name.to_owned(),
        ticked: true,
        last: result.map(|result| LastRun {
            session: SESSION,
            event: Reason::Schedule,
            finished: before(3),
            result,
        }),
        conflicts: 0,
        late_since: None,
        next_run: Some(NOW.plus_millis(720_000)),
    }
}

pub(crate) fn halted() -> Option<RuleAndText> {
    let text = "200 of 210 paths would be deleted".to_owned();
    Some(RuleAndText { rule: "too-many-deletions".to_owned(), text })
}

pub(crate) fn conflict(n: u128, name: &str, path: &str, kind: ConflictKind) -> Conflict {
    let (path, name) = (path.to_owned(), name.to_owned());
    Conflict { item: id(n), name, path, kind, since: Some(before(50)), escaped: false }
}

pub(crate) fn handler(name: &str, state: HandlerState) -> Handler {
    Handler {
        handler: HandlerId::named(name),
        name: name.to_owned(),
        kind: HandlerKind::Process,
        state,
        registered: true,
        description: "My notes".to_owned(),
        argv: vec!["notes".to_owned()],
        program: Some("/usr/bin/notes".to_owned()),
        hash: Some("c0ffee".to_owned()),
        problem: None,
        properties: true,
    }
}

pub(crate) fn session(n: u128, minutes: i64, items: Vec<ItemResult>) -> Session {
    Session {
        session: SessionId::from_u128(n),
        event: Reason::Schedule,
        started: before(minutes),
        finished: before(minutes).plus_millis(42_000),
        exit: u8::from(items.iter().any(|item| item.status != ItemStatus::Succeeded)),
        dry_run: false,
        stopped: false,
        undoes: None,
        items,
    }
}

/// A household: folders in every state, a handler of others, one that nobody trusts.
pub(crate) fn household() -> Manager {
    let ok = |n, name| status(n, name, Some(result(n, name, ItemStatus::Succeeded)));
    let mut halted_status = status(2, "music", Some(result(2, "music", ItemStatus::Failed)));
    halted_status.last.as_mut().unwrap().result.halt = halted();
    let mut late = ok(3, "papers");
    late.late_since = Some(before(300));
    let mut conflicting = ok(4, "recipes");
    conflicting.conflicts = 2;
    let mut unticked = status(5, "videos", None);
    (unticked.ticked, unticked.next_run) = (false, None);
    let failed = status(6, "notes/Work", Some(result(6, "notes/Work", ItemStatus::Failed)));
    let names = [(1, "photos"), (2, "music"), (3, "papers"), (4, "recipes"), (5, "videos")];
    let mut items: Vec<Item> = names.iter().map(|(n, name)| item(*n, name, None)).collect();
    items.push(item(6, "notes/Work", Some("notes")));
    let failing = vec![
        result(1, "photos", ItemStatus::Succeeded),
        ItemResult { of: Some("notes".to_owned()), ..result(6, "notes/Work", ItemStatus::Failed) },
    ];
    let entry = |entry, level, text: &str, jump| {
        Event::Entry(Entry {
            entry,
            item: Some(id(6)),
            level,
            text: text.to_owned(),
            error: None,
            at: before(3),
            jump,
            detail: Some("looked in the drawer".to_owned()),
            class: Some("auth".to_owned()),
            code: None,
            from: Some("notes".to_owned()),
        })
    };
    use syncmgr_model::entry::LogLevel::*;
    Manager {
        items,
        statuses: vec![ok(1, "photos"), halted_status, late, conflicting, unticked, failed],
        handlers: vec![handler("notes", HandlerState::Enabled), handler("mail", HandlerState::Untrusted)],
        conflicts: vec![
            conflict(4, "recipes", "soup.md", ConflictKind::EditEdit),
            conflict(4, "recipes", "cake/plan.md", ConflictKind::EditDelete),
        ],
        sessions: vec![
            session(77, 3, failing),
            session(76, 63, vec![result(1, "photos", ItemStatus::Succeeded)]),
        ],
        written: vec![
            entry(1, Error, "the key is missing", true),
            entry(2, Information, "looked at 40 notes", false),
            Event::Problem(Problem::new(id(1), None, b"a/b", "it is in use".to_owned())),
        ],
        triggers: vec![trigger("idle", None), trigger("schedule:nightly", None)],
        connections: vec![Connection {
            connection: "office".to_owned(),
            kind: Some("network".to_owned()),
            up: Some(true),
            users: 1,
            text: String::new(),
        }],
        trash: vec![line::Trash {
            item: id(1),
            name: "photos".to_owned(),
            session: SESSION,
            side: syncmgr_model::fact::Side::Right,
            at: before(3),
            paths: 12,
            bytes: 4_100_000,
        }],
        more: more(),
        trouble: None,
    }
}

fn trigger(purpose: &str, connection: Option<&str>) -> Trigger {
    let is_idle = purpose == "idle";
    Trigger {
        purpose: purpose.to_owned(),
        connection: connection.map(str::to_owned),
        enabled: true,
        ask: is_idle,
        wait: is_idle.then(|| "15m".to_owned()),
        repeat: is_idle.then(|| "1h".to_owned()),
        on_battery: false,
        every: None,
        at: (!is_idle).then(|| "0 2 * * *".to_owned()),
        connect: false,
    }
}

fn more() -> Vec<Event> {
    use syncmgr_wire::page::{Comparison, DiffLine, DiffMark, Version};
    let version = |side: &str, newer| Version {
        side: side.to_owned(),
        label: side.to_owned(),
        kind: "file".to_owned(),
        bytes: Some(12),
        modified: Some(before(50)),
        text: "12 B".to_owned(),
        newer,
        picture: None,
    };
    let line = |mark, text: &str| DiffLine { mark, left: Some(1), right: Some(1), text: text.to_owned() };
    let parameter = Parameter {
        name: "path".to_owned(),
        text: "the repository".to_owned(),
        kind: ParameterKind::Path,
        required: true,
        default: None,
    };
    vec![
        Event::Recipe(Recipe {
            recipe: "git".to_owned(),
            text: "pulls and pushes a repository".to_owned(),
            parameters: vec![parameter],
        }),
        Event::Found(Found {
            number: 1,
            recipe: "git".to_owned(),
            name: "dotfiles".to_owned(),
            values: BTreeMap::from([("path".to_owned(), "/home/ann/dotfiles".to_owned())]),
            evidence: "/home/ann/dotfiles/.git".to_owned(),
            text: "a repository with a remote".to_owned(),
            command: "syncmgr add git".to_owned(),
            added: None,
        }),
        Event::Check(Check {
            check: "store".to_owned(),
            health: Health::Failed,
            text: "it is damaged".to_owned(),
            hint: Some("keep it aside".to_owned()),
        }),
        Event::Check(Check {
            check: "configuration".to_owned(),
            health: Health::Ok,
            text: "5 folders".to_owned(),
            hint: None,
        }),
        Event::Comparison(Comparison {
            versions: vec![version("left", false), version("right", true)],
            lines: vec![
                line(DiffMark::Both, "soup"),
                line(DiffMark::Left, "salt"),
                line(DiffMark::Right, "pepper"),
            ],
            remark: String::new(),
        }),
    ]
}

/// A session that began five seconds ago: one item is through, one at work, one has not begun.
pub(crate) fn running(world: &mut World) {
    let start = NOW.plus_millis(-5_000);
    begin(world, &[1, 3, 6], start);
    let rows = [
        (0, row(1, "photos", ItemStatus::Updating, 0, 40, 0)),
        (1_000, row(1, "photos", ItemStatus::Succeeded, 40, 40, 2_000_000)),
        (1_200, row(3, "papers", ItemStatus::Updating, 1, 100, 0)),
        (3_200, row(3, "papers", ItemStatus::Updating, 50, 100, 1_000_000)),
        (5_000, row(3, "papers", ItemStatus::Updating, 60, 100, 1_900_000)),
    ];
    for (millis, row) in rows {
        world.hear(&Event::Row(row), start.plus_millis(millis));
    }
}

pub(crate) fn begin(world: &mut World, items: &[u128], at: Timestamp) {
    let items = items.iter().map(|n| id(*n)).collect();
    world.hear(&Event::Begun(Begun { session: SESSION, event: Reason::Manual, items }), at);
}

pub(crate) fn row(n: u128, name: &str, status: ItemStatus, value: i64, max: i64, bytes: u64) -> Row {
    let text = format!("copying {name}/{value}");
    Row { item: id(n), name: name.to_owned(), status, text, value, max, bytes, bytes_max: 4_000_000 }
}

pub(crate) fn summary(items: Vec<ItemResult>, window: Window) -> Event {
    Event::Summary(Summary {
        session: Some(SESSION),
        exit: 0,
        dry_run: false,
        stopped: false,
        millis: 5_200,
        items,
        window: Some(window),
    })
}
