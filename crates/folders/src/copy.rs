//! Copies one file to a temporary name, reading it once: the digest of what was read comes with the copy.

use std::io::{self, Read, Write};

use crate::baseline::Digest;
use crate::decide::MODE_BITS;
use crate::fs::{Attributes, FileSystem, Stat};

/// Bytes read at a time; between two reads the run can be stopped.
pub(crate) const CHUNK: usize = 256 << 10;

/// What a copy is made with: nobody else may read it before it has the permissions of the original.
const TEMP_MODE: u32 = 0o600;

/// Why a file was not copied or digested.
#[derive(Debug)]
pub(crate) enum CopyError {
    /// It is no longer what the scan saw, or it changed while it was read.
    Changed,
    /// Told to stop.
    Stopped,
    /// It cannot be read.
    Source(io::Error),
    /// Another file has the new name; it is not ours.
    Taken,
    /// The copy cannot be written.
    Target(io::Error),
}

/// Whether the entry is still what the scan saw, as far as the file system tells.
pub(crate) fn is_unchanged(now: &Stat, seen: &Stat) -> bool {
    is_same_content(now, seen) && now.ctime == seen.ctime
}

/// The same for an entry that we renamed or linked ourselves: that moves its change time and nothing else.
pub(crate) fn is_same_content(now: &Stat, seen: &Stat) -> bool {
    now.kind == seen.kind && now.ino == seen.ino && now.size == seen.size && now.mtime == seen.mtime
}

/// Where a file is read from and what the scan saw there.
pub(crate) struct Source<'a, F: FileSystem> {
    pub(crate) dir: &'a F::Dir,
    pub(crate) name: &'a [u8],
    pub(crate) seen: &'a Stat,
}

impl<F: FileSystem> Source<'_, F> {
    fn open(&self, fs: &F) -> Result<(F::File, Stat), CopyError> {
        let (file, now) = fs.open_seen(self.dir, self.name).map_err(CopyError::Source)?;
        if is_unchanged(&now, self.seen) { Ok((file, now)) } else { Err(CopyError::Changed) }
    }

    fn check(&self, fs: &F, file: &F::File) -> Result<(), CopyError> {
        let now = fs.stat_file(file).map_err(CopyError::Source)?;
        if is_unchanged(&now, self.seen) { Ok(()) } else { Err(CopyError::Changed) }
    }
}

/// Reads a file to its end and digests it. `tick` hears of every chunk; `false` stops.
pub(crate) fn digest<F: FileSystem>(
    fs: &F,
    source: &Source<'_, F>,
    buffer: &mut Vec<u8>,
    tick: &mut dyn FnMut(u64) -> bool,
) -> Result<Digest, CopyError> {
    let (mut file, _) = source.open(fs)?;
    let mut hasher = blake3::Hasher::new();
    buffer.resize(CHUNK, 0);
    loop {
        let n = read(&mut file, buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        if !tick(n as u64) {
            return Err(CopyError::Stopped);
        }
    }
    // Whoever wrote while we read makes the digest one of a file that never was.
    source.check(fs, &file)?;
    Ok(*hasher.finalize().as_bytes())
}

fn read(file: &mut impl Read, buffer: &mut [u8]) -> Result<usize, CopyError> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map_err(CopyError::Source),
        }
    }
}

/// Where a copy goes: a new name in a directory that nobody else can enter.
pub(crate) struct Target<'a, F: FileSystem> {
    /// Permission bits the copy gets.
    pub(crate) mode: u32,
    pub(crate) dir: &'a F::Dir,
    pub(crate) name: &'a [u8],
    /// Whether it keeps this name: then what it is like now is what it will be like.
    pub(crate) keeps_name: bool,
    /// Whether it is brought to the disk at once.
    pub(crate) flush: bool,
}

/// A file that was copied.
#[derive(Debug)]
pub(crate) struct Copied {
    pub(crate) digest: Digest,
    /// What the copy is like, where it keeps its name: a rename would move its change time.
    pub(crate) stat: Option<Stat>,
}

/// Copies a file, with its permission bits and modification time, and digests it on the way. On an error the new name is
/// removed again.
pub(crate) fn copy<F: FileSystem>(
    fs: &F,
    source: &Source<'_, F>,
    target: &Target<'_, F>,
    buffer: &mut Vec<u8>,
    tick: &mut dyn FnMut(u64) -> bool,
) -> Result<Copied, CopyError> {
    let (mut from, stat) = source.open(fs)?;
    let mode = target.mode & MODE_BITS;
    // The bits are right from the start wherever the process's mask lets them be; then nothing has to be set later.
    let created_mode = if target.keeps_name { mode } else { TEMP_MODE };
    let created = fs.create_file(target.dir, target.name, created_mode);
    let mut to = created.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CopyError::Taken,
        _ => CopyError::Target(error),
    })?;
    let copied = copy_content(fs, &stat, &mut from, &mut to, buffer, tick).and_then(|digest| {
        // Whoever wrote while we read makes the copy one of a file that never was.
        source.check(fs, &from)?;
        let stat = finish(fs, source.seen, target, &to).map_err(CopyError::Target)?;
        Ok(Copied { digest, stat })
    });
    if copied.is_err() {
        // If even this fails, the next run clears the staging directory; what is built whole is cleared before it is seen.
        let _leftover = fs.remove_file(target.dir, target.name);
    }
    copied
}

/// Gives the copy the attributes it is to have.
fn finish<F: FileSystem>(
    fs: &F,
    seen: &Stat,
    target: &Target<'_, F>,
    to: &F::File,
) -> io::Result<Option<Stat>> {
    let (mode, mtime) = (Some(target.mode & MODE_BITS), Some(seen.mtime));
    let mut stat = None;
    if target.keeps_name {
        fs.set_file_attributes(to, Attributes { mtime, ..Attributes::default() })?;
        let mut now = fs.stat_file(to)?;
        if Some(now.mode & MODE_BITS) != mode {
            set_mode(fs, to, target.mode, Attributes { mode, ..Attributes::default() })?;
            now = fs.stat_file(to)?;
        }
        stat = Some(now);
    } else {
        set_mode(fs, to, TEMP_MODE, Attributes { mode, mtime, ..Attributes::default() })?;
    }
    if target.flush {
        fs.sync_file(to)?;
    }
    Ok(stat)
}

/// Sets attributes of a file that was made with the bits `made_with`. Where it shows more than these, the file system
/// keeps none and refuses to be told; that is no reason not to copy. Fewer may be the work of the process's umask.
fn set_mode<F: FileSystem>(fs: &F, to: &F::File, made_with: u32, attributes: Attributes) -> io::Result<()> {
    match fs.set_file_attributes(to, attributes) {
        Err(error)
            if error.kind() == io::ErrorKind::PermissionDenied
                && fs.stat_file(to)?.mode & MODE_BITS & !made_with != 0 =>
        {
            fs.set_file_attributes(to, Attributes { mode: None, ..attributes })
        }
        result => result,
    }
}

fn copy_content<F: FileSystem>(
    fs: &F,
    stat: &Stat,
    from: &mut F::File,
    to: &mut F::File,
    buffer: &mut Vec<u8>,
    tick: &mut dyn FnMut(u64) -> bool,
) -> Result<Digest, CopyError> {
    buffer.resize(CHUNK, 0);
    if stat.allocated < stat.size && stat.size > CHUNK as u64 {
        return copy_sparse(fs, stat.size, from, to, buffer, tick);
    }
    let mut hasher = blake3::Hasher::new();
    let mut left = stat.size;
    loop {
        let n = read(from, buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n]).map_err(CopyError::Target)?;
        if !tick(n as u64) {
            return Err(CopyError::Stopped);
        }
        left = left.saturating_sub(n as u64);
        if left == 0 && n < buffer.len() {
            // All of it; that it has not grown is checked by its times.
            break;
        }
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Copies only what holds data and leaves the rest a hole; the digest is that of the whole, zeros included.
fn copy_sparse<F: FileSystem>(
    fs: &F,
    size: u64,
    from: &mut F::File,
    to: &mut F::File,
    buffer: &mut [u8],
    tick: &mut dyn FnMut(u64) -> bool,
) -> Result<Digest, CopyError> {
    let mut hasher = blake3::Hasher::new();
    let mut at = 0;
    while at < size {
        let (start, end) = match fs.next_data(from, at).map_err(CopyError::Source)? {
            Some((start, end)) => (start.min(size), end.min(size)),
            None => (size, size),
        };
        buffer.fill(0);
        while at < start {
            let n = (start - at).min(buffer.len() as u64) as usize;
            hasher.update(&buffer[..n]);
            at += n as u64;
            if !tick(n as u64) {
                return Err(CopyError::Stopped);
            }
        }
        fs.seek(from, start).map_err(CopyError::Source)?;
        fs.seek(to, start).map_err(CopyError::Target)?;
        while at < end {
            let wanted = (end - at).min(buffer.len() as u64) as usize;
            let n = read(from, &mut buffer[..wanted])?;
            if n == 0 {
                return Err(CopyError::Changed);
            }
            hasher.update(&buffer[..n]);
            to.write_all(&buffer[..n]).map_err(CopyError::Target)?;
            at += n as u64;
            if !tick(n as u64) {
                return Err(CopyError::Stopped);
            }
        }
    }
    fs.set_len(to, size).map_err(CopyError::Target)?;
    Ok(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::real::RealFileSystem;
    use std::io::{Seek, SeekFrom};

    fn write_at(mut file: &std::fs::File, bytes: &[u8], at: u64) {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// Whether where the tests run a hole can be told from zeros. Wine does not tell holes, and Windows does.
    const HOLES_ARE_KEPT: bool = cfg!(unix);

    fn copied(content: impl Fn(&std::fs::File)) -> (Vec<u8>, Stat, Digest) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        content(&std::fs::File::create(&path).unwrap());
        let fs = RealFileSystem;
        let root = fs.open_root(dir.path()).unwrap();
        let seen = fs.stat(&root, b"f").unwrap();
        let source = Source { dir: &root, name: b"f", seen: &seen };
        let aim = Target { dir: &root, name: b"t", mode: seen.mode, keeps_name: false, flush: true };
        let digest = copy(&fs, &source, &aim, &mut Vec::new(), &mut |_| true).unwrap().digest;
        (std::fs::read(dir.path().join("t")).unwrap(), fs.stat(&root, b"t").unwrap(), digest)
    }

    #[test]
    fn a_copy_has_content_digest_mode_and_time_of_the_original() {
        let bytes: Vec<u8> = (0..CHUNK * 2 + 77).map(|i| (i % 251) as u8).collect();
        let (copy, stat, digest) = copied(|file| write_at(file, &bytes, 0));
        assert_eq!(copy, bytes);
        assert_eq!(digest, *blake3::hash(&bytes).as_bytes());
        assert_eq!(stat.mode & 0o777, 0o644);
    }

    #[test]
    fn holes_stay_holes_and_count_as_zeros() {
        let size = 64 << 20;
        let (copy, stat, digest) = copied(|file| {
            file.set_len(size).unwrap();
            write_at(file, b"begin", 0);
            write_at(file, b"middle", 20 << 20);
        });
        assert_eq!(copy.len() as u64, size);
        assert_eq!(&copy[20 << 20..(20 << 20) + 6], b"middle");
        assert_eq!(digest, *blake3::hash(&copy).as_bytes());
        assert!(stat.allocated < 4 << 20 || !HOLES_ARE_KEPT, "the copy takes {} bytes", stat.allocated);
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), vec![1; CHUNK * 3]).unwrap();
        let fs = RealFileSystem;
        let root = fs.open_root(dir.path()).unwrap();
        let seen = fs.stat(&root, b"f").unwrap();
        let source = Source { dir: &root, name: b"f", seen: &seen };
        let file = std::fs::OpenOptions::new().write(true).open(dir.path().join("f")).unwrap();
        let mut overwrite = |_| {
            write_at(&file, &[2; 9], 0);
            true
        };
        let target = Target { dir: &root, name: b"t", mode: seen.mode, keeps_name: true, flush: false };
        let result = copy(&fs, &source, &target, &mut Vec::new(), &mut overwrite);
        assert!(matches!(result, Err(CopyError::Changed)), "{result:?}");
        assert!(!dir.path().join("t").exists());
    }
}
