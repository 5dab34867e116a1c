//! Whole pages, as a person reads them.

use insta::assert_snapshot;
use syncmgr_model::status::ItemStatus;
use syncmgr_view::World;
use syncmgr_wire::control::{Event, Request, SyncRequest};
use syncmgr_wire::control::{OpenRequest, Selection};
use syncmgr_wire::line::{Question, QuestionKind, Window};
use syncmgr_wire::page::{PageRequest, Place, Screen};

use crate::prepared::{self, Manager, NOW, household, id, result, running, summary};
use crate::rendered;

fn at(screen: Screen, subject: &str, part: &str) -> Place {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Place { screen, subject: given(subject), part: given(part) }
}

#[test]
fn pages_of_a_household() {
    let photos = id(1).to_string();
    let soup = format!("{}/soup.md", id(4));
    for (name, place) in [
        ("items", at(Screen::Items, "", "")),
        ("synchronizing_nothing", at(Screen::Synchronizing, "", "")),
        ("results", at(Screen::Results, "", "")),
        ("conflicts", at(Screen::Conflicts, "", "")),
        ("conflict", at(Screen::Conflict, &soup, "")),
        ("plan_nothing", at(Screen::Plan, "", "")),
        ("history", at(Screen::History, "", "")),
        ("history_of_an_item", at(Screen::History, &photos, "")),
        ("settings", at(Screen::Settings, "", "")),
        ("settings_idle", at(Screen::Settings, "", "idle")),
        ("settings_idle_on_a_connection", at(Screen::Settings, "office", "idle")),
        ("settings_schedules", at(Screen::Settings, "", "schedules")),
        ("settings_schedule", at(Screen::Settings, "schedule:nightly", "schedules")),
        ("settings_items", at(Screen::Settings, "", "items")),
        ("settings_item", at(Screen::Settings, &photos, "items")),
        ("settings_notifications", at(Screen::Settings, "", "notifications")),
        ("settings_handlers", at(Screen::Settings, "", "handlers")),
        ("settings_add", at(Screen::Settings, "", "add")),
        ("settings_daemon", at(Screen::Settings, "", "daemon")),
        ("why", at(Screen::Why, &id(2).to_string(), "")),
        ("connections", at(Screen::Connections, "", "")),
        ("questions_nothing", at(Screen::Questions, "", "")),
        ("trash", at(Screen::Trash, "", "")),
    ] {
        assert_snapshot!(name, rendered::page(&household().at(place)));
    }
}

#[test]
fn many_sessions_are_a_picture_and_a_few_are_none() {
    let mut manager = household();
    let few = manager.of(Screen::History);
    assert!(few.blocks.iter().all(|block| !matches!(block, syncmgr_wire::page::Block::Chart(_))));
    for hours in 1..4 {
        let mut session = manager.sessions[0].clone();
        session.started = session.started.plus_millis(-hours * 7_200_000);
        session.finished = session.finished.plus_millis(-hours * 7_140_000);
        manager.sessions.push(session);
    }
    assert_snapshot!("history_of_many", rendered::page(&manager.of(Screen::History)));
}

#[test]
fn a_first_run_shows_what_was_found_and_an_example() {
    let manager = Manager { more: household().more, ..Manager::default() };
    assert_snapshot!(rendered::page(&manager.of(Screen::Items)));
}

#[test]
fn a_session_that_runs() {
    let mut world = World::default();
    let manager = household();
    manager.page(&mut world, &PageRequest::new(Place::of(Screen::Items)), NOW);
    running(&mut world);
    let mut page =
        |screen| rendered::page(&manager.page(&mut world, &PageRequest::new(Place::of(screen)), NOW));
    assert_snapshot!("running", page(Screen::Synchronizing));
    assert_snapshot!("items_while_it_runs", page(Screen::Items));
}

#[test]
fn a_session_that_ended_badly_stays_with_its_results() {
    let mut world = World::default();
    running(&mut world);
    world.hear(&household().written[0], NOW);
    let failed = result(6, "notes/Work", ItemStatus::Failed);
    world.hear(&summary(vec![failed], Window::Stays), NOW);
    let later = NOW.plus_millis(600_000);
    let request = PageRequest::new(Place::of(Screen::Synchronizing));
    assert_snapshot!(rendered::page(&household().page(&mut world, &request, later)));
}

/// A plan of everything that a run can do to one item.
pub(crate) fn plan(world: &mut World) {
    use syncmgr_model::fact::{Action, ConflictKind, Side};
    let preview = SyncRequest { dry_run: true, ..SyncRequest::new(Selection::Ticked) };
    world.starts(&Request::Sync(preview));
    prepared::begin(world, &[1], NOW);
    world.hear(&Event::Row(prepared::row(1, "photos", ItemStatus::Updating, 0, 0, 0)), NOW);
    for (side, action, path, from) in [
        (Side::Right, Action::Create, "2023/new.jpg", None),
        (Side::Right, Action::Delete, "2019/gone.jpg", None),
        (Side::Left, Action::Update, "2020/changed.jpg", None),
        (Side::Right, Action::Rename, "2021/after.jpg", Some(&b"2021/before.jpg"[..])),
        (Side::Left, Action::Attributes, "2022", None),
    ] {
        let change = syncmgr_wire::line::Change::new(id(1), side, action, path.as_bytes(), from);
        world.hear(&Event::Change(change), NOW);
    }
    let conflict = prepared::conflict(1, "photos", "2023/both.jpg", ConflictKind::EditEdit);
    world.hear(&Event::Conflict(conflict), NOW);
    let Event::Summary(mut end) = summary(vec![result(1, "photos", ItemStatus::Succeeded)], Window::Closes)
    else {
        unreachable!("it is one");
    };
    end.dry_run = true;
    world.hear(&Event::Summary(end), NOW);
}

#[test]
fn a_plan_shows_what_is_destroyed_first() {
    let mut world = World::default();
    plan(&mut world);
    let one = PageRequest::new(Place::about(Screen::Plan, id(1).to_string()));
    assert_snapshot!("plan", rendered::page(&household().page(&mut world, &one, NOW)));
    let all = PageRequest::new(Place::of(Screen::Plan));
    assert_snapshot!("plans", rendered::page(&household().page(&mut world, &all, NOW)));
}

#[test]
fn a_question_stands_on_every_page() {
    let mut world = World::default();
    running(&mut world);
    let question = Question {
        question: 3,
        from: "notes".to_owned(),
        item: Some(id(6)),
        text: "Which of them?".to_owned(),
        detail: None,
        kind: QuestionKind::Text,
        choices: Vec::new(),
        default: Some("both".to_owned()),
    };
    world.hear(&Event::Question(question), NOW);
    for screen in Screen::ALL {
        let page = household().page(&mut world, &PageRequest::new(Place::of(screen)), NOW);
        assert_eq!(page.questions.len(), 1, "{screen:?}");
        assert_eq!(page.mood_text, "notes asks you something", "{screen:?}");
    }
    let page = household().page(&mut world, &PageRequest::new(Place::of(Screen::Questions)), NOW);
    assert_snapshot!("questions", rendered::page(&page));
}

#[test]
fn an_entry_of_a_session_that_is_over_is_opened_by_its_session() {
    let page = household().of(Screen::Results);
    let open = crate::acting::requests(&page).into_iter().find(|(id, _)| id == "open").unwrap().1;
    let session = Some(prepared::SESSION.to_string());
    assert_eq!(open, Request::Open(OpenRequest { entry: 1, session, attended: true }));
}
