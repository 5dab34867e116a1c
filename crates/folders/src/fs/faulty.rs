//! A file system that fails on demand, for tests: every call passes a hook first.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Attributes, FileSystem, OnExisting, Stat};

/// The calls a hook can tell apart. Those that change the disk are [mutating](Call::is_mutating).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the call of the same name")]
pub enum Call {
    OpenRoot,
    OpenDir,
    List,
    Stat,
    StatDir,
    ReadLink,
    OpenFile,
    CreateFile,
    AppendFile,
    StatFile,
    SetFileAttributes,
    NextData,
    Seek,
    SetLen,
    SyncFile,
    MakeDir,
    MakeLink,
    HardLink,
    Rename,
    RemoveFile,
    RemoveDir,
    SetAttributes,
    FitIn,
    ListXattrs,
    ReadXattr,
    SetXattr,
    RemoveXattr,
    CloneFile,
    SyncDir,
    SyncAll,
    TryLock,
    Read,
    Write,
}

impl Call {
    /// Whether the call can change what is on the disk.
    pub fn is_mutating(self) -> bool {
        use Call::*;
        matches!(
            self,
            CreateFile
                | SetFileAttributes
                | SetLen
                | MakeDir
                | MakeLink
                | HardLink
                | Rename
                | RemoveFile
                | RemoveDir
                | SetAttributes
                | FitIn
                | SetXattr
                | RemoveXattr
                | CloneFile
                | Write
        )
    }
}

/// Decides what becomes of a call: `Ok` lets it pass, an error is what the engine gets instead. Called with the call and
/// the name it is about (empty where there is none).
pub type Hook = Arc<dyn Fn(Call, &[u8]) -> io::Result<()> + Send + Sync>;

/// A file system in front of another one that asks a [`Hook`] before each call.
pub struct FaultyFileSystem<F> {
    inner: F,
    hook: Hook,
}

impl<F> FaultyFileSystem<F> {
    /// Puts the hook before every call of `inner`.
    pub fn new(inner: F, hook: Hook) -> Self {
        Self { inner, hook }
    }
}

/// A file whose reads and writes pass the hook.
pub struct FaultyFile<T> {
    inner: T,
    hook: Hook,
}

impl<T: io::Read> io::Read for FaultyFile<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (self.hook)(Call::Read, b"")?;
        self.inner.read(buffer)
    }
}

impl<T: io::Write> io::Write for FaultyFile<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        (self.hook)(Call::Write, b"")?;
        self.inner.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<F: FileSystem> FaultyFileSystem<F> {
    fn file(&self, file: F::File) -> FaultyFile<F::File> {
        FaultyFile { inner: file, hook: Arc::clone(&self.hook) }
    }
}

impl<F: FileSystem> FileSystem for FaultyFileSystem<F> {
    type Dir = F::Dir;
    type File = FaultyFile<F::File>;

    fn open_root(&self, path: &Path) -> io::Result<F::Dir> {
        (self.hook)(Call::OpenRoot, b"")?;
        self.inner.open_root(path)
    }

    fn open_dir(&self, dir: &F::Dir, path: &[u8]) -> io::Result<F::Dir> {
        (self.hook)(Call::OpenDir, path)?;
        self.inner.open_dir(dir, path)
    }

    fn list(&self, dir: &F::Dir, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        (self.hook)(Call::List, b"")?;
        self.inner.list(dir, each)
    }

    fn stat(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Stat> {
        (self.hook)(Call::Stat, name)?;
        self.inner.stat(dir, name)
    }

    fn stat_dir(&self, dir: &F::Dir) -> io::Result<Stat> {
        (self.hook)(Call::StatDir, b"")?;
        self.inner.stat_dir(dir)
    }

    fn read_link(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Vec<u8>> {
        (self.hook)(Call::ReadLink, name)?;
        self.inner.read_link(dir, name)
    }

    fn open_file(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Self::File> {
        (self.hook)(Call::OpenFile, name)?;
        Ok(self.file(self.inner.open_file(dir, name)?))
    }

    fn open_seen(&self, dir: &F::Dir, name: &[u8]) -> io::Result<(Self::File, Stat)> {
        (self.hook)(Call::OpenFile, name)?;
        let (file, stat) = self.inner.open_seen(dir, name)?;
        Ok((self.file(file), stat))
    }

    fn create_file(&self, dir: &F::Dir, name: &[u8], mode: u32) -> io::Result<Self::File> {
        (self.hook)(Call::CreateFile, name)?;
        Ok(self.file(self.inner.create_file(dir, name, mode)?))
    }

    fn append_file(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Self::File> {
        (self.hook)(Call::AppendFile, name)?;
        Ok(self.file(self.inner.append_file(dir, name)?))
    }

    fn stat_file(&self, file: &Self::File) -> io::Result<Stat> {
        (self.hook)(Call::StatFile, b"")?;
        self.inner.stat_file(&file.inner)
    }

    fn set_file_attributes(&self, file: &Self::File, attributes: Attributes) -> io::Result<()> {
        (self.hook)(Call::SetFileAttributes, b"")?;
        self.inner.set_file_attributes(&file.inner, attributes)
    }

    fn next_data(&self, file: &Self::File, offset: u64) -> io::Result<Option<(u64, u64)>> {
        (self.hook)(Call::NextData, b"")?;
        self.inner.next_data(&file.inner, offset)
    }

    fn seek(&self, file: &mut Self::File, offset: u64) -> io::Result<()> {
        (self.hook)(Call::Seek, b"")?;
        self.inner.seek(&mut file.inner, offset)
    }

    fn set_len(&self, file: &Self::File, len: u64) -> io::Result<()> {
        (self.hook)(Call::SetLen, b"")?;
        self.inner.set_len(&file.inner, len)
    }

    fn sync_file(&self, file: &Self::File) -> io::Result<()> {
        (self.hook)(Call::SyncFile, b"")?;
        self.inner.sync_file(&file.inner)
    }

    fn make_dir(&self, dir: &F::Dir, name: &[u8], mode: u32) -> io::Result<()> {
        (self.hook)(Call::MakeDir, name)?;
        self.inner.make_dir(dir, name, mode)
    }

    fn make_link(&self, dir: &F::Dir, name: &[u8], target: &[u8]) -> io::Result<()> {
        (self.hook)(Call::MakeLink, name)?;
        self.inner.make_link(dir, name, target)
    }

    fn hard_link(&self, from: &F::Dir, name: &[u8], to: &F::Dir, new_name: &[u8]) -> io::Result<()> {
        (self.hook)(Call::HardLink, name)?;
        self.inner.hard_link(from, name, to, new_name)
    }

    fn rename(
        &self,
        from: &F::Dir,
        name: &[u8],
        to: &F::Dir,
        new_name: &[u8],
        existing: OnExisting,
    ) -> io::Result<()> {
        (self.hook)(Call::Rename, new_name)?;
        self.inner.rename(from, name, to, new_name, existing)
    }

    fn remove_file(&self, dir: &F::Dir, name: &[u8]) -> io::Result<()> {
        (self.hook)(Call::RemoveFile, name)?;
        self.inner.remove_file(dir, name)
    }

    fn remove_dir(&self, dir: &F::Dir, name: &[u8]) -> io::Result<()> {
        (self.hook)(Call::RemoveDir, name)?;
        self.inner.remove_dir(dir, name)
    }

    fn set_attributes(&self, dir: &F::Dir, name: &[u8], attributes: Attributes) -> io::Result<()> {
        (self.hook)(Call::SetAttributes, name)?;
        self.inner.set_attributes(dir, name, attributes)
    }

    fn fit_in(&self, dir: &F::Dir, name: &[u8], to: &F::Dir, replaces: Option<&[u8]>) -> io::Result<()> {
        (self.hook)(Call::FitIn, name)?;
        self.inner.fit_in(dir, name, to, replaces)
    }

    fn list_xattrs(&self, dir: &F::Dir, name: &[u8], each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        (self.hook)(Call::ListXattrs, name)?;
        self.inner.list_xattrs(dir, name, each)
    }

    fn read_xattr(&self, dir: &F::Dir, name: &[u8], key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        (self.hook)(Call::ReadXattr, name)?;
        self.inner.read_xattr(dir, name, key)
    }

    fn set_xattr(&self, dir: &F::Dir, name: &[u8], key: &[u8], value: &[u8]) -> io::Result<()> {
        (self.hook)(Call::SetXattr, name)?;
        self.inner.set_xattr(dir, name, key, value)
    }

    fn remove_xattr(&self, dir: &F::Dir, name: &[u8], key: &[u8]) -> io::Result<()> {
        (self.hook)(Call::RemoveXattr, name)?;
        self.inner.remove_xattr(dir, name, key)
    }

    fn clone_file(&self, from: &Self::File, to: &Self::File) -> io::Result<()> {
        (self.hook)(Call::CloneFile, b"")?;
        self.inner.clone_file(&from.inner, &to.inner)
    }

    fn names_are_exact(&self) -> bool {
        self.inner.names_are_exact()
    }
    fn flushes_all(&self) -> bool {
        self.inner.flushes_all()
    }
    fn sync_dir(&self, dir: &F::Dir) -> io::Result<()> {
        (self.hook)(Call::SyncDir, b"")?;
        self.inner.sync_dir(dir)
    }

    fn sync_all(&self, dir: &F::Dir) -> io::Result<()> {
        (self.hook)(Call::SyncAll, b"")?;
        self.inner.sync_all(dir)
    }

    fn try_lock(&self, file: &Self::File) -> io::Result<()> {
        (self.hook)(Call::TryLock, b"")?;
        self.inner.try_lock(&file.inner)
    }
}
