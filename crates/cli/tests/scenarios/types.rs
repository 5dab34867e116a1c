//! TY: changes of kind.

use std::fs;

use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::world::{World, nth_call_after_the_plan};

#[test]
fn ty1_a_file_that_became_a_folder_and_a_folder_that_became_a_file_arrive() {
    let world = World::synced(&[("x", "v0"), ("d/1", "1"), ("d/2", "2"), ("d/3", "3")]);
    world.remove(Left, "x");
    world.fill(Left, &[("x/a", "a"), ("x/b", "b")]);
    world.remove(Left, "d");
    world.write(Left, "d", "d1");
    let _ = world.settle().clean();
    assert_eq!((world.read(Right, "x/a"), world.read(Right, "d")), ("a".into(), "d1".into()));
    for (path, content) in [("x", "v0"), ("d/1", "1"), ("d/2", "2"), ("d/3", "3")] {
        assert!(world.trashed(Right, path, content), "{path}");
    }
}

#[test]
fn ty2_a_folder_is_not_replaced_by_a_file_under_an_edit() {
    let world = World::synced(&[("d/f", "v0"), ("d/g", "g"), ("rest", "1")]);
    world.remove(Left, "d");
    world.write(Left, "d", "v1");
    world.write(Right, "d/f", "v2");
    let report = world.settle().in_conflict(&["d"]);
    assert_eq!(report.conflicts, ["type d"]);
    assert_eq!((world.read(Left, "d"), world.read(Right, "d/f")), ("v1".into(), "v2".into()));
    assert_eq!(world.read(Right, "d/g"), "g", "nothing below the conflict is touched");
}

#[test]
fn ty3_a_folder_replaced_by_a_link_out_of_the_root_brings_nothing_from_there() {
    let world = World::synced(&[("d/f0", "1"), ("d/f1", "2"), ("d/f2", "3"), ("rest", "r")]);
    let outside = world.make_outside(5);
    world.remove(Left, "d");
    world.link(Left, &outside, "d");
    let _ = world.settle().clean();
    assert_eq!(fs::read_link(world.right("d")).unwrap(), outside);
    assert!(world.trashed(Right, "d/f0", "1") && world.trashed(Right, "d/f2", "3"));
    fs::write(outside.join("f0"), "edited outside").unwrap();
    world.note_outside();
    let report = world.settle().clean();
    assert!(report.changes.is_empty(), "{report:#?}");
}

#[test]
fn ty4_a_file_and_a_folder_that_swapped_names_arrive_though_the_run_is_cut_off_anywhere() {
    for n in 0.. {
        let world = World::synced(&[("a", "v0"), ("b/f", "f")]);
        for (from, to) in [("a", "aside"), ("b", "a"), ("aside", "b")] {
            world.rename(Left, from, to);
        }
        let when = nth_call_after_the_plan(n);
        let cut = std::sync::atomic::AtomicBool::new(false);
        let was_cut = std::sync::Arc::new(cut);
        let noted = std::sync::Arc::clone(&was_cut);
        let _cut_off = world.run_hooked(move |call, name| {
            use std::sync::atomic::Ordering::SeqCst;
            if when(call, name) || noted.load(SeqCst) {
                noted.store(true, SeqCst);
                return Err(std::io::Error::other("cut off"));
            }
            Ok(())
        });
        let _ = world.run().clean();
        let _ = (n % 7 == 0).then(|| world.settle().clean());
        assert_eq!((world.read(Right, "b"), world.read(Right, "a/f")), ("v0".into(), "f".into()), "call {n}");
        if !was_cut.load(std::sync::atomic::Ordering::SeqCst) {
            assert!(n > 20, "there were only {n} calls");
            return;
        }
    }
}
