//! A file system on which one root is of an odd kind: it folds case, has a coarse clock, or keeps no modes or links.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::fs::{Attributes, FileSystem, FileTime, OnExisting, Stat};

/// What is odd about a root.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Oddity {
    /// Names that differ only in the case of ASCII letters are the same name.
    pub(crate) folds_case: bool,
    /// Times have this many seconds between two ticks.
    pub(crate) tick: i64,
    /// Everything shows these permission bits, and they cannot be changed.
    pub(crate) mode: Option<u32>,
    /// There are no symbolic links.
    pub(crate) lacks_links: bool,
}

/// The machine's file system with one odd root.
pub(crate) struct OddFileSystem {
    pub(crate) root: PathBuf,
    pub(crate) oddity: Oddity,
}

/// An open directory or file, and whether it lies on the odd root.
pub(crate) struct Handle<T> {
    inner: T,
    is_odd: bool,
}

impl<T: Read> Read for Handle<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl<T: Write> Write for Handle<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.inner.write(buffer)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

type Dir = Handle<OwnedFd>;

impl OddFileSystem {
    /// The name an entry really has that is asked for by this one.
    fn spelled(&self, dir: &Dir, name: &[u8]) -> io::Result<Vec<u8>> {
        if !dir.is_odd || !self.oddity.folds_case || RealFileSystem.stat(&dir.inner, name).is_ok() {
            return Ok(name.to_vec());
        }
        let mut found = name.to_vec();
        RealFileSystem.list(&dir.inner, &mut |there| {
            if there.eq_ignore_ascii_case(name) {
                found = there.to_vec();
            }
        })?;
        Ok(found)
    }

    fn tick(&self, time: FileTime) -> FileTime {
        match self.oddity.tick {
            0 => time,
            tick => FileTime { secs: time.secs.div_euclid(tick) * tick, nanos: 0 },
        }
    }

    fn shown(&self, is_odd: bool, stat: Stat) -> Stat {
        if !is_odd {
            return stat;
        }
        let mode = self.oddity.mode.unwrap_or(stat.mode);
        Stat { mode, mtime: self.tick(stat.mtime), ctime: self.tick(stat.ctime), ..stat }
    }

    /// What can be set: modes cannot be on a root that keeps none, and say so.
    fn settable(&self, is_odd: bool, attributes: Attributes) -> io::Result<Attributes> {
        if !is_odd {
            return Ok(attributes);
        }
        match self.oddity.mode {
            Some(mode) if attributes.mode.is_some_and(|wanted| wanted != mode) => {
                Err(io::ErrorKind::PermissionDenied.into())
            }
            Some(_) => Ok(Attributes {
                mode: None,
                mtime: attributes.mtime.map(|time| self.tick(time)),
                ..attributes
            }),
            None => Ok(Attributes { mtime: attributes.mtime.map(|time| self.tick(time)), ..attributes }),
        }
    }
}

impl FileSystem for OddFileSystem {
    type Dir = Dir;
    type File = Handle<std::fs::File>;

    fn open_root(&self, path: &Path) -> io::Result<Dir> {
        Ok(Handle { inner: RealFileSystem.open_root(path)?, is_odd: path == self.root })
    }
    fn open_dir(&self, dir: &Dir, path: &[u8]) -> io::Result<Dir> {
        let mut real = Handle { inner: RealFileSystem.open_dir(&dir.inner, b"")?, is_odd: dir.is_odd };
        for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
            let name = self.spelled(&real, name)?;
            real.inner = RealFileSystem.open_dir(&real.inner, &name)?;
        }
        Ok(real)
    }
    fn list(&self, dir: &Dir, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        RealFileSystem.list(&dir.inner, each)
    }
    fn stat(&self, dir: &Dir, name: &[u8]) -> io::Result<Stat> {
        let stat = RealFileSystem.stat(&dir.inner, &self.spelled(dir, name)?)?;
        Ok(self.shown(dir.is_odd, stat))
    }
    fn stat_dir(&self, dir: &Dir) -> io::Result<Stat> {
        Ok(self.shown(dir.is_odd, RealFileSystem.stat_dir(&dir.inner)?))
    }
    fn read_link(&self, dir: &Dir, name: &[u8]) -> io::Result<Vec<u8>> {
        RealFileSystem.read_link(&dir.inner, &self.spelled(dir, name)?)
    }
    fn open_file(&self, dir: &Dir, name: &[u8]) -> io::Result<Self::File> {
        let inner = RealFileSystem.open_file(&dir.inner, &self.spelled(dir, name)?)?;
        Ok(Handle { inner, is_odd: dir.is_odd })
    }
    fn create_file(&self, dir: &Dir, name: &[u8], mode: u32) -> io::Result<Self::File> {
        let inner = RealFileSystem.create_file(&dir.inner, &self.spelled(dir, name)?, mode)?;
        Ok(Handle { inner, is_odd: dir.is_odd })
    }
    fn append_file(&self, dir: &Dir, name: &[u8]) -> io::Result<Self::File> {
        let inner = RealFileSystem.append_file(&dir.inner, &self.spelled(dir, name)?)?;
        Ok(Handle { inner, is_odd: dir.is_odd })
    }
    fn stat_file(&self, file: &Self::File) -> io::Result<Stat> {
        Ok(self.shown(file.is_odd, RealFileSystem.stat_file(&file.inner)?))
    }
    fn set_file_attributes(&self, file: &Self::File, attributes: Attributes) -> io::Result<()> {
        RealFileSystem.set_file_attributes(&file.inner, self.settable(file.is_odd, attributes)?)
    }
    fn next_data(&self, file: &Self::File, offset: u64) -> io::Result<Option<(u64, u64)>> {
        RealFileSystem.next_data(&file.inner, offset)
    }
    fn seek(&self, file: &mut Self::File, offset: u64) -> io::Result<()> {
        RealFileSystem.seek(&mut file.inner, offset)
    }
    fn set_len(&self, file: &Self::File, len: u64) -> io::Result<()> {
        RealFileSystem.set_len(&file.inner, len)
    }
    fn sync_file(&self, file: &Self::File) -> io::Result<()> {
        RealFileSystem.sync_file(&file.inner)
    }
    fn make_dir(&self, dir: &Dir, name: &[u8], mode: u32) -> io::Result<()> {
        RealFileSystem.make_dir(&dir.inner, &self.spelled(dir, name)?, mode)
    }
    fn make_link(&self, dir: &Dir, name: &[u8], target: &[u8]) -> io::Result<()> {
        if dir.is_odd && self.oddity.lacks_links {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        RealFileSystem.make_link(&dir.inner, &self.spelled(dir, name)?, target)
    }
    fn hard_link(&self, from: &Dir, name: &[u8], to: &Dir, new_name: &[u8]) -> io::Result<()> {
        if from.is_odd && self.oddity.lacks_links {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let (name, new_name) = (self.spelled(from, name)?, self.spelled(to, new_name)?);
        RealFileSystem.hard_link(&from.inner, &name, &to.inner, &new_name)
    }
    fn rename(
        &self,
        from: &Dir,
        name: &[u8],
        to: &Dir,
        new_name: &[u8],
        existing: OnExisting,
    ) -> io::Result<()> {
        let name = self.spelled(from, name)?;
        let taken = self.spelled(to, new_name)?;
        // Replacing an entry by itself under another spelling gives it that spelling.
        let is_itself = taken == name && taken != new_name && existing == OnExisting::Replace;
        let new_name = if is_itself { new_name } else { &taken };
        RealFileSystem.rename(&from.inner, &name, &to.inner, new_name, existing)
    }
    fn remove_file(&self, dir: &Dir, name: &[u8]) -> io::Result<()> {
        RealFileSystem.remove_file(&dir.inner, &self.spelled(dir, name)?)
    }
    fn remove_dir(&self, dir: &Dir, name: &[u8]) -> io::Result<()> {
        RealFileSystem.remove_dir(&dir.inner, &self.spelled(dir, name)?)
    }
    fn set_attributes(&self, dir: &Dir, name: &[u8], attributes: Attributes) -> io::Result<()> {
        let attributes = self.settable(dir.is_odd, attributes)?;
        RealFileSystem.set_attributes(&dir.inner, &self.spelled(dir, name)?, attributes)
    }
    fn sync_dir(&self, dir: &Dir) -> io::Result<()> {
        RealFileSystem.sync_dir(&dir.inner)
    }
    fn sync_all(&self, dir: &Dir) -> io::Result<()> {
        RealFileSystem.sync_all(&dir.inner)
    }
    fn try_lock(&self, file: &Self::File) -> io::Result<()> {
        RealFileSystem.try_lock(&file.inner)
    }
}
