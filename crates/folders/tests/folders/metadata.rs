//! What is kept by option: owners, extended attributes and access lists, on real disks.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{Keep, KeepSet, Mode};
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{Pair, Report, read};

const ACCESS: &str = "system.posix_acl_access";
const DEFAULT: &str = "system.posix_acl_default";

fn keeping(words: &[Keep]) -> Pair {
    let mut pair = Pair::default();
    pair.config.keep = KeepSet::from_iter(words.iter().copied());
    pair
}

/// A pair that keeps `words`, holds this tree and was synchronized.
fn synced(words: &[Keep], tree: &[(&str, &str)]) -> Pair {
    let pair = keeping(words);
    pair.write(Left, tree);
    let _ = pair.sync().clean();
    pair.sync().idle();
    pair
}

/// Calls `each` with the directory and the name of a path.
fn at<T>(path: &Path, each: impl FnOnce(&std::os::fd::OwnedFd, &[u8]) -> T) -> T {
    let dir = RealFileSystem.open_root(path.parent().unwrap()).unwrap();
    each(&dir, path.file_name().unwrap().as_encoded_bytes())
}

fn set(path: impl AsRef<Path>, key: &str, value: &[u8]) {
    at(path.as_ref(), |dir, name| RealFileSystem.set_xattr(dir, name, key.as_bytes(), value).unwrap());
}

fn remove(path: impl AsRef<Path>, key: &str) {
    at(path.as_ref(), |dir, name| RealFileSystem.remove_xattr(dir, name, key.as_bytes()).unwrap());
}

fn get(path: impl AsRef<Path>, key: &str) -> Option<Vec<u8>> {
    at(path.as_ref(), |dir, name| RealFileSystem.read_xattr(dir, name, key.as_bytes()).unwrap())
}

fn value(text: &str) -> Option<Vec<u8>> {
    Some(text.into())
}

/// An access list in the kernel's form: besides the owner, `user` may do `rights`.
fn acl(user: u32, rights: u8) -> Vec<u8> {
    let nobody = u32::MAX;
    let entries: [(u8, u8, u32); 5] =
        [(1, 6, nobody), (2, rights, user), (4, 0, nobody), (16, rights, nobody), (32, 0, nobody)];
    let mut bytes = vec![2, 0, 0, 0];
    for (tag, rights, id) in entries {
        bytes.extend([tag, 0, rights, 0]);
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

/// Makes everything look as if nobody had touched it for a while, so that stamps are trusted.
fn settle(pair: &Pair, paths: &[&str]) {
    let then = SystemTime::now() - Duration::from_secs(100);
    for path in paths {
        fs::File::open(pair.left(path)).unwrap().set_modified(then).unwrap();
    }
}

/// Whether this process may give things away. Tests about owners show one thing if it may and another if not.
fn may_give_away(pair: &Pair) -> bool {
    let probe = pair.dir.path().join("probe");
    fs::write(&probe, "").unwrap();
    lchown(&probe, Some(1), Some(1)).is_ok()
}

/// Runs on a file system whose calls named `refused` on files of these names are not supported.
fn sync_refusing(pair: &Pair, refused: &'static [(Call, &'static str)]) -> Report {
    let hook = move |call: Call, name: &[u8]| {
        let hit = refused.iter().any(|(of, named)| *of == call && named.as_bytes() == name);
        if hit { Err(io::ErrorKind::Unsupported.into()) } else { Ok(()) }
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go))
}

#[track_caller]
fn assert_nothing_staged(pair: &Pair) {
    for side in [Left, Right] {
        let staging = pair.root(side).join(".syncmgr/staging");
        let left_over: Vec<_> = fs::read_dir(staging).into_iter().flatten().collect();
        assert!(left_over.is_empty(), "{side}: {left_over:?}");
    }
}

#[test]
fn without_the_options_nothing_of_it_is_carried() {
    let pair = Pair::synced(&[("f", "1")]);
    set(pair.left("f"), "user.k", b"1");
    set(pair.left("f"), ACCESS, &acl(1, 0));
    pair.write(Left, &[("new", "2")]);
    set(pair.left("new"), "user.k", b"1");
    let report = pair.sync().clean();
    assert!(report.entries.is_empty(), "{report:?}");
    for path in ["f", "new"] {
        assert_eq!(get(pair.right(path), "user.k"), None);
        assert_eq!(get(pair.right(path), ACCESS), None);
    }
}

#[test]
fn extended_attributes_and_access_lists_travel_with_new_entries() {
    let pair = keeping(&[Keep::Xattrs, Keep::Acls]);
    pair.write(Left, &[("d/e/f", "1"), ("d/g", "2")]);
    for path in ["d", "d/e", "d/e/f"] {
        set(pair.left(path), "user.k", path.as_bytes());
        set(pair.left(path), "user.empty", b"");
        set(pair.left(path), ACCESS, &acl(7, 7));
    }
    set(pair.left("d"), DEFAULT, &acl(8, 7));
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R create d", "R create d/e", "R create d/e/f", "R create d/g"]);
    for path in ["d", "d/e", "d/e/f"] {
        assert_eq!(get(pair.right(path), "user.k"), value(path));
        assert_eq!(get(pair.right(path), "user.empty"), value(""));
        assert_eq!(get(pair.right(path), ACCESS), Some(acl(7, 7)), "{path}");
    }
    assert_eq!(get(pair.right("d"), DEFAULT), Some(acl(8, 7)));
    // What is in the folder has been made as it is on the left, whatever the folder gives to new entries.
    assert_eq!(get(pair.right("d/e"), DEFAULT), None);
    assert_eq!(get(pair.right("d/g"), ACCESS), None);
    pair.assert_equal();
    pair.sync().idle();
    assert_nothing_staged(&pair);
}

#[test]
fn a_change_of_attributes_flows_from_the_side_that_made_it() {
    let pair = synced(&[Keep::Xattrs, Keep::Acls], &[("f", "1"), ("d/", ""), ("other", "2")]);
    for path in ["f", "d"] {
        set(pair.left(path), "user.k", b"1");
        set(pair.right(path), ACCESS, &acl(7, 4));
    }
    let report = pair.sync().clean();
    assert!(report.changes.iter().all(|change| change.contains("attributes")), "{report:?}");
    for path in ["f", "d"] {
        assert_eq!(get(pair.right(path), "user.k"), value("1"), "{path}");
        assert_eq!(get(pair.left(path), ACCESS), Some(acl(7, 4)), "{path}");
    }
    pair.sync().idle();
    for path in ["f", "d"] {
        remove(pair.right(path), "user.k");
        set(pair.right(path), "user.l", b"2");
        remove(pair.left(path), ACCESS);
    }
    let _ = pair.sync().clean();
    for path in ["f", "d"] {
        assert_eq!((get(pair.left(path), "user.k"), get(pair.left(path), "user.l")), (None, value("2")));
        assert_eq!(get(pair.right(path), ACCESS), None);
    }
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn an_attribute_does_not_wait_for_others_nor_they_for_it() {
    let pair = synced(&[Keep::Xattrs], &[("f", "1")]);
    set(pair.left("f"), "user.k", b"1");
    fs::set_permissions(pair.right("f"), fs::Permissions::from_mode(0o600)).unwrap();
    let _ = pair.sync().clean();
    assert_eq!(get(pair.right("f"), "user.k"), value("1"));
    assert_eq!(pair.left("f").metadata().unwrap().mode() & 0o777, 0o600);
    // A content edit takes along what its side has.
    fs::write(pair.right("f"), "edited").unwrap();
    let _ = pair.sync().clean();
    assert_eq!((read(pair.left("f")), get(pair.left("f"), "user.k")), ("edited".into(), value("1")));
    pair.sync().idle();
}

#[test]
fn where_both_sides_set_different_attributes_the_left_wins_and_undo_brings_the_right_back() {
    let pair = synced(&[Keep::Xattrs, Keep::Acls], &[("f", "1")]);
    set(pair.left("f"), "user.k", b"left");
    set(pair.right("f"), "user.k", b"right");
    set(pair.right("f"), "user.own", b"right");
    set(pair.left("f"), ACCESS, &acl(7, 4));
    let _ = pair.sync().clean();
    assert_eq!((get(pair.right("f"), "user.k"), get(pair.right("f"), "user.own")), (value("left"), None));
    let session = *pair.n_runs.lock().unwrap();
    let _ = pair.undo(session).clean();
    assert_eq!(
        (get(pair.right("f"), "user.k"), get(pair.right("f"), "user.own")),
        (value("right"), value("right"))
    );
    assert_eq!(get(pair.right("f"), ACCESS), None);
    assert_eq!(get(pair.left("f"), "user.k"), value("left"));
}

#[test]
fn undo_brings_back_what_a_removed_folder_had() {
    let pair = synced(&[Keep::Xattrs, Keep::Acls], &[("d/f", "1"), ("stays", "2")]);
    set(pair.left("d"), "user.k", b"1");
    set(pair.left("d"), DEFAULT, &acl(7, 4));
    let _ = pair.sync().clean();
    fs::remove_dir_all(pair.left("d")).unwrap();
    let _ = pair.sync().clean();
    assert!(!pair.right("d").exists());
    let session = *pair.n_runs.lock().unwrap();
    let _ = pair.undo(session).clean();
    assert_eq!(
        (get(pair.right("d"), "user.k"), get(pair.right("d"), DEFAULT)),
        (value("1"), Some(acl(7, 4)))
    );
    assert_eq!(read(pair.right("d/f")), "1");
}

#[test]
fn an_unchanged_run_reads_no_attributes_of_files() {
    let pair = keeping(&[Keep::Xattrs, Keep::Acls, Keep::Owner]);
    pair.write(Left, &[("d/f", "1"), ("g", "2")]);
    set(pair.left("g"), "user.k", b"1");
    settle(&pair, &["d/f", "g"]);
    let _ = pair.sync().clean();
    pair.sync().idle();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let hook = move |call: Call, name: &[u8]| {
        if matches!(call, Call::ListXattrs | Call::ReadXattr) {
            noted.lock().unwrap().push(String::from_utf8(name.to_vec()).unwrap());
        }
        assert!(!call.is_mutating() || matches!(call, Call::SetLen | Call::Write), "{call:?} {name:?}");
        Ok(())
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go)).idle();
    let mut asked = asked.lock().unwrap().clone();
    asked.dedup();
    assert_eq!(asked, ["d"]);
}

const NO_XATTRS_RIGHT: &[(Call, &str)] = &[(Call::SetXattr, "probe-xattrs-right")];

#[test]
fn a_side_that_cannot_keep_attributes_is_told_once_and_never_changes_the_other() {
    let pair = keeping(&[Keep::Xattrs]);
    pair.write(Left, &[("d/f", "1"), ("g", "2")]);
    for path in ["d", "d/f", "g"] {
        set(pair.left(path), "user.k", b"1");
    }
    settle(&pair, &["d/f", "g"]);
    let told = |report: &Report| {
        let lines: Vec<_> = report.entries.iter().filter(|entry| entry.contains("cannot keep")).collect();
        assert_eq!(lines.len(), 1, "{report:?}");
        assert!(lines[0].starts_with("warning: the right folder cannot keep: xattrs"), "{report:?}");
    };
    told(&sync_refusing(&pair, NO_XATTRS_RIGHT).clean());
    assert_eq!(get(pair.right("g"), "user.k"), None);
    for _ in 0..2 {
        let report = sync_refusing(&pair, NO_XATTRS_RIGHT).clean();
        assert!(report.changes.is_empty(), "{report:?}");
        told(&report);
    }
    // A change on the side that can keep it is none for the other, and its edits take nothing away.
    set(pair.left("d"), "user.k", b"2");
    fs::write(pair.right("g"), "edited").unwrap();
    let report = sync_refusing(&pair, NO_XATTRS_RIGHT).clean();
    assert_eq!(report.changes, ["L update g"]);
    assert_eq!((read(pair.left("g")), get(pair.left("g"), "user.k")), ("edited".into(), value("1")));
    assert_eq!(get(pair.right("d"), "user.k"), None);
    let report = sync_refusing(&pair, NO_XATTRS_RIGHT).clean();
    assert!(report.changes.is_empty(), "{report:?}");
    assert_nothing_staged(&pair);
}

#[test]
fn a_side_that_can_keep_attributes_at_last_gets_them() {
    let pair = keeping(&[Keep::Xattrs]);
    pair.write(Left, &[("d/f", "1"), ("g", "2")]);
    for path in ["d", "d/f", "g"] {
        set(pair.left(path), "user.k", b"1");
    }
    let _ = sync_refusing(&pair, NO_XATTRS_RIGHT).clean();
    let _ = sync_refusing(&pair, NO_XATTRS_RIGHT).clean();
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R attributes d", "R attributes d/f", "R attributes g"]);
    assert_eq!(get(pair.right("d/f"), "user.k"), value("1"));
    pair.sync().idle();
}

#[test]
fn a_left_that_cannot_keep_attributes_does_not_wipe_those_of_the_right() {
    let pair = keeping(&[Keep::Xattrs]);
    for side in [Left, Right] {
        pair.write(side, &[("f", "1")]);
    }
    set(pair.right("f"), "user.k", b"1");
    let refused: &[(Call, &str)] = &[(Call::SetXattr, "probe-xattrs-left")];
    for _ in 0..3 {
        let report = sync_refusing(&pair, refused);
        assert!(report.entries.iter().any(|entry| entry.contains("the left folder cannot keep: xattrs")));
        assert_eq!(get(pair.right("f"), "user.k"), value("1"));
    }
    let _ = pair.sync().clean();
    assert_eq!(get(pair.left("f"), "user.k"), value("1"));
}

#[test]
fn a_preview_tries_nothing_out() {
    let pair = keeping(&[Keep::Xattrs, Keep::Acls, Keep::Owner, Keep::HardLinks]);
    for side in [Left, Right] {
        pair.write(side, &[("f", "1")]);
    }
    settle(&pair, &["f"]);
    set(pair.left("f"), "user.k", b"1");
    let report = pair.preview();
    assert!(report.changes.contains(&"R attributes f".to_owned()), "{report:?}");
    for side in [Left, Right] {
        assert!(!pair.root(side).join(".syncmgr").exists());
    }
}

#[test]
fn a_root_that_is_only_read_gets_no_probe() {
    for mode in [Mode::OneWaySafe, Mode::OneWayReplica] {
        let mut pair = keeping(&[Keep::Xattrs, Keep::Acls, Keep::Owner]);
        pair.config.mode = mode;
        pair.write(Left, &[("f", "1")]);
        set(pair.left("f"), "user.k", b"1");
        let _ = pair.sync().clean();
        assert_eq!(get(pair.right("f"), "user.k"), value("1"));
        set(pair.right("f"), "user.k", b"2");
        let _ = pair.sync().clean();
        let expected = if mode == Mode::OneWayReplica { "1" } else { "2" };
        assert_eq!(get(pair.right("f"), "user.k"), value(expected), "{mode}");
        assert_eq!(get(pair.left("f"), "user.k"), value("1"));
        assert!(!pair.left(".syncmgr").exists());
    }
}

#[test]
fn owners_travel_where_they_may_be_given_away_and_are_told_where_not() {
    let pair = keeping(&[Keep::Owner]);
    pair.write(Left, &[("d/f", "1"), ("g", "2")]);
    symlink("g", pair.left("l")).unwrap();
    let paths = ["d", "d/f", "g", "l"];
    let owner = |path: &Path| {
        let metadata = path.symlink_metadata().unwrap();
        (metadata.uid(), metadata.gid())
    };
    if !may_give_away(&pair) {
        // Both sides are ours, so nothing differs; what could not be set is known because the run has written.
        let report = pair.sync().clean();
        assert!(report.entries.iter().any(|entry| entry.contains("cannot keep: owner")), "{report:?}");
        let report = pair.sync().clean();
        assert!(report.changes.is_empty(), "{report:?}");
        return;
    }
    for path in paths {
        lchown(pair.left(path), Some(4), Some(5)).unwrap();
    }
    let _ = pair.sync().clean();
    for path in paths {
        assert_eq!(owner(&pair.right(path)), (4, 5), "{path}");
    }
    pair.sync().idle();
    for path in paths {
        lchown(pair.right(path), Some(6), Some(7)).unwrap();
    }
    let report = pair.sync().clean();
    assert_eq!(report.changes, paths.map(|path| format!("L attributes {path}")));
    for path in paths {
        assert_eq!(owner(&pair.left(path)), (6, 7), "{path}");
    }
    pair.sync().idle();
    let session = *pair.n_runs.lock().unwrap() - 1;
    let _ = pair.undo(session).clean();
    for path in paths {
        assert_eq!(owner(&pair.left(path)), (4, 5), "{path}");
    }
}

#[test]
fn a_side_that_cannot_keep_owners_never_gives_its_own() {
    let pair = keeping(&[Keep::Owner]);
    pair.write(Left, &[("f", "1")]);
    let given_away = may_give_away(&pair);
    if given_away {
        lchown(pair.left("f"), Some(4), Some(5)).unwrap();
    }
    let owner = || pair.left("f").metadata().unwrap().uid();
    let before = owner();
    let refused: &[(Call, &str)] = &[(Call::SetAttributes, "probe-owner-right")];
    for content in ["1", "2", "3"] {
        fs::write(pair.right("f"), content).unwrap();
        let report = sync_refusing(&pair, refused);
        assert!(report.entries.iter().any(|entry| entry.contains("the right folder cannot keep: owner")));
        let _ = sync_refusing(&pair, refused);
        assert_eq!((read(pair.left("f")), owner()), (content.into(), before));
    }
    if given_away {
        let _ = pair.sync().clean();
        assert_eq!(pair.right("f").metadata().unwrap().uid(), 4);
    }
}

#[test]
fn set_id_bits_of_files_never_travel_and_those_of_folders_stay_where_they_are() {
    let pair = synced(&[Keep::Owner, Keep::Acls], &[("f", "1"), ("d/", "")]);
    let mode = |path: &Path| path.metadata().unwrap().mode() & 0o7777;
    fs::set_permissions(pair.left("f"), fs::Permissions::from_mode(0o4755)).unwrap();
    fs::set_permissions(pair.right("d"), fs::Permissions::from_mode(0o2775)).unwrap();
    let _ = pair.sync().clean();
    assert_eq!((mode(&pair.left("f")), mode(&pair.right("f"))), (0o4755, 0o755));
    assert_eq!((mode(&pair.left("d")), mode(&pair.right("d"))), (0o775, 0o2775));
    fs::write(pair.left("f"), "edited").unwrap();
    fs::set_permissions(pair.left("f"), fs::Permissions::from_mode(0o4755)).unwrap();
    fs::set_permissions(pair.left("d"), fs::Permissions::from_mode(0o700)).unwrap();
    let _ = pair.sync().clean();
    assert_eq!((read(pair.right("f")), mode(&pair.right("f"))), ("edited".into(), 0o755));
    assert_eq!(mode(&pair.right("d")), 0o2700);
    pair.sync().idle();
}

#[test]
fn an_attribute_that_is_refused_costs_nothing_else() {
    let pair = synced(&[Keep::Xattrs], &[("f", "1"), ("g", "2")]);
    set(pair.left("f"), "user.k", b"1");
    fs::write(pair.left("g"), "edited").unwrap();
    pair.write(Left, &[("new", "3")]);
    set(pair.left("new"), "user.k", b"1");
    let report = sync_refusing(&pair, &[(Call::SetXattr, "f")]);
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert_eq!((read(pair.right("g")), get(pair.right("new"), "user.k")), ("edited".into(), value("1")));
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R attributes f"]);
    assert_eq!(get(pair.right("f"), "user.k"), value("1"));
}

#[test]
fn cut_off_anywhere_attributes_never_flow_back() {
    for n in 0.. {
        let pair = keeping(&[Keep::Xattrs, Keep::Acls]);
        pair.write(Left, &[("d/f", "1"), ("g", "2")]);
        symlink("g", pair.left("l")).unwrap();
        for path in ["d", "d/f", "g"] {
            set(pair.left(path), "user.k", path.as_bytes());
            set(pair.left(path), ACCESS, &acl(7, 7));
        }
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let hook = move |call: Call, _: &[u8]| {
            let cut = call.is_mutating() && counted.fetch_add(1, Ordering::SeqCst) >= n;
            if cut { Err(io::Error::other("cut off")) } else { Ok(()) }
        };
        let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
        let _ = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
        let _ = pair.sync().clean();
        for path in ["d", "d/f", "g"] {
            for side in [Left, Right] {
                let at = pair.root(side).join(path);
                assert_eq!(get(&at, "user.k"), value(path), "{path} on the {side}, cut off at call {n}");
                assert_eq!(get(&at, ACCESS), Some(acl(7, 7)), "{path} on the {side}, cut off at call {n}");
            }
        }
        pair.sync().idle();
        assert_nothing_staged(&pair);
        if count.load(Ordering::SeqCst) <= n {
            assert!(n > 30, "the run made only {n} changing calls");
            return;
        }
    }
}

#[test]
fn content_does_not_wait_for_an_attribute_that_is_refused() {
    let pair = keeping(&[Keep::Xattrs]);
    pair.write(Left, &[("f", "1")]);
    set(pair.left("f"), "user.k", b"1");
    // The first staged file is called so.
    let report = sync_refusing(&pair, &[(Call::SetXattr, "1")]);
    assert_eq!(report.problems, ["f: its xattrs could not be set; the next run tries again"]);
    assert_eq!((read(pair.right("f")), get(pair.right("f"), "user.k")), ("1".into(), None));
    let report = pair.sync().clean();
    assert_eq!(report.changes, ["R attributes f"]);
    assert_eq!((get(pair.right("f"), "user.k"), get(pair.left("f"), "user.k")), (value("1"), value("1")));
}
