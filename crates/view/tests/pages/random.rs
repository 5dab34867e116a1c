//! What holds for every page, whatever happened before.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use syncmgr_model::fact::{Action, Side};
use syncmgr_model::status::ItemStatus;
use syncmgr_view::{Trouble, World, keys};
use syncmgr_wire::control::{Event, Request, Selection, SyncRequest};
use syncmgr_wire::line::{self, *};
use syncmgr_wire::page::{Page, PageRequest, Place, Screen};

use crate::acting::{actions, places, requests, tables};
use crate::prepared::{self, Manager, NOW, household, id, result, row, summary};

/// Something that happens to a world.
#[derive(Debug, Clone)]
enum Step {
    Begin(u8),
    Preview(u8),
    Row(u8, u8, i64, i64, u64),
    Change(u8, u8, String),
    Entry(u8, u8),
    Problem(u8, String),
    Halt(u8),
    Question(u8, u8),
    Close(u8),
    End(bool, u8),
    Changed(u8),
    Control(u8),
    Trouble,
    Later(u32),
    Rest,
    Look(u8, Option<String>, Option<String>, u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    let text = || prop_oneof!["[a-z/]{0,12}", ".{0,20}", Just("<b>\u{202e}x\u{7}".to_owned())];
    let filter =
        proptest::option::of(prop_oneof![Just("late".to_owned()), Just("delete".to_owned()), ".{0,8}"]);
    prop_oneof![
        any::<u8>().prop_map(Step::Begin),
        any::<u8>().prop_map(Step::Preview),
        (any::<u8>(), any::<u8>(), any::<i64>(), any::<i64>(), any::<u64>())
            .prop_map(|(n, status, value, max, bytes)| Step::Row(n, status, value, max, bytes)),
        (any::<u8>(), any::<u8>(), text()).prop_map(|(n, action, path)| Step::Change(n, action, path)),
        (any::<u8>(), any::<u8>()).prop_map(|(n, level)| Step::Entry(n, level)),
        (any::<u8>(), text()).prop_map(|(n, path)| Step::Problem(n, path)),
        any::<u8>().prop_map(Step::Halt),
        (any::<u8>(), any::<u8>()).prop_map(|(n, kind)| Step::Question(n, kind)),
        any::<u8>().prop_map(Step::Close),
        (any::<bool>(), any::<u8>()).prop_map(|(dry, window)| Step::End(dry, window)),
        any::<u8>().prop_map(Step::Changed),
        any::<u8>().prop_map(Step::Control),
        Just(Step::Trouble),
        any::<u32>().prop_map(Step::Later),
        Just(Step::Rest),
        (any::<u8>(), filter, proptest::option::of(text()), any::<u16>(), any::<u16>())
            .prop_map(|(at, filter, search, from, count)| Step::Look(at, filter, search, from, count)),
    ]
}

fn n(byte: u8) -> u128 {
    u128::from(byte % 9)
}

fn event(step: &Step) -> Option<Event> {
    Some(match step {
        Step::Row(item, status, value, max, bytes) => {
            let status = ItemStatus::ALL[usize::from(*status) % ItemStatus::ALL.len()];
            let name = format!("item {item}");
            Event::Row(line::Row {
                bytes_max: bytes / 2,
                ..row(n(*item), &name, status, *value, *max, *bytes)
            })
        }
        Step::Change(item, action, path) => {
            use Action::*;
            let action = [Create, Update, Delete, Rename, Attributes][usize::from(*action) % 5];
            let from = (action == Rename).then_some(&b"\xffbefore"[..]);
            Event::Change(line::Change::new(id(n(*item)), Side::Left, action, path.as_bytes(), from))
        }
        Step::Entry(number, level) => {
            let Event::Entry(entry) = household().written[usize::from(*level) % 2].clone() else {
                return None;
            };
            Event::Entry(Entry { entry: u64::from(*number), ..entry })
        }
        Step::Problem(item, path) => Event::Problem(line::Problem::new(
            id(n(*item)),
            Some(Side::Right),
            path.as_bytes(),
            "no".to_owned(),
        )),
        Step::Halt(item) => Event::Halt(line::Halt {
            item: id(n(*item)),
            rule: "root-missing".to_owned(),
            text: "gone".to_owned(),
        }),
        Step::Question(number, kind) => Event::Question(Question {
            question: u64::from(*number % 4),
            from: String::new(),
            item: None,
            text: "?".to_owned(),
            detail: None,
            kind: [QuestionKind::Choice, QuestionKind::Text, QuestionKind::Password][usize::from(*kind) % 3],
            choices: vec![Choice { id: "l".to_owned(), label: "left".to_owned() }],
            default: None,
        }),
        Step::Close(number) => Event::QuestionClosed(QuestionClosed { question: u64::from(*number % 4) }),
        Step::End(dry_run, window) => {
            let window = [Window::Closes, Window::Stays, Window::Restores][usize::from(*window) % 3];
            let items =
                vec![result(1, "photos", ItemStatus::Succeeded), result(2, "music", ItemStatus::Failed)];
            let Event::Summary(end) = summary(items, window) else { return None };
            Event::Summary(Summary { dry_run: *dry_run, ..end })
        }
        Step::Changed(topic) => {
            use Topic::*;
            Event::Changed(Changed { what: [Items, Settings, Connections, Daemon][usize::from(*topic) % 4] })
        }
        _ => return None,
    })
}

fn places_to_look_at() -> Vec<Place> {
    let mut all: Vec<Place> = Screen::ALL.into_iter().map(Place::of).collect();
    for part in
        ["logon", "idle", "schedules", "items", "notifications", "handlers", "add", "daemon", "nowhere"]
    {
        all.push(Place { part: Some(part.to_owned()), ..Place::of(Screen::Settings) });
    }
    for screen in Screen::ALL {
        all.push(Place::about(screen, id(4).to_string()));
        all.push(Place::about(screen, "nobody"));
    }
    all.push(Place::about(Screen::Conflict, format!("{}/soup.md", id(4))));
    all
}

/// What has to be so on any page.
fn check(page: &Page) {
    let mut meanings: HashMap<char, &[&str]> = HashMap::new();
    for action in actions(page) {
        let Some(key) = action.key else { continue };
        let meaning = keys::KEYS.iter().find(|meaning| meaning.key == key).unwrap();
        assert!(meaning.actions.contains(&action.id.as_str()), "`{key}` is not for {}", action.id);
        let before = meanings.insert(key, meaning.actions);
        assert!(before.is_none_or(|before| before == meaning.actions));
    }
    // On one level a key stands for one action: a person who presses it has to know which.
    let mut of_page = HashSet::new();
    for action in &page.actions {
        assert!(action.key.is_none_or(|key| of_page.insert(key)), "{} twice on the page", action.id);
    }
    let mut rows = HashSet::new();
    for table in tables(page) {
        assert!(
            table.rows.len() as u64 <= table.total.saturating_sub(table.from) && table.rows.len() <= 1000
        );
        for row in &table.rows {
            assert!(rows.insert((&table.id, &row.key)), "row `{}` twice in `{}`", row.key, table.id);
            assert_eq!(row.cells.len(), table.columns.len(), "`{}` of `{}`", row.key, table.id);
            let mut of_row = HashSet::new();
            for action in &row.actions {
                assert!(action.key.is_none_or(|key| of_row.insert(key)), "{} twice on a row", action.id);
                let is_of_page = action.key.is_some_and(|key| of_page.contains(&key));
                assert!(!is_of_page, "`{}` is on the page and on its row `{}`", action.id, row.key);
            }
        }
    }
    assert!(!page.title.is_empty() && !page.mood_text.is_empty());
    assert_eq!(page.tabs.iter().filter(|tab| tab.current).count(), 1);
    // Each request can be read back, forms included.
    let _ = requests(page);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_makes_a_page_that_cannot_be_used(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World::default();
        let (mut now, mut manager) = (NOW, household());
        let all = places_to_look_at();
        for step in &steps {
            match step {
                Step::Begin(item) => prepared::begin(&mut world, &[n(*item), 1], now),
                Step::Preview(item) => {
                    let preview = SyncRequest { dry_run: true, ..SyncRequest::new(Selection::Ticked) };
                    world.starts(&Request::Sync(preview));
                    prepared::begin(&mut world, &[n(*item)], now);
                }
                Step::Control(which) => {
                    let controls = [
                        Request::Stop,
                        Request::Pause { seconds: None },
                        Request::Resume,
                        Request::Pin { pinned: *which > 100 },
                        Request::Minimize { minimized: *which > 100 },
                    ];
                    world.carried_out(&controls[usize::from(*which) % 5]);
                }
                Step::Trouble => {
                    let trouble = Trouble { headline: "no".to_owned(), hint: None };
                    manager.trouble = match manager.trouble { Some(_) => None, None => Some(trouble) };
                }
                // Half of the time back: clocks are set.
                Step::Later(millis) => now = now.plus_millis(i64::from(*millis) - i64::from(u32::MAX / 2)),
                Step::Rest => world.rest(),
                Step::Look(at, filter, search, from, count) => {
                    let place = all[usize::from(*at) % all.len()].clone();
                    let request = PageRequest {
                        place,
                        from: u64::from(*from % 12),
                        count: u64::from(*count),
                        filter: filter.clone(),
                        search: search.clone(),
                    };
                    check(&manager.page(&mut world, &request, now));
                }
                step => if let Some(event) = event(step) { world.hear(&event, now) },
            }
        }
        for place in all {
            check(&manager.page(&mut world, &PageRequest::new(place), now));
        }
    }
}

/// Every page that is offered anywhere can be shown, and leads on.
#[test]
fn every_place_that_is_offered_can_be_shown() {
    for manager in [household(), Manager::default()] {
        let mut world = World::default();
        crate::golden::plan(&mut world);
        let (mut seen, mut open) = (HashSet::new(), vec![Place::of(Screen::Items)]);
        while let Some(place) = open.pop() {
            if !seen.insert(place.clone()) {
                continue;
            }
            let page = manager.page(&mut world, &PageRequest::new(place.clone()), NOW);
            assert_eq!(page.place, place);
            check(&page);
            open.extend(places(&page));
        }
        assert!(Screen::ALL.iter().all(|screen| *screen == Screen::Why
            || *screen == Screen::Conflict
            || seen.iter().any(|place| place.screen == *screen)));
    }
}
