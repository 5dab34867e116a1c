//! What no command says yet: the choice by hand, as a window will have it, and what becomes of the window.

use std::path::{Path, PathBuf};
use std::time::Duration;

use syncmgr_wire::control::{Event, FolderRequest, Marks, RegisterRequest, Request, Selection, SyncRequest};
use syncmgr_wire::line::{Item, Summary, Window};

use super::{Controls, Face, Manager};
use crate::surroundings::Surroundings;

#[cfg(unix)]
mod scripts;

/// A window: hears of items, and says what the test decides once all are there.
struct Chooser {
    controls: Controls,
    n_expected: usize,
    items: Vec<Item>,
    decide: fn(&[Item]) -> Vec<Request>,
    summary: Option<Summary>,
}

impl Face for Chooser {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Item(item) => {
                self.items.push(item.clone());
                if self.items.len() == self.n_expected {
                    (self.decide)(&self.items).iter().for_each(|request| self.controls.send(request));
                }
            }
            Event::Summary(summary) => self.summary = Some(summary.clone()),
            _ => {}
        }
    }
}

fn surroundings(dir: &Path) -> Surroundings {
    Surroundings::below(dir)
}

/// A manager with two pairs of folders, `a` and `b`, of which each has something to do.
fn manager(dir: &Path) -> Manager {
    let mut manager = Manager::new(surroundings(dir));
    for name in ["a", "b"] {
        let side = |side: &str| dir.join(format!("{name}-{side}"));
        for side in [side("left"), side("right")] {
            std::fs::create_dir(side).unwrap();
        }
        std::fs::write(side("left").join("file"), "text").unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let request = FolderRequest {
            left: text(side("left")),
            right: text(side("right")),
            name: Some(name.to_owned()),
            ..FolderRequest::default()
        };
        manager.ask(Request::AddFolder(request), &mut Ignore).unwrap();
    }
    manager
}

struct Ignore;

impl Face for Ignore {
    fn hear(&mut self, _: &Event) {}
}

fn choose(manager: &mut Manager, decide: fn(&[Item]) -> Vec<Request>) -> Summary {
    let mut face =
        Chooser { controls: manager.controls(), n_expected: 2, items: Vec::new(), decide, summary: None };
    let request = SyncRequest::new(Selection::Items(vec!["a".to_owned(), "b".to_owned()]));
    manager.ask(Request::Choose(request), &mut face).unwrap();
    face.summary.unwrap()
}

fn ticked(manager: &mut Manager) -> Vec<String> {
    let mut face = Chooser {
        controls: Controls::default(),
        n_expected: usize::MAX,
        items: Vec::new(),
        decide: |_| Vec::new(),
        summary: None,
    };
    manager.ask(Request::Items(Marks::default()), &mut face).unwrap();
    face.items.into_iter().filter(|item| item.ticked).map(|item| item.name).collect()
}

#[test]
fn what_is_chosen_runs_and_is_remembered_when_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let mut manager = manager(dir.path());
    assert_eq!(ticked(&mut manager), ["a", "b"]);
    let summary = choose(&mut manager, |items| {
        let b = items.iter().filter(|item| item.name == "b").map(|item| item.item);
        vec![Request::Begin { items: b.collect() }]
    });
    let names: Vec<_> = summary.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["b"]);
    assert!(dir.path().join("b-right/file").exists() && !dir.path().join("a-right/file").exists());
    assert_eq!(ticked(&mut manager), ["b"]);
}

#[test]
fn closing_the_choice_runs_nothing_and_remembers_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut manager = manager(dir.path());
    let summary = choose(&mut manager, |_| vec![Request::Close]);
    assert!(summary.items.is_empty());
    assert!(!dir.path().join("a-right/file").exists());
    assert_eq!(ticked(&mut manager), ["a", "b"]);
    let mut sessions = Sessions(0);
    manager.ask(Request::History { limit: 10 }, &mut sessions).unwrap();
    assert_eq!(sessions.0, 0);
}

#[test]
fn the_configuration_says_how_long_a_handler_may_take_after_a_stop() {
    let dir = tempfile::tempdir().unwrap();
    let grace = |text: &str| {
        std::fs::write(dir.path().join("config.toml"), text).unwrap();
        let mut manager = Manager::new(surroundings(dir.path()));
        let register = RegisterRequest {
            name: "notes".to_owned(),
            argv: vec!["/bin/sh".to_owned()],
            trust: true,
            ..RegisterRequest::default()
        };
        manager.ask(Request::Register(register), &mut Ignore).unwrap();
        let handler = manager.handler("notes").unwrap().unwrap();
        manager.entry(&handler).unwrap().grace.unwrap()
    };
    let usual = grace("");
    assert_eq!(usual - grace("[handlers.notes]\ngrace = \"7s\"\n"), Duration::from_secs(23));
}

struct Sessions(usize);

impl Face for Sessions {
    fn hear(&mut self, event: &Event) {
        self.0 += usize::from(matches!(event, Event::Session(_)));
    }
}

#[test]
fn a_clean_end_closes_the_window_unless_it_is_pinned() {
    let dir = tempfile::tempdir().unwrap();
    let mut manager = manager(dir.path());
    const BEGIN: fn(&[Item]) -> Request =
        |items: &[Item]| Request::Begin { items: items.iter().map(|item| item.item).collect() };
    let summary = choose(&mut manager, |items| vec![BEGIN(items)]);
    assert_eq!(summary.window, Some(Window::Closes));
    let summary = choose(&mut manager, |items| vec![Request::Pin { pinned: true }, BEGIN(items)]);
    assert_eq!(summary.window, Some(Window::Stays));
}

#[test]
fn a_status_asks_the_store_as_often_for_many_items_as_for_two() {
    let dir = tempfile::tempdir().unwrap();
    let mut manager = manager(dir.path());
    let reads = |manager: &mut Manager| {
        manager.n_reads = 0;
        manager.ask(Request::Status, &mut Ignore).unwrap();
        manager.n_reads
    };
    let for_two = reads(&mut manager);
    assert!(for_two > 0);
    for at in 0..20 {
        let side = |side: &str| dir.path().join(format!("more-{at}-{side}")).to_str().unwrap().to_owned();
        let request = FolderRequest {
            left: side("left"),
            right: side("right"),
            name: Some(format!("more {at}")),
            ..FolderRequest::default()
        };
        [side("left"), side("right")].iter().for_each(|side| std::fs::create_dir(side).unwrap());
        manager.ask(Request::AddFolder(request), &mut Ignore).unwrap();
    }
    assert_eq!(reads(&mut manager), for_two);
}

#[test]
fn a_configuration_that_stayed_as_it_was_is_not_read_anew_and_one_that_changed_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut manager = manager(dir.path());
    let n_folders = |manager: &mut Manager| manager.configuration().unwrap().folders.len();
    assert_eq!(n_folders(&mut manager), 2);
    let before: *const crate::config::FolderConfig = manager.config().unwrap().folders.as_ptr();
    manager.look_again();
    assert_eq!(manager.config().unwrap().folders.as_ptr(), before);
    std::fs::write(dir.path().join("config.toml"), "").unwrap();
    assert_eq!(n_folders(&mut manager), 0);
    std::fs::remove_file(dir.path().join("config.toml")).unwrap();
    assert_eq!(n_folders(&mut manager), 0);
}
