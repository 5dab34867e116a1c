//! Files with several names: each is a file of its own, or they stay names of one file by option.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{Keep, KeepSet};
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{Pair, read};

fn keeping() -> Pair {
    let mut pair = Pair::default();
    pair.config.keep = KeepSet::from_iter([Keep::HardLinks]);
    pair
}

fn link(pair: &Pair, from: &str, to: &str) {
    fs::hard_link(pair.left(from), pair.left(to)).unwrap();
}

/// A pair that keeps hard links, with one file of three names on both sides.
fn linked() -> Pair {
    let pair = keeping();
    pair.write(Left, &[("a", "1"), ("d/", ""), ("other", "2")]);
    link(&pair, "a", "b");
    link(&pair, "a", "d/c");
    let _ = pair.sync().clean();
    pair.sync().idle();
    pair
}

#[track_caller]
fn assert_one_file(paths: &[&Path]) {
    let inodes: Vec<_> = paths.iter().map(|path| path.metadata().unwrap().ino()).collect();
    assert!(inodes.iter().all(|ino| *ino == inodes[0]), "{paths:?}: {inodes:?}");
}

fn ino(path: impl AsRef<Path>) -> u64 {
    path.as_ref().metadata().unwrap().ino()
}

#[test]
fn without_the_option_each_name_is_a_file_of_its_own_and_none_is_left_out() {
    let pair = Pair::default();
    pair.write(Left, &[("a", "1")]);
    link(&pair, "a", "b");
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R create a", "R create b"]);
    assert_ne!(ino(pair.right("a")), ino(pair.right("b")));
    pair.sync().idle();
}

#[test]
fn all_names_of_a_file_are_changed_in_one_run_on_a_side_where_they_are_linked() {
    // With and without the option: the steps about the second name meet what the first one has done to the file.
    for keeps in [false, true] {
        let linked = || {
            let mut pair = linked();
            if !keeps {
                pair.config.keep = KeepSet::default();
            }
            pair
        };
        let pair = linked();
        fs::write(pair.left("a"), "edited").unwrap();
        let report = pair.sync().clean();
        assert_eq!(report.changes, ["R update a", "R update b", "R update d/c"]);
        pair.assert_equal();

        let pair = linked();
        fs::set_permissions(pair.left("a"), fs::Permissions::from_mode(0o600)).unwrap();
        let earlier = SystemTime::now() - Duration::from_secs(100);
        fs::File::open(pair.left("a")).unwrap().set_modified(earlier).unwrap();
        let _ = pair.sync().clean();
        pair.assert_equal();

        let pair = linked();
        for path in ["a", "b", "d/c"] {
            fs::remove_file(pair.left(path)).unwrap();
        }
        let report = pair.sync().clean();
        assert_eq!(report.changes, ["R delete a", "R delete b", "R delete d/c"]);
        let session = *pair.n_runs.lock().unwrap();
        let _ = pair.undo(session).clean();
        assert_one_file(&[&pair.right("a"), &pair.right("b"), &pair.right("d/c")]);
        assert_eq!(read(pair.right("b")), "1");
    }
}

#[test]
fn a_file_with_several_names_is_copied_once_and_linked() {
    let pair = keeping();
    pair.write(Left, &[("a", "1"), ("d/e/", "")]);
    for name in ["b", "d/c", "d/e/f"] {
        link(&pair, "a", name);
    }
    let report = pair.sync().clean();
    assert_eq!(report.changes.len(), 6, "{report:?}");
    assert_eq!(report.totals.bytes, 1, "copied once");
    assert_one_file(&[&pair.right("a"), &pair.right("b"), &pair.right("d/c"), &pair.right("d/e/f")]);
    assert_eq!(pair.right("a").metadata().unwrap().nlink(), 4);
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn a_new_name_of_a_file_in_step_is_a_new_name_on_the_other_side() {
    let pair = keeping();
    pair.write(Left, &[("m", "1")]);
    let _ = pair.sync().clean();
    link(&pair, "m", "a");
    link(&pair, "m", "z");
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R create a", "R create z"]);
    assert_eq!(report.totals.bytes, 0);
    assert_one_file(&[&pair.right("a"), &pair.right("m"), &pair.right("z")]);
    pair.sync().idle();
    // The other way as well.
    fs::hard_link(pair.right("m"), pair.right("q")).unwrap();
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["L create q"]);
    assert_one_file(&[&pair.left("m"), &pair.left("q")]);
    pair.sync().idle();
}

#[test]
fn an_edit_through_one_name_replaces_all_names_and_they_stay_linked() {
    let pair = linked();
    let before = ino(pair.right("a"));
    fs::write(pair.left("b"), "edited").unwrap();
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R update a", "R update b", "R update d/c"]);
    assert_one_file(&[&pair.right("a"), &pair.right("b"), &pair.right("d/c")]);
    assert_ne!(ino(pair.right("a")), before);
    assert_eq!(pair.trash(Right).values().collect::<Vec<_>>(), ["1", "1", "1"]);
    pair.sync().idle();
    let session = *pair.n_runs.lock().unwrap() - 1;
    let _ = pair.undo(session).clean();
    assert_eq!(["a", "b", "d/c"].map(|path| read(pair.right(path))), ["1", "1", "1"]);
    assert_one_file(&[&pair.right("a"), &pair.right("b"), &pair.right("d/c")]);
}

#[test]
fn a_name_that_is_separated_and_edited_is_separated_on_the_other_side() {
    let pair = linked();
    fs::remove_file(pair.left("b")).unwrap();
    fs::write(pair.left("b"), "its own").unwrap();
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R update b"]);
    assert_eq!((read(pair.right("a")), read(pair.right("b"))), ("1".into(), "its own".into()));
    assert_one_file(&[&pair.right("a"), &pair.right("d/c")]);
    pair.sync().idle();
    // And joined again.
    fs::remove_file(pair.left("b")).unwrap();
    link(&pair, "a", "b");
    let _ = pair.sync().clean();
    assert_one_file(&[&pair.right("a"), &pair.right("b"), &pair.right("d/c")]);
    pair.sync().idle();
}

#[test]
fn a_renamed_name_stays_a_name_of_its_file() {
    let pair = linked();
    fs::rename(pair.left("a"), pair.left("renamed")).unwrap();
    let _ = pair.sync().clean();
    assert_one_file(&[&pair.right("renamed"), &pair.right("b"), &pair.right("d/c")]);
    assert!(!pair.right("a").exists());
    pair.sync().idle();
}

#[test]
fn a_side_without_hard_links_gets_a_file_for_each_name_and_that_is_told() {
    let pair = keeping();
    pair.write(Left, &[("a", "1")]);
    link(&pair, "a", "b");
    let refuse = |call: Call, name: &[u8]| match call {
        Call::HardLink if name == b"probe-hard-links-right" => Err(io::ErrorKind::PermissionDenied.into()),
        _ => Ok(()),
    };
    for n_changes in [2, 0] {
        let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(refuse));
        let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go)).clean();
        assert_eq!(report.changes.len(), n_changes);
        assert!(report.entries[0].contains("the right folder cannot keep: hard-links"), "{report:?}");
    }
    assert_ne!(ino(pair.right("a")), ino(pair.right("b")));
}

#[test]
fn a_name_waits_for_a_copy_that_failed() {
    let pair = linked();
    fs::write(pair.left("a"), "edited").unwrap();
    let refuse = |call: Call, name: &[u8]| match call {
        Call::CreateFile if name == b"1" => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(refuse));
    let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
    assert_eq!(report.problems.len(), 3, "{report:?}");
    assert_eq!(read(pair.right("b")), "1");
    let _ = pair.sync().clean();
    assert_eq!(read(pair.right("d/c")), "edited");
    assert_one_file(&[&pair.right("a"), &pair.right("b"), &pair.right("d/c")]);
}

#[test]
fn what_takes_the_place_of_a_linked_file_meanwhile_is_not_linked_to() {
    let pair = Arc::new(keeping());
    pair.write(Left, &[("m", "1")]);
    let _ = pair.sync().clean();
    link(&pair, "m", "z");
    let meddler = Arc::clone(&pair);
    let hook = move |call: Call, name: &[u8]| {
        if call == Call::HardLink && name == b"m" {
            fs::write(meddler.right("tmp"), "mine").unwrap();
            fs::rename(meddler.right("tmp"), meddler.right("m")).unwrap();
        }
        Ok(())
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(!pair.right("z").exists());
    let _ = pair.sync();
    assert_eq!(read(pair.right("m")), "mine");
}

#[test]
fn cut_off_anywhere_all_names_come_to_the_same_content() {
    for n in 0.. {
        let pair = linked();
        fs::write(pair.left("a"), "edited").unwrap();
        link(&pair, "a", "new");
        link(&pair, "other", "another");
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let hook = move |call: Call, _: &[u8]| {
            let cut = call.is_mutating() && counted.fetch_add(1, Ordering::SeqCst) >= n;
            if cut { Err(io::Error::other("cut off")) } else { Ok(()) }
        };
        let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
        let _ = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
        for path in ["a", "b", "d/c"] {
            let found = read(pair.right(path));
            assert!(found == "1" || found == "edited", "{path}: {found}, cut off at call {n}");
        }
        let _ = pair.sync().clean();
        pair.assert_equal();
        pair.sync().idle();
        if count.load(Ordering::SeqCst) <= n {
            assert_one_file(
                &["a", "b", "d/c", "new"].map(|path| pair.right(path)).each_ref().map(|path| &**path),
            );
            assert!(n > 20, "the run made only {n} changing calls");
            return;
        }
    }
}
