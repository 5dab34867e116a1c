//! `syncmgr items`

use insta::assert_snapshot;

use crate::home::Home;

#[test]
fn ticks_are_remembered_and_shown() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    assert_snapshot!(home.run(&["items"]).shown(), @r"
    exit 0
    out| [x]  photos  two-way-safe  [base]/work/left  [base]/work/right
    ");
    assert_snapshot!(home.run(&["items", "untick", "photos"]).shown(), @r"
    exit 0
    out| [ ]  photos  two-way-safe  [base]/work/left  [base]/work/right
    ");
    let ran = home.run(&["items", "--json"]).exit(0);
    assert_eq!(ran.of_type("item")[0]["ticked"], false);
    assert_snapshot!(home.run(&["sync"]).shown(), @r"
    exit 0
    out| no item is ticked
    out| 
    out|   syncmgr items                lists them
    out|   syncmgr items tick ITEM      makes `syncmgr sync` run it
    out|   syncmgr sync ITEM            runs it now
    ");
}

#[test]
fn the_configuration_says_what_is_ticked_until_somebody_chooses() {
    let home = Home::new();
    home.configure("[[folder]]\nname = \"a\"\nleft = \"/a\"\nright = \"/b\"\nticked = false\n");
    let ticked = |ran: crate::home::Ran| ran.exit(0).of_type("item")[0]["ticked"].clone();
    assert_eq!(ticked(home.run(&["items", "--json"])), false);
    assert_eq!(ticked(home.run(&["items", "tick", "a", "--json"])), true);
    assert_eq!(ticked(home.run(&["items", "--json"])), true);
}

#[test]
fn ticking_what_nobody_knows_changes_nothing() {
    let home = Home::new();
    home.configure("[[folder]]\nname = \"a\"\nleft = \"/a\"\nright = \"/b\"\n");
    let _ = home.run(&["items", "untick", "a", "b"]).exit(2);
    let ran = home.run(&["items", "--json"]).exit(0);
    assert_eq!(ran.of_type("item")[0]["ticked"], true);
}

#[test]
fn an_id_is_as_good_as_a_name() {
    let home = Home::new();
    let id = "11111111-2222-3333-4444-555555555555";
    home.configure(&format!("[[folder]]\nname = \"a\"\nleft = \"/a\"\nright = \"/b\"\nid = \"{id}\"\n"));
    let ran = home.run(&["items", "untick", id, "--json"]).exit(0);
    assert_eq!((&ran.lines()[0]["item"], &ran.lines()[0]["ticked"]), (&id.into(), &false.into()));
}
