//! CC: names of conflict copies. PP: conflicts that wait, and conflicts that are none. CF: the life of a copy.

use std::fs;

use syncmgr_folders::ConflictPolicy;
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::world::World;

/// A pair that keeps both versions of what is in conflict.
fn keeping_both(tree: &[(&str, &str)]) -> std::sync::Arc<World> {
    let world = World::synced(tree);
    world.config().conflict = ConflictPolicy::Both;
    world
}

fn copies(world: &World, of: &str) -> Vec<String> {
    let copies =
        world.names(Left).into_iter().filter(|name| name.starts_with(of) && name.contains("conflict"));
    copies.collect()
}

#[test]
fn cc1_conflicts_of_the_same_second_each_have_their_own_name() {
    let names: Vec<String> = (0..10).map(|i| format!("f{i}")).collect();
    let tree: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v0")).collect();
    let world = keeping_both(&tree);
    for round in 0..2 {
        for name in &names {
            world.write(Left, name, format!("left {round} of {name}"));
            world.write(Right, name, format!("right {round} of {name}"));
        }
        let _ = world.run().clean();
    }
    let _ = world.settle().clean();
    for name in &names {
        let held: Vec<String> =
            copies(&world, &format!("{name}.")).iter().map(|copy| world.read(Right, copy)).collect();
        assert_eq!(held.len(), 2, "{name}: {held:?}");
        assert!((0..2).all(|round| held.contains(&format!("right {round} of {name}"))), "{held:?}");
    }
}

#[test]
fn cc2_a_taken_name_is_left_alone_and_both_versions_are_kept() {
    // What name a copy gets is told by its content, so that another pair finds it out.
    let model = keeping_both(&[("f.txt", "v0")]);
    model.write(Left, "f.txt", "left");
    model.write(Right, "f.txt", "right");
    let _ = model.run().clean();
    let taken = copies(&model, "f").remove(0);
    for what in ["file", "folder", "link"] {
        let world = keeping_both(&[("f.txt", "v0"), ("rest", "1")]);
        match what {
            "file" => world.write(Right, &taken, "user's"),
            "folder" => world.write(Right, &format!("{taken}/in"), "user's"),
            _ => world.link(Right, "nowhere", &taken),
        }
        world.write(Left, "f.txt", "left");
        world.write(Right, "f.txt", "right");
        let _told = world.run();
        let _ = world.settle();
        let held: Vec<String> = ["f.txt".to_owned()]
            .into_iter()
            .chain(copies(&world, "f"))
            .filter_map(|path| fs::read_to_string(world.left(&path)).ok())
            .collect();
        assert!(held.contains(&"left".to_owned()) && held.contains(&"right".to_owned()), "{what}: {held:?}");
        match what {
            "file" => assert_eq!(world.read(Right, &taken), "user's"),
            "folder" => assert_eq!(world.read(Right, &format!("{taken}/in")), "user's"),
            _ => assert_eq!(fs::read_link(world.right(&taken)).unwrap().to_str(), Some("nowhere")),
        }
    }
}

#[test]
fn cc3_a_file_and_a_folder_of_the_same_name_are_both_kept_whole() {
    let world = World::synced(&[("x", "v0"), ("rest", "1")]);
    world.remove(Left, "x");
    world.fill(Left, &[("x/1", "1"), ("x/2", "2"), ("x/3", "3")]);
    world.write(Right, "x", "v1");
    let _ = world.settle().in_conflict(&["x"]);
    assert_eq!((world.read(Left, "x/3"), world.read(Right, "x")), ("3".into(), "v1".into()));
    let _ = world.resolve("x", ConflictPolicy::Both).clean();
    let _ = world.settle().clean();
    let copy = copies(&world, "x").remove(0);
    assert_eq!((world.read(Right, "x/3"), world.read(Left, &copy)), ("3".into(), "v1".into()));

    let world = World::synced(&[("rest", "1")]);
    world.write(Left, "x", "file");
    world.fill(Right, &[("x/1", "1"), ("x/sub/2", "2")]);
    let _ = world.settle().in_conflict(&["x"]);
    let _ = world.resolve("x", ConflictPolicy::Both).clean();
    let _ = world.settle().clean();
    let copy = copies(&world, "x").remove(0);
    assert_eq!(
        (world.read(Right, "x"), world.read(Left, &format!("{copy}/sub/2"))),
        ("file".into(), "2".into())
    );
}

#[test]
fn pp1_a_conflict_that_waits_breeds_nothing() {
    for policy in [ConflictPolicy::Hold, ConflictPolicy::Both] {
        let world = World::synced(&[("f", "v0"), ("rest", "1")]);
        world.config().conflict = policy;
        world.write(Left, "f", "left");
        world.write(Right, "f", "right");
        let _ = world.run();
        let names = (world.names(Left), world.names(Right));
        for _ in 0..9 {
            let report = world.run();
            assert!(report.changes.is_empty(), "{report:#?}");
            assert_eq!(report.conflicts.len(), usize::from(policy == ConflictPolicy::Hold));
        }
        assert_eq!((world.names(Left), world.names(Right)), names);
        let _ = world.settle();
    }
}

#[test]
fn pp2_the_same_change_on_both_sides_is_agreement_and_moves_nothing() {
    let world = World::synced(&[("f", "v0"), ("rest", "1")]);
    for side in [Left, Right] {
        world.write(side, "f", "v1");
        world.fill(side, &[("g", "new"), ("n/a", "1"), ("n/b", "2")]);
    }
    let report = world.run().clean();
    let moved = report.changes.iter().filter(|change| !change.contains("attributes")).count();
    assert_eq!((moved, report.totals.bytes), (0, 0), "{report:#?}");
    assert!(world.trash(Left).is_empty() && world.trash(Right).is_empty());
    let _ = world.settle().clean();
}

#[test]
fn pp3_deleted_or_renamed_alike_on_both_sides_nothing_comes_back() {
    let world = World::synced(&[("f", "v0"), ("d/x", "1"), ("d/y", "2"), ("rest", "1")]);
    for side in [Left, Right] {
        world.remove(side, "f");
        world.rename(side, "d", "e");
    }
    let report = world.run().clean();
    assert!(report.changes.is_empty(), "{report:#?}");
    let _ = world.settle().clean();
    assert_eq!(world.names(Left), ["e", "e/x", "e/y", "rest"]);
}

fn with_a_copy() -> (std::sync::Arc<World>, String) {
    let world = keeping_both(&[("f", "v0"), ("rest", "1")]);
    world.write(Left, "f", "left");
    world.write(Right, "f", "right");
    let _ = world.run().clean();
    let copy = copies(&world, "f").remove(0);
    (world, copy)
}

#[test]
fn cf1_a_copy_that_is_deleted_goes_on_both_sides_and_the_file_stays() {
    let (world, copy) = with_a_copy();
    world.remove(Left, &copy);
    let _ = world.settle().clean();
    world.both_lack(&copy);
    world.both_hold("f", "left");
}

#[test]
fn cf2_a_copy_renamed_over_the_file_settles_the_conflict() {
    let (world, copy) = with_a_copy();
    world.rename(Right, &copy, "f");
    let _ = world.settle().clean();
    world.both_hold("f", "right");
    world.both_lack(&copy);
    assert!(world.trashed(Left, "f", "left"));
}
