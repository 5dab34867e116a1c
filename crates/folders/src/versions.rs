//! The versions of one path: what each side holds, and what both last agreed on. Nothing here changes anything.
//!
//! The sides belong to strangers as far as we are concerned: what is looked at is reached by handle from the root, no link
//! is followed anywhere on the way, and what is no regular file is never opened.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use syncmgr_model::fact::Side;

use crate::baseline::{BaseEntry, Digest, Stamp};
use crate::config::PairConfig;
use crate::fs::real::RealFileSystem;
use crate::fs::{FileSystem, FileTime, Kind, Stat, is_absent};
use crate::pair::{Surroundings, stat_at};
use crate::path::{is_relative, split, tree_cmp};
use crate::plan::index;
use crate::reconcile::BaseWalk;
use crate::root::Root;
use crate::state::PairState;
use crate::trash;

/// What a side holds at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// A file of this many bytes, whose content was changed at this time.
    File(u64, FileTime),
    /// A folder.
    Folder,
    /// A symbolic link with this text.
    Link(Vec<u8>),
    /// A pipe, socket or device. It takes no part.
    Special,
    /// Something that cannot be looked at, for this reason.
    Unreadable(String),
}

/// What both sides hold at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// On the left.
    pub left: Held,
    /// On the right.
    pub right: Held,
    /// Names what was looked at: it is another text once a side has changed at this path.
    pub seen: String,
}

/// Looks at both sides. A path that is no relative sequence of names is an error (`InvalidInput`), and so is a root that
/// cannot be opened.
pub fn versions(pair: &PairConfig, path: &[u8]) -> io::Result<Versions> {
    check(path)?;
    let fs = RealFileSystem;
    let mut stats = [None; 2];
    let mut held = [Held::Nothing, Held::Nothing];
    for side in Side::BOTH {
        let root = Root::open(&fs, root_of(pair, side), side)?;
        (stats[index(side)], held[index(side)]) = match stat_at(&fs, &root, path) {
            Ok(stat) => (stat, stat.map_or(Ok(Held::Nothing), |stat| look(&fs, &root, path, &stat))?),
            // A link on the way leads elsewhere: at this path there is nothing of ours.
            Err(error) => (None, Held::Unreadable(crate::apply::explain(&error))),
        };
    }
    let [left, right] = held;
    Ok(Versions { left, right, seen: seen(&stats) })
}

fn look<F: FileSystem>(fs: &F, root: &Root<F>, path: &[u8], stat: &Stat) -> io::Result<Held> {
    Ok(match stat.kind {
        Kind::File => Held::File(stat.size, stat.mtime),
        Kind::Dir => Held::Folder,
        Kind::Special => Held::Special,
        Kind::Symlink => {
            let (parent, name) = split(path);
            match fs.open_dir(&root.dir, parent).and_then(|dir| fs.read_link(&dir, name)) {
                Ok(text) => Held::Link(text),
                Err(error) => Held::Unreadable(crate::apply::explain(&error)),
            }
        }
    })
}

/// A name for what both sides hold at a path, as far as the file system tells.
pub(crate) fn seen(stats: &[Option<Stat>; 2]) -> String {
    let mut hasher = blake3::Hasher::new();
    for stat in stats {
        match stat {
            None => hasher.update(b"nothing\n"),
            Some(stat) => {
                let Stat { kind, size, mtime, ctime, ino, dev, .. } = stat;
                hasher.update(format!("{kind:?} {size} {mtime:?} {ctime:?} {ino} {dev}\n").as_bytes())
            }
        };
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Whole(Vec<u8>),
    /// More than was asked for: this many bytes.
    TooLarge(u64),
    /// There is no file.
    NoFile,
}

/// Reads the file at a path of a side, if it has at most `most` bytes; no more than that is ever read.
pub fn content(pair: &PairConfig, side: Side, path: &[u8], most: u64) -> io::Result<Content> {
    check(path)?;
    let fs = RealFileSystem;
    let root = Root::open(&fs, root_of(pair, side), side)?;
    read_at(&fs, &root.dir, path, most)
}

/// Reads the first bytes of the file at a path of a side: at most `n`, none if there is no file.
pub fn head(pair: &PairConfig, side: Side, path: &[u8], n: u64) -> io::Result<Vec<u8>> {
    check(path)?;
    let fs = RealFileSystem;
    let root = Root::open(&fs, root_of(pair, side), side)?;
    let mut bytes = Vec::new();
    if let Some((file, _)) = open_at(&fs, &root.dir, path)? {
        file.take(n).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn read_at<F: FileSystem>(fs: &F, base: &F::Dir, path: &[u8], most: u64) -> io::Result<Content> {
    let Some((file, stat)) = open_at(fs, base, path)? else { return Ok(Content::NoFile) };
    if stat.size > most {
        return Ok(Content::TooLarge(stat.size));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.take(most + 1).read_to_end(&mut bytes)?;
    let size = bytes.len() as u64;
    Ok(if size > most { Content::TooLarge(size) } else { Content::Whole(bytes) })
}

/// Opens the file at a path; `None` if there is none.
fn open_at<F: FileSystem>(fs: &F, base: &F::Dir, path: &[u8]) -> io::Result<Option<(F::File, Stat)>> {
    let (parent, name) = split(path);
    let found = fs.open_dir(base, parent).and_then(|dir| {
        // Looked at before it is opened: to open a pipe or a device may do something.
        let stat = fs.stat(&dir, name)?;
        Ok((stat.kind == Kind::File).then_some(dir))
    });
    let dir = match found {
        Ok(Some(dir)) => dir,
        Ok(None) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    fs.open_seen(&dir, name).map(Some)
}

/// What both sides last agreed on at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// What it was; never special or unreadable.
    pub held: Held,
    digest: Option<Digest>,
}

/// What both sides last agreed on at a path; `None` if they never did, or nobody knows any more.
pub fn last_agreed(pair: &PairConfig, surroundings: &Surroundings, path: &[u8]) -> io::Result<Option<Last>> {
    check(path)?;
    let fs = Arc::new(RealFileSystem);
    let looked = PairState::look(fs, &surroundings.state_dir, pair.id).map_err(io::Error::other)?;
    let Some(state) = looked else { return Ok(None) };
    let overlay = state.overlay(&surroundings.boot_id).map_err(io::Error::other)?;
    // A damaged baseline is for the next run to deal with; here it only tells nothing.
    let Ok(mut walk) = state.walk(&overlay) else { return Ok(None) };
    while let Some((head, entry)) = walk.peek() {
        match tree_cmp(head, path) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => return Ok(Some(Last::new(entry))),
            std::cmp::Ordering::Greater => return Ok(None),
        }
        if walk.advance().is_err() {
            return Ok(None);
        }
    }
    Ok(None)
}

impl Last {
    fn new(entry: &BaseEntry) -> Self {
        match entry {
            BaseEntry::Dir { .. } => Self { held: Held::Folder, digest: None },
            BaseEntry::Symlink { target, .. } => Self { held: Held::Link(target.to_vec()), digest: None },
            BaseEntry::File { size, digest, left: Stamp { mtime, .. }, .. } => {
                Self { held: Held::File(*size, *mtime), digest: Some(*digest) }
            }
        }
    }
}

/// Looks in the trash of both sides for the content that both last agreed on. `None` if it is not there, or has more than
/// `most` bytes.
pub fn last_content(pair: &PairConfig, last: &Last, path: &[u8], most: u64) -> io::Result<Option<Vec<u8>>> {
    let (Held::File(size, _), Some(digest)) = (&last.held, &last.digest) else { return Ok(None) };
    if *size > most {
        return Ok(None);
    }
    check(path)?;
    let fs = RealFileSystem;
    for side in Side::BOTH {
        let Some((trash, runs)) = trash::runs_of(&fs, root_of(pair, side), side)? else { continue };
        // The youngest first: what both agreed on last was replaced last.
        for run in runs.iter().rev() {
            let read = fs.open_dir(&trash, run.as_bytes()).and_then(|run| read_at(&fs, &run, path, *size));
            match read {
                Ok(Content::Whole(bytes)) if blake3::hash(&bytes).as_bytes() == digest => {
                    return Ok(Some(bytes));
                }
                // What cannot be read is not what is looked for, or cannot be shown.
                Ok(_) | Err(_) => {}
            }
        }
    }
    Ok(None)
}

fn root_of(pair: &PairConfig, side: Side) -> &Path {
    match side {
        Side::Left => &pair.left,
        Side::Right => &pair.right,
    }
}

fn check(path: &[u8]) -> io::Result<()> {
    if is_relative(path) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no path below the folders"))
}
