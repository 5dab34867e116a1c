//! Calls that fail, one by one and for good: nothing is lost, and the next undisturbed run needs no help.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_handler::model::fact::Side::{self, Left, Right};
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{Pair, Report, tree};
use crate::machine::{LINKS, set_mode, symlink, tried};

/// A pair with a change of every kind waiting.
fn busy_pair() -> Pair {
    let pair = Pair::synced(&[
        ("edit-left", "e1"),
        ("edit-right", "e2"),
        ("delete-left", "d1"),
        ("d/gone/a", "d2"),
        ("d/gone/b", "d3"),
        ("d/stays", "s1"),
        ("file-to-dir", "t1"),
        ("dir-to-file/x", "t2"),
        ("dir-to-file/y", "t3"),
        ("rename-me", "r1"),
        ("mode", "m1"),
        ("conflict", "c1"),
    ]);
    fs::write(pair.left("edit-left"), "edited on the left").unwrap();
    fs::write(pair.right("edit-right"), "edited on the right").unwrap();
    fs::remove_file(pair.left("delete-left")).unwrap();
    fs::remove_dir_all(pair.right("d/gone")).unwrap();
    fs::remove_file(pair.left("file-to-dir")).unwrap();
    pair.write(Left, &[("file-to-dir/in", "n1"), ("new/deep/er", "n2")]);
    fs::remove_dir_all(pair.right("dir-to-file")).unwrap();
    fs::write(pair.right("dir-to-file"), "n3").unwrap();
    fs::rename(pair.left("rename-me"), pair.left("renamed")).unwrap();
    set_mode(pair.left("mode"), 0o400);
    symlink("new", pair.right("link")).unwrap();
    fs::write(pair.left("conflict"), "left version").unwrap();
    fs::write(pair.right("conflict"), "right version").unwrap();
    pair
}

/// Every content that can be found: on either side and in either trash.
fn contents(pair: &Pair) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for side in [Left, Right] {
        let lines = tree(pair.root(side)).into_values();
        found.extend(lines.filter_map(|line| line.split_once("= ").map(|(_, content)| content.to_owned())));
        // Run by run: two of them may hold the same path.
        for run in fs::read_dir(pair.root(side).join(".syncmgr/trash")).into_iter().flatten() {
            let lines = tree(&run.unwrap().path()).into_values();
            found.extend(
                lines.filter_map(|line| line.split_once("= ").map(|(_, content)| content.to_owned())),
            );
        }
    }
    found
}

/// What must be so after any disturbed run and the undisturbed one that follows it.
#[track_caller]
fn recovers(pair: &Pair, before: &BTreeSet<String>, why: &str) {
    assert!(contents(pair).is_superset(before), "{why}: lost {:?}", before.difference(&contents(pair)));
    for side in [Left, Right] {
        // Whole or not there: no content has ever been seen that nobody wrote.
        for content in whole(pair, side) {
            assert!(before.contains(&content), "{why}: `{content}` on the {side}");
        }
    }
    let report = pair.sync();
    assert_eq!(report.conflicts, ["edit-edit conflict"], "{why}: {report:?}");
    assert!(report.problems.is_empty(), "{why}: {report:?}");
    assert!(contents(pair).is_superset(before), "{why}: lost in the run after");
    let mut sides = [tree(&pair.config.left), tree(&pair.config.right)];
    sides.iter_mut().for_each(|side| drop(side.remove("conflict")));
    assert_eq!(sides[0], sides[1], "{why}");
    let again = pair.sync();
    assert!(again.changes.is_empty() && again.problems.is_empty(), "{why}: {again:?}");
    for side in [Left, Right] {
        let staging = pair.root(side).join(".syncmgr/staging");
        let left_over: Vec<_> = fs::read_dir(staging).into_iter().flatten().collect();
        assert!(left_over.is_empty(), "{why}: {left_over:?}");
    }
}

fn whole(pair: &Pair, side: Side) -> Vec<String> {
    let lines = tree(pair.root(side)).into_values();
    lines.filter_map(|line| line.split_once("= ").map(|(_, content)| content.to_owned())).collect()
}

/// Runs the pair with the `n`-th mutating call failing, or that and every later call. Returns whether it came to that.
fn disturbed(pair: &Pair, n: usize, error: io::ErrorKind, for_good: bool) -> (bool, Report) {
    let count = AtomicUsize::new(0);
    let was_hit = Arc::new(AtomicBool::new(false));
    let hits = Arc::clone(&was_hit);
    let hook = move |call: Call, _: &[u8]| {
        let counts = usize::from(call.is_mutating());
        let at = count.fetch_add(counts, Ordering::SeqCst);
        let hit = hits.load(Ordering::SeqCst) && for_good || counts == 1 && at == n;
        hits.fetch_or(hit, Ordering::SeqCst);
        if hit { Err(error.into()) } else { Ok(()) }
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
    (was_hit.load(Ordering::SeqCst), report)
}

#[test]
fn cut_off_at_any_changing_call_nothing_is_lost_and_the_next_run_finishes() {
    for n in tried(0) {
        let pair = busy_pair();
        let before = contents(&pair);
        let (cut, _) = disturbed(&pair, n, io::ErrorKind::Other, true);
        recovers(&pair, &before, &format!("cut off at call {n}"));
        if !cut {
            assert!(n > 60, "the run made only {n} changing calls");
            return;
        }
    }
}

#[test]
fn any_single_call_that_fails_costs_at_most_its_own_path() {
    for (turn, error) in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied].into_iter().enumerate()
    {
        for n in tried(turn) {
            let pair = busy_pair();
            let before = contents(&pair);
            let (hit, _) = disturbed(&pair, n, error, false);
            recovers(&pair, &before, &format!("{error} at call {n}"));
            if !hit {
                break;
            }
        }
    }
}

#[test]
fn a_listing_that_fails_never_looks_like_deletions() {
    let calls = [Call::List, Call::OpenDir, Call::Stat, Call::ReadLink];
    for (turn, call) in calls.into_iter().enumerate() {
        for n in tried(turn) {
            let pair = Pair::synced(&[("a/b/c", "1"), ("a/d", "2"), ("e", "3")]);
            symlink("e", pair.left("l")).unwrap();
            let _ = pair.sync().clean();
            let before = (tree(&pair.config.left), tree(&pair.config.right));
            let count = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&count);
            let hook = move |made: Call, _: &[u8]| {
                let hit = made == call && counted.fetch_add(1, Ordering::SeqCst) == n;
                if hit { Err(io::Error::other("unreadable")) } else { Ok(()) }
            };
            let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
            let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
            assert!(report.changes.is_empty(), "{call:?} {n}: {report:?}");
            assert_eq!((tree(&pair.config.left), tree(&pair.config.right)), before, "{call:?} {n}");
            pair.sync().idle();
            if count.load(Ordering::SeqCst) <= n {
                break;
            }
        }
    }
}

#[test]
fn a_damaged_baseline_is_set_aside_and_nothing_is_deleted() {
    let baseline = |pair: &Pair| {
        let state = pair.dir.path().join("state").join(crate::harness::ITEM.to_string());
        state.join("baseline")
    };
    let whole = fs::read(baseline(&Pair::synced(&[("a", "1"), ("b", "2"), ("gone", "3")]))).unwrap();
    for at in tried(0).map(|n| n * 7).take_while(|at| *at < whole.len()) {
        let pair = Pair::synced(&[("a", "1"), ("b", "2"), ("gone", "3")]);
        fs::remove_file(pair.left("gone")).unwrap();
        let mut damaged = fs::read(baseline(&pair)).unwrap();
        let at = at % damaged.len();
        damaged[at] ^= 0x55;
        fs::write(baseline(&pair), damaged).unwrap();
        let report = pair.sync().clean();
        assert!(report.entries.iter().any(|entry| entry.starts_with("warning") && entry.contains("damaged")));
        assert_eq!(report.changes, ["L create gone"], "byte {at}: a union, no deletion");
        pair.sync().idle();
    }
}

#[test]
fn stopped_anywhere_a_run_leaves_whole_files_and_the_next_one_goes_on() {
    for n in tried(0).take_while(|n| *n < 40) {
        let pair = busy_pair();
        let before = contents(&pair);
        let asked = AtomicUsize::new(0);
        let stop_at_nth = move |_: &ProgressUpdate<'_>| {
            if asked.fetch_add(1, Ordering::SeqCst) >= n { Verdict::Stop } else { Verdict::Go }
        };
        let _ = pair.sync_on(RealFileSystem, pair.options(), Arc::new(stop_at_nth));
        recovers(&pair, &before, &format!("stopped at question {n}"));
    }
}

#[test]
fn what_the_user_does_meanwhile_is_never_overwritten() {
    type Meddle = fn(&Pair);
    let cases: [(&str, Meddle); 4] = [
        ("edited", |pair| fs::write(pair.right("f"), "mine").unwrap()),
        ("replaced", |pair| {
            fs::write(pair.right("tmp"), "mine").unwrap();
            fs::rename(pair.right("tmp"), pair.right("f")).unwrap();
        }),
        ("new file where one was to be made", |pair| fs::write(pair.right("new"), "mine").unwrap()),
        ("new link where one was to be made", |pair| symlink("/etc/passwd", pair.right("new")).unwrap()),
    ];
    for (why, meddle) in cases.into_iter().filter(|(why, _)| LINKS || !why.contains("link")) {
        let pair = Arc::new(Pair::synced(&[("f", "v0")]));
        fs::write(pair.left("f"), "v1").unwrap();
        fs::write(pair.left("new"), "n1").unwrap();
        let meddler = Arc::clone(&pair);
        // The first file is about to be staged: everything has been looked at, nothing is in place yet.
        let hook = move |call: Call, name: &[u8]| {
            if call == Call::CreateFile && name == b"1" {
                meddle(&meddler);
            }
            Ok(())
        };
        let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
        let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
        let _ = pair.sync();
        let kept = contents(&pair);
        if why.contains("link") {
            assert_eq!(
                fs::read_link(pair.right("new")).unwrap().to_str(),
                Some("/etc/passwd"),
                "{why}: {report:?}"
            );
        } else {
            assert!(kept.contains("mine"), "{why}: {report:?}");
        }
        assert!(kept.contains("v1") && kept.contains("n1"), "{why}");
    }
}

#[test]
fn what_cannot_be_given_its_access_list_is_carried_over_and_told() {
    let pair = Pair::synced(&[("f", "1")]);
    pair.write(Left, &[("f", "edited"), ("new", "2"), ("d/e/f", "3")]);
    let hook = |call: Call, _: &[u8]| match call {
        Call::FitIn => Err(io::ErrorKind::PermissionDenied.into()),
        _ => Ok(()),
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    let mut report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go)).clean();
    report.entries.sort();
    let told = ["d", "f", "new"].map(|path| {
        let why = "it has that of our own folder (permission denied)";
        format!("warning: `{path}`: its access list could not be set, {why}")
    });
    assert_eq!(report.entries, told);
    pair.assert_equal();
    pair.sync().idle();
}
