//! TR: the trash.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use syncmgr_folders::trash::{empty, list, restore};
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::apart::without_rights;
use crate::world::World;

#[test]
fn tr1_everything_replaced_or_deleted_can_be_had_back_as_it_was() {
    let world = World::new();
    for i in 0..50 {
        let path = format!("d{}/e/f{i:02}", i % 5);
        world.write(Left, &path, format!("old {i}"));
        world.chmod(Left, &path, [0o644, 0o600, 0o755][i % 3]);
    }
    world.fill(Left, &[("folder/a", "fa"), ("folder/b", "fb")]);
    world.link(Left, "d0/e", "link");
    let _ = world.run().clean();
    let before = world.tree(Right);
    for i in 0..20 {
        world.write(Left, &format!("d{}/e/f{i:02}", i % 5), format!("new {i}"));
    }
    (20..40).for_each(|i| world.remove(Left, &format!("d{}/e/f{i:02}", i % 5)));
    world.remove(Left, "link");
    world.remove(Left, "folder");
    world.write(Left, "folder", "a file now");
    let options = world.options();
    let session = options.session;
    let _ = world.run_with(options).clean();
    let config = world.config().clone();
    let entries = list(&config).unwrap();
    assert_eq!(entries.len(), 20 + 20 + 1 + 2);
    assert!(entries.iter().all(|entry| entry.session == session && entry.side == Right));
    let _ = world.undo(session).clean();
    assert_eq!(world.tree(Right), before, "contents, modes and times");
}

#[test]
fn tr2_every_version_of_a_path_is_kept_however_soon_they_follow() {
    let world = World::synced(&[("f", "version 0"), ("rest", "1")]);
    for round in 1..=10 {
        if round % 3 == 0 {
            world.remove(Left, "f");
            let _ = world.run().clean();
        }
        world.write(Left, "f", format!("version {round}"));
        let _ = world.run().clean();
    }
    let _ = world.settle().clean();
    for round in 0..10 {
        assert!(world.trashed(Right, "f", &format!("version {round}")), "version {round}");
    }
}

#[test]
fn tr3_what_is_brought_back_replaces_nothing_and_then_travels() {
    let world = World::synced(&[("f", "v0"), ("rest", "1")]);
    world.write(Left, "f", "v2");
    let _ = world.run().clean();
    let config = world.config().clone();
    let entry = list(&config).unwrap().remove(0);
    assert_eq!(restore(&config, &entry).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    world.both_hold("f", "v2");
    world.rename(Right, "f", "f2");
    restore(&config, &entry).unwrap();
    let _ = world.settle().clean();
    world.both_hold("f", "v0");
    world.both_hold("f2", "v2");
}

#[test]
fn tr4_closed_folders_and_files_go_to_the_trash_come_back_and_are_emptied() {
    const THIS: &str = "trash::tr4_closed_folders_and_files_go_to_the_trash_come_back_and_are_emptied";
    without_rights(THIS, || {
        let world = World::synced(&[("d/sub/f", "1"), ("d/sub/g", "2"), ("d/h", "3"), ("rest", "r")]);
        for side in [Left, Right] {
            world.chmod(side, "d/h", 0o000);
            world.chmod(side, "d/sub", 0o500);
        }
        let _ = world.run();
        world.chmod(Left, "d/sub", 0o700);
        world.remove(Left, "d");
        // What cannot be read cannot be known to be unchanged, and out of a folder closed to its owner nothing can be
        // taken: both stay, and are told.
        let report = world.run();
        assert!(report.accounts_for("d/h") && report.accounts_for("d/sub/f"), "{report:#?}");
        assert_eq!(world.read(Right, "d/sub/f"), "1");
        world.chmod(Right, "d/sub", 0o700);
        world.chmod(Right, "d/h", 0o400);
        let _ = world.settle().clean();
        world.both_lack("d");
        let config = world.config().clone();
        let held = list(&config).unwrap();
        let closed = held.iter().find(|entry| entry.path == b"d/h").unwrap();
        restore(&config, closed).unwrap();
        assert_eq!(fs::metadata(world.right("d/h")).unwrap().permissions().mode() & 0o777, 0o400);
        let _ = world.settle().clean();
        world.both_hold("d/h", "3");
        empty(&config, None).unwrap();
        assert!(list(&config).unwrap().is_empty());
    });
}
