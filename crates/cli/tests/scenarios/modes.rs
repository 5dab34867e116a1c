//! PM: permissions. RO: read-only folders and sides. ME: metadata alone.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::Mode;
use syncmgr_folders::RunOptions;
use syncmgr_folders::fs::faulty::Call;
use syncmgr_handler::model::fact::Side::{self, Left, Right};
use syncmgr_handler::model::verdict::Verdict;

use crate::apart::{mount, with_limits, with_own_mounts, without_rights};
use crate::odd::{OddFileSystem, Oddity};
use crate::told::Report;
use crate::world::{World, noise};

fn mode(world: &World, side: Side, path: &str) -> u32 {
    world.path(side, path).symlink_metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn pm1_new_things_have_the_modes_of_their_originals_whatever_the_mask_and_are_never_open_to_more() {
    const THIS: &str = "modes::pm1_new_things_have_the_modes_of_their_originals_whatever_the_mask_and_are_never_open_to_more";
    // A mask belongs to a process, so this one gets its own.
    with_limits(THIS, "-c 0", || {
        for mask in [0o022, 0o027, 0o077] {
            let world = World::new();
            let made = [
                ("plain", 0o644),
                ("private", 0o600),
                ("program", 0o755),
                ("open/", 0o755),
                ("closed/", 0o700),
            ];
            for (path, mode) in made {
                world.fill(Left, &[(path, path)]);
                world.chmod(Left, path, mode);
            }
            rustix::process::umask(Mode::from_raw_mode(mask));
            let (watcher, widest) = (Arc::clone(&world), Arc::new(AtomicU32::new(0)));
            let noted = Arc::clone(&widest);
            let report = world.run_hooked(move |_, _| {
                // Whatever is staged of the private file has its length and must never be readable by others.
                crate::census::each(&watcher.right(""), "", &mut |_, at| {
                    if let Ok(metadata) = at.metadata()
                        && metadata.is_file()
                        && metadata.len() == "private".len() as u64
                        && fs::read(at).is_ok_and(|held| held == b"private")
                    {
                        noted.fetch_or(metadata.mode() & 0o777, Ordering::SeqCst);
                    }
                });
                Ok(())
            });
            let _ = report.clean();
            for (path, wanted) in made {
                assert_eq!(mode(&world, Right, path), wanted, "{path} under mask {mask:o}");
            }
            assert_eq!(widest.load(Ordering::SeqCst), 0o600, "mask {mask:o}");
            let _ = world.settle().clean();
        }
    });
}

/// A run whose right side shows one mode for everything and lets nobody change it.
fn modeless(world: &World) -> Report {
    modeless_with(world, world.options())
}

fn modeless_with(world: &World, options: RunOptions) -> Report {
    let oddity = Oddity { mode: Some(0o777), tick: 2, lacks_links: true, ..Oddity::default() };
    let fs = OddFileSystem { root: world.root(Right), oddity };
    world.run_on(fs, options, Arc::new(|_| Verdict::Go))
}

#[test]
fn pm2_a_side_that_keeps_no_modes_never_sends_its_own_back() {
    let world = World::new();
    world.compare_content_only();
    world.fill(Left, &[("script", "1"), ("text", "2"), ("d/e/f", "3"), ("private/g", "4")]);
    for (path, mode) in
        [("script", 0o755), ("text", 0o644), ("d", 0o750), ("private", 0o700), ("d/e/f", 0o600)]
    {
        world.chmod(Left, path, mode);
    }
    let unchanged = |world: &World| {
        for (path, wanted) in
            [("script", 0o755), ("text", 0o644), ("d", 0o750), ("private", 0o700), ("d/e/f", 0o600)]
        {
            assert_eq!(mode(world, Left, path), wanted, "{path}");
        }
    };
    let _ = modeless(&world).clean();
    let _ = world.settle_by(&|options| modeless_with(&world, options)).clean();
    unchanged(&world);
    world.write(Right, "script", "edited");
    let _ = modeless(&world).clean();
    let _ = world.settle_by(&|options| modeless_with(&world, options)).clean();
    assert_eq!(world.read(Left, "script"), "edited");
    unchanged(&world);
}

#[test]
fn pm3_set_id_and_sticky_bits_stay_where_they_are_and_make_no_endless_difference() {
    let world = World::new();
    world.fill(Left, &[("suid", "1"), ("sgid", "2"), ("sticky/in", "3")]);
    for (path, mode) in [("suid", 0o4755), ("sgid", 0o2755), ("sticky", 0o1777)] {
        world.chmod(Left, path, mode);
    }
    let _ = world.settle().clean();
    for (path, wanted) in [("suid", 0o755), ("sgid", 0o755), ("sticky", 0o777)] {
        assert_eq!(mode(&world, Right, path), wanted, "{path}");
    }
    world.write(Right, "suid", "edited");
    let _ = world.settle().clean();
    assert_eq!(world.read(Left, "suid"), "edited");
    assert_eq!(mode(&world, Left, "suid") & 0o777, 0o755);
    assert_eq!(mode(&world, Left, "sticky"), 0o1777, "what was not written is as it was");
}

#[test]
fn pm4_what_cannot_be_read_is_told_and_untouched_and_nothing_is_copied_when_it_can() {
    const THIS: &str =
        "modes::pm4_what_cannot_be_read_is_told_and_untouched_and_nothing_is_copied_when_it_can";
    without_rights(THIS, || {
        let world = World::new();
        world.fill(Left, &[("f", "1"), ("d/1", "d1"), ("d/2", "d2"), ("rest", "r")]);
        let _ = world.run().clean();
        world.chmod(Left, "d", 0o000);
        world.write(Left, "rest", "edited");
        for _ in 0..2 {
            let _ = world.run().problems_with(&["d"]);
        }
        assert_eq!((world.read(Right, "rest"), world.read(Right, "d/1")), ("edited".into(), "d1".into()));
        world.chmod(Left, "d", 0o755);
        let report = world.run().clean();
        assert!(report.changes.is_empty(), "{report:#?}");
        // A file that cannot be read and was not edited needs no reading: its mode is a change like any other.
        world.write(Left, "g", "new and unreadable");
        world.chmod(Left, "g", 0o000);
        let _ = world.run().problems_with(&["g"]);
        assert!(!world.is_there(Right, "g"));
        world.chmod(Left, "g", 0o644);
        let _ = world.settle().clean();
    });
}

#[test]
fn ro1_below_a_read_only_folder_nothing_is_left_half_done_and_its_mode_stays() {
    const THIS: &str = "modes::ro1_below_a_read_only_folder_nothing_is_left_half_done_and_its_mode_stays";
    without_rights(THIS, || {
        let world = World::synced(&[("d/f", "v0"), ("e/g", "v0")]);
        world.chmod(Right, "d", 0o555);
        world.write(Left, "d/f", "v1");
        world.write(Left, "e/g", "v1");
        world.write(Left, "d/h", "new");
        let report = world.run();
        assert_eq!(world.read(Right, "e/g"), "v1");
        assert!(report.accounts_for("d/f") && report.accounts_for("d/h"), "{report:#?}");
        assert_eq!(mode(&world, Right, "d"), 0o555);
        assert_eq!(fs::read_dir(world.right("d")).unwrap().count(), 1, "nothing is left beside `f`");
        let _ = world.settle();
        assert_eq!(mode(&world, Left, "d"), 0o555, "the mode is a change like any other");
        world.chmod(Left, "d", 0o755);
        world.chmod(Right, "d", 0o755);
        let _ = world.settle().clean();
        world.both_hold("d/h", "new");
        world.both_hold("d/f", "v1");
    });
}

#[test]
fn ro2_a_new_read_only_folder_arrives_with_everything_in_it() {
    const THIS: &str = "modes::ro2_a_new_read_only_folder_arrives_with_everything_in_it";
    without_rights(THIS, || {
        let world = World::new();
        world.fill(Left, &[("d/1", "1"), ("d/2", "2"), ("d/3", "3"), ("d/sub/4", "4")]);
        world.chmod(Left, "d/sub", 0o555);
        world.chmod(Left, "d", 0o555);
        let _ = world.settle().clean();
        assert_eq!((mode(&world, Right, "d"), mode(&world, Right, "d/sub")), (0o555, 0o555));
        assert_eq!(world.read(Right, "d/sub/4"), "4");
        for side in [Left, Right] {
            world.chmod(side, "d", 0o755);
            world.chmod(side, "d/sub", 0o755);
        }
        let _ = world.settle().clean();
    });
}

#[test]
fn ro3_a_side_that_turned_read_only_is_told_and_everything_follows_when_it_is_writable_again() {
    const THIS: &str =
        "modes::ro3_a_side_that_turned_read_only_is_told_and_everything_follows_when_it_is_writable_again";
    with_own_mounts(THIS, || {
        let world = World::new();
        (0..20).for_each(|i| world.write(Left, &format!("f{i}"), format!("{i}")));
        let _ = world.run().clean();
        let right = world.root(Right);
        mount(&["--bind", right.to_str().unwrap()], &right);
        mount(&["-o", "remount,bind,ro"], &right);
        (0..5).for_each(|i| world.write(Left, &format!("f{i}"), format!("edited {i}")));
        (5..10).for_each(|i| world.remove(Left, &format!("f{i}")));
        (0..5).for_each(|i| world.write(Left, &format!("new{i}"), format!("new {i}")));
        let (left, before) = (world.tree(Left), world.tree(Right));
        for _ in 0..3 {
            let report = world.run();
            assert!(!report.says_in_step(), "{report:#?}");
            let told = report
                .problems
                .iter()
                .chain(&report.entries)
                .any(|text| text.contains("read-only") || text.contains("Read-only"));
            assert!(told, "{report:#?}");
            assert_eq!((world.tree(Left), world.tree(Right)), (left.clone(), before.clone()));
        }
        mount(&["-o", "remount,bind,rw"], &right);
        let _ = world.settle().clean();
        world.both_hold("f3", "edited 3");
        world.both_lack("f7");
    });
}

#[test]
fn ro4_what_the_other_side_refuses_stays_with_its_user_and_the_tries_do_not_grow() {
    let world = World::synced(&[("pub/old", "v0"), ("rest", "1")]);
    world.write(Left, "pub/new", "saved");
    world.write(Left, "pub/old", "edited");
    let mut calls = Vec::new();
    for _ in 0..5 {
        let n = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&n);
        let report = world.run_hooked(move |call, name| {
            *counted.lock().unwrap() += 1;
            let is_refused =
                matches!(call, Call::Rename | Call::HardLink) && (name == b"new" || name == b"old");
            if is_refused { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
        });
        let _ = report.problems_with(&["pub/new", "pub/old"]);
        assert_eq!(
            (world.read(Left, "pub/new"), world.read(Left, "pub/old")),
            ("saved".into(), "edited".into())
        );
        assert_eq!(world.read(Right, "pub/old"), "v0");
        calls.push(*n.lock().unwrap());
    }
    assert!(calls[4] <= calls[1], "calls of each run: {calls:?}");
    let _ = world.settle().clean();
    world.both_hold("pub/new", "saved");
}

#[test]
fn me1_an_executable_bit_travels_without_the_content() {
    let world = World::new();
    world.write(Left, "s", noise(4 << 20, 1));
    let _ = world.run().clean();
    world.chmod(Left, "s", 0o755);
    let report = world.run().clean();
    assert_eq!(
        (report.changes.as_slice(), report.totals.bytes),
        (["R attributes s".to_owned()].as_slice(), 0)
    );
    assert_eq!(mode(&world, Right, "s"), 0o755);
    assert!(world.trash(Right).is_empty());
    let _ = world.settle().clean();
}

#[test]
fn me2_times_of_folders_are_no_work() {
    let world = World::new();
    (0..100).for_each(|i| world.write(Left, &format!("d{i}/f"), "1"));
    let _ = world.run().clean();
    for i in 0..100 {
        if i % 2 == 0 {
            let later = UNIX_EPOCH + Duration::from_secs(2_000_000_000);
            fs::File::open(world.left(&format!("d{i}"))).unwrap().set_modified(later).unwrap();
        } else {
            world.write(Left, &format!("d{i}/passing"), "2");
            world.remove(Left, &format!("d{i}/passing"));
        }
    }
    let report = world.run().clean();
    assert!(report.changes.is_empty(), "{report:#?}");
    let _ = world.settle().clean();
}

#[test]
fn me3_a_change_of_metadata_that_failed_is_still_due() {
    let world = World::synced(&[("f", "1"), ("rest", "r")]);
    let earlier = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(world.left("f")).unwrap().set_modified(earlier).unwrap();
    let refused = |call: Call, name: &[u8]| {
        let is_it = call == Call::SetAttributes && name == b"f";
        if is_it { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    };
    for _ in 0..2 {
        let _ = world.run_hooked(refused).problems_with(&["f"]);
    }
    let report = world.run().clean();
    assert_eq!(report.changes, ["R attributes f"]);
    let _ = world.settle().clean();
}
