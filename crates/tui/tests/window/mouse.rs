//! The mouse does what keys do.

use syncmgr_tui::{Effect, Input, Key};
use syncmgr_wire::line::QuestionKind;
use syncmgr_wire::page::{Place, Screen};

use crate::pages;
use crate::rig::{Rig, SMALL, UNICODE, USUAL};

#[test]
fn rows_are_chosen_and_opened() {
    let mut rig = Rig::at(pages::history(), USUAL, UNICODE);
    rig.click("2 hours ago");
    assert!(rig.chosen().starts_with("✓ 2 hours ago"), "{}", rig.screen());
    assert!(rig.asked().is_none());
    rig.click("2 hours ago");
    assert_eq!(rig.asked().unwrap().1.place, Place::about(Screen::Results, "2"));
}

#[test]
fn boxes_tabs_filters_hints_and_ways_of_notices_take_clicks() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.click("[ ] documents");
    assert_eq!(rig.sent()[0].1, pages::tick("documents", true));
    rig.click("S Synchronize");
    assert_eq!(rig.sent().len(), 1);
    rig.click("Late 1");
    assert_eq!(rig.asked().unwrap().1.filter.as_deref(), Some("late"));
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.click("F1 See what");
    assert_eq!(rig.asked().unwrap().1.place, Place::about(Screen::Plan, "documents"));
    let mut rig = Rig::at(pages::items(), SMALL, UNICODE);
    let (x, y) = rig.find("4(2)");
    rig.step(Input::Click { x, y });
    assert_eq!(rig.asked().unwrap().1.place, Place::of(Screen::Conflicts));
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.click("q quit");
    assert_eq!(rig.wanted, [Effect::Quit]);
}

#[test]
fn what_lies_above_takes_the_click_and_what_lies_below_does_not() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("-");
    rig.click("mail");
    assert!(rig.sent().is_empty());
    assert!(rig.screen().contains("Are you sure?"));
    rig.click("y Remove");
    assert_eq!(rig.sent().len(), 1);
    rig.letters("?");
    rig.click("Add two folders");
    assert!(rig.screen().contains("Ctrl-S add"), "{}", rig.screen());
    rig.click("the right follows");
    rig.click("nobody is there");
    let screen = rig.screen();
    assert!(screen.contains("● the right follows") && screen.contains("[x] nobody is there"), "{screen}");
    rig.click("[ Add ]");
    assert!(rig.screen().contains("has to be filled in"), "{}", rig.screen());
}

#[test]
fn choices_of_questions_take_clicks() {
    let mut page = pages::items();
    page.questions = vec![pages::question(1, QuestionKind::Choice)];
    let mut rig = Rig::at(page, USUAL, UNICODE);
    rig.click_last("Trust it");
    rig.click_last("Trust it");
    assert!(rig.sent().is_empty(), "it has only just come up");
    rig.step(Input::Tick);
    rig.click_last("Trust it");
    assert!(rig.sent().is_empty(), "the first click chooses");
    rig.click_last("Trust it");
    assert_eq!(rig.sent().len(), 1);
}

#[test]
fn the_wheel_moves_and_clicks_beside_everything_do_nothing() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.step(Input::WheelDown);
    assert!(rig.chosen().contains("notes"), "{}", rig.chosen());
    rig.step(Input::WheelUp);
    assert!(rig.chosen().contains("photos"), "{}", rig.chosen());
    for (x, y) in [(0, 0), (79, 23), (200, 200), (79, 12)] {
        rig.step(Input::Click { x, y });
    }
    assert!(rig.wanted.is_empty());
    rig.press(Key::Down);
}
