//! Pages as the manager would make them, for every screen; some with a million rows, some with names that mean harm.

use serde_json::{Map, Value, json};
use syncmgr_wire::page::{PageRequest, Screen};

use crate::stage::World;

const AT: &str = "2026-11-29T20:00:00Z";
const PHOTOS: &str = "00000000-0000-0000-0000-000000000001";

/// The page that was asked for; nothing if it is about something that is not there.
pub(crate) fn page(world: &mut World, request: &PageRequest) -> Option<Value> {
    let subject = request.place.subject.as_deref().unwrap_or_default();
    if subject == "nobody" {
        return None;
    }
    let mut page = match request.place.screen {
        Screen::Items if subject == "hostile" => hostile(),
        Screen::Items if subject == "many" => many(world, request),
        Screen::Items if subject == "first" => first(),
        Screen::Items => items(world),
        Screen::Synchronizing => synchronizing(world),
        Screen::Results => results(request),
        Screen::Conflicts => conflicts(world),
        Screen::Conflict if subject == "picture" => pictures(),
        Screen::Conflict => conflict(),
        Screen::Plan => plan(request),
        Screen::History => history(),
        Screen::Settings => settings(),
        Screen::Why => why(),
        Screen::Connections => connections(),
        Screen::Questions => questions(world),
        Screen::Trash => trash(),
    };
    frame(world, request, page.as_object_mut()?);
    Some(page)
}

/// What all pages have.
fn frame(world: &World, request: &PageRequest, page: &mut Map<String, Value>) {
    let current = match request.place.screen {
        Screen::Conflict => Screen::Conflicts,
        Screen::Plan | Screen::Why => Screen::Items,
        screen => screen,
    };
    let tabs = [
        (Screen::Items, "Items", '1', 0, "plain"),
        (Screen::Synchronizing, "Synchronizing", '2', 0, "plain"),
        (Screen::Results, "Results", '3', 2, "bad"),
        (Screen::Conflicts, "Conflicts", '4', 3, "needs"),
        (Screen::History, "History", '5', 0, "plain"),
        (Screen::Settings, "Settings", '6', 0, "plain"),
        (Screen::Connections, "Connections", '7', 0, "plain"),
        (Screen::Questions, "Questions", '8', 0, "plain"),
        (Screen::Trash, "Trash", '9', 0, "plain"),
    ];
    let tab = |(screen, label, key, badge, tone): (Screen, &str, char, u64, &str)| json!({"screen": screen, "label": label, "key": key, "badge": badge, "tone": tone, "current": screen == current});
    let (mood, text) =
        world.mood.clone().unwrap_or_else(|| ("needs_you".to_owned(), "3 conflicts need you".to_owned()));
    page.insert("place".to_owned(), json!(request.place));
    page.insert("mood".to_owned(), json!(mood));
    page.insert("mood_text".to_owned(), json!(text));
    page.insert("tabs".to_owned(), Value::Array(tabs.into_iter().map(tab).collect()));
    page.insert("at".to_owned(), json!(AT));
    page.insert("questions".to_owned(), Value::Array(world.question.iter().cloned().collect()));
}

fn action(id: &str, label: &str, key: &str, does: Value) -> Value {
    let mut action = json!({"id": id, "label": label, "does": does});
    if !key.is_empty() {
        action["key"] = json!(key);
    }
    action
}

fn ask(request: Value) -> Value {
    json!({"ask": request})
}

fn with(mut action: Value, member: &str, value: Value) -> Value {
    action[member] = value;
    action
}

fn column(id: &str, label: &str, rank: u8) -> Value {
    json!({"id": id, "label": label, "rank": rank})
}

fn table(id: &str, caption: &str, columns: Value, rows: Vec<Value>) -> Value {
    let total = rows.len();
    json!({"id": id, "caption": caption, "columns": columns, "rows": rows, "from": 0, "total": total, "empty": {"text": "Nothing is here."}})
}

fn in_table(table: Value) -> Value {
    json!({"table": table})
}

fn sync() -> Value {
    json!({"request": "sync", "selection": "ticked"})
}

fn add_folder() -> Value {
    let modes = json!({"one": [
        {"value": "two-way-safe", "label": "Both ways, conflicts wait for you"},
        {"value": "two-way-resolved", "label": "Both ways, the left one wins"},
        {"value": "one-way-safe", "label": "From left to right, nothing is deleted"},
        {"value": "one-way-replica", "label": "From left to right, exactly the same"},
    ]});
    let words = ["full", "batch", "none", "fast", "faster"].map(|word| json!({"value": word, "label": word}));
    let durability = json!({ "one": words });
    let on = json!({"several": [
        {"value": "logon", "label": "When I log on"},
        {"value": "idle", "label": "When nobody is there"},
        {"value": "change", "label": "When something changes"},
    ]});
    let form = json!({
        "title": "Add two folders", "text": "Both are kept the same from now on. Nothing is changed before the first run.",
        "request": {"request": "add_folder"}, "submit": "Add",
        "fields": [
            {"name": "left", "label": "Left folder", "kind": "path", "hint": "such as `/home/me/photos`", "required": true},
            {"name": "right", "label": "Right folder", "kind": "path", "required": true},
            {"name": "name", "label": "Name", "kind": "text", "hint": "the left folder's name if you leave it empty"},
            {"name": "mode", "label": "What is kept the same", "kind": modes, "value": "two-way-safe", "required": true},
            {"name": "on", "label": "Run by itself", "kind": on, "value": "logon", "more": true},
            {"name": "durability", "label": "How sure", "kind": durability, "value": "batch", "more": true},
            {"name": "ignore", "label": "Leave out", "kind": "list", "hint": "one pattern on each line", "more": true},
            {"name": "keep", "label": "Keep besides", "kind": "list", "value": "owner\nacls", "more": true},
            {"name": "password", "label": "Password", "kind": "secret", "more": true},
        ],
    });
    action("add_folder", "Add folders", "a", json!({"fill": form}))
}

/// Name, handler, tone, state and its tone, last run, next run.
type ItemRow<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

fn items(world: &World) -> Value {
    let named = [
        ("photos", "Folders", "plain", "in step", "good", "2 hours ago", "in 13 minutes"),
        ("documents", "Folders", "plain", "3 conflicts", "needs", "yesterday", "in 13 minutes"),
        (
            "music",
            "Folders",
            "bad",
            "halted: 61 % of the files would be deleted",
            "bad",
            "4 days ago",
            "waits for you",
        ),
        ("mail", "Mail", "plain", "synchronizing", "busy", "now", "every 15 minutes"),
        (
            "calendar",
            "Calendars",
            "warning",
            "late: no success for 3 days",
            "warning",
            "3 days ago",
            "when online",
        ),
        ("backup", "Backups", "muted", "never ran", "muted", "never", "not by itself"),
    ];
    let row = |(at, (name, group, tone, state, state_tone, last, next)): (usize, ItemRow<'_>)| {
        let item = format!("00000000-0000-0000-0000-{:012}", at + 1);
        let on = !world.unticked.iter().any(|item| item == name);
        json!({
            "key": name, "group": group, "tone": tone,
            "tick": {"on": on, "request": {"request": "tick", "items": [name], "ticked": !on}},
            "cells": [
                {"text": name}, {"text": state, "tone": state_tone}, {"text": last, "at": AT}, {"text": next},
                {"text": format!("/home/me/{name} \u{2194} /mnt/nas/{name}")},
            ],
            "opens": {"screen": "why", "subject": name},
            "actions": [
                action("sync_item", "Synchronize", "s", ask(json!({"request": "sync", "selection": {"items": [name]}}))),
                action("plan", "What would happen", "p", json!({"go": {"screen": "plan", "subject": name}})),
                action("why", "Why", "w", json!({"go": {"screen": "why", "subject": name}})),
                with(action("properties", "Properties", "", ask(json!({"request": "properties", "item": name}))), "disabled", json!("folders have none")),
                with(action("remove", "Remove", "r", ask(json!({"request": "remove", "item": item}))),
                    "confirm", json!({"text": format!("`{name}` is forgotten. Its folders stay as they are."), "yes": "Remove"})),
            ],
        })
    };
    let columns = json!([
        {"id": "name", "label": "Name", "rank": 0, "grows": true},
        column("state", "State", 0), column("last", "Last run", 2), column("next", "Next run", 3), column("where", "Where", 4),
    ]);
    let rows = named.into_iter().enumerate().map(row).collect();
    json!({
        "title": "Items", "headline": "Six things are kept in step; three conflicts need you.", "tone": "needs",
        "notices": [{"tone": "bad", "text": "`music` is halted: 61 % of its files would be deleted on the right.", "actions": [
            action("plan", "Look at the plan", "l", json!({"go": {"screen": "plan", "subject": "music"}})),
            with(action("allow", "Let it pass once", "", ask(json!({"request": "sync", "selection": {"items": ["music"]}, "allow": ["too-many-deletions"]}))),
                "confirm", json!({"text": "1,204 files are deleted on the right. They go to the trash.", "yes": "Delete 1,204 files"})),
        ]}],
        "blocks": [in_table(table("items", "Items", columns, rows))],
        "actions": [
            with(action("sync", "Synchronize all", "S", json!({"ask_and_go": [sync(), {"screen": "synchronizing"}]})), "primary", json!(true)),
            add_folder(),
            with(action("stop", "Stop", "x", ask(json!({"request": "stop"}))), "disabled", json!("nothing runs")),
            action("quit", "Close", "q", json!("quit")),
        ],
    })
}

fn first() -> Value {
    json!({
        "title": "Items", "headline": "Nothing is kept in step yet.", "tone": "muted",
        "blocks": [
            {"empty": {"text": "Nothing is here yet. Two folders are a good beginning: name them, and they are kept the same.", "actions": [
                with(add_folder(), "primary", json!(true)),
                action("discover", "Look what is on this machine", "d", ask(json!({"request": "discover"}))),
            ]}},
        ],
        "actions": [],
    })
}

fn many(world: &World, request: &PageRequest) -> Value {
    let total = 10_000;
    let row = |at: u64| {
        let name = format!("item {at}");
        let on = !world.unticked.contains(&name);
        json!({
            "key": name, "group": format!("Handler {}", at / 40), "tone": "plain",
            "tick": {"on": on, "request": {"request": "tick", "items": [name], "ticked": !on}},
            "cells": [{"text": name}, {"text": "in step", "tone": "good"}],
        })
    };
    let columns =
        json!([{"id": "name", "label": "Name", "rank": 0, "grows": true}, column("state", "State", 0)]);
    let mut table = table("items", "Items", columns, window(request, total, row));
    table["from"] = json!(request.from.min(total));
    table["total"] = json!(total);
    json!({"title": "Items", "headline": "", "tone": "plain", "blocks": [in_table(table)], "actions": []})
}

fn window(request: &PageRequest, total: u64, row: impl Fn(u64) -> Value) -> Vec<Value> {
    let end = total.min(request.from + request.count.min(1000));
    (request.from.min(end)..end).map(row).collect()
}

fn synchronizing(world: &mut World) -> Value {
    world.looks += 1;
    let done = (world.looks * 3).min(90);
    let names = [
        ("photos", "busy", "copying"),
        ("documents", "good", "succeeded"),
        ("mail", "busy", "looking"),
        ("calendar", "muted", "waits"),
    ];
    let row = |(name, tone, word): (&str, &str, &str)| {
        let bar = match word {
            "copying" => {
                json!({"value": done, "max": 100, "label": format!("{done} of 100 files, 12 MB/s, 8 s left")})
            }
            "looking" => json!({"value": 0, "max": 0, "label": "looking for what is new"}),
            "succeeded" => json!({"value": 12, "max": 12, "label": "12 of 12 files"}),
            _ => json!(null),
        };
        let mut row = json!({
            "key": name, "tone": tone, "cells": [{"text": name}, {"text": word, "tone": tone}, {"text": "holiday/2026/IMG_2041.JPG"}, {"text": "1.2 GB"}],
            "actions": [action("skip", "Skip", "x", ask(json!({"request": "skip", "item": PHOTOS})))],
        });
        if !bar.is_null() {
            row["bar"] = bar;
        }
        row
    };
    let columns = json!([
        column("name", "Name", 0), column("status", "Status", 0), {"id": "text", "label": "Now", "rank": 2, "grows": true},
        {"id": "bytes", "label": "Bytes", "rank": 1, "align": "end"},
    ]);
    json!({
        "title": "Synchronizing", "headline": format!("photos: 1 of 4 items done, {done} %"), "tone": "busy", "moves": true,
        "blocks": [
            {"bar": {"value": done, "max": 100, "label": format!("1 of 4 items, {done} of 100 files, 1.2 of 4.8 GB")}},
            in_table(table("rows", "Items of this session", columns, names.into_iter().map(row).collect())),
        ],
        "actions": [
            with(action("stop", "Stop", "X", ask(json!({"request": "stop"}))), "primary", json!(true)),
            action("pause", "Pause", "p", ask(json!({"request": "pause"}))),
            action("pin", "Keep open", "o", ask(json!({"request": "pin", "pinned": true}))),
        ],
    })
}

fn results(request: &PageRequest) -> Value {
    let kinds = [("error", "bad"), ("warning", "warning"), ("information", "plain")];
    let all = (0..60).map(|at| (at, kinds[at % 3]));
    let chosen = request.filter.clone().unwrap_or_else(|| "all".to_owned());
    let wanted = |kind: &str| chosen == "all" || chosen == kind;
    let searched = request.search.clone().unwrap_or_default();
    let rows: Vec<Value> = all
        .filter(|(at, (kind, _))| wanted(kind) && format!("entry {at}").contains(&searched))
        .map(|(at, (kind, tone))| {
            json!({
                "key": format!("{at}"), "tone": tone, "cells": [{"text": kind}, {"text": "photos"}, {"text": format!("entry {at}: the file could not be read")}],
                "detail": "Permission denied (os error 13)\n\twhile reading `holiday/IMG_2041.JPG`",
                "actions": [action("open", "Open", "o", ask(json!({"request": "open", "entry": at})))],
            })
        })
        .collect();
    let columns = json!([column("level", "Level", 1), column("item", "Item", 2), {"id": "text", "label": "What", "rank": 0, "grows": true}]);
    let mut table = table("entries", "Results", columns, rows);
    table["filter"] = json!({"chosen": chosen, "choices": [
        {"id": "all", "label": "All", "count": 60}, {"id": "error", "label": "Errors", "count": 20},
        {"id": "warning", "label": "Warnings", "count": 20}, {"id": "information", "label": "Information", "count": 20},
    ]});
    table["search"] = json!({"text": searched, "hint": "text or path"});
    json!({
        "title": "Results", "headline": "20 errors, 20 warnings", "tone": "bad",
        "blocks": [in_table(table)], "actions": [action("retry", "Try again", "t", ask(sync()))],
    })
}

fn conflicts(world: &World) -> Value {
    let paths = ["report.txt", "holiday/IMG_2041.JPG", "budget.ods"];
    let row = |path: &str| {
        let resolve = |keep: &str| {
            ask(
                json!({"request": "resolve", "item": "documents", "conflicts": {"paths": [path]}, "keep": keep}),
            )
        };
        json!({
            "key": path, "group": "documents", "tone": "needs", "cells": [{"text": path}, {"text": "changed on both sides"}, {"text": "2 days ago", "at": AT}],
            "opens": {"screen": "conflict", "subject": format!("documents/{path}")},
            "actions": [action("keep_left", "Keep left", "l", resolve("left")), action("keep_right", "Keep right", "r", resolve("right")), action("keep_both", "Keep both", "b", resolve("both"))],
        })
    };
    let columns = json!([{"id": "path", "label": "Path", "rank": 0, "grows": true}, column("kind", "What happened", 1), column("since", "Since", 2)]);
    let rows = paths.into_iter().skip(usize::try_from(world.decided).unwrap()).map(row).collect();
    json!({
        "title": "Conflicts", "headline": "Both sides stay as they are until you decide.", "tone": "needs",
        "blocks": [in_table(table("conflicts", "Conflicts", columns, rows))],
        "actions": [with(action("newer", "Keep the newer of each", "n", ask(json!({"request": "resolve", "conflicts": "all", "keep": "newer"}))),
            "confirm", json!({"text": "Of 3 conflicts the newer version is kept; the others go to the trash.", "yes": "Keep the newer"}))],
    })
}

fn versions(picture: Option<&str>) -> Value {
    let version = |side: &str, label: &str, text: &str, newer: bool| {
        let mut version = json!({"side": side, "label": label, "kind": "file", "bytes": 1204, "modified": AT, "text": text, "newer": newer});
        if let Some(picture) = picture {
            version["picture"] = json!(format!("{picture}&side={side}"));
        }
        version
    };
    json!([
        version("left", "Left: /home/me/documents", "1.2 KB, changed yesterday at 20:14", true),
        version("right", "Right: /mnt/nas/documents", "1.1 KB, changed 2 days ago", false),
        version("baseline", "What both agreed on", "1.0 KB, 5 days ago", false),
    ])
}

fn pictures() -> Value {
    json!({
        "title": "IMG_2041.JPG", "headline": "Changed on both sides", "tone": "needs", "back": {"screen": "conflicts"},
        "blocks": [{"comparison": {"versions": versions(Some("/v1/content?item=documents")), "remark": "It is a picture: there is nothing to compare line by line."}}],
        "actions": [],
    })
}

fn conflict() -> Value {
    let line = |mark: &str, left: u64, right: u64, text: &str| {
        let mut line = json!({"mark": mark, "text": text});
        if left > 0 {
            line["left"] = json!(left);
        }
        if right > 0 {
            line["right"] = json!(right);
        }
        line
    };
    let edit = json!({"title": "Write what it shall be", "submit": "Save on both sides", "request": {"request": "merge", "item": "documents", "path": "report.txt"}, "fields": [
        {"name": "text", "label": "Text", "kind": "lines", "value": "Report\n\nThe first line\nthe second line\n", "required": true},
    ], "then": {"screen": "conflicts"}});
    json!({
        "title": "report.txt", "headline": "Changed on both sides since the last run", "tone": "needs", "back": {"screen": "conflicts"},
        "blocks": [{"comparison": {"versions": versions(None), "lines": [
            line("both", 1, 1, "Report"),
            line("both", 2, 2, ""),
            line("left", 3, 0, "The meeting is on Tuesday at ten."),
            line("left", 4, 0, "Bring the plans."),
            line("right", 0, 3, "The meeting is on Wednesday at ten."),
            line("both", 5, 4, "There will be coffee."),
            line("skipped", 0, 0, "120 lines that are the same"),
            line("right", 0, 125, "\tSigned: both"),
            line("both", 126, 126, "End"),
        ]}}],
        "actions": [
            with(action("keep_left", "Keep left", "l", json!({"ask_and_go": [{"request": "resolve", "item": "documents", "conflicts": {"paths": ["report.txt"]}, "keep": "left"}, {"screen": "conflicts"}]})), "primary", json!(true)),
            action("keep_right", "Keep right", "r", ask(json!({"request": "resolve", "item": "documents", "conflicts": {"paths": ["report.txt"]}, "keep": "right"}))),
            action("edit", "Edit", "e", json!({"fill": edit})),
        ],
    })
}

fn plan(request: &PageRequest) -> Value {
    let total: u64 = match (request.filter.as_deref(), request.search.as_deref()) {
        (Some("deletions"), _) => 250_000,
        (_, Some(_)) => 17,
        _ => 1_000_000,
    };
    let row = |at: u64| {
        let (group, word, tone) =
            if at < 250_000 { ("Deletions", "delete", "bad") } else { ("New and changed", "copy", "plain") };
        json!({"key": format!("{at}"), "group": group, "tone": "plain", "cells": [
            {"text": word, "tone": tone}, {"text": format!("archive/{:03}/file number {at}.dat", at / 1000)}, {"text": format!("{} KB", at % 997)},
        ]})
    };
    let columns = json!([column("what", "What", 0), {"id": "path", "label": "Path", "rank": 0, "grows": true}, {"id": "bytes", "label": "Bytes", "rank": 1, "align": "end"}]);
    let mut table = table("plan", "What would happen", columns, window(request, total, row));
    table["from"] = json!(request.from.min(total));
    table["total"] = json!(total);
    table["filter"] = json!({"chosen": request.filter.as_deref().unwrap_or("all"), "choices": [
        {"id": "all", "label": "All", "count": 1_000_000}, {"id": "deletions", "label": "Deletions", "count": 250_000},
    ]});
    table["search"] = json!({"text": request.search.as_deref().unwrap_or_default(), "hint": "path"});
    json!({
        "title": "Plan for music", "headline": "250,000 files would be deleted on the right.", "tone": "bad", "back": {"screen": "items"},
        "blocks": [
            {"facts": {"facts": [
                {"name": "Deletions", "text": "250,000 files on the right, 61 %", "tone": "bad"},
                {"name": "New and changed", "text": "750,000 files, 1.2 TB", "tone": "plain"},
            ]}},
            in_table(table),
        ],
        "actions": [
            with(action("approve", "Carry it out", "A", ask(sync())), "confirm", json!({"text": "250,000 files are deleted on the right. They go to the trash.", "yes": "Delete and copy"})),
        ],
    })
}

fn history() -> Value {
    let point = |at: u64| {
        let tone = if at % 7 == 3 { "bad" } else { "good" };
        json!({"at": format!("2026-11-{:02}T20:00:00Z", at + 1), "value": 1000 * (1 + (at * 7) % 11), "label": format!("{} Nov: {} s", at + 1, 1 + (at * 7) % 11), "tone": tone,
            "opens": {"screen": "results", "subject": PHOTOS}})
    };
    let row = |at: u64| {
        json!({"key": format!("{at}"), "tone": if at == 2 { "bad" } else { "good" }, "cells": [{"text": format!("{at} hours ago"), "at": AT}, {"text": "by hand"}, {"text": "photos, documents"}, {"text": "12 files"}, {"text": "3.4 s"}],
            "opens": {"screen": "results", "subject": PHOTOS},
            "actions": [with(action("undo", "Undo", "u", ask(json!({"request": "undo", "session": PHOTOS}))), "confirm", json!({"text": "12 files are as they were before.", "yes": "Undo"}))]})
    };
    let columns = json!([column("when", "When", 0), column("why", "Why", 3), {"id": "items", "label": "Items", "rank": 1, "grows": true}, column("changes", "Changes", 2), {"id": "time", "label": "Took", "rank": 4, "align": "end"}]);
    json!({
        "title": "History", "headline": "", "tone": "plain",
        "blocks": [
            {"chart": {"caption": "How long sessions took", "unit": "duration", "points": (0..28).map(point).collect::<Vec<_>>()}},
            in_table(table("sessions", "Past sessions", columns, (1..30).map(row).collect())),
        ],
        "actions": [],
    })
}

fn settings() -> Value {
    let idle = json!({"title": "When nobody is there", "submit": "Save", "request": {"request": "set_trigger", "for": "idle"}, "fields": [
        {"name": "enabled", "label": "Synchronize when nobody is there", "kind": "toggle", "value": "true"},
        {"name": "wait", "label": "After", "kind": "text", "value": "15m", "hint": "such as `15m` or `1h`"},
        {"name": "on_battery", "label": "On battery, too", "kind": "toggle"},
    ]});
    let nested = json!({"title": "Schedule", "submit": "Save", "request": {"request": "set_item", "item": "photos", "when": {"load": "2"}}, "fields": [
        {"name": "every", "label": "Every", "kind": "text", "value": "15m"},
        {"name": "when.power", "label": "Power", "kind": {"one": [{"value": "", "label": "Any"}, {"value": "mains", "label": "Not on battery"}]}, "value": ""},
        {"name": "when.battery", "label": "Battery", "kind": "text"},
    ]});
    json!({
        "title": "Settings", "headline": "", "tone": "plain",
        "blocks": [
            {"heading": "When sessions start by themselves"},
            {"text": {"tone": "muted", "text": "Items have schedules of their own besides; `syncmgr why ITEM` tells them."}},
            {"facts": {"facts": [
                {"name": "At logon", "text": "on, everything that is ticked for it", "tone": "good", "actions": [action("logon", "Change", "", json!({"fill": idle}))]},
                {"name": "When nobody is there", "text": "off", "tone": "muted", "actions": [action("idle", "Change", "i", json!({"fill": idle}))]},
                {"name": "photos", "text": "every 15 minutes", "tone": "plain", "actions": [action("schedule", "Change", "e", json!({"fill": nested}))]},
            ]}},
            {"heading": "Handlers"},
            {"text": {"tone": "warning", "text": "A program has changed since you trusted it."}},
            in_table(table("handlers", "Handlers", json!([{"id": "name", "label": "Name", "rank": 0, "grows": true}, column("state", "State", 0)]), vec![
                json!({"key": "mail", "tone": "warning", "cells": [{"text": "mail"}, {"text": "changed", "tone": "warning"}], "detail": "/usr/bin/mbsync", "actions": [action("trust", "Trust", "t", ask(json!({"request": "trust", "name": "mail"})))]}),
                json!({"key": "git", "tone": "good", "cells": [{"text": "git"}, {"text": "enabled", "tone": "good"}]}),
            ])),
        ],
        "actions": [add_folder()],
    })
}

fn why() -> Value {
    json!({
        "title": "Why: photos", "headline": "It ran 2 hours ago and is in step.", "tone": "good", "back": {"screen": "items"},
        "blocks": [
            {"text": {"tone": "good", "text": "The last run went through: 12 files were copied."}},
            {"text": {"tone": "plain", "text": "It runs every 15 minutes, not on battery. The machine is on battery now."}},
            {"facts": {"facts": [{"name": "Next run", "text": "when the machine is on mains power", "tone": "warning"}, {"name": "Fresh enough", "text": "at least once a day", "tone": "plain"}]}},
        ],
        "actions": [action("sync_item", "Synchronize now", "s", ask(sync()))],
    })
}

fn connections() -> Value {
    let row = |name: &str, state: &str, tone: &str| json!({"key": name, "tone": tone, "cells": [{"text": name}, {"text": state, "tone": tone}], "actions": [action("connect", "Connect", "c", ask(json!({"request": "connect", "connection": name})))]});
    let rows = vec![
        row("office", "up, used by 1 session", "good"),
        row("home", "down", "muted"),
        row("nas", "did not come up: no route to host", "bad"),
    ];
    let columns =
        json!([{"id": "name", "label": "Name", "rank": 0, "grows": true}, column("state", "State", 0)]);
    json!({"title": "Connections", "headline": "", "tone": "plain", "blocks": [in_table(table("connections", "Connections", columns, rows))], "actions": []})
}

fn questions(world: &World) -> Value {
    let rows = world
        .question
        .iter()
        .map(|question| json!({"key": "1", "tone": "needs", "cells": [{"text": question["text"]}]}))
        .collect();
    let mut table = table(
        "questions",
        "Questions",
        json!([{"id": "text", "label": "Question", "rank": 0, "grows": true}]),
        rows,
    );
    table["empty"] = json!({"text": "Nobody asks anything.", "actions": [action("items", "To the items", "", json!({"go": {"screen": "items"}}))]});
    json!({"title": "Questions", "headline": "", "tone": "plain", "blocks": [in_table(table)], "actions": []})
}

fn trash() -> Value {
    let row = |at: u64| {
        json!({"key": format!("{at}"), "tone": "plain", "cells": [{"text": "photos"}, {"text": "right"}, {"text": format!("{at} days ago")}, {"text": "120"}, {"text": "48 MB"}],
        "actions": [action("restore", "Bring back", "b", ask(json!({"request": "trash_restore", "item": "photos"})))]})
    };
    let columns = json!([{"id": "item", "label": "Item", "rank": 0, "grows": true}, column("side", "Side", 2), column("when", "When", 0), {"id": "paths", "label": "Paths", "rank": 3, "align": "end"}, {"id": "bytes", "label": "Bytes", "rank": 1, "align": "end"}]);
    json!({"title": "Trash", "headline": "48 MB of 5 GB", "tone": "plain", "blocks": [in_table(table("trash", "Trash", columns, (1..6).map(row).collect()))],
        "actions": [with(action("empty", "Empty", "", ask(json!({"request": "trash_empty"}))), "confirm", json!({"text": "All of it is destroyed.", "yes": "Destroy"}))]})
}

/// Names as somebody chooses them who means harm.
fn hostile() -> Value {
    let long = "long ".repeat(800);
    let names = [
        "<img src=x onerror=alert(1)>",
        "<script>document.title='owned'</script>",
        "report\u{202e}fdp.exe",
        "two\nlines\tand a tab\u{0}\u{1b}[31m",
        "\u{2066}isolated\u{2067} back",
        "zero\u{200b}width\u{feff}",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd} right to left",
        "z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}algo",
        "javascript:alert(1)",
        "`backticks` and ``more`",
        long.as_str(),
        "",
    ];
    let row = |(at, name): (usize, &str)| {
        json!({"key": format!("{at}"), "group": name.chars().take(40).collect::<String>(), "tone": "plain", "cells": [{"text": name}, {"text": name, "tone": "bad"}], "detail": name,
            "opens": {"screen": "why", "subject": name},
            "actions": [with(action("remove", name, "", ask(json!({"request": "remove", "item": name}))), "disabled", json!(name))]})
    };
    let columns =
        json!([{"id": "name", "label": names[0], "rank": 0, "grows": true}, column("state", names[2], 1)]);
    let rows: Vec<Value> = names.into_iter().enumerate().map(row).collect();
    let mut table = table("hostile", names[0], columns, rows);
    table["search"] = json!({"text": names[0], "hint": names[1]});
    table["filter"] = json!({"chosen": "all", "choices": [{"id": "all", "label": names[0], "count": 12}]});
    json!({
        "title": names[2], "headline": format!("{} {}", names[0], names[2]), "tone": "bad",
        "notices": [{"tone": "bad", "text": names[0], "actions": [action("x", names[1], "", json!({"go": {"screen": "items", "subject": "hostile"}}))]}],
        "blocks": [
            in_table(table),
            {"heading": names[3]}, {"text": {"tone": "plain", "text": long}},
            {"facts": {"facts": [{"name": long, "text": names[1], "tone": "good"}]}},
            {"bar": {"value": 1, "max": 3, "label": long}},
            {"comparison": {"versions": [
                {"side": "left", "label": names[0], "kind": names[2], "text": long, "picture": "https://example.invalid/x.png"},
                {"side": "right", "label": names[2], "kind": "gone", "text": "", "picture": "//example.invalid/x.png"},
            ], "lines": [{"mark": "left", "left": 1, "text": names[0]}, {"mark": "right", "right": 1, "text": long}]}},
            {"chart": {"caption": names[0], "unit": "bytes", "points": [{"at": AT, "value": 3, "label": long, "tone": "bad"}]}},
            {"empty": {"text": long}},
        ],
        "actions": [action("y", &long, "", ask(json!({"request": "stop"})))],
    })
}
