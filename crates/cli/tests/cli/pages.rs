//! Pages, as faces get them from a daemon that runs: asked for over the socket, acted on, and asked for again.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::daemon::{Daemon, until};
use crate::home::Home;

/// Asks the daemon, as any program can that speaks HTTP.
pub(crate) fn ask(home: &Home, request: &Value) -> Vec<Value> {
    let mut stream = UnixStream::connect(home.state_dir().join("run/control.sock")).unwrap();
    let body = request.to_string();
    let head = format!(
        "POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
        joined(body)
    } else {
        body.to_owned()
    };
    body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A body without the lengths between its chunks.
fn joined(mut body: &str) -> String {
    let mut whole = String::new();
    loop {
        let (length, rest) = body.split_once("\r\n").unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
}

/// The page at a place: the members of a request that say where it is.
fn page_at(home: &Home, place: Value) -> Value {
    let mut request = place;
    request["request"] = json!("page");
    let mut answer = ask(home, &request);
    assert_eq!(answer.last().unwrap()["exit"], 0, "{request}: {answer:?}");
    let page = answer.remove(0);
    assert_eq!(page["type"], "page", "{request}");
    page
}

fn page(home: &Home, screen: &str) -> Value {
    page_at(home, json!({ "screen": screen }))
}

/// The table of a page with this id.
fn table<'a>(page: &'a Value, id: &str) -> &'a Value {
    let tables = page["blocks"].as_array().unwrap().iter().map(|block| &block["table"]);
    tables
        .into_iter()
        .find(|table| table["id"] == id)
        .unwrap_or_else(|| panic!("no table `{id}` in {page:#}"))
}

/// The row whose first cell says this.
fn row<'a>(table: &'a Value, name: &str) -> &'a Value {
    let rows = table["rows"].as_array().unwrap();
    rows.iter()
        .find(|row| row["cells"][0]["text"] == name)
        .unwrap_or_else(|| panic!("no `{name}` in {table:#}"))
}

/// What an action sends.
fn request(of: &Value, action: &str) -> Value {
    let actions = of["actions"].as_array().unwrap();
    let found = actions.iter().find(|one| one["id"] == action);
    let does = &found.unwrap_or_else(|| panic!("no action `{action}` in {of:#}"))["does"];
    match &does["ask"] {
        Value::Null => does["ask_and_go"][0].clone(),
        request => request.clone(),
    }
}

fn word(row: &Value, cell: usize) -> &str {
    row["cells"][cell]["text"].as_str().unwrap()
}

fn folders(home: &Home) {
    let (left, right) = (home.work("left"), home.work("right"));
    let (left, right) = (left.display(), right.display());
    home.configure(&format!("[[folder]]\nname = \"photos\"\nleft = \"{left}\"\nright = \"{right}\"\n"));
}

#[test]
fn a_page_of_each_screen_is_answered() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let _ = home.run(&["sync"]).exit(0);
    let item = home.run(&["items", "--json"]).exit(0).of_type("item")[0]["item"].clone();
    for screen in [
        "items",
        "synchronizing",
        "results",
        "conflicts",
        "conflict",
        "plan",
        "history",
        "settings",
        "why",
        "connections",
        "questions",
        "trash",
    ] {
        for place in [json!({ "screen": screen }), json!({ "screen": screen, "subject": item })] {
            let page = page_at(&home, place);
            assert_eq!(page["place"]["screen"], screen);
            assert!(!page["title"].as_str().unwrap().is_empty(), "{page:#}");
            assert_eq!(page["tabs"].as_array().unwrap().len(), 10);
            assert_eq!(page["mood"], "in_step", "{page:#}");
        }
    }
    for part in
        ["logon", "logoff", "idle", "schedules", "items", "notifications", "handlers", "add", "daemon"]
    {
        let page = page_at(&home, json!({ "screen": "settings", "part": part }));
        assert_eq!(page["back"]["screen"], "settings", "{part}");
    }
}

#[test]
fn a_tick_made_through_a_page_is_seen_in_the_next_one() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let items = page(&home, "items");
    let tick = &row(table(&items, "items"), "photos")["tick"];
    assert_eq!(tick["on"], true);
    let _ = ask(&home, &tick["request"]);
    let items = page(&home, "items");
    assert_eq!(row(table(&items, "items"), "photos")["tick"]["on"], false);
    let sync = &items["actions"][0];
    assert_eq!((&sync["id"], &sync["disabled"]), (&json!("sync_ticked"), &json!("nothing is ticked")));
}

#[test]
fn what_a_page_offers_to_run_runs_and_its_result_is_on_the_next_page() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let items = page(&home, "items");
    assert_eq!(word(row(table(&items, "items"), "photos"), 1), "not run yet");
    assert_eq!(items["mood"], "needs_you");
    let _ = ask(&home, &request(&items, "sync_ticked"));
    assert_eq!(home.read("right/a"), "1");
    let items = page(&home, "items");
    assert_eq!(word(row(table(&items, "items"), "photos"), 1), "in step");
    assert_eq!((&items["mood"], &items["mood_text"]), (&json!("in_step"), &json!("all in step")));
    let history = page(&home, "history");
    assert_eq!(table(&history, "sessions")["total"], 1);
}

#[test]
fn a_plan_is_shown_before_it_is_done_and_gone_once_it_is() {
    let home = Home::with_folders(&[("a", "1"), ("b", "2")], &[]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let items = page(&home, "items");
    let _ = ask(&home, &request(row(table(&items, "items"), "photos"), "dry_run"));
    assert!(!home.work("right/a").exists(), "it only looks");
    let item = row(table(&items, "items"), "photos")["key"].clone();
    let plan = page_at(&home, json!({ "screen": "plan", "subject": item }));
    let lines = table(&plan, "lines");
    assert_eq!(lines["total"], 2, "{plan:#}");
    assert_eq!((word(&lines["rows"][0], 0), word(&lines["rows"][0], 2)), ("create", "a"));
    let _ = ask(&home, &request(&plan, "approve"));
    assert_eq!(home.read("right/b"), "2");
    let plan = page_at(&home, json!({ "screen": "plan", "subject": item }));
    assert!(plan["headline"].as_str().unwrap().starts_with("Nobody has looked"), "{plan:#}");
}

/// The page of the session that runs, as soon as the row of an item says this.
fn page_when(home: &Home, name: &str, status: &str) -> Value {
    let mut shown = Value::Null;
    until(&format!("{name} is {status}"), || {
        shown = page(home, "synchronizing");
        let blocks = shown["blocks"].as_array().unwrap();
        let rows = blocks.iter().filter(|block| block["table"]["id"] == "rows");
        let mut rows = rows.flat_map(|block| block["table"]["rows"].as_array().unwrap());
        rows.any(|row| word(row, 0) == name && word(row, 1) == status)
    });
    shown
}

#[test]
fn rows_of_a_session_appear_and_skip_and_stop_work_from_its_page() {
    let home = Home::with_notes(&["endless", "plain"]);
    let _daemon = Daemon::start(&home);
    let items = page(&home, "items");
    let sync = request(&items, "sync_ticked");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| ask(&home, &sync));
        let shown = page_when(&home, "notes/Endless", "updating");
        assert_eq!(shown["moves"], true);
        assert_eq!(shown["mood"], "running");
        let _ = ask(&home, &request(row(table(&shown, "rows"), "notes/Endless"), "skip"));
        first.join().unwrap();
        let over = page_when(&home, "notes/Endless", "skipped");
        assert_eq!(word(row(table(&over, "rows"), "notes/Plain"), 1), "succeeded");

        let second = scope.spawn(|| ask(&home, &sync));
        let shown = page_when(&home, "notes/Endless", "updating");
        let _ = ask(&home, &request(&shown, "stop"));
        second.join().unwrap();
        let over = page_when(&home, "notes/Endless", "stopped");
        assert!(over["headline"].as_str().unwrap().starts_with("Stopped"), "{over:#}");
    });
}

#[test]
fn a_session_that_was_minimized_comes_back_with_what_went_wrong() {
    let home = Home::with_notes(&["endless", "broken"]);
    let _daemon = Daemon::start(&home);
    let sync = request(&page(&home, "items"), "sync_ticked");
    let ended = |minimize: bool| {
        std::thread::scope(|scope| {
            let session = scope.spawn(|| ask(&home, &sync));
            let shown = page_when(&home, "notes/Endless", "updating");
            let skip = request(row(table(&shown, "rows"), "notes/Endless"), "skip");
            if minimize {
                let _ = ask(&home, &request(&shown, "minimize"));
                let shown = page(&home, "synchronizing");
                assert!(
                    !shown.to_string().contains("notes/Broken\"}"),
                    "its rows are out of sight: {shown:#}"
                );
            }
            let _ = ask(&home, &skip);
            let events = session.join().unwrap();
            events.into_iter().find(|event| event["type"] == "summary").unwrap()["window"].clone()
        })
    };
    let told = || page(&home, "history")["notices"].to_string().contains("there is something to look at");
    assert_eq!(ended(true), "restores");
    assert!(told());
    let _ = table(&page(&home, "synchronizing"), "rows");
    assert!(!told(), "somebody has looked");
    // The next one is seen from its beginning.
    assert_eq!(ended(false), "stays");
    assert!(!told());
}

/// The form of an action.
fn form<'a>(of: &'a Value, action: &str) -> &'a Value {
    let actions = of["actions"].as_array().unwrap();
    let found = actions.iter().find(|one| one["id"] == action);
    &found.unwrap_or_else(|| panic!("no action `{action}` in {of:#}"))["does"]["fill"]
}

#[test]
fn a_run_in_another_way_is_looked_at_and_then_done_in_that_way() {
    let home = Home::with_folders(&[("a", "1")], &[("b", "2")]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let items = page(&home, "items");
    let item = row(table(&items, "items"), "photos")["key"].clone();
    let why = page_at(&home, json!({ "screen": "why", "subject": item }));
    let form = form(&why, "dry_run_otherwise");
    let mut asked = form["request"].clone();
    asked["mode"] = json!("one-way-replica");
    asked["ignore"] = json!(["*.tmp"]);
    asked["allow"] = json!(["too-many-deletions", "root-emptied"]);
    home.write("left/left.tmp", "3");
    let _ = ask(&home, &asked);
    assert!(home.work("right/b").exists(), "it only looks");
    let plan = page_at(&home, form["then"].clone());
    let lines = table(&plan, "lines");
    assert_eq!(lines["total"], 2, "{plan:#}");
    assert_eq!((word(&lines["rows"][0], 0), word(&lines["rows"][0], 2)), ("delete", "b"));
    let _ = ask(&home, &request(&plan, "approve"));
    assert_eq!(home.read("right/a"), "1");
    assert!(!home.work("right/b").exists() && !home.work("right/left.tmp").exists());
}

#[test]
fn every_word_that_a_form_offers_is_one_that_folders_know() {
    let home = Home::with_folders(&[], &[]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let (items, plans) = (page(&home, "items"), page(&home, "plan"));
    let mut n_words = 0;
    for form in [form(&items, "add_folder"), form(&plans, "dry_run_otherwise")] {
        for field in form["fields"].as_array().unwrap() {
            let kind = &field["kind"];
            let options = kind["one"].as_array().or(kind["several"].as_array()).cloned().unwrap_or_default();
            for option in options.iter().map(|option| option["value"].as_str().unwrap()) {
                let is_known = match field["name"].as_str().unwrap() {
                    _ if option.is_empty() => true,
                    "mode" => option.parse::<syncmgr_folders::Mode>().is_ok(),
                    "conflict" => option.parse::<syncmgr_folders::ConflictPolicy>().is_ok(),
                    "durability" => option.parse::<syncmgr_folders::Durability>().is_ok(),
                    "keep" => option.parse::<syncmgr_folders::Keep>().is_ok(),
                    "allow" => option.parse::<syncmgr_folders::Rule>().is_ok(),
                    "on" => continue,
                    other => panic!("nobody knows what `{other}` may be"),
                };
                assert!(is_known, "{}: {option}", field["name"]);
                n_words += 1;
            }
        }
    }
    assert!(n_words > 30, "{n_words}");
}

#[test]
fn a_program_is_registered_with_its_arguments() {
    let home = Home::new();
    home.write_handler();
    let _daemon = Daemon::start(&home);
    let handlers = page_at(&home, json!({ "screen": "settings", "part": "handlers" }));
    let mut asked = form(&handlers, "register")["request"].clone();
    (asked["name"], asked["program"]) = (json!("notes"), json!("python3"));
    asked["argv"] = json!([home.work("handler.py"), "plain", "two words"]);
    (asked["trust"], asked["events"]) = (json!(true), json!(["idle"]));
    let answer = ask(&home, &asked);
    assert_eq!(answer.last().unwrap()["exit"], 0, "{answer:?}");
    until("its items are there", || {
        let items = page(&home, "items");
        let text = items.to_string();
        text.contains("notes/Plain") && text.contains("notes/Two Words")
    });
}

#[test]
fn some_of_what_is_in_the_trash_is_brought_back() {
    let home = Home::with_folders(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")], &[]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let sync = request(&page(&home, "items"), "sync_ticked");
    let _ = ask(&home, &sync);
    for path in ["left/a", "left/b"] {
        std::fs::remove_file(home.work(path)).unwrap();
    }
    let _ = ask(&home, &sync);
    assert!(!home.work("right/a").exists());
    let trash = page(&home, "trash");
    let mut asked = form(&table(&trash, "trash")["rows"][0], "restore_some")["request"].clone();
    asked["paths"] = json!(["a"]);
    let _ = ask(&home, &asked);
    assert!(home.work("right/a").exists() && !home.work("right/b").exists());
}

#[test]
fn a_question_stands_on_every_page_until_it_is_answered() {
    let home = Home::with_notes(&["choosing"]);
    let _daemon = Daemon::start(&home);
    let sync = request(&page(&home, "items"), "sync_ticked");
    std::thread::scope(|scope| {
        let session = scope.spawn(|| ask(&home, &sync));
        until("it asks", || !page(&home, "history")["questions"].is_null());
        let questions = page(&home, "questions");
        assert_eq!(questions["mood"], "needs_you");
        let asked = &table(&questions, "questions")["rows"][0];
        let right =
            asked["actions"].as_array().unwrap().iter().find(|one| one["label"] == "keep right").unwrap();
        let _ = ask(&home, &right["does"]["ask"]);
        session.join().unwrap();
    });
    assert_eq!(home.kept("answer").unwrap()["answer"], "r");
    assert!(page(&home, "history")["questions"].is_null());
}

#[test]
fn a_conflict_is_decided_from_its_row() {
    let home = Home::with_folders(&[("a", "left")], &[("a", "right")]);
    folders(&home);
    let _daemon = Daemon::start(&home);
    let _ = home.run(&["sync"]).exit(1);
    let conflicts = page(&home, "conflicts");
    let tab = conflicts["tabs"].as_array().unwrap().iter().find(|tab| tab["screen"] == "conflicts").unwrap();
    assert_eq!((&tab["badge"], &tab["tone"]), (&json!(1), &json!("needs")));
    let _ = ask(&home, &request(row(table(&conflicts, "conflicts"), "a"), "keep_left"));
    assert_eq!(home.read("right/a"), "left");
    assert_eq!(table(&page(&home, "conflicts"), "conflicts")["total"], 0);
}

#[test]
fn without_a_configuration_the_page_shows_how_to_begin() {
    let home = Home::new();
    let _daemon = Daemon::start(&home);
    let items = page(&home, "items");
    assert_eq!(items["mood"], "empty");
    assert_eq!(items["actions"][0]["id"], "add_folder");
    assert!(items["actions"][0]["does"]["fill"]["fields"].as_array().unwrap().len() > 3, "{items:#}");
    let _ = table(&items, "found");
}

#[test]
fn a_handler_that_takes_its_time_does_not_hold_up_the_page() {
    let home = Home::with_notes(&["plain"]);
    folders(&home);
    let gate = home.work("gate");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &gate, mode).unwrap();
    let _daemon = Daemon::start(&home);

    let items = page(&home, "items");
    let _ = row(table(&items, "items"), "photos");
    assert_eq!(items["moves"], true, "more will come");
    drop(std::fs::OpenOptions::new().write(true).open(&gate).unwrap());
    std::fs::remove_file(&gate).unwrap();
    until("its item is there, too", || {
        let items = page(&home, "items");
        let rows = table(&items, "items")["rows"].as_array().unwrap().clone();
        rows.iter().any(|row| row["cells"][0]["text"] == "notes/Plain")
    });
}

#[test]
fn what_is_typed_in_a_form_may_begin_with_the_home() {
    let home = Home::new();
    let user = home.program("env").output().unwrap();
    let user = String::from_utf8(user.stdout).unwrap();
    let user = user.lines().find_map(|line| line.strip_prefix("HOME=")).unwrap();
    std::fs::create_dir(format!("{user}/one")).unwrap();
    std::fs::create_dir(format!("{user}/two")).unwrap();
    let _daemon = Daemon::start(&home);
    let items = page(&home, "items");
    let mut add = items["actions"][0]["does"]["fill"]["request"].clone();
    (add["left"], add["right"]) = (json!("~/one"), json!("~/two"));
    let answer = ask(&home, &add);
    assert_eq!(answer.last().unwrap()["exit"], 0, "{answer:?}");
    let left = answer[0]["left"].as_str().unwrap();
    assert_eq!(left, format!("{user}/one"));
    assert_eq!(word(row(table(&page(&home, "items"), "items"), "one"), 1), "not run yet");
}
