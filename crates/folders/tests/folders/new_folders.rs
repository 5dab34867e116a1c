//! Folders that are new on one side: built whole out of sight and put in place at once.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::status::ItemStatus;
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{Pair, Report, read, tree};
use crate::machine::{many, mtime, set_mode, symlink, tried};

/// Runs with a hook before every call.
fn sync_with_hook(
    pair: &Pair,
    hook: impl Fn(Call, &[u8]) -> io::Result<()> + Send + Sync + 'static,
) -> Report {
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go))
}

/// A pair whose left side has a new folder with folders, links, an empty folder and guarded ones in it.
fn pair_with_new_folder() -> Pair {
    let pair = Pair::synced(&[("old/file", "old")]);
    pair.write(Left, &[("new/a", "1"), ("new/b/c", "2"), ("new/b/d/e", "3"), ("new/empty/", ""), ("z", "4")]);
    pair.write(Left, &[("old/new/f", "5"), ("new/guarded/g", "6")]);
    symlink("a", pair.left("new/b/link")).unwrap();
    set_mode(pair.left("new/a"), 0o666);
    set_mode(pair.left("new/b/c"), 0o400);
    set_mode(pair.left("new/guarded"), 0o555);
    pair
}

const CONTENTS: [&str; 7] = ["1", "2", "3", "4", "5", "6", "old"];

/// Files that can be seen are whole, and the next run brings both sides to the same.
#[track_caller]
fn recovers(pair: &Pair, why: &str) {
    for (path, line) in tree(&pair.config.right) {
        let content = line.split_once("= ").map(|(_, content)| content);
        assert!(content.is_none_or(|it| CONTENTS.contains(&it) || it == "a"), "{why}: {path} {line}");
    }
    let report = pair.sync().clean();
    assert!(report.changes.iter().all(|change| change.starts_with('R')), "{why}: {report:?}");
    pair.assert_equal();
    pair.sync().idle();
    let staging = pair.right(".syncmgr/staging");
    assert_eq!(fs::read_dir(staging).into_iter().flatten().count(), 0, "{why}");
}

/// Calls of a first run of `n` files in one new folder.
fn calls_of_first_run(n: usize) -> HashMap<Call, usize> {
    let pair = Pair::default();
    for i in 0..n {
        pair.write(Left, &[(&format!("d/f{i}"), "content")]);
    }
    let calls = Arc::new(Mutex::new(HashMap::new()));
    let counted = Arc::clone(&calls);
    let _ = sync_with_hook(&pair, move |call, _| {
        *counted.lock().unwrap().entry(call).or_default() += 1;
        Ok(())
    })
    .clean();
    pair.assert_equal();
    let calls = calls.lock().unwrap();
    calls.clone()
}

#[test]
fn a_file_in_a_new_folder_costs_nine_calls_and_no_rename() {
    let (few, many) = (calls_of_first_run(100), calls_of_first_run(300));
    let per_file = |call| (many.get(&call).unwrap_or(&0) - few.get(&call).unwrap_or(&0)) as f64 / 200.0;
    // Where all cannot be flushed at once, the copy is, and the original is opened again for it.
    let (once, twice) = if RealFileSystem.flushes_all() { (0.0, 0.0) } else { (1.0, 2.0) };
    let calls = [
        (Call::Stat, 1.0),
        (Call::OpenFile, 1.0 + once),
        (Call::Read, 1.0),
        (Call::CreateFile, 1.0),
        (Call::SetFileAttributes, 1.0),
        // Of the original after it was read, and of the copy.
        (Call::StatFile, 2.0),
        (Call::Rename, 0.0),
        (Call::SyncFile, twice),
        (Call::OpenDir, 0.0),
    ];
    for (call, expected) in calls {
        assert!((per_file(call) - expected).abs() < 0.1, "{call:?}: {} a file", per_file(call));
    }
    let all = many.values().sum::<usize>() - few.values().sum::<usize>();
    // The record and the baseline are written in a few large pieces.
    assert!(all < 200 * 9 + (200.0 * (once + twice)) as usize, "{all} calls for 200 files");
}

#[test]
fn a_file_that_has_not_changed_costs_one_call_on_each_side() {
    let count = |n: usize| {
        let names: Vec<String> = (0..n).map(|i| format!("d/f{i}")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (&name[..], "1")).collect();
        let pair = Pair::synced(&files);
        let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        for side in [Left, Right] {
            for name in &names {
                let file = fs::File::options().write(true).open(pair.root(side).join(name)).unwrap();
                file.set_modified(earlier).unwrap();
            }
        }
        let _ = pair.sync().clean();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        sync_with_hook(&pair, move |_, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .idle();
        calls.load(Ordering::Relaxed)
    };
    assert_eq!(count(150) - count(50), 2 * 100);
}

#[test]
fn a_new_folder_has_modes_times_links_and_empty_folders_of_the_original() {
    let pair = pair_with_new_folder();
    let _ = pair.sync().clean();
    pair.assert_equal();
    for path in ["new", "new/b", "new/b/d", "new/guarded", "old/new"] {
        let time = |path: std::path::PathBuf| mtime(&path.metadata().unwrap());
        assert_eq!(time(pair.left(path)), time(pair.right(path)), "`{path}`");
    }
    pair.sync().idle();
}

#[test]
fn a_new_folder_is_undone_whole_the_guarded_ones_in_it_too() {
    let pair = pair_with_new_folder();
    let before = (tree(&pair.config.left), tree(&pair.config.right));
    let _ = pair.sync().clean();
    let _ = pair.undo(2).clean();
    assert_eq!((tree(&pair.config.left), tree(&pair.config.right)), before);
    let _ = pair.sync().clean();
    pair.assert_equal();
}

#[test]
fn cut_off_at_any_call_a_new_folder_is_completed_by_the_next_run() {
    for n in tried(0) {
        let pair = pair_with_new_folder();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let _ = sync_with_hook(&pair, move |call, _| {
            let at = if call.is_mutating() { counted.fetch_add(1, Ordering::SeqCst) } else { 0 };
            let is_over = counted.load(Ordering::SeqCst) > n && (at >= n || !call.is_mutating());
            if is_over { Err(io::Error::other("cut off")) } else { Ok(()) }
        });
        recovers(&pair, &format!("cut off at call {n}"));
        if count.load(Ordering::SeqCst) <= n {
            assert!(n > 30, "the run made only {n} changing calls");
            break;
        }
    }
}

#[test]
fn any_call_that_fails_once_costs_at_most_its_own_path() {
    let errors = [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied, io::ErrorKind::CrossesDevices];
    for (turn, error) in errors.into_iter().enumerate() {
        for n in tried(turn) {
            let pair = pair_with_new_folder();
            let count = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&count);
            let _ = sync_with_hook(&pair, move |call, _| {
                let hit = call.is_mutating() && counted.fetch_add(1, Ordering::SeqCst) == n;
                if hit { Err(error.into()) } else { Ok(()) }
            });
            recovers(&pair, &format!("{error} at call {n}"));
            if count.load(Ordering::SeqCst) <= n {
                break;
            }
        }
    }
}

#[test]
fn stopped_at_any_question_a_new_folder_is_completed_by_the_next_run() {
    for n in tried(0).take_while(|n| *n < 30) {
        let pair = pair_with_new_folder();
        let asked = AtomicUsize::new(0);
        let stop_at_nth = move |_: &ProgressUpdate<'_>| {
            if asked.fetch_add(1, Ordering::SeqCst) >= n { Verdict::Stop } else { Verdict::Go }
        };
        let _ = pair.sync_on(RealFileSystem, pair.options(), Arc::new(stop_at_nth));
        recovers(&pair, &format!("stopped at question {n}"));
    }
}

#[test]
fn a_folder_of_somebody_else_under_the_same_name_is_neither_filled_nor_replaced() {
    let pair = Arc::new(Pair::synced(&[("old", "old")]));
    pair.write(Left, &[("new/a", "1"), ("new/b/c", "2"), ("other", "3")]);
    let meddler = Arc::clone(&pair);
    let report = sync_with_hook(&pair, move |call, name| {
        if call == Call::CreateFile && name == b"a" {
            meddler.write(Right, &[("new/mine", "mine")]);
        }
        Ok(())
    });
    assert_eq!(report.problems, ["new: changed since it was looked at; the next run looks again"]);
    assert_eq!(read(pair.right("other")), "3", "the rest goes on");
    assert_eq!(tree(&pair.right("new")).len(), 1);
    let _ = pair.sync().clean();
    assert_eq!(read(pair.left("new/mine")), "mine");
    pair.assert_equal();
}

#[test]
fn one_file_that_cannot_be_read_does_not_hold_up_its_new_folder() {
    let pair = Pair::default();
    pair.write(Left, &[("new/a", "1"), ("new/b", "2"), ("new/d/c", "3")]);
    let report = sync_with_hook(&pair, |call, name| {
        let hit = call == Call::OpenFile && name == b"b";
        if hit { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    });
    assert_eq!(report.problems, ["new/b: permission denied"]);
    assert_eq!(tree(&pair.right("new")).into_keys().collect::<Vec<_>>(), ["a", "d", "d/c"]);
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R create new/b"]);
    pair.assert_equal();
}

#[cfg(unix)]
#[test]
fn what_takes_no_part_does_not_come_along_in_a_new_folder() {
    let mut pair = Pair::default();
    pair.config.ignore = vec!["*.o".into()];
    pair.write(Left, &[("new/a", "1"), ("new/b.o", "2"), ("new/d/c.o", "3"), ("new/d/e", "4")]);
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, pair.left("new/pipe"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    for _ in 0..2 {
        let report = pair.sync();
        assert_eq!(report.problems, ["new/pipe: neither a file, a folder nor a link; left alone"]);
        assert_eq!(
            tree(&pair.config.right).into_keys().collect::<Vec<_>>(),
            ["new", "new/a", "new/d", "new/d/e"]
        );
    }
}

#[test]
fn a_new_folder_larger_than_a_batch_and_a_deep_one_are_carried_over_whole_and_undone_whole() {
    let pair = Pair::synced(&[("old", "old")]);
    let n = many(1_500);
    for i in 0..n {
        pair.write(Left, &[(&format!("large/{}/f{i}", i % 3), "1")]);
    }
    let deep: String = (0..60).map(|i| format!("d{i}/")).collect();
    pair.write(Left, &[(&format!("{deep}f"), "deep"), (&format!("{deep}g/h"), "deeper")]);
    let report = pair.sync().clean();
    assert_eq!(report.totals.right_changes, n as u64 + 4 + 60 + 3);
    pair.assert_equal();
    pair.sync().idle();
    let _ = pair.undo(2).clean();
    assert_eq!(tree(&pair.config.right).into_keys().collect::<Vec<_>>(), ["old"]);
    assert_eq!(tree(&pair.config.left).len(), 1 + n + 4 + 60 + 3);
}

#[test]
fn a_first_run_that_is_stopped_again_and_again_never_copies_a_file_twice() {
    let pair = Pair::default();
    let n = many(2_000);
    for i in 0..n {
        pair.write(Left, &[(&format!("d{}/f{i}", i / (n / 4)), "1")]);
    }
    let (mut n_copied, mut there) = (0, 0);
    for round in 0.. {
        assert!(round < 10, "{there} after {round} rounds");
        let is_placed = Arc::new(AtomicBool::new(false));
        let placed = Arc::clone(&is_placed);
        let hook = move |call, name: &[u8]| {
            placed.fetch_or(call == Call::Rename && name.starts_with(b"d"), Ordering::SeqCst);
            Ok(())
        };
        let stop_once_placed = move |_: &ProgressUpdate<'_>| {
            if is_placed.load(Ordering::SeqCst) { Verdict::Stop } else { Verdict::Go }
        };
        let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
        let report = pair.sync_on(faulty, pair.options(), Arc::new(stop_once_placed));
        n_copied += report.totals.right_changes;
        let now = tree(&pair.config.right).len();
        assert!(now > there || now == n + 4, "{there}, then {now}");
        there = now;
        if report.status == Some(ItemStatus::Succeeded) {
            break;
        }
    }
    assert_eq!(n_copied, n as u64 + 4);
    pair.assert_equal();
}
