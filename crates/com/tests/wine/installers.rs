//! `mobsync.dll`: what installers of handlers ask the manager's class. Each question is a process of its own, so that what is
//! answered was kept.

use crate::rig::*;

const OK: &str = "0x00000000";
const FALSE: &str = "0x00000001";
const INVALID: &str = "0x80070057";

/// What was answered to each question.
fn ask(words: &[&str]) -> Vec<(String, String)> {
    let (output, errors, status) = say("client.exe", words);
    assert_eq!(status, Some(0), "{output}{errors}");
    let answer =
        |line: &str| line.split_once(": ").map(|(question, answer)| (question.to_owned(), answer.to_owned()));
    output.lines().filter_map(answer).collect()
}

/// The answer to the last question but the creation of the class.
fn answer(words: &[&str]) -> String {
    ask(words)[1].1.clone()
}

/// The answer about a class, and its flags.
fn info(class: &str) -> (String, String) {
    let answers = ask(&["info", class]);
    (answers[1].1.clone(), answers[2].1.clone())
}

fn name(class: &str) -> Option<String> {
    listed().into_iter().find(|(id, ..)| id == class).map(|(_, _, name)| name)
}

#[test]
fn w_109_and_w_110_what_is_registered_is_kept_and_told_until_it_is_taken_back() {
    let class = "{A0000000-0000-0000-0000-000000000109}";
    assert_eq!(info(class), (FALSE.into(), "0x00000000".into()));
    assert_eq!(answer(&["register", class, "notes", "5"]), OK);
    assert_eq!(info(class), (OK.into(), "0x00000005".into()));
    assert_eq!(name(class).as_deref(), Some("notes"));
    assert_eq!(answer(&["unregister", class]), OK);
    assert_eq!((info(class).0.as_str(), name(class)), (FALSE, None));
}

#[test]
fn w_111_and_w_113_registering_again_overwrites_once_and_without_a_name_keeps_it() {
    let class = "{A0000000-0000-0000-0000-000000000113}";
    assert_eq!(answer(&["register", class, "-", "1"]), OK);
    assert_eq!(name(class).as_deref(), Some(""));
    assert_eq!(answer(&["register", class, "mail", "2"]), OK);
    assert_eq!(answer(&["register", class, "-", "4"]), OK);
    assert_eq!(info(class), (OK.into(), "0x00000004".into()));
    let found: Vec<_> = listed().into_iter().filter(|(id, ..)| id == class).collect();
    assert_eq!(found, [(class.to_owned(), "machine".to_owned(), "mail".to_owned())]);
    assert_eq!(answer(&["unregister", class]), OK);
    assert_eq!(answer(&["unregister", class]), OK);
}

#[test]
fn w_112_what_must_not_be_passed_is_refused_and_the_library_goes_when_nobody_needs_it() {
    let answers = ask(&["odd"]);
    for (question, expected) in [
        ("create", OK),
        ("nil class", INVALID),
        ("unknown flags", INVALID),
        ("not registered by that", FALSE),
        ("nowhere to put flags", INVALID),
        ("unregister nil", INVALID),
        ("another interface", "0x80004002"),
        ("aggregated", "0x80040110"),
        ("factory", OK),
        ("may go with an object", FALSE),
        ("may go with a lock", FALSE),
        ("may go", OK),
    ] {
        let answer = answers.iter().find(|(asked, _)| asked == question).map(|(_, answer)| answer.as_str());
        assert_eq!(answer, Some(expected), "{question}: {answers:?}");
    }
}

#[test]
fn handlers_that_find_the_manager_tell_it_and_write_nothing_themselves() {
    // Only the manager's class writes flags; what handlers write without it is a name alone.
    assert_eq!(info(class("workers")), (OK.into(), "0x00000000".into()));
    let key =
        format!(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Syncmgr\Handlers\{}", class("workers"));
    let (values, ..) = say("reg.exe", &["query", &key, "/v", "Flags"]);
    assert!(values.contains("REG_DWORD") && values.contains("0x0"), "{values}");
}

#[test]
fn the_class_is_registered_for_one_user_as_well_and_taken_back() {
    let key = r"HKCU\SOFTWARE\Classes\CLSID\{6295DF27-35EE-11D1-8707-00C04FD93327}\InProcServer32";
    let library = windows_path("mobsync.dll");
    let is_there = || say("reg.exe", &["query", key, "/ve"]);
    assert_ne!(is_there().2, Some(0));
    assert_eq!(say("regsvr32.exe", &["/s", "/n", "/i:user", &library]).2, Some(0));
    let (value, _, status) = is_there();
    assert_eq!(status, Some(0));
    assert!(value.contains(&library), "{value}");
    assert_eq!(say("regsvr32.exe", &["/s", "/u", "/n", "/i:user", &library]).2, Some(0));
    assert_ne!(is_there().2, Some(0));
}
