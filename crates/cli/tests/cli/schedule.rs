//! `syncmgr schedule`: when an item runs by itself, changed in the file that people edit.

use std::fs;

use insta::assert_snapshot;

use crate::daemon::{Daemon, until};
use crate::home::Home;

const CONFIG: &str = r#"# mine
[[folder]]
name = "photos"   # the good ones
left = "/a"
right = "/b"
every = "1h"      # often enough
when = { power = "mains" }

# and the notes
[[folder]]
name = "notes"
left = "/c"
right = "/d"
"#;

fn configured() -> Home {
    let home = Home::new();
    home.configure(CONFIG);
    home
}

fn config(home: &Home) -> String {
    fs::read_to_string(home.config_file()).unwrap()
}

#[test]
fn what_is_set_is_shown_in_words() {
    let home = configured();
    assert_snapshot!(home.run(&["schedule", "photos"]).shown(), @r"
    exit 0
    out| photos
    out|   runs every 1h
    out|   only while on mains power
    out|   moments that were missed are made up for
    ");
    assert_snapshot!(home.run(&["schedule", "notes"]).shown(), @r"
    exit 0
    out| notes
    out|   runs only when it is told to
    ");
    let line = home.run(&["schedule", "photos", "--json"]).exit(0).of_type("item_settings").remove(0);
    assert_eq!(
        (&line["every"], &line["when"]["power"], &line["configured"]),
        (&"1h".into(), &"mains".into(), &true.into())
    );
    assert_eq!(config(&home), CONFIG, "to look changes nothing");
}

#[test]
fn what_is_changed_is_written_and_all_else_stays_as_people_wrote_it() {
    let home = configured();
    let set = [
        "schedule",
        "photos",
        "--every",
        "15m",
        "--on",
        "logon,idle",
        "--after",
        "notes",
        "--fresh",
        "1d",
        "--catch-up",
        "no",
        "--when",
        "battery=30",
        "--when",
        "network=home,office",
        "--when",
        "power=",
    ];
    assert_snapshot!(home.run(&set).shown(), @r"
    exit 0
    out| photos
    out|   runs every 15m, on logon, on idle, after notes
    out|   only while the battery has 30 % or more
    out|   only while connected to home or office
    out|   moments that were missed are forgotten
    out|   late when its last success is older than 1d
    err| it takes effect while the daemon runs: `syncmgr daemon start`, or `syncmgr daemon install` for good
    ");
    assert_snapshot!(config(&home), @r#"
    # mine
    [[folder]]
    name = "photos"   # the good ones
    left = "/a"
    right = "/b"
    every = "15m"      # often enough
    when = { battery = 30, network = ["home", "office"] }
    fresh = "1d"
    on = ["logon", "idle"]
    after = ["notes"]
    catch_up = false

    # and the notes
    [[folder]]
    name = "notes"
    left = "/c"
    right = "/d"
    "#);
    let _ = home.run(&["schedule", "photos", "--never", "--fresh", "", "--catch-up", "yes"]).exit(0);
    let _ = home.run(&["schedule", "photos", "--when", "battery=", "--when", "network="]).exit(0);
    let expected = CONFIG
        .replace("every = \"1h\"      # often enough\n", "")
        .replace("when = { power = \"mains\" }\n", "");
    assert_eq!(config(&home), expected);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let home = configured();
    for (arguments, complaint) in [
        (&["--every", "often"][..], "`every`: `often` is no interval"),
        (&["--at", "2 o'clock"], "`at`: `2 o'clock` is no cron expression"),
        (&["--on", "sunrise"], "`on`: `sunrise` is no event"),
        (&["--after", "nobody"], "no item is called `nobody`"),
        (&["--after", "photos"], "`photos` cannot run after itself"),
        (&["--when", "battery=half"], "`battery`"),
        (&["--when", "metered=perhaps"], "`metered`"),
        (&["--when", "weather=fine"], "`weather`: this key is not known"),
        (&["--when", "power"], "is no condition"),
    ] {
        let ran = home.run(&[&["schedule", "photos"], arguments].concat()).exit(2);
        assert!(ran.err.contains(complaint), "{arguments:?}: {}", ran.err);
        assert_eq!(config(&home), CONFIG, "{arguments:?}");
    }
}

#[test]
fn what_is_in_no_configuration_is_answered_with_the_way_on() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["sync", "left", "right"]).exit(0);
    assert_snapshot!(home.run(&["schedule", "left ↔ right", "--every", "1h"]).shown(), @r"
    exit 2
    err| error: `left ↔ right` is not configured: it runs only when its two folders are named
    err| hint: add it with `syncmgr add folder LEFT RIGHT`
    ");
}

#[test]
fn an_item_of_a_program_is_answered_with_triggers() {
    let home = Home::with_notes(&["plain"]);
    let ran = home.run(&["schedule", "notes/Plain", "--every", "1h"]).exit(2);
    assert!(ran.err.contains("has no schedule of its own"), "{}", ran.err);
    assert!(ran.err.contains("syncmgr items tick notes/Plain --for schedule:NAME"), "{}", ran.err);
}

#[test]
fn a_recipe_has_one_schedule_for_all_of_its_items() {
    let home = Home::new();
    fs::create_dir_all(home.work("src")).unwrap();
    let _ = home.run(&["add", "git", "src", "--name", "code"]).exit(0);
    let _ = home.run(&["schedule", "code", "--every", "2h"]).exit(0);
    assert!(config(&home).contains("every = \"2h\""), "{}", config(&home));
    let line = home.run(&["schedule", "code", "--json"]).exit(0).of_type("item_settings").remove(0);
    assert_eq!((&line["name"], &line["every"]), (&"code".into(), &"2h".into()));
}

#[test]
fn a_folder_is_added_with_its_freshness_and_conditions() {
    let home = Home::with_folders(&[], &[]);
    let add =
        ["add", "folder", "left", "right", "--name", "papers", "--fresh", "1d", "--when", "power=mains"];
    let _ = home.run(&[&add[..], &["--when", "load=1.5"]].concat()).exit(0);
    let written = config(&home);
    assert!(written.contains("fresh = \"1d\"\n"), "{written}");
    assert!(written.contains("when = { power = \"mains\", load = 1.5 }\n"), "{written}");
    let home = Home::with_folders(&[], &[]);
    let ran = home.run(&["add", "folder", "left", "right", "--when", "load=high"]).exit(2);
    assert!(ran.err.contains("`load`: it is a number"), "{}", ran.err);
    assert!(!home.config_file().exists());
}

#[test]
fn a_daemon_goes_by_what_was_changed_and_items_show_it() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "papers"]).exit(0);
    let _daemon = Daemon::start(&home);
    let ran = home.run(&["schedule", "papers", "--every", "1s"]).exit(0);
    assert!(!ran.err.contains("takes effect"), "{}", ran.err);
    until("it runs by itself", || home.work("right/a").exists());
    let _ = home.run(&["schedule", "papers", "--every", "7d", "--fresh", "7d"]).exit(0);
    until("it is shown when it runs next", || home.run(&["items"]).exit(0).out.contains("next "));
}
