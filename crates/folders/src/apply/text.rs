//! Puts a text that somebody wrote in the place of a file, before a run looks at it as an edit of its user.
//!
//! It is done as everything else is: written under a temporary name, given its attributes, brought to the disk, put in
//! place while what was there goes to the trash, and recorded. The record says what the side holds and nothing of what
//! both agree on: cut off here, the two sides still differ, and that is still a conflict.

use std::io::{self, Write};

use syncmgr_model::fact::Side;

use super::place::{Placer, Staged, StepError};
use super::words::{action, change_fact, explain_step};
use super::{ApplyError, Works};
use crate::baseline::{BaseEntry, Digest, Stamp};
use crate::config::Durability;
use crate::decide::MODE_BITS;
use crate::extended::{Carried, carry};
use crate::fs::{Attributes, FileSystem, Stat};
use crate::path::split;
use crate::plan::{After, Op, Step, index};
use crate::record::{Reached, Record, RecordWriter};

/// The temporary name of the text, and the number it is known by.
const NUMBER: u64 = 1;

/// A text, and where it belongs.
pub(crate) struct Text<'a> {
    pub(crate) side: Side,
    pub(crate) path: &'a [u8],
    pub(crate) bytes: &'a [u8],
    /// What is there now; it goes to the trash.
    pub(crate) replaces: Option<Stat>,
    /// Permission bits of the new file.
    pub(crate) mode: u32,
}

/// What became of a text.
pub(crate) enum Put {
    /// It is in place, on the disk and on record.
    InPlace,
    /// Nothing was changed, for this reason.
    Refused(String),
}

/// Puts `text` in place and records that in `writer`.
pub(crate) fn put_text<F: FileSystem>(
    works: &Works<'_, F>,
    text: &Text<'_>,
    writer: &mut RecordWriter<F::File>,
) -> Result<Put, ApplyError> {
    let mut placer = Placer::new(
        std::sync::Arc::clone(&works.fs),
        works.roots.each_ref().map(std::sync::Arc::clone),
        works.run.clone(),
        None,
        works.walk_began,
        works.carried,
        works.durability,
    )
    .map_err(ApplyError::Root)?;
    let put = stage(works, &mut placer, text).map_err(StepError::Io).and_then(|source| {
        let staged =
            Staged { number: NUMBER, digest: digest(text.bytes), stat: None, kept: None, refused: None };
        let op = Op::Copy { to: text.side, source, replaces: text.replaces };
        let step = Step { path: text.path.to_vec(), op, before: None, after: After::Keep };
        Ok((placer.perform(&step, Some(staged))?, step))
    });
    let recorded = match put {
        Ok((Some(record), step)) => {
            let record = Record { after: reached(works, &mut placer, text), ..record };
            if let (Some(action), true) = (action(record.deed), works.monitor.wants_changes()) {
                works.monitor.fact(change_fact(&step, text.side, action));
            }
            secure(works, &mut placer, text, &record, writer).map(|()| Put::InPlace)
        }
        Ok((None, _)) => Ok(Put::Refused("the run was told to stop".to_owned())),
        Err(error) => {
            placer.drop_empty_trash(text.side);
            Ok(Put::Refused(explain_step(&error)))
        }
    };
    placer.drop_staging(&mut || true);
    recorded
}

/// Writes the text under a temporary name, with the attributes of what it replaces.
fn stage<F: FileSystem>(works: &Works<'_, F>, placer: &mut Placer<F>, text: &Text<'_>) -> io::Result<Stat> {
    let fs = &*works.fs;
    let staging = placer.staging(text.side)?;
    let name = NUMBER.to_string();
    let mut file = fs.create_file(&staging, name.as_bytes(), 0o600)?;
    file.write_all(text.bytes)?;
    let mode = Some(text.mode & MODE_BITS);
    match fs.set_file_attributes(&file, Attributes { mode, ..Attributes::default() }) {
        // A file system that keeps no permission bits refuses to be told any.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
        set => set?,
    }
    if text.replaces.is_some() && works.carried.with_entries() {
        let (parent, old) = split(text.path);
        let dir = fs.open_dir(&works.roots[index(text.side)].dir, parent)?;
        let able = works.carried.able[index(text.side)];
        let own = Carried { keep: works.carried.keep, able: [able; 2] };
        carry(fs, (&dir, old), None, (&*staging, name.as_bytes()), &own, text.side)?;
    }
    if works.durability != Durability::None {
        fs.sync_file(&file)?;
    }
    fs.stat_file(&file)
}

/// What the side holds now. Should that not be told any more, a later undo finds something else there and leaves it.
fn reached<F: FileSystem>(works: &Works<'_, F>, placer: &mut Placer<F>, text: &Text<'_>) -> Reached {
    let (parent, name) = split(text.path);
    let site = &mut placer.sites[index(text.side)];
    let looked = site.handles.get(&site.root.dir, parent).and_then(|dir| works.fs.stat(&dir, name));
    let stamp = Stamp::of(&looked.unwrap_or_default());
    let (size, digest) = (text.bytes.len() as u64, digest(text.bytes));
    Reached::Alone(BaseEntry::File { size, digest, left: stamp, right: stamp, kept: None })
}

/// Records what was done and brings both to the disk.
fn secure<F: FileSystem>(
    works: &Works<'_, F>,
    placer: &mut Placer<F>,
    text: &Text<'_>,
    record: &Record,
    writer: &mut RecordWriter<F::File>,
) -> Result<(), ApplyError> {
    writer.push(record);
    writer.write().map_err(ApplyError::Record)?;
    if works.durability == Durability::None {
        return Ok(());
    }
    let parent = split(text.path).0.to_vec();
    placer.sync_dirs(text.side, &[parent]).map_err(|error| ApplyError::Flush(text.side, error))?;
    works.fs.sync_file(writer.file()).map_err(ApplyError::Record)?;
    writer.mark_durable().map_err(ApplyError::Record)
}

fn digest(bytes: &[u8]) -> Digest {
    *blake3::hash(bytes).as_bytes()
}
