//! The simulated volumes as a [`FileSystem`].

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_folders::fs::{Attributes, FileSystem, OnExisting, Stat};

use crate::disk::{Disk, Node, ObjectId, Quirk, TOP, Volume, Who};
use crate::machine::Errno;

/// Bytes that a short write takes.
const SHORT: usize = 300;

/// The simulated volumes, as seen by the engine or by the user. `/N` is the top of volume N.
#[derive(Clone)]
pub(crate) struct MemoryFileSystem {
    disk: Arc<Mutex<Disk>>,
    who: Who,
}

impl MemoryFileSystem {
    pub(crate) fn new(disk: &Arc<Mutex<Disk>>, who: Who) -> Self {
        Self { disk: Arc::clone(disk), who }
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dir(&self, volume: &Volume, at: usize, id: ObjectId) -> io::Result<MemoryDir> {
        volume.entries(id)?;
        volume.permit(self.who, id, 0o400)?;
        Ok(MemoryDir { volume: at, id, _pin: Arc::clone(&volume.object(id)?.pin) })
    }

    fn file(&self, volume: &Volume, at: usize, id: ObjectId, use_: Use) -> io::Result<MemoryFile> {
        let holder = Arc::new(());
        let pin = Arc::clone(&volume.object(id)?.pin);
        Ok(MemoryFile { fs: self.clone(), volume: at, id, at: 0, use_, holder, _pin: pin })
    }

    /// What the user does is on the disk at once.
    fn done(&self, volume: &mut Volume, dirs: &[ObjectId], file: Option<ObjectId>) {
        if self.who == Who::User {
            dirs.iter().for_each(|dir| volume.flush_up(*dir));
            file.into_iter().for_each(|file| volume.flush_file(file));
        }
    }

    /// Makes a pipe.
    pub(crate) fn make_special(&self, dir: &MemoryDir, name: &[u8]) -> io::Result<()> {
        self.make(dir, name, Node::Special, 0o600).map(drop)
    }

    fn make(&self, dir: &MemoryDir, name: &[u8], node: Node, mode: u32) -> io::Result<ObjectId> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(dir.volume);
        let id = volume.make(self.who, dir.id, name, node, mode, now)?;
        self.done(volume, &[dir.id], Some(id));
        Ok(id)
    }

    fn open(&self, dir: &MemoryDir, name: &[u8], bits: u32, use_: Use) -> io::Result<MemoryFile> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        let id = volume.lookup(self.who, dir.id, name)?;
        match volume.object(id)?.node {
            Node::File(_) => {}
            Node::Symlink(_) => return Err(Errno::LOOP.into()),
            Node::Dir(_) if use_ != Use::Read => return Err(Errno::ISDIR.into()),
            _ => return Err(Errno::INVAL.into()),
        }
        volume.permit(self.who, id, bits)?;
        self.file(volume, dir.volume, id, use_)
    }
}

/// An open directory.
pub(crate) struct MemoryDir {
    volume: usize,
    id: ObjectId,
    _pin: Arc<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
    Append,
}

/// An open file.
pub(crate) struct MemoryFile {
    fs: MemoryFileSystem,
    volume: usize,
    id: ObjectId,
    at: usize,
    use_: Use,
    holder: Arc<()>,
    _pin: Arc<()>,
}

impl Read for MemoryFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut disk = self.fs.lock();
        let (volume, _) = disk.call(self.volume);
        let Node::File(content) = &volume.object(self.id)?.node else { return Err(Errno::INVAL.into()) };
        let rest = content.get(self.at..).unwrap_or(&[]);
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
}

impl Write for MemoryFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.use_ == Use::Read {
            return Err(Errno::BADF.into());
        }
        let fs = self.fs.clone();
        let mut disk = fs.lock();
        let (volume, now) = disk.call(self.volume);
        let short = volume.has(Quirk::ShortWrites) && fs.who == Who::Engine;
        let bytes = if short { &buffer[..buffer.len().min(SHORT)] } else { buffer };
        let (at, appends) = (&mut self.at, self.use_ == Use::Append);
        volume.write(self.id, now, |content| {
            *at = if appends { content.len() } else { *at };
            content.resize(content.len().max(*at + bytes.len()), 0);
            content[*at..*at + bytes.len()].copy_from_slice(bytes);
            *at += bytes.len();
        })?;
        fs.done(volume, &[], Some(self.id));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FileSystem for MemoryFileSystem {
    type Dir = MemoryDir;
    type File = MemoryFile;

    fn open_root(&self, path: &Path) -> io::Result<MemoryDir> {
        let mut names = path.iter().skip(1).map(|name| name.as_encoded_bytes());
        let number = names.next().and_then(|name| std::str::from_utf8(name).ok()?.parse().ok());
        let at: usize = number.ok_or(Errno::NOENT)?;
        let mut disk = self.lock();
        let (volume, _) = disk.call(at);
        let id = names.try_fold(TOP, |dir, name| volume.lookup(self.who, dir, name))?;
        self.dir(volume, at, id)
    }

    fn open_dir(&self, dir: &MemoryDir, path: &[u8]) -> io::Result<MemoryDir> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        let mut id = dir.id;
        for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
            id = volume.lookup(self.who, id, name)?;
            if matches!(volume.object(id)?.node, Node::Symlink(_)) {
                return Err(Errno::LOOP.into());
            }
        }
        self.dir(volume, dir.volume, id)
    }

    fn list(&self, dir: &MemoryDir, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        volume.entries(dir.id)?.keys().for_each(|name| each(name));
        Ok(())
    }

    fn stat(&self, dir: &MemoryDir, name: &[u8]) -> io::Result<Stat> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        let id = volume.lookup(self.who, dir.id, name)?;
        volume.stat(id, dir.volume)
    }

    fn stat_dir(&self, dir: &MemoryDir) -> io::Result<Stat> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        volume.stat(dir.id, dir.volume)
    }

    fn read_link(&self, dir: &MemoryDir, name: &[u8]) -> io::Result<Vec<u8>> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        match &volume.object(volume.lookup(self.who, dir.id, name)?)?.node {
            Node::Symlink(target) => Ok(target.clone()),
            _ => Err(Errno::INVAL.into()),
        }
    }

    fn open_file(&self, dir: &MemoryDir, name: &[u8]) -> io::Result<MemoryFile> {
        self.open(dir, name, 0o400, Use::Read)
    }

    fn create_file(&self, dir: &MemoryDir, name: &[u8], mode: u32) -> io::Result<MemoryFile> {
        let id = self.make(dir, name, Node::File(Vec::new()), mode)?;
        let disk = self.lock();
        self.file(&disk.volumes[dir.volume], dir.volume, id, Use::Write)
    }

    fn append_file(&self, dir: &MemoryDir, name: &[u8]) -> io::Result<MemoryFile> {
        self.open(dir, name, 0o600, Use::Append)
    }

    fn stat_file(&self, file: &MemoryFile) -> io::Result<Stat> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(file.volume);
        volume.stat(file.id, file.volume)
    }

    fn set_file_attributes(&self, file: &MemoryFile, attributes: Attributes) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(file.volume);
        volume.set_attributes(file.id, attributes.mode, attributes.mtime, now)?;
        self.done(volume, &[], Some(file.id));
        Ok(())
    }

    fn next_data(&self, file: &MemoryFile, offset: u64) -> io::Result<Option<(u64, u64)>> {
        let size = self.stat_file(file)?.size;
        Ok((offset < size).then_some((offset, size)))
    }

    fn seek(&self, file: &mut MemoryFile, offset: u64) -> io::Result<()> {
        file.at = offset as usize;
        Ok(())
    }

    fn set_len(&self, file: &MemoryFile, len: u64) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(file.volume);
        volume.write(file.id, now, |content| content.resize(len as usize, 0))
    }

    fn sync_file(&self, file: &MemoryFile) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(file.volume);
        if volume.has(Quirk::Lies) {
            return Ok(());
        }
        volume.flush_object(file.id);
        if volume.has(Quirk::Journal) {
            volume.flush_names(TOP);
        }
        Ok(())
    }

    fn make_dir(&self, dir: &MemoryDir, name: &[u8], mode: u32) -> io::Result<()> {
        self.make(dir, name, Node::Dir(std::collections::BTreeMap::new()), mode).map(drop)
    }

    fn make_link(&self, dir: &MemoryDir, name: &[u8], target: &[u8]) -> io::Result<()> {
        self.make(dir, name, Node::Symlink(target.to_vec()), 0o777).map(drop)
    }

    fn hard_link(&self, from: &MemoryDir, name: &[u8], to: &MemoryDir, new_name: &[u8]) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(from.volume);
        if from.volume != to.volume {
            return Err(Errno::XDEV.into());
        }
        volume.hard_link(self.who, (from.id, name), (to.id, new_name), now)?;
        self.done(volume, &[to.id], None);
        Ok(())
    }

    fn rename(
        &self,
        from: &MemoryDir,
        name: &[u8],
        to: &MemoryDir,
        new_name: &[u8],
        existing: OnExisting,
    ) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(from.volume);
        if from.volume != to.volume {
            return Err(Errno::XDEV.into());
        }
        volume.rename(self.who, (from.id, name), (to.id, new_name), existing, now)?;
        self.done(volume, &[from.id, to.id], None);
        Ok(())
    }

    fn remove_file(&self, dir: &MemoryDir, name: &[u8]) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(dir.volume);
        volume.remove(self.who, dir.id, name, false, now)?;
        self.done(volume, &[dir.id], None);
        Ok(())
    }

    fn remove_dir(&self, dir: &MemoryDir, name: &[u8]) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(dir.volume);
        volume.remove(self.who, dir.id, name, true, now)?;
        self.done(volume, &[dir.id], None);
        Ok(())
    }

    fn set_attributes(&self, dir: &MemoryDir, name: &[u8], attributes: Attributes) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, now) = disk.call(dir.volume);
        let id = volume.lookup(self.who, dir.id, name)?;
        volume.set_attributes(id, attributes.mode, attributes.mtime, now)?;
        self.done(volume, &[], Some(id));
        Ok(())
    }

    fn sync_dir(&self, dir: &MemoryDir) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        if !volume.has(Quirk::Lies) {
            volume.flush_names(dir.id);
        }
        Ok(())
    }

    fn sync_all(&self, dir: &MemoryDir) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(dir.volume);
        if !volume.has(Quirk::Lies) {
            volume.flush_all();
        }
        Ok(())
    }

    fn try_lock(&self, file: &MemoryFile) -> io::Result<()> {
        let mut disk = self.lock();
        let (volume, _) = disk.call(file.volume);
        let object = volume.object_mut(file.id)?;
        match object.lock.upgrade() {
            Some(holder) if !Arc::ptr_eq(&holder, &file.holder) => Err(Errno::WOULDBLOCK.into()),
            _ => {
                object.lock = Arc::downgrade(&file.holder);
                Ok(())
            }
        }
    }
}
