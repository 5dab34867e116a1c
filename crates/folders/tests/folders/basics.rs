//! What a run does when nothing goes wrong.

use std::fs;

use syncmgr_folders::{ConflictPolicy, Mode, Resolution, Rule};
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::status::ItemStatus;

use crate::harness::{ITEM, Pair, read, tree};
use crate::machine::{LINKS, mtime, set_mode, symlink};

#[test]
fn a_first_run_makes_both_sides_equal_and_the_second_has_nothing_to_do() {
    let pair = Pair::default();
    pair.write(Left, &[("d/e/f", "1"), ("d/g", "2"), ("h", ""), ("empty/", "")]);
    pair.write(Right, &[("d/x", "3"), ("y", "4")]);
    symlink("../h", pair.left("d/link")).unwrap();
    set_mode(pair.left("d/g"), 0o751);
    set_mode(pair.left("empty"), 0o700);
    let report = pair.sync().clean();
    assert_eq!(report.totals.left_changes, 2);
    assert_eq!(report.totals.right_changes, 5 + u64::from(LINKS));
    pair.assert_equal();
    assert_eq!(read(pair.left("y")), "4");
    pair.sync().idle();
    pair.sync().idle();
}

#[test]
fn folder_times_of_what_was_made_are_those_of_the_original() {
    let pair = Pair::synced(&[("d/e/f", "1"), ("d/g", "2")]);
    for path in ["", "d", "d/e"] {
        assert_eq!(
            mtime(&pair.left(path).metadata().unwrap()),
            mtime(&pair.right(path).metadata().unwrap()),
            "`{path}`"
        );
    }
}

#[test]
fn changes_of_every_kind_flow_both_ways() {
    let pair = Pair::synced(&[("a", "1"), ("b", "1"), ("c/d", "1"), ("c/e", "1"), ("s", "1"), ("t", "1")]);
    fs::write(pair.left("a"), "22").unwrap();
    fs::write(pair.right("b"), "9").unwrap();
    fs::remove_dir_all(pair.left("c")).unwrap();
    fs::rename(pair.right("s"), pair.right("s2")).unwrap();
    set_mode(pair.right("t"), 0o400);
    pair.write(Right, &[("n/m", "5")]);
    let report = pair.sync().clean();
    let mut changes = report.changes;
    changes.sort();
    assert_eq!(
        changes,
        [
            "L attributes t",
            "L create n",
            "L create n/m",
            "L rename s → s2",
            "L update b",
            "R delete c",
            "R delete c/d",
            "R delete c/e",
            "R update a"
        ]
    );
    pair.assert_equal();
    assert_eq!(pair.trash(Right).keys().collect::<Vec<_>>(), ["a", "c/d", "c/e"]);
    assert_eq!(pair.trash(Right)["a"], "1");
    assert_eq!(pair.trash(Left)["b"], "1");
    pair.sync().idle();
}

#[cfg(unix)]
#[test]
fn a_folder_that_became_a_link_is_carried_over_and_taken_back() {
    let pair = Pair::synced(&[("a", "1"), ("d/b", "1"), ("d/e/f", "1")]);
    fs::remove_dir_all(pair.left("d")).unwrap();
    symlink("a", pair.left("d")).unwrap();
    let _ = pair.sync().clean();
    pair.assert_equal();
    assert_eq!(fs::read_link(pair.right("d")).unwrap().to_str(), Some("a"));
    pair.sync().idle();
    let _ = pair.undo(2).clean();
    assert_eq!(read(pair.right("d/e/f")), "1");
}

#[test]
fn a_preview_tells_the_same_and_changes_nothing() {
    let pair = Pair::synced(&[("a", "1"), ("d/b", "1")]);
    fs::write(pair.left("a"), "22").unwrap();
    fs::remove_dir_all(pair.right("d")).unwrap();
    let before = (tree(&pair.config.left), tree(&pair.config.right));
    let preview = pair.preview().clean();
    assert_eq!((tree(&pair.config.left), tree(&pair.config.right)), before);
    let report = pair.sync().clean();
    assert_eq!(preview.changes, report.changes);
    assert_eq!(preview.totals, report.totals);
}

#[test]
fn conflicts_are_held_until_somebody_decides() {
    let pair = Pair::synced(&[("f", "1"), ("g.txt", "1"), ("h", "1")]);
    for path in ["f", "g.txt", "h"] {
        fs::write(pair.left(path), "left").unwrap();
        fs::write(pair.right(path), "right").unwrap();
    }
    for _ in 0..2 {
        let report = pair.sync();
        assert_eq!(report.conflicts, ["edit-edit f", "edit-edit g.txt", "edit-edit h"]);
        assert!(report.changes.is_empty());
        assert_eq!((read(pair.left("f")), read(pair.right("f"))), ("left".into(), "right".into()));
    }
    let decide = |path: &str, keep| {
        let mut options = pair.options();
        options.resolutions.push(Resolution { item: ITEM, path: path.into(), keep });
        pair.sync_with(options)
    };
    let _ = decide("f", ConflictPolicy::Right).clean();
    assert_eq!((read(pair.left("f")), read(pair.right("f"))), ("right".into(), "right".into()));
    assert_eq!(pair.trash(Left)["f"], "left");
    let _ = decide("g.txt", ConflictPolicy::Both).clean();
    assert_eq!(read(pair.right("g.txt")), "left");
    let copies: Vec<_> =
        tree(&pair.config.left).into_keys().filter(|path| path.contains("conflict-right")).collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!(read(pair.left(&copies[0])), "right");
    assert_eq!(pair.sync().conflicts, ["edit-edit h"]);
    let _ = decide("h", ConflictPolicy::Left).clean();
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn a_conflict_policy_settles_in_the_run_itself() {
    for (policy, left, right, n_files) in [
        (ConflictPolicy::Left, "left", "left", 1),
        (ConflictPolicy::Right, "right", "right", 1),
        (ConflictPolicy::Newer, "right", "right", 1),
        (ConflictPolicy::Both, "left", "left", 2),
    ] {
        let mut pair = Pair::synced(&[("f", "1")]);
        pair.config.conflict = policy;
        fs::write(pair.left("f"), "left").unwrap();
        fs::write(pair.right("f"), "right").unwrap();
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        fs::File::options().write(true).open(pair.right("f")).unwrap().set_modified(later).unwrap();
        let _ = pair.sync().clean();
        pair.assert_equal();
        assert_eq!((read(pair.left("f")), read(pair.right("f"))), (left.into(), right.into()), "{policy}");
        assert_eq!(tree(&pair.config.left).len(), n_files, "{policy}");
        pair.sync().idle();
    }
}

#[test]
fn a_replica_becomes_what_the_left_is_and_the_left_stays_untouched() {
    let mut pair = Pair::default();
    pair.config.mode = Mode::OneWayReplica;
    pair.write(Left, &[("a", "1"), ("d/b", "2")]);
    pair.write(Right, &[("a", "other"), ("x/y", "3")]);
    let before = tree(&pair.config.left);
    let _ = pair.sync().clean();
    pair.assert_equal();
    assert_eq!(tree(&pair.config.left), before);
    assert!(!pair.left(".syncmgr").exists(), "a root that is only read gets nothing of ours");
    assert_eq!(pair.trash(Right).keys().collect::<Vec<_>>(), ["a", "x/y"]);
    pair.sync().idle();
}

#[test]
fn ignored_content_is_neither_sent_nor_removed() {
    let mut pair = Pair::synced(&[("keep", "1"), ("cache/a", "1"), ("d/src.c", "1")]);
    pair.config.ignore = vec!["cache/".into(), "*.o".into()];
    pair.write(Right, &[("d/src.o", "1"), ("d/sub/x.o", "1")]);
    fs::remove_dir_all(pair.left("cache")).unwrap();
    fs::remove_dir_all(pair.left("d")).unwrap();
    for _ in 0..3 {
        let _ = pair.sync().clean();
        assert!(pair.right("cache/a").exists(), "an ignored deletion does not travel");
        assert!(pair.right("d/src.o").exists() && pair.right("d/sub/x.o").exists());
        assert!(!pair.right("d/src.c").exists() && !pair.left("d").exists());
    }
    pair.config.ignore.clear();
    let _ = pair.sync().clean();
    assert!(pair.left("cache/a").exists(), "no longer ignored: a union");
    pair.assert_equal();
}

#[test]
fn undo_brings_back_what_was_before_the_run() {
    let pair = Pair::synced(&[("a", "1"), ("b", "1"), ("d/e", "1"), ("d/f", "1"), ("t", "1")]);
    fs::write(pair.left("a"), "22").unwrap();
    fs::write(pair.right("b"), "new").unwrap();
    fs::remove_dir_all(pair.left("d")).unwrap();
    fs::remove_file(pair.left("t")).unwrap();
    fs::create_dir(pair.left("t")).unwrap();
    pair.write(Left, &[("n/m", "5"), ("t/u", "6")]);
    let before = (tree(&pair.config.left), tree(&pair.config.right));
    let changed = pair.sync().clean();
    pair.assert_equal();
    let _ = pair.undo(2).clean();
    assert_eq!((tree(&pair.config.left), tree(&pair.config.right)), before);
    let again = pair.sync().clean();
    assert_eq!(again.changes, changed.changes, "after an undo the run can be had again");
    pair.assert_equal();
    pair.sync().idle();
}

#[test]
fn an_undo_leaves_alone_what_was_changed_since_and_tells_it_as_a_conflict() {
    let pair = Pair::synced(&[("a", "1"), ("b", "1")]);
    fs::write(pair.left("a"), "22").unwrap();
    fs::write(pair.left("b"), "22").unwrap();
    let _ = pair.sync().clean();
    fs::write(pair.right("a"), "later").unwrap();
    let report = pair.undo(2);
    assert_eq!(report.conflicts, ["edit-edit a"]);
    assert_eq!((read(pair.right("a")), read(pair.right("b"))), ("later".into(), "1".into()));
}

#[test]
fn a_conflict_settled_by_keeping_both_can_be_undone() {
    let mut pair = Pair::synced(&[("f", "1")]);
    pair.config.conflict = ConflictPolicy::Both;
    fs::write(pair.left("f"), "left").unwrap();
    fs::write(pair.right("f"), "right").unwrap();
    let before = (tree(&pair.config.left), tree(&pair.config.right));
    let _ = pair.sync().clean();
    let _ = pair.undo(2).clean();
    assert_eq!((tree(&pair.config.left), tree(&pair.config.right)), before);
}

#[test]
fn a_root_that_is_gone_emptied_exchanged_or_a_file_halts_and_the_other_side_keeps_everything() {
    let names: Vec<String> = (0..100).map(|i| format!("f{i}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&name[..], "1")).collect();
    type Break = fn(&Pair);
    let cases: [(&str, Break); 5] = [
        ("root-missing", |pair| fs::remove_dir_all(&pair.config.left).unwrap()),
        ("root-emptied", |pair| {
            for path in tree(&pair.config.left).keys() {
                fs::remove_file(pair.left(path)).unwrap();
            }
        }),
        ("root-emptied", |pair| {
            fs::remove_dir_all(&pair.config.left).unwrap();
            fs::create_dir(&pair.config.left).unwrap();
        }),
        ("root-type-changed", |pair| {
            fs::remove_dir_all(&pair.config.left).unwrap();
            fs::write(&pair.config.left, "").unwrap();
        }),
        ("replica-exchanged", |pair| {
            fs::remove_dir_all(&pair.config.left).unwrap();
            fs::create_dir(&pair.config.left).unwrap();
            fs::write(pair.left("other"), "1").unwrap();
        }),
    ];
    for (rule, break_it) in cases {
        let pair = Pair::synced(&files);
        let before = tree(&pair.config.right);
        break_it(&pair);
        let report = pair.sync();
        assert_eq!(report.halts, [rule]);
        assert_eq!(report.status, Some(ItemStatus::Failed));
        assert!(report.changes.is_empty());
        assert_eq!(tree(&pair.config.right), before, "{rule}");
    }
}

#[test]
fn a_halt_passes_when_it_is_allowed() {
    let names: Vec<String> = (0..100).map(|i| format!("f{i}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&name[..], "1")).collect();
    let emptied = || {
        let pair = Pair::synced(&files);
        files.iter().for_each(|(path, _)| fs::remove_file(pair.left(path)).unwrap());
        pair
    };
    let allow = |pair: &Pair, rule| {
        let mut options = pair.options();
        options.allow.push(rule);
        pair.sync_with(options).clean()
    };
    let pair = emptied();
    let _ = allow(&pair, Rule::RootEmptied);
    assert!(tree(&pair.config.right).is_empty());
    assert_eq!(pair.trash(Right).len(), 100);
    pair.sync().idle();
    let pair = emptied();
    let _ = allow(&pair, Rule::ReplicaExchanged);
    assert_eq!(tree(&pair.config.left).len(), 100, "filled again from the right");
    pair.sync().idle();
    let pair = Pair::synced(&files);
    files[..60].iter().for_each(|(path, _)| fs::remove_file(pair.left(path)).unwrap());
    assert_eq!(pair.sync().halts, ["too-many-deletions"]);
    assert_eq!(tree(&pair.config.right).len(), 100);
    let _ = allow(&pair, Rule::TooManyDeletions);
    pair.assert_equal();
}

#[test]
fn a_run_that_would_overwrite_nearly_everything_halts_until_it_is_allowed() {
    let names: Vec<String> = (0..60).map(|i| format!("f{i}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&name[..], "1")).collect();
    let pair = Pair::synced(&files);
    for name in &names {
        fs::write(pair.left(name), "scrambled").unwrap();
    }
    let report = pair.sync();
    assert_eq!(report.halts, ["too-many-overwrites"]);
    assert_eq!(read(pair.right("f0")), "1");
    let mut options = pair.options();
    options.allow = vec![Rule::TooManyOverwrites];
    let _ = pair.sync_with(options).clean();
    assert_eq!(read(pair.right("f0")), "scrambled");
    assert_eq!(pair.trash(Right).len(), 60);
}

#[test]
fn a_thousand_renamed_files_are_no_deletions() {
    let names: Vec<String> = (0..1000).map(|i| format!("d/f{i}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&name[..], &name[..])).collect();
    let pair = Pair::synced(&files);
    fs::rename(pair.left("d"), pair.left("e")).unwrap();
    let report = pair.sync().clean();
    assert!(pair.trash(Right).is_empty(), "{} changes", report.changes.len());
    pair.assert_equal();
}

#[test]
fn an_item_that_means_another_folder_halts_and_one_that_was_moved_does_not() {
    let mut pair = Pair::synced(&[("a", "1"), ("b", "2")]);
    // The same directory under another path.
    fs::rename(&pair.config.left, pair.dir.path().join("moved")).unwrap();
    pair.config.left = pair.dir.path().join("moved");
    pair.sync().idle();
    // A copy of it, marker included, that lacks a file.
    let copy = pair.dir.path().join("copy");
    fs::create_dir_all(copy.join(".syncmgr")).unwrap();
    fs::copy(pair.left(".syncmgr/replica"), copy.join(".syncmgr/replica")).unwrap();
    fs::write(copy.join("a"), "1").unwrap();
    pair.config.left = copy;
    assert_eq!(pair.sync().halts, ["configuration-changed"]);
    assert_eq!(read(pair.right("b")), "2");
    let mut options = pair.options();
    options.allow = vec![Rule::ConfigurationChanged];
    let report = pair.sync_with(options).clean();
    assert_eq!(report.changes, ["R attributes a", "R delete b"]);
    pair.sync().idle();
}
