//! A configuration file that people have edited.

use insta::assert_snapshot;

use crate::home::{Home, Ran};

/// What `items` says about a configuration.
fn items(text: &str) -> Ran {
    let home = Home::new();
    home.configure(text);
    let ran = home.run(&["items"]);
    // Whatever is wrong with it, it is the user's file.
    assert_eq!(std::fs::read_to_string(home.config_file()).unwrap(), text);
    ran
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_line() {
    let ran = items("# mine\n[[folder]\nname = 1\n").exit(2);
    assert!(ran.err.contains("config/syncmgr/config.toml` line 2"), "{}", ran.err);
    assert!(ran.err.contains("hint: edit `"), "{}", ran.err);
}

#[test]
fn a_broken_file_is_not_written_over_by_add() {
    let home = Home::with_folders(&[], &[]);
    home.configure("[[folder]\n");
    let _ = home.run(&["add", "folder", "left", "right"]).exit(2);
    assert_eq!(std::fs::read_to_string(home.config_file()).unwrap(), "[[folder]\n");
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    let ran = items("[[folder]]\nleft = \"/a\"\nright = \"/b\"\nconflicts = \"left\"\n");
    assert_snapshot!(ran.shown(), @r"
    exit 2
    err| error: `[base]/config/syncmgr/config.toml` line 4, key `conflicts`: this key is not known; known are id, name, left, right, mode, conflict, ignore, keep, durability, ticked, every, at, on, after, fresh, catch_up, when, trash_days, trash_bytes, max_deletions, max_overwrites
    err| hint: did you mean `conflict`?
    ");
}

#[test]
fn an_unknown_word_is_named_with_its_line_and_the_known_ones() {
    let ran = items("[[folder]]\nleft = \"/a\"\nright = \"/b\"\n\nmode = \"mirror\"\n");
    assert_snapshot!(ran.shown(), @r"
    exit 2
    err| error: `[base]/config/syncmgr/config.toml` line 5, key `mode`: `mirror` is no mode; it is one of two-way-safe, two-way-resolved, one-way-safe, one-way-replica
    err| hint: edit `[base]/config/syncmgr/config.toml` and run the command again
    ");
}

#[test]
fn what_makes_no_sense_is_named_by_line_and_key() {
    for (written, line, complaint) in [
        ("left = \"/a\"", 1, "this folder has no `right`"),
        ("left = \"a\"\nright = \"/b\"", 2, "`a` is relative"),
        ("left = \"~other/a\"\nright = \"/b\"", 2, "only `~` and `~/…` are known"),
        ("left = 7\nright = \"/b\"", 2, "key `left`: it is a text in quotes"),
        ("left = \"/a\"\nright = \"/b\"\nticked = \"yes\"", 4, "key `ticked`: it is true or false"),
        ("left = \"/a\"\nright = \"/b\"\nignore = \"*.tmp\"", 4, "key `ignore`: it is a list of texts"),
        (
            "left = \"/a\"\nright = \"/b\"\nkeep = [\"owner\", \"size\"]",
            4,
            "`size` is no kind of metadata to keep",
        ),
        ("left = \"/a\"\nright = \"/b\"\nevery = \"often\"", 4, "`often` is no interval"),
        ("left = \"/a\"\nright = \"/b\"\nat = \"2 o'clock\"", 4, "`2 o'clock` is no cron expression"),
        ("left = \"/a\"\nright = \"/b\"\non = [\"sunrise\"]", 4, "`sunrise` is no event"),
        ("left = \"/a\"\nright = \"/b\"\nname = \"a/b\"", 4, "`a/b` is no name"),
        ("left = \"/a\"\nright = \"/b\"\ntrash_days = -1", 4, "key `trash_days`"),
        ("left = \"/a\"\nright = \"/b\"\nmax_deletions = 101", 4, "key `max_deletions`: it is a percentage"),
        ("left = \"/a\"\nright = \"/b\"\nid = \"seven\"", 4, "`seven` is not an id"),
    ] {
        let ran = items(&format!("[[folder]]\n{written}\n")).exit(2);
        assert!(ran.err.contains(&format!("config.toml` line {line}")), "{written}: {}", ran.err);
        assert!(ran.err.contains(complaint), "{written}: {}", ran.err);
    }
}

#[test]
fn two_folders_of_one_name_are_refused() {
    let folder = |left: &str| format!("[[folder]]\nname = \"photos\"\nleft = \"{left}\"\nright = \"/b\"\n");
    let ran = items(&(folder("/a") + &folder("/c"))).exit(2);
    assert!(
        ran.err.contains("line 5, key `name`: the name `photos` is taken by the folder in line 1"),
        "{}",
        ran.err
    );
}

#[test]
fn another_file_may_be_named() {
    let home = Home::new();
    home.configure("[[folder]\n");
    home.write("other.toml", "[[folder]]\nname = \"notes\"\nleft = \"~/a\"\nright = \"/b\"\n");
    let ran = home.run(&["items", "--config", "other.toml", "--json"]).exit(0);
    let item = &ran.of_type("item")[0];
    assert_eq!((&item["name"], &item["left"]), (&"notes".into(), &"[base]/home/a".into()));
}
