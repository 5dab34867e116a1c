//! VA: things that vanish while a run is going. RT: roots that are gone, empty or another. NE: overlapping pairs.

use std::fs;
use std::sync::Arc;

use syncmgr_folders::fs::faulty::Call;
use syncmgr_folders::{PairConfig, PairErrorKind, Rule, check_pair};
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::id::ItemId;

use crate::apart::{mount, unmount, with_own_mounts};
use crate::world::{World, after_the_plan};

fn hundred() -> Arc<World> {
    let world = World::new();
    (0..100).for_each(|i| world.write(Left, &format!("f{i:02}"), format!("content {i}")));
    let _ = world.run().clean();
    world
}

#[test]
fn va1_files_that_vanish_after_the_scan_are_told_and_leave_no_ghosts() {
    let world = World::new();
    (0..100).for_each(|i| world.write(Left, &format!("f{i:02}"), format!("{i}")));
    let (acted, report) = world.run_meddled(after_the_plan(), |world| {
        (0..10).for_each(|i| world.remove(Left, &format!("f{i:02}")));
    });
    assert!(acted);
    assert_eq!(report.problems.len(), 10, "{report:#?}");
    assert!(report.problems.iter().all(|problem| problem.contains("gone")), "{report:#?}");
    assert_eq!(world.names(Right).len(), 90);
    let report = world.settle().clean();
    assert!(report.changes.is_empty());
}

#[test]
fn va2_a_folder_removed_while_it_is_walked_is_never_taken_for_less_than_it_is() {
    // The user acts at another point of the walk each time.
    for at in [1, 20, 60, 200] {
        let world = World::new();
        (0..200).for_each(|i| world.write(Left, &format!("d{}/f{i}", i % 20), format!("{i}")));
        let _ = world.run().clean();
        let count = std::sync::atomic::AtomicUsize::new(0);
        let when = move |call: Call, _: &[u8]| {
            matches!(call, Call::Stat | Call::List | Call::OpenDir)
                && count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == at
        };
        let (acted, report) = world.run_meddled(when, |world| {
            (0..10).for_each(|i| world.remove(Left, &format!("d{}", i * 2)));
            (0..50).for_each(|i| world.write(Left, &format!("elsewhere/n{i}"), format!("new {i}")));
        });
        assert!(acted);
        assert!(report.halts.is_empty(), "{report:#?}");
        for name in world.names(Left).iter().filter(|name| name.starts_with('d')) {
            assert!(world.is_there(Right, name), "{name} still is on the left: {report:#?}");
        }
        let _ = world.settle().clean();
        assert_eq!(world.names(Right).len(), 10 + 100 + 51);
    }
}

#[test]
fn va3_a_root_whose_parent_is_renamed_in_the_middle_loses_nothing() {
    let world = World::new();
    let (nested, away) = (world.dir().join("p/left"), world.dir().join("q"));
    fs::create_dir_all(&nested).unwrap();
    world.config().left = nested.clone();
    (0..60).for_each(|i| world.write(Left, &format!("f{i}"), format!("{i}")));
    let _ = world.run().clean();
    for i in 0..30 {
        world.write(Left, &format!("left{i}"), format!("left {i}"));
        world.write(Right, &format!("right{i}"), format!("right {i}"));
    }
    let (parent, moved) = (world.dir().join("p"), away.clone());
    world.take_stock();
    let config = world.config().clone();
    let faulty = {
        let done = std::sync::atomic::AtomicBool::new(false);
        let hook = move |call: Call, name: &[u8]| {
            if call == Call::Rename
                && name == b"right7"
                && !done.swap(true, std::sync::atomic::Ordering::SeqCst)
            {
                fs::rename(&parent, &moved).unwrap();
            }
            Ok(())
        };
        syncmgr_folders::fs::faulty::FaultyFileSystem::new(
            syncmgr_folders::fs::real::RealFileSystem,
            Arc::new(hook),
        )
    };
    let factory = syncmgr_folders::FolderHandlerFactory::on(
        faulty,
        vec![config],
        world.options(),
        world.surroundings(),
    );
    let told = crate::told::run(
        &factory,
        syncmgr_handler::model::event::Modifiers::empty(),
        Arc::new(|_| syncmgr_handler::model::verdict::Verdict::Go),
    );
    assert!(away.exists(), "{told:?}");
    assert!(!world.dir().join("p").exists(), "the old place is not made again");
    let _ = world.run().halted("root-missing");
    assert_eq!(world.names(Right).iter().filter(|name| name.starts_with('f')).count(), 60);
    fs::rename(&away, world.dir().join("p")).unwrap();
    world.nothing_is_gone();
    let _ = world.settle().clean();
    assert_eq!(world.names(Right).len(), 120);
}

#[test]
fn rt1_an_unmounted_root_halts_and_nothing_is_written_into_the_bare_folder() {
    const THIS: &str = "roots::rt1_an_unmounted_root_halts_and_nothing_is_written_into_the_bare_folder";
    with_own_mounts(THIS, || {
        let world = World::new();
        let (left, disk) = (world.root(Left), world.dir().join("disk"));
        fs::create_dir(&disk).unwrap();
        mount(&["--bind", disk.to_str().unwrap()], &left);
        (0..100).for_each(|i| world.write(Left, &format!("f{i}"), format!("{i}")));
        let _ = world.run().clean();
        unmount(&left);
        for _ in 0..2 {
            let report = world.run();
            assert_eq!((report.halts.len(), report.changes.len()), (1, 0), "{report:#?}");
            assert_eq!(fs::read_dir(&left).unwrap().count(), 0, "the mount point stays bare");
            assert_eq!(world.names(Right).len(), 100);
        }
        mount(&["--bind", disk.to_str().unwrap()], &left);
        let report = world.run().clean();
        assert!(report.changes.is_empty(), "{report:#?}");
        let _ = world.settle().clean();
        unmount(&left);
    });
}

#[test]
fn rt2_a_missing_root_halts_and_is_not_made() {
    let world = hundred();
    let (left, aside) = (world.root(Left), world.dir().join("aside"));
    fs::rename(&left, &aside).unwrap();
    for _ in 0..2 {
        let _ = world.run().halted("root-missing");
        assert!(!left.exists());
        assert_eq!(world.names(Right).len(), 100);
    }
    fs::rename(&aside, &left).unwrap();
    let report = world.settle().clean();
    assert!(report.changes.is_empty());
}

#[test]
fn rt3_an_emptied_root_halts_until_somebody_says_what_was_meant() {
    let emptied = || {
        let world = hundred();
        (0..100).for_each(|i| world.remove(Left, &format!("f{i:02}")));
        let report = world.run().halted("root-emptied");
        assert!(report.entries.iter().any(|entry| entry.contains("100")), "{report:#?}");
        assert_eq!(world.names(Right).len(), 100);
        world
    };
    let world = emptied();
    let _ = world.run_allowing(Rule::RootEmptied).clean();
    let _ = world.settle().clean();
    assert_eq!((world.names(Right).len(), world.trash(Right).len()), (0, 100));
    let world = emptied();
    let _ = world.run_allowing(Rule::ReplicaExchanged).clean();
    let _ = world.settle().clean();
    world.both_hold("f42", "content 42");
}

#[test]
fn rt4_a_root_that_became_a_file_or_a_link_to_one_halts() {
    for as_link in [false, true] {
        let world = hundred();
        let (left, aside) = (world.root(Left), world.dir().join("aside"));
        fs::rename(&left, &aside).unwrap();
        if as_link {
            fs::write(world.dir().join("target"), "").unwrap();
            std::os::unix::fs::symlink(world.dir().join("target"), &left).unwrap();
        } else {
            fs::write(&left, "").unwrap();
        }
        let _ = world.run().halted("root-type-changed");
        assert_eq!(world.names(Right).len(), 100);
        fs::remove_file(&left).unwrap();
        fs::rename(&aside, &left).unwrap();
        let _ = world.settle().clean();
    }
}

#[test]
fn rt5_more_than_half_deleted_halts_with_the_numbers_and_passes_when_allowed() {
    let world = hundred();
    (0..60).for_each(|i| world.remove(Left, &format!("f{i:02}")));
    world.write(Right, "f70", "edited");
    let report = world.run().halted("too-many-deletions");
    assert!(report.entries.iter().any(|entry| entry.contains("60 of 100")), "{report:#?}");
    assert_eq!((world.names(Left).len(), world.names(Right).len()), (40, 100));
    let _ = world.run_allowing(Rule::TooManyDeletions).clean();
    let _ = world.settle().clean();
    world.both_hold("f70", "edited");
    assert_eq!(world.trash(Right).len(), 60);
}

#[test]
fn rt6_a_change_of_nearly_everything_is_warned_of_or_halts_and_every_old_version_is_in_the_trash() {
    let world = hundred();
    (0..100).for_each(|i| world.write(Left, &format!("f{i:02}"), format!("scrambled {i}")));
    let report = world.run();
    assert!(report.entries.iter().any(|entry| entry.contains("100 of 100")), "{report:#?}");
    if !report.halts.is_empty() {
        assert_eq!(world.read(Right, "f07"), "content 7");
        let rule: Rule = report.halts[0].parse().unwrap();
        let _ = world.run_allowing(rule).clean();
    }
    let _ = world.settle().clean();
    for i in 0..100 {
        assert!(world.trashed(Right, &format!("f{i:02}"), &format!("content {i}")), "f{i:02}");
    }
}

fn refused(left: &std::path::Path, right: &std::path::Path, others: &[PairConfig]) -> Option<PairErrorKind> {
    let pair = PairConfig::new(ItemId::from_u128(1), "pair", left.to_owned(), right.to_owned());
    check_pair(&pair, others).err().map(|error| error.kind())
}

#[test]
fn ne1_pairs_that_overlap_are_refused() {
    let world = World::new();
    let at = |path: &str| world.dir().join(path);
    ["r/sub", "x", "y"].iter().for_each(|path| fs::create_dir_all(at(path)).unwrap());
    assert_eq!(refused(&at("r"), &at("r"), &[]), Some(PairErrorKind::Identical));
    assert_eq!(refused(&at("r"), &at("r/sub"), &[]), Some(PairErrorKind::Nested));
    assert_eq!(refused(&at("r/sub"), &at("r"), &[]), Some(PairErrorKind::Nested));
    let other = PairConfig::new(ItemId::from_u128(2), "other", at("r/sub"), at("y"));
    assert_eq!(refused(&at("r"), &at("x"), &[other]), Some(PairErrorKind::Overlapping));
    assert_eq!(refused(&at("r"), &at("x"), &[]), None);
    let _ = world.settle();
}

#[test]
fn ne2_a_disguised_overlap_is_recognized() {
    const THIS: &str = "roots::ne2_a_disguised_overlap_is_recognized";
    with_own_mounts(THIS, || {
        let world = World::new();
        let at = |path: &str| world.dir().join(path);
        ["r/sub", "m", "x", "y"].iter().for_each(|path| fs::create_dir_all(at(path)).unwrap());
        std::os::unix::fs::symlink(at("r/sub"), at("l")).unwrap();
        mount(&["--bind", at("r").to_str().unwrap()], &at("m"));
        assert_eq!(refused(&at("r"), &at("l"), &[]), Some(PairErrorKind::Nested));
        assert_eq!(refused(&at("r"), &at("m"), &[]), Some(PairErrorKind::Identical));
        assert_eq!(refused(&at("m"), &at("r/sub/../sub//"), &[]), Some(PairErrorKind::Nested));
        let other = [PairConfig::new(ItemId::from_u128(2), "other", at("r"), at("x"))];
        assert_eq!(refused(&at("l"), &at("y"), &other), Some(PairErrorKind::Overlapping));
        assert_eq!(refused(&at("m/sub"), &at("y"), &other), Some(PairErrorKind::Overlapping));
        unmount(&at("m"));
    });
}
