//! The baseline: what both sides last agreed on.
//!
//! One sorted file per pair. It is read as a stream while the sides are walked and written as a stream after a run; it
//! never says "in step" for anything that a crash could still undo, and whoever finds it damaged goes on without it: the
//! worst that a lost baseline can cause is a conflict, never a deletion.
//!
//! Format, versions 1 and 2: checksummed [blocks](crate::codec): one header, entries in tree order with their paths cut
//! by what they share with the one before, one end with the count. A file without its end is damaged.
//!
//! Version 2 adds to the header what each side could not keep, and to entries what each side showed of the attributes
//! kept by option. It is written for items that keep any, version 1 for all others. We read both. A program that knows
//! version 1 alone takes version 2 for damage: it sets it aside, compares afresh and deletes nothing.

mod excerpt;

use std::cmp::Ordering;
use std::io::{BufReader, Read, Write};

use syncmgr_model::fact::Side;
use syncmgr_model::id::Uuid;

use crate::codec::{Damaged, NextBlock, Put, Take, read_block, write_block};
use crate::config::KeepSet;
use crate::fs::{FileTime, Stat};
use crate::kept::{Kept, KeptSides};
use crate::path::tree_cmp;
pub(crate) use excerpt::excerpt;

/// BLAKE3 of a file's content.
pub(crate) type Digest = [u8; 32];

/// What a side said of a file when both sides agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) mode: u32,
    pub(crate) mtime: FileTime,
    /// Zero means: do not trust the rest, look at the content.
    pub(crate) ctime: FileTime,
    pub(crate) ino: u64,
}

impl Stamp {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self { mode: stat.mode, mtime: stat.mtime, ctime: stat.ctime, ino: stat.ino }
    }

    /// The same, to be looked at again next time: the file may still change without a trace.
    pub(crate) fn distrusted(mut self) -> Self {
        self.ctime = FileTime::default();
        self
    }

    /// Whether the file system says that nothing has happened to the file since.
    pub(crate) fn vouches_for(&self, stat: &Stat) -> bool {
        self.ctime != FileTime::default()
            && self.ctime == stat.ctime
            && self.mtime == stat.mtime
            && self.ino == stat.ino
    }
}

/// Beside the permission bits of a directory: something was mounted on it. Earlier programs pass over it.
pub(crate) const MOUNT: u32 = 1 << 16;

/// What both sides agreed on at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BaseEntry {
    /// A directory; the permission bits as each side keeps them, and [`MOUNT`] where a disk was mounted on it.
    Dir { left_mode: u32, right_mode: u32, kept: KeptSides },
    /// A file of this content.
    File { size: u64, digest: Digest, left: Stamp, right: Stamp, kept: KeptSides },
    /// A symbolic link with this text.
    Symlink { target: Box<[u8]>, kept: KeptSides },
}

/// Added to the kind of an entry that says something of attributes kept by option.
const WITH_KEPT: u8 = 3;

impl BaseEntry {
    /// The stamp of one side, for a file.
    pub(crate) fn stamp(&self, side: Side) -> Option<&Stamp> {
        match (self, side) {
            (Self::File { left, .. }, Side::Left) => Some(left),
            (Self::File { right, .. }, Side::Right) => Some(right),
            _ => None,
        }
    }

    /// Whether both are of the same content, whatever their attributes.
    pub(crate) fn is_same_thing(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dir { .. }, Self::Dir { .. }) => true,
            (Self::File { digest, .. }, Self::File { digest: other, .. }) => digest == other,
            (Self::Symlink { target, .. }, Self::Symlink { target: other, .. }) => target == other,
            _ => false,
        }
    }

    /// What each side showed of the attributes kept by option.
    pub(crate) fn kept(&self) -> Option<&[Kept; 2]> {
        match self {
            Self::Dir { kept, .. } | Self::File { kept, .. } | Self::Symlink { kept, .. } => kept.as_deref(),
        }
    }

    /// The same, to be changed.
    pub(crate) fn kept_mut(&mut self) -> &mut KeptSides {
        match self {
            Self::Dir { kept, .. } | Self::File { kept, .. } | Self::Symlink { kept, .. } => kept,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.encode_with(out, self.kept());
    }

    fn encode_with(&self, out: &mut Vec<u8>, kept: Option<&[Kept; 2]>) {
        let more = if kept.is_some() { WITH_KEPT } else { 0 };
        match self {
            Self::Dir { left_mode, right_mode, .. } => {
                out.put_u8(1 + more);
                out.put_uint(u64::from(*left_mode));
                out.put_uint(u64::from(*right_mode));
            }
            Self::File { size, digest, left, right, .. } => {
                out.put_u8(2 + more);
                out.put_uint(*size);
                out.extend_from_slice(digest);
                encode_stamp(out, left, &Stamp { mode: 0, mtime: FileTime::default(), ..*left });
                encode_stamp(out, right, left);
            }
            Self::Symlink { target, .. } => {
                out.put_u8(3 + more);
                out.put_bytes(target);
            }
        }
        if let Some(kept) = kept {
            Kept::encode_sides(kept, out);
        }
    }

    pub(crate) fn decode(take: &mut Take<'_>) -> Result<Self, Damaged> {
        let tag = take.u8()?;
        let (kind, with_kept) = if tag > WITH_KEPT { (tag - WITH_KEPT, true) } else { (tag, false) };
        let mut entry = match kind {
            1 => Self::Dir { left_mode: mode(take)?, right_mode: mode(take)?, kept: None },
            2 => {
                let size = take.uint()?;
                let digest = take.array()?;
                let zero = Stamp { mode: 0, mtime: FileTime::default(), ctime: FileTime::default(), ino: 0 };
                let left = decode_stamp(take, &zero)?;
                let right = decode_stamp(take, &left)?;
                Self::File { size, digest, left, right, kept: None }
            }
            3 => Self::Symlink { target: take.bytes()?.into(), kept: None },
            _ => return Err(Damaged("an entry")),
        };
        if with_kept {
            *entry.kept_mut() = Some(Box::new(Kept::decode_sides(take)?));
        }
        Ok(entry)
    }
}

fn mode(take: &mut Take<'_>) -> Result<u32, Damaged> {
    u32::try_from(take.uint()?).map_err(|_| Damaged("permission bits"))
}

/// Writes a stamp as what differs from `like`: mode and modification time are nearly always those of the other side.
fn encode_stamp(out: &mut Vec<u8>, stamp: &Stamp, like: &Stamp) {
    let same_mode = stamp.mode == like.mode;
    let same_mtime = stamp.mtime == like.mtime;
    out.put_u8(u8::from(same_mode) | u8::from(same_mtime) << 1);
    if !same_mode {
        out.put_uint(u64::from(stamp.mode));
    }
    if !same_mtime {
        put_time(out, stamp.mtime);
    }
    put_time(out, stamp.ctime);
    out.put_uint(stamp.ino);
}

fn decode_stamp(take: &mut Take<'_>, like: &Stamp) -> Result<Stamp, Damaged> {
    let flags = take.u8()?;
    let mode = if flags & 1 != 0 { like.mode } else { mode(take)? };
    let mtime = if flags & 2 != 0 { like.mtime } else { time(take)? };
    Ok(Stamp { mode, mtime, ctime: time(take)?, ino: take.uint()? })
}

pub(crate) fn put_time(out: &mut Vec<u8>, time: FileTime) {
    out.put_int(time.secs);
    out.put_uint(u64::from(time.nanos));
}

pub(crate) fn time(take: &mut Take<'_>) -> Result<FileTime, Damaged> {
    let secs = take.int()?;
    let nanos = u32::try_from(take.uint()?).map_err(|_| Damaged("a time"))?;
    Ok(FileTime { secs, nanos })
}

/// What a baseline says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Header {
    /// The replica ids found in the roots, where they had one.
    pub(crate) replicas: [Option<Uuid>; 2],
    /// What each side could not keep when that was last tried; `None` for an item that keeps nothing by option, and
    /// whose entries say nothing of it.
    pub(crate) lacking: Option<[KeepSet; 2]>,
    /// Where the roots were.
    pub(crate) roots: [Option<RootPlace>; 2],
}

/// Where a root was: told by its path, or, under another path, by being the same directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RootPlace {
    /// The beginning of the BLAKE3 of its path.
    path: [u8; 16],
    ino: u64,
}

impl RootPlace {
    pub(crate) fn new(path: &[u8], ino: u64) -> Self {
        let mut cut = [0; 16];
        cut.copy_from_slice(&blake3::hash(path).as_bytes()[..16]);
        Self { path: cut, ino }
    }

    /// Whether this is another place than `then`: another path and another directory.
    pub(crate) fn is_another_than(&self, then: &Self) -> bool {
        self.path != then.path && self.ino != then.ino
    }
}

const PLAIN: u64 = 1;
const WITH_OPTIONS: u64 = 2;
const MAGIC: &[u8; 8] = b"syncbase";
const HEADER: u8 = 1;
const ENTRIES: u8 = 2;
const END: u8 = 3;
/// Entries are gathered into blocks of about this size.
const BLOCK: usize = 64 << 10;

/// Writes a baseline, entry by entry in tree order.
pub(crate) struct BaselineWriter<W: Write> {
    out: W,
    block: Vec<u8>,
    last: Vec<u8>,
    n_entries: u64,
    keeps: bool,
}

impl<W: Write> BaselineWriter<W> {
    /// Begins a baseline.
    pub(crate) fn new(mut out: W, header: &Header) -> std::io::Result<Self> {
        let mut payload = MAGIC.to_vec();
        payload.put_uint(if header.lacking.is_some() { WITH_OPTIONS } else { PLAIN });
        for replica in header.replicas {
            payload.put_bytes(replica.as_ref().map_or(&[][..], |id| &id.as_bytes()[..]));
        }
        for lacking in header.lacking.into_iter().flatten() {
            payload.put_u8(lacking.bits());
        }
        for root in header.roots {
            payload.put_bytes(root.as_ref().map_or(&[][..], |root| &root.path[..]));
            payload.put_uint(root.map_or(0, |root| root.ino));
        }
        write_block(&mut out, HEADER, &payload)?;
        let (block, keeps) = (Vec::with_capacity(BLOCK + 1024), header.lacking.is_some());
        Ok(Self { out, block, last: Vec::new(), n_entries: 0, keeps })
    }

    /// Adds the entry of the next path.
    pub(crate) fn push(&mut self, path: &[u8], entry: &BaseEntry) -> std::io::Result<()> {
        debug_assert!(self.n_entries == 0 || tree_cmp(&self.last, path) == Ordering::Less, "tree order");
        let shared = self.last.iter().zip(path).take_while(|(a, b)| a == b).count();
        self.block.put_uint(shared as u64);
        self.block.put_bytes(&path[shared..]);
        entry.encode_with(&mut self.block, entry.kept().filter(|_| self.keeps));
        self.last.truncate(shared);
        self.last.extend_from_slice(&path[shared..]);
        self.n_entries += 1;
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        write_block(&mut self.out, ENTRIES, &self.block)?;
        self.block.clear();
        // Each block stands alone: its first path is whole.
        self.last.clear();
        Ok(())
    }

    /// Ends the baseline and gives the output back, to be flushed and put in place.
    pub(crate) fn finish(mut self) -> std::io::Result<W> {
        if !self.block.is_empty() {
            self.flush()?;
        }
        let mut end = Vec::new();
        end.put_uint(self.n_entries);
        write_block(&mut self.out, END, &end)?;
        Ok(self.out)
    }
}

/// Reads a baseline as a stream in tree order; the next entry is always at its head.
pub(crate) struct BaselineReader<R: Read> {
    input: BufReader<R>,
    header: Header,
    block: Vec<u8>,
    at: usize,
    path: Vec<u8>,
    head: Option<BaseEntry>,
    n_entries: u64,
}

impl<R: Read> BaselineReader<R> {
    /// Opens a baseline and reads its first entry.
    pub(crate) fn new(input: R) -> Result<Self, Damaged> {
        let mut input = BufReader::with_capacity(256 << 10, input);
        let mut block = Vec::new();
        let Ok(NextBlock::Block(HEADER)) = read_block(&mut input, &mut block) else {
            return Err(Damaged("the header"));
        };
        let mut take = Take(&block);
        if take.slice(8)? != MAGIC {
            return Err(Damaged("the version"));
        }
        let version = take.uint()?;
        let mut header = Header::default();
        for replica in &mut header.replicas {
            *replica = match take.bytes()? {
                [] => None,
                id => Some(Uuid::from_slice(id).map_err(|_| Damaged("a replica id"))?),
            };
        }
        header.lacking = match version {
            PLAIN => None,
            WITH_OPTIONS => Some([KeepSet::from_bits(take.u8()?), KeepSet::from_bits(take.u8()?)]),
            _ => return Err(Damaged("the version")),
        };
        // Earlier baselines end here.
        for root in &mut header.roots {
            if take.is_empty() {
                break;
            }
            let path = <[u8; 16]>::try_from(take.bytes()?).ok();
            let ino = take.uint()?;
            *root = path.map(|path| RootPlace { path, ino });
        }
        block.clear();
        let mut reader = Self { input, header, block, at: 0, path: Vec::new(), head: None, n_entries: 0 };
        reader.advance()?;
        Ok(reader)
    }

    /// What the baseline says about itself.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The entry at the head, if any is left.
    pub(crate) fn peek(&self) -> Option<(&[u8], &BaseEntry)> {
        self.head.as_ref().map(|entry| (&self.path[..], entry))
    }

    /// Goes on to the next entry. After an error nothing that was read may be used.
    pub(crate) fn advance(&mut self) -> Result<(), Damaged> {
        self.head = None;
        if self.at >= self.block.len() && !self.next_block()? {
            return Ok(());
        }
        self.head = Some(take_entry(&self.block, &mut self.at, &mut self.path)?);
        self.n_entries += 1;
        Ok(())
    }

    fn next_block(&mut self) -> Result<bool, Damaged> {
        match read_block(&mut self.input, &mut self.block) {
            Ok(NextBlock::Block(ENTRIES)) if !self.block.is_empty() => {
                self.at = 0;
                self.path.clear();
                Ok(true)
            }
            Ok(NextBlock::Block(END)) => {
                let counted = Take(&self.block).uint()?;
                self.block.clear();
                self.at = 0;
                if counted == self.n_entries { Ok(false) } else { Err(Damaged("the count")) }
            }
            _ => Err(Damaged("a block")),
        }
    }
}

/// Decodes the entry that stands at `at` of a block and goes on to the next; `path` becomes its path.
fn take_entry(block: &[u8], at: &mut usize, path: &mut Vec<u8>) -> Result<BaseEntry, Damaged> {
    let mut take = Take(&block[*at..]);
    let shared = usize::try_from(take.uint()?).map_err(|_| Damaged("a path"))?;
    let rest = take.bytes()?;
    if shared > path.len() {
        return Err(Damaged("a path"));
    }
    // Only what differs has to be compared: the writer shares as much as it can.
    let in_order = tree_cmp(&path[shared..], rest) == Ordering::Less;
    if *at > 0 && !in_order {
        return Err(Damaged("the order"));
    }
    path.truncate(shared);
    path.extend_from_slice(rest);
    let entry = BaseEntry::decode(&mut take)?;
    *at = block.len() - take.0.len();
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Keep;

    fn stamp(seed: u64) -> Stamp {
        let time = |secs| FileTime { secs, nanos: seed as u32 };
        Stamp { mode: 0o644, mtime: time(seed as i64 - 5), ctime: time(seed as i64), ino: seed }
    }

    fn entries(n: usize) -> Vec<(Vec<u8>, BaseEntry)> {
        let mut paths: Vec<Vec<u8>> = (0..n).map(|i| format!("d{}/f{i}", i % 7).into_bytes()).collect();
        paths.sort_by(|a, b| tree_cmp(a, b));
        let file = |i: u64| BaseEntry::File {
            size: i,
            digest: [i as u8; 32],
            left: stamp(i),
            right: stamp(i * 3),
            kept: None,
        };
        paths.into_iter().enumerate().map(|(i, path)| (path, file(i as u64))).collect()
    }

    fn write(entries: &[(Vec<u8>, BaseEntry)]) -> Vec<u8> {
        let roots = [None, Some(RootPlace::new(b"/right", 7))];
        write_as(&Header { replicas: [Some(Uuid::from_u128(1)), None], lacking: None, roots }, entries)
    }

    fn write_as(header: &Header, entries: &[(Vec<u8>, BaseEntry)]) -> Vec<u8> {
        let mut writer = BaselineWriter::new(Vec::new(), header).unwrap();
        for (path, entry) in entries {
            writer.push(path, entry).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(Vec<u8>, BaseEntry)>, Damaged> {
        let mut reader = BaselineReader::new(bytes)?;
        let mut read = Vec::new();
        while let Some((path, entry)) = reader.peek() {
            read.push((path.to_vec(), entry.clone()));
            reader.advance()?;
        }
        Ok(read)
    }

    #[test]
    fn a_baseline_of_many_blocks_reads_back() {
        let mut expected = entries(5_000);
        expected.push((b"l".to_vec(), BaseEntry::Symlink { target: (*b"../x").into(), kept: None }));
        expected.push((b"z".to_vec(), BaseEntry::Dir { left_mode: 0o755, right_mode: 0o700, kept: None }));
        assert_eq!(read(&write(&expected)).unwrap(), expected);
        assert_eq!(read(&write(&[])).unwrap(), []);
    }

    /// The same entries, every second one with something kept by option.
    fn keeping(n: usize) -> Vec<(Vec<u8>, BaseEntry)> {
        let mut entries = entries(n);
        for (at, (_, entry)) in entries.iter_mut().enumerate().step_by(2) {
            let left = Kept { owner: Some((at as u32, 7)), xattrs: Some([at as u8; 16]), acls: None };
            let right = if at % 4 == 0 { left } else { Kept { owner: None, ..left } };
            *entry.kept_mut() = Some(Box::new([left, right]));
        }
        entries
    }

    #[test]
    fn what_is_kept_by_option_and_what_a_side_lacks_reads_back() {
        let lacking = Some([KeepSet::default(), KeepSet::from_iter([Keep::Owner, Keep::HardLinks])]);
        let header = Header { replicas: [None, Some(Uuid::from_u128(2))], lacking, roots: [None; 2] };
        let mut entries = keeping(300);
        let kept = entries[0].1.kept().copied().map(Box::new);
        entries.push((b"l".to_vec(), BaseEntry::Symlink { target: (*b"x").into(), kept: kept.clone() }));
        entries.push((b"z".to_vec(), BaseEntry::Dir { left_mode: 0o755, right_mode: 0o700, kept }));
        let written = write_as(&header, &entries);
        assert_eq!(*BaselineReader::new(&written[..]).unwrap().header(), header);
        assert_eq!(read(&written).unwrap(), entries);
    }

    #[test]
    fn an_item_without_options_is_written_as_ever() {
        assert_eq!(write(&keeping(300)), write(&entries(300)));
    }

    #[test]
    fn a_baseline_of_a_version_to_come_is_damaged() {
        let mut bytes = Vec::new();
        let mut payload = MAGIC.to_vec();
        payload.put_uint(3);
        payload.extend_from_slice(&[0, 0]);
        write_block(&mut bytes, HEADER, &payload).unwrap();
        assert!(BaselineReader::new(&bytes[..]).is_err());
    }

    #[test]
    fn a_baseline_cut_anywhere_is_damaged() {
        let whole = write(&entries(3_000));
        for keep in (0..whole.len()).step_by(997).chain([whole.len() - 1]) {
            assert!(read(&whole[..keep]).is_err(), "{keep} of {} bytes", whole.len());
        }
    }

    #[test]
    fn a_baseline_with_a_changed_byte_is_damaged() {
        let whole = write(&entries(300));
        for at in (0..whole.len()).step_by(41) {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            assert!(read(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_stamp_vouches_only_while_nothing_has_happened() {
        let stat = Stat {
            kind: crate::fs::Kind::File,
            mode: 0o644,
            size: 3,
            mtime: FileTime { secs: 5, nanos: 1 },
            ctime: FileTime { secs: 6, nanos: 2 },
            ino: 9,
            dev: 1,
            allocated: 0,
            uid: 0,
            gid: 0,
            nlink: 1,
            is_mount: false,
        };
        let stamp = Stamp::of(&stat);
        assert!(stamp.vouches_for(&stat));
        assert!(!stamp.distrusted().vouches_for(&stat));
        let put_back = Stat { ctime: FileTime { secs: 7, nanos: 0 }, ..stat };
        assert!(!stamp.vouches_for(&put_back), "the modification time was put back, the change time tells");
    }
}
