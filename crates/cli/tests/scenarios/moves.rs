//! MV: renames and moves. What counts is what is where in the end, not by which steps.

use syncmgr_handler::model::fact::Side::{self, Left, Right};

use crate::world::{World, noise, nth_call_after_the_plan};

fn ten_in_d() -> std::sync::Arc<World> {
    let world = World::new();
    (0..10).for_each(|i| world.write(Left, &format!("d/f{i}"), format!("content {i}")));
    world.write(Left, "rest", "r");
    let _ = world.run().clean();
    world
}

/// Every one of the ten is on this side, in one of these folders.
#[track_caller]
fn has_all_ten(world: &World, side: Side, folders: &[&str]) {
    for i in 0..10 {
        let is_there = |folder: &&&str| {
            let path = format!("{folder}/f{i}");
            world.is_there(side, &path) && world.read(side, &path) == format!("content {i}")
        };
        assert!(folders.iter().any(|folder| is_there(&folder)), "{side}: f{i} is in none of {folders:?}");
    }
}

#[test]
fn mv1_a_folder_renamed_on_one_side_keeps_what_was_edited_in_it_on_the_other() {
    let world = World::synced(&[("d/f", "v0"), ("d/g", "g"), ("rest", "1")]);
    world.rename(Left, "d", "e");
    world.write(Right, "d/f", "v1");
    let report = world.run();
    let _ = world.settle();
    for side in [Left, Right] {
        let found: Vec<String> = ["d/f", "e/f"]
            .iter()
            .filter(|path| world.is_there(side, path))
            .map(|path| world.read(side, path))
            .collect();
        assert!(found.contains(&"v1".to_owned()), "{side}: {found:?}");
        assert_eq!(world.read(side, "e/g"), "g");
    }
    let is_doubled = world.is_there(Left, "d/f") && world.is_there(Left, "e/f");
    assert!(!is_doubled || report.accounts_for("d/f"), "{report:#?}");
}

#[test]
fn mv2_a_folder_renamed_differently_on_both_sides_keeps_everything_on_both() {
    let world = ten_in_d();
    world.rename(Left, "d", "e");
    world.rename(Right, "d", "g");
    let _ = world.settle().clean();
    for side in [Left, Right] {
        has_all_ten(&world, side, &["e", "g"]);
        assert!(!world.is_there(side, "d"));
    }
}

#[test]
fn mv3_what_was_moved_and_edited_arrives_with_the_edit_however_well_it_is_hidden() {
    for hidden in [false, true] {
        let world = World::new();
        world.write(Left, "a/f", noise(1 << 20, 3));
        world.write(Left, "rest", "r");
        let _ = world.run().clean();
        std::fs::create_dir(world.left("b")).unwrap();
        world.rename(Left, "a/f", "b/f");
        if hidden {
            world.overwrite_unseen(Left, "b/f", 1000, b"!");
        } else {
            let mut bytes = world.bytes(Left, "b/f");
            bytes[1000] = b'!';
            world.write(Left, "b/f", bytes);
        }
        let _ = world.settle().clean();
        assert!(!world.is_there(Right, "a/f"));
        assert_eq!(world.bytes(Right, "b/f"), world.bytes(Left, "b/f"), "hidden: {hidden}");
        assert_eq!(world.bytes(Right, "b/f")[1000], b'!');
    }
}

#[test]
fn mv4_a_rename_onto_a_name_made_on_the_other_side_is_a_conflict_of_two_that_both_stay() {
    let world = World::synced(&[("x", "vx"), ("rest", "1")]);
    world.rename(Left, "x", "y");
    world.write(Right, "y", "user's");
    let _ = world.settle().in_conflict(&["y"]);
    assert_eq!((world.read(Left, "y"), world.read(Right, "y")), ("vx".into(), "user's".into()));
    world.both_lack("x");
}

#[test]
fn mv5_a_renamed_folder_whose_old_name_is_made_again_arrives_as_both() {
    let world = ten_in_d();
    world.rename(Left, "d", "e");
    world.fill(Left, &[("d/", "")]);
    let _ = world.settle().clean();
    has_all_ten(&world, Right, &["e"]);
    assert!(world.is_there(Right, "d") && !world.is_there(Right, "d/f0"));

    let world = ten_in_d();
    world.rename(Left, "d", "e");
    world.fill(Left, &[("d/", "")]);
    (0..10).for_each(|i| world.rename(Left, &format!("e/f{i}"), &format!("d/f{i}")));
    let _ = world.settle().clean();
    has_all_ten(&world, Right, &["d"]);
    assert!(world.is_there(Right, "e") && !world.is_there(Right, "e/f0"));
}

#[test]
fn mv6_empty_things_are_not_taken_for_each_other() {
    let world = World::synced(&[("old1/", ""), ("old2/", ""), ("z1", ""), ("rest", "1")]);
    world.remove(Left, "old1");
    world.remove(Left, "z1");
    world.fill(Left, &[("n1/", ""), ("n2/", ""), ("z9", "")]);
    let _ = world.run().clean();
    let _ = world.settle().clean();
    assert_eq!(world.names(Right), ["n1", "n2", "old2", "rest", "z9"]);
}

fn large_in_top() -> std::sync::Arc<World> {
    let world = World::new();
    (0..100).for_each(|i| world.write(Left, &format!("top/f{i}"), format!("content {i}")));
    (0..10).for_each(|i| world.write(Left, &format!("rest/f{i}"), format!("rest {i}")));
    let _ = world.run().clean();
    world.rename(Left, "top", "peak");
    world
}

#[test]
fn mv7_a_large_rename_is_a_move_or_halts_and_the_files_are_never_gone_from_the_other_side() {
    let world = large_in_top();
    let all_there = |world: &World| {
        let is_there = |folder: &str, i| world.is_there(Right, &format!("{folder}/f{i}"));
        (0..100).all(|i| is_there("top", i) || is_there("peak", i))
    };
    let report = world.run();
    assert!(all_there(&world), "{report:#?}");
    if !report.halts.is_empty() {
        assert!(report.entries.iter().any(|entry| entry.contains("rename")), "{report:#?}");
        return;
    }
    assert_eq!(world.differences(), Vec::<String>::new());
    let _ = world.settle().clean();
    // Cut off anywhere, no file is gone from its old name before it is at its new one.
    for n in (0..1200).step_by(97) {
        let world = large_in_top();
        let (watcher, when) = (std::sync::Arc::clone(&world), nth_call_after_the_plan(n));
        let _ = world.run_hooked(move |call, name| {
            assert!(!when(call, name) || all_there(&watcher), "call {n}: a file is gone from both names");
            Ok(())
        });
        let _ = world.settle().clean();
    }
}

#[test]
fn mv8_renames_in_a_renamed_folder_on_both_sides_lose_nothing_and_converge() {
    let world = World::synced(&[("d/f1", "one"), ("d/f2", "two"), ("rest", "1")]);
    world.rename(Left, "d", "e");
    world.rename(Left, "e/f1", "e/f1x");
    world.rename(Right, "d/f2", "d/f2y");
    let _ = world.settle().clean();
    for side in [Left, Right] {
        assert_eq!(world.read(side, "e/f1x"), "one");
        let names = world.names(side);
        assert!(names.iter().any(|name| name.ends_with("f2") || name.ends_with("f2y")), "{side}: {names:?}");
    }
}
