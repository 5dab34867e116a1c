//! `syncmgr handlers`, and sessions with handlers that are programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::json;

use crate::home::Home;

/// What is told of the handler `notes`.
fn state(home: &Home) -> String {
    let ran = home.run(&["handlers", "--json"]).exit(0);
    ran.of_type("handler")[0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_registered_program_is_shown_with_its_hash_and_not_started_before_it_is_trusted() {
    let home = Home::new();
    let ran = home.register(&["plain"]);
    assert!(ran.err.contains("`syncmgr handlers trust notes`"), "{}", ran.err);
    let handler = &home.run(&["handlers", "--json"]).exit(0).of_type("handler")[0];
    assert_eq!(handler["state"], "untrusted");
    assert_eq!(handler["hash"].as_str().unwrap().len(), 64);
    let script = home.work("handler.py").to_str().unwrap().to_owned();
    let named = handler["argv"][1].as_str().unwrap().replace("[base]", "");
    assert!(script.ends_with(&named), "{script} {named}: a file is named in full");

    assert_snapshot!(home.run(&["items"]).shown(), @r"
    exit 0
    err| hint: `notes` is not trusted yet, so its program is not started; `syncmgr handlers trust notes` lets it run
    ");
    assert_snapshot!(home.run(&["sync", "notes"]).shown(), @r"
    exit 2
    err| error: `notes` is not trusted yet, so its program is not started
    err| hint: `syncmgr handlers` shows what it would run; `syncmgr handlers trust notes` lets it
    ");
    let ran = home.run(&["sync"]).exit(0);
    assert!(ran.err.contains("`notes` was left out"), "{}", ran.err);
    let _ = home.run(&["status"]).exit(0);
    assert!(!home.handler_dir().exists(), "nothing of it has run");
}

#[test]
fn a_trusted_program_lists_items_and_runs() {
    let home = Home::with_notes(&["plain", "broken"]);
    assert_eq!(state(&home), "enabled");
    assert_snapshot!(home.run(&["items"]).shown(), @r"
    exit 0
    out| [x]  notes/Plain
    out| [x]  notes/Broken
    ");
    assert_snapshot!(home.run(&["sync", "notes/Plain"]).shown(), @r"
    exit 0
    out| notes/Plain  in step  [time]
    ");
    assert_snapshot!(home.run(&["sync", "notes/plain", "-q"]).shown(), @r"
    exit 0
    ");
    assert_snapshot!(home.run(&["status"]).shown(), @r"
    exit 0
    out| notes/Plain   in step      just now
    out| notes/Broken  not run yet
    ");
    assert_snapshot!(home.run(&["why", "notes/Plain"]).shown(), @r"
    exit 0
    out| notes/Plain
    out|   last run [moment] (manual), session [id]
    out|   the last run went through
    ");
    let ran = home.run(&["sync", "notes", "--json"]).exit(1);
    let summary = &ran.of_type("summary")[0];
    assert_eq!(summary["items"][0]["name"], "notes/Plain");
    assert_eq!(summary["items"][1]["status"], "failed");
    assert_eq!(summary["window"], "stays");
}

#[test]
fn an_item_that_is_not_there_is_answered_with_the_near_one() {
    let home = Home::with_notes(&["plain"]);
    assert_snapshot!(home.run(&["sync", "notes/plan"]).shown(), @r"
    exit 2
    err| error: `notes` lists no item `plan`
    err| hint: did you mean `notes/Plain`? `syncmgr items` lists all
    ");
    assert_snapshot!(home.run(&["why", "notes"]).shown(), @r"
    exit 2
    err| error: `notes` is a handler
    err| hint: name one of its items: `notes/Plain`; `syncmgr items` lists them
    ");
}

#[test]
fn a_changed_program_is_refused_with_the_way_on() {
    let home = Home::with_notes(&["plain"]);
    let _ = home.run(&["sync"]).exit(0);
    let changed = format!("{}\n# changed\n", home.read("handler.py"));
    home.write("handler.py", &changed);
    assert_eq!(state(&home), "changed");
    assert_snapshot!(home.run(&["sync"]).shown(), @r"
    exit 1
    out|   error     `notes` refused to start: it has changed since it was trusted; look at it, then run `syncmgr handlers trust notes`
    ");
    assert_snapshot!(home.run(&["why", "notes/Plain"]).shown(), @r"
    exit 0
    out| notes/Plain
    out|   last run [moment] (manual), session [id]
    out|   `notes`: not the program that was trusted; `syncmgr handlers trust notes` lets it run as it is now
    out|   the last run went through
    err| hint: `syncmgr handlers trust notes`
    ");
    let doctor = home.run(&["doctor"]).exit(1);
    assert!(doctor.out.contains("not the program that was trusted"), "{}", doctor.out);
    let _ = home.run(&["handlers", "trust", "notes"]).exit(0);
    let _ = home.run(&["sync"]).exit(0);
}

#[test]
fn a_program_that_is_gone_is_missing_and_the_others_run() {
    let home = Home::with_notes(&["plain"]);
    for side in ["left", "right"] {
        fs::create_dir(home.work(side)).unwrap();
    }
    home.write("left/a", "1");
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    fs::remove_file(home.work("handler.py")).unwrap();
    // The interpreter is still there, and the script was trusted with it.
    assert_eq!(state(&home), "changed");
    let _ = home.run(&["sync"]).exit(1);
    assert_eq!(home.read("right/a"), "1");

    home.write("tool", "#!/bin/sh\n");
    fs::set_permissions(home.work("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    let _ = home.run(&["handlers", "register", "notes", "--trust", "--", "./tool"]).exit(0);
    assert_eq!(state(&home), "enabled");
    fs::remove_file(home.work("tool")).unwrap();
    assert_eq!(state(&home), "missing");
    let doctor = home.run(&["doctor"]).exit(1);
    assert!(doctor.err.contains("`syncmgr handlers unregister notes`"), "{}", doctor.err);
}

#[test]
fn folders_and_programs_share_one_session() {
    let home = Home::with_notes(&["plain"]);
    for side in ["left", "right"] {
        fs::create_dir(home.work(side)).unwrap();
    }
    home.write("left/a", "1");
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let ran = home.run(&["sync", "--json"]).exit(0);
    let names: Vec<_> = ran.of_type("summary")[0]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["photos", "notes/Plain"]);
    assert_eq!(home.run(&["history", "--json"]).exit(0).of_type("session").len(), 1);
    let _ = home.run(&["sync", "notes/Plain", "photos"]).exit(0);
}

#[test]
fn a_program_on_the_path_is_listed_and_does_nothing_until_it_is_trusted() {
    let home = Home::new();
    home.write_handler();
    home.write("bin/syncmgr-handler-notes", "#!/bin/sh\nexec python3 \"${0%/*}/../handler.py\" plain\n");
    fs::set_permissions(home.work("bin/syncmgr-handler-notes"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.work("bin").display());
    let run = |arguments: &[&str]| home.ran(home.command(arguments).env("PATH", &path).output().unwrap());

    let handler = &run(&["handlers", "--json"]).exit(0).of_type("handler")[0];
    assert_eq!((&handler["state"], &handler["registered"]), (&json!("untrusted"), &json!(false)));
    let items = run(&["items", "--json"]).exit(0);
    assert_eq!(items.lines().len(), 0, "{}", items.out);
    let _ = run(&["sync"]).exit(0);
    assert!(!home.handler_dir().exists());

    let _ = run(&["handlers", "trust", "notes"]).exit(0);
    let _ = run(&["sync", "notes/Plain"]).exit(0);
}

#[test]
fn unregistering_forgets_what_was_chosen_and_keeps_what_happened() {
    let home = Home::with_notes(&["plain"]);
    let _ = home.run(&["sync"]).exit(0);
    let _ = home.run(&["items", "untick", "notes/Plain"]).exit(0);
    assert_snapshot!(home.run(&["handlers", "unregister", "notes"]).shown(), @r"
    exit 0
    out| `notes` is no handler any more; what it kept stays in `[base]/state/syncmgr/handlers/notes`
    ");
    assert_eq!(home.run(&["items", "--json"]).exit(0).out, "");
    assert_eq!(home.run(&["history", "--json"]).exit(0).of_type("session").len(), 1);
    assert_snapshot!(home.run(&["handlers", "unregister", "notes"]).shown(), @r"
    exit 2
    err| error: no handler is called `notes`
    err| hint: `syncmgr handlers` lists them
    ");

    let _ = home.register(&["plain"]);
    let _ = home.run(&["handlers", "trust", "notes"]).exit(0);
    assert_eq!(home.run(&["items", "--json"]).exit(0).of_type("item")[0]["ticked"], true);
}

#[test]
fn registering_again_keeps_the_ticks_and_the_trust_of_the_same_program() {
    let home = Home::with_notes(&["plain"]);
    let _ = home.run(&["items", "untick", "notes/Plain"]).exit(0);
    let _ = home.register(&["plain"]);
    assert_eq!(state(&home), "enabled");
    assert_eq!(home.run(&["items", "--json"]).exit(0).of_type("item")[0]["ticked"], false);
}

#[test]
fn a_name_belongs_to_one_thing() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "notes"]).exit(0);
    home.write_handler();
    let ran = home.run(&["handlers", "register", "notes", "--", "python3", "handler.py"]).exit(2);
    assert!(ran.err.contains("taken by a pair of folders"), "{}", ran.err);
    let _ = home.run(&["handlers", "register", "other", "--", "python3", "handler.py"]).exit(0);
    let ran = home.run(&["add", "folder", "left", "right2", "--name", "other"]).exit(2);
    assert!(ran.err.contains("taken by a handler"), "{}", ran.err);
    let ran = home.run(&["handlers", "register", "x", "--", "/nowhere/tool"]).exit(2);
    assert!(ran.err.contains("`/nowhere/tool` is not there"), "{}", ran.err);
}

#[test]
fn a_handler_gets_its_table_of_the_file_and_secrets_by_name_only() {
    let home = Home::with_notes(&["secret"]);
    home.write("token", "hunter2\nmore\n");
    let token = home.work("token");
    home.configure(&format!(
        "[handlers.notes]\nserver = \"example.org\"\nports = [1, 2]\nstall_after = \"5m\"\n\
         [handlers.notes.secrets]\ntoken = {{ file = \"{}\" }}\n",
        token.display()
    ));
    let ran = home.run(&["sync", "--json"]).exit(0);
    assert_eq!(home.kept("initialize").unwrap()["config"], json!({"server": "example.org", "ports": [1, 2]}));
    let answers = home.kept("secret").unwrap();
    assert_eq!(answers[0]["value"], "hunter2");
    assert_eq!(answers[1]["error"]["code"], -32001, "one that is not named is not there");
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    let log = fs::read_to_string(home.state_dir().join("secrets.log")).unwrap();
    assert!(log.contains("notes token: given") && !log.contains("hunter2"), "{log}");
}

#[test]
fn a_manifest_counts_as_it_was_when_the_program_was_trusted() {
    let home = Home::new();
    home.write("handler.toml", "env = ['NOTES_PLACE']\n");
    let _ = home.register(&["plain"]);
    let _ = home.run(&["handlers", "trust", "notes"]).exit(0);
    // It grows afterwards: what was not there to be looked at was not agreed to.
    home.write("handler.toml", "env = ['NOTES_PLACE', 'NOTES_KEY']\n");
    let mut command = home.command(&["sync"]);
    let output = command.env("NOTES_PLACE", "here").env("NOTES_KEY", "hunter2").output().unwrap();
    let _ = home.ran(output).exit(0);
    let environment = home.kept("environment").unwrap();
    assert_eq!((&environment["NOTES_PLACE"], environment.get("NOTES_KEY")), (&json!("here"), None));

    home.write("handler.toml", "gracious = 1\n");
    let ran = home.run(&["handlers", "trust", "notes"]).exit(2);
    assert!(ran.err.contains("`gracious` is not known"), "{}", ran.err);
}

#[test]
fn an_item_that_is_gone_since_it_was_listed_is_told() {
    let home = Home::with_notes(&["plain", "broken"]);
    let _ = home.run(&["items"]).exit(0);
    let _ = home.register(&["broken"]);
    let _ = home.run(&["handlers", "trust", "notes"]).exit(0);
    let ran = home.run(&["sync", "notes/Plain"]).exit(1);
    assert!(ran.err.contains("is not there any more"), "{}", ran.err);
    assert!(!home.run(&["items"]).exit(0).out.contains("notes/Plain"));
    let ran = home.run(&["sync", "notes/Plain"]).exit(2);
    assert!(ran.err.contains("lists no item `Plain`"), "{}", ran.err);
}

#[test]
fn what_is_for_folders_is_refused_where_none_is_meant_and_a_dry_run_says_what_it_cannot_show() {
    let home = Home::with_notes(&["plain"]);
    let ran = home.run(&["sync", "notes", "--mode", "one-way-safe"]).exit(2);
    assert!(ran.err.contains("`--mode` is for folders"), "{}", ran.err);
    let ran = home.run(&["sync", "notes", "--dry-run"]).exit(1);
    assert!(ran.out.contains("cannot be previewed"), "{}{}", ran.out, ran.err);
    assert!(home.kept("synchronized").is_none(), "nothing was synchronized");
}

#[test]
fn a_wrong_table_of_a_handler_names_the_line() {
    let home = Home::new();
    home.configure("[handlers.notes]\ngrace = \"soon\"\n");
    let ran = home.run(&["items"]).exit(2);
    assert!(ran.err.contains("config.toml` line 2, key `grace`"), "{}", ran.err);
    home.configure("[handlers.notes]\n\n[handlers.notes.secrets]\ntoken = \"hunter2\"\n");
    let ran = home.run(&["items"]).exit(2);
    assert!(ran.err.contains("`token`: secrets are written as a table"), "{}", ran.err);
}

#[test]
fn properties_are_shown_by_the_handler() {
    let home = Home::with_notes(&["plain", "broken"]);
    assert_snapshot!(home.run(&["items", "properties", "notes/Plain"]).shown(), @r"
    exit 0
    out| `notes/Plain` showed its properties
    ");
    assert_eq!(home.kept("properties").unwrap(), json!({"item": "plain"}));
    assert_snapshot!(home.run(&["items", "properties", "notes/Broken"]).shown(), @r"
    exit 2
    err| error: `notes/Broken` shows no properties: it has no properties
    err| hint: what can be set about it is in `[handlers.notes]` of the configuration
    ");
    assert_eq!(home.run(&["history", "--json"]).exit(0).out, "", "that is no session to remember");
}

#[test]
fn a_new_handler_runs_as_it_is_and_nothing_is_written_over() {
    let home = Home::new();
    let ran = home.run(&["handlers", "new", "mail", "--lang", "python"]).exit(0);
    assert_eq!(ran.out, "mail/syncmgr-handler-mail\n");
    let ran_again = home.run(&["handlers", "new", "mail", "--lang", "shell"]).exit(2);
    assert!(ran_again.err.contains("is there already"), "{}", ran_again.err);
    let program = "./mail/syncmgr-handler-mail";
    let _ = home.run(&["handlers", "register", "mail", "--trust", "--", program]).exit(0);
    let _ = home.run(&["sync", "mail"]).exit(0);
    let ran = home.run(&["handlers", "new", "mail", "--lang", "cobol"]).exit(2);
    assert!(ran.err.contains("`python`, `rust` and `shell`"), "{}", ran.err);
}

#[test]
fn a_program_that_is_no_handler_fails_the_check_and_the_lines_are_shown() {
    let home = Home::new();
    let ran = home.run(&["handlers", "check", "--quick", "true"]).exit(1);
    assert!(ran.out.contains("failed") && ran.out.contains("H> {"), "{}", ran.out);
    let ran = home.run(&["handlers", "check", "--quick", "--json", "true"]).exit(1);
    assert!(ran.of_type("check").iter().any(|check| check["health"] == "failed"), "{}", ran.out);
}
