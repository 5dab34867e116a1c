//! DE: deletion against edits. DR: deleted and made again.

use std::io;

use syncmgr_folders::fs::faulty::Call;
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::world::World;

#[test]
fn de1_an_edit_wins_over_the_deletion_on_the_other_side() {
    let world = World::synced(&[("f", "v0 of f"), ("g", "v0 of g"), ("rest", "1")]);
    world.remove(Left, "f");
    world.write(Left, "g", "v1 of g");
    world.write(Right, "f", "v1 of f");
    world.remove(Right, "g");
    let report = world.run();
    assert!(
        report.entries.iter().any(|entry| entry.contains("`f`") && entry.contains("kept")),
        "{report:#?}"
    );
    let _ = world.settle().clean();
    world.both_hold("f", "v1 of f");
    world.both_hold("g", "v1 of g");
}

#[test]
fn de2_a_deep_edit_brings_its_folders_back_and_the_rest_of_the_deleted_tree_goes_to_the_trash() {
    let world = World::synced(&[
        ("d/1", "s1"),
        ("d/a/2", "s2"),
        ("d/a/b/3", "s3"),
        ("d/a/b/c/4", "s4"),
        ("d/a/b/c/f", "v0"),
        ("d/z/5", "s5"),
        ("rest", "r"),
    ]);
    world.remove(Left, "d");
    world.write(Right, "d/a/b/c/f", "v1");
    let _ = world.settle().clean();
    world.both_hold("d/a/b/c/f", "v1");
    assert_eq!(world.names(Left), ["d", "d/a", "d/a/b", "d/a/b/c", "d/a/b/c/f", "rest"]);
    for (path, content) in [("d/1", "s1"), ("d/a/b/c/4", "s4"), ("d/z/5", "s5")] {
        assert!(world.trashed(Right, path, content), "{path}");
    }
}

#[test]
fn de3_deleted_on_both_sides_and_made_again_on_one_is_a_new_file() {
    let world = World::synced(&[("f", "v0"), ("rest", "1")]);
    world.remove(Left, "f");
    world.remove(Right, "f");
    let report = world.run().clean();
    assert!(report.changes.is_empty(), "{report:#?}");
    world.write(Left, "f", "v1");
    let _ = world.settle().clean();
    world.both_hold("f", "v1");
}

#[test]
fn de4_what_cannot_be_deleted_stays_is_told_and_does_not_come_back() {
    let world = World::new();
    (0..8).for_each(|i| world.write(Left, &format!("d/f{i}"), format!("{i}")));
    world.fill(Left, &[("d/sub/a", "stuck a"), ("d/sub/b", "stuck b"), ("rest", "1")]);
    let _ = world.run().clean();
    world.remove(Left, "d");
    let refused = |call: Call, name: &[u8]| {
        let is_stuck = matches!(call, Call::Rename | Call::RemoveFile | Call::HardLink)
            && [b"a", b"b"].iter().any(|stuck| *stuck == name);
        if is_stuck { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    };
    for _ in 0..2 {
        let report = world.run_hooked(refused);
        assert!(report.problems.iter().any(|problem| problem == "d/sub/a: permission denied"), "{report:#?}");
        assert!(world.is_there(Right, "d/sub/a") && !world.is_there(Left, "d"));
    }
    let _ = world.settle_by(&|options| world.run_hooked_with(options, refused));
    let _ = world.settle().clean();
    world.both_lack("d");
}

#[test]
fn dr1_deleted_and_made_again_between_two_runs_is_an_edit() {
    let world = World::synced(&[("f", "v0"), ("d/1", "1"), ("d/2", "2"), ("d/3", "3"), ("rest", "r")]);
    world.remove(Left, "f");
    world.write(Left, "f", "v1");
    world.remove(Left, "d");
    world.fill(Left, &[("d/", "")]);
    let _ = world.settle().clean();
    world.both_hold("f", "v1");
    assert_eq!(world.names(Right), ["d", "f", "rest"]);
    assert!(world.trashed(Right, "f", "v0") && world.trashed(Right, "d/2", "2"));
}

#[test]
fn dr2_made_again_on_the_other_side_it_is_not_deleted() {
    let world = World::synced(&[("f", "v0"), ("rest", "1")]);
    world.remove(Left, "f");
    world.remove(Right, "f");
    world.write(Right, "f", "v2");
    let _ = world.settle().clean();
    world.both_hold("f", "v2");
}

#[test]
fn dr3_a_folder_made_again_gets_what_the_other_side_added_to_the_old_one() {
    let world = World::synced(&[("d/x", "x"), ("rest", "1")]);
    world.remove(Left, "d");
    world.fill(Left, &[("d/", "")]);
    world.write(Right, "d/y", "y");
    let _ = world.settle().clean();
    world.both_hold("d/y", "y");
    world.both_lack("d/x");
    assert!(world.trashed(Right, "d/x", "x"));
}
