//! Tables that are longer than anybody reads.

use syncmgr_tui::{Input, Key};
use syncmgr_wire::page::{PageRequest, Place, Screen};

use crate::pages;
use crate::rig::{Rig, UNICODE, USUAL};

/// A window on a plan of a million lines, served as it asks; counts the pages.
struct Reader {
    rig: Rig,
    n_pages: usize,
    n_rows: u64,
}

impl Reader {
    fn new() -> Self {
        let page = pages::plan(&PageRequest::new(Place::of(Screen::Plan)));
        Self { rig: Rig::at(page, USUAL, UNICODE), n_pages: 1, n_rows: 200 }
    }

    fn press(&mut self, key: Key) {
        self.rig.press(key);
        while let Some((number, request)) = self.rig.asked() {
            self.n_pages += 1;
            self.n_rows += request.count;
            self.rig.step(Input::Page { number, page: Box::new(pages::plan(&request)) });
        }
    }
}

#[test]
fn rows_are_there_wherever_somebody_moves() {
    let mut reader = Reader::new();
    for n in 1..=300 {
        reader.press(Key::Down);
        let expected = format!("picture-{n}.jpg");
        assert!(reader.rig.chosen().contains(&expected), "not {expected}:\n{}", reader.rig.screen());
    }
    assert!(reader.n_pages <= 5, "{} pages", reader.n_pages);
    reader.press(Key::End);
    assert!(reader.rig.chosen().contains("picture-999999.jpg"), "{}", reader.rig.screen());
    assert!(reader.rig.screen().contains("1,000,000 of 1,000,000"), "{}", reader.rig.screen());
    reader.press(Key::PageUp);
    reader.press(Key::Home);
    assert!(reader.rig.chosen().contains("picture-0.jpg"), "{}", reader.rig.screen());
    assert!(reader.rig.screen().contains("To do"), "what stands above is seen again");
    assert!(reader.n_rows < 3000, "{} rows", reader.n_rows);
}

#[test]
fn rows_that_are_on_their_way_are_shown_as_such() {
    let mut reader = Reader::new();
    reader.rig.press(Key::End);
    assert!(
        reader.rig.screen().contains("› …") || reader.rig.screen().contains("›   …"),
        "{}",
        reader.rig.screen()
    );
    let (number, request) = reader.rig.asked().unwrap();
    assert!(request.from > 999_700 && request.count == 200, "{request:?}");
    reader.rig.step(Input::Page { number, page: Box::new(pages::plan(&request)) });
    assert!(reader.rig.chosen().contains("picture-999999.jpg"));
}

#[test]
fn a_manager_that_answers_with_other_rows_is_not_asked_again_and_again() {
    let mut reader = Reader::new();
    reader.rig.press(Key::End);
    let wrong = PageRequest::new(Place::of(Screen::Plan));
    let (number, _) = reader.rig.asked().unwrap();
    reader.rig.step(Input::Page { number, page: Box::new(pages::plan(&wrong)) });
    assert!(reader.rig.asked().is_none());
    reader.rig.step(Input::Tick);
    assert!(reader.rig.asked().is_some());
}

#[test]
fn a_change_asks_for_the_same_rows_once_more() {
    let mut reader = Reader::new();
    reader.press(Key::End);
    reader.rig.step(Input::Tick);
    reader.rig.step(Input::Changed);
    let (number, request) = reader.rig.asked().unwrap();
    assert!(request.from > 999_700, "{request:?}");
    reader.rig.step(Input::Page { number, page: Box::new(pages::plan(&request)) });
    assert!(reader.rig.chosen().contains("picture-999999.jpg"));
}

#[test]
fn the_headings_stay_while_rows_move_below_them() {
    let mut reader = Reader::new();
    for _ in 0..5 {
        reader.press(Key::PageDown);
    }
    let screen = reader.rig.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let heading = lines.iter().position(|line| line.contains("Path") && line.contains("Size")).unwrap();
    assert!(lines[heading + 1].contains("picture-"), "{screen}");
}
