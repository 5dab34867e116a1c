//! Long lists: windows join to the whole, and cost no more than they hold.

use syncmgr_model::fact::{Action, Side};
use syncmgr_model::status::ItemStatus;
use syncmgr_view::World;
use syncmgr_wire::control::{Event, Request, Selection, SyncRequest};
use syncmgr_wire::line::{Change, Changed, Topic};
use syncmgr_wire::page::{PageRequest, Place, Screen};

use crate::acting::tables;
use crate::prepared::{self, Manager, NOW, id, item, result, status};

fn many(n: u128) -> Manager {
    let named = |number: u128| format!("item {number:05}");
    let status_of = |number| {
        let name = named(number);
        status(number, &name, Some(result(number, &name, ItemStatus::Succeeded)))
    };
    Manager {
        items: (1..=n).map(|number| item(number, &named(number), None)).collect(),
        statuses: (1..=n).map(status_of).collect(),
        ..Manager::default()
    }
}

fn request(screen: Screen, from: u64, count: u64) -> PageRequest {
    PageRequest { from, count, ..PageRequest::new(Place::of(screen)) }
}

#[test]
fn windows_over_the_items_join_to_the_whole() {
    let manager = many(450);
    let mut world = World::default();
    let mut keys = |from, count| {
        let page = manager.page(&mut world, &request(Screen::Items, from, count), NOW);
        let table = tables(&page)[0].clone();
        assert_eq!((table.from, table.total), (from, 450));
        table.rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    let whole = keys(0, 1000);
    let joined: Vec<String> = (0..450).step_by(70).flat_map(|from| keys(from, 70)).collect();
    assert_eq!(whole.len(), 450);
    assert_eq!(joined, whole);
}

#[test]
fn ten_thousand_items_are_put_together_once_for_each_change() {
    let manager = many(10_000);
    let mut world = World::default();
    let page = |world: &mut World, request: &PageRequest| drop(manager.page(world, request, NOW));
    page(&mut world, &request(Screen::Items, 0, 100));
    let once = world.n_visited();
    assert!((10_000..=20_000).contains(&once), "{once}: with and without what handlers list");
    for from in (0..10_000).step_by(500) {
        page(&mut world, &request(Screen::Items, from, 100));
    }
    assert_eq!(world.n_visited(), once, "windows cost nothing besides their rows");
    let search = PageRequest { search: Some("0999".to_owned()), ..request(Screen::Items, 0, 5) };
    page(&mut world, &search);
    page(&mut world, &PageRequest { from: 3, ..search });
    assert_eq!(world.n_visited(), once + 10_000, "a search costs once");
    world.hear(&Event::Changed(Changed { what: Topic::Items }), NOW);
    page(&mut world, &request(Screen::Items, 0, 100));
    assert_eq!(world.n_visited(), once + 20_000, "and so does a change");
}

#[test]
fn a_plan_of_a_million_lines_costs_no_more_than_what_is_seen_of_it() {
    const LINES: u64 = 1_000_000;
    let manager = many(1);
    let mut world = World::default();
    let preview = SyncRequest { dry_run: true, changes: true, ..SyncRequest::new(Selection::Ticked) };
    world.starts(&Request::Sync(preview));
    prepared::begin(&mut world, &[1], NOW);
    for number in 0..LINES {
        let action = if number % 1000 == 0 { Action::Delete } else { Action::Create };
        let path = format!("folder/file {number:06}");
        world.hear(&Event::Change(Change::new(id(1), Side::Left, action, path.as_bytes(), None)), NOW);
    }
    world.hear(
        &prepared::summary(vec![result(1, "a", ItemStatus::Succeeded)], syncmgr_wire::line::Window::Closes),
        NOW,
    );
    assert_eq!(world.n_lines_read(), 0, "what nobody looks at costs nothing");
    let of = |from, count| PageRequest {
        place: Place::about(Screen::Plan, id(1).to_string()),
        ..request(Screen::Plan, from, count)
    };
    let mut cost = 0;
    let mut costs = |world: &World, n| {
        cost += n;
        assert_eq!(world.n_lines_read(), cost);
    };
    // The last ones, the first ones, some of the middle, and of one kind alone.
    let page = manager.page(&mut world, &of(LINES - 10, 200), NOW);
    let lines = tables(&page)[0];
    assert_eq!((lines.total, lines.rows.len()), (LINES, 10));
    assert_eq!(lines.rows[9].cells[2].text, "folder/file 999999");
    costs(&world, 10);
    let page = manager.page(&mut world, &of(0, 1), NOW);
    assert_eq!(tables(&page)[0].rows[0].cells[0].text, "delete", "deletions come first");
    costs(&world, 1);
    drop(manager.page(&mut world, &of(LINES / 2, 200), NOW));
    costs(&world, 200);
    let deletions = PageRequest { filter: Some("delete".to_owned()), ..of(900, 200) };
    assert_eq!(tables(&manager.page(&mut world, &deletions, NOW))[0].rows.len(), 100);
    costs(&world, 100);
    // The list of all plans reads none of their lines.
    drop(manager.page(&mut world, &request(Screen::Plan, 0, 200), NOW));
    costs(&world, 0);
    // What is looked for is found once.
    let found = |from, count| PageRequest { search: Some("FILE 09909".to_owned()), ..of(from, count) };
    assert_eq!(tables(&manager.page(&mut world, &found(0, 5), NOW))[0].total, 10);
    costs(&world, LINES + 5);
    assert_eq!(tables(&manager.page(&mut world, &found(5, 200), NOW))[0].rows.len(), 5);
    costs(&world, 5);

    let later = NOW.plus_millis(11 * 60_000);
    world.forget_plans(later);
    assert!(manager.page(&mut world, &of(0, 1), later).headline.starts_with("Nobody has looked"));
}
