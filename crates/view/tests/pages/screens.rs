//! What each screen decides, case by case.

use syncmgr_model::fact::ConflictKind;
use syncmgr_model::status::ItemStatus;
use syncmgr_view::{Trouble, World};
use syncmgr_wire::control::{Chosen, Event, Request, ResolveRequest};
use syncmgr_wire::line::{HandlerState, Window};
use syncmgr_wire::page::{Does, Mood, PageRequest, Place, Screen, Tone};

use crate::acting::{actions, requests, tables};
use crate::prepared::{
    Manager, NOW, before, conflict, halted, handler, household, id, item, result, running, status, summary,
};

fn one(change: impl FnOnce(&mut syncmgr_wire::line::Status)) -> Manager {
    let mut status = status(1, "photos", Some(result(1, "photos", ItemStatus::Succeeded)));
    change(&mut status);
    Manager { items: vec![item(1, "photos", None)], statuses: vec![status], ..Manager::default() }
}

#[test]
fn the_state_of_an_item_is_its_most_pressing_one() {
    use syncmgr_wire::line::Status;
    type Change = fn(&mut Status);
    let set = |status: ItemStatus| move |s: &mut Status| s.last.as_mut().unwrap().result.status = status;
    let cases: [(&str, Mood, Change); 9] = [
        ("in step", Mood::InStep, |_| {}),
        ("not run yet", Mood::InStep, |s| s.last = None),
        ("not run yet", Mood::NeedsYou, |s| (s.last, s.next_run) = (None, None)),
        ("late", Mood::Late, |s| s.late_since = Some(before(9))),
        ("2 conflicts", Mood::NeedsYou, |s| (s.conflicts, s.late_since) = (2, Some(before(9)))),
        ("1 problem", Mood::NeedsYou, |s| s.last.as_mut().unwrap().result.problems = 1),
        ("halted", Mood::NeedsYou, |s| {
            let result = &mut s.last.as_mut().unwrap().result;
            (result.halt, result.status) = (halted(), ItemStatus::Failed);
        }),
        ("taken back", Mood::InStep, |s| s.last.as_mut().unwrap().result.undone = true),
        ("late", Mood::Late, |s| (s.last, s.late_since) = (None, Some(before(9)))),
    ];
    for (expected, mood, change) in cases {
        let page = one(change).of(Screen::Items);
        assert_eq!((tables(&page)[0].rows[0].cells[1].text.as_str(), page.mood), (expected, mood));
    }
    for (status, expected) in
        [(ItemStatus::Failed, "failed"), (ItemStatus::Skipped, "skipped"), (ItemStatus::Stopped, "stopped")]
    {
        let page = one(set(status)).of(Screen::Items);
        assert_eq!(tables(&page)[0].rows[0].cells[1].text, expected);
        // What runs again by itself makes up for having been left out.
        let is_left_out = status != ItemStatus::Failed;
        assert_eq!(page.mood == Mood::InStep, is_left_out, "{expected}: {}", page.mood_text);
        let page = one(|s| {
            set(status)(s);
            s.next_run = None;
        })
        .of(Screen::Items);
        assert_eq!(page.mood, Mood::NeedsYou, "{expected}: {}", page.mood_text);
    }
}

#[test]
fn filters_and_search_of_the_items_hold_what_they_say() {
    for (filter, search, expected) in [
        (None, None, 7),
        (Some("ticked"), None, 5),
        (Some("late"), None, 1),
        (Some("needs_you"), None, 3),
        (None, Some("PHOTO"), 1),
        (None, Some("/mnt/nas"), 5),
        (Some("late"), Some("photos"), 0),
    ] {
        let request = PageRequest {
            filter: filter.map(str::to_owned),
            search: search.map(str::to_owned),
            ..PageRequest::new(Place::of(Screen::Items))
        };
        let page = household().page(&mut World::default(), &request, NOW);
        assert_eq!(tables(&page)[0].total, expected, "{filter:?} {search:?}");
    }
}

#[test]
fn without_a_tick_nothing_can_be_synchronized_and_it_says_why() {
    for ticked in [true, false] {
        let page = one(|status| status.ticked = ticked).of(Screen::Items);
        let sync = actions(&page).into_iter().find(|action| action.id == "sync_ticked").unwrap();
        assert!(sync.primary);
        assert_eq!(sync.disabled.as_deref(), (!ticked).then_some("nothing is ticked"));
    }
}

#[test]
fn a_missing_root_is_looked_for_and_never_passed_over() {
    let of = |rule: &str| {
        one(|status| {
            let result = &mut status.last.as_mut().unwrap().result;
            let mut halt = halted().unwrap();
            halt.rule = rule.to_owned();
            (result.halt, result.status) = (Some(halt), ItemStatus::Failed);
        })
        .of(Screen::Items)
    };
    let page = of("root-missing");
    assert!(actions(&page).iter().all(|action| action.id != "approve"));
    let page = of("too-many-deletions");
    let approve = actions(&page).into_iter().find(|action| action.id == "approve").unwrap();
    assert!(approve.confirm.as_ref().unwrap().text.contains("too-many-deletions"));
    let Does::AskAndGo(request, _) = &approve.does else { panic!("it goes where it is seen") };
    let Request::Sync(sync) = &**request else { panic!("it is a session") };
    assert_eq!(sync.allow, ["too-many-deletions"]);
}

#[test]
fn a_root_that_is_empty_can_be_emptied_on_the_other_side_or_filled_again() {
    let page = one(|status| {
        let result = &mut status.last.as_mut().unwrap().result;
        let mut halt = halted().unwrap();
        halt.rule = "root-emptied".to_owned();
        (result.halt, result.status) = (Some(halt), ItemStatus::Failed);
    })
    .of(Screen::Items);
    let all = requests(&page);
    let allows = |id: &str| {
        let found = all.iter().find(|(other, _)| other == id);
        let Some((_, Request::Sync(sync))) = found else { panic!("no `{id}` in {all:?}") };
        (sync.dry_run, sync.allow.clone())
    };
    assert_eq!(allows("dry_run"), (true, vec!["root-emptied".to_owned()]));
    assert_eq!(allows("dry_run_refill"), (true, vec!["replica-exchanged".to_owned()]));
}

#[test]
fn a_decision_about_all_says_how_many_and_is_about_what_is_shown() {
    let manager = Manager {
        conflicts: vec![
            conflict(1, "photos", "a", ConflictKind::EditEdit),
            conflict(1, "photos", "b", ConflictKind::EditDelete),
            conflict(4, "recipes", "c", ConflictKind::EditEdit),
        ],
        ..household()
    };
    let photos = Some(id(1).to_string());
    let decide = |item: Option<String>, conflicts| {
        Request::Resolve(ResolveRequest { item, conflicts, keep: "left".to_owned(), dry_run: false })
    };
    let paths = |paths: &[&str]| Chosen::Paths(paths.iter().map(|path| (*path).to_owned()).collect());
    for (subject, filter, n, request) in [
        (None, None, 3, Some(decide(None, Chosen::All))),
        (None, Some("kind:edit-edit"), 2, None),
        (None, Some("kind:edit-delete"), 1, Some(decide(photos.clone(), paths(&["b"])))),
        (photos.clone(), None, 2, Some(decide(photos.clone(), Chosen::All))),
        (photos.clone(), Some("kind:edit-edit"), 1, Some(decide(photos.clone(), paths(&["a"])))),
    ] {
        let place = Place { screen: Screen::Conflicts, subject, part: None };
        let asked = PageRequest { filter: filter.map(str::to_owned), ..PageRequest::new(place) };
        let page = manager.page(&mut World::default(), &asked, NOW);
        let all = actions(&page).into_iter().find(|action| action.id == "keep_left_all").unwrap();
        let count = if n == 1 { "1 conflict".to_owned() } else { format!("{n} conflicts") };
        assert!(all.confirm.as_ref().unwrap().text.contains(&count), "{all:?}");
        match request {
            Some(request) => assert_eq!(all.does, Does::Ask(Box::new(request))),
            None => assert!(all.disabled.is_some(), "paths of several items cannot be told apart"),
        }
    }
}

#[test]
fn a_clean_end_goes_after_a_moment_and_what_is_pinned_or_bad_stays() {
    let request = PageRequest::new(Place::of(Screen::Synchronizing));
    for (window, pinned, stays) in [
        (Window::Closes, false, false),
        (Window::Closes, true, true),
        (Window::Stays, false, true),
        (Window::Restores, false, true),
    ] {
        let mut world = World::default();
        running(&mut world);
        world.carried_out(&Request::Pin { pinned });
        world.hear(&summary(vec![result(1, "photos", ItemStatus::Succeeded)], window), NOW);
        let mut is_shown = |millis| {
            let page = household().page(&mut world, &request, NOW.plus_millis(millis));
            tables(&page).iter().any(|table| table.id == "rows")
        };
        assert!(is_shown(1_000));
        assert_eq!(is_shown(60_000), stays, "{window:?} pinned: {pinned}");
    }
}

#[test]
fn a_minimized_session_shows_how_far_it_is_and_comes_back_where_it_may() {
    let at = |screen| PageRequest::new(Place::of(screen));
    for (window, comes_back) in [(Window::Closes, false), (Window::Stays, false), (Window::Restores, true)] {
        let mut world = World::default();
        running(&mut world);
        let page = |world: &mut World, screen| household().page(world, &at(screen), NOW);
        let has_rows = |page: &syncmgr_wire::page::Page| tables(page).iter().any(|table| table.id == "rows");
        let shown = page(&mut world, Screen::Synchronizing);
        let minimize = actions(&shown).into_iter().find(|action| action.id == "minimize").unwrap();
        let request = Request::Minimize { minimized: true };
        let away = Does::AskAndGo(Box::new(request.clone()), Place::of(Screen::Items));
        assert_eq!((has_rows(&shown), &minimize.does), (true, &away));
        world.carried_out(&request);
        let shown = page(&mut world, Screen::Synchronizing);
        assert!(!has_rows(&shown), "{shown:?}");
        let id_of = |(id, _): (String, Request)| id;
        let ids: Vec<String> = requests(&shown).into_iter().map(id_of).collect();
        assert!(ids.contains(&"stop".to_owned()) && ids.contains(&"show_all".to_owned()), "{ids:?}");
        world.carried_out(&Request::Minimize { minimized: false });
        assert!(has_rows(&page(&mut world, Screen::Synchronizing)));

        world.carried_out(&request);
        world.hear(&summary(vec![result(1, "photos", ItemStatus::Failed)], window), NOW);
        let told = |page: &syncmgr_wire::page::Page| {
            page.notices.iter().any(|notice| notice.text.contains("there is something to look at"))
        };
        assert_eq!(told(&page(&mut world, Screen::History)), comes_back, "{window:?}");
        assert!(has_rows(&page(&mut world, Screen::Synchronizing)), "all of it is there again");
        assert!(!told(&page(&mut world, Screen::History)), "somebody has looked");
    }
}

#[test]
fn a_question_that_was_put_off_can_be_answered_and_a_password_unseen() {
    use syncmgr_wire::line::{Question, QuestionKind};
    use syncmgr_wire::page::FieldKind;
    for (kind, field, default) in
        [(QuestionKind::Text, FieldKind::Text, "both"), (QuestionKind::Password, FieldKind::Secret, "")]
    {
        let mut world = World::default();
        running(&mut world);
        world.hear(
            &Event::Question(Question {
                question: 3,
                from: "mail".to_owned(),
                item: None,
                text: "Who?".to_owned(),
                detail: None,
                kind,
                choices: Vec::new(),
                default: Some("both".to_owned()),
            }),
            NOW,
        );
        let page = household().page(&mut world, &PageRequest::new(Place::of(Screen::Questions)), NOW);
        let answer = actions(&page).into_iter().find(|action| action.id == "answer").unwrap();
        let Does::Fill(form) = &answer.does else { panic!("{answer:?}") };
        assert_eq!((&form.fields[0].kind, form.fields[0].value.as_str()), (&field, default));
    }
}

#[test]
fn what_can_be_typed_in_a_command_can_be_filled_in() {
    let fields = |place: Place, id: &str| {
        let page = household().at(place);
        let action = actions(&page).into_iter().find(|action| action.id == id).cloned().unwrap();
        let Does::Fill(form) = action.does else { panic!("{id} is no form") };
        form.fields.into_iter().map(|field| field.name).collect::<Vec<_>>()
    };
    let settings = |part: &str| Place { part: Some(part.to_owned()), ..Place::of(Screen::Settings) };
    let conditions = ["power", "battery", "metered", "network", "between", "load"];
    let mut folder: Vec<String> = [
        "left",
        "right",
        "name",
        "mode",
        "conflict",
        "durability",
        "ignore",
        "keep",
        "every",
        "at",
        "on",
        "fresh",
    ]
    .map(str::to_owned)
    .to_vec();
    folder.extend(conditions.map(|name| format!("when.{name}")));
    let photos = id(1).to_string();
    for (place, id, names) in [
        (Place::of(Screen::Items), "add_folder", folder),
        (settings("handlers"), "register", words("name argv program description events trust")),
        (settings("notifications"), "add_hook", words("name on url items timeout")),
        (settings("notifications"), "add_program", words("name on run items timeout may_refuse")),
        (Place::of(Screen::Trash), "restore_some", words("paths")),
        (
            Place::about(Screen::Why, photos),
            "dry_run_otherwise",
            words("mode conflict allow checksum durability ignore keep"),
        ),
    ] {
        let (mut found, mut names) = (fields(place, id), names);
        found.sort();
        names.sort();
        assert_eq!(found, names, "{id}");
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn pause_stop_and_skip_answer_at_once_in_what_is_shown() {
    let mut world = World::default();
    running(&mut world);
    let request = PageRequest::new(Place::of(Screen::Synchronizing));
    let page = |world: &mut World| household().page(world, &request, NOW);
    let papers = requests(&page(&mut world)).into_iter().filter(|(id, _)| id == "skip").map(|(_, r)| r);
    assert_eq!(papers.collect::<Vec<_>>(), [Request::Skip { item: id(3) }, Request::Skip { item: id(6) }]);
    world.carried_out(&Request::Pause { seconds: None });
    let paused = page(&mut world);
    assert!(paused.headline.starts_with("Paused."), "{}", paused.headline);
    assert!(paused.notices.iter().any(|notice| notice.text.starts_with("everything is paused")));
    world.carried_out(&Request::Resume);
    world.carried_out(&Request::Stop);
    let stopping = page(&mut world);
    assert!(stopping.headline.starts_with("Stopping."), "{}", stopping.headline);
    let skips = actions(&stopping).into_iter().filter(|action| action.id == "skip");
    assert!(skips.into_iter().all(|action| action.disabled.is_some()));
}

#[test]
fn what_could_not_be_answered_is_told_with_its_hint_and_once() {
    let trouble =
        Trouble { headline: "the store is damaged".to_owned(), hint: Some("set it aside".to_owned()) };
    let manager = Manager { trouble: Some(trouble), ..Manager::default() };
    for screen in Screen::ALL {
        let page = manager.of(screen);
        let told: Vec<_> = page.notices.iter().filter(|notice| notice.tone == Tone::Bad).collect();
        assert_eq!(told.len(), 1, "{screen:?}");
        assert_eq!(told[0].text, "the store is damaged (set it aside)");
        assert!(!told[0].actions.is_empty());
    }
}

#[test]
fn a_handler_that_nobody_trusts_is_told_everywhere_and_shown_before_it_is_trusted() {
    let manager = Manager { handlers: vec![handler("mail", HandlerState::Changed)], ..one(|_| {}) };
    let page = manager.of(Screen::History);
    assert!(page.notices[0].text.contains("`mail` is changed since it was trusted"), "{:?}", page.notices);
    let place = Place { part: Some("handlers".to_owned()), ..Place::of(Screen::Settings) };
    let page = manager.at(place);
    let trust = actions(&page).into_iter().find(|action| action.id == "trust").unwrap();
    let text = &trust.confirm.as_ref().unwrap().text;
    assert!(text.contains("/usr/bin/notes") && text.contains("c0ffee"), "{text}");
}

#[test]
fn a_class_is_taken_back_by_its_installer_and_not_on_a_page() {
    use syncmgr_wire::line::{Handler, HandlerKind};
    let handlers_of = |kind| vec![Handler { kind, ..handler("notes", HandlerState::Enabled) }];
    let place = Place { part: Some("handlers".to_owned()), ..Place::of(Screen::Settings) };
    for (kind, expected) in [(HandlerKind::Process, true), (HandlerKind::Class, false)] {
        let manager = Manager { handlers: handlers_of(kind), ..one(|_| {}) };
        let page = manager.at(place.clone());
        assert_eq!(actions(&page).iter().any(|action| action.id == "remove"), expected, "{kind:?}");
    }
}

#[test]
fn an_item_that_is_new_is_listed_again_and_one_that_is_known_is_not() {
    let mut world = World::default();
    let request = PageRequest::new(Place::of(Screen::Items));
    let mut manager = one(|_| {});
    manager.page(&mut world, &request, NOW);
    assert!(world.needs(&request, NOW).is_empty());
    let tick = syncmgr_wire::control::TickRequest {
        items: vec![id(1).to_string()],
        ticked: false,
        marks: syncmgr_wire::control::Marks::default(),
    };
    world.carried_out(&Request::Tick(tick));
    let asked: Vec<Request> = world.needs(&request, NOW).into_iter().map(|need| need.request).collect();
    assert_eq!(asked, [Request::Status], "handlers of others are not asked for a tick");
    manager.statuses.push(status(2, "music", None));
    manager.items.push(item(2, "music", None));
    let page = manager.page(&mut world, &request, NOW);
    assert!(tables(&page)[0].rows[0].detail.contains("/home/ann/music"), "{:?}", tables(&page)[0].rows[0]);
}

#[test]
fn rest_lets_go_of_everything_but_a_session_that_runs() {
    let mut world = World::default();
    running(&mut world);
    world.rest();
    let request = PageRequest::new(Place::of(Screen::Synchronizing));
    let rows = |world: &mut World| {
        let page = household().page(world, &request, NOW);
        tables(&page).iter().map(|table| table.total).sum::<u64>()
    };
    assert_eq!(rows(&mut world), 3);
    world.hear(&summary(Vec::new(), Window::Stays), NOW);
    world.rest();
    assert_eq!(rows(&mut world), 0);
    world.hear(&Event::EntriesDeleted(syncmgr_wire::line::EntriesDeleted { entries: vec![1] }), NOW);
}
