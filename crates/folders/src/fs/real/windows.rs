//! The file system of Windows: folders that are known by what they are, and held while something is done in them.
//!
//! Windows has no handle that stays on a folder and leaves it alone. As long as one is open, no folder above it can be
//! renamed, by us or by its user. So a [`Dir`] is a literal path and the identity of the folder that was there, and each
//! operation opens the folder anew: without following a link, and without letting others rename or remove it. If it is the
//! same folder, the path leads into it as long as it is held, which is as long as the operation takes; if it is not, the
//! folder counts as gone. So no link and no rename on the way can redirect an operation, and nobody is kept from working
//! for longer than one call. What remains: an *empty* folder can be made a junction while it is held, in the instant
//! between the look at it and the call. It takes somebody who is at it on purpose and may write in there.
//!
//! Paths are literal (`\\?\`): as long as they have to be, and with names of devices, dots and spaces at the end like any
//! other. What Windows cannot have as a name is refused before a call sees it (`names`).
//!
//! Permission bits are what the attribute "read-only" can say: files have `0644` or `0444`, folders always `0755`, because on
//! folders the attribute means something else. Owners, extended attributes and streams beside the content are not kept.

mod entry;
mod lists;
mod time;

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::os::windows::fs::{OpenOptionsExt, symlink_dir, symlink_file};
use std::path::{Path, PathBuf};

use syncmgr_winfs::{self as winfs, Facts, Identity, Nature, Reparse};

use super::names;
use crate::fs::{Attributes, FileSystem, Kind, NO_NUMBER, OnExisting, Stat};

use entry::{Access, open_entry, open_shared, open_top, patiently, replace, set, take_away};

/// The file system of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFileSystem;

/// A folder: where it is, and which one.
#[derive(Debug)]
pub struct Dir {
    path: PathBuf,
    identity: Identity,
    numbers: Numbers,
    is_root: bool,
}

/// Whether files keep their numbers when they are renamed. Where they do not (FAT, exFAT), they count as having none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    Last,
    Move,
}

impl Numbers {
    fn on_volume_of(file: &File) -> Self {
        match winfs::numbers_last(file) {
            Ok(false) => Self::Move,
            _ => Self::Last,
        }
    }
}

/// A folder that can be neither renamed nor removed, nor anything above it, until this is dropped.
struct Held<'d> {
    dir: &'d Dir,
    _handle: File,
}

impl Held<'_> {
    /// Where an entry of the folder is.
    fn at(&self, name: &[u8]) -> io::Result<PathBuf> {
        Ok(self.dir.path.join(OsString::from_wide(&names::component(name)?)))
    }
}

impl Dir {
    /// Opens the folder itself and makes sure that it is the one that is meant.
    fn open(&self, access: Access) -> io::Result<File> {
        let handle =
            if self.is_root { open_top(&self.path, access)? } else { open_entry(&self.path, access)? };
        // An empty folder can be made a junction and stay the one it was.
        if winfs::identity(&handle)? != self.identity || winfs::leads_elsewhere(&handle)? {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the folder is no longer where it was"));
        }
        Ok(handle)
    }

    fn hold(&self) -> io::Result<Held<'_>> {
        Ok(Held { dir: self, _handle: self.open(Access::Hold)? })
    }

    /// The folder at a literal path, whose parent is held; and the handle by which it is held now.
    fn step(path: PathBuf, numbers: Numbers) -> io::Result<(Self, File)> {
        let handle = open_entry(&path, Access::Hold)?;
        if kind_of(winfs::nature(&handle)?, &path)? != Kind::Dir {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let identity = winfs::identity(&handle)?;
        Ok((Self { path, identity, numbers, is_root: false }, handle))
    }
}

/// An open file, and what cannot change as long as it is.
#[derive(Debug)]
pub struct OpenFile {
    file: File,
    numbers: Numbers,
    /// Where it is known yet.
    identity: Option<Identity>,
}

impl Read for OpenFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Write for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What an entry is.
fn kind_of(nature: Nature, path: &Path) -> io::Result<Kind> {
    let is_dir = nature.attributes & entry::DIRECTORY != 0;
    Ok(match nature.reparse {
        Reparse::Symlink => Kind::Symlink,
        Reparse::MountPoint | Reparse::OtherName => Kind::Special,
        // Some systems open what a link leads to, whatever they are told, and only by its path it can be told from that.
        Reparse::No if is_dir && winfs::attributes(path)? & entry::REPARSE_POINT != 0 => Kind::Special,
        Reparse::No | Reparse::Content if is_dir => Kind::Dir,
        Reparse::No | Reparse::Content if nature.attributes & entry::DEVICE != 0 => Kind::Special,
        Reparse::No | Reparse::Content => Kind::File,
    })
}

fn stat_of(facts: &Facts, kind: Kind, numbers: Numbers) -> Stat {
    // What other folders are looked for by stays.
    let has_number = kind == Kind::Dir || numbers == Numbers::Last;
    let mode = match kind {
        Kind::Dir => 0o755,
        _ if facts.nature.attributes & entry::READ_ONLY != 0 => 0o444,
        _ => 0o644,
    };
    Stat {
        kind,
        mode,
        size: facts.size,
        mtime: time::from_windows(facts.written),
        // Where none is kept, it is as on Linux on such a disk.
        ctime: time::from_windows(if facts.changed == 0 { facts.written } else { facts.changed }),
        ino: if has_number { facts.identity.id } else { NO_NUMBER },
        dev: facts.identity.volume,
        allocated: facts.allocated,
        uid: 0,
        gid: 0,
        nlink: facts.links,
        is_mount: false,
    }
}

fn stat(file: &File, path: &Path, numbers: Numbers) -> io::Result<Stat> {
    let facts = winfs::facts(file)?;
    Ok(stat_of(&facts, kind_of(facts.nature, path)?, numbers))
}

fn not_a_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

/// Makes sure that a regular file was opened, by the name itself and not through a link. What is kept in another way is
/// opened once more, as its content.
fn regular(
    file: File,
    path: &Path,
    numbers: Numbers,
    again: impl FnOnce() -> io::Result<File>,
) -> io::Result<(OpenFile, Stat)> {
    let facts = winfs::facts(&file)?;
    let Facts { nature, identity, .. } = facts;
    if kind_of(nature, path)? != Kind::File {
        return Err(not_a_file());
    }
    let file = match nature.reparse {
        Reparse::Content => again()?,
        _ => file,
    };
    if nature.reparse == Reparse::Content && winfs::identity(&file)? != identity {
        return Err(not_a_file());
    }
    let stat = stat_of(&facts, Kind::File, numbers);
    Ok((OpenFile { file, numbers, identity: Some(identity) }, stat))
}

impl FileSystem for RealFileSystem {
    type Dir = Dir;
    type File = OpenFile;

    fn open_root(&self, path: &Path) -> io::Result<Dir> {
        let path = literal(path)?;
        let handle = open_top(&path, Access::Hold)?;
        if winfs::nature(&handle)?.attributes & entry::DIRECTORY == 0 {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let identity = winfs::identity(&handle)?;
        Ok(Dir { path, identity, numbers: Numbers::on_volume_of(&handle), is_root: true })
    }

    fn open_dir(&self, dir: &Dir, path: &[u8]) -> io::Result<Dir> {
        let mut held = dir.open(Access::Hold)?;
        let mut at = Dir { path: dir.path.clone(), ..*dir };
        for name in path.split(|&byte| byte == b'/').filter(|_| !path.is_empty()) {
            let next = at.path.join(OsString::from_wide(&names::component(name)?));
            // The one above is held until the next is.
            (at, held) = Dir::step(next, dir.numbers)?;
        }
        drop(held);
        Ok(at)
    }

    fn list(&self, dir: &Dir, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let held = dir.hold()?;
        for entry in std::fs::read_dir(&held.dir.path)? {
            each(&names::to_bytes(entry?.file_name().encode_wide()));
        }
        Ok(())
    }

    fn names_are_exact(&self) -> bool {
        false
    }

    fn stat(&self, dir: &Dir, name: &[u8]) -> io::Result<Stat> {
        if name == b"." {
            return self.stat_dir(dir);
        }
        let held = dir.hold()?;
        let path = held.at(name)?;
        stat(&open_entry(&path, Access::Look)?, &path, dir.numbers)
    }

    fn stat_dir(&self, dir: &Dir) -> io::Result<Stat> {
        Ok(stat_of(&winfs::facts(&dir.open(Access::Look)?)?, Kind::Dir, dir.numbers))
    }

    fn read_link(&self, dir: &Dir, name: &[u8]) -> io::Result<Vec<u8>> {
        let held = dir.hold()?;
        Ok(names::to_bytes(std::fs::read_link(held.at(name)?)?.as_os_str().encode_wide()))
    }

    fn open_file(&self, dir: &Dir, name: &[u8]) -> io::Result<OpenFile> {
        self.open_seen(dir, name).map(|(file, _)| file)
    }

    fn open_seen(&self, dir: &Dir, name: &[u8]) -> io::Result<(OpenFile, Stat)> {
        let held = dir.hold()?;
        let path = held.at(name)?;
        let file = open_entry(&path, Access::Read)?;
        regular(file, &path, dir.numbers, || open_shared(OpenOptions::new().read(true), &path))
    }

    fn create_file(&self, dir: &Dir, name: &[u8], mode: u32) -> io::Result<OpenFile> {
        let held = dir.hold()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        if is_read_only(mode) {
            options.attributes(entry::READ_ONLY);
        }
        let file = options.open(held.at(name)?)?;
        Ok(OpenFile { file, numbers: dir.numbers, identity: None })
    }

    fn append_file(&self, dir: &Dir, name: &[u8]) -> io::Result<OpenFile> {
        let held = dir.hold()?;
        let path = held.at(name)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        let file = open_shared(options.clone().custom_flags(entry::ITSELF), &path)?;
        regular(file, &path, dir.numbers, || open_shared(&mut options, &path)).map(|(file, _)| file)
    }

    fn stat_file(&self, OpenFile { file, numbers, identity }: &OpenFile) -> io::Result<Stat> {
        let identity = identity.map_or_else(|| winfs::identity(file), Ok)?;
        Ok(stat_of(&winfs::facts_of(file, identity)?, Kind::File, *numbers))
    }

    fn set_file_attributes(&self, file: &OpenFile, attributes: Attributes) -> io::Result<()> {
        set(&file.file, winfs::nature(&file.file)?, Kind::File, attributes)
    }

    fn next_data(&self, OpenFile { file, .. }: &OpenFile, offset: u64) -> io::Result<Option<(u64, u64)>> {
        let end = winfs::size(file)?;
        if offset >= end {
            return Ok(None);
        }
        // Where holes are not known, all of it is data.
        Ok(winfs::data_at(file, offset, end).unwrap_or(Some((offset, end))))
    }

    fn seek(&self, OpenFile { file, .. }: &mut OpenFile, offset: u64) -> io::Result<()> {
        let_be_a_hole(file, offset)?;
        Seek::seek(file, SeekFrom::Start(offset)).map(drop)
    }

    fn set_len(&self, OpenFile { file, .. }: &OpenFile, len: u64) -> io::Result<()> {
        let_be_a_hole(file, len)?;
        winfs::set_len(file, len)
    }

    /// Flushing takes the right to write. What is marked as read-only, or is only to be read, cannot be flushed by us.
    fn sync_file(&self, file: &OpenFile) -> io::Result<()> {
        patiently(|| winfs::flush(&file.file)).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy => {
                io::ErrorKind::Unsupported.into()
            }
            _ => error,
        })
    }

    fn make_dir(&self, dir: &Dir, name: &[u8], _mode: u32) -> io::Result<()> {
        let held = dir.hold()?;
        std::fs::create_dir(held.at(name)?)
    }

    fn make_link(&self, dir: &Dir, name: &[u8], target: &[u8]) -> io::Result<()> {
        let held = dir.hold()?;
        let path = held.at(name)?;
        let target = names::to_units(target).ok_or(io::ErrorKind::InvalidFilename)?;
        let target = PathBuf::from(OsString::from_wide(&target));
        // There are two kinds of links, and which one it is to be is told by what it leads to now.
        match held.dir.path.join(&target).is_dir() {
            true => symlink_dir(&target, &path)?,
            false => symlink_file(&target, &path)?,
        }
        // Some systems say that they have made it, and have not.
        match open_entry(&path, Access::Look) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(io::ErrorKind::Unsupported.into()),
            made => made.map(drop),
        }
    }

    fn hard_link(&self, from: &Dir, name: &[u8], to: &Dir, new_name: &[u8]) -> io::Result<()> {
        let (from, to) = (from.hold()?, to.hold()?);
        let path = from.at(name)?;
        // What another program keeps to itself could neither be replaced then nor lose its second name again.
        drop(open_entry(&path, Access::Remove)?);
        std::fs::hard_link(path, to.at(new_name)?)
    }

    fn rename(
        &self,
        from: &Dir,
        name: &[u8],
        to: &Dir,
        new_name: &[u8],
        existing: OnExisting,
    ) -> io::Result<()> {
        let (from, to) = (from.hold()?, to.hold()?);
        let (old, new) = (from.at(name)?, to.at(new_name)?);
        patiently(|| match existing {
            OnExisting::Fail if is_respelled(&old, &new) => {
                winfs::rename(&old, &new)?;
                // Some systems say that they have done it, and have left it as it was.
                match is_spelled(&new)? {
                    true => Ok(()),
                    false => Err(io::ErrorKind::AlreadyExists.into()),
                }
            }
            OnExisting::Fail => winfs::rename(&old, &new),
            OnExisting::Replace => replace(&old, &new),
            OnExisting::Exchange => Err(io::ErrorKind::Unsupported.into()),
        })
    }

    fn remove_file(&self, dir: &Dir, name: &[u8]) -> io::Result<()> {
        let held = dir.hold()?;
        let path = held.at(name)?;
        let file = open_entry(&path, Access::Remove)?;
        let nature = winfs::nature(&file)?;
        match kind_of(nature, &path)? {
            Kind::Dir => Err(io::ErrorKind::IsADirectory.into()),
            // It was opened through the link, and what the link leads to is not to go.
            Kind::Special if nature.reparse == Reparse::No => Err(io::ErrorKind::Unsupported.into()),
            _ => take_away(file, nature, &path),
        }
    }

    fn remove_dir(&self, dir: &Dir, name: &[u8]) -> io::Result<()> {
        let held = dir.hold()?;
        let path = held.at(name)?;
        let file = open_entry(&path, Access::Remove)?;
        let nature = winfs::nature(&file)?;
        match kind_of(nature, &path)? {
            Kind::Dir => take_away(file, nature, &path),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn set_attributes(&self, dir: &Dir, name: &[u8], attributes: Attributes) -> io::Result<()> {
        if name == b"." {
            let itself = dir.open(Access::Set)?;
            return set(&itself, winfs::nature(&itself)?, Kind::Dir, attributes);
        }
        let held = dir.hold()?;
        let path = held.at(name)?;
        let file = open_entry(&path, Access::Set)?;
        let nature = winfs::nature(&file)?;
        set(&file, nature, kind_of(nature, &path)?, attributes)
    }

    fn fit_in(&self, dir: &Dir, name: &[u8], to: &Dir, replaces: Option<&[u8]>) -> io::Result<()> {
        let (dir, to) = (dir.hold()?, to.hold()?);
        let replaces = replaces.map(|name| to.at(name)).transpose()?;
        lists::fit_in(&dir.at(name)?, &to.dir.path, replaces.as_deref())
    }

    fn flushes_all(&self) -> bool {
        false
    }

    /// Names are in the journal of the file system, and flushing anything brings the journal to the disk up to there. Where
    /// a folder cannot be flushed, there is nothing better to be had.
    fn sync_dir(&self, dir: &Dir) -> io::Result<()> {
        let flushed = dir.open(Access::Flush).and_then(|handle| handle.sync_all());
        match flushed {
            Err(error) if entry::cannot_be_flushed(&error) => Ok(()),
            flushed => flushed,
        }
    }

    /// Flushing a whole volume takes an administrator. Files are flushed one by one when they are written, so that names
    /// are all that is left.
    fn sync_all(&self, dir: &Dir) -> io::Result<()> {
        self.sync_dir(dir)
    }

    fn try_lock(&self, file: &OpenFile) -> io::Result<()> {
        winfs::try_lock(&file.file)
    }
}

/// Whether two paths are one name in two spellings.
fn is_respelled(old: &Path, new: &Path) -> bool {
    let folded = |path: &Path| path.to_string_lossy().to_lowercase();
    old != new && folded(old) == folded(new)
}

/// Whether the name of what is at a path is spelled as it is there.
fn is_spelled(path: &Path) -> io::Result<bool> {
    let Some(parent) = path.parent() else { return Ok(true) };
    for entry in std::fs::read_dir(parent)? {
        if Some(entry?.file_name().as_os_str()) == path.file_name() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the attribute "read-only" is what comes closest to these permission bits.
fn is_read_only(mode: u32) -> bool {
    mode & 0o200 == 0
}

/// What lies between the end of a file and `offset` takes no room, where the file system can do that.
fn let_be_a_hole(file: &File, offset: u64) -> io::Result<()> {
    if offset > winfs::size(file)? {
        let _takes_room_elsewhere = winfs::make_sparse(file);
    }
    Ok(())
}

/// The literal form of a path that its user gave; links in it are followed.
fn literal(path: &Path) -> io::Result<PathBuf> {
    const INVALID_FUNCTION: i32 = 1;
    match path.canonicalize() {
        // Drivers of some disks do not tell what a path really is; then it is taken as it was given.
        Err(error) if error.raw_os_error() == Some(INVALID_FUNCTION) => {
            let path = std::path::absolute(path)?;
            let mut literal = OsString::from(r"\\?\");
            literal.push(path);
            Ok(literal.into())
        }
        resolved => resolved,
    }
}

/// Whether opening a folder failed because a link has its name. Here that is told as any other entry that is no folder.
pub(crate) fn is_link_met(_error: &io::Error) -> bool {
    false
}

/// Whether a name may lead to what has the name `ours`, which is in ASCII.
pub(crate) fn is_name(name: &[u8], ours: &[u8]) -> bool {
    name.eq_ignore_ascii_case(ours)
}

/// A path as bytes, each path another one.
pub(crate) fn bytes_of_path(path: &Path) -> Cow<'_, [u8]> {
    names::to_bytes(path.as_os_str().encode_wide()).into()
}

/// The path that bytes from a walk are, for matching; what none can be is matched as near as it comes.
pub(crate) fn path_of_bytes(bytes: &[u8]) -> Cow<'_, Path> {
    match names::to_units(bytes) {
        Some(units) => PathBuf::from(OsString::from_wide(&units)).into(),
        None => PathBuf::from(String::from_utf8_lossy(bytes).into_owned()).into(),
    }
}

/// Which folder or file a path leads to: volume, and number there.
pub(crate) fn place(path: &Path) -> io::Result<(u64, u64)> {
    let mut options = OpenOptions::new();
    options.access_mode(0).custom_flags(entry::ANY_KIND);
    let identity = winfs::identity(&open_shared(&mut options, path)?)?;
    if identity.id != NO_NUMBER {
        return Ok((identity.volume, identity.id));
    }
    // Some servers number nothing; then it is the path that tells one from another.
    let path = path.canonicalize()?.to_string_lossy().to_lowercase();
    let digest = blake3::hash(path.as_bytes());
    Ok((identity.volume, digest.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))))
}

#[cfg(test)]
mod tests;
