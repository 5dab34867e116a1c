//! What programs ask for over the socket: one handler with a cookie, or everything.

use std::fs;

use insta::assert_snapshot;
use rustix::fs::{CWD, Mode};
use serde_json::{Value, json};

use crate::daemon::{Daemon, until};
use crate::home::Home;
use crate::pages::ask;

fn invoke(home: &Home, request: Value) -> Vec<Value> {
    let mut request = request;
    request["request"] = json!("invoke");
    ask(home, &request)
}

/// Waits until so many sessions are over.
fn sessions(home: &Home, n: usize) {
    until("the sessions are over", || {
        let history = home.run(&["history", "--json"]).exit(0);
        history.of_type("session").len() == n
    });
}

/// A home with the handler `notes` and the folders `photos`, of which each has something to do.
fn home() -> Home {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.register(&["plain"]);
    let _ = home.run(&["handlers", "trust", "notes"]).exit(0);
    home.configure(&format!(
        "[[folder]]\nname = \"photos\"\nleft = \"{}\"\nright = \"{}\"\n",
        home.work("left").display(),
        home.work("right").display()
    ));
    home
}

#[test]
fn the_cookie_of_a_program_reaches_the_one_handler_byte_for_byte() {
    let home = home();
    let _daemon = Daemon::start(&home);
    let answer = invoke(&home, json!({"handler": "notes", "flags": 6, "cookie": "AP8KDQ=="}));
    assert_eq!(answer.last().unwrap()["exit"], 0, "{answer:?}");
    sessions(&home, 1);
    let initialize = home.kept("initialize").unwrap();
    assert_eq!((&initialize["reason"], &initialize["cookie"]), (&json!("invoke"), &json!("AP8KDQ==")));
    assert_eq!(initialize["may_bother_user"], false);
    assert!(!home.work("right/a").exists());
}

#[test]
fn update_all_begins_everything_without_a_cookie() {
    let home = home();
    let _daemon = Daemon::start(&home);
    let answer = invoke(&home, json!({}));
    assert_eq!(answer.last().unwrap()["exit"], 0, "{answer:?}");
    sessions(&home, 1);
    let initialize = home.kept("initialize").unwrap();
    assert_eq!((&initialize["reason"], &initialize["cookie"]), (&json!("invoke"), &Value::Null));
    assert_eq!(initialize["may_bother_user"], true);
    assert_eq!(home.kept("synchronized").unwrap().as_array().unwrap().len(), 1);
    assert_eq!(home.read("right/a"), "1");
}

#[test]
fn whoever_asks_does_not_wait_and_equal_requests_that_wait_are_one() {
    let home = home();
    let _daemon = Daemon::start(&home);
    let gate = home.work("gate");
    rustix::fs::mkfifoat(CWD, &gate, Mode::from_raw_mode(0o600)).unwrap();
    // Each is answered while the first session waits for the gate.
    for cookie in ["QQ==", "Qg==", "Qg==", "Qw==", "Qg=="] {
        let answer = invoke(&home, json!({"handler": "notes", "cookie": cookie}));
        assert_eq!(answer.last().unwrap()["exit"], 0, "{answer:?}");
    }
    let open = fs::OpenOptions::new().write(true).open(&gate).unwrap();
    fs::remove_file(&gate).unwrap();
    drop(open);
    sessions(&home, 3);
    assert_eq!(home.kept("initialize").unwrap()["cookie"], "Qw==");
    until("nothing waits any more", || {
        home.run(&["daemon", "status", "--json"]).exit(0).of_type("daemon")[0]["sessions"] == 0
    });
    sessions(&home, 3);
}

#[test]
fn what_is_not_registered_or_not_defined_is_refused_and_starts_nothing() {
    let home = home();
    let _daemon = Daemon::start(&home);
    let refused = |request: Value| {
        let answer = invoke(&home, request);
        let end = answer.last().unwrap();
        assert_eq!((answer.len(), &end["exit"]), (1, &json!(2)), "{answer:?}");
        end["failure"]["headline"].as_str().unwrap().to_owned()
    };
    let all = [
        json!({"handler": "nobody"}),
        json!({"handler": "00000000-0000-0000-0000-000000000000"}),
        json!({"handler": "notes", "flags": 1}),
        json!({"handler": "notes", "cookie": "?"}),
        json!({"cookie": "QQ=="}),
    ];
    assert_snapshot!(all.map(refused).join("\n"), @r"
    no handler is registered as `nobody`
    no handler is registered as `00000000-0000-0000-0000-000000000000`
    0x1 has bits that nobody knows
    the cookie is no Base64
    a cookie is for one handler, and none is named
    ");
    assert!(home.run(&["history", "--json"]).exit(0).of_type("session").is_empty());
}
