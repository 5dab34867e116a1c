//! Check marks for each purpose and connection, and the triggers.

use insta::assert_snapshot;

use crate::home::Home;

/// The names of what is ticked.
fn ticked(home: &Home, arguments: &[&str]) -> Vec<String> {
    let ran = home.run(&[&["items", "--json"], arguments].concat()).exit(0);
    let items = ran.of_type("item").into_iter().filter(|item| item["ticked"] == true);
    items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

const HOME: &[&str] = &["--for", "logon", "--connection", "home"];
const OFFICE: &[&str] = &["--for", "logon", "--connection", "office"];

#[test]
fn c_116_a_choice_for_one_connection_leaves_the_others_alone() {
    let home = Home::with_notes(&["plain", "broken"]);
    assert_eq!(ticked(&home, HOME), [""; 0], "nobody was asked, and it registered for nothing");
    let _ = home.run(&[&["items", "tick", "notes/Plain"], HOME].concat()).exit(0);
    assert_eq!(ticked(&home, HOME), ["notes/Plain"], "the first choice changes one item");
    assert_eq!(ticked(&home, OFFICE), [""; 0]);
    assert_eq!(ticked(&home, &["--for", "idle"]), [""; 0]);
    assert_eq!(ticked(&home, &[]), ["notes/Plain", "notes/Broken"]);

    let ran = home.run(&[&["sync", "--json"], HOME].concat()).exit(0);
    let items = &ran.of_type("summary")[0]["items"];
    assert_eq!((items.as_array().unwrap().len(), &items[0]["name"]), (1, &"notes/Plain".into()));
    assert_eq!(home.kept("initialize").unwrap()["reason"], "connect");
    let ran = home.run(&[&["sync", "--json"], OFFICE].concat()).exit(0);
    assert_eq!(
        ran.of_type("summary")[0]["session"],
        serde_json::Value::Null,
        "nothing ticked, nothing loaded"
    );
}

#[test]
fn what_registered_for_an_event_is_ticked_for_it_until_somebody_chooses() {
    let home = Home::new();
    home.write_handler();
    let program = ["--trust", "--", "python3", "handler.py", "plain", "broken"];
    let _ = home.run(&[&["handlers", "register", "notes", "--on", "idle"], &program[..]].concat()).exit(0);
    assert_eq!(ticked(&home, &["--for", "idle"]), ["notes/Plain", "notes/Broken"]);
    assert_eq!(ticked(&home, &["--for", "logoff"]), [""; 0]);
    let _ = home.run(&["items", "untick", "notes/Broken", "--for", "idle"]).exit(0);
    assert_eq!(ticked(&home, &["--for", "idle"]), ["notes/Plain"]);
}

#[test]
fn a_folder_is_ticked_for_the_events_of_its_configuration() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "a", "--on", "logon"]).exit(0);
    assert_eq!(ticked(&home, &["--for", "logon"]), ["a"]);
    assert_eq!(ticked(&home, &["--for", "idle"]), [""; 0]);
    assert_eq!(ticked(&home, &["--for", "schedule:nightly"]), [""; 0], "a schedule begins with nothing");
}

#[test]
fn a_schedule_takes_what_was_ticked_for_it() {
    let home = Home::with_notes(&["plain", "broken"]);
    let nightly = &["--for", "schedule:nightly"];
    assert_eq!(ticked(&home, nightly), [""; 0]);
    let ran = home.run(&[&["sync", "--json"], &nightly[..]].concat()).exit(0);
    assert_eq!(ran.of_type("summary")[0]["session"], serde_json::Value::Null);
    let _ = home.run(&[&["items", "tick", "notes/Plain"], &nightly[..]].concat()).exit(0);
    assert_eq!(ticked(&home, nightly), ["notes/Plain"]);
    let ran = home.run(&[&["sync", "--json"], &nightly[..]].concat()).exit(0);
    assert_eq!(ran.of_type("summary")[0]["items"][0]["name"], "notes/Plain");
    assert_eq!(home.kept("initialize").unwrap()["reason"], "schedule");
}

#[test]
fn a_choice_goes_with_an_item_that_its_handler_lists_no_more() {
    let home = Home::with_notes(&["plain", "broken"]);
    let _ = home.run(&["items", "untick", "notes/Broken"]).exit(0);
    let with = |items: &[&str]| {
        let _ = home.register(items);
        let _ = home.run(&["handlers", "trust", "notes"]).exit(0);
    };
    with(&["plain"]);
    // Only who was asked has said that it is gone.
    assert_eq!(ticked(&home, &[]), ["notes/Plain"]);
    with(&["plain", "broken"]);
    assert_eq!(ticked(&home, &[]), ["notes/Plain", "notes/Broken"]);
}

#[test]
fn a_purpose_that_nobody_knows_is_answered_with_those_we_know() {
    let home = Home::new();
    let ran = home.run(&["items", "--for", "sunrise"]).exit(2);
    assert!(ran.err.contains("manual, logon, logoff, idle or schedule:NAME"), "{}", ran.err);
    let ran = home.run(&["items", "--connection", "home"]).exit(2);
    assert!(ran.err.contains("same check marks on every connection"), "{}", ran.err);
}

#[test]
fn triggers_are_set_in_the_file_and_comments_stay() {
    let home = Home::new();
    home.configure("# mine\n[[trigger]]\nfor = \"idle\"   # while I eat\nwait = \"20m\" # long enough\n");
    assert_snapshot!(home.run(&["settings"]).shown(), @r#"
    exit 0
    out| idle  any connection  after 20m, again every 1h, not on battery
    "#);
    let _ = home.run(&["settings", "set", "--for", "idle", "--wait", "30m", "--on-battery", "yes"]).exit(0);
    let nightly = ["settings", "set", "--for", "schedule:nightly", "--connection", "home"];
    let _ = home.run(&[&nightly[..], &["--at", "0 2 * * *", "--connect", "yes"]].concat()).exit(0);
    assert_snapshot!(std::fs::read_to_string(home.config_file()).unwrap(), @r#"
    # mine
    [[trigger]]
    for = "idle"   # while I eat
    wait = "30m" # long enough
    on_battery = true

    [[trigger]]
    for = "schedule:nightly"
    connection = "home"
    at = "0 2 * * *"
    connect = true
    "#);
    assert_snapshot!(home.run(&["settings", "show"]).shown(), @r#"
    exit 0
    out| idle              any connection  after 30m, again every 1h, also on battery
    out| schedule:nightly  home            at 0 2 * * *, connects first
    "#);
    assert_eq!(home.run(&["settings", "connections"]).exit(0).out, "home\n");
    let _ = home.run(&["settings", "remove", "--for", "schedule:nightly", "--connection", "home"]).exit(0);
    assert_eq!(home.run(&["settings", "--json"]).exit(0).of_type("trigger").len(), 1);
    assert_snapshot!(home.run(&["settings", "remove", "--for", "logoff"]).shown(), @r#"
    exit 2
    err| error: nothing is set for `logoff`
    err| hint: `syncmgr settings` lists what is
    "#);
}

#[test]
fn a_trigger_that_makes_no_sense_is_refused() {
    let home = Home::new();
    for (arguments, expected) in [
        (&["--for", "manual"][..], "nothing starts a manual session by itself"),
        (&["--for", "logon", "--wait", "5m"], "are for `idle`"),
        (&["--for", "idle", "--every", "5m"], "are for `schedule:NAME`"),
        (&["--for", "schedule:x"], "a schedule has a time"),
        (&["--for", "idle", "--wait", "soon"], "`soon` is no interval"),
    ] {
        let ran = home.run(&[&["settings", "set"], arguments].concat()).exit(2);
        assert!(ran.err.contains(expected), "{arguments:?}: {}", ran.err);
    }
    assert!(!home.config_file().exists());
    home.configure("[[trigger]]\nfor = \"idle\"\n[[trigger]]\nfor = \"idle\"\n");
    let ran = home.run(&["settings"]).exit(2);
    assert!(ran.err.contains("config.toml` line 3, key `for`"), "{}", ran.err);
}

#[test]
fn c_117_who_wants_to_be_asked_and_is_not_there_starts_nothing() {
    let home = Home::with_notes(&["plain"]);
    let _ = home.run(&["items", "tick", "notes/Plain", "--for", "logon"]).exit(0);
    std::fs::remove_file(home.handler_dir().join("initialize")).ok();
    let _ = home.run(&["settings", "set", "--for", "logon", "--ask", "yes"]).exit(0);
    let ran = home.run(&["sync", "--for", "logon"]).exit(2);
    assert!(ran.err.contains("nobody to ask"), "{}", ran.err);
    assert_eq!(home.run(&["history", "--json"]).exit(0).out, "");
    let _ = home.run(&["sync", "--for", "logon", "--yes"]).exit(0);
}
