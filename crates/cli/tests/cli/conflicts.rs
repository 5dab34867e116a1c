//! `syncmgr conflicts`

use std::fs;
use std::os::unix::ffi::OsStrExt;

use insta::assert_snapshot;

use crate::home::Home;

/// Two folders whose files `a` and `b` both sides changed.
fn conflicting() -> Home {
    let home =
        Home::with_folders(&[("a", "left a"), ("d/b", "left b")], &[("a", "right a"), ("d/b", "right b")]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["sync"]).exit(1);
    home
}

#[test]
fn conflicts_are_held_shown_and_counted() {
    let home = conflicting();
    assert_eq!((home.read("left/a"), home.read("right/a")), ("left a".into(), "right a".into()));
    assert_snapshot!(home.run(&["sync"]).shown(), @r"
    exit 1
    out| photos  2 conflicts  nothing changed, [time]
    out|   conflict  a: both sides made it
    out|   conflict  d/b: both sides made it
    err| hint: `syncmgr conflicts resolve PATH --keep left|right|newer|both` decides one
    ");
    assert_snapshot!(home.run(&["conflicts"]).shown(), @r"
    exit 0
    out| photos  a    both sides made it
    out| photos  d/b  both sides made it
    err| hint: `syncmgr conflicts resolve PATH --keep left|right|newer|both` decides one, `--all` decides all; `syncmgr conflicts show PATH` compares
    ");
    let ran = home.run(&["conflicts", "list", "--item", "photos", "--json"]).exit(0);
    let lines = ran.of_type("conflict");
    assert_eq!(
        (lines.len(), &lines[0]["path"], &lines[0]["kind"]),
        (2, &"a".into(), &"create-create".into())
    );
}

#[test]
fn each_decision_is_carried_out_at_once_and_leaves_the_others_open() {
    let home = conflicting();
    let _ = home.run(&["conflicts", "resolve", "a", "--keep", "left"]);
    assert_eq!((home.read("left/a"), home.read("right/a")), ("left a".into(), "left a".into()));
    assert_eq!(home.read("right/d/b"), "right b");
    let ran = home.run(&["conflicts", "--json"]).exit(0);
    assert_eq!(ran.of_type("conflict").len(), 1);

    // A folder stands for what is in it.
    let _ = home.run(&["conflicts", "resolve", "d/", "--right"]);
    assert_eq!((home.read("left/d/b"), home.read("right/d/b")), ("right b".into(), "right b".into()));
    assert_snapshot!(home.run(&["conflicts"]).shown(), @r"
    exit 0
    out| no conflict is open
    ");
    let _ = home.run(&["sync"]).exit(0);
}

#[test]
fn all_can_be_decided_at_once_and_both_keeps_both() {
    let home = conflicting();
    let _ = home.run(&["conflicts", "resolve", "--all", "--both"]).exit(0);
    let texts = |side: &str| {
        let mut texts: Vec<_> = fs::read_dir(home.work(side))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        texts.sort_unstable();
        texts
    };
    assert_eq!(texts("left"), ["left a", "right a"]);
    assert_eq!(texts("right"), ["left a", "right a"]);
    let _ = home.run(&["sync"]).exit(0);
}

#[test]
fn a_conflict_that_went_away_by_itself_is_open_no_more() {
    let home = conflicting();
    home.write("right/a", "left a");
    home.write("right/d/b", "left b");
    let _ = home.run(&["sync"]).exit(0);
    assert_eq!(home.run(&["conflicts", "--json"]).exit(0).out, "");
}

#[test]
fn a_dry_run_or_a_halted_one_leaves_the_list_as_it_is() {
    let home = conflicting();
    home.write("right/a", "left a");
    home.write("right/d/b", "left b");
    let _ = home.run(&["sync", "--dry-run"]);
    assert_eq!(home.run(&["conflicts", "--json"]).exit(0).of_type("conflict").len(), 2);
}

#[test]
fn a_path_that_is_not_in_conflict_is_refused_and_so_is_no_version() {
    let home = conflicting();
    assert_snapshot!(home.run(&["conflicts", "resolve", "z", "--keep", "left"]).shown(), @r"
    exit 2
    err| error: no conflict is open at `z`
    err| hint: `syncmgr conflicts` lists those that are
    ");
    assert_snapshot!(home.run(&["conflicts", "resolve", "a"]).shown(), @r"
    exit 2
    err| error: which version stays is missing
    err| hint: add `--keep left`, `--keep right`, `--keep newer` or `--keep both`
    ");
    let _ = home.run(&["conflicts", "resolve", "a", "--left", "--right"]).exit(2);
    assert_eq!((home.read("left/a"), home.read("right/a")), ("left a".into(), "right a".into()));
}

#[test]
fn a_path_that_is_no_text_is_escaped_and_can_be_given_back() {
    let home = Home::with_folders(&[], &[]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    for side in ["left", "right"] {
        fs::write(home.work(side).join(name), side).unwrap();
    }
    let _ = home.run(&["sync", "left", "right"]).exit(1);
    let ran = home.run(&["conflicts", "--json"]).exit(0);
    let line = &ran.of_type("conflict")[0];
    assert_eq!((&line["path"], &line["escaped"]), (&"caf\\xe9".into(), &true.into()));
    let _ = home.run(&["conflicts", "resolve", "caf\\xe9", "--keep", "left"]).exit(0);
    assert_eq!(fs::read_to_string(home.work("right").join(name)).unwrap(), "left");
}

#[test]
fn both_versions_are_shown_line_by_line_with_the_ways_to_decide() {
    let home = Home::with_folders(&[("d/list", "milk\n")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["sync"]).exit(0);
    home.write("left/d/list", "milk\nbread\n");
    home.write("right/d/list", "milk\nbutter\ntea\n");
    let _ = home.run(&["sync"]).exit(1);
    let shown = home.run(&["conflicts", "show", "photos", "d/list"]).shown();
    // Which one is newer hangs on the clock of the file system.
    assert_snapshot!(shown.replace(", the newer one", ""), @r"
    exit 0
    out| photos  d/list
    out|   both sides changed it
    out|   known since [moment]
    out|   left    11 B, changed [moment]
    out|   right   16 B, changed [moment]
    out|   before  5 B, changed [moment]; its content is on neither side and in no trash
    out| 
    out|       1   milk
    out|       2 < bread
    out|       2 > butter
    out|       3 > tea
    err| hint: `syncmgr conflicts resolve PATH --keep left|right|newer|both` decides it, `syncmgr conflicts edit PATH` joins both by hand
    ");
    let coloured = home.run(&["conflicts", "show", "d/list", "--color", "always"]).exit(0);
    assert!(coloured.out.contains("\u{1b}[32m      2 > butter\u{1b}[0m"), "{}", coloured.out);
    let lines = home.run(&["conflicts", "show", "d/list", "--json"]).exit(0).lines();
    assert_eq!((lines.len(), &lines[0]["type"]), (1, &"comparison".into()));
    assert_eq!(
        (&lines[0]["versions"][0]["side"], &lines[0]["versions"][2]["bytes"]),
        (&"left".into(), &5.into())
    );
    assert_eq!(lines[0]["lines"][1]["mark"], "left");
    let _ = home.run(&["conflicts", "show", "z"]).exit(2);
}

#[test]
fn what_is_no_text_is_compared_by_what_it_is() {
    let home = Home::with_folders(&[], &[]);
    for (path, left, right) in [
        ("binary", &b"a\0b"[..], &b"c\0de"[..]),
        ("half", b"text", b"\xff\xfe"),
        ("pixel.dat", b"\x89PNG\r\n\x1a\n1", b"\x89PNG\r\n\x1a\n22"),
    ] {
        fs::write(home.work("left").join(path), left).unwrap();
        fs::write(home.work("right").join(path), right).unwrap();
    }
    home.write("left/kind", "file");
    home.write("right/kind/in", "folder");
    let large = "x\n".repeat(150_000);
    home.write("left/large", &large);
    home.write("right/large", &format!("{large}y"));
    let _ = home.run(&["sync", "left", "right"]).exit(1);
    let comparison = |path: &str| home.run(&["conflicts", "show", path, "--json"]).exit(0).lines().remove(0);
    for (path, remark) in [
        ("binary", "both are binary: 3 B and 4 B"),
        ("half", "the right one is binary: 4 B and 2 B"),
        ("kind", "the sides hold different kinds of thing"),
        ("large", "too large to be compared line by line: 300 kB and 300 kB"),
    ] {
        let comparison = comparison(path);
        assert_eq!(comparison["remark"], remark, "{path}");
        assert!(comparison["lines"].is_null(), "{path}");
    }
    assert_eq!(comparison("kind")["versions"][1]["kind"], "folder");
    assert!(comparison("binary")["versions"][0]["picture"].is_null());
    let picture = comparison("pixel.dat")["versions"][1]["picture"].as_str().unwrap().to_owned();
    assert!(
        picture.starts_with("/v1/content?item=") && picture.ends_with("&side=right&path=pixel.dat"),
        "{picture}"
    );
    let refused = home.run(&["conflicts", "edit", "binary"]).exit(1);
    assert!(refused.err.contains("`binary` cannot be joined by hand: both are binary"), "{}", refused.err);
}

#[test]
fn a_link_that_is_in_conflict_is_shown_and_not_followed() {
    let home = Home::with_folders(&[("a", "left")], &[]);
    home.write("secret", "nobody may see this");
    std::os::unix::fs::symlink("../secret", home.work("right/a")).unwrap();
    let _ = home.run(&["sync", "left", "right"]).exit(1);
    let ran = home.run(&["conflicts", "show", "a", "--json"]).exit(0);
    assert_eq!(ran.lines()[0]["versions"][1]["kind"], "link to ../secret");
    assert!(!ran.out.contains("nobody may see"), "{}", ran.out);
}

#[test]
fn conflicts_of_a_kind_are_decided_by_a_pattern_and_tried_out_before() {
    let home = Home::with_folders(
        &[("a.jpg", "l1"), ("d/b.jpg", "l2"), ("d/c.txt", "l3")],
        &[("a.jpg", "r1"), ("d/b.jpg", "r2"), ("d/c.txt", "r3")],
    );
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["sync"]).exit(1);
    let resolve = |more: &[&str]| home.run(&[&["conflicts", "resolve", "--keep", "left"], more].concat());
    assert_snapshot!(resolve(&["--matching", "*.jpg", "--dry-run"]).shown(), @r"
    exit 0
    out| right  update      a.jpg
    out| right  update      d/b.jpg
    out| photos  would change  2 changes → right, 4 B, [time]
    ");
    assert_eq!(home.read("right/a.jpg"), "r1");
    assert_eq!(home.run(&["conflicts", "--json"]).of_type("conflict").len(), 3);
    let _ = resolve(&["--matching", "*.jpg"]).exit(0);
    assert_eq!((home.read("right/a.jpg"), home.read("right/d/b.jpg")), ("l1".into(), "l2".into()));
    assert_eq!(home.read("right/d/c.txt"), "r3");
    assert_snapshot!(resolve(&["--matching", "*.png"]).shown(), @r"
    exit 2
    err| error: no open conflict matches `*.png`
    err| hint: `syncmgr conflicts` lists those that are
    ");
    let _ = resolve(&["--matching", "[a"]).exit(2);
    let _ = resolve(&["--matching", "d/**"]).exit(0);
    assert_eq!(home.read("right/d/c.txt"), "l3");
}

#[test]
fn a_conflict_of_another_handler_is_answered_with_what_to_do_instead() {
    let home = Home::with_notes(&["torn"]);
    let _ = home.run(&["sync", "notes/Torn"]).exit(1);
    let ran = home.run(&["conflicts", "show", "draft"]).exit(0);
    assert!(ran.out.contains("the handler `notes` keeps both versions"), "{}", ran.out);
    let refused = [
        &["conflicts", "resolve", "draft", "--keep", "left"][..],
        &["conflicts", "resolve", "--all", "--keep", "left"],
        &["conflicts", "resolve", "--all", "--keep", "left", "--item", "notes/Torn"],
        &["conflicts", "resolve", "--matching", "dr*", "--keep", "left"],
    ];
    let shown = refused.map(|arguments| home.run(arguments).shown());
    assert_snapshot!(shown[0], @r"
    exit 1
    err| error: conflicts of `notes/Torn` are decided by its handler `notes`, which alone knows both versions
    err| hint: decide it where `notes` keeps its content, then run `syncmgr sync notes/Torn`; `syncmgr results` shows what it said, and `syncmgr results open ENTRY` leads back into it where it offers that
    ");
    assert!(shown.iter().all(|other| *other == shown[0]), "{shown:?}");
    let ran = home.run(&["conflicts", "edit", "draft"]).exit(1);
    assert!(ran.err.contains("`draft` cannot be joined by hand"), "{}", ran.err);
}
