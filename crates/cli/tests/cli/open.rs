//! `syncmgr results open`: an entry leads back into its handler, in a fresh process.

use insta::assert_snapshot;

use crate::home::Home;

#[test]
fn an_entry_is_opened_in_a_fresh_process_and_what_failed_is_tried_again() {
    let home = Home::with_notes(&["plain", "broken"]);
    let ran = home.run(&["sync", "--json"]).exit(1);
    let entry = &ran.of_type("entry")[0];
    assert_eq!((&entry["jump"], &entry["from"]), (&true.into(), &"notes".into()));
    assert_eq!((&entry["detail"], &entry["code"]), (&"looked in the drawer".into(), &"E1".into()));
    let number = entry["entry"].to_string();
    let session = ran.of_type("summary")[0]["session"].as_str().unwrap().to_owned();
    assert_snapshot!(home.run(&["results"]).shown(), @r"
    exit 0
    out| [id]  manual, [moment], [time]
    out| notes/Plain   in step
    out| notes/Broken  failed
    out|   error     notes/Broken: the key is missing [1]
    err| hint: `syncmgr results open 1` leads on from there
    ");

    let ran = home.run(&["results", "open", &number, "--json"]).exit(0);
    let summary = &ran.of_type("summary")[0];
    assert_eq!(summary["items"].as_array().unwrap().len(), 1, "what was asked for, and nothing else");
    assert_eq!(
        (&summary["items"][0]["name"], &summary["items"][0]["status"]),
        (&"notes/Broken".into(), &"succeeded".into())
    );
    assert_eq!(home.kept("repaired").unwrap(), true);
    let ran = home.run(&["results", &session, "--json"]).exit(0);
    assert_eq!(ran.of_type("entry").len(), 0, "its handler took it back");
    let _ = home.run(&["sync", "notes"]).exit(0);
}

#[test]
fn what_cannot_be_opened_says_so() {
    let home = Home::with_notes(&["plain", "broken"]);
    assert_snapshot!(home.run(&["results", "open", "1"]).shown(), @r"
    exit 2
    err| error: no session has run yet
    err| hint: run one with `syncmgr sync`
    ");
    let _ = home.run(&["sync"]).exit(1);
    assert_snapshot!(home.run(&["results", "open", "77"]).shown(), @r"
    exit 2
    err| error: session `[id]` has no entry 77
    err| hint: those that can be opened: 1
    ");
    let _ = home.run(&["handlers", "unregister", "notes"]).exit(0);
    assert_snapshot!(home.run(&["results", "open", "1"]).shown(), @r"
    exit 2
    err| error: the handler that wrote this entry is not there any more
    err| hint: `syncmgr handlers` lists those that are
    ");
}

#[test]
fn an_entry_of_an_earlier_session_is_opened_by_naming_that() {
    let home = Home::with_notes(&["plain", "broken"]);
    let ran = home.run(&["sync", "notes/Broken", "--json"]).exit(1);
    let number = ran.of_type("entry")[0]["entry"].to_string();
    let session = ran.of_type("summary")[0]["session"].as_str().unwrap().to_owned();
    let _ = home.run(&["sync", "notes/Plain"]).exit(0);
    let _ = home.run(&["results", "open", &number]).exit(2);
    let _ = home.run(&["results", "open", &number, "--session", &session]).exit(0);
}

#[test]
fn an_entry_that_its_handler_has_forgotten_leads_nowhere_from_then_on() {
    let home = Home::with_notes(&["broken", "forgetful"]);
    let ran = home.run(&["sync", "notes/Broken", "--json"]).exit(1);
    let number = ran.of_type("entry")[0]["entry"].to_string();
    let session = ran.of_type("summary")[0]["session"].as_str().unwrap().to_owned();
    let open = ["results", "open", &number, "--session", &session];
    let ran = home.run(&open).exit(1);
    assert!(ran.out.contains("never heard of it"), "{}{}", ran.out, ran.err);
    let ran = home.run(&open).exit(2);
    assert!(ran.err.contains("leads nowhere"), "{}", ran.err);
}
