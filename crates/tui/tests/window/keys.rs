//! What keys do on a page.

use syncmgr_tui::{Daemon, Effect, Failure, Input, Key};
use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Does, Place, Screen};

use crate::pages;
use crate::rig::{Rig, UNICODE, USUAL};

/// What a sequence of keys on the items wants: places, filters and requests in words.
fn wants(keys: &[Key]) -> Vec<String> {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    keys.iter().for_each(|key| rig.step(Input::Key(*key)));
    rig.wanted.iter().map(word).collect()
}

fn word(effect: &Effect) -> String {
    match effect {
        Effect::Ask { request, .. } => {
            let filter = request.filter.as_deref().unwrap_or("-");
            let about = request.place.subject.as_deref().unwrap_or("-");
            format!(
                "ask {:?} {about} {filter} {}",
                request.place.screen,
                request.search.as_deref().unwrap_or("-")
            )
        }
        Effect::Send { request, .. } => {
            let value = serde_json::to_value(request).unwrap();
            format!("send {}", value["request"].as_str().unwrap())
        }
        Effect::Suspend => "suspend".to_owned(),
        Effect::Quit => "quit".to_owned(),
    }
}

#[test]
fn each_key_does_what_its_hint_says() {
    use Key::{Char, Ctrl, Down, End, Enter, Esc, Function, Left, Right, Tab, Up};
    let table: &[(&[Key], &[&str])] = &[
        (&[Char('S')], &["send sync"]),
        (&[Char('s')], &["send sync"]),
        (&[Char(' ')], &["send tick"]),
        (&[Down, Down, Up, Char('w')], &["ask Why music - -"]),
        (&[Char('j'), Char('j'), Char('k'), Char('w')], &["ask Why music - -"]),
        (&[End, Char('w')], &["ask Why mail - -"]),
        (&[Char('4')], &["ask Conflicts - - -"]),
        (&[Right], &["ask Synchronizing - - -"]),
        (&[Left], &[]),
        (&[Tab], &["ask Items - late -"]),
        (&[Char('f')], &["ask Items - late -"]),
        (&[Key::BackTab], &["ask Items - needs -"]),
        (&[Char('/'), Char('p')], &["ask Items - - p"]),
        (&[Char('/'), Char('p'), Enter, Esc], &["ask Items - - p"]),
        (&[Char('q')], &["quit"]),
        (&[Ctrl('c')], &["quit"]),
        (&[Ctrl('z')], &["suspend"]),
        // The notice leads on, by function keys because letters are the page's.
        (&[Function(1)], &["ask Plan documents - -"]),
        (&[Function(2)], &["ask Why documents - -"]),
        (&[Function(3)], &[]),
        // What cannot be done now is not done.
        (&[Char('p')], &[]),
        // What is to be confirmed is asked first, and the return key alone says no.
        (&[Char('-')], &[]),
        (&[Char('-'), Enter], &[]),
        (&[Char('-'), Esc, Enter], &[]),
        (&[Char('-'), Char('n')], &[]),
        (&[Char('-'), Char('y')], &["send remove"]),
        (&[Char('-'), Right, Enter], &["send remove"]),
        (&[Char('-'), Tab, Tab, Enter], &[]),
        // The list of everything: a key does the same, the return key what is chosen.
        (&[Char('?'), Char('S')], &["send sync"]),
        (&[Char('?'), Enter], &["send sync"]),
        (&[Char('?'), Down, Enter], &["ask Why photos - -"]),
        (&[Char('?'), Esc, Char('S')], &["send sync"]),
        (&[Char('?'), Char('?')], &[]),
        // Several things can be done with a row, and none is the likely one: they are offered.
        (&[Enter, Enter], &["send sync"]),
        (&[Char('µ'), Key::Backspace, Key::Delete], &[]),
    ];
    for (keys, expected) in table {
        assert_eq!(wants(keys), *expected, "{keys:?}");
    }
}

#[test]
fn an_action_sends_exactly_what_the_page_says() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("s");
    assert_eq!(rig.sent()[0].1, pages::sync("photos"));
    rig.press(Key::Down).letters(" ");
    assert_eq!(rig.sent()[0].1, pages::tick("music", false));
}

#[test]
fn a_request_that_is_on_its_way_is_not_sent_again() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("sss");
    let sent = rig.sent();
    assert_eq!(sent.len(), 1);
    rig.press(Key::Down).letters("s");
    assert_eq!(rig.sent().len(), 1, "another one is");
    rig.step(Input::Sent { number: sent[0].0, outcome: Ok(()) });
    rig.press(Key::Up).letters("s");
    assert_eq!(rig.sent().len(), 1, "and the first one once it is through");
}

#[test]
fn keys_pressed_for_a_page_on_its_way_wait_for_it() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("6").press(Key::Down).letters("zy");
    assert!(rig.sent().is_empty(), "the items have no such key");
    rig.give(pages::history());
    let sent = rig.sent();
    assert!(matches!(sent[..], [(_, Request::Undo { .. })]), "{sent:?}");
}

#[test]
fn the_way_back_leads_to_what_was_seen_before() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.press(Key::Tab);
    let mut late = pages::items();
    if let syncmgr_wire::page::Block::Table(table) = &mut late.blocks[0] {
        table.filter.as_mut().unwrap().chosen = "late".to_owned();
    }
    rig.give(late);
    rig.letters("w");
    let mut why = pages::page(Screen::Why, "Why", Vec::new());
    why.place = Place::about(Screen::Why, "photos");
    why.back = Some(Place::of(Screen::Items));
    rig.give(why);
    assert!(rig.screen().contains("Esc back"), "{}", rig.screen());
    rig.press(Key::Esc);
    let (_, request) = rig.asked().unwrap();
    assert_eq!((request.place, request.filter.as_deref()), (Place::of(Screen::Items), Some("late")));
}

#[test]
fn escape_takes_back_the_search_then_the_filter_then_the_way() {
    let mut page = pages::items();
    page.back = Some(Place::of(Screen::Settings));
    let mut rig = Rig::at(page.clone(), USUAL, UNICODE);
    let asked = |rig: &mut Rig| {
        let (_, request) = rig.asked().unwrap();
        (request.place.screen, request.filter, request.search)
    };
    rig.press(Key::Tab);
    rig.give(page.clone());
    rig.letters("/x").press(Key::Enter);
    rig.give(page.clone());
    rig.press(Key::Esc);
    assert_eq!(asked(&mut rig), (Screen::Items, Some("late".to_owned()), None));
    let mut rig = Rig::at(page.clone(), USUAL, UNICODE);
    rig.press(Key::Tab);
    rig.give(page);
    rig.press(Key::Esc);
    assert_eq!(asked(&mut rig), (Screen::Items, None, None));
}

#[test]
fn the_chosen_row_stays_chosen_wherever_it_stands() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.press(Key::Down);
    assert!(rig.chosen().contains("music"));
    let mut page = pages::items();
    if let syncmgr_wire::page::Block::Table(table) = &mut page.blocks[0] {
        table.rows.rotate_left(2);
    }
    rig.step(Input::Tick);
    rig.step(Input::Changed);
    rig.give(page);
    assert!(rig.chosen().contains("music"), "{}", rig.screen());
    rig.letters("w");
    assert_eq!(rig.asked().unwrap().1.place, Place::about(Screen::Why, "music"));
}

#[test]
fn what_came_of_a_request_is_told_with_its_hint() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("s");
    let number = rig.sent()[0].0;
    let failure = Failure::Refused {
        headline: "`photos` cannot run".to_owned(),
        causes: vec!["the left folder is gone".to_owned()],
        hint: Some("mount it, then try again".to_owned()),
    };
    rig.step(Input::Sent { number, outcome: Err(failure) });
    let screen = rig.screen();
    assert!(screen.contains("✗ `photos` cannot run"), "{screen}");
    assert!(screen.contains("because the left folder is gone"), "{screen}");
    assert!(screen.contains("hint: mount it, then try again"), "{screen}");
    rig.press(Key::Down);
    assert!(!rig.screen().contains("cannot run"));
}

#[test]
fn a_page_that_is_refused_leaves_everybody_where_he_is() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.letters("w");
    let (number, _) = rig.asked().unwrap();
    let failure = Failure::Refused { headline: "no such item".to_owned(), causes: Vec::new(), hint: None };
    rig.step(Input::NoPage { number, failure });
    assert!(rig.screen().contains("no such item"));
    assert!(rig.asked().is_none(), "it does not ask again and again");
    rig.press(Key::Esc).letters("s");
    assert_eq!(rig.sent().len(), 1);
}

#[test]
fn swarms_of_changes_make_one_page_each_tick() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    let mut n_asked = 0;
    for _ in 0..3 {
        rig.step(Input::Tick);
        for _ in 0..100 {
            rig.step(Input::Changed);
            if let Some((number, _)) = rig.asked() {
                n_asked += 1;
                rig.step(Input::Page { number, page: Box::new(pages::items()) });
            }
        }
    }
    assert_eq!(n_asked, 3, "what came after the last page is asked for at the next tick");
    assert!(rig.app.wants_ticks());
    rig.step(Input::Tick);
    assert!(rig.asked().is_some());
}

#[test]
fn a_page_at_rest_wants_no_ticks_and_one_that_moves_is_asked_for_at_each() {
    let mut rig = Rig::at(pages::items(), USUAL, UNICODE);
    rig.step(Input::Tick);
    assert!(!rig.app.wants_ticks());
    let mut rig = Rig::at(pages::synchronizing(), USUAL, UNICODE);
    for _ in 0..3 {
        assert!(rig.app.wants_ticks());
        rig.step(Input::Tick);
        rig.give(pages::synchronizing());
    }
}

#[test]
fn quitting_while_the_own_daemon_works_is_asked_first() {
    let mut rig = Rig::empty(&pages::synchronizing(), USUAL, UNICODE, Daemon::EndsWithWindow);
    rig.give(pages::synchronizing());
    rig.letters("q");
    assert!(!rig.wanted.contains(&Effect::Quit));
    assert!(rig.screen().contains("both end with it"), "{}", rig.screen());
    rig.letters("y");
    assert!(rig.wanted.contains(&Effect::Quit));
    let mut rig = Rig::empty(&pages::synchronizing(), USUAL, UNICODE, Daemon::EndsWithWindow);
    rig.give(pages::synchronizing());
    rig.press(Key::Ctrl('c')).press(Key::Ctrl('c'));
    assert!(rig.wanted.contains(&Effect::Quit), "whoever insists is obeyed");
}

#[test]
fn a_chart_is_walked_point_by_point_and_opened() {
    let mut rig = Rig::at(pages::history(), USUAL, UNICODE);
    assert!(rig.screen().contains("› session 39"), "{}", rig.screen());
    rig.press(Key::Left).press(Key::Left).press(Key::Right);
    assert!(rig.screen().contains("› session 38"), "{}", rig.screen());
    rig.press(Key::Enter);
    assert_eq!(rig.asked().unwrap().1.place, Place::about(Screen::Results, "38"));
}

#[test]
fn an_action_that_sends_and_goes_does_both() {
    let mut page = pages::first();
    let there = Place::of(Screen::Synchronizing);
    let does = Does::AskAndGo(Box::new(pages::sync("photos")), there.clone());
    page.actions = vec![pages::action("sync", "Synchronize", Some('s'), does)];
    let mut rig = Rig::at(page, USUAL, UNICODE);
    rig.letters("s");
    assert_eq!(rig.sent().len(), 1);
    assert_eq!(rig.asked().unwrap().1.place, there);
}

#[test]
fn nothing_is_done_to_a_row_that_is_not_seen() {
    let mut page = pages::items();
    let text = "word ".repeat(2000);
    let paragraph = syncmgr_wire::page::Paragraph { tone: syncmgr_wire::page::Tone::Plain, text };
    page.blocks.push(syncmgr_wire::page::Block::Text(paragraph));
    let mut rig = Rig::at(page, USUAL, UNICODE);
    rig.press(Key::End);
    (0..40).for_each(|_| rig.step(Input::Key(Key::Down)));
    assert!(!rig.screen().contains("mail"), "{}", rig.screen());
    rig.letters("s ");
    assert!(rig.sent().is_empty());
    (0..60).for_each(|_| rig.step(Input::Key(Key::Up)));
    rig.letters("s");
    assert_eq!(rig.sent().len(), 1);
}
