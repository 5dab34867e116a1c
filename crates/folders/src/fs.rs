//! The file system as the folder engine sees it: directory handles and names, never string paths.
//!
//! A handle stays on its directory whatever happens to the path that led to it, and a name in a handle is one
//! component; so no other process can redirect an operation out of a root. Everything that touches a disk goes through
//! [`FileSystem`]: the real one is [`RealFileSystem`](real::RealFileSystem), tests put a failing one in its place.

pub mod faulty;
pub mod real;

use std::io::{self, Read, Write};
use std::path::Path;

/// Seconds and nanoseconds since 1970, as file systems keep them. Seconds may be far in the past or future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileTime {
    /// Whole seconds, rounded down.
    pub secs: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
}

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A pipe, socket or device: never opened, never copied.
    Special,
}

/// What the file system says about an entry, without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Permission bits, with set-id and sticky bits (the low twelve).
    pub mode: u32,
    /// Length in bytes.
    pub size: u64,
    /// When the content was changed last.
    pub mtime: FileTime,
    /// When anything about it was changed last; cannot be set by programs.
    pub ctime: FileTime,
    /// Its number within the file system; zero where files have none that they keep.
    pub ino: u64,
    /// The file system it is on.
    pub dev: u64,
    /// Bytes it really takes on the disk, to tell sparse files.
    pub allocated: u64,
    /// The number of the user who owns it.
    pub uid: u32,
    /// The number of the group that owns it.
    pub gid: u32,
    /// How many names it has.
    pub nlink: u32,
    /// Whether another file system (or another part of one) is mounted here; false where the kernel cannot tell.
    pub is_mount: bool,
}

/// The number of what has none.
pub(crate) const NO_NUMBER: u64 = 0;

/// How a rename treats an entry that has the new name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExisting {
    /// The rename fails.
    Fail,
    /// It is replaced in the same instant.
    Replace,
    /// The two swap names in the same instant.
    Exchange,
}

/// Attributes to set; what is `None` stays. They are set in this order: a new owner takes set-id bits away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The numbers of the owning user and group.
    pub owner: Option<(u32, u32)>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// Modification time.
    pub mtime: Option<FileTime>,
}

/// What the folder engine asks of a file system.
///
/// # For implementers
///
/// All calls may come from several threads at once. A `name` is one component; a `path` is a relative sequence of them
/// and is resolved beneath its handle without following a symbolic link. An error changes nothing unless the method
/// says so.
pub trait FileSystem: Send + Sync + 'static {
    /// An open directory.
    type Dir: Send + Sync + 'static;
    /// An open file.
    type File: Read + Write + Send + 'static;

    /// Opens the directory at an absolute path given by the user; here, and only here, links are followed.
    fn open_root(&self, path: &Path) -> io::Result<Self::Dir>;
    /// Opens a directory beneath `dir`; the empty path is `dir` itself. Never follows a link.
    fn open_dir(&self, dir: &Self::Dir, path: &[u8]) -> io::Result<Self::Dir>;
    /// Calls `each` with every name in the directory, in no order, without `.` and `..`.
    fn list(&self, dir: &Self::Dir, each: &mut dyn FnMut(&[u8])) -> io::Result<()>;
    /// Whether an entry is found by its own name alone. Where another spelling of it or a short form of it leads there as
    /// well, a name that was only heard of is looked up in a listing.
    fn names_are_exact(&self) -> bool {
        true
    }
    /// What the entry is; of a link itself, never of its target.
    fn stat(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<Stat>;
    /// What the open directory is.
    fn stat_dir(&self, dir: &Self::Dir) -> io::Result<Stat>;
    /// The text of a symbolic link.
    fn read_link(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<Vec<u8>>;

    /// Opens a regular file for reading; fails for links, and never waits on a pipe.
    fn open_file(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<Self::File>;
    /// Opens a regular file for reading and tells what it is, in fewer calls than one after the other where that can be
    /// had.
    fn open_seen(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<(Self::File, Stat)> {
        let file = self.open_file(dir, name)?;
        let stat = self.stat_file(&file)?;
        Ok((file, stat))
    }
    /// Makes a new file for reading and writing; fails if the name is taken, also by a dangling link.
    fn create_file(&self, dir: &Self::Dir, name: &[u8], mode: u32) -> io::Result<Self::File>;
    /// Opens an existing file for writing at its end.
    fn append_file(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<Self::File>;
    /// What the open file is.
    fn stat_file(&self, file: &Self::File) -> io::Result<Stat>;
    /// Sets attributes of an open file.
    fn set_file_attributes(&self, file: &Self::File, attributes: Attributes) -> io::Result<()>;
    /// The next range at or after `offset` that holds data, as start and end; `None` when only a hole is left.
    fn next_data(&self, file: &Self::File, offset: u64) -> io::Result<Option<(u64, u64)>>;
    /// Moves the file's position.
    fn seek(&self, file: &mut Self::File, offset: u64) -> io::Result<()>;
    /// Sets the file's length; what is added reads as zeros.
    fn set_len(&self, file: &Self::File, len: u64) -> io::Result<()>;
    /// Waits until the file's content is on the disk.
    fn sync_file(&self, file: &Self::File) -> io::Result<()>;

    /// Makes a directory; fails if the name is taken.
    fn make_dir(&self, dir: &Self::Dir, name: &[u8], mode: u32) -> io::Result<()>;
    /// Makes a symbolic link; fails if the name is taken.
    fn make_link(&self, dir: &Self::Dir, name: &[u8], target: &[u8]) -> io::Result<()>;
    /// Gives a file a second name; fails if that is taken.
    fn hard_link(&self, from: &Self::Dir, name: &[u8], to: &Self::Dir, new_name: &[u8]) -> io::Result<()>;
    /// Renames an entry in one instant.
    fn rename(
        &self,
        from: &Self::Dir,
        name: &[u8],
        to: &Self::Dir,
        new_name: &[u8],
        existing: OnExisting,
    ) -> io::Result<()>;
    /// Removes a name that is no directory's.
    fn remove_file(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<()>;
    /// Sets attributes of an entry that is no link; of a link only the owner and the time.
    fn set_attributes(&self, dir: &Self::Dir, name: &[u8], attributes: Attributes) -> io::Result<()>;

    /// Gives an entry, seen by nobody yet, the access list that it would have had it been made in `to`, or that of the entry
    /// `replaces` there, which it is to replace. Where a folder gives none to what is made in it, there is nothing to do, and
    /// where there are no access lists neither.
    fn fit_in(
        &self,
        _dir: &Self::Dir,
        _name: &[u8],
        _to: &Self::Dir,
        _replaces: Option<&[u8]>,
    ) -> io::Result<()> {
        Ok(())
    }

    /// Calls `each` with the key of every extended attribute of the entry (of a link itself), in no order. Access
    /// control lists are among them.
    fn list_xattrs(&self, _dir: &Self::Dir, _name: &[u8], _each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// The value of an extended attribute of the entry; `None` if it has none of this key.
    fn read_xattr(&self, _dir: &Self::Dir, _name: &[u8], _key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// Gives the entry an extended attribute, or another value to the one it has.
    fn set_xattr(&self, _dir: &Self::Dir, _name: &[u8], _key: &[u8], _value: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// Takes an extended attribute away; that there is none is no error.
    fn remove_xattr(&self, _dir: &Self::Dir, _name: &[u8], _key: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// Makes the whole content of `to` that of `from`, both sharing it on the disk until one is written to.
    fn clone_file(&self, _from: &Self::File, _to: &Self::File) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether [`sync_all`](Self::sync_all) brings the content of files to the disk. Where it does not, each file has to be
    /// flushed by itself.
    fn flushes_all(&self) -> bool {
        true
    }
    /// Waits until the directory's entries are on the disk.
    fn sync_dir(&self, dir: &Self::Dir) -> io::Result<()>;
    /// Waits until everything written to the file system that holds `dir` is on the disk; the content of files only where
    /// [`flushes_all`](Self::flushes_all) says so.
    fn sync_all(&self, dir: &Self::Dir) -> io::Result<()>;
    /// Waits until the lock on the file is ours, or says at once that somebody else has it (`WouldBlock`).
    fn try_lock(&self, file: &Self::File) -> io::Result<()>;
}

/// Whether the error says that the entry is not there: gone, or a component of its path is no directory.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether a directory could not be opened because there is none: gone, or something else has its name, be it a link.
pub(crate) fn is_no_dir(error: &io::Error) -> bool {
    is_absent(error) || real::is_link_met(error)
}

/// Whether an entry cannot be opened because another program keeps it to itself: it is in that one's hands.
pub(crate) fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}
