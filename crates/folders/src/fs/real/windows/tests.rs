//! What is different here.

use std::io::{ErrorKind, Read, Write};

use super::*;

const FS: RealFileSystem = RealFileSystem;

fn folder() -> (tempfile::TempDir, Dir) {
    let dir = tempfile::tempdir().unwrap();
    let root = FS.open_root(dir.path()).unwrap();
    (dir, root)
}

fn make(dir: &Dir, name: &[u8], content: &str) {
    FS.create_file(dir, name, 0o644).unwrap().write_all(content.as_bytes()).unwrap();
}

fn content(dir: &Dir, name: &[u8]) -> String {
    let mut text = String::new();
    FS.open_file(dir, name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn listed(dir: &Dir) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    FS.list(dir, &mut |name| names.push(name.to_vec())).unwrap();
    names.sort();
    names
}

#[test]
fn names_of_devices_and_ends_with_dots_and_spaces_are_names_like_any_other() {
    let (_dir, root) = folder();
    let names: [&[u8]; 7] = [b"aux.txt", b"con", b"dot.", b"dot", b"space ", b"NUL", b"..."];
    for name in names {
        make(&root, name, &String::from_utf8_lossy(name));
    }
    assert_eq!(listed(&root).len(), names.len());
    for name in names {
        assert_eq!(content(&root, name).as_bytes(), name);
        let renamed = [name, b" renamed."].concat();
        FS.rename(&root, name, &root, &renamed, OnExisting::Fail).unwrap();
        assert_eq!(content(&root, &renamed).as_bytes(), name);
        FS.remove_file(&root, &renamed).unwrap();
    }
    assert!(listed(&root).is_empty());
}

#[test]
fn what_windows_cannot_have_as_a_name_touches_nothing() {
    let (_dir, root) = folder();
    make(&root, b"a", "1");
    FS.make_dir(&root, b"d", 0o755).unwrap();
    make(&FS.open_dir(&root, b"d").unwrap(), b"in", "2");
    for name in [&b"a:stream"[..], b"a::$DATA", b"*", b"?", b"d\\in", b"d/in", b"a\0", b"\xff", b"a\n"] {
        let refused = |error: io::Error| assert_eq!(error.kind(), ErrorKind::InvalidFilename, "{name:?}");
        refused(FS.stat(&root, name).unwrap_err());
        refused(FS.open_file(&root, name).unwrap_err());
        refused(FS.create_file(&root, name, 0o600).unwrap_err());
        refused(FS.make_dir(&root, name, 0o700).unwrap_err());
        refused(FS.remove_file(&root, name).unwrap_err());
        refused(FS.remove_dir(&root, name).unwrap_err());
        refused(FS.hard_link(&root, b"a", &root, name).unwrap_err());
        refused(FS.set_attributes(&root, name, Attributes::default()).unwrap_err());
        refused(FS.rename(&root, name, &root, b"b", OnExisting::Replace).unwrap_err());
        refused(FS.rename(&root, b"a", &root, name, OnExisting::Replace).unwrap_err());
    }
    assert_eq!((content(&root, b"a"), listed(&root)), ("1".into(), vec![b"a".to_vec(), b"d".to_vec()]));
}

#[test]
fn a_path_longer_than_a_program_of_old_takes_is_a_path() {
    let (_dir, root) = folder();
    let mut path = Vec::new();
    for _ in 0..20 {
        let parent = FS.open_dir(&root, &path).unwrap();
        FS.make_dir(&parent, &[b'n'; 60], 0o755).unwrap();
        path = crate::path::join(&path, &[b'n'; 60]);
    }
    let deepest = FS.open_dir(&root, &path).unwrap();
    assert!(deepest.path.as_os_str().len() > 1_200);
    make(&deepest, &[b'f'; 200], "deep");
    FS.rename(&deepest, &[b'f'; 200], &deepest, b"f", OnExisting::Fail).unwrap();
    assert_eq!(content(&deepest, b"f"), "deep");
    FS.remove_file(&deepest, b"f").unwrap();
}

#[test]
fn half_a_pair_of_units_in_a_name_comes_back_as_it_is() {
    // Names of Linux, on which Wine keeps files, cannot hold all of these: what is refused is refused as a whole.
    let (_dir, root) = folder();
    let name = b"a\xED\xA0\xBDb";
    match FS.create_file(&root, name, 0o644) {
        Ok(mut file) => {
            file.write_all(b"1").unwrap();
            drop(file);
            assert_eq!(listed(&root), [name.to_vec()]);
            assert_eq!(content(&root, name), "1");
        }
        Err(_) => assert!(listed(&root).is_empty()),
    }
}

#[test]
fn two_names_that_differ_in_case_are_one() {
    let (_dir, root) = folder();
    make(&root, b"Name", "1");
    let taken = FS.create_file(&root, b"NAME", 0o644).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
    make(&root, b"other", "2");
    let taken = FS.rename(&root, b"other", &root, b"name", OnExisting::Fail).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
    assert_eq!(listed(&root), [b"Name".to_vec(), b"other".to_vec()]);
    assert_eq!(content(&root, b"Name"), "1");
}

#[test]
fn a_name_is_never_said_to_be_spelled_in_another_way_than_it_is() {
    let (_dir, root) = folder();
    make(&root, b"Name", "1");
    let renamed = FS.rename(&root, b"Name", &root, b"NAME", OnExisting::Fail);
    let name = if renamed.is_ok() { b"NAME" } else { b"Name" };
    assert_eq!(listed(&root), [name.to_vec()]);
    assert!(renamed.map_or_else(|error| error.kind() == ErrorKind::AlreadyExists, |()| true));
    assert_eq!(content(&root, name), "1");
}

#[test]
fn a_file_that_another_program_keeps_to_itself_is_refused_and_left() {
    let (dir, root) = folder();
    make(&root, b"kept", "1");
    make(&root, b"new", "2");
    let alone = OpenOptions::new().read(true).share_mode(0).open(dir.path().join("kept")).unwrap();
    assert_eq!(FS.stat(&root, b"kept").unwrap().size, 1, "what it is can be seen all the same");
    assert!(FS.open_file(&root, b"kept").is_err());
    assert!(FS.remove_file(&root, b"kept").is_err());
    assert!(FS.rename(&root, b"kept", &root, b"other", OnExisting::Fail).is_err());
    assert!(FS.rename(&root, b"new", &root, b"kept", OnExisting::Replace).is_err());
    drop(alone);
    assert_eq!((content(&root, b"kept"), content(&root, b"new")), ("1".into(), "2".into()));
}

#[test]
fn what_replaces_a_hidden_file_is_hidden() {
    let (dir, root) = folder();
    make(&root, b"old", "1");
    make(&root, b"new", "2");
    let path = dir.path().join("old");
    let marked = open_entry(&path, Access::Set).unwrap();
    winfs::set_basic(&marked, None, Some(0x2 | 0x4 | 0x20)).unwrap();
    drop(marked);
    let marks = winfs::attributes(&path).unwrap() & 0x6;
    FS.rename(&root, b"new", &root, b"old", OnExisting::Replace).unwrap();
    assert_eq!(content(&root, b"old"), "2");
    assert_eq!(winfs::attributes(&path).unwrap() & 0x6, marks);
    assert_eq!(marks, 0x6, "the marks can be kept where the tests run");
}

#[test]
fn setting_what_is_read_only_keeps_the_other_marks() {
    let (dir, root) = folder();
    make(&root, b"f", "1");
    let path = dir.path().join("f");
    winfs::set_basic(&open_entry(&path, Access::Set).unwrap(), None, Some(0x2 | 0x20)).unwrap();
    let marks = winfs::attributes(&path).unwrap();
    for (bits, added) in [(0o400, 1), (0o600, 0)] {
        let attributes = Attributes { mode: Some(bits), ..Attributes::default() };
        FS.set_attributes(&root, b"f", attributes).unwrap();
        assert_eq!(winfs::attributes(&path).unwrap(), marks | added);
    }
    // On a folder it would mean something else.
    FS.make_dir(&root, b"d", 0o500).unwrap();
    FS.set_attributes(&root, b"d", Attributes { mode: Some(0o500), ..Attributes::default() }).unwrap();
    assert_eq!(FS.stat(&root, b"d").unwrap().mode, 0o755);
}

#[test]
fn a_folder_that_was_moved_away_is_gone_and_what_has_its_name_now_is_not_it() {
    let (dir, root) = folder();
    FS.make_dir(&root, b"d", 0o755).unwrap();
    let opened = FS.open_dir(&root, b"d").unwrap();
    make(&opened, b"f", "1");
    // Nothing keeps it from being renamed while it is not worked in.
    std::fs::rename(dir.path().join("d"), dir.path().join("moved")).unwrap();
    assert_eq!(FS.stat(&opened, b"f").unwrap_err().kind(), ErrorKind::NotFound);
    std::fs::create_dir(dir.path().join("d")).unwrap();
    std::fs::write(dir.path().join("d/f"), "another").unwrap();
    assert_eq!(FS.stat(&opened, b"f").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(FS.remove_file(&opened, b"f").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(FS.create_file(&opened, b"g", 0o600).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(std::fs::read_to_string(dir.path().join("d/f")).unwrap(), "another");
}

#[test]
fn a_folder_that_is_held_stays_where_it_is() {
    let (dir, root) = folder();
    FS.make_dir(&root, b"d", 0o755).unwrap();
    let opened = FS.open_dir(&root, b"d").unwrap();
    let held = opened.hold().unwrap();
    make(&opened, b"f", "1");
    std::fs::rename(dir.path().join("d/f"), dir.path().join("d/g")).unwrap();
    std::fs::rename(dir.path().join("d"), dir.path().join("moved")).unwrap_err();
    drop(held);
    std::fs::rename(dir.path().join("d"), dir.path().join("moved")).unwrap();
}
