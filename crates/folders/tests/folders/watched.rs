//! Runs that are told what alone can have changed.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use syncmgr_folders::fs::faulty::FaultyFileSystem;
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{Mode, RunOptions, Scope};
use syncmgr_handler::model::fact::Side::{self, Left, Right};
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::status::ItemStatus;
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{ITEM, Pair, Report, read};
use crate::machine::many;

fn scope(paths: &[&str]) -> Scope {
    Scope::new(paths.iter().map(|path| path.as_bytes().to_vec())).unwrap()
}

fn options(pair: &Pair, paths: &[&str]) -> RunOptions {
    let mut options = pair.options();
    options.scopes.insert(ITEM, scope(paths));
    options
}

fn sync_within(pair: &Pair, paths: &[&str]) -> Report {
    pair.sync_with(options(pair, paths))
}

/// The calls that a run makes of the file system.
fn calls(pair: &Pair, options: RunOptions) -> (Report, usize) {
    let n_calls = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&n_calls);
    let hook = Arc::new(move |_, _: &[u8]| {
        counting.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let report =
        pair.sync_on(FaultyFileSystem::new(RealFileSystem, hook), options, Arc::new(|_| Verdict::Go));
    (report, n_calls.load(Ordering::Relaxed))
}

/// So many folders with ten files each.
fn pair_of(n_folders: usize) -> Pair {
    let pair = Pair::default();
    for folder in 0..n_folders {
        for file in 0..10 {
            pair.write(Left, &[(&format!("d{folder}/{file}"), &format!("{folder} {file}"))]);
        }
    }
    let _ = pair.sync().clean();
    pair
}

/// Records that lie over the baseline.
fn n_open(pair: &Pair) -> usize {
    let runs = pair.dir.path().join("state").join(ITEM.to_string()).join("runs");
    let names = fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".open")).count()
}

#[test]
fn the_work_grows_with_what_changed_and_not_with_what_is_there() {
    let runs = [3, 60].map(|n_folders| {
        let pair = pair_of(n_folders);
        let (nothing, idle) = calls(&pair, options(&pair, &[]));
        nothing.idle();
        fs::write(pair.left("d1/4"), "edited").unwrap();
        let (report, busy) = calls(&pair, options(&pair, &["d1/4"]));
        assert_eq!(report.clean().changes, ["R update d1/4"]);
        (idle, busy)
    });
    let [(small_idle, small_busy), (large_idle, large_busy)] = runs;
    assert_eq!(small_idle, large_idle, "calls of a run with nothing to do");
    // Batches are staged by threads, which makes a call more or less.
    assert!(
        small_busy.abs_diff(large_busy) < 10,
        "{small_busy} calls in a small tree, {large_busy} in a large one"
    );
}

#[test]
fn what_happened_elsewhere_is_left_for_the_next_run_that_looks_at_everything() {
    let pair = pair_of(3);
    fs::write(pair.left("d0/0"), "seen").unwrap();
    fs::write(pair.left("d2/0"), "not seen").unwrap();
    assert_eq!(sync_within(&pair, &["d0"]).clean().changes, ["R update d0/0"]);
    assert_eq!(pair.sync().clean().changes, ["R update d2/0"]);
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn changes_of_every_kind_flow_both_ways() {
    let pair =
        Pair::synced(&[("a/1", "1"), ("a/2", "2"), ("b/3", "3"), ("b/4", "4"), ("c", "5"), ("z", "6")]);
    fs::write(pair.left("a/1"), "edited").unwrap();
    fs::remove_file(pair.right("a/2")).unwrap();
    fs::rename(pair.left("b/3"), pair.left("a/moved")).unwrap();
    fs::remove_file(pair.right("c")).unwrap();
    pair.write(Right, &[("c/is/now/a/folder", "7")]);
    pair.write(Left, &[("new/and/deep", "8")]);
    let report = sync_within(&pair, &["a", "b/3", "c", "new"]).clean();
    let mut changes = report.changes;
    changes.sort();
    assert_eq!(
        changes,
        [
            "L create c",
            "L create c/is",
            "L create c/is/now",
            "L create c/is/now/a",
            "L create c/is/now/a/folder",
            "L delete a/2",
            "L delete c",
            "R create new",
            "R create new/and",
            "R create new/and/deep",
            "R rename b/3 → a/moved",
            "R update a/1",
        ]
    );
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn a_folder_that_went_from_around_what_was_seen_is_looked_at_as_a_whole() {
    let pair = Pair::synced(&[("d/e/1", "1"), ("d/e/2", "2"), ("d/f/3", "3"), ("k", "")]);
    fs::remove_dir_all(pair.left("d")).unwrap();
    let report = sync_within(&pair, &["d/e/1"]).clean();
    assert!(report.changes.contains(&"R delete d".to_owned()), "{report:?}");
    assert!(!pair.right("d").exists());
    pair.sync().idle();
}

#[test]
fn a_folder_made_on_one_side_alone_brings_all_that_is_in_it() {
    let pair = Pair::synced(&[("k", "")]);
    pair.write(Left, &[("new/1", "1"), ("new/2", "2")]);
    let report = sync_within(&pair, &["new/1"]).clean();
    assert_eq!(report.changes, ["R create new", "R create new/1", "R create new/2"]);
}

#[test]
fn budgets_and_emptied_roots_are_judged_by_the_whole() {
    let pair = pair_of(12);
    for folder in 0..11 {
        fs::remove_dir_all(pair.left(&format!("d{folder}"))).unwrap();
    }
    let gone: Vec<String> = (0..11).map(|folder| format!("d{folder}")).collect();
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    assert_eq!(sync_within(&pair, &gone).halts, ["too-many-deletions"]);

    let small = Pair::synced(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
    for name in ["a", "b", "c", "d"] {
        fs::remove_file(small.left(name)).unwrap();
    }
    assert_eq!(sync_within(&small, &["a", "b", "c", "d"]).halts, ["root-emptied"]);
    assert_eq!(read(small.right("a")), "1");
}

#[test]
fn a_root_that_is_another_one_is_not_taken_at_its_word() {
    let pair = Pair::synced(&[("a", "1"), ("b", "2")]);
    fs::rename(pair.root(Right), pair.dir.path().join("away")).unwrap();
    pair.write(Right, &[("b", "of another")]);
    let report = sync_within(&pair, &["a"]);
    assert_eq!(report.halts, ["replica-exchanged"]);
    assert_eq!(read(pair.left("a")), "1");
}

#[test]
fn what_was_deleted_on_both_sides_and_came_back_on_one_is_new() {
    let pair = Pair::synced(&[("a", "1"), ("b", "2")]);
    let old = fs::metadata(pair.left("a")).unwrap().modified().unwrap();
    fs::remove_file(pair.left("a")).unwrap();
    fs::remove_file(pair.right("a")).unwrap();
    sync_within(&pair, &["a"]).idle();
    pair.write(Left, &[("a", "1")]);
    fs::File::options().write(true).open(pair.left("a")).unwrap().set_modified(old).unwrap();
    assert_eq!(sync_within(&pair, &["a"]).clean().changes, ["R create a"]);
}

#[test]
fn a_conflict_is_told_and_both_versions_stay() {
    let pair = Pair::synced(&[("a", "1"), ("b", "2")]);
    fs::write(pair.left("a"), "left").unwrap();
    fs::write(pair.right("a"), "right").unwrap();
    let report = sync_within(&pair, &["a"]);
    assert_eq!(report.conflicts, ["edit-edit a"]);
    assert_eq!((read(pair.left("a")), read(pair.right("a"))), ("left".to_owned(), "right".to_owned()));
}

#[test]
fn records_lie_over_the_baseline_until_they_are_many() {
    let pair = pair_of(2);
    let mut most = 0;
    for number in 0..many(70) {
        let (side, path) = if number % 2 == 0 { (Left, "d0/0") } else { (Right, "d1/1") };
        fs::write(pair.root(side).join(path), format!("edit {number}")).unwrap();
        let _ = sync_within(&pair, &[path]).clean();
        most = most.max(n_open(&pair));
    }
    assert!((2..32).contains(&most), "{most}");
    pair.assert_equal();
    fs::write(pair.left("d0/0"), "the last one").unwrap();
    let _ = sync_within(&pair, &["d0/0"]).clean();
    let _ = pair.sync().clean();
    pair.sync().idle();
    assert_eq!(read(pair.right("d0/0")), "the last one");
}

#[test]
fn a_run_that_is_stopped_is_gone_on_with_by_the_next() {
    let pair = pair_of(4);
    let paths = ["d0", "d1", "d2", "d3"];
    for path in paths {
        for file in 0..10 {
            fs::write(pair.left(&format!("{path}/{file}")), format!("edited {path} {file}")).unwrap();
        }
    }
    let asked = AtomicUsize::new(0);
    let stop = Arc::new(move |_: &ProgressUpdate<'_>| match asked.fetch_add(1, Ordering::Relaxed) {
        0..30 => Verdict::Go,
        _ => Verdict::Stop,
    });
    let report = pair.sync_on(RealFileSystem, options(&pair, &paths), stop);
    assert_eq!(report.status, Some(ItemStatus::Stopped));
    let _ = pair.sync().clean();
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn undo_takes_a_run_back_whose_record_the_baseline_does_not_know_yet() {
    let pair = Pair::synced(&[("a", "1"), ("b", "2")]);
    fs::write(pair.left("a"), "edited").unwrap();
    let options = options(&pair, &["a"]);
    let session = options.session;
    let _ = pair.sync_with(options).clean();
    assert_eq!(n_open(&pair), 1);
    let _ = pair.undo(u128::from_be_bytes(*session.as_bytes()));
    assert_eq!(read(pair.right("a")), "1");
    assert_eq!(n_open(&pair), 0);
}

#[test]
fn a_file_with_another_name_elsewhere_makes_the_run_look_at_everything() {
    let pair = Pair::synced(&[("d/a", "1"), ("e/k", "2")]);
    fs::hard_link(pair.left("d/a"), pair.left("e/b")).unwrap();
    let _ = pair.sync().clean();
    // Nobody is told that this changes `e/b` as well.
    fs::write(pair.left("d/a"), "edited").unwrap();
    let _ = sync_within(&pair, &["d/a"]).clean();
    assert_eq!(
        (read(pair.right("d/a")), read(pair.right("e/b"))),
        ("edited".to_owned(), "edited".to_owned())
    );
}

#[test]
fn ignore_rules_above_what_was_seen_hold() {
    let pair = Pair::synced(&[("d/.syncignore", "*.o\n"), ("d/e/a", "1")]);
    pair.write(Left, &[("d/e/b.o", "2"), ("d/e/c", "3")]);
    let report = sync_within(&pair, &["d/e/b.o", "d/e/c"]).clean();
    assert_eq!(report.changes, ["R create d/e/c"]);
}

#[test]
fn the_times_of_folders_follow_those_of_the_original() {
    let pair = Pair::synced(&[("d/e/a", "1")]);
    pair.write(Left, &[("d/e/b", "2")]);
    let _ = sync_within(&pair, &["d/e/b"]).clean();
    pair.assert_equal();
    for side in [Left, Right] {
        assert_eq!(time(&pair, side), time(&pair, Left));
    }
}

fn time(pair: &Pair, side: Side) -> std::time::SystemTime {
    fs::metadata(pair.root(side).join("d/e")).unwrap().modified().unwrap()
}

#[test]
fn a_replica_loses_what_only_it_has() {
    let mut pair = Pair::synced(&[("a", "1"), ("b", "2")]);
    pair.config.mode = Mode::OneWayReplica;
    let _ = pair.sync().clean();
    pair.write(Right, &[("x", "only here")]);
    assert_eq!(sync_within(&pair, &["x"]).clean().changes, ["R delete x"]);
    assert_eq!(pair.trash(Right).get("x").map(String::as_str), Some("only here"));
}
