//! `syncmgr manual`

use std::fs;

use crate::home::Home;

#[test]
fn the_manual_is_a_page_for_each_command_or_one_to_look_at() {
    let home = Home::new();
    let page = home.run(&["manual"]).exit(0).out;
    assert!(page.contains(".TH") && page.contains("Exit codes"), "{page}");
    let _ = home.run(&["manual", "--to", "man/man1"]).exit(0);
    for (name, flag) in [
        ("syncmgr", "state"),
        ("syncmgr-sync", "dry"),
        ("syncmgr-conflicts-edit", "VISUAL"),
        ("syncmgr-schedule", "catch"),
    ] {
        let page = fs::read_to_string(home.work(format!("man/man1/{name}.1"))).unwrap();
        assert!(page.contains(flag), "{name}: {page}");
    }
}
