//! SP: sparse files. SF: special files. IN: inodes that mean something else than before.

use std::fs;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FallocateFlags, FileType, Mode};
use syncmgr_folders::Evidence;
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::apart::{mount, with_own_mounts};
use crate::world::{World, noise};

/// A file of 40 MiB with data in three places.
fn sparse(world: &World) {
    let file = fs::File::create(world.left("sparse")).unwrap();
    file.set_len(40 << 20).unwrap();
    for place in [0, 17 << 20, 39 << 20] {
        file.write_all_at(&noise(300 << 10, place), place).unwrap();
    }
}

#[test]
fn sp1_a_sparse_file_larger_than_the_other_disk_arrives_with_its_holes() {
    const THIS: &str = "files::sp1_a_sparse_file_larger_than_the_other_disk_arrives_with_its_holes";
    with_own_mounts(THIS, || {
        let world = World::new();
        mount(&["-t", "tmpfs", "-o", "size=8m", "tmpfs"], &world.root(Right));
        sparse(&world);
        world.write(Left, "small", "1");
        let _ = world.run().clean();
        let metadata = world.right("sparse").metadata().unwrap();
        assert!(metadata.blocks() * 512 < 4 << 20, "it takes {} blocks", metadata.blocks());
        let _ = world.settle().clean();
    });
}

#[test]
fn sp2_a_hole_punched_behind_a_restored_time_is_seen() {
    for evidence in [Evidence::FileSystem, Evidence::Content] {
        let world = World::new();
        world.write(Left, "f", noise(8 << 20, 1));
        let _ = world.run().clean();
        let file = fs::File::options().write(true).open(world.left("f")).unwrap();
        let mtime = file.metadata().unwrap().modified().unwrap();
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        rustix::fs::fallocate(&file, flags, 1 << 20, 1 << 20).unwrap();
        file.set_modified(mtime).unwrap();
        let mut options = world.options();
        options.evidence = evidence;
        let _ = world.run_with(options).clean();
        assert!(world.bytes(Right, "f")[1 << 20..2 << 20].iter().all(|&byte| byte == 0));
        let _ = world.settle().clean();
    }
}

fn make_special(world: &World, path: &str, kind: FileType) -> rustix::io::Result<()> {
    rustix::fs::mknodat(CWD, world.left(path).as_path(), kind, Mode::from_raw_mode(0o600), 0)
}

#[test]
fn sf1_a_pipe_is_told_and_never_opened_and_the_rest_arrives() {
    let world = World::new();
    world.fill(Left, &[("1-file", "1"), ("3-file", "3"), ("sub/4", "4")]);
    make_special(&world, "2-fifo", FileType::Fifo).unwrap();
    let _ = world.settle().problems_with(&["2-fifo"]);
    assert_eq!(world.names(Right), ["1-file", "3-file", "sub", "sub/4"]);
    // Where a file has been, a pipe is no deletion either.
    fs::remove_file(world.left("1-file")).unwrap();
    make_special(&world, "1-file", FileType::Fifo).unwrap();
    let _ = world.settle().problems_with(&["1-file", "2-fifo"]);
    assert_eq!(world.read(Right, "1-file"), "1");
}

#[test]
fn sf2_sockets_and_devices_are_told_once_a_run_and_not_made_on_the_other_side() {
    let world = World::new();
    world.fill(Left, &[("a", "1"), ("z", "2")]);
    let _socket = UnixListener::bind(world.left("m-socket")).unwrap();
    // Only root can make a device; a second socket stands in for it elsewhere.
    let _second = match make_special(&world, "n-device", FileType::CharacterDevice) {
        Ok(()) => None,
        Err(_) => Some(UnixListener::bind(world.left("n-device")).unwrap()),
    };
    for _ in 0..3 {
        let report = world.run().problems_with(&["m-socket", "n-device"]);
        assert_eq!(report.problems.len(), 2, "{report:#?}");
    }
    let _ = world.settle();
    assert_eq!(world.names(Right), ["a", "z"]);
}

#[test]
fn in1_a_new_file_with_the_inode_and_times_of_a_dead_one_is_read_and_not_taken_for_it() {
    let world = World::synced(&[("f", "v0 of f"), ("rest", "1")]);
    let old = world.left("f").metadata().unwrap();
    let mtime = old.modified().unwrap();
    world.remove(Left, "f");
    // The file system hands the number out again soon, or never; what is tried is kept until then.
    for i in 0..200 {
        let name = format!("g{i}");
        world.write(Left, &name, format!("{i:07}"));
        let at = world.left(&name);
        fs::File::options().write(true).open(&at).unwrap().set_modified(mtime).unwrap();
        if at.metadata().unwrap().ino() == old.ino() {
            break;
        }
    }
    let _ = world.settle().clean();
    world.both_lack("f");
    for name in world.names(Left) {
        assert_eq!(world.read(Right, &name), world.read(Left, &name), "{name}");
    }
}

#[test]
fn in2_one_folder_seen_at_two_paths_is_kept_by_path() {
    const THIS: &str = "files::in2_one_folder_seen_at_two_paths_is_kept_by_path";
    with_own_mounts(THIS, || {
        let world = World::new();
        (0..20).for_each(|i| world.write(Left, &format!("one/f{i}"), format!("{i}")));
        fs::create_dir(world.left("two")).unwrap();
        mount(&["--bind", world.left("one").to_str().unwrap()], &world.left("two"));
        let _ = world.settle().clean();
        world.write(Left, "two/f3", "edited");
        let _ = world.settle().clean();
        assert_eq!(
            (world.read(Right, "one/f3"), world.read(Right, "two/f3")),
            ("edited".into(), "edited".into())
        );
        world.rename(Left, "two/f4", "two/g4");
        let _ = world.settle().clean();
        for folder in ["one", "two"] {
            assert_eq!(world.read(Right, &format!("{folder}/g4")), "4");
            assert!(!world.is_there(Right, &format!("{folder}/f4")));
        }
        assert_eq!(world.names(Right).len(), 42);
        crate::apart::unmount(&world.left("two"));
    });
}
