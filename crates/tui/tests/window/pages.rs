//! Pages as a manager would make them.

use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Marks, Request, Selection, SyncRequest, TickRequest};
use syncmgr_wire::page::{
    Action, Align, Bar, Block, Cell, Chart, ChartPoint, Column, Comparison, Confirmation, DiffLine, DiffMark,
    Does, Empty, Fact, Facts, Filter, FilterChoice, Mood, Notice, Page, PageRequest, Paragraph, Place, Row,
    Screen, Search, Tab, Table, Tick, Tone, Version,
};

mod forms;

use forms::merge;
pub(crate) use forms::{add_folder, field, question, schedule};

pub(crate) const NOW: i64 = 1_764_460_800_000;

pub(crate) fn page(screen: Screen, title: &str, blocks: Vec<Block>) -> Page {
    Page {
        place: Place::of(screen),
        title: title.to_owned(),
        headline: String::new(),
        tone: Tone::Plain,
        mood: Mood::InStep,
        mood_text: "all in step".to_owned(),
        tabs: tabs(screen),
        notices: Vec::new(),
        blocks,
        actions: Vec::new(),
        questions: Vec::new(),
        back: None,
        at: Timestamp::from_millis(NOW),
        moves: false,
    }
}

pub(crate) fn tabs(current: Screen) -> Vec<Tab> {
    let tab = |(key, screen, label, badge): (char, Screen, &str, u64)| Tab {
        screen,
        label: label.to_owned(),
        key,
        badge,
        tone: if badge > 0 { Tone::Needs } else { Tone::Plain },
        current: screen == current,
    };
    [
        ('1', Screen::Items, "Items", 0),
        ('2', Screen::Synchronizing, "Synchronizing", 0),
        ('3', Screen::Results, "Results", 0),
        ('4', Screen::Conflicts, "Conflicts", 2),
        ('5', Screen::Plan, "Plan", 0),
        ('6', Screen::History, "History", 0),
        ('7', Screen::Trash, "Trash", 0),
        ('8', Screen::Connections, "Connections", 0),
        ('9', Screen::Settings, "Settings", 1),
        ('0', Screen::Questions, "Questions", 0),
    ]
    .map(tab)
    .to_vec()
}

pub(crate) fn action(id: &str, label: &str, key: Option<char>, does: Does) -> Action {
    Action {
        id: id.to_owned(),
        label: label.to_owned(),
        key,
        does,
        confirm: None,
        disabled: None,
        primary: false,
    }
}

pub(crate) fn ask(id: &str, label: &str, key: char, request: Request) -> Action {
    action(id, label, Some(key), Does::Ask(Box::new(request)))
}

pub(crate) fn sync(name: &str) -> Request {
    Request::Sync(SyncRequest::new(Selection::Items(vec![name.to_owned()])))
}

pub(crate) fn confirmed(action: Action, text: &str, yes: &str) -> Action {
    Action { confirm: Some(Confirmation { text: text.to_owned(), yes: yes.to_owned() }), ..action }
}

pub(crate) fn tick(name: &str, ticked: bool) -> Request {
    Request::Tick(TickRequest { items: vec![name.to_owned()], ticked, marks: Marks::default() })
}

pub(crate) fn row(key: &str, tone: Tone, cells: &[&str]) -> Row {
    Row {
        key: key.to_owned(),
        group: String::new(),
        tone,
        tick: None,
        cells: cells.iter().map(|text| Cell::new(*text)).collect(),
        bar: None,
        detail: String::new(),
        opens: None,
        actions: Vec::new(),
    }
}

/// Columns: label, rank, whether it grows, whether it holds numbers.
pub(crate) fn table(id: &str, columns: &[(&str, u8, bool, bool)], rows: Vec<Row>) -> Table {
    let column = |(label, rank, grows, numbers): &(&str, u8, bool, bool)| Column {
        id: label.to_lowercase(),
        label: (*label).to_owned(),
        align: if *numbers { Align::End } else { Align::Start },
        rank: *rank,
        grows: *grows,
    };
    Table {
        id: id.to_owned(),
        caption: id.to_owned(),
        columns: columns.iter().map(column).collect(),
        total: rows.len() as u64,
        rows,
        from: 0,
        empty: Empty { text: "nothing is here".to_owned(), actions: Vec::new() },
        filter: None,
        search: None,
    }
}

pub(crate) fn filter(chosen: &str, choices: &[(&str, &str, u64)]) -> Option<Filter> {
    let choice = |(id, label, count): &(&str, &str, u64)| FilterChoice {
        id: (*id).to_owned(),
        label: (*label).to_owned(),
        count: *count,
    };
    Some(Filter { choices: choices.iter().map(choice).collect(), chosen: chosen.to_owned() })
}

pub(crate) fn search(text: &str) -> Option<Search> {
    Some(Search { text: text.to_owned(), hint: "a name or a part of it".to_owned() })
}

fn item(name: &str, group: &str, tone: Tone, ticked: bool, cells: [&str; 3]) -> Row {
    let actions = vec![
        ask("sync", "Synchronize", 's', sync(name)),
        action("why", "Why", Some('w'), Does::Go(Place::about(Screen::Why, name))),
        action("schedule", "When it runs", Some('e'), Does::Fill(schedule())),
        confirmed(
            ask("remove", "Remove", '-', Request::Remove { item: name.to_owned() }),
            &format!("`{name}` is taken out of the configuration. Its folders stay as they are"),
            "Remove",
        ),
    ];
    let [state, last, next] = cells;
    Row {
        group: group.to_owned(),
        tick: Some(Tick { on: ticked, request: Box::new(tick(name, !ticked)) }),
        actions,
        detail: format!("/home/me/{name} and /mnt/nas/{name}"),
        ..row(name, tone, &[name, state, last, next])
    }
}

/// What can be synchronized.
pub(crate) fn items() -> Page {
    let rows = vec![
        item("photos", "Folders", Tone::Good, true, ["in step", "5 minutes ago", "in 10 minutes"]),
        item("music", "Folders", Tone::Warning, true, ["late", "3 days ago", "when the network is there"]),
        item("documents", "Folders", Tone::Needs, false, ["2 conflicts", "an hour ago", ""]),
        item("notes", "git", Tone::Bad, true, ["failed", "yesterday", "at 18:00"]),
        item("mail", "mbsync", Tone::Muted, false, ["has not run yet", "", ""]),
    ];
    let columns = [
        ("Name", 0, true, false),
        ("State", 1, false, false),
        ("Last run", 3, false, false),
        ("Next run", 2, false, false),
    ];
    let mut table = table("items", &columns, rows);
    table.filter = filter("all", &[("all", "All", 5), ("late", "Late", 1), ("needs", "Needs you", 2)]);
    table.search = search("");
    let mut page = page(Screen::Items, "Items", vec![Block::Table(table)]);
    page.headline = "5 items, 3 ticked".to_owned();
    (page.mood, page.mood_text) = (Mood::NeedsYou, "2 items need you".to_owned());
    page.notices = vec![Notice {
        tone: Tone::Needs,
        text: "`documents` is halted: the left side is empty and was not before".to_owned(),
        actions: vec![
            action("plan", "See what it would do", None, Does::Go(Place::about(Screen::Plan, "documents"))),
            action("why", "Why", None, Does::Go(Place::about(Screen::Why, "documents"))),
        ],
    }];
    let ticked = Request::Sync(SyncRequest::new(Selection::Ticked));
    page.actions = vec![
        Action { primary: true, ..ask("sync_ticked", "Synchronize ticked", 'S', ticked) },
        Action {
            disabled: Some("nothing runs".to_owned()),
            ..ask("pause", "Pause", 'p', Request::Pause { seconds: None })
        },
        action("add_folder", "Add two folders", Some('+'), Does::Fill(add_folder())),
        action("discover", "Look for more", None, Does::Go(Place::of(Screen::Settings))),
    ];
    page
}

/// A session that runs.
pub(crate) fn synchronizing() -> Page {
    let skip = |item: u128| ask("skip", "Skip", 'x', Request::Skip { item: ItemId::from_u128(item) });
    let bar = |value: u64, max: u64, label: &str| Some(Bar { value, max, label: label.to_owned() });
    let rows = vec![
        Row {
            bar: bar(62, 100, "62 %"),
            actions: vec![skip(1)],
            ..row("photos", Tone::Busy, &["photos", "updating", "2024/06/beach.jpg", "12 MB/s"])
        },
        Row {
            bar: bar(0, 0, ""),
            actions: vec![skip(2)],
            ..row("music", Tone::Busy, &["music", "preparing", "looking at the right side", ""])
        },
        Row { bar: bar(40, 40, "100 %"), ..row("notes", Tone::Good, &["notes", "in step", "", ""]) },
        row("mail", Tone::Muted, &["mail", "waiting", "", ""]),
    ];
    let columns = [
        ("Name", 0, false, false),
        ("Status", 1, false, false),
        ("", 2, true, false),
        ("Rate", 3, false, true),
    ];
    let overall =
        Bar { value: 405, max: 1000, label: "40 %, 1 of 4 items, 12 MB/s, 3 minutes left".to_owned() };
    let blocks = vec![Block::Bar(overall), Block::Table(table("rows", &columns, rows))];
    let mut page = page(Screen::Synchronizing, "Synchronizing", blocks);
    (page.headline, page.tone) = ("1 of 4 · photos: 2024/06/beach.jpg".to_owned(), Tone::Busy);
    (page.mood, page.mood_text) = (Mood::Running, "running: photos, 40 %".to_owned());
    page.moves = true;
    page.actions = vec![
        Action { primary: true, ..ask("stop", "Stop", 'X', Request::Stop) },
        ask("pause", "Pause", 'p', Request::Pause { seconds: None }),
    ];
    page
}

/// One conflict, in two texts.
pub(crate) fn conflict() -> Page {
    let version = |side: &str, label: &str, text: &str, newer| Version {
        side: side.to_owned(),
        label: label.to_owned(),
        kind: "file".to_owned(),
        bytes: Some(1200),
        modified: None,
        text: text.to_owned(),
        newer,
        picture: None,
    };
    let line = |mark, left, right, text: &str| DiffLine { mark, left, right, text: text.to_owned() };
    let lines = vec![
        line(DiffMark::Skipped, None, None, "12 lines that are equal"),
        line(DiffMark::Both, Some(13), Some(13), "# Shopping"),
        line(DiffMark::Left, Some(14), None, "- bread"),
        line(DiffMark::Left, Some(15), None, "- butter\tand salt"),
        line(DiffMark::Right, None, Some(14), "- rolls"),
        line(DiffMark::Both, Some(16), Some(15), "- milk"),
    ];
    let comparison = Comparison {
        versions: vec![
            version("left", "Left: /home/me/documents", "1.2 kB, today 10:00", false),
            version("right", "Right: /mnt/nas/documents", "1.1 kB, today 11:30", true),
        ],
        lines,
        remark: String::new(),
        seen: String::new(),
        draft: None,
    };
    let mut page = page(Screen::Conflict, "list.md", vec![Block::Comparison(comparison)]);
    page.place.subject = Some("documents/list.md".to_owned());
    (page.headline, page.tone) = ("both sides changed it".to_owned(), Tone::Needs);
    page.back = Some(Place::of(Screen::Conflicts));
    page.actions = vec![
        ask("keep_left", "Keep left", 'l', Request::Close),
        ask("keep_right", "Keep right", 'r', Request::Stop),
        action("merge", "Write both into one", Some('m'), Does::Fill(merge())),
    ];
    page
}

/// Two pictures that exclude each other.
pub(crate) fn pictures() -> Page {
    let mut page = conflict();
    if let Block::Comparison(comparison) = &mut page.blocks[0] {
        comparison.lines.clear();
        comparison.remark = "these are no texts".to_owned();
        comparison.versions[0].picture = Some("/v1/picture/left".to_owned());
        comparison.versions[1].kind = "gone".to_owned();
    }
    page
}

/// What was.
pub(crate) fn history() -> Page {
    let points = (0..40).map(|n: u32| ChartPoint {
        at: Timestamp::from_millis(NOW - i64::from(40 - n) * 3_600_000),
        value: u64::from(n * n % 97) * 1000,
        label: format!("session {n}: {} s", n * n % 97),
        tone: if n % 7 == 3 { Tone::Bad } else { Tone::Good },
        opens: Some(Place::about(Screen::Results, n.to_string())),
    });
    let chart = Chart {
        caption: "How long sessions took".to_owned(),
        unit: "duration".to_owned(),
        points: points.collect(),
    };
    let undo = |n: u128| {
        let request = Request::Undo { session: SessionId::from_u128(n), dry_run: false };
        confirmed(ask("undo", "Undo", 'z', request), "What this session did is taken back", "Undo it")
    };
    let rows = (0..12).map(|n: u32| Row {
        opens: Some(Place::about(Screen::Results, n.to_string())),
        actions: vec![undo(u128::from(n))],
        ..row(&n.to_string(), Tone::Good, &[&format!("{n} hours ago"), "manual", "in step", "1.2 MB"])
    });
    let columns = [
        ("When", 0, false, false),
        ("Why", 2, false, false),
        ("Result", 0, true, false),
        ("Bytes", 1, false, true),
    ];
    let blocks = vec![Block::Chart(chart), Block::Table(table("sessions", &columns, rows.collect()))];
    page(Screen::History, "History", blocks)
}

/// Several parts, with facts that can be changed.
pub(crate) fn settings() -> Page {
    let fact = |name: &str, text: &str, tone, actions| Fact {
        name: name.to_owned(),
        text: text.to_owned(),
        tone,
        actions,
    };
    let facts = Facts {
        facts: vec![
            fact("Daemon", "process 4711, since this morning", Tone::Good, Vec::new()),
            fact(
                "Started by",
                "a person. It ends at logoff and does not come back by itself at the next logon",
                Tone::Warning,
                vec![action("install", "Start it at logon", None, Does::Ask(Box::new(Request::Doctor)))],
            ),
        ],
    };
    let rows = vec![
        row("logon", Tone::Plain, &["at logon", "off"]),
        row("idle", Tone::Good, &["when nobody is there for 15 minutes", "on"]),
    ];
    let columns = [("When", 0, true, false), ("", 0, false, false)];
    let nobody = table("hooks", &[("On", 0, false, false), ("What", 0, true, false)], Vec::new());
    let blocks = vec![
        Block::Facts(facts),
        Block::Heading("When sessions start".to_owned()),
        Block::Table(table("triggers", &columns, rows)),
        Block::Heading("Who is told".to_owned()),
        Block::Table(nobody),
        Block::Text(Paragraph {
            tone: Tone::Muted,
            text: "Hooks are written in the configuration file.".to_owned(),
        }),
    ];
    page(Screen::Settings, "Settings", blocks)
}

/// Nothing is there yet.
pub(crate) fn first() -> Page {
    let text = "Nothing is kept in step yet. Two folders are a beginning: what changes in one of them is brought to the \
                other, and nothing is lost that you did not delete.";
    let empty = Empty {
        text: text.to_owned(),
        actions: vec![
            Action {
                primary: true,
                ..action("add_folder", "Add two folders", Some('+'), Does::Fill(add_folder()))
            },
            action("discover", "See what is on this machine", None, Does::Go(Place::of(Screen::Settings))),
        ],
    };
    let mut page = page(Screen::Items, "Items", vec![Block::Empty(empty)]);
    (page.mood, page.mood_text) = (Mood::Empty, "nothing to synchronize yet".to_owned());
    page
}

/// Names that try to do something to the terminal.
pub(crate) fn hostile() -> Page {
    let names = [
        "\u{1b}[2J\u{1b}[Hcleared".to_owned(),
        "invoice\u{202e}fdp.exe".to_owned(),
        "zero\u{200b}width\u{feff}".to_owned(),
        "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字".to_owned(),
        "z\u{300}\u{301}\u{302}\u{303}\u{304}algo".to_owned(),
        "line\nbreak\ttab\r".to_owned(),
        "<b>bold</b> & 'quoted'".to_owned(),
        "x".repeat(4096),
        "👩\u{200d}👩\u{200d}👧 family".to_owned(),
    ];
    let rows = names.iter().enumerate().map(|(n, name)| Row {
        group: if n < 5 { "a\u{202e}b".to_owned() } else { "\u{7}bell".to_owned() },
        detail: format!("detail of\n{name}"),
        actions: vec![ask(
            "sync",
            &format!("Sync {}", &name.chars().take(9).collect::<String>()),
            's',
            sync(name),
        )],
        ..row(name, Tone::Good, &[name, "in step"])
    });
    let columns = [("Name\u{1b}", 0, true, false), ("State", 1, false, false)];
    let blocks = vec![
        Block::Heading("head\u{1b}]0;title\u{7}ing".to_owned()),
        Block::Table(table("names", &columns, rows.collect())),
        Block::Text(Paragraph { tone: Tone::Bad, text: names.join(" ") }),
    ];
    let mut page = page(Screen::Results, "\u{202e}eltit", blocks);
    page.headline = names[0].clone();
    page.mood_text = names[1].clone();
    page
}

/// What a run of a million paths would do.
pub(crate) fn plan(request: &PageRequest) -> Page {
    let total = 1_000_000;
    let from = request.from.min(total);
    let rows = (from..(from + request.count).min(total)).map(|n| {
        let path = format!("2024/{:02}/picture-{n}.jpg", n % 12 + 1);
        Row { group: String::new(), ..row(&n.to_string(), Tone::Plain, &["create", &path, "4 MB"]) }
    });
    let columns = [("What", 0, false, false), ("Path", 0, true, false), ("Size", 1, false, true)];
    let mut table = table("plan", &columns, rows.collect());
    (table.from, table.total) = (from, total);
    let facts = Facts {
        facts: vec![Fact {
            name: "To do".to_owned(),
            text: "1,000,000 changes, 4 TB".to_owned(),
            tone: Tone::Plain,
            actions: vec![],
        }],
    };
    let mut page = page(Screen::Plan, "Plan", vec![Block::Facts(facts), Block::Table(table)]);
    page.place = request.place.clone();
    page
}
