//! Access lists of files that are made, replaced and brought back.
//!
//! Wine keeps them as the permission bits of Linux: who may do what for everybody is all that can be told apart there, and no
//! folder gives anything to what is made in it.

use std::fs::{self, OpenOptions};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use syncmgr_handler::model::fact::Side::{self, Left, Right};
use syncmgr_winfs::{AccessList, access_list, set_access_list};

use crate::harness::{Pair, read};
use crate::machine::{mode, set_mode};

const READ_CONTROL: u32 = 0x2_0000;
const WRITE_LIST: u32 = 0x4_0000;
/// Opens folders too.
const ANY_KIND: u32 = 0x0200_0000;

fn list(path: impl AsRef<Path>) -> AccessList {
    let file = OpenOptions::new().access_mode(READ_CONTROL).custom_flags(ANY_KIND).open(path).unwrap();
    access_list(&file).unwrap()
}

/// Lets everybody do everything with what is at a path, and in a folder with what is made there, as its user would.
fn open_to_all(path: impl AsRef<Path>) -> AccessList {
    let (system, everybody) = ([5, 18], [1, 0]);
    let entry = |[authority, account]: [u8; 2]| {
        [0, 3, 20, 0, 0xFF, 0x01, 0x1F, 0, 1, 1, 0, 0, 0, 0, 0, authority, account, 0, 0, 0]
    };
    let entries = [&[2, 0, 48, 0, 2, 0, 0, 0][..], &entry(system), &entry(everybody)].concat();
    let mut options = OpenOptions::new();
    let file = options.access_mode(READ_CONTROL | WRITE_LIST).custom_flags(ANY_KIND).open(&path).unwrap();
    set_access_list(&file, &AccessList::new(entries, true)).unwrap();
    list(path)
}

/// Where a path of a run lies in the trash.
fn in_trash(pair: &Pair, side: Side, path: &str) -> PathBuf {
    let mut runs = fs::read_dir(pair.root(side).join(".syncmgr/trash")).unwrap();
    runs.find_map(|run| Some(run.unwrap().path().join(path)).filter(|path| path.exists())).unwrap()
}

#[test]
fn what_replaces_a_file_has_its_access_list_and_what_comes_back_has_its_own() {
    let pair = Pair::synced(&[("d/f", "1"), ("d/other", "1")]);
    let others = list(pair.right("d/other"));
    let of_it = open_to_all(pair.right("d/f"));
    assert_ne!(of_it, others, "lists can be told apart where the tests run");
    pair.sync().idle();
    pair.write(Left, &[("d/f", "edited"), ("d/other", "edited")]);
    let _ = pair.sync().clean();
    assert_eq!(read(pair.right("d/f")), "edited");
    assert_eq!(list(pair.right("d/f")), of_it);
    assert_eq!(list(pair.right("d/other")), others);
    assert_eq!(list(in_trash(&pair, Right, "d/f")), of_it);
    pair.sync().idle();
    let _ = pair.undo(3).clean();
    assert_eq!(read(pair.right("d/f")), "1");
    assert_eq!(list(pair.right("d/f")), of_it);
    assert_eq!(list(pair.right("d/other")), others);
}

#[test]
fn a_deleted_file_comes_back_with_its_access_list() {
    let pair = Pair::synced(&[("d/f", "1"), ("d/stays", "2")]);
    let of_it = open_to_all(pair.right("d/f"));
    fs::remove_file(pair.left("d/f")).unwrap();
    let _ = pair.sync().clean();
    assert_eq!(list(in_trash(&pair, Right, "d/f")), of_it);
    let _ = pair.undo(2).clean();
    assert_eq!((read(pair.right("d/f")), list(pair.right("d/f"))), ("1".into(), of_it));
}

#[test]
fn an_access_list_is_neither_carried_over_nor_a_change() {
    let pair = Pair::synced(&[("f", "1"), ("d/g", "2")]);
    let lists = [list(pair.right("f")), list(pair.right("d"))];
    open_to_all(pair.left("f"));
    open_to_all(pair.left("d"));
    pair.sync().idle();
    fs::write(pair.left("f"), "edited").unwrap();
    let _ = pair.sync().clean();
    assert_eq!([list(pair.right("f")), list(pair.right("d"))], lists);
}

#[test]
fn what_is_new_has_the_access_list_of_what_is_made_there() {
    let pair = Pair::synced(&[("open/f", "1"), ("closed/f", "1")]);
    open_to_all(pair.right("open"));
    pair.write(Left, &[("open/new", "2"), ("open/n/e/w", "3"), ("closed/new", "4"), ("n/e/w", "5")]);
    let _ = pair.sync().clean();
    for folder in ["open", "open/n", "open/n/e", "closed", "n", "n/e"] {
        let made = pair.right(folder).join("made");
        fs::write(&made, "").unwrap();
        let inside = pair.right(folder).join("inside");
        fs::create_dir(&inside).unwrap();
        for entry in fs::read_dir(pair.right(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            let like = if entry.is_dir() { &inside } else { &made };
            assert_eq!(list(&entry), list(like), "`{}`", entry.display());
        }
    }
}

#[test]
fn the_mark_read_only_is_that_of_the_new_content_and_not_of_the_replaced_file() {
    let pair = Pair::synced(&[("to-be", "1"), ("no-more", "1")]);
    open_to_all(pair.right("to-be"));
    set_mode(pair.left("no-more"), 0o444);
    let _ = pair.sync().clean();
    set_mode(pair.left("no-more"), 0o666);
    pair.write(Left, &[("to-be", "2"), ("no-more", "2")]);
    set_mode(pair.left("to-be"), 0o444);
    let _ = pair.sync().clean();
    let mode_of = |path| mode(&pair.right(path).metadata().unwrap());
    assert_eq!((mode_of("to-be"), mode_of("no-more")), (0o444, 0o644));
    pair.assert_equal();
    pair.sync().idle();
}
