//! CR: crashes and power cuts.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use syncmgr_folders::Durability;
use syncmgr_folders::fs::faulty::Call;
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::apart::{die_if_told, killed_at};
use crate::world::{World, noise};

#[test]
fn cr1_killed_at_any_changing_call_of_a_replacement_the_target_is_whole_and_the_next_run_completes() {
    const THIS: &str = "crash::cr1_killed_at_any_changing_call_of_a_replacement_the_target_is_whole_and_the_next_run_completes";
    die_if_told();
    let (old, new) = (noise(1 << 20, 1), noise(1 << 20, 2));
    for n in 0.. {
        let world = World::flushed();
        world.write(Left, "f", &old);
        let _ = world.run().clean();
        world.write(Left, "f", &new);
        let killed = killed_at(THIS, &world, n);
        let target = world.bytes(Right, "f");
        assert!(target == old || target == new, "killed at call {n}: {} bytes of neither", target.len());
        assert_eq!(world.bytes(Left, "f"), new);
        let _ = world.run().clean();
        assert_eq!(world.bytes(Right, "f"), new);
        world.nothing_is_staged();
        let _ = (n % 5 == 0 || !killed).then(|| world.settle().clean());
        if !killed {
            assert!(n > 10, "the run made only {n} changing calls");
            return;
        }
    }
}

#[test]
fn cr2_content_is_flushed_before_its_name_and_names_before_the_baseline() {
    let world = World::new();
    world.config().durability = Durability::Full;
    // At the top, so that each gets its place by itself and not with a new folder.
    (0..50).for_each(|i| world.write(Left, &format!("f{i}"), noise(10 << 10, i)));
    let calls = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&calls);
    let report = world.run_hooked(move |call, name| {
        noted.lock().unwrap().push((call, String::from_utf8_lossy(name).into_owned()));
        Ok(())
    });
    let _ = report.clean();
    let calls = calls.lock().unwrap();
    let is_placed = |(call, name): &(Call, String)| *call == Call::Rename && name.starts_with('f');
    let first_placed = calls.iter().position(is_placed).unwrap();
    let last_placed = calls.iter().rposition(is_placed).unwrap();
    let baseline = calls.iter().position(|(call, name)| *call == Call::Rename && name == "baseline").unwrap();
    let n = |call, range: std::ops::Range<usize>| calls[range].iter().filter(|made| made.0 == call).count();
    assert_eq!(calls.iter().filter(|made| is_placed(made)).count(), 50);
    assert!(n(Call::SyncFile, 0..first_placed) >= 50 || n(Call::SyncAll, 0..first_placed) > 0);
    assert!(n(Call::SyncDir, last_placed..baseline) > 0 || n(Call::SyncAll, last_placed..baseline) > 0);
}

#[test]
fn cr2_files_emptied_by_a_power_cut_are_told_and_what_they_replace_is_in_the_trash() {
    let world = World::new();
    (0..50).for_each(|i| world.write(Left, &format!("f{i}"), noise(10 << 10, i)));
    let _ = world.run().clean();
    for i in 0..20 {
        let at = world.right(&format!("f{i}"));
        let mtime = at.metadata().unwrap().modified().unwrap();
        let file = fs::File::options().write(true).open(&at).unwrap();
        file.set_len(0).unwrap();
        file.set_modified(mtime).unwrap();
    }
    let report = world.run();
    let told = report.entries.iter().any(|entry| entry.starts_with("warning") && entry.contains("20 files"));
    assert!(told, "{report:#?}");
    for i in 0..20 {
        let held = noise(10 << 10, i);
        let name = format!("f{i}");
        let is_kept = world.bytes(Left, &name) == held
            || world.trash(Left).iter().any(|(path, content)| *path == name && *content == held);
        assert!(is_kept, "{name}");
    }
    let _ = world.settle().clean();
}

#[test]
fn cr3_killed_at_any_changing_call_of_a_change_of_kind_everything_is_recoverable_and_the_next_run_completes()
{
    const THIS: &str = "crash::cr3_killed_at_any_changing_call_of_a_change_of_kind_everything_is_recoverable_and_the_next_run_completes";
    die_if_told();
    for n in 0.. {
        let world = World::flushed();
        world.write(Left, "x", "v0 of x");
        (0..6).for_each(|i| world.write(Left, &format!("d/f{i}"), format!("old {i}")));
        let _ = world.run().clean();
        world.remove(Left, "x");
        (0..3).for_each(|i| world.write(Left, &format!("x/n{i}"), format!("new {i}")));
        world.remove(Left, "d");
        world.write(Left, "d", "d is a file");
        // That each old content is on the right or in its trash is checked right after the kill.
        let killed = killed_at(THIS, &world, n);
        let report = world.run();
        assert!(report.says_in_step(), "killed at call {n}: {report:#?}");
        assert_eq!(world.read(Right, "d"), "d is a file");
        assert!(world.trashed(Right, "x", "v0 of x") && world.trashed(Right, "d/f5", "old 5"));
        world.nothing_is_staged();
        let _ = (n % 5 == 0 || !killed).then(|| world.settle().clean());
        if !killed {
            assert!(n > 25, "the run made only {n} changing calls");
            return;
        }
    }
}

#[test]
fn cr4_what_a_killed_run_left_is_never_taken_for_data_and_what_only_looks_like_it_is() {
    const THIS: &str =
        "crash::cr4_what_a_killed_run_left_is_never_taken_for_data_and_what_only_looks_like_it_is";
    die_if_told();
    for (from, to) in [(Left, Right), (Right, Left)] {
        let world = World::synced(&[("a", "1"), ("staging/1", "mine"), ("d/.syncmgr/staging/1", "mine too")]);
        world.write(from, "large", noise(6 << 20, 7));
        // In the middle of the large file: it takes twenty-four writes.
        assert!(killed_at(THIS, &world, 20));
        let staged = fs::read_dir(world.path(to, ".syncmgr/staging")).unwrap().count();
        assert_eq!(staged, 1, "the run was not cut off in the middle");
        world.remove(from, "large");
        world.write(to, "other way", "2");
        let _ = world.settle().clean();
        let names = world.names(from);
        assert_eq!(
            names,
            [
                "a",
                "d",
                "d/.syncmgr",
                "d/.syncmgr/staging",
                "d/.syncmgr/staging/1",
                "other way",
                "staging",
                "staging/1"
            ]
        );
    }
}

#[test]
fn cr6_a_run_killed_again_and_again_comes_to_its_end() {
    const THIS: &str = "crash::cr6_a_run_killed_again_and_again_comes_to_its_end";
    die_if_told();
    // Nothing waits for the disk, so that a number of calls is a measure of work done.
    let world = World::new();
    (0..2000).for_each(|i| world.write(Left, &format!("d{}/f{i}", i % 7), noise(500, i)));
    let missing = |world: &World| world.names(Left).len() - world.names(Right).len();
    let mut before = missing(&world);
    let mut rounds = 0;
    while killed_at(THIS, &world, 4500) {
        let now = missing(&world);
        assert!(now < before, "round {rounds}: {now} of {before} are still missing");
        before = now;
        rounds += 1;
    }
    assert!(rounds > 0, "it was never killed");
    let _ = world.settle().clean();
    assert!(world.trash(Left).is_empty() && world.trash(Right).is_empty());
}

#[test]
fn cr6_a_run_that_is_gone_on_with_does_not_copy_again_what_is_there() {
    let world = World::new();
    (0..300).for_each(|i| world.write(Left, &format!("f{i:03}"), noise(500, i)));
    let cut = Arc::new(AtomicBool::new(false));
    let is_cut = Arc::clone(&cut);
    let _cut_off = world.run_hooked(move |call, name| {
        let now = call == Call::Rename && name == b"f150";
        if is_cut.fetch_or(now, Ordering::SeqCst) || now {
            Err(std::io::Error::other("cut off"))
        } else {
            Ok(())
        }
    });
    assert!(cut.load(Ordering::SeqCst) && world.is_there(Right, "f149"));
    let report = world.run().clean();
    assert_eq!(report.changes.len(), 150, "{:?}", report.changes);
    let _ = world.settle().clean();
}
