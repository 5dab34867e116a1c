//! TM: clocks that are coarse, wrong or set back.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};
use syncmgr_folders::{Evidence, RunOptions};
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::time::Timestamp;
use syncmgr_handler::model::verdict::Verdict;

use crate::odd::{OddFileSystem, Oddity};
use crate::told::Report;
use crate::world::World;

#[test]
fn tm1_an_edit_of_the_same_length_with_its_time_put_back_is_seen() {
    let world = World::synced(&[("f", "old content"), ("rest", "1")]);
    world.overwrite_unseen(Left, "f", 0, b"new CONTENT");
    let _ = world.run().clean();
    assert_eq!(world.read(Right, "f"), "new CONTENT");
    let _ = world.settle().clean();
}

/// A run in which both sides' clocks tick once in two seconds, at a given time by the run's own clock.
fn coarse_at(world: &World, started: SystemTime) -> Report {
    let root = world.root(Left);
    let fs = OddFileSystem { root, oddity: Oddity { tick: 2, ..Oddity::default() } };
    let millis = started.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut options = world.options();
    options.started = Timestamp::from_millis(i64::try_from(millis).unwrap());
    world.run_on(fs, options, Arc::new(|_| Verdict::Go))
}

#[test]
fn tm2_an_edit_in_the_clock_tick_of_the_last_run_is_seen_by_the_next() {
    let world = World::new();
    world.compare_content_only();
    world.write(Left, "rest", "r");
    // In one tick of a clock of two seconds: written, run, written again with the same length, run.
    let now = SystemTime::now();
    let in_tick = |path: &std::path::Path| {
        fs::File::options().write(true).open(path).unwrap().set_modified(now).unwrap();
    };
    world.write(Left, "f", "v1");
    in_tick(&world.left("f"));
    let _ = coarse_at(&world, now).clean();
    let file = fs::File::options().write(true).open(world.left("f")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"v2", 0).unwrap();
    in_tick(&world.left("f"));
    let _ = coarse_at(&world, now).clean();
    let _ = coarse_at(&world, now + Duration::from_secs(3)).clean();
    assert_eq!(world.read(Right, "f"), "v2");
}

/// A run whose right side keeps times in steps of two seconds.
fn coarse_right(world: &World) -> Report {
    coarse_right_with(world, world.options())
}

fn coarse_right_with(world: &World, options: RunOptions) -> Report {
    let fs = OddFileSystem { root: world.root(Right), oddity: Oddity { tick: 2, ..Oddity::default() } };
    world.run_on(fs, options, Arc::new(|_| Verdict::Go))
}

#[test]
fn tm3_times_rounded_by_one_side_do_not_travel_back() {
    let world = World::new();
    world.compare_content_only();
    let mtimes: Vec<SystemTime> =
        (0..20).map(|i| UNIX_EPOCH + Duration::from_millis(1_500_000_001_000 + i * 1_337)).collect();
    for (i, mtime) in mtimes.iter().enumerate() {
        let name = format!("f{i}");
        world.write(Left, &name, &name);
        fs::File::options().write(true).open(world.left(&name)).unwrap().set_modified(*mtime).unwrap();
    }
    let _ = coarse_right(&world).clean();
    for _ in 0..3 {
        let report = coarse_right(&world).clean();
        assert!(report.changes.is_empty(), "{report:#?}");
    }
    for (i, mtime) in mtimes.iter().enumerate() {
        assert_eq!(world.left(&format!("f{i}")).metadata().unwrap().modified().unwrap(), *mtime);
    }
    let _ = world.settle_by(&|options| coarse_right_with(&world, options)).clean();
}

#[test]
fn tm4_extreme_times_travel_and_decide_nothing() {
    let world = World::new();
    let times = [-2_177_452_800, -86_400, -1, 0, 2_147_558_400, 4_291_747_200, 253_370_764_800];
    for (i, secs) in times.into_iter().enumerate() {
        let name = format!("f{i}");
        world.write(Left, &name, &name);
        let mtime = Timespec { tv_sec: secs, tv_nsec: 123_456_789 };
        let stamps = Timestamps { last_access: mtime, last_modification: mtime };
        rustix::fs::utimensat(CWD, world.left(&name).as_path(), &stamps, AtFlags::empty()).unwrap();
    }
    let _ = world.settle().clean();
    // A file from the far future does not win over one from the past: it is a conflict like any other.
    for side in [Left, Right] {
        world.write(side, "f6", side.to_string());
    }
    let far = UNIX_EPOCH + Duration::from_secs(4_291_747_200);
    fs::File::options().write(true).open(world.right("f6")).unwrap().set_modified(far).unwrap();
    let _ = world.settle().in_conflict(&["f6"]);
}

#[test]
fn tm5_a_touch_is_no_match_for_an_edit() {
    for evidence in [Evidence::FileSystem, Evidence::Content] {
        let world = World::synced(&[("f", "v0"), ("rest", "1")]);
        let later = SystemTime::now() + Duration::from_secs(60);
        fs::File::options().write(true).open(world.left("f")).unwrap().set_modified(later).unwrap();
        world.write(Right, "f", "v1");
        let mut options = world.options();
        options.evidence = evidence;
        let _ = world.run_with(options).clean();
        let _ = world.settle().clean();
        world.both_hold("f", "v1");
        assert_eq!(world.names(Left), ["f", "rest"]);
    }
}
