//! FD: full disks. RX: other things that run out.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, Rlimit};
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::apart::{mount, with_limits, with_own_mounts};
use crate::world::{World, noise};

fn small_disk(at: &Path, size: &str) {
    mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], at);
}

/// Fills what is left of a disk; removing the file gives the room back.
fn fill_up(disk: &Path) -> std::path::PathBuf {
    let at = disk.join("filler");
    let mut file = fs::File::create(&at).unwrap();
    for size in [64 << 10, 4 << 10, 1] {
        while std::io::Write::write(&mut file, &vec![1; size]).is_ok_and(|n| n == size) {}
    }
    at
}

#[test]
fn fd1_a_disk_that_fills_up_in_the_middle_of_a_file_keeps_the_old_one_whole() {
    const THIS: &str = "full::fd1_a_disk_that_fills_up_in_the_middle_of_a_file_keeps_the_old_one_whole";
    with_own_mounts(THIS, || {
        let world = World::new();
        small_disk(&world.root(Right), "6m");
        let (old, new) = (noise(1 << 20, 1), noise(8 << 20, 2));
        world.write(Left, "f", &old);
        let _ = world.run().clean();
        world.write(Left, "f", &new);
        (0..10).for_each(|i| world.write(Left, &format!("small{i}"), format!("{i}")));
        for _ in 0..2 {
            let report = world.run();
            assert!(report.problems.contains(&"f: no space left on the disk".to_owned()), "{report:#?}");
            assert!(world.bytes(Right, "f") == old && world.bytes(Left, "f") == new);
            world.is_converged(&report);
            world.nothing_is_staged();
        }
        mount(&["-t", "tmpfs", "-o", "remount,size=40m", "tmpfs"], &world.root(Right));
        let _ = world.settle().clean();
        assert!(world.bytes(Right, "f") == new);
    });
}

#[test]
fn fd2_without_room_for_the_baseline_the_old_one_stays_and_later_runs_converge() {
    const THIS: &str = "full::fd2_without_room_for_the_baseline_the_old_one_stays_and_later_runs_converge";
    with_own_mounts(THIS, || {
        let world = World::new();
        let state = world.dir().join("state");
        small_disk(&state, "1m");
        (0..300)
            .for_each(|i| world.write(Left, &format!("a name of some length, number {i}"), format!("{i}")));
        let _ = world.run().clean();
        let before = fs::read(world.state("baseline")).unwrap();
        for i in 0..20 {
            world.write(Left, &format!("left{i}"), format!("left {i}"));
            world.write(Right, &format!("right{i}"), format!("right {i}"));
        }
        let filler = fill_up(&state);
        for _ in 0..2 {
            let report = world.run();
            assert!(report.entries.iter().any(|entry| entry.starts_with("error")), "{report:#?}");
            assert!(!report.says_in_step());
            assert_eq!(fs::read(world.state("baseline")).unwrap(), before);
        }
        fs::remove_file(filler).unwrap();
        let report = world.run();
        assert!(report.clean().changes.len() <= 40);
        let _ = world.settle().clean();
        world.both_hold("right7", "right 7");
        assert!(world.trash(Left).is_empty() && world.trash(Right).is_empty());
    });
}

#[test]
fn fd3_without_room_a_conflict_loses_neither_version() {
    const THIS: &str = "full::fd3_without_room_a_conflict_loses_neither_version";
    with_own_mounts(THIS, || {
        let world = World::new();
        small_disk(&world.root(Right), "6m");
        world.config().conflict = syncmgr_folders::ConflictPolicy::Both;
        world.write(Left, "f", noise(1 << 20, 1));
        let _ = world.run().clean();
        let (left, right) = (noise(1 << 20, 2), noise(1 << 20, 3));
        world.write(Left, "f", &left);
        world.write(Right, "f", &right);
        let filler = fill_up(&world.root(Right));
        let _told = world.run();
        assert!(world.bytes(Left, "f") == left);
        fs::remove_file(filler).unwrap();
        let _ = world.settle();
        let copies: Vec<String> =
            world.names(Left).into_iter().filter(|name| name.contains("conflict")).collect();
        assert_eq!(copies.len(), 1, "{:?}", world.names(Left));
        for side in [Left, Right] {
            assert!(world.bytes(side, "f") == left && world.bytes(side, &copies[0]) == right, "{side}");
        }
    });
}

#[test]
fn rx1_with_few_descriptors_a_deep_and_wide_tree_is_whole() {
    const THIS: &str = "full::rx1_with_few_descriptors_a_deep_and_wide_tree_is_whole";
    with_limits(THIS, "-S -n 64", || {
        let world = World::new();
        let deep = "d/".repeat(60);
        (0..50).for_each(|i| world.write(Left, &format!("wide{i}/f"), format!("{i}")));
        (0..200).for_each(|i| world.write(Left, &format!("{deep}f{i}"), format!("deep {i}")));
        let report = world.run();
        // Where a descriptor could not be had, the path is named and nothing counts as gone.
        world.is_converged(&report);
        let again = world.run();
        world.is_converged(&again);
        assert!(!again.changes.iter().any(|change| change.contains("delete")), "{again:#?}");
        let limit = rustix::process::getrlimit(Resource::Nofile);
        let enough = Rlimit { current: limit.maximum, maximum: limit.maximum };
        rustix::process::setrlimit(Resource::Nofile, enough).unwrap();
        let _ = world.settle().clean();
    });
}

#[test]
fn rx2_many_entries_fit_into_little_memory() {
    const THIS: &str = "full::rx2_many_entries_fit_into_little_memory";
    // 64 MiB of data for the whole process, its threads included.
    with_limits(THIS, "-d 65536", || {
        let world = World::new();
        for i in 0..8_000 {
            let folder = world.left(&format!("folder {}", i / 500));
            if i % 500 == 0 {
                fs::create_dir(&folder).unwrap();
            }
            fs::File::create(folder.join(format!("a file with a rather long name, and number {i}"))).unwrap();
        }
        let _ = world.run().clean();
        let report = world.run().clean();
        assert!(report.changes.is_empty());
        assert_eq!(world.differences(), Vec::<String>::new());
    });
}
