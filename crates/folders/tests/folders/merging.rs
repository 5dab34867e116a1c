//! Conflicts looked at, and settled with a text that somebody wrote.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{Held, Merged, Mode, RunOptions, last_agreed, last_content, versions};
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{ITEM, Pair, Report, read, tree};
use crate::machine::{mode, set_mode, tried};

/// A pair whose file `d/f` both sides changed; `other` was changed on the left.
pub(crate) fn conflicting() -> Pair {
    let pair = Pair::synced(&[("d/f", "agreed"), ("other", "agreed too")]);
    fs::write(pair.left("d/f"), "left version").unwrap();
    fs::write(pair.right("d/f"), "right version!").unwrap();
    assert_eq!(pair.sync().conflicts, ["edit-edit d/f"]);
    pair
}

pub(crate) fn options(pair: &Pair, text: &str) -> RunOptions {
    let (path, text) = (b"d/f".to_vec(), text.into());
    RunOptions { merged: Some(Merged { item: ITEM, path, text, seen: None }), ..pair.options() }
}

pub(crate) fn merge(pair: &Pair, text: &str) -> Report {
    pair.sync_with(options(pair, text))
}

/// The number of the last session.
fn last_session(pair: &Pair) -> u128 {
    *pair.n_runs.lock().unwrap()
}

#[test]
fn a_text_becomes_the_file_on_both_sides_and_both_versions_are_in_the_trash() {
    let pair = conflicting();
    set_mode(pair.left("d/f"), 0o444);
    fs::write(pair.left("other"), "not about this one").unwrap();
    let report = merge(&pair, "merged").clean();
    assert_eq!(report.changes, ["L update d/f", "R update d/f"]);
    assert_eq!((report.totals.left_changes, report.totals.right_changes), (1, 1));
    assert_eq!((read(pair.left("d/f")), read(pair.right("d/f"))), ("merged".into(), "merged".into()));
    assert_eq!(mode(&fs::metadata(pair.left("d/f")).unwrap()), 0o444);
    assert_eq!(mode(&fs::metadata(pair.right("d/f")).unwrap()), 0o444);
    assert_eq!(pair.trash(Left)["d/f"], "left version");
    assert_eq!(pair.trash(Right)["d/f"], "right version!");
    assert_eq!(read(pair.right("other")), "agreed too", "nothing else is treated");
    let _ = pair.sync().clean();
    pair.sync().idle();
    pair.assert_equal();
}

#[test]
fn what_a_merge_did_is_undone_as_a_whole_and_is_a_conflict_again() {
    let pair = conflicting();
    let _ = merge(&pair, "merged").clean();
    let _ = pair.undo(last_session(&pair)).clean();
    assert_eq!(
        (read(pair.left("d/f")), read(pair.right("d/f"))),
        ("left version".into(), "right version!".into())
    );
    assert_eq!(pair.sync().conflicts, ["edit-edit d/f"]);
    assert_eq!(read(pair.left("d/f")), "left version");
}

#[test]
fn what_was_edited_after_a_merge_is_not_undone() {
    for side in [Left, Right] {
        let pair = conflicting();
        let _ = merge(&pair, "merged").clean();
        let session = last_session(&pair);
        fs::write(pair.root(side).join("d/f"), "edited afterwards").unwrap();
        let report = pair.undo(session);
        assert_eq!(report.conflicts, ["edit-edit d/f"], "{side}");
        assert_eq!(read(pair.root(side).join("d/f")), "edited afterwards");
    }
}

#[test]
fn a_file_that_changed_since_it_was_compared_is_left_as_it_is() {
    for side in [Left, Right] {
        let pair = conflicting();
        let seen = Some(versions(&pair.config, b"d/f").unwrap().seen);
        let path = pair.root(side).join("d/f");
        fs::write(&path, "written meanwhile").unwrap();
        let before = [tree(&pair.config.left), tree(&pair.config.right)];
        let mut options = options(&pair, "merged");
        options.merged.as_mut().unwrap().seen = seen;
        let report = pair.sync_with(options);
        assert_eq!(report.problems, ["d/f: it has changed since it was compared; look at it again"]);
        assert_eq!(report.conflicts, ["edit-edit d/f"], "it is still open");
        assert_eq!([tree(&pair.config.left), tree(&pair.config.right)], before);
    }
}

#[test]
fn a_text_that_the_left_holds_already_is_only_carried_over() {
    let pair = conflicting();
    let report = merge(&pair, "left version").clean();
    assert_eq!(report.changes, ["R update d/f"]);
    let pair = conflicting();
    // A clock that ticks seldom would give both the same time, of which nothing is carried over.
    let earlier = fs::metadata(pair.left("d/f")).unwrap().modified().unwrap() - Duration::from_secs(1);
    fs::File::options().write(true).open(pair.left("d/f")).unwrap().set_modified(earlier).unwrap();
    let report = merge(&pair, "right version!").clean();
    assert_eq!(report.changes, ["L update d/f", "R attributes d/f"], "only its time is carried over");
    pair.sync().idle();
}

#[test]
fn a_text_that_both_once_agreed_on_is_carried_over_like_any_other() {
    let pair = conflicting();
    let _ = merge(&pair, "agreed").clean();
    assert_eq!((read(pair.left("d/f")), read(pair.right("d/f"))), ("agreed".into(), "agreed".into()));
    pair.sync().idle();
}

#[test]
fn in_a_one_way_mode_the_merged_text_is_what_the_left_holds_from_now_on() {
    let mut pair = Pair::synced(&[("d/f", "agreed")]);
    pair.config.mode = Mode::OneWaySafe;
    fs::write(pair.right("d/f"), "right version!").unwrap();
    fs::remove_file(pair.left("d/f")).unwrap();
    assert_eq!(pair.sync().conflicts, ["edit-delete d/f"]);
    let report = merge(&pair, "merged").clean();
    assert_eq!(report.changes, ["L create d/f", "R update d/f"]);
    pair.sync().idle();
}

#[test]
fn a_root_that_was_emptied_halts_a_merge_before_anything_is_written() {
    let pair = conflicting();
    fs::remove_dir_all(&pair.config.right).unwrap();
    fs::create_dir(&pair.config.right).unwrap();
    let report = merge(&pair, "merged");
    assert_eq!(report.halts, ["root-emptied"]);
    assert_eq!(read(pair.left("d/f")), "left version");
}

/// Every content that can be found, on either side and in either trash.
fn everywhere(pair: &Pair) -> Vec<String> {
    let mut found = Vec::new();
    for side in [Left, Right] {
        let lines = tree(pair.root(side)).into_values();
        found.extend(lines.filter_map(|line| line.split_once("= ").map(|(_, content)| content.to_owned())));
        found.extend(pair.trash(side).into_values());
    }
    found
}

/// Merges with the `n`-th call that changes something failing, or that and all later ones. Tells whether it came to that.
fn disturbed(pair: &Pair, n: usize, error: io::ErrorKind, for_good: bool) -> (bool, Report) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let hook = move |call: Call, _: &[u8]| {
        if !call.is_mutating() {
            return Ok(());
        }
        let at = counted.fetch_add(1, Ordering::SeqCst);
        if at == n || for_good && at > n { Err(error.into()) } else { Ok(()) }
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    let report = pair.sync_on(faulty, options(pair, "merged"), Arc::new(|_| Verdict::Go));
    (count.load(Ordering::SeqCst) > n, report)
}

#[test]
fn cut_off_at_any_call_or_on_a_full_disk_a_merge_loses_nothing_and_can_be_made_again() {
    let ways = [(io::ErrorKind::Other, true), (io::ErrorKind::StorageFull, false)];
    for (turn, (error, for_good)) in ways.into_iter().enumerate() {
        for n in tried(turn) {
            let pair = conflicting();
            let (came, _) = disturbed(&pair, n, error, for_good);
            if !came {
                assert!(n > 10, "only {n} calls change something");
                break;
            }
            let found = everywhere(&pair);
            for content in ["left version", "right version!"] {
                assert!(
                    found.iter().any(|found| found == content),
                    "call {n}: `{content}` is lost: {found:?}"
                );
            }
            for side in [Left, Right] {
                let now = read(pair.root(side).join("d/f"));
                let whole = ["left version", "right version!", "merged"];
                assert!(whole.contains(&now.as_str()), "call {n}: `{now}` on the {side}");
            }
            // Whatever was reached: a plain run harms nothing, and the merge can be made again.
            let report = pair.sync();
            assert!(report.problems.is_empty() && report.halts.is_empty(), "call {n}: {report:?}");
            if !report.conflicts.is_empty() {
                let _ = merge(&pair, "merged").clean();
            }
            let held = [read(pair.left("d/f")), read(pair.right("d/f"))];
            assert_eq!(held, ["merged", "merged"], "call {n}");
            pair.sync().idle();
            for side in [Left, Right] {
                let staging = pair.root(side).join(".syncmgr/staging");
                let left_over = fs::read_dir(staging).into_iter().flatten().count();
                assert_eq!(left_over, 0, "call {n}: left over on the {side}");
            }
        }
    }
}

#[test]
fn what_both_last_agreed_on_is_known_and_found_in_the_trash() {
    let pair = conflicting();
    let last = last_agreed(&pair.config, &pair.surroundings(), b"d/f").unwrap().unwrap();
    assert!(matches!(last.held, Held::File(6, _)), "{last:?}");
    assert_eq!(last_content(&pair.config, &last, b"d/f", 100).unwrap(), None, "no trash holds it");
    let other = last_agreed(&pair.config, &pair.surroundings(), b"d/g").unwrap();
    assert_eq!(other, None);

    let pair = Pair::synced(&[("f", "first")]);
    let first = last_agreed(&pair.config, &pair.surroundings(), b"f").unwrap().unwrap();
    fs::write(pair.left("f"), "second").unwrap();
    let _ = pair.sync().clean();
    assert_eq!(last_content(&pair.config, &first, b"f", 100).unwrap(), Some(b"first".to_vec()));
    assert_eq!(last_content(&pair.config, &first, b"f", 4).unwrap(), None, "more than was asked for");
}
