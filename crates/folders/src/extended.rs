//! Extended attributes and access control lists of entries: what tells two sets apart, and making one entry's like
//! another's.
//!
//! Only what users set for themselves takes part: `user.…` and the two access control lists. Attributes that grant rights
//! (`security.capability`) or belong to the machine (`security.selinux`, `trusted.…`) stay where they are.

use std::io;

use syncmgr_model::fact::Side;

use crate::codec::{Damaged, Put, Take};
use crate::config::{Keep, KeepSet};
use crate::fs::{FileSystem, Kind, Stat, is_absent};
use crate::kept::{Kept, NO_ATTRIBUTES, Sum};
use crate::plan::index;

const USER: &[u8] = b"user.";
const ACLS: [&[u8]; 2] = [b"system.posix_acl_access", b"system.posix_acl_default"];

/// The key of an attribute and its value; `None` is one to take away.
pub(crate) type Xattr = (Box<[u8]>, Option<Box<[u8]>>);

/// Extended attributes, sorted by key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Xattrs(pub(crate) Vec<Xattr>);

impl Xattrs {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.put_uint(self.0.len() as u64);
        for (key, value) in &self.0 {
            out.put_bytes(key);
            out.put_u8(u8::from(value.is_some()));
            out.put_bytes(value.as_deref().unwrap_or(&[]));
        }
    }

    pub(crate) fn decode(take: &mut Take<'_>) -> Result<Self, Damaged> {
        let mut xattrs = Vec::new();
        for _ in 0..take.uint()? {
            let (key, some, value) = (take.bytes()?, take.u8()? != 0, take.bytes()?);
            // What was damaged or made up must not reach attributes that are none of ours.
            if !Keep::ALL.iter().any(|what| is_of(key, *what)) {
                return Err(Damaged("an attribute"));
            }
            xattrs.push((key.into(), some.then(|| value.into())));
        }
        Ok(Self(xattrs))
    }
}

fn is_of(key: &[u8], what: Keep) -> bool {
    match what {
        Keep::Xattrs => key.starts_with(USER),
        Keep::Acls => ACLS.contains(&key),
        Keep::Owner | Keep::HardLinks => false,
    }
}

/// Whether the error says that the file system knows no such attributes.
fn is_unknown(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// The attributes of an entry that are of the kind `what`; `None` where the file system knows none.
fn read<F: FileSystem>(fs: &F, dir: &F::Dir, name: &[u8], what: Keep) -> io::Result<Option<Xattrs>> {
    let mut keys: Vec<Box<[u8]>> = Vec::new();
    match fs.list_xattrs(dir, name, &mut |key| {
        if is_of(key, what) {
            keys.push(key.into());
        }
    }) {
        Err(error) if is_unknown(&error) => return Ok(None),
        result => result?,
    }
    keys.sort();
    let mut xattrs = Vec::with_capacity(keys.len());
    for key in keys {
        // One that has gone since the listing is as if it had never been listed.
        if let Some(value) = fs.read_xattr(dir, name, &key)? {
            xattrs.push((key, Some(value.into())));
        }
    }
    Ok(Some(Xattrs(xattrs)))
}

/// The attributes of an entry that are of the kinds in `keep`.
pub(crate) fn read_all<F: FileSystem>(
    fs: &F,
    dir: &F::Dir,
    name: &[u8],
    keep: KeepSet,
) -> io::Result<Xattrs> {
    let mut all = Vec::new();
    for what in keep.iter() {
        all.extend(read(fs, dir, name, what)?.unwrap_or_default().0);
    }
    Ok(Xattrs(all))
}

fn sum_of(xattrs: &Xattrs) -> Sum {
    if xattrs.0.is_empty() {
        return NO_ATTRIBUTES;
    }
    let mut bytes = Vec::new();
    xattrs.encode(&mut bytes);
    let digest = blake3::hash(&bytes);
    digest.as_bytes().first_chunk().copied().unwrap_or(NO_ATTRIBUTES)
}

/// What an entry shows of the attributes in `keep`. A symbolic link has neither extended attributes nor access lists.
pub(crate) fn look<F: FileSystem>(
    fs: &F,
    dir: &F::Dir,
    name: &[u8],
    stat: &Stat,
    keep: KeepSet,
) -> io::Result<Kept> {
    let mut kept = Kept::default();
    if keep.has(Keep::Owner) {
        kept.owner = Some((stat.uid, stat.gid));
    }
    if stat.kind != Kind::Symlink {
        if keep.has(Keep::Xattrs) {
            kept.xattrs = read(fs, dir, name, Keep::Xattrs)?.as_ref().map(sum_of);
        }
        if keep.has(Keep::Acls) {
            kept.acls = read(fs, dir, name, Keep::Acls)?.as_ref().map(sum_of);
        }
    }
    Ok(kept)
}

/// Gives an entry the attributes of the kinds in `keep` that another entry has, and no others of these kinds. Returns
/// what they replace.
pub(crate) fn imitate<F: FileSystem>(
    fs: &F,
    (from, name): (&F::Dir, &[u8]),
    (to, new_name): (&F::Dir, &[u8]),
    keep: KeepSet,
) -> io::Result<Xattrs> {
    let mut replaced = Vec::new();
    for what in keep.iter() {
        let wanted = read(fs, from, name, what)?.unwrap_or_default();
        let found = read(fs, to, new_name, what)?.unwrap_or_default();
        let gone = found.0.iter().filter(|(key, _)| !wanted.0.iter().any(|(wanted, _)| wanted == key));
        let gone: Vec<_> = gone.map(|(key, _)| (key.clone(), None)).collect();
        let changes = wanted.0.into_iter().filter(|wanted| !found.0.contains(wanted)).chain(gone).collect();
        replaced.extend(set(fs, to, new_name, &Xattrs(changes))?.0);
    }
    Ok(Xattrs(replaced))
}

/// Sets and takes away attributes one by one. Returns what they replace.
pub(crate) fn set<F: FileSystem>(fs: &F, dir: &F::Dir, name: &[u8], xattrs: &Xattrs) -> io::Result<Xattrs> {
    let mut replaced = Vec::with_capacity(xattrs.0.len());
    for (key, value) in &xattrs.0 {
        replaced.push((key.clone(), fs.read_xattr(dir, name, key)?.map(Into::into)));
        match value {
            Some(value) => fs.set_xattr(dir, name, key, value)?,
            None => fs.remove_xattr(dir, name, key)?,
        }
    }
    Ok(Xattrs(replaced))
}

/// What of the metadata kept by option a run carries from side to side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Carried {
    pub(crate) keep: KeepSet,
    /// What each side can keep: left, right.
    pub(crate) able: [KeepSet; 2],
}

impl Carried {
    /// Whether there is anything to carry with single entries.
    pub(crate) fn with_entries(&self) -> bool {
        [Keep::Owner, Keep::Xattrs, Keep::Acls].iter().any(|what| self.keep.has(*what))
    }
}

/// Gives a new entry, seen by nobody yet, the owner and attributes it should have: those of its original, or where only
/// the other side can keep them, those of what it replaces. Returns what the original and the new entry show.
///
/// Content does not wait for an attribute: what is refused stays as it is, and is returned as well. The original then counts
/// as not looked at in this, so that the next run tries again.
pub(crate) fn carry<F: FileSystem>(
    fs: &F,
    original: (&F::Dir, &[u8]),
    replaces: Option<(&F::Dir, &[u8])>,
    new: (&F::Dir, &[u8]),
    carried: &Carried,
    from: Side,
) -> Result<(Kept, Kept, Option<Keep>), CarryError> {
    let (from_able, to_able) = (carried.able[index(from)], carried.able[index(from.other())]);
    let seen = fs.stat(original.0, original.1).map_err(CarryError::Original)?;
    let mut refused = None;
    let mut shown = look(fs, original.0, original.1, &seen, carried.keep).map_err(CarryError::Original)?;
    let old = match replaces {
        Some((dir, name)) => match fs.stat(dir, name) {
            Ok(stat) => Some(((dir, name), stat)),
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(CarryError::New(error)),
        },
        None => None,
    };
    let new_stat = fs.stat(new.0, new.1).map_err(CarryError::New)?;
    for what in carried.keep.iter().filter(|what| to_able.has(*what)) {
        let model = match (from_able.has(what), &old) {
            (true, _) => Some((original, seen)),
            (false, Some(((dir, name), stat))) if stat.kind == seen.kind => Some(((*dir, *name), *stat)),
            (false, _) => None,
        };
        let Some((model, stat)) = model else { continue };
        let only = KeepSet::from_iter([what]);
        let done = match what {
            Keep::Owner if (stat.uid, stat.gid) != (new_stat.uid, new_stat.gid) => {
                let owner = Some((stat.uid, stat.gid));
                let attributes = crate::fs::Attributes { owner, ..crate::fs::Attributes::default() };
                fs.set_attributes(new.0, new.1, attributes)
            }
            Keep::Xattrs | Keep::Acls if seen.kind != Kind::Symlink => {
                imitate(fs, model, new, only).map(drop)
            }
            _ => Ok(()),
        };
        if done.is_err() {
            shown.take_over(what, &Kept::default());
            refused = Some(what);
        }
    }
    let now = fs.stat(new.0, new.1).map_err(CarryError::New)?;
    let reached = look(fs, new.0, new.1, &now, carried.keep).map_err(CarryError::New)?;
    Ok((shown, reached, refused))
}

/// Which end refused.
#[derive(Debug)]
pub(crate) enum CarryError {
    Original(io::Error),
    New(io::Error),
}

impl From<CarryError> for io::Error {
    fn from(error: CarryError) -> Self {
        match error {
            CarryError::Original(error) | CarryError::New(error) => error,
        }
    }
}
