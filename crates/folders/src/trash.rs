//! The trash of a pair: what its runs replaced and deleted, one directory a run on each side.
//!
//! What lies there has its old path below the run's directory, so it can be found without us. It is kept by age and by
//! size; `undo` takes a whole run back, [`restore`] a single path.

use std::io;
use std::path::Path;
use std::sync::Arc;

use syncmgr_model::fact::Side;
use syncmgr_model::id::SessionId;
use syncmgr_model::time::Timestamp;

use crate::config::{PairConfig, TrashLimits};
use crate::fs::real::RealFileSystem;
use crate::fs::{FileSystem, Kind, OnExisting, is_absent};
use crate::pair::Roots;
use crate::path::{is_relative, join, split};
use crate::root::{Handles, Root, names, remove_tree};
use crate::state::PairState;

const DAY_MS: i64 = 86_400_000;

/// When the run that a name belongs to started, and its session.
fn parse_run(name: &str) -> Option<(Timestamp, SessionId)> {
    let (millis, session) = name.split_at_checked(13)?;
    let session = session.strip_prefix('-')?.get(..36)?;
    Some((Timestamp::from_millis(millis.parse().ok()?), session.parse().ok()?))
}

fn is_old(started: Timestamp, limits: &TrashLimits, now: Timestamp) -> bool {
    started.plus_millis(i64::from(limits.days).saturating_mul(DAY_MS)) < now
}

/// Removes the trash of runs that are older or larger than the limits, the oldest first; never that of `current`.
///
/// What cannot be removed stays and is tried again after the next run: trash is never a reason to fail.
pub(crate) fn prune<F: FileSystem>(
    fs: &F,
    roots: &Roots<F>,
    limits: &TrashLimits,
    now: Timestamp,
    current: &str,
) {
    for root in roots {
        let _later = prune_root(fs, root, limits, now, current);
    }
}

fn prune_root<F: FileSystem>(
    fs: &F,
    root: &Root<F>,
    limits: &TrashLimits,
    now: Timestamp,
    current: &str,
) -> io::Result<()> {
    let Some(trash) = root.trash(fs)? else { return Ok(()) };
    let mut runs: Vec<(String, Timestamp)> = names(fs, &trash)?
        .into_iter()
        .filter_map(|name| String::from_utf8(name).ok())
        .filter_map(|name| parse_run(&name).map(|(started, _)| (name, started)))
        .collect();
    runs.sort();
    let mut held = 0u64;
    // From the youngest on: as long as there is room, runs stay.
    for (name, started) in runs.into_iter().rev() {
        let mut size = 0;
        each_entry(fs, &trash, name.as_bytes(), &mut |_, stat| size += stat.size)?;
        held = held.saturating_add(size);
        if name != current && (held > limits.bytes || is_old(started, limits, now)) {
            remove_tree(fs, &trash, name.as_bytes(), &mut || true)?;
        }
    }
    Ok(())
}

/// Removes records of runs that are older than the limits: what they moved to the trash has gone with it.
pub(crate) fn prune_records<F: FileSystem>(state: &PairState<F>, limits: &TrashLimits, now: Timestamp) {
    for (run, known) in state.run_names().unwrap_or_default() {
        if known && parse_run(&run).is_some_and(|(started, _)| is_old(started, limits, now)) {
            // A record that stays is only room on the disk.
            let _later = state.remove_run(&run);
        }
    }
}

/// Calls `each` with the path and stat of every file and link below `name`; a list instead of recursion.
fn each_entry<F: FileSystem>(
    fs: &F,
    base: &F::Dir,
    name: &[u8],
    each: &mut dyn FnMut(&[u8], &crate::fs::Stat),
) -> io::Result<()> {
    let mut waiting = vec![Vec::new()];
    let run = fs.open_dir(base, name)?;
    while let Some(path) = waiting.pop() {
        let dir = fs.open_dir(&run, &path)?;
        let mut below = names(fs, &dir)?;
        below.sort();
        for name in below {
            let stat = fs.stat(&dir, &name)?;
            let path = join(&path, &name);
            match stat.kind {
                Kind::Dir => waiting.push(path),
                _ => each(&path, &stat),
            }
        }
    }
    Ok(())
}

/// One thing in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrashedEntry {
    /// The run that put it there.
    pub session: SessionId,
    /// When that run started.
    pub started: Timestamp,
    /// The side it lay on.
    pub side: Side,
    /// Where it lay.
    pub path: Vec<u8>,
    /// Its size in bytes.
    pub size: u64,
}

fn open_sides(pair: &PairConfig) -> Vec<(Side, &Path)> {
    vec![(Side::Left, &pair.left), (Side::Right, &pair.right)]
}

/// Everything in the trash of a pair, the oldest run first. Sides that are not there are left out.
pub fn list(pair: &PairConfig) -> io::Result<Vec<TrashedEntry>> {
    let fs = RealFileSystem;
    let mut entries = Vec::new();
    for (side, path) in open_sides(pair) {
        let Some((trash, runs)) = runs_of(&fs, path, side)? else { continue };
        for run in runs {
            let Some((started, session)) = parse_run(&run) else { continue };
            each_entry(&fs, &trash, run.as_bytes(), &mut |path, stat| {
                entries.push(TrashedEntry { session, started, side, path: path.to_vec(), size: stat.size });
            })?;
        }
    }
    entries.sort_by(|a, b| (a.started, a.side, &a.path).cmp(&(b.started, b.side, &b.path)));
    Ok(entries)
}

pub(crate) type RunsOf<F> = Option<(<F as FileSystem>::Dir, Vec<String>)>;

pub(crate) fn runs_of<F: FileSystem>(fs: &F, path: &Path, side: Side) -> io::Result<RunsOf<F>> {
    let root = match Root::open(fs, path, side) {
        Ok(root) => root,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(trash) = root.trash(fs)? else { return Ok(None) };
    let mut runs: Vec<_> =
        names(fs, &trash)?.into_iter().filter_map(|name| String::from_utf8(name).ok()).collect();
    runs.sort();
    Ok(Some((trash, runs)))
}

/// Brings one entry back to where it lay. Nothing is replaced: if something has its name now, that is an error
/// (`AlreadyExists`). To the next run it is a new file.
pub fn restore(pair: &PairConfig, entry: &TrashedEntry) -> io::Result<()> {
    let fs = Arc::new(RealFileSystem);
    if !is_relative(&entry.path) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let path = if entry.side == Side::Left { &pair.left } else { &pair.right };
    let Some((trash, runs)) = runs_of(&*fs, path, entry.side)? else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let root = Root::open(&*fs, path, entry.side)?;
    let (parent, name) = split(&entry.path);
    for run in runs.iter().filter(|run| parse_run(run).is_some_and(|(_, session)| session == entry.session)) {
        let from = match fs.open_dir(&trash, &join(run.as_bytes(), parent)) {
            Ok(from) => from,
            Err(error) if is_absent(&error) => continue,
            Err(error) => return Err(error),
        };
        if fs.stat(&from, name).is_err() {
            continue;
        }
        let to = Handles::new(Arc::clone(&fs)).ensure(&root.dir, parent)?;
        return fs.rename(&from, name, &to, name, OnExisting::Fail);
    }
    Err(io::ErrorKind::NotFound.into())
}

/// What [`empty`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Emptied {
    /// Files and links.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Removes for good what runs that started before `before` (or all runs) put into the trash of a pair.
pub fn empty(pair: &PairConfig, before: Option<Timestamp>) -> io::Result<Emptied> {
    let fs = RealFileSystem;
    let mut emptied = Emptied::default();
    for (side, path) in open_sides(pair) {
        let Some((trash, runs)) = runs_of(&fs, path, side)? else { continue };
        for run in runs {
            let Some((started, _)) = parse_run(&run) else { continue };
            if before.is_some_and(|before| started >= before) {
                continue;
            }
            each_entry(&fs, &trash, run.as_bytes(), &mut |_, stat| {
                emptied.files += 1;
                emptied.bytes += stat.size;
            })?;
            remove_tree(&fs, &trash, run.as_bytes(), &mut || true)?;
        }
    }
    Ok(emptied)
}
