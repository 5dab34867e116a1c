//! Steps as bytes: they stay in the process, and only records take parts of this to the disk.

use syncmgr_model::fact::Side;

use super::{Extended, Op, index};
use crate::baseline::{BaseEntry, put_time, time};
use crate::codec::{Damaged, Put, Take};
use crate::config::KeepSet;
use crate::extended::Xattrs;
use crate::fs::{Attributes, Kind, Stat};

fn put_side(out: &mut Vec<u8>, tag: u8, side: Side) {
    out.put_u8(tag << 1 | index(side) as u8);
}

pub(super) fn encode_op(out: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Agree => out.put_u8(0),
        Op::MakeDir { side, mode } => {
            put_side(out, 1, *side);
            out.put_uint(u64::from(*mode));
        }
        Op::Copy { to, source, replaces } => {
            put_side(out, 2, *to);
            encode_stat(out, source);
            encode_optional_stat(out, replaces.as_ref());
        }
        Op::MakeLink { to, target, replaces } => {
            put_side(out, 3, *to);
            out.put_bytes(target);
            encode_optional_stat(out, replaces.as_ref());
        }
        Op::Trash { side, expect } => {
            put_side(out, 4, *side);
            encode_stat(out, expect);
        }
        Op::RemoveDir { side } => put_side(out, 5, *side),
        Op::SetAttributes { side, expect, attributes, extended } => {
            put_side(out, 6, *side);
            encode_stat(out, expect);
            encode_attributes(out, attributes);
            match extended {
                Extended::Like(keep) => {
                    out.put_u8(0);
                    out.put_u8(keep.bits());
                }
                Extended::These(xattrs) => {
                    out.put_u8(1);
                    xattrs.encode(out);
                }
            }
        }
        Op::Move { side, from, expect, attributes } => {
            put_side(out, 7, *side);
            out.put_bytes(from);
            encode_stat(out, expect);
            encode_attributes(out, attributes);
        }
        Op::MovedAway { by } => {
            out.put_u8(11 << 1);
            out.put_uint(u64::from(*by));
        }
        Op::Restore { side, replaces } => {
            put_side(out, 8, *side);
            encode_optional_stat(out, replaces.as_ref());
        }
        Op::FinishDir { side } => put_side(out, 9, *side),
        Op::Link { to, leader, seen, source, replaces } => {
            put_side(out, 10, *to);
            out.put_bytes(leader);
            encode_optional_stat(out, seen.as_ref());
            encode_stat(out, source);
            encode_optional_stat(out, replaces.as_ref());
        }
    }
}

pub(super) fn decode_op(take: &mut Take<'_>) -> Result<Op, Damaged> {
    let tag = take.u8()?;
    let side = if tag & 1 == 0 { Side::Left } else { Side::Right };
    Ok(match tag >> 1 {
        0 => Op::Agree,
        1 => Op::MakeDir { side, mode: take.uint()? as u32 },
        2 => Op::Copy { to: side, source: decode_stat(take)?, replaces: decode_optional_stat(take)? },
        3 => Op::MakeLink { to: side, target: take.bytes()?.into(), replaces: decode_optional_stat(take)? },
        4 => Op::Trash { side, expect: decode_stat(take)? },
        5 => Op::RemoveDir { side },
        6 => {
            let expect = decode_stat(take)?;
            let attributes = decode_attributes(take)?;
            let extended = match take.u8()? {
                0 => Extended::Like(KeepSet::from_bits(take.u8()?)),
                _ => Extended::These(Xattrs::decode(take)?),
            };
            Op::SetAttributes { side, expect, attributes, extended }
        }
        7 => {
            let (from, expect) = (take.bytes()?.into(), decode_stat(take)?);
            Op::Move { side, from, expect, attributes: decode_attributes(take)? }
        }
        11 => Op::MovedAway { by: take.uint()? as u32 },
        8 => Op::Restore { side, replaces: decode_optional_stat(take)? },
        9 => Op::FinishDir { side },
        10 => Op::Link {
            to: side,
            leader: take.bytes()?.into(),
            seen: decode_optional_stat(take)?,
            source: decode_stat(take)?,
            replaces: decode_optional_stat(take)?,
        },
        _ => return Err(Damaged("a step")),
    })
}

pub(crate) fn encode_attributes(out: &mut Vec<u8>, attributes: &Attributes) {
    let Attributes { owner, mode, mtime } = attributes;
    let given = [mode.is_some(), mtime.is_some(), owner.is_some()];
    out.put_u8(given.iter().rev().fold(0, |bits, given| bits << 1 | u8::from(*given)));
    if let Some(mode) = mode {
        out.put_uint(u64::from(*mode));
    }
    if let Some(mtime) = mtime {
        put_time(out, *mtime);
    }
    if let Some((uid, gid)) = owner {
        out.put_uint(u64::from(*uid));
        out.put_uint(u64::from(*gid));
    }
}

pub(crate) fn decode_attributes(take: &mut Take<'_>) -> Result<Attributes, Damaged> {
    let given = take.u8()?;
    let mode = if given & 1 != 0 { Some(take.uint()? as u32) } else { None };
    let mtime = if given & 2 != 0 { Some(time(take)?) } else { None };
    let owner = if given & 4 != 0 { Some((take.uint()? as u32, take.uint()? as u32)) } else { None };
    Ok(Attributes { owner, mode, mtime })
}

/// `allocated`, owner and `is_mount` are left out: no step is decided by them. `dev` and the number of names are written
/// for files that have several.
fn encode_stat(out: &mut Vec<u8>, stat: &Stat) {
    let kind = match stat.kind {
        Kind::File => 0,
        Kind::Dir => 1,
        Kind::Symlink => 2,
        Kind::Special => 3,
    };
    let has_names = stat.kind == Kind::File && stat.nlink > 1;
    out.put_uint(u64::from(stat.mode) << 3 | u64::from(has_names) << 2 | kind);
    out.put_uint(stat.size);
    put_time(out, stat.mtime);
    put_time(out, stat.ctime);
    out.put_uint(stat.ino);
    if has_names {
        out.put_uint(stat.dev);
        out.put_uint(u64::from(stat.nlink));
    }
}

fn decode_stat(take: &mut Take<'_>) -> Result<Stat, Damaged> {
    let mode = take.uint()?;
    let kind = match mode & 3 {
        0 => Kind::File,
        1 => Kind::Dir,
        2 => Kind::Symlink,
        _ => Kind::Special,
    };
    let has_names = mode & 4 != 0;
    let mut stat = Stat {
        kind,
        mode: (mode >> 3) as u32,
        size: take.uint()?,
        mtime: time(take)?,
        ctime: time(take)?,
        ino: take.uint()?,
        nlink: 1,
        ..Stat::default()
    };
    if has_names {
        stat.dev = take.uint()?;
        stat.nlink = take.uint()? as u32;
    }
    Ok(stat)
}

fn encode_optional_stat(out: &mut Vec<u8>, stat: Option<&Stat>) {
    out.put_u8(u8::from(stat.is_some()));
    if let Some(stat) = stat {
        encode_stat(out, stat);
    }
}

fn decode_optional_stat(take: &mut Take<'_>) -> Result<Option<Stat>, Damaged> {
    Ok(if take.u8()? == 0 { None } else { Some(decode_stat(take)?) })
}

/// Writes an entry, or that there is none.
pub(crate) fn encode_entry(out: &mut Vec<u8>, entry: Option<&BaseEntry>) {
    out.put_u8(u8::from(entry.is_some()));
    if let Some(entry) = entry {
        entry.encode(out);
    }
}

/// Reads what [`encode_entry`] wrote.
pub(crate) fn decode_entry(take: &mut Take<'_>) -> Result<Option<BaseEntry>, Damaged> {
    Ok(if take.u8()? == 0 { None } else { Some(BaseEntry::decode(take)?) })
}
