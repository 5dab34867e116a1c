//! CO: changes while a run is going.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use syncmgr_folders::Evidence;
use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::verdict::Verdict;

use crate::told::Report;
use crate::world::{World, after_the_plan, before_placing, noise, nth_call_after_the_plan};

/// Lets the user act before each call after the plan in turn, and judges what came of it.
fn at_every_call(make: fn() -> Arc<World>, act: fn(&World), judge: fn(&World, &Report, usize)) {
    for n in 0.. {
        let world = make();
        let (acted, report) = world.run_meddled(nth_call_after_the_plan(n), act);
        if !acted {
            assert!(n > 10, "there were only {n} calls");
            return;
        }
        judge(&world, &report, n);
    }
}

#[test]
fn co1_a_target_edited_between_scan_and_replacement_is_not_overwritten() {
    let edited = || {
        let world = World::synced(&[("f", "v0")]);
        world.write(Left, "f", "v1");
        world
    };
    // That `user's` is somewhere after the run, whenever it was written, is checked in the run itself.
    at_every_call(
        edited,
        |world| world.write(Right, "f", "user's"),
        |world, _, n| {
            let report = world.settle();
            if report.says_in_step() {
                assert_eq!(world.read(Left, "f"), "user's", "call {n}: edited after it was replaced");
            } else {
                let _ = report.in_conflict(&["f"]);
                assert_eq!((world.read(Left, "f"), world.read(Right, "f")), ("v1".into(), "user's".into()));
            }
        },
    );
    let world = edited();
    let (_, report) = world.run_meddled(after_the_plan(), |world| world.write(Right, "f", "user's"));
    let _ = report.problems_with(&["f"]);
    let _ = world.settle().in_conflict(&["f"]);
}

#[test]
fn co2_what_appears_at_a_free_name_is_neither_replaced_nor_followed() {
    let fresh = || {
        let world = World::synced(&[("a", "1")]);
        world.write(Left, "g", "v1");
        world
    };
    let world = fresh();
    let (acted, report) = world.run_meddled(before_placing("g"), |world| world.write(Right, "g", "user's"));
    assert!(acted);
    let _ = report.problems_with(&["g"]);
    let _ = world.settle().in_conflict(&["g"]);
    assert_eq!(world.read(Right, "g"), "user's");

    let world = fresh();
    let (acted, _) = world.run_meddled(before_placing("g"), |world| world.write(Right, "g/in", "user's"));
    assert!(acted);
    let _ = world.settle().in_conflict(&["g"]);
    assert_eq!((world.read(Left, "g"), world.read(Right, "g/in")), ("v1".into(), "user's".into()));

    let world = fresh();
    let outside = world.make_outside(1);
    let (acted, _) = world.run_meddled(before_placing("g"), move |world| {
        world.link(Right, outside.join("f0"), "g");
    });
    assert!(acted);
    let _ = world.settle().in_conflict(&["g"]);
    assert!(fs::read_link(world.right("g")).is_ok());
}

#[test]
fn co3_a_file_that_keeps_growing_is_never_in_conflict_and_never_flows_back() {
    let world = World::new();
    world.write(Left, "big", "begin");
    let mut size = 5;
    for round in 0..30u64 {
        world.append(Left, "big", noise(64 << 10, round));
        // Every other time it grows in the middle of the run as well.
        let grows = round % 2 == 1;
        let (grown, report) = world.run_meddled(
            move |call, _| grows && call == Call::Read,
            move |world| world.append(Left, "big", noise(100, 1000 + round)),
        );
        size += (64 << 10) + if grown { 100 } else { 0 };
        assert!(report.conflicts.is_empty() && report.halts.is_empty(), "{report:#?}");
        assert!(report.changes.iter().all(|change| change.starts_with("R ")), "{report:#?}");
        assert_eq!(world.left("big").metadata().unwrap().len(), size);
    }
    let _ = world.settle().clean();
    assert_eq!(world.right("big").metadata().unwrap().len(), size);
}

#[test]
fn co4_a_file_changed_while_it_is_read_with_its_time_put_back_is_not_believed() {
    for meddle_at in 1..5 {
        let world = World::new();
        world.write(Left, "f", noise(1 << 20, 1));
        let _ = world.run().clean();
        let (n, meddler) = (AtomicUsize::new(0), Arc::clone(&world));
        let hook = move |call: Call, _: &[u8]| {
            if call == Call::Read && n.fetch_add(1, Ordering::SeqCst) == meddle_at {
                meddler.overwrite_unseen(Left, "f", 10, b"changed behind the reader's back");
            }
            Ok(())
        };
        let mut options = world.options();
        options.evidence = Evidence::Content;
        let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
        let before = world.bytes(Right, "f");
        let _told = world.run_on(faulty, options, Arc::new(|_| Verdict::Go));
        let now = world.bytes(Right, "f");
        assert!(now == before || now == world.bytes(Left, "f"), "read {meddle_at}: a mix");
        let _ = world.settle().clean();
        assert_eq!(world.bytes(Right, "f"), world.bytes(Left, "f"));
        assert!(world.bytes(Right, "f").windows(7).any(|bytes| bytes == b"changed"), "read {meddle_at}");
    }
}

#[test]
fn co5_two_targets_swapped_by_the_user_in_the_middle_are_not_mixed_up() {
    let edited = || {
        let world = World::synced(&[("x", "vx"), ("y", "vy")]);
        world.write(Left, "x", "vx2");
        world
    };
    let swap = |world: &World| {
        let [x, y, aside] = ["x", "y", "aside"].map(|name| world.right(name));
        for (from, to) in [(&x, &aside), (&y, &x), (&aside, &y)] {
            fs::rename(from, to).unwrap();
        }
    };
    // Whatever happens: `vx2` and `vy`, and the swap, are somewhere; the run checks that nothing is gone.
    at_every_call(edited, swap, |world, _, n| {
        let report = world.settle();
        assert_eq!(world.trash(Right).iter().filter(|(_, held)| held == b"vy").count(), 0, "call {n}");
        let right = (world.read(Right, "x"), world.read(Right, "y"));
        assert!(right.0 == "vy" && (right.1 == "vx" || right.1 == "vx2"), "call {n}: {right:?} {report:#?}");
    });
}

#[test]
fn co6_a_folder_renamed_on_the_target_while_files_are_staged_is_not_made_again_half_filled() {
    let world = World::new();
    (0..50).for_each(|i| world.write(Left, &format!("d/f{i:02}"), format!("old {i}")));
    (0..60).for_each(|i| world.write(Left, &format!("rest/{i}"), format!("rest {i}")));
    let _ = world.run().clean();
    (0..10).for_each(|i| world.write(Left, &format!("d/f{i:02}"), format!("edited {i}")));
    let (acted, report) = world
        .run_meddled(before_placing("f00"), |world| fs::rename(world.right("d"), world.right("e")).unwrap());
    assert!(acted);
    let _ = world.settle();
    for side in [Left, Right] {
        for i in 0..50 {
            let held = |folder: &str| fs::read_to_string(world.path(side, &format!("{folder}/f{i:02}"))).ok();
            let wanted = if i < 10 { format!("edited {i}") } else { format!("old {i}") };
            assert!(held("d").or(held("e")).is_some(), "{side} {i}: {report:#?}");
            assert!(
                [held("d"), held("e")].contains(&Some(wanted)),
                "{side} {i}: {:?} {:?}",
                held("d"),
                held("e")
            );
        }
    }
}
