//! Pairs on a file system whose files have no numbers that they keep, as on sticks and cards: size and time are all that one file
//! is told from another by, and that is not enough where two are alike.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::fs::{Attributes, FileSystem, Kind, OnExisting, Stat};
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{Pair, Report, read};

type Dir = <RealFileSystem as FileSystem>::Dir;
type File = <RealFileSystem as FileSystem>::File;

/// The real file system, without numbers of files, change times, second names and exchanges.
struct Numberless;

const REAL: RealFileSystem = RealFileSystem;

fn without_number(stat: Stat) -> Stat {
    let ino = if stat.kind == Kind::Dir { stat.ino } else { 0 };
    Stat { ino, ctime: stat.mtime, nlink: 1, ..stat }
}

impl FileSystem for Numberless {
    type Dir = Dir;
    type File = File;

    fn open_root(&self, path: &Path) -> io::Result<Dir> {
        REAL.open_root(path)
    }
    fn open_dir(&self, dir: &Dir, path: &[u8]) -> io::Result<Dir> {
        REAL.open_dir(dir, path)
    }
    fn list(&self, dir: &Dir, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        REAL.list(dir, each)
    }
    fn stat(&self, dir: &Dir, name: &[u8]) -> io::Result<Stat> {
        REAL.stat(dir, name).map(without_number)
    }
    fn stat_dir(&self, dir: &Dir) -> io::Result<Stat> {
        REAL.stat_dir(dir).map(without_number)
    }
    fn read_link(&self, dir: &Dir, name: &[u8]) -> io::Result<Vec<u8>> {
        REAL.read_link(dir, name)
    }
    fn open_file(&self, dir: &Dir, name: &[u8]) -> io::Result<File> {
        REAL.open_file(dir, name)
    }
    fn create_file(&self, dir: &Dir, name: &[u8], mode: u32) -> io::Result<File> {
        REAL.create_file(dir, name, mode)
    }
    fn append_file(&self, dir: &Dir, name: &[u8]) -> io::Result<File> {
        REAL.append_file(dir, name)
    }
    fn stat_file(&self, file: &File) -> io::Result<Stat> {
        REAL.stat_file(file).map(without_number)
    }
    fn set_file_attributes(&self, file: &File, attributes: Attributes) -> io::Result<()> {
        REAL.set_file_attributes(file, attributes)
    }
    fn next_data(&self, file: &File, offset: u64) -> io::Result<Option<(u64, u64)>> {
        REAL.next_data(file, offset)
    }
    fn seek(&self, file: &mut File, offset: u64) -> io::Result<()> {
        REAL.seek(file, offset)
    }
    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        REAL.set_len(file, len)
    }
    fn sync_file(&self, file: &File) -> io::Result<()> {
        REAL.sync_file(file)
    }
    fn make_dir(&self, dir: &Dir, name: &[u8], mode: u32) -> io::Result<()> {
        REAL.make_dir(dir, name, mode)
    }
    fn make_link(&self, dir: &Dir, name: &[u8], target: &[u8]) -> io::Result<()> {
        REAL.make_link(dir, name, target)
    }
    fn hard_link(&self, _: &Dir, _: &[u8], _: &Dir, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn rename(&self, from: &Dir, name: &[u8], to: &Dir, new: &[u8], existing: OnExisting) -> io::Result<()> {
        match existing {
            OnExisting::Exchange => Err(io::ErrorKind::Unsupported.into()),
            _ => REAL.rename(from, name, to, new, existing),
        }
    }
    fn remove_file(&self, dir: &Dir, name: &[u8]) -> io::Result<()> {
        REAL.remove_file(dir, name)
    }
    fn remove_dir(&self, dir: &Dir, name: &[u8]) -> io::Result<()> {
        REAL.remove_dir(dir, name)
    }
    fn set_attributes(&self, dir: &Dir, name: &[u8], attributes: Attributes) -> io::Result<()> {
        REAL.set_attributes(dir, name, attributes)
    }
    fn flushes_all(&self) -> bool {
        false
    }
    fn sync_dir(&self, dir: &Dir) -> io::Result<()> {
        REAL.sync_dir(dir)
    }
    fn sync_all(&self, dir: &Dir) -> io::Result<()> {
        REAL.sync_all(dir)
    }
    fn try_lock(&self, file: &File) -> io::Result<()> {
        REAL.try_lock(file)
    }
}

fn sync(pair: &Pair) -> Report {
    pair.sync_on(Numberless, pair.options(), Arc::new(|_| Verdict::Go))
}

/// Gives files one time, long ago.
fn age(paths: &[std::path::PathBuf]) {
    for path in paths {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000)).unwrap();
    }
}

#[test]
fn changes_of_every_kind_go_both_ways_and_what_was_replaced_is_in_the_trash() {
    let pair = Pair::default();
    pair.write(
        Left,
        &[("edit", "v0"), ("delete", "d"), ("old", "renamed file"), ("d/f", "1"), ("other", "o")],
    );
    let _ = sync(&pair).clean();
    sync(&pair).idle();
    fs::write(pair.left("edit"), "version 1").unwrap();
    fs::write(pair.right("other"), "from the right").unwrap();
    fs::remove_file(pair.left("delete")).unwrap();
    fs::rename(pair.left("old"), pair.left("new")).unwrap();
    fs::rename(pair.right("d"), pair.right("e")).unwrap();
    let _ = sync(&pair).clean();
    pair.assert_equal();
    sync(&pair).idle();
    assert_eq!(
        (read(pair.right("edit")), read(pair.left("other"))),
        ("version 1".into(), "from the right".into())
    );
    assert_eq!((read(pair.right("new")), read(pair.left("e/f"))), ("renamed file".into(), "1".into()));
    assert_eq!(pair.trash(Right)["edit"], "v0");
    assert_eq!(pair.trash(Left)["other"], "o");
}

#[test]
fn a_renamed_file_is_not_taken_for_another_of_its_size_and_time() {
    let pair = Pair::default();
    pair.write(Left, &[("a", "content of a"), ("b", "content of b"), ("c", "content of c")]);
    age(&["a", "b", "c"].map(|name| pair.left(name)));
    let _ = sync(&pair).clean();
    sync(&pair).idle();
    fs::rename(pair.left("a"), pair.left("z")).unwrap();
    fs::remove_file(pair.left("b")).unwrap();
    fs::remove_file(pair.left("c")).unwrap();
    let _ = sync(&pair).clean();
    assert_eq!(read(pair.right("z")), "content of a");
    pair.assert_equal();
    sync(&pair).idle();
}
