//! The file system of Unix, by handle.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FlockOperation, Gid, Mode, OFlags, RawDir, RenameFlags, ResolveFlags, StatxAttributes,
    StatxFlags, Timespec, Timestamps, Uid, XattrFlags,
};
use rustix::io::Errno;

use crate::fs::{Attributes, FileSystem, FileTime, Kind, OnExisting, Stat};

/// The longest path handed to one system call; longer ones are walked in steps.
const STEP: usize = 3_500;
/// The most bytes that a list of extended attributes, or the value of one, can have.
const MAX_XATTR: usize = 64 << 10;

/// The file system of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFileSystem;

fn os(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}

const DIR_FLAGS: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Opens one step of a relative path without following links anywhere in it.
fn open_beneath(dir: &OwnedFd, path: &[u8]) -> io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    loop {
        match rustix::fs::openat2(dir, os(path), DIR_FLAGS, Mode::empty(), resolve) {
            // The kernel gives up when something is being renamed meanwhile; it asks to be called again.
            Err(Errno::AGAIN) => {}
            Err(Errno::NOSYS | Errno::PERM) => return open_by_components(dir, path),
            result => return Ok(result?),
        }
    }
}

/// The same for kernels and sandboxes without `openat2`.
fn open_by_components(dir: &OwnedFd, path: &[u8]) -> io::Result<OwnedFd> {
    let mut current = None;
    for component in path.split(|&byte| byte == b'/') {
        if component == b".." {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let at = current.as_ref().unwrap_or(dir);
        current = Some(rustix::fs::openat(at, os(component), DIR_FLAGS | OFlags::NOFOLLOW, Mode::empty())?);
    }
    current.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
}

fn stat_of(statx: &rustix::fs::Statx) -> Stat {
    let time = |time: &rustix::fs::StatxTimestamp| FileTime { secs: time.tv_sec, nanos: time.tv_nsec };
    let kind = match rustix::fs::FileType::from_raw_mode(u32::from(statx.stx_mode)) {
        rustix::fs::FileType::RegularFile => Kind::File,
        rustix::fs::FileType::Directory => Kind::Dir,
        rustix::fs::FileType::Symlink => Kind::Symlink,
        _ => Kind::Special,
    };
    Stat {
        kind,
        mode: u32::from(statx.stx_mode) & 0o7777,
        size: statx.stx_size,
        mtime: time(&statx.stx_mtime),
        ctime: time(&statx.stx_ctime),
        ino: statx.stx_ino,
        dev: u64::from(statx.stx_dev_major) << 32 | u64::from(statx.stx_dev_minor),
        allocated: statx.stx_blocks * 512,
        uid: statx.stx_uid,
        gid: statx.stx_gid,
        nlink: statx.stx_nlink,
        is_mount: statx.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
    }
}

fn statx(dir: impl AsFd, name: &[u8], flags: AtFlags) -> io::Result<Stat> {
    Ok(stat_of(&rustix::fs::statx(dir, os(name), flags, StatxFlags::BASIC_STATS)?))
}

fn timestamps(mtime: FileTime) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
        last_modification: Timespec { tv_sec: mtime.secs, tv_nsec: i64::from(mtime.nanos) },
    }
}

impl FileSystem for RealFileSystem {
    type Dir = OwnedFd;
    type File = File;

    fn open_root(&self, path: &Path) -> io::Result<OwnedFd> {
        Ok(rustix::fs::openat(CWD, path, DIR_FLAGS, Mode::empty())?)
    }

    fn open_dir(&self, dir: &OwnedFd, path: &[u8]) -> io::Result<OwnedFd> {
        if path.len() <= STEP {
            let path = if path.is_empty() { b"." } else { path };
            return open_beneath(dir, path);
        }
        let cut = path[..STEP].iter().rposition(|&byte| byte == b'/');
        let cut = cut.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
        let step = open_beneath(dir, &path[..cut])?;
        self.open_dir(&step, &path[cut + 1..])
    }

    fn list(&self, dir: &OwnedFd, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        // A handle has one reading position; a second listing of it starts over.
        rustix::fs::seek(dir, rustix::fs::SeekFrom::Start(0))?;
        let mut buffer = [MaybeUninit::uninit(); 32 * 1024];
        let mut entries = RawDir::new(dir, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                each(name);
            }
        }
        Ok(())
    }

    fn stat(&self, dir: &OwnedFd, name: &[u8]) -> io::Result<Stat> {
        statx(dir, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT)
    }

    fn stat_dir(&self, dir: &OwnedFd) -> io::Result<Stat> {
        statx(dir, b"", AtFlags::EMPTY_PATH)
    }

    fn read_link(&self, dir: &OwnedFd, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(rustix::fs::readlinkat(dir, os(name), Vec::new())?.into_bytes())
    }

    fn open_file(&self, dir: &OwnedFd, name: &[u8]) -> io::Result<File> {
        self.open_seen(dir, name).map(|(file, _)| file)
    }

    fn open_seen(&self, dir: &OwnedFd, name: &[u8]) -> io::Result<(File, Stat)> {
        // NONBLOCK: should the entry have become a pipe since we looked, opening it must not wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(dir, os(name), flags, Mode::empty())?);
        let stat = statx(&file, b"", AtFlags::EMPTY_PATH)?;
        match stat.kind {
            Kind::File => Ok((file, stat)),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        }
    }

    fn create_file(&self, dir: &OwnedFd, name: &[u8], mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(dir, os(name), flags, Mode::from_raw_mode(mode))?))
    }

    fn append_file(&self, dir: &OwnedFd, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(dir, os(name), flags, Mode::empty())?))
    }

    fn stat_file(&self, file: &File) -> io::Result<Stat> {
        statx(file, b"", AtFlags::EMPTY_PATH)
    }

    fn set_file_attributes(&self, file: &File, attributes: Attributes) -> io::Result<()> {
        if let Some((uid, gid)) = attributes.owner {
            rustix::fs::fchown(file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
        }
        if let Some(mode) = attributes.mode {
            rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?;
        }
        if let Some(mtime) = attributes.mtime {
            rustix::fs::futimens(file, &timestamps(mtime))?;
        }
        Ok(())
    }

    fn next_data(&self, file: &File, offset: u64) -> io::Result<Option<(u64, u64)>> {
        let start = match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(offset)) {
            Ok(start) => start,
            Err(Errno::NXIO) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let end = rustix::fs::seek(file, rustix::fs::SeekFrom::Hole(start))?;
        Ok(Some((start, end)))
    }

    fn seek(&self, file: &mut File, offset: u64) -> io::Result<()> {
        Seek::seek(file, SeekFrom::Start(offset)).map(drop)
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        file.set_len(len)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn make_dir(&self, dir: &OwnedFd, name: &[u8], mode: u32) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(dir, os(name), Mode::from_raw_mode(mode))?)
    }

    fn make_link(&self, dir: &OwnedFd, name: &[u8], target: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(os(target), dir, os(name))?)
    }

    fn hard_link(&self, from: &OwnedFd, name: &[u8], to: &OwnedFd, new_name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::linkat(from, os(name), to, os(new_name), AtFlags::empty())?)
    }

    fn rename(
        &self,
        from: &OwnedFd,
        name: &[u8],
        to: &OwnedFd,
        new_name: &[u8],
        existing: OnExisting,
    ) -> io::Result<()> {
        let flags = match existing {
            OnExisting::Fail => RenameFlags::NOREPLACE,
            OnExisting::Replace => RenameFlags::empty(),
            OnExisting::Exchange => RenameFlags::EXCHANGE,
        };
        match rustix::fs::renameat_with(from, os(name), to, os(new_name), flags) {
            Err(error) if existing == OnExisting::Fail && is_unsupported(error) => {
                rename_to_free(from, os(name), to, os(new_name))
            }
            result => Ok(result?),
        }
    }

    fn remove_file(&self, dir: &OwnedFd, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(dir, os(name), AtFlags::empty())?)
    }

    fn remove_dir(&self, dir: &OwnedFd, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(dir, os(name), AtFlags::REMOVEDIR)?)
    }

    fn set_attributes(&self, dir: &OwnedFd, name: &[u8], attributes: Attributes) -> io::Result<()> {
        if let Some((uid, gid)) = attributes.owner {
            let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
            rustix::fs::chownat(dir, os(name), Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        if let Some(mode) = attributes.mode {
            set_mode(dir, name, mode)?;
        }
        if let Some(mtime) = attributes.mtime {
            rustix::fs::utimensat(dir, os(name), &timestamps(mtime), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        Ok(())
    }

    fn list_xattrs(&self, dir: &OwnedFd, name: &[u8], each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let path = path_of(dir, name);
        let keys = whole(|buffer| rustix::fs::llistxattr(path.as_path(), buffer))?;
        keys.split(|&byte| byte == 0).filter(|key| !key.is_empty()).for_each(each);
        Ok(())
    }

    fn read_xattr(&self, dir: &OwnedFd, name: &[u8], key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let path = path_of(dir, name);
        match whole(|buffer| rustix::fs::lgetxattr(path.as_path(), os(key), buffer)) {
            Err(error) if error == Errno::NODATA => Ok(None),
            result => Ok(Some(result?)),
        }
    }

    fn set_xattr(&self, dir: &OwnedFd, name: &[u8], key: &[u8], value: &[u8]) -> io::Result<()> {
        let path = path_of(dir, name);
        Ok(rustix::fs::lsetxattr(path.as_path(), os(key), value, XattrFlags::empty())?)
    }

    fn remove_xattr(&self, dir: &OwnedFd, name: &[u8], key: &[u8]) -> io::Result<()> {
        match rustix::fs::lremovexattr(path_of(dir, name).as_path(), os(key)) {
            Err(Errno::NODATA) => Ok(()),
            result => Ok(result?),
        }
    }

    fn clone_file(&self, from: &File, to: &File) -> io::Result<()> {
        Ok(rustix::fs::ioctl_ficlone(to, from)?)
    }

    fn sync_dir(&self, dir: &OwnedFd) -> io::Result<()> {
        match rustix::fs::fsync(dir) {
            // Some network file systems keep directories on the server and have nothing to flush here.
            Err(error) if is_unsupported(error) => Ok(()),
            result => Ok(result?),
        }
    }

    fn sync_all(&self, dir: &OwnedFd) -> io::Result<()> {
        Ok(rustix::fs::syncfs(dir)?)
    }

    fn try_lock(&self, file: &File) -> io::Result<()> {
        Ok(rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive)?)
    }
}

/// Whether a file system says that it does not know what was asked for.
fn is_unsupported(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

/// "Rename unless the name is taken" for file systems that cannot do it in one call (NFS, exFAT, some of FUSE).
///
/// A second name is given exclusively, and the first one removed after it: if we are cut off in between, the entry has
/// both. What cannot have a second name is renamed a moment after a look; nothing better is to be had there.
fn rename_to_free(from: &OwnedFd, name: &OsStr, to: &OwnedFd, new_name: &OsStr) -> io::Result<()> {
    match rustix::fs::linkat(from, name, to, new_name, AtFlags::empty()) {
        Ok(()) => return Ok(rustix::fs::unlinkat(from, name, AtFlags::empty())?),
        Err(Errno::EXIST) => return Err(Errno::EXIST.into()),
        Err(_) => {}
    }
    match rustix::fs::statx(to, new_name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE) {
        Ok(_) => Err(Errno::EXIST.into()),
        Err(Errno::NOENT) => Ok(rustix::fs::renameat(from, name, to, new_name)?),
        Err(error) => Err(error.into()),
    }
}

/// The path of an entry through the kernel's name for the handle of its directory: it leads into that very directory,
/// wherever it is now. Calls that do not know handles take it, and those used here do not follow the last component.
fn path_of(dir: &OwnedFd, name: &[u8]) -> PathBuf {
    let number = std::os::fd::AsRawFd::as_raw_fd(dir);
    Path::new("/proc/self/fd").join(number.to_string()).join(os(name))
}

/// All of what `read` fills a buffer with. Nearly always the first buffer is large enough; what grew meanwhile is asked
/// for again, up to the largest that Linux knows.
fn whole(mut read: impl FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; 256];
    loop {
        match read(&mut buffer) {
            Err(Errno::RANGE) if buffer.len() < MAX_XATTR => buffer.resize(MAX_XATTR, 0),
            Err(error) => return Err(error),
            Ok(n) => {
                buffer.truncate(n);
                return Ok(buffer);
            }
        }
    }
}

/// Changes permission bits without following a link: the entry is opened by handle first and changed through it.
///
/// There is no portable "chmod, but not through a link" call. A handle that only names the entry (`O_PATH`) can be had
/// even for what we may not read, and the kernel's name for that handle always means the entry itself.
fn set_mode(dir: &OwnedFd, name: &[u8], mode: u32) -> io::Result<()> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let entry = rustix::fs::openat(dir, os(name), flags, Mode::empty())?;
    if statx(&entry, b"", AtFlags::EMPTY_PATH)?.kind == Kind::Symlink {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the permissions of a link cannot be set"));
    }
    let number = std::os::fd::AsRawFd::as_raw_fd(&entry);
    let path = format!("/proc/self/fd/{number}");
    Ok(rustix::fs::chmodat(CWD, path.as_str(), Mode::from_raw_mode(mode), AtFlags::empty())?)
}

/// Whether opening a folder failed because a link has its name.
pub(crate) fn is_link_met(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

/// Whether a name may lead to what has the name `ours`.
pub(crate) fn is_name(name: &[u8], ours: &[u8]) -> bool {
    name == ours
}

/// A path as bytes, each path another one.
pub(crate) fn bytes_of_path(path: &Path) -> Cow<'_, [u8]> {
    path.as_os_str().as_bytes().into()
}

/// The path that bytes from a walk are, for matching.
pub(crate) fn path_of_bytes(bytes: &[u8]) -> Cow<'_, Path> {
    Path::new(os(bytes)).into()
}

/// Which folder or file a path leads to: device and inode.
pub(crate) fn place(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_call_for_it_a_rename_to_a_free_name_still_never_replaces() {
        let dir = tempfile::tempdir().unwrap();
        let root = RealFileSystem.open_root(dir.path()).unwrap();
        for name in ["file", "taken"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        let rename =
            |name: &str, new_name: &str| rename_to_free(&root, name.as_ref(), &root, new_name.as_ref());
        for name in ["file", "folder"] {
            assert_eq!(rename(name, "taken").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            rename(name, &format!("{name} renamed")).unwrap();
            assert!(!dir.path().join(name).exists());
        }
        assert_eq!(std::fs::read(dir.path().join("taken")).unwrap(), b"taken");
        assert_eq!(std::fs::read(dir.path().join("file renamed")).unwrap(), b"file");
    }

    #[test]
    fn extended_attributes_are_those_of_the_entry_and_never_of_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let root = RealFileSystem.open_root(dir.path()).unwrap();
        std::fs::write(dir.path().join("f"), "1").unwrap();
        std::os::unix::fs::symlink("f", dir.path().join("l")).unwrap();
        let fs = RealFileSystem;
        let long = vec![7; 3_000];
        for (key, value) in [(&b"user.long"[..], &long[..]), (b"user.empty", b"")] {
            fs.set_xattr(&root, b"f", key, value).unwrap();
            assert_eq!(fs.read_xattr(&root, b"f", key).unwrap().as_deref(), Some(value));
            fs.set_xattr(&root, b"l", key, value).unwrap_err();
        }
        let keys = |name: &[u8]| {
            let mut keys = Vec::new();
            fs.list_xattrs(&root, name, &mut |key| keys.push(String::from_utf8(key.to_vec()).unwrap()))
                .unwrap();
            keys.retain(|key| key.starts_with("user."));
            keys.sort();
            keys
        };
        assert_eq!(keys(b"f"), ["user.empty", "user.long"]);
        assert_eq!(keys(b"l"), [""; 0]);
        for _ in 0..2 {
            fs.remove_xattr(&root, b"f", b"user.long").unwrap();
            assert_eq!(fs.read_xattr(&root, b"f", b"user.long").unwrap(), None);
        }
    }

    #[test]
    fn a_link_is_given_to_another_owner_without_its_target() {
        // Giving something to the owner it has needs no privilege, and moves its change time.
        let dir = tempfile::tempdir().unwrap();
        let root = RealFileSystem.open_root(dir.path()).unwrap();
        std::fs::write(dir.path().join("f"), "1").unwrap();
        std::os::unix::fs::symlink("f", dir.path().join("l")).unwrap();
        let stat = |name: &[u8]| RealFileSystem.stat(&root, name).unwrap();
        let (file, link) = (stat(b"f"), stat(b"l"));
        let owner = Attributes { owner: Some((link.uid, link.gid)), ..Attributes::default() };
        while (stat(b"f").ctime, stat(b"l").ctime) == (file.ctime, link.ctime) {
            RealFileSystem.set_attributes(&root, b"l", owner).unwrap();
        }
        assert_eq!(stat(b"f"), file);
    }

    #[test]
    fn a_file_tells_its_names_and_a_mount_is_told_from_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = RealFileSystem.open_root(dir.path()).unwrap();
        std::fs::write(dir.path().join("f"), "1").unwrap();
        assert_eq!(RealFileSystem.stat(&root, b"f").unwrap().nlink, 1);
        RealFileSystem.hard_link(&root, b"f", &root, b"g").unwrap();
        assert_eq!(RealFileSystem.stat(&root, b"g").unwrap().nlink, 2);
        assert!(!RealFileSystem.stat_dir(&root).unwrap().is_mount);
        let top = RealFileSystem.open_root(Path::new("/")).unwrap();
        assert!(RealFileSystem.stat(&top, b"proc").unwrap().is_mount);
    }

    #[test]
    fn no_link_on_the_way_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("outside/d")).unwrap();
        std::fs::create_dir(dir.path().join("root")).unwrap();
        std::os::unix::fs::symlink("../outside", dir.path().join("root/l")).unwrap();
        let root = RealFileSystem.open_root(&dir.path().join("root")).unwrap();
        for path in [&b"l"[..], b"l/d", b"../outside"] {
            assert!(RealFileSystem.open_dir(&root, path).is_err(), "{path:?}");
            assert!(open_by_components(&root, path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_path_longer_than_a_system_call_takes_is_walked_in_steps() {
        let dir = tempfile::tempdir().unwrap();
        let root = RealFileSystem.open_root(dir.path()).unwrap();
        let mut path = Vec::new();
        let name = vec![b'n'; 200];
        for _ in 0..40 {
            let parent = RealFileSystem.open_dir(&root, &path).unwrap();
            RealFileSystem.make_dir(&parent, &name, 0o755).unwrap();
            path = crate::path::join(&path, &name);
        }
        assert_eq!(path.len(), 40 * 201 - 1);
        assert!(RealFileSystem.open_dir(&root, &path).is_ok());
    }
}
