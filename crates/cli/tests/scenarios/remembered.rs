//! AR: what a pair remembers, lost, damaged, old or foreign. MP: two engines at once. IG: ignore rules.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use syncmgr_folders::fs::faulty::Call;
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::apart::{die_if_told, killed_at};
use crate::world::{World, before_placing, noise};

/// A hundred equal files, five on each side alone, and five that differ.
fn union() -> Arc<World> {
    let world = World::new();
    (0..100).for_each(|i| world.write(Left, &format!("same{i}"), noise(200, i)));
    let _ = world.run().clean();
    for i in 0..5 {
        world.write(Left, &format!("left{i}"), format!("left {i}"));
        world.write(Right, &format!("right{i}"), format!("right {i}"));
        world.write(Left, &format!("same{i}"), format!("left version {i}"));
        world.write(Right, &format!("same{i}"), format!("right version {i}"));
    }
    world
}

#[test]
fn ar1_without_a_baseline_both_sides_are_united_and_nothing_is_deleted() {
    let world = union();
    fs::remove_file(world.state("baseline")).unwrap();
    let report = world.run().in_conflict(&["same0", "same1", "same2", "same3", "same4"]);
    assert_eq!(report.changes.len(), 10, "what is equal is not copied: {:?}", report.changes);
    assert_eq!((world.trash(Left).len(), world.trash(Right).len()), (0, 0));
    let _ = world.settle().in_conflict(&["same0", "same1", "same2", "same3", "same4"]);
    assert_eq!(world.names(Left).len(), 110);
    // Everything the pair remembers is gone: the same.
    let world = union();
    fs::remove_dir_all(world.state("")).unwrap();
    let _ = world.settle().in_conflict(&["same0", "same1", "same2", "same3", "same4"]);
    assert_eq!(world.names(Right).len(), 110);
}

#[test]
fn ar2_from_a_damaged_baseline_no_deletion_and_no_overwriting_is_derived() {
    let world = World::new();
    (0..30).for_each(|i| world.write(Left, &format!("f{i}"), format!("content {i}")));
    let _ = world.run().clean();
    let older = fs::read(world.state("baseline")).unwrap();
    world.write(Left, "later", "1");
    let _ = world.run().clean();
    let whole = fs::read(world.state("baseline")).unwrap();
    let flipped = (0..50).map(|i| {
        let mut bytes = whole.clone();
        let at = i * 7919 % whole.len();
        bytes[at] ^= 1 << (i % 8);
        bytes
    });
    let cut = (0..20).map(|i| whole[..whole.len() * i / 20].to_vec());
    for damaged in flipped.chain(cut).chain([vec![0; whole.len()], older.clone()]) {
        let is_older = damaged == older;
        fs::write(world.state("baseline"), &damaged).unwrap();
        // A deletion that only the baseline can tell from a creation.
        let gone = fs::read(world.left("f7")).unwrap();
        world.remove(Left, "f7");
        let report = world.run();
        let deleted = report.changes.iter().any(|change| change.contains("delete"));
        assert!(is_older || !deleted, "{report:#?}");
        if !world.is_there(Left, "f7") {
            world.write(Left, "f7", gone);
        }
        let _ = world.run();
        assert_eq!(world.differences(), Vec::<String>::new());
    }
    let _ = world.settle().clean();
}

#[test]
fn ar3_a_baseline_of_last_week_beside_equal_sides_changes_nothing() {
    let world = World::new();
    (0..60).for_each(|i| world.write(Left, &format!("f{i}"), format!("content {i}")));
    let _ = world.run().clean();
    let old = fs::read(world.state("baseline")).unwrap();
    (0..20).for_each(|i| world.write(Left, &format!("f{i}"), format!("edited {i}")));
    (20..40).for_each(|i| world.remove(Right, &format!("f{i}")));
    let _ = world.run().clean();
    (0..20).for_each(|i| world.write(Right, &format!("n{i}"), format!("new {i}")));
    (40..50).for_each(|i| world.rename(Left, &format!("f{i}"), &format!("r{i}")));
    let _ = world.run().clean();
    fs::write(world.state("baseline"), old).unwrap();
    let report = world.run().clean();
    assert!(report.changes.is_empty(), "{report:#?}");
    let _ = world.settle().clean();
}

#[test]
fn ar4_what_failed_is_not_recorded_as_done() {
    let world = World::synced(&[("f", "v0"), ("g", "1"), ("rest", "r")]);
    world.write(Left, "f", "v1");
    world.chmod(Left, "g", 0o600);
    let report = world.run_hooked(|call, name| {
        let is_it = matches!(call, Call::Rename | Call::HardLink | Call::SetAttributes)
            && (name == b"f" || name == b"g");
        if is_it { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    });
    let _ = report.problems_with(&["f", "g"]);
    let mut changes = world.run().clean().changes;
    changes.sort();
    assert_eq!(changes, ["R attributes g", "R update f"]);
    let _ = world.settle().clean();
}

#[test]
fn ar5_when_the_marker_of_one_side_is_not_the_remembered_one_the_pair_halts() {
    // One file remembers both sides, so halves cannot part; what can be exchanged is a side.
    let world = World::synced(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
    let marker = fs::read_to_string(world.right(".syncmgr/replica")).unwrap();
    fs::write(world.right(".syncmgr/replica"), marker.replace("id ", "id f")).unwrap();
    world.remove(Right, "a");
    let _ = world.run().halted("replica-exchanged");
    assert_eq!(world.read(Left, "a"), "1");
    fs::write(world.right(".syncmgr/replica"), marker).unwrap();
    let _ = world.settle().clean();
    world.both_lack("a");
}

#[test]
fn mp1_a_second_run_of_a_pair_is_refused_by_the_name_of_the_first() {
    let world = World::new();
    (0..100).for_each(|i| world.write(Left, &format!("f{i:03}"), format!("{i}")));
    let second = Arc::new(std::sync::Mutex::new(None));
    let told = Arc::clone(&second);
    let (acted, report) = world.run_meddled(before_placing("f050"), move |world| {
        let config = world.config().clone();
        let factory =
            syncmgr_folders::FolderHandlerFactory::new(vec![config], world.options(), world.surroundings());
        let none = syncmgr_handler::model::event::Modifiers::empty();
        let go = Arc::new(|_: &syncmgr_handler::model::progress::ProgressUpdate<'_>| {
            syncmgr_handler::model::verdict::Verdict::Go
        });
        *told.lock().unwrap() = Some(crate::told::run(&factory, none, go).remove(0).1);
    });
    assert!(acted);
    let _ = report.clean();
    let second = second.lock().unwrap().take().unwrap();
    let holder = format!("process {} on here", std::process::id());
    assert!(second.entries.iter().any(|entry| entry.contains(&holder)), "{second:#?}");
    assert!(second.changes.is_empty());
    let _ = world.settle().clean();
}

#[test]
fn mp2_the_lock_of_a_killed_run_holds_nobody_up_not_even_after_a_reboot() {
    const THIS: &str = "remembered::mp2_the_lock_of_a_killed_run_holds_nobody_up_not_even_after_a_reboot";
    die_if_told();
    let world = World::new();
    (0..20).for_each(|i| world.write(Left, &format!("f{i}"), format!("{i}")));
    assert!(killed_at(THIS, &world, 40));
    // After a reboot its number belongs to somebody else: here, to this very process.
    assert!(fs::read_to_string(world.state("lock")).unwrap().starts_with("process "));
    fs::write(world.state("lock"), format!("process {} on here", std::process::id())).unwrap();
    let _ = world.settle().clean();
    assert_eq!(world.names(Right).len(), 20);
}

#[test]
fn mp3_another_program_that_writes_all_the_time_is_never_overwritten_and_the_pair_converges() {
    let world = World::new();
    world.config().budget.overwrites = 100;
    (0..50).for_each(|i| world.write(Left, &format!("f{i}"), format!("v0 {i}")));
    let _ = world.run().clean();
    for round in 0..5 {
        (0..50).for_each(|i| world.write(Left, &format!("f{i}"), format!("round {round}, file {i}")));
        // The other program writes the same files on the right, one after the other, while they are being replaced.
        let (other, busy) = (Arc::clone(&world), Arc::new(AtomicBool::new(false)));
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let written = Arc::clone(&count);
        let report = world.run_hooked(move |call, _| {
            if call == Call::Rename && !busy.swap(true, Ordering::SeqCst) {
                let i = count.fetch_add(1, Ordering::SeqCst);
                other.write(
                    Right,
                    &format!("f{}", i * 3 % 50),
                    format!("other program, round {round}, write {i}"),
                );
                busy.store(false, Ordering::SeqCst);
            }
            Ok(())
        });
        assert!(report.halts.is_empty() && written.load(Ordering::SeqCst) > 10, "{report:#?}");
        world.config().conflict = syncmgr_folders::ConflictPolicy::Newer;
        let _ = world.run();
        world.config().conflict = syncmgr_folders::ConflictPolicy::Hold;
    }
    world.config().conflict = syncmgr_folders::ConflictPolicy::Both;
    let _ = world.settle().clean();
}

#[test]
fn ig1_a_rule_for_what_is_in_step_lets_go_of_it_on_both_sides() {
    let world = World::new();
    (0..50).for_each(|i| world.write(Left, &format!("cache/f{i}"), format!("{i}")));
    world.write(Left, "keep", "1");
    let _ = world.run().clean();
    world.config().ignore = vec!["cache/".into()];
    world.leave_out("cache");
    let report = world.run().clean();
    assert!(report.changes.is_empty(), "{report:#?}");
    world.remove(Left, "cache");
    world.write(Left, "keep", "2");
    let _ = world.settle().clean();
    assert_eq!((world.read(Right, "cache/f7"), world.read(Right, "keep")), ("7".into(), "2".into()));
    world.write(Right, "cache/x", "edited");
    let _ = world.settle().clean();
    assert!(!world.is_there(Left, "cache"));
}

#[test]
fn ig2_a_rule_taken_away_unites_both_sides() {
    let world = World::synced(&[("a", "1")]);
    world.config().ignore = vec!["foo".into()];
    world.leave_out("foo");
    world.write(Right, "foo/bar", "only here");
    let _ = world.run().clean();
    assert!(!world.is_there(Left, "foo"));
    world.config().ignore.clear();
    let _ = world.settle().clean();
    world.both_hold("foo/bar", "only here");
}

#[test]
fn ig3_a_deleted_folder_stays_where_it_holds_what_is_ignored() {
    let world = World::synced(&[("d/src.c", "code"), ("rest", "1")]);
    world.config().ignore = vec!["*.o".into()];
    world.fill(Right, &[("d/src.o", "object"), ("d/sub/x.o", "object too")]);
    world.remove(Left, "d");
    let report = world.run();
    assert!(report.accounts_for("d"), "what stays is told: {report:#?}");
    for _ in 0..3 {
        let report = world.run();
        assert!(report.changes.is_empty(), "{report:#?}");
        assert!(!world.is_there(Left, "d") && !world.is_there(Right, "d/src.c"));
        assert_eq!(
            (world.read(Right, "d/src.o"), world.read(Right, "d/sub/x.o")),
            ("object".into(), "object too".into())
        );
    }
    assert!(world.trashed(Right, "d/src.c", "code"));
}

#[test]
fn ig4_an_exception_below_an_ignored_folder_holds_where_its_parents_are_let_in() {
    // As in gitignore: what is below an ignored folder stays ignored, and a folder whose content is ignored is not.
    for (rules, arrives) in
        [(["d/", "!d/keep/**"], false), (["d/*", "!d/keep/"], true), (["/d/*", "!/d/keep/"], true)]
    {
        let world = World::synced(&[("rest", "1")]);
        world.config().ignore = rules.map(str::to_owned).to_vec();
        world.fill(Left, &[("d/keep/x", "x"), ("d/other/y", "y")]);
        let _ = world.run().clean();
        assert_eq!(world.is_there(Right, "d/keep/x"), arrives, "{rules:?}");
        assert!(!world.is_there(Right, "d/other"), "{rules:?}");
        world.remove(Left, "d/keep/x");
        let _ = world.run().clean();
        assert!(!world.is_there(Right, "d/keep/x"), "{rules:?}");
        let report = world.run().clean();
        assert!(report.changes.is_empty() && world.read(Left, "d/other/y") == "y");
    }
}

#[test]
fn ig5_a_preview_under_new_rules_changes_neither_sides_nor_memory() {
    let world = World::new();
    (0..50).for_each(|i| world.write(Left, &format!("cache/f{i}"), format!("{i}")));
    world.write(Left, "keep", "1");
    let _ = world.run().clean();
    let portraits = |world: &World| {
        let mut all =
            vec![crate::census::portrait(&world.root(Left)), crate::census::portrait(&world.root(Right))];
        // The lock is opened to keep others out.
        let mut state = crate::census::portrait(&world.state(""));
        state.retain(|path, _| path != "lock");
        all.push(state);
        all
    };
    let before = portraits(&world);
    world.config().ignore = vec!["cache/".into()];
    let _ = world.preview().clean();
    assert_eq!(portraits(&world), before);
    world.config().ignore.clear();
    let report = world.settle().clean();
    assert!(report.changes.is_empty());
    // A deletion is one again, as if the rules had never been there.
    world.remove(Left, "cache/f7");
    let _ = world.run().clean();
    world.both_lack("cache/f7");
}
