//! Filling in forms.

use serde_json::{Value, json};
use syncmgr_tui::{Failure, Input, Key};
use syncmgr_wire::page::{Field, FieldKind, Form, Place, Screen};

use crate::pages;
use crate::rig::{Rig, UNICODE, USUAL};

fn rig() -> Rig {
    let mut rig = Rig::at(pages::first(), USUAL, UNICODE);
    rig.letters("+");
    rig
}

fn sent(rig: &mut Rig) -> Vec<Value> {
    rig.sent().into_iter().map(|(_, request)| serde_json::to_value(request).unwrap()).collect()
}

#[test]
fn what_is_filled_in_is_sent_under_its_names() {
    let mut rig = rig();
    rig.letters("/a").press(Key::Enter).letters("/b").press(Key::Tab);
    // The second of the modes; the first and the third of the events.
    rig.press(Key::Right).press(Key::Tab).letters(" ").press(Key::Left).letters(" ");
    rig.press(Key::Ctrl('s'));
    let sent = sent(&mut rig);
    assert_eq!(sent[0]["left"], "/a");
    assert_eq!(sent[0]["right"], "/b");
    assert_eq!(sent[0]["mode"], "one-way-replica");
    assert_eq!(sent[0]["on"], json!(["logon", "change"]));
    assert_eq!(sent[0]["name"], Value::Null);
    assert_eq!(sent.len(), 1);
}

#[test]
fn what_has_to_be_filled_in_is_asked_for_before_anything_is_sent() {
    let mut rig = rig();
    rig.letters("/a").press(Key::Ctrl('s'));
    assert!(sent(&mut rig).is_empty());
    assert!(rig.screen().contains("✗ this has to be filled in"), "{}", rig.screen());
    // It stands where something is missing, and the complaint goes with the first letter.
    rig.letters("/b");
    assert!(!rig.screen().contains("has to be filled in"), "{}", rig.screen());
    rig.press(Key::Ctrl('s'));
    assert_eq!(sent(&mut rig).len(), 1);
}

#[test]
fn what_was_refused_can_be_mended() {
    let mut rig = rig();
    rig.letters("/a").press(Key::Tab).letters("/a").press(Key::Ctrl('s'));
    let (number, _) = rig.sent().remove(0);
    rig.press(Key::Ctrl('s'));
    assert!(rig.sent().is_empty(), "it is on its way");
    let failure = Failure::Refused {
        headline: "both sides are the same folder".to_owned(),
        causes: Vec::new(),
        hint: Some("name two".to_owned()),
    };
    rig.step(Input::Sent { number, outcome: Err(failure) });
    let screen = rig.screen();
    assert!(screen.contains("✗ both sides are the same folder"), "{screen}");
    assert!(screen.contains("hint: name two") && screen.contains("/a"), "{screen}");
    rig.press(Key::Backspace).letters("b").press(Key::Ctrl('s'));
    let (number, _) = rig.sent().remove(0);
    rig.step(Input::Sent { number, outcome: Ok(()) });
    assert!(!rig.screen().contains("Add two folders ─"), "{}", rig.screen());
}

#[test]
fn where_a_form_leads_is_gone_to_once_it_was_carried_out() {
    let mut page = pages::first();
    page.place = Place::of(Screen::Settings);
    let mut rig = Rig::at(page, USUAL, UNICODE);
    rig.letters("+/a").press(Key::Tab).letters("/b").press(Key::Ctrl('s'));
    assert!(rig.asked().is_none());
    let (number, _) = rig.sent().remove(0);
    rig.step(Input::Sent { number, outcome: Ok(()) });
    assert_eq!(rig.asked().unwrap().1.place, Place::of(Screen::Items));
}

#[test]
fn escape_closes_a_form_and_sends_nothing() {
    let mut rig = rig();
    rig.letters("/a").press(Key::Tab).letters("/b").press(Key::Esc).press(Key::Ctrl('s')).press(Key::Enter);
    assert!(sent(&mut rig).is_empty());
}

#[test]
fn fields_for_who_asks_for_more_are_behind_a_line() {
    let mut rig = rig();
    assert!(!rig.screen().contains("Every"), "{}", rig.screen());
    (0..4).for_each(|_| rig.step(Input::Key(Key::Tab)));
    rig.letters(" ");
    assert!(rig.screen().contains("Every"), "{}", rig.screen());
    rig.press(Key::Tab).letters("pictures");
    (0..5).for_each(|_| rig.step(Input::Key(Key::BackTab)));
    rig.letters("/a").press(Key::Tab).letters("/b").press(Key::Ctrl('s'));
    assert_eq!(sent(&mut rig)[0]["name"], "pictures");
}

#[test]
fn a_toggle_and_a_text_that_were_there_are_sent_as_they_are_now() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("e").press(Key::Backspace).press(Key::Backspace).letters("h").press(Key::Tab).letters(" ");
    rig.press(Key::Tab).press(Key::Enter);
    let sent = sent(&mut rig);
    assert_eq!((&sent[0]["every"], &sent[0]["catch_up"]), (&json!("1h"), &json!(false)));
}

#[test]
fn text_of_several_lines_is_written_and_pasted() {
    let mut rig = Rig::at(pages::conflict(), USUAL, UNICODE);
    rig.letters("m").press(Key::Enter).letters("four");
    rig.step(Input::Paste("\r\nfive".to_owned()));
    assert!(rig.screen().contains("five"), "{}", rig.screen());
    rig.press(Key::Ctrl('s'));
    assert_eq!(sent(&mut rig)[0]["text"], "one\ntwo\nthree\nfour\nfive");
}

#[test]
fn a_form_with_one_text_is_sent_by_the_return_key() {
    let form = Form {
        title: "Find".to_owned(),
        text: String::new(),
        fields: vec![Field { required: true, ..pages::field("item", "Item", FieldKind::Text) }],
        request: json!({ "request": "why" }),
        submit: "Ask".to_owned(),
        then: None,
    };
    let mut page = pages::first();
    page.actions = vec![pages::action("why", "Why", Some('w'), syncmgr_wire::page::Does::Fill(form))];
    let mut rig = Rig::at(page, USUAL, UNICODE);
    rig.letters("wphotos").press(Key::Enter);
    assert_eq!(sent(&mut rig), [json!({ "request": "why", "item": "photos" })]);
}

/// A page with one form that asks for this.
fn asking(field: Field, request: Value) -> Rig {
    let form = Form {
        title: "Tell more".to_owned(),
        text: String::new(),
        fields: vec![field],
        request,
        submit: "Send".to_owned(),
        then: None,
    };
    let mut page = pages::first();
    page.actions = vec![pages::action("more", "More", Some('w'), syncmgr_wire::page::Does::Fill(form))];
    let mut rig = Rig::at(page, USUAL, UNICODE);
    rig.letters("w");
    rig
}

#[test]
fn each_line_of_a_list_is_sent_as_a_text() {
    let before =
        Field { value: "*.tmp\n*.bak".to_owned(), ..pages::field("paths", "Paths", FieldKind::List) };
    let request = json!({ "request": "trash_restore", "item": null, "session": null, "side": null });
    let mut rig = asking(before.clone(), request.clone());
    // Into the text, up to its first line, and out of it at its end.
    rig.press(Key::Up).letters("s").press(Key::Down).press(Key::End).press(Key::Enter).press(Key::Enter);
    rig.letters("c").press(Key::Down).press(Key::Enter);
    assert_eq!(sent(&mut rig)[0]["paths"], json!(["*.tmps", "*.bak", "c"]));
    let mut rig = asking(before, request);
    for _ in 0.."*.tmp\n*.bak".len() {
        rig.press(Key::Backspace);
    }
    rig.press(Key::Ctrl('s'));
    assert_eq!(sent(&mut rig)[0]["paths"], json!([]), "what was there and was taken away is said");
}

#[test]
fn what_is_secret_is_written_unseen() {
    let field = Field { required: true, ..pages::field("answer", "Your answer", FieldKind::Secret) };
    let mut rig = asking(field, json!({ "request": "answer", "question": 3, "answer": null }));
    rig.letters("correct horse");
    assert!(!rig.screen().contains("horse"), "{}", rig.screen());
    rig.press(Key::Enter);
    assert_eq!(sent(&mut rig), [json!({ "request": "answer", "question": 3, "answer": "correct horse" })]);
}
