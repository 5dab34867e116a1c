//! What holds for the file system of every machine.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::RealFileSystem;
use crate::fs::{Attributes, FileSystem, FileTime, Kind, OnExisting, is_no_dir};

const FS: RealFileSystem = RealFileSystem;

/// A folder with files in it, each of which contains its name.
fn folder(names: &[&str]) -> (tempfile::TempDir, <RealFileSystem as FileSystem>::Dir) {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        std::fs::write(dir.path().join(name), name).unwrap();
    }
    let root = FS.open_root(dir.path()).unwrap();
    (dir, root)
}

fn content(dir: &tempfile::TempDir, name: &str) -> String {
    std::fs::read_to_string(dir.path().join(name)).unwrap()
}

fn mode(bits: u32) -> Attributes {
    Attributes { mode: Some(bits), ..Attributes::default() }
}

fn listed(root: &<RealFileSystem as FileSystem>::Dir) -> Vec<String> {
    let mut names = Vec::new();
    FS.list(root, &mut |name| names.push(String::from_utf8(name.to_vec()).unwrap())).unwrap();
    names.sort();
    names
}

#[test]
fn what_is_made_is_listed_and_told() {
    let (_dir, root) = folder(&["f", "ü 😀"]);
    FS.make_dir(&root, b"d", 0o755).unwrap();
    assert_eq!(listed(&root), ["d", "f", "ü 😀"]);
    let (file, dir) = (FS.stat(&root, b"f").unwrap(), FS.stat(&root, b"d").unwrap());
    assert_eq!((file.kind, file.size, file.nlink), (Kind::File, 1, 1));
    assert_eq!(dir.kind, Kind::Dir);
    assert_eq!(file.dev, dir.dev);
    assert_ne!(file.ino, dir.ino);
    let opened = FS.open_dir(&root, b"d").unwrap();
    assert_eq!(FS.stat_dir(&opened).unwrap().ino, dir.ino);
    assert_eq!(FS.open_seen(&root, b"f").unwrap().1, file);
    assert_eq!(FS.stat(&root, b"gone").unwrap_err().kind(), ErrorKind::NotFound);
    for path in [&b"f"[..], b"gone", b"f/x"] {
        assert!(FS.open_dir(&root, path).is_err_and(|error| is_no_dir(&error)), "{path:?}");
    }
    assert!(FS.open_file(&root, b"d").is_err());
}

#[test]
fn a_new_file_takes_no_name_that_is_taken() {
    let (dir, root) = folder(&["f"]);
    let mut file = FS.create_file(&root, b"new", 0o600).unwrap();
    file.write_all(b"1").unwrap();
    FS.sync_file(&file).unwrap();
    for name in [&b"f"[..], b"new"] {
        let error = FS.create_file(&root, name, 0o600).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(FS.make_dir(&root, name, 0o700).unwrap_err().kind(), ErrorKind::AlreadyExists);
    }
    let mut added = FS.append_file(&root, b"new").unwrap();
    added.write_all(b"2").unwrap();
    assert_eq!((content(&dir, "f").as_str(), content(&dir, "new").as_str()), ("f", "12"));
    FS.set_len(&added, 0).unwrap();
    added.write_all(b"3").unwrap();
    assert_eq!(content(&dir, "new"), "3");
}

#[test]
fn a_rename_replaces_only_where_it_is_to() {
    let (dir, root) = folder(&["a", "b", "c"]);
    let fails = FS.rename(&root, b"a", &root, b"b", OnExisting::Fail).unwrap_err();
    assert_eq!(fails.kind(), ErrorKind::AlreadyExists);
    FS.make_dir(&root, b"d", 0o755).unwrap();
    let fails = FS.rename(&root, b"a", &root, b"d", OnExisting::Fail).unwrap_err();
    assert_eq!(fails.kind(), ErrorKind::AlreadyExists);
    let sub = FS.open_dir(&root, b"d").unwrap();
    FS.rename(&root, b"a", &sub, b"a2", OnExisting::Fail).unwrap();
    FS.rename(&root, b"b", &root, b"c", OnExisting::Replace).unwrap();
    FS.rename(&root, b"c", &root, b"b", OnExisting::Replace).unwrap();
    assert_eq!((content(&dir, "b").as_str(), content(&dir, "d/a2").as_str()), ("b", "a"));
    assert_eq!(listed(&root), ["b", "d"]);
    FS.rename(&root, b"d", &root, b"e", OnExisting::Fail).unwrap();
    assert_eq!(content(&dir, "e/a2"), "a");
}

#[test]
fn what_is_read_only_is_renamed_replaced_and_removed() {
    let (dir, root) = folder(&["a", "b", "c"]);
    for name in [b"a", b"b", b"c"] {
        FS.set_attributes(&root, name, mode(0o444)).unwrap();
        assert_eq!(FS.stat(&root, name).unwrap().mode, 0o444);
    }
    FS.hard_link(&root, b"b", &root, b"kept").unwrap();
    FS.rename(&root, b"a", &root, b"b", OnExisting::Replace).unwrap();
    assert_eq!((content(&dir, "b").as_str(), content(&dir, "kept").as_str()), ("a", "b"));
    assert_eq!(FS.stat(&root, b"kept").unwrap().mode, 0o444, "the replaced one is as it was");
    assert_eq!(FS.stat(&root, b"b").unwrap().mode, 0o444);
    FS.remove_file(&root, b"c").unwrap();
    FS.remove_file(&root, b"b").unwrap();
    assert_eq!(listed(&root), ["kept"]);
    FS.set_attributes(&root, b"kept", mode(0o644)).unwrap();
    assert_eq!(FS.stat(&root, b"kept").unwrap().mode, 0o644);
}

#[test]
fn a_replacement_that_fails_leaves_both() {
    let (dir, root) = folder(&["a", "b"]);
    FS.set_attributes(&root, b"b", mode(0o444)).unwrap();
    FS.make_dir(&root, b"d", 0o755).unwrap();
    std::fs::write(dir.path().join("d/in"), "in").unwrap();
    assert!(FS.rename(&root, b"a", &root, b"d", OnExisting::Replace).is_err());
    assert!(FS.rename(&root, b"gone", &root, b"b", OnExisting::Replace).is_err());
    assert_eq!((content(&dir, "a").as_str(), content(&dir, "d/in").as_str()), ("a", "in"));
    assert_eq!((content(&dir, "b").as_str(), FS.stat(&root, b"b").unwrap().mode), ("b", 0o444));
}

#[test]
fn removing_tells_files_from_folders_and_empty_ones_from_others() {
    let (dir, root) = folder(&["f"]);
    FS.make_dir(&root, b"d", 0o755).unwrap();
    std::fs::write(dir.path().join("d/in"), "in").unwrap();
    assert!(FS.remove_file(&root, b"d").is_err());
    assert!(FS.remove_dir(&root, b"f").is_err());
    assert_eq!(FS.remove_dir(&root, b"d").unwrap_err().kind(), ErrorKind::DirectoryNotEmpty);
    assert_eq!(FS.remove_file(&root, b"gone").unwrap_err().kind(), ErrorKind::NotFound);
    FS.remove_file(&FS.open_dir(&root, b"d").unwrap(), b"in").unwrap();
    FS.remove_dir(&root, b"d").unwrap();
    assert_eq!(listed(&root), ["f"]);
}

#[test]
fn a_file_that_is_open_can_be_removed_and_replaced() {
    let (dir, root) = folder(&["a", "b", "c"]);
    let mut removed = FS.open_file(&root, b"a").unwrap();
    FS.remove_file(&root, b"a").unwrap();
    let mut text = String::new();
    removed.read_to_string(&mut text).unwrap();
    assert_eq!(text, "a");
    drop(removed);
    assert!(FS.stat(&root, b"a").is_err());
    let mut replaced = FS.open_file(&root, b"b").unwrap();
    if FS.rename(&root, b"c", &root, b"b", OnExisting::Replace).is_ok() {
        text.clear();
        replaced.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), content(&dir, "b").as_str()), ("b", "c"));
    } else {
        // Old systems refuse; then both are as they were.
        assert_eq!((content(&dir, "b").as_str(), content(&dir, "c").as_str()), ("b", "c"));
    }
}

#[test]
fn times_are_kept_as_they_are_given_and_any_change_moves_the_change_time() {
    let (_dir, root) = folder(&["f"]);
    FS.make_dir(&root, b"d", 0o755).unwrap();
    let mtime = FileTime { secs: 1_234_567_890, nanos: 123_456_700 };
    let attributes = Attributes { mtime: Some(mtime), ..Attributes::default() };
    let before = FS.stat(&root, b"f").unwrap();
    // The clock of a file system ticks slowly.
    while FS.stat(&root, b"f").unwrap().ctime == before.ctime {
        FS.set_attributes(&root, b"f", attributes).unwrap();
    }
    let after = FS.stat(&root, b"f").unwrap();
    assert_eq!((after.mtime, after.size, after.ino), (mtime, before.size, before.ino));
    FS.set_attributes(&root, b"d", attributes).unwrap();
    assert_eq!(FS.stat(&root, b"d").unwrap().mtime, mtime);
    FS.set_attributes(&root, b".", attributes).unwrap();
    assert_eq!(FS.stat_dir(&root).unwrap().mtime, mtime);
    // An edit with its time put back is seen all the same.
    std::fs::write(_dir.path().join("f"), "g").unwrap();
    FS.set_attributes(&root, b"f", attributes).unwrap();
    while FS.stat(&root, b"f").unwrap().ctime == after.ctime {
        FS.set_attributes(&root, b"f", attributes).unwrap();
    }
    assert_eq!(FS.stat(&root, b"f").unwrap().mtime, mtime);
}

#[test]
fn who_holds_the_lock_keeps_others_from_it_and_not_from_reading() {
    let (_dir, root) = folder(&["lock"]);
    let mut first = FS.append_file(&root, b"lock").unwrap();
    FS.try_lock(&first).unwrap();
    let second = FS.append_file(&root, b"lock").unwrap();
    assert_eq!(FS.try_lock(&second).unwrap_err().kind(), ErrorKind::WouldBlock);
    FS.set_len(&first, 0).unwrap();
    first.write_all(b"held by me").unwrap();
    let mut text = String::new();
    FS.open_file(&root, b"lock").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "held by me");
    drop(first);
    FS.try_lock(&second).unwrap();
}

#[test]
fn a_file_tells_how_many_names_it_has() {
    let (_dir, root) = folder(&["f", "taken"]);
    FS.hard_link(&root, b"f", &root, b"g").unwrap();
    let (f, g) = (FS.stat(&root, b"f").unwrap(), FS.stat(&root, b"g").unwrap());
    assert_eq!((f.ino, f.nlink, g.nlink), (g.ino, 2, 2));
    let taken = FS.hard_link(&root, b"f", &root, b"taken").unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn everything_can_be_flushed() {
    let (_dir, root) = folder(&["f"]);
    // Also what was opened for reading.
    FS.sync_file(&FS.open_file(&root, b"f").unwrap()).unwrap();
    FS.sync_dir(&root).unwrap();
    FS.sync_all(&root).unwrap();
}

#[test]
fn what_no_file_system_has_as_a_name_is_refused() {
    let (_dir, root) = folder(&["f"]);
    for path in [&b".."[..], b"../f"] {
        assert!(FS.open_dir(&root, path).is_err(), "{path:?}");
    }
    assert!(FS.create_file(&root, b"", 0o600).is_err());
    assert!(FS.open_root(Path::new("gone/for/ever")).is_err());
}
