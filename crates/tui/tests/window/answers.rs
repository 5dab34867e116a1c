//! Questions of handlers.

use syncmgr_tui::{Input, Key};
use syncmgr_wire::control::Request;
use syncmgr_wire::line::QuestionKind;
use syncmgr_wire::page::Page;

use crate::pages;
use crate::rig::{Rig, UNICODE, USUAL};

fn page(kind: QuestionKind) -> Page {
    let mut page = pages::items();
    page.questions = vec![pages::question(7, kind)];
    page
}

fn answers(rig: &mut Rig) -> Vec<(u64, Option<String>)> {
    let answer = |request| match request {
        Request::Answer(answer) => (answer.question, answer.answer.map(|secret| secret.0)),
        other => panic!("{other:?}"),
    };
    rig.sent().into_iter().map(|(_, request)| answer(request)).collect()
}

#[test]
fn each_kind_of_question_is_answered() {
    use Key::{Char, Ctrl, Enter, Esc, Up};
    let said = |text: &str| vec![(7, Some(text.to_owned()))];
    for (kind, keys, expected) in [
        // The harmless answer is the default, and stands first under the return key.
        (QuestionKind::Choice, vec![Enter], said("no")),
        (QuestionKind::Choice, vec![Up, Enter], said("yes")),
        (QuestionKind::Password, vec![Char('p'), Char('q'), Enter], said("pq")),
        (QuestionKind::Text, vec![Char('a'), Key::Backspace, Char('b'), Enter], said("b")),
        (QuestionKind::Text, vec![Ctrl('x')], vec![(7, None)]),
        (QuestionKind::Choice, vec![Esc], vec![]),
    ] {
        let mut rig = Rig::at(page(kind), USUAL, UNICODE);
        rig.step(Input::Tick);
        keys.iter().for_each(|key| rig.step(Input::Key(*key)));
        assert_eq!(answers(&mut rig), expected, "{kind:?} {keys:?}");
    }
}

#[test]
fn a_question_that_comes_up_is_not_answered_by_what_was_meant_for_something_else() {
    let mut rig = Rig::at(page(QuestionKind::Choice), USUAL, UNICODE);
    rig.press(Key::Enter).letters("s").press(Key::Ctrl('x'));
    assert!(rig.sent().is_empty());
    assert!(rig.app.wants_ticks());
    rig.step(Input::Tick);
    rig.press(Key::Enter);
    assert_eq!(answers(&mut rig).len(), 1);
}

#[test]
fn what_is_typed_stays_while_the_page_is_made_anew() {
    let mut rig = Rig::at(page(QuestionKind::Password), USUAL, UNICODE);
    rig.step(Input::Tick);
    rig.letters("half");
    rig.step(Input::Tick);
    rig.step(Input::Changed);
    rig.give(page(QuestionKind::Password));
    rig.letters("done").press(Key::Enter);
    assert_eq!(answers(&mut rig), [(7, Some("halfdone".to_owned()))]);
}

#[test]
fn a_question_that_was_put_off_can_be_answered_later() {
    let mut rig = Rig::at(page(QuestionKind::Choice), USUAL, UNICODE);
    rig.step(Input::Tick);
    rig.press(Key::Esc);
    assert!(!rig.screen().contains("mail asks"), "{}", rig.screen());
    assert!(rig.screen().contains("! questions"), "{}", rig.screen());
    rig.letters("!").press(Key::Enter);
    assert_eq!(answers(&mut rig).len(), 1);
}

#[test]
fn a_question_that_is_closed_elsewhere_goes_away() {
    let mut rig = Rig::at(page(QuestionKind::Choice), USUAL, UNICODE);
    rig.step(Input::Tick);
    rig.step(Input::Changed);
    rig.give(pages::items());
    assert!(!rig.screen().contains("mail asks"), "{}", rig.screen());
    rig.letters("s");
    assert_eq!(rig.sent().len(), 1);
}

#[test]
fn a_password_is_nowhere_in_what_the_window_says_of_itself() {
    let mut rig = Rig::at(page(QuestionKind::Password), USUAL, UNICODE);
    rig.step(Input::Tick);
    rig.letters("hunter2").press(Key::Enter);
    assert!(!format!("{:?}", rig.wanted).contains("hunter2"));
}
