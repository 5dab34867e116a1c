//! `syncmgr hooks`: who is told what happens.

use std::fs;

use insta::assert_snapshot;

use crate::daemon::until;
use crate::home::Home;

fn config(home: &Home) -> String {
    fs::read_to_string(home.config_file()).unwrap()
}

#[test]
fn hooks_are_listed_without_what_may_be_secret() {
    let home = Home::new();
    home.configure(
        r#"[[hook]]
on = ["on-error", "on-late"]
run = ["notify-me", "--token", "s3cret"]
item = ["photos"]

[[hook]]
on = ["on-halt"]
url = "https://user:s3cret@hooks.example.org/services/s3cret?key=s3cret"
headers = { Authorization = "Bearer s3cret" }
"#,
    );
    let ran = home.run(&["hooks"]);
    assert_snapshot!(ran.shown(), @r"
    exit 0
    out| desktop                                                   on-error, on-conflict, on-late, on-halt
    out| notify-me                    notify-me …                  on-error, on-late                        about photos
    out| https://hooks.example.org/…  https://hooks.example.org/…  on-halt
    ");
    assert!(!home.run(&["hooks", "--json"]).exit(0).out.contains("s3cret"));
}

#[test]
fn a_hook_is_added_told_and_removed_and_comments_stay() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "papers"]).exit(0);
    let before = format!("# mine\n{}", config(&home));
    home.configure(&before);
    let told = home.work("told").to_str().unwrap().to_owned();
    let script = format!("cat >> '{told}'");
    let add = [
        "hooks",
        "add",
        "--on",
        "after-session",
        "--name",
        "log",
        "--item",
        "papers",
        "--",
        "sh",
        "-c",
        &script,
    ];
    let _ = home.run(&add).exit(0);
    let _ = home.run(&["sync"]).exit(0);
    // A daemon answers before its hooks have run.
    let mut line = serde_json::Value::Null;
    until("the hook was told", || {
        let told = fs::read_to_string(&told).unwrap_or_default();
        line = told.lines().next().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
        !line.is_null()
    });
    assert_eq!((&line["occasion"], &line["name"]), (&"after-session".into(), &"papers".into()));

    let ran = home.run(&add).exit(2);
    assert!(ran.err.contains("the name `log` is taken by a hook"), "{}", ran.err);
    let _ = home.run(&["hooks", "remove", "log"]).exit(0);
    assert_eq!(config(&home), before);
    let _ = home.run(&["hooks", "remove", "log"]).exit(2);
}

#[test]
fn a_hook_that_makes_no_sense_is_refused_before_anything_is_written() {
    let home = Home::new();
    home.configure("# mine\n");
    for arguments in [
        &["--on", "sunrise", "--", "true"][..],
        &["--on", "on-error", "--url", "nowhere"],
        &["--on", "on-error", "--item", "nobody", "--", "true"],
        &["--on", "on-error"],
        &["--on", "on-error", "--timeout", "long", "--", "true"],
    ] {
        let _ = home.run(&[&["hooks", "add"], arguments].concat()).exit(2);
        assert_eq!(config(&home), "# mine\n", "{arguments:?}");
    }
}

#[test]
fn the_desktop_is_turned_off_and_on() {
    let home = Home::new();
    home.configure("# mine\n[daemon]\nlisten = \"127.0.0.1:0\"  # for the page\n");
    let enabled = |home: &Home| home.run(&["hooks", "--json"]).exit(0).of_type("hook")[0]["enabled"].clone();
    assert_eq!(enabled(&home), true);
    let _ = home.run(&["hooks", "desktop", "off"]).exit(0);
    assert_eq!(enabled(&home), false);
    assert!(
        config(&home).starts_with("# mine\n[daemon]\nlisten = \"127.0.0.1:0\"  # for the page\n"),
        "{}",
        config(&home)
    );
    let _ = home.run(&["hooks", "desktop", "on"]).exit(0);
    assert_eq!(enabled(&home), true);
}
