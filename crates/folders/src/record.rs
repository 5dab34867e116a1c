//! The record of a run: what it has done, in order, with what was there before.
//!
//! It serves two ends. While a run is going it is the journal: whatever has been put in place is in it before the
//! baseline knows, so that a run that was stopped or killed is simply gone on with. After the run it is what `undo`
//! reads.
//!
//! It holds no intents, because none are needed: each step is one system call that has happened or has not, what goes is
//! in the trash before its place is taken, and a step that happened without being recorded is found by comparing (both
//! sides hold the same) like one the user made.
//!
//! Format, versions 2 and 3: checksummed [blocks](crate::codec): one header, then blocks of records and marks that everything
//! before them is on the disk. A torn block ends the record; what comes before it holds.
//!
//! Version 1 had no attributes of before; it is still read. Version 3 may say what one side alone holds, and is written by
//! runs that put a text in place which settles a conflict. A program that does not know the version of a record leaves it
//! where it is: it cannot undo that run, and finds what it has done by comparing.

use std::io::{self, Read, Write};

use syncmgr_model::fact::Side;
use syncmgr_model::id::SessionId;
use syncmgr_model::time::Timestamp;

use crate::baseline::BaseEntry;
use crate::codec::{Damaged, NextBlock, Put, Take, read_block, write_block};
use crate::extended::Xattrs;
use crate::fs::Attributes;
use crate::path::is_relative;
use crate::plan::{decode_attributes, decode_entry, encode_attributes, encode_entry, index};

const MAGIC: &[u8; 8] = b"syncrun\n";
const VERSION: u64 = 2;
const VERSION_OF_MERGES: u64 = 3;
const OLDEST_VERSION: u64 = 1;
/// Added to the deed of a record that says what attributes were before.
const WITH_REPLACED: u8 = 0x80;
const HEADER: u8 = 1;
const DONE: u8 = 2;
const DURABLE: u8 = 3;
/// Bytes before the payload of a block.
const BLOCK_HEAD: u64 = 5;

/// What was done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A file, link or directory was made where nothing was.
    Made,
    /// A file or link was replaced; the old one is in the trash.
    Replaced,
    /// A file or link was moved to the trash.
    Trashed,
    /// A directory was removed.
    DirRemoved,
    /// Attributes were set.
    AttributesSet,
    /// An entry got this path, and no longer has the one it had.
    Moved,
    /// A directory that the run made got what is kept by option: part of making it.
    Finished,
}

impl Deed {
    const ALL: [Self; 7] = [
        Self::Made,
        Self::Replaced,
        Self::Trashed,
        Self::DirRemoved,
        Self::AttributesSet,
        Self::Moved,
        Self::Finished,
    ];
}

/// One thing a run has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) path: Vec<u8>,
    pub(crate) side: Side,
    pub(crate) deed: Deed,
    /// The path it had before, for what was moved.
    pub(crate) from: Option<Box<[u8]>>,
    /// The attributes that were replaced.
    pub(crate) replaced: Option<Box<Replaced>>,
    /// What the baseline said before; of what was moved, at the path it had before.
    pub(crate) before: Option<BaseEntry>,
    /// What the baseline says now: something, nothing, or what it said before.
    pub(crate) after: Reached,
}

/// Attributes as they were before they were set; what was not set is not among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Replaced {
    pub(crate) attributes: Attributes,
    pub(crate) xattrs: Xattrs,
}

/// What the baseline says of a path after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reached {
    /// What it said before.
    Unchanged,
    /// Nothing.
    Nothing,
    /// This.
    Entry(BaseEntry),
    /// What it said before; the changed side alone holds this.
    Alone(BaseEntry),
}

impl Record {
    fn encode(&self, out: &mut Vec<u8>) {
        out.put_bytes(&self.path);
        let deed = Deed::ALL.iter().position(|deed| *deed == self.deed).unwrap_or(0);
        let more = if self.replaced.is_some() { WITH_REPLACED } else { 0 };
        out.put_u8((deed << 1 | index(self.side)) as u8 | more);
        out.put_bytes(self.from.as_deref().unwrap_or(&[]));
        encode_entry(out, self.before.as_ref());
        match &self.after {
            Reached::Unchanged => out.put_u8(0),
            Reached::Nothing => out.put_u8(1),
            Reached::Entry(entry) => {
                out.put_u8(2);
                entry.encode(out);
            }
            Reached::Alone(entry) => {
                out.put_u8(3);
                entry.encode(out);
            }
        }
        if let Some(replaced) = &self.replaced {
            encode_attributes(out, &replaced.attributes);
            replaced.xattrs.encode(out);
        }
    }

    fn decode(take: &mut Take<'_>) -> Result<Self, Damaged> {
        let path = take.bytes()?.to_vec();
        if !path.is_empty() && !is_relative(&path) {
            return Err(Damaged("a path"));
        }
        let tag = take.u8()?;
        let side = if tag & 1 == 0 { Side::Left } else { Side::Right };
        let deed = *Deed::ALL.get(usize::from((tag & !WITH_REPLACED) >> 1)).ok_or(Damaged("a deed"))?;
        let from = take.bytes()?;
        if !from.is_empty() && !is_relative(from) {
            return Err(Damaged("a path"));
        }
        let before = decode_entry(take)?;
        let after = match take.u8()? {
            0 => Reached::Unchanged,
            1 => Reached::Nothing,
            2 => Reached::Entry(BaseEntry::decode(take)?),
            3 => Reached::Alone(BaseEntry::decode(take)?),
            _ => return Err(Damaged("a record")),
        };
        let from = (!from.is_empty()).then(|| from.into());
        let replaced = match tag & WITH_REPLACED {
            0 => None,
            _ => {
                let attributes = decode_attributes(take)?;
                Some(Box::new(Replaced { attributes, xattrs: Xattrs::decode(take)? }))
            }
        };
        Ok(Self { path, side, deed, from, replaced, before, after })
    }
}

/// What a record says about its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunHeader {
    pub(crate) session: SessionId,
    pub(crate) started: Timestamp,
    /// The boot the run belongs to: what was not flushed is believed only until the next one.
    pub(crate) boot_id: String,
}

/// Writes the record of a run.
pub(crate) struct RecordWriter<W: Write> {
    out: W,
    /// Where the next block begins.
    at: u64,
    pending: Vec<u8>,
}

impl<W: Write> RecordWriter<W> {
    /// Begins a record.
    pub(crate) fn new(out: W, header: &RunHeader) -> io::Result<Self> {
        Self::of_version(VERSION, out, header)
    }

    /// Begins the record of a run that puts a text in place.
    pub(crate) fn of_merge(out: W, header: &RunHeader) -> io::Result<Self> {
        Self::of_version(VERSION_OF_MERGES, out, header)
    }

    fn of_version(version: u64, mut out: W, header: &RunHeader) -> io::Result<Self> {
        let mut payload = MAGIC.to_vec();
        payload.put_uint(version);
        payload.extend_from_slice(header.session.as_bytes());
        payload.put_int(header.started.as_millis());
        payload.put_bytes(header.boot_id.as_bytes());
        write_block(&mut out, HEADER, &payload)?;
        Ok(Self { out, at: payload.len() as u64 + BLOCK_HEAD + 16, pending: Vec::new() })
    }

    /// Adds a record to the block being gathered and tells where it will stand in the file.
    pub(crate) fn push(&mut self, record: &Record) -> u64 {
        let at = self.at + BLOCK_HEAD + self.pending.len() as u64;
        record.encode(&mut self.pending);
        at
    }

    /// How much is gathered and not written.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Writes what was gathered. It survives the process from here on, and the machine once flushed.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            let payload = std::mem::take(&mut self.pending);
            self.write_block(DONE, &payload)?;
        }
        Ok(())
    }

    /// Says that everything recorded so far is on the disk.
    pub(crate) fn mark_durable(&mut self) -> io::Result<()> {
        self.write_block(DURABLE, &[])
    }

    fn write_block(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        write_block(&mut self.out, kind, payload)?;
        self.at += payload.len() as u64 + BLOCK_HEAD + 16;
        Ok(())
    }

    /// The file below, to flush it.
    pub(crate) fn file(&self) -> &W {
        &self.out
    }
}

/// Decodes the record that begins at the front of `bytes`; `None` if it is not whole.
pub(crate) fn decode_at(bytes: &[u8]) -> Option<Record> {
    Record::decode(&mut Take(bytes)).ok()
}

/// A record read back.
#[derive(Debug)]
pub(crate) struct RecordedDeeds {
    pub(crate) header: RunHeader,
    pub(crate) records: Vec<Record>,
}

/// Reads a record as far as it is whole and believable: what was not flushed counts only in the boot that wrote it.
pub(crate) fn read_record(input: impl Read, boot_id: &str) -> Result<RecordedDeeds, Damaged> {
    let mut stream = RecordStream::new(input)?;
    let mut records = Vec::new();
    while let Some(record) = stream.next()? {
        records.push(record);
    }
    if stream.header.boot_id != boot_id {
        records.truncate(stream.n_durable as usize);
    }
    Ok(RecordedDeeds { header: stream.header, records })
}

/// Reads a record one deed at a time, as far as it is whole.
pub(crate) struct RecordStream<R: Read> {
    input: R,
    header: RunHeader,
    block: Vec<u8>,
    at: usize,
    n_read: u64,
    /// As many of those read are known to be on the disk.
    n_durable: u64,
}

impl<R: Read> RecordStream<R> {
    /// Reads the header.
    pub(crate) fn new(mut input: R) -> Result<Self, Damaged> {
        let mut block = Vec::new();
        let Ok(NextBlock::Block(HEADER)) = read_block(&mut input, &mut block) else {
            return Err(Damaged("the header"));
        };
        let header = decode_header(&block)?;
        block.clear();
        Ok(Self { input, header, block, at: 0, n_read: 0, n_durable: 0 })
    }

    /// The next deed; a torn block is the end.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Damaged> {
        while Take(&self.block[self.at..]).is_empty() {
            self.at = 0;
            let next = read_block(&mut self.input, &mut self.block);
            match next {
                Ok(NextBlock::Block(DONE)) => {}
                Ok(NextBlock::Block(DURABLE)) => self.n_durable = self.n_read,
                Ok(NextBlock::Block(_)) => return Err(Damaged("a block")),
                _ => {
                    self.block.clear();
                    return Ok(None);
                }
            }
        }
        let mut take = Take(&self.block[self.at..]);
        let record = Record::decode(&mut take)?;
        self.at = self.block.len() - take.0.len();
        self.n_read += 1;
        Ok(Some(record))
    }

    /// How many deeds are whole and believable: what was not flushed counts only in the boot that wrote it.
    pub(crate) fn n_believed(mut self, boot_id: &str) -> Result<u64, Damaged> {
        while self.next()?.is_some() {}
        Ok(if self.header.boot_id == boot_id { self.n_read } else { self.n_durable })
    }
}

fn decode_header(block: &[u8]) -> Result<RunHeader, Damaged> {
    let mut take = Take(block);
    if take.slice(8)? != MAGIC || !(OLDEST_VERSION..=VERSION_OF_MERGES).contains(&take.uint()?) {
        return Err(Damaged("the version"));
    }
    let session = SessionId::from_bytes(take.array()?);
    let started = Timestamp::from_millis(take.int()?);
    let boot_id = String::from_utf8_lossy(take.bytes()?).into_owned();
    Ok(RunHeader { session, started, boot_id })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn record(path: &str) -> Record {
        let entry = BaseEntry::Dir { left_mode: 0o755, right_mode: 0o755, kept: None };
        Record {
            path: path.into(),
            side: Side::Right,
            deed: Deed::Moved,
            from: Some((*b"old/name").into()),
            replaced: Some(Box::new(Replaced {
                attributes: Attributes { owner: Some((7, 8)), ..Attributes::default() },
                xattrs: Xattrs(vec![
                    ((*b"user.key").into(), None),
                    ((*b"user.other").into(), Some((*b"1").into())),
                ]),
            })),
            before: Some(entry.clone()),
            after: Reached::Entry(entry),
        }
    }

    /// What a run has reached at a path: a directory with these permission bits, or nothing.
    pub(crate) fn reached(path: &str, mode: Option<u32>) -> Record {
        let dir = |mode| Reached::Entry(BaseEntry::Dir { left_mode: mode, right_mode: mode, kept: None });
        Record { from: None, after: mode.map_or(Reached::Nothing, dir), ..record(path) }
    }

    pub(crate) fn header() -> RunHeader {
        RunHeader {
            session: SessionId::from_u128(5),
            started: Timestamp::from_millis(7),
            boot_id: "b1".into(),
        }
    }

    fn written() -> Vec<u8> {
        let mut writer = RecordWriter::new(Vec::new(), &header()).unwrap();
        writer.push(&record("a"));
        writer.push(&record("a/b"));
        writer.write().unwrap();
        writer.mark_durable().unwrap();
        writer.push(&record("c"));
        writer.write().unwrap();
        writer.out
    }

    #[test]
    fn a_record_reads_back_whole_in_the_boot_that_wrote_it() {
        let read = read_record(&written()[..], "b1").unwrap();
        assert_eq!(read.header, header());
        assert_eq!(read.records, [record("a"), record("a/b"), record("c")]);
    }

    #[test]
    fn after_a_reboot_only_what_was_flushed_is_believed() {
        let read = read_record(&written()[..], "b2").unwrap();
        assert_eq!(read.records, [record("a"), record("a/b")]);
    }

    #[test]
    fn a_torn_end_loses_only_itself() {
        let whole = written();
        let read = read_record(&whole[..whole.len() - 1], "b1").unwrap();
        assert_eq!(read.records, [record("a"), record("a/b")]);
    }

    #[test]
    fn the_place_told_is_the_place_of_the_record() {
        let mut writer = RecordWriter::new(Vec::new(), &header()).unwrap();
        writer.push(&record("a"));
        writer.write().unwrap();
        let second = writer.push(&record("b"));
        let third = writer.push(&record("c"));
        writer.write().unwrap();
        assert_eq!(decode_at(&writer.out[second as usize..]), Some(record("b")));
        assert_eq!(decode_at(&writer.out[third as usize..]), Some(record("c")));
    }

    #[test]
    fn a_record_of_the_first_version_reads_back() {
        let plain = Record { replaced: None, ..record("a") };
        let mut writer = RecordWriter::new(Vec::new(), &header()).unwrap();
        writer.push(&plain);
        writer.write().unwrap();
        let mut old = MAGIC.to_vec();
        old.put_uint(OLDEST_VERSION);
        let payload_at = 5;
        let mut payload = writer.out[payload_at..].to_vec();
        let len = u32::from_le_bytes(writer.out[..4].try_into().unwrap()) as usize;
        payload.truncate(len);
        payload[..old.len()].copy_from_slice(&old);
        let mut bytes = Vec::new();
        write_block(&mut bytes, HEADER, &payload).unwrap();
        bytes.extend_from_slice(&writer.out[payload_at + len + 16..]);
        assert_eq!(read_record(&bytes[..], "b1").unwrap().records, [plain]);
    }

    #[test]
    fn what_one_side_alone_holds_reads_back_from_a_record_of_the_third_version() {
        let entry = BaseEntry::Dir { left_mode: 0o755, right_mode: 0o755, kept: None };
        let alone = Record { after: Reached::Alone(entry), replaced: None, ..record("a") };
        let mut writer = RecordWriter::of_merge(Vec::new(), &header()).unwrap();
        writer.push(&alone);
        writer.write().unwrap();
        assert_eq!(read_record(&writer.out[..], "b1").unwrap().records, [alone]);
        let version_at = 5 + MAGIC.len();
        assert_eq!(writer.out[version_at], VERSION_OF_MERGES as u8, "a program of before leaves it alone");
    }

    #[test]
    fn a_record_that_sets_attributes_which_are_none_of_ours_is_refused() {
        let mut hostile = record("a");
        let xattrs = Xattrs(vec![((*b"security.capability").into(), Some((*b"1").into()))]);
        hostile.replaced = Some(Box::new(Replaced { xattrs, ..Replaced::default() }));
        let mut writer = RecordWriter::new(Vec::new(), &header()).unwrap();
        writer.push(&hostile);
        writer.write().unwrap();
        assert!(read_record(&writer.out[..], "b1").is_err());
    }

    #[test]
    fn a_record_with_a_path_that_leads_out_is_refused() {
        let mut writer = RecordWriter::new(Vec::new(), &header()).unwrap();
        writer.push(&record("../x"));
        writer.write().unwrap();
        assert!(read_record(&writer.out[..], "b1").is_err());
    }
}
