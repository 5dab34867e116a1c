//! What each kind of page looks like, in each size and kind of letters.

use insta::assert_snapshot;
use syncmgr_tui::{Colors, Input, Key};
use syncmgr_wire::line::QuestionKind;
use syncmgr_wire::page::Page;

use crate::pages;
use crate::rig::{ASCII, COLORED, LARGE, Rig, SMALL, UNICODE, USUAL};

/// The same page in all sizes, and in ASCII.
fn check(name: &str, page: impl Fn() -> Page) {
    for (size, look, suffix) in [
        (SMALL, UNICODE, "small"),
        (USUAL, UNICODE, "usual"),
        (LARGE, UNICODE, "large"),
        (USUAL, ASCII, "ascii"),
        (SMALL, ASCII, "small_ascii"),
    ] {
        let rig = Rig::at(page(), size, look);
        rig.check_colors(Colors::Off);
        let screen = rig.screen();
        if look == ASCII {
            assert!(screen.is_ascii(), "{screen}");
        }
        assert_snapshot!(format!("{name}_{suffix}"), screen);
    }
    Rig::at(page(), USUAL, COLORED).check_colors(Colors::On);
}

#[test]
fn items_are_grouped_ticked_and_say_how_they_are() {
    check("items", pages::items);
}

#[test]
fn a_running_session_shows_bars() {
    check("synchronizing", pages::synchronizing);
}

#[test]
fn a_conflict_shows_both_versions() {
    check("conflict", pages::conflict);
}

#[test]
fn pictures_say_where_they_can_be_seen() {
    check("pictures", pages::pictures);
}

#[test]
fn history_has_a_chart_and_its_sessions() {
    check("history", pages::history);
}

#[test]
fn settings_have_parts() {
    check("settings", pages::settings);
}

#[test]
fn the_first_page_says_what_to_do() {
    check("first", pages::first);
}

#[test]
fn names_of_strangers_are_shown_harmlessly() {
    check("hostile", pages::hostile);
    let rig = Rig::at(pages::hostile(), LARGE, UNICODE);
    let hidden = ['\u{200b}', '\u{200d}', '\u{202e}', '\u{feff}'];
    let is_harmless = |c: char| !c.is_control() && !hidden.contains(&c);
    let screen = rig.screen();
    assert!(screen.lines().all(|line| line.chars().all(is_harmless)), "{screen}");
    for cell in &rig.buffer().content {
        assert!(cell.symbol().chars().all(is_harmless), "{cell:?}");
    }
}

#[test]
fn a_form_shows_its_fields_and_what_is_wrong() {
    for (size, look, suffix) in
        [(SMALL, UNICODE, "small"), (USUAL, UNICODE, "usual"), (USUAL, ASCII, "ascii")]
    {
        let mut rig = Rig::at(pages::first(), size, look);
        rig.letters("+").letters("/home/me/photos").press(Key::Ctrl('s'));
        assert_snapshot!(format!("form_{suffix}"), rig.screen());
        rig.check_colors(Colors::Off);
    }
}

#[test]
fn questions_lie_above_everything_and_passwords_are_hidden() {
    for (kind, name) in [(QuestionKind::Choice, "choice"), (QuestionKind::Password, "password")] {
        let mut page = pages::items();
        page.questions = vec![pages::question(1, kind)];
        let mut rig = Rig::at(page, SMALL, UNICODE);
        rig.step(Input::Tick);
        rig.letters("hunter2");
        assert_snapshot!(format!("question_{name}"), rig.screen());
        assert!(!rig.screen().contains("hunter2"));
    }
}

#[test]
fn everything_that_can_be_done_is_in_one_list() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("?");
    assert_snapshot!("help_usual", rig.screen());
    rig.resize(SMALL);
    rig.press(Key::End);
    assert_snapshot!("help_small", rig.screen());
}

#[test]
fn what_destroys_is_asked_first() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("-");
    assert_snapshot!("confirm_usual", rig.screen());
}

#[test]
fn a_window_that_is_too_small_says_so() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.resize((59, 18));
    assert_snapshot!("too_small", rig.screen());
    rig.resize((20, 4));
    assert!(rig.screen().contains("20×4"), "{}", rig.screen());
    rig.resize((1, 1));
    rig.resize(USUAL);
    assert!(rig.screen().contains("photos"));
}

#[test]
fn nothing_is_lost_while_the_connection_is() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.step(Input::Tick);
    rig.step(Input::Changed);
    let (number, _) = rig.asked().unwrap();
    let failure = syncmgr_tui::Failure::Lost { headline: "no manager listens".to_owned() };
    rig.step(Input::NoPage { number, failure });
    assert_snapshot!("lost_usual", rig.screen());
    assert!(rig.app.wants_ticks());
    rig.step(Input::Tick);
    rig.step(Input::Tick);
    rig.give(pages::items());
    assert!(rig.screen().contains("connected again"), "{}", rig.screen());
    assert!(!rig.screen().contains("connection lost"), "{}", rig.screen());
}

#[test]
fn a_search_is_typed_at_the_bottom() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("/pho");
    assert_snapshot!("search_usual", rig.screen());
}

#[test]
fn the_chosen_row_is_reversed_and_has_a_marker() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    assert!(rig.chosen().contains("photos"));
    assert!(rig.is_reversed("photos"));
    rig.press(Key::Down);
    assert!(rig.chosen().contains("music"));
    assert!(!rig.is_reversed("photos"));
}

#[test]
fn in_a_narrow_window_the_current_tab_and_its_neighbours_have_names_and_the_others_their_keys() {
    for (current, small, usual) in [
        (
            syncmgr_wire::page::Screen::Items,
            "1 Items  2 Synchronizing  3  4(2)  5  6  7  8  9(1)  0",
            "1 Items  2 Synchronizing  3 Results  4 Conflicts(2)  5 Plan  6  7  8  9(1)  0",
        ),
        (
            syncmgr_wire::page::Screen::Plan,
            "1  2  3  4 Conflicts(2)  5 Plan  6 History  7  8  9(1)  0",
            "1  2  3 Results  4 Conflicts(2)  5 Plan  6 History  7 Trash  8  9(1)  0",
        ),
        (
            syncmgr_wire::page::Screen::Questions,
            "1  2  3  4(2)  5  6  7  8  9 Settings(1)  0 Questions",
            "1  2  3  4(2)  5  6  7 Trash  8 Connections  9 Settings(1)  0 Questions",
        ),
    ] {
        let mut page = pages::items();
        page.tabs = pages::tabs(current);
        let mut rig = Rig::at(page, SMALL, UNICODE);
        assert_eq!(rig.screen().lines().nth(1).unwrap().trim(), small);
        rig.resize(USUAL);
        assert_eq!(rig.screen().lines().nth(1).unwrap().trim(), usual);
        rig.resize((140, 30));
        let line = rig.screen().lines().nth(1).unwrap().to_owned();
        assert!(line.contains("2 Synchronizing") && line.ends_with("0 Questions"), "{line}");
    }
}
