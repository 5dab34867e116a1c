//! `syncmgr status`, `history` and `results`

use insta::assert_snapshot;

use crate::home::Home;

#[test]
fn what_ran_is_remembered() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    assert_snapshot!(home.run(&["status"]).shown(), @r"
    exit 0
    out| photos  not run yet
    ");
    let _ = home.run(&["sync"]).exit(0);
    let _ = home.run(&["sync", "--dry-run"]).exit(0);
    assert_snapshot!(home.run(&["status"]).shown(), @r"
    exit 0
    out| photos  in step  just now  1 change → right, 1 B
    ");
    assert_snapshot!(home.run(&["history"]).shown(), @r"
    exit 0
    out| [id]  [moment]  in step  dry run of photos
    out| [id]  [moment]  in step  photos
    ");
    let sessions = home.run(&["history", "--json", "--limit", "5"]).exit(0).of_type("session");
    let first = sessions[1]["session"].as_str().unwrap();
    assert_snapshot!(home.run(&["results", first]).shown(), @r"
    exit 0
    out| [id]  manual, [moment], [time]
    out| photos  in step  1 change → right, 1 B
    ");
}

#[test]
fn before_the_first_session_there_are_no_results() {
    let home = Home::new();
    assert_snapshot!(home.run(&["results"]).shown(), @r"
    exit 2
    err| error: no session has run yet
    err| hint: run one with `syncmgr sync`
    ");
    assert_snapshot!(home.run(&["history"]).shown(), @r"
    exit 0
    out| no session has run yet
    ");
    assert_snapshot!(home.run(&["status"]).shown(), @r"
    exit 0
    out| nothing is configured; `syncmgr add folder LEFT RIGHT` adds a pair
    ");
}

#[test]
fn the_number_of_sessions_kept_is_the_users_to_choose() {
    let home = Home::with_folders(&[], &[]);
    home.configure("keep_sessions = 2\n");
    for _ in 0..4 {
        let _ = home.run(&["sync", "left", "right"]).exit(0);
    }
    assert_eq!(home.run(&["history", "--json"]).exit(0).of_type("session").len(), 2);
}
