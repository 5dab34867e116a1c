//! What was renamed on one side is renamed on the other: nothing is copied, and no shortcut installs an old version.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::harness::{Pair, Report, read};
use crate::machine::{inode, set_mode};

/// A pair in step whose files are old enough for their times to be trusted.
fn settled(tree: &[(&str, &str)]) -> Pair {
    let pair = Pair::default();
    pair.write(Left, tree);
    for (path, _) in tree.iter().filter(|(path, _)| !path.ends_with('/')) {
        age(&pair.left(path), 100);
    }
    let _ = pair.sync().clean();
    pair
}

fn age(path: &Path, secs: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(secs)).unwrap();
}

fn sorted(report: Report) -> Vec<String> {
    let mut changes = report.clean().changes;
    changes.sort();
    changes
}

#[test]
fn a_renamed_file_is_the_same_file_under_its_new_name_on_the_other_side() {
    let pair = settled(&[("a/old", "content"), ("b/x", "other")]);
    let before = inode(&pair.right("a/old"));
    fs::rename(pair.left("a/old"), pair.left("b/new")).unwrap();
    assert_eq!(sorted(pair.sync()), ["R rename a/old → b/new"]);
    assert_eq!(inode(&pair.right("b/new")), before);
    assert!(pair.trash(Right).is_empty(), "nothing was deleted");
    pair.assert_equal();
    pair.sync().idle();
    pair.sync().idle();
}

#[test]
fn a_renamed_folder_is_moved_file_by_file_and_what_was_edited_in_it_is_copied() {
    let pair = settled(&[("d/a", "1a"), ("d/sub/b", "2b"), ("d/sub/c", "3c"), ("d/e", "4e"), ("z", "5")]);
    let before = ["a", "sub/b"].map(|path| inode(&pair.right(&format!("d/{path}"))));
    fs::rename(pair.left("d"), pair.left("moved")).unwrap();
    fs::write(pair.left("moved/sub/c"), "edited").unwrap();
    fs::write(pair.left("moved/new"), "made").unwrap();
    let changes = sorted(pair.sync());
    assert_eq!(
        changes,
        [
            "R create moved",
            "R create moved/new",
            "R create moved/sub",
            "R create moved/sub/c",
            "R delete d",
            "R delete d/sub",
            "R delete d/sub/c",
            "R rename d/a → moved/a",
            "R rename d/e → moved/e",
            "R rename d/sub/b → moved/sub/b",
        ]
    );
    assert_eq!(["a", "sub/b"].map(|path| inode(&pair.right(&format!("moved/{path}")))), before);
    assert_eq!(pair.trash(Right).into_values().collect::<Vec<_>>(), ["3c"]);
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn what_is_ignored_in_a_renamed_folder_stays_where_it_is() {
    let mut pair = Pair::default();
    pair.config.ignore = vec!["*.o".to_owned()];
    pair.write(Left, &[("d/src.c", "source")]);
    let _ = pair.sync().clean();
    pair.write(Right, &[("d/src.o", "object"), ("d/sub/x.o", "object too")]);
    fs::rename(pair.left("d"), pair.left("e")).unwrap();
    let _ = pair.sync().clean();
    assert_eq!(read(pair.right("e/src.c")), "source");
    assert_eq!(read(pair.right("d/src.o")), "object");
    assert_eq!(read(pair.right("d/sub/x.o")), "object too");
    assert!(!pair.right("d/src.c").exists() && !pair.right("e/src.o").exists());
}

#[test]
fn moved_and_edited_with_the_time_put_back_is_no_rename() {
    let pair = settled(&[("a/f", "version 0")]);
    let time = pair.left("a/f").metadata().unwrap().modified().unwrap();
    fs::create_dir(pair.left("b")).unwrap();
    fs::rename(pair.left("a/f"), pair.left("b/f")).unwrap();
    fs::write(pair.left("b/f"), "version 1").unwrap();
    fs::File::options().write(true).open(pair.left("b/f")).unwrap().set_modified(time).unwrap();
    let _ = pair.sync().clean();
    assert_eq!(read(pair.right("b/f")), "version 1");
    assert_eq!(pair.trash(Right).into_values().collect::<Vec<_>>(), ["version 0"]);
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn permission_bits_and_time_changed_with_the_rename_arrive_with_it() {
    let pair = settled(&[("old", "content")]);
    fs::rename(pair.left("old"), pair.left("new")).unwrap();
    set_mode(pair.left("new"), 0o700);
    age(&pair.left("new"), 5_000);
    assert_eq!(sorted(pair.sync()), ["R rename old → new"]);
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn a_file_saved_anew_under_another_name_is_found_by_its_content() {
    let pair = settled(&[("report", "the same long text")]);
    let before = inode(&pair.right("report"));
    fs::copy(pair.left("report"), pair.left("report.txt")).unwrap();
    fs::remove_file(pair.left("report")).unwrap();
    assert_eq!(sorted(pair.sync()), ["R rename report → report.txt"]);
    assert_eq!(inode(&pair.right("report.txt")), before);
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn empty_files_are_never_taken_for_renamed_ones() {
    let pair = settled(&[("one", ""), ("two", "x")]);
    fs::remove_file(pair.left("one")).unwrap();
    fs::write(pair.left("other"), "").unwrap();
    assert_eq!(sorted(pair.sync()), ["R create other", "R delete one"]);
}

#[test]
fn a_file_and_a_folder_that_exchange_their_names_arrive_exchanged() {
    let pair = settled(&[("a", "file"), ("b/f", "inside")]);
    fs::rename(pair.left("a"), pair.left("tmp")).unwrap();
    fs::rename(pair.left("b"), pair.left("a")).unwrap();
    fs::rename(pair.left("tmp"), pair.left("b")).unwrap();
    let _ = pair.sync().clean();
    assert_eq!(read(pair.right("b")), "file");
    assert_eq!(read(pair.right("a/f")), "inside");
    pair.sync().idle();
}

#[test]
fn a_folder_renamed_back_and_forth_and_one_replaced_by_a_file_of_the_same_content_arrive() {
    let pair = settled(&[("d/f", "content"), ("d/g", "more"), ("k/deep/er", "deep")]);
    fs::rename(pair.left("d/f"), pair.left("f")).unwrap();
    fs::remove_file(pair.left("d/g")).unwrap();
    fs::remove_dir(pair.left("d")).unwrap();
    fs::rename(pair.left("f"), pair.left("d")).unwrap();
    fs::rename(pair.left("k/deep"), pair.left("j")).unwrap();
    let _ = pair.sync().clean();
    assert_eq!(read(pair.right("d")), "content");
    assert_eq!(read(pair.right("j/er")), "deep");
    pair.assert_equal();
    pair.sync().idle();
    fs::rename(pair.right("j"), pair.right("k/deep")).unwrap();
    let _ = pair.sync().clean();
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn a_rename_is_undone_as_a_rename() {
    let pair = settled(&[("d/a", "1"), ("d/b", "2"), ("x", "3")]);
    let before = crate::harness::tree(&pair.config.right);
    let inode_before = inode(&pair.right("d/a"));
    fs::rename(pair.left("d"), pair.left("e")).unwrap();
    set_mode(pair.left("e/a"), 0o600);
    let _ = pair.sync().clean();
    let run = *pair.n_runs.lock().unwrap();
    let _ = pair.undo(run).clean();
    assert_eq!(crate::harness::tree(&pair.config.right), before);
    assert_eq!(inode(&pair.right("d/a")), inode_before);
    // An undo can be undone.
    let _ = pair.undo(run + 1).clean();
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn a_renamed_file_that_somebody_changes_meanwhile_stays_and_is_told() {
    let pair = settled(&[("f", "version 0")]);
    fs::rename(pair.left("f"), pair.left("g")).unwrap();
    let preview = pair.preview();
    assert_eq!(preview.changes, ["R rename f → g"]);
    fs::write(pair.right("f"), "mine").unwrap();
    let report = pair.sync();
    // Edited on the right and gone from the left: the edit comes back, and the file under its new name arrives.
    assert!(report.problems.is_empty(), "{report:?}");
    assert_eq!((read(pair.left("f")), read(pair.right("g"))), ("mine".to_owned(), "version 0".to_owned()));
}
