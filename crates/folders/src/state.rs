//! What a pair remembers between runs, in its directory below the state directory.
//!
//! ```text
//! lock            held while a run is going; says who holds it
//! baseline        what both sides last agreed on
//! runs/NAME.open  the record of a run that the baseline does not know yet
//! runs/NAME.run   the record of a run that it does
//! ```

use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

use syncmgr_model::id::ItemId;

use crate::baseline::{BaseEntry, BaselineReader, BaselineWriter, Header};
use crate::codec::Damaged;
use crate::fs::{FileSystem, OnExisting, is_absent};
use crate::overlay::{OpenRun, Overlay, OverlayWalk};
use crate::path::tree_cmp;
use crate::plan::{After, Op, Plan};
use crate::reconcile::BaseWalk;
use crate::record::{Reached, RecordStream, RecordedDeeds, decode_at, read_record};
use crate::root::{ensure_dir, names};

const BASELINE: &[u8] = b"baseline";
const NEW_BASELINE: &[u8] = b"baseline.new";
const LOCK: &[u8] = b"lock";
const RUNS: &[u8] = b"runs";
const OPEN: &str = ".open";
const CLOSED: &str = ".run";
/// How often, and how long apart, a lock that somebody else has is tried again.
const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// Why the state of a pair cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// Another run of this pair is going; who says so is not always known yet.
    #[error("another run of this item is going on{}", if .0.is_empty() { String::new() } else { format!(" ({})", .0) })]
    Busy(String),
    /// The directory or a file in it cannot be read or written.
    #[error("{what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

fn io_error(what: &'static str) -> impl FnOnce(io::Error) -> StateError {
    move |source| StateError::Io { what, source }
}

/// The locked state of a pair.
pub(crate) struct PairState<F: FileSystem> {
    fs: Arc<F>,
    dir: F::Dir,
    runs: F::Dir,
    /// Held, not read: the lock ends with it. None for those who only look.
    _lock: Option<F::File>,
}

/// A baseline that may be used, or the news that there is none.
pub(crate) enum Agreed {
    /// There is one; its header.
    Known(Header),
    /// There has never been one.
    Unknown,
    /// There was one and it is damaged.
    Damaged,
    /// There may be one, and the user said that it no longer counts.
    Forgotten,
}

impl<F: FileSystem> PairState<F> {
    /// Opens and locks the state of a pair. `owner` is told to others who come while we hold it.
    pub(crate) fn open(fs: Arc<F>, pairs: &Path, item: ItemId, owner: &str) -> Result<Self, StateError> {
        let cannot = "the state directory cannot be used";
        let base = fs.open_root(pairs).map_err(io_error(cannot))?;
        let dir = ensure_dir(&*fs, &base, item.to_string().as_bytes(), 0o700).map_err(io_error(cannot))?;
        let runs = ensure_dir(&*fs, &dir, RUNS, 0o700).map_err(io_error(cannot))?;
        let lock = Self::lock(&fs, &dir, owner)?;
        Ok(Self { fs, dir, runs, _lock: Some(lock) })
    }

    /// Opens the state of a pair to look at it, whoever is using it; `None` if the pair was never run.
    pub(crate) fn look(fs: Arc<F>, pairs: &Path, item: ItemId) -> Result<Option<Self>, StateError> {
        let opened = fs.open_root(&pairs.join(item.to_string())).and_then(|dir| {
            let runs = fs.open_dir(&dir, RUNS)?;
            Ok((dir, runs))
        });
        match opened {
            Ok((dir, runs)) => Ok(Some(Self { fs, dir, runs, _lock: None })),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(io_error("the state directory cannot be used")(error)),
        }
    }

    /// The kernel lets go of the lock when its holder ends, however that happens: there is never a stale one.
    fn lock(fs: &F, dir: &F::Dir, owner: &str) -> Result<F::File, StateError> {
        let cannot = "the lock of the item cannot be taken";
        let opened = match fs.append_file(dir, LOCK) {
            Err(error) if is_absent(&error) => match fs.create_file(dir, LOCK, 0o600) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs.append_file(dir, LOCK),
                created => created,
            },
            opened => opened,
        };
        let mut file = opened.map_err(io_error(cannot))?;
        match lock_soon(fs, &file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let mut holder = String::new();
                // Only for the message; what cannot be read is left out of it.
                let _shown =
                    fs.open_file(dir, LOCK).and_then(|file| file.take(256).read_to_string(&mut holder));
                return Err(StateError::Busy(holder.trim().to_owned()));
            }
            Err(error) => return Err(io_error(cannot)(error)),
        }
        // A disk without room for the name of the holder can still be locked.
        let _told = fs.set_len(&file, 0).and_then(|()| file.write_all(owner.as_bytes()));
        Ok(file)
    }

    /// Looks whether there is a usable baseline. A damaged one is set aside, not removed.
    pub(crate) fn agreed(&self) -> Result<Agreed, StateError> {
        match self.fs.open_file(&self.dir, BASELINE) {
            Ok(file) => {
                Ok(BaselineReader::new(file)
                    .map_or(Agreed::Damaged, |reader| Agreed::Known(*reader.header())))
            }
            Err(error) if is_absent(&error) => Ok(Agreed::Unknown),
            Err(error) => Err(io_error("the baseline cannot be read")(error)),
        }
    }

    /// Puts a damaged baseline out of the way, where it can be looked at.
    pub(crate) fn set_baseline_aside(&self) -> Result<(), StateError> {
        match self.fs.rename(&self.dir, BASELINE, &self.dir, b"baseline.damaged", OnExisting::Replace) {
            Err(error) if !is_absent(&error) => {
                Err(io_error("the damaged baseline cannot be set aside")(error))
            }
            _ => Ok(()),
        }
    }

    /// What was agreed on, as a stream, with what unfinished runs reached laid over it.
    pub(crate) fn walk(&self, overlay: &Overlay) -> Result<AgreedWalk<F::File>, Damaged> {
        let reader = match self.fs.open_file(&self.dir, BASELINE) {
            Ok(file) => Some(BaselineReader::new(file)?),
            Err(error) if is_absent(&error) => None,
            Err(_) => return Err(Damaged("the file")),
        };
        let over = OverlayWalk::new(overlay, |run| {
            self.open_run(run, false).map_err(|_| Damaged("the record of a run")).and_then(RecordStream::new)
        })?;
        AgreedWalk { reader, over, head: None, plain: overlay.is_empty() }.started()
    }

    /// Records of runs, oldest first, with whether the baseline knows them.
    pub(crate) fn run_names(&self) -> Result<Vec<(String, bool)>, StateError> {
        let mut runs: Vec<(String, bool)> = names(&*self.fs, &self.runs)
            .map_err(io_error("the records of runs cannot be read"))?
            .into_iter()
            .filter_map(|name| String::from_utf8(name).ok())
            .filter_map(|name| match (name.strip_suffix(OPEN), name.strip_suffix(CLOSED)) {
                (Some(run), _) => Some((run.to_owned(), false)),
                (_, Some(run)) => Some((run.to_owned(), true)),
                _ => None,
            })
            .collect();
        runs.sort();
        Ok(runs)
    }

    /// What the runs that the baseline does not know yet have reached. Records that are torn from the start tell nothing.
    pub(crate) fn overlay(&self, boot_id: &str) -> Result<Overlay, StateError> {
        let mut overlay = Overlay::default();
        for (run, known) in self.run_names()? {
            if known {
                continue;
            }
            // A record that cannot be opened is an error; one that is torn from the start is not.
            drop(self.open_run(&run, false)?);
            let open = || {
                let file = self.open_run(&run, false).map_err(|_| Damaged("the record of a run"))?;
                RecordStream::new(file)
            };
            overlay.runs.extend(OpenRun::read(&run, boot_id, open).ok().flatten());
        }
        Ok(overlay)
    }

    fn open_run(&self, run: &str, known: bool) -> Result<BufReader<F::File>, StateError> {
        let name = format!("{run}{}", if known { CLOSED } else { OPEN });
        let file = self
            .fs
            .open_file(&self.runs, name.as_bytes())
            .map_err(io_error("the record of a run cannot be read"))?;
        Ok(BufReader::with_capacity(64 << 10, file))
    }

    /// Reads the record of a run.
    pub(crate) fn read_run(
        &self,
        run: &str,
        known: bool,
        boot_id: &str,
    ) -> Result<Result<RecordedDeeds, Damaged>, StateError> {
        Ok(read_record(self.open_run(run, known)?, boot_id))
    }

    /// Begins the record of a run.
    pub(crate) fn create_run(&self, run: &str) -> Result<F::File, StateError> {
        self.fs
            .create_file(&self.runs, format!("{run}{OPEN}").as_bytes(), 0o600)
            .map_err(io_error("the record of the run cannot be made"))
    }

    /// Removes the record of a run that has done nothing.
    pub(crate) fn drop_run(&self, run: &str) -> Result<(), StateError> {
        self.fs
            .remove_file(&self.runs, format!("{run}{OPEN}").as_bytes())
            .map_err(io_error("the record of the run cannot be removed"))
    }

    /// Removes the record of a run.
    pub(crate) fn remove_run(&self, run: &str) -> Result<(), StateError> {
        self.fs
            .remove_file(&self.runs, format!("{run}{CLOSED}").as_bytes())
            .map_err(io_error("the record of a run cannot be removed"))
    }

    /// Writes the new baseline and closes the records it now includes.
    ///
    /// The new one is complete and, if `flush` says so, on the disk before it takes the name of the old one; only then
    /// are records closed. Cut off in between, the records are laid over a baseline that has them already: that changes
    /// nothing.
    pub(crate) fn commit(&self, new: &NewBaseline<'_>, flush: bool) -> Result<(), StateError> {
        let cannot = "the baseline cannot be written";
        match self.fs.remove_file(&self.dir, NEW_BASELINE) {
            Err(error) if !is_absent(&error) => return Err(io_error(cannot)(error)),
            _ => {}
        }
        let written = self.write_baseline(new, flush);
        if let Err(error) = written {
            // The old one stays; the half-written one only takes room on what may be a full disk.
            let _leftover = self.fs.remove_file(&self.dir, NEW_BASELINE);
            return Err(error);
        }
        self.fs
            .rename(&self.dir, NEW_BASELINE, &self.dir, BASELINE, OnExisting::Replace)
            .map_err(io_error(cannot))?;
        if flush {
            self.fs.sync_dir(&self.dir).map_err(io_error(cannot))?;
        }
        for (run, known) in self.run_names()? {
            if !known {
                let (open, closed) = (format!("{run}{OPEN}"), format!("{run}{CLOSED}"));
                self.fs
                    .rename(&self.runs, open.as_bytes(), &self.runs, closed.as_bytes(), OnExisting::Replace)
                    .map_err(io_error(cannot))?;
            }
        }
        // A record that were open again after a power cut would be laid over a baseline of a later run.
        if flush { self.fs.sync_dir(&self.runs).map_err(io_error(cannot)) } else { Ok(()) }
    }

    fn write_baseline(&self, new: &NewBaseline<'_>, flush: bool) -> Result<(), StateError> {
        let cannot = "the baseline cannot be written";
        let damaged = |_| io_error(cannot)(io::Error::other("the old one cannot be read"));
        let file = self.fs.create_file(&self.dir, NEW_BASELINE, 0o600).map_err(io_error(cannot))?;
        let buffered = io::BufWriter::with_capacity(256 << 10, file);
        let mut writer = BaselineWriter::new(buffered, &new.header).map_err(io_error(cannot))?;
        let mut old = match new.from_scratch {
            true => AgreedWalk::empty(),
            false => self.walk(new.overlay).map_err(damaged)?,
        };
        let mut records = match new.run {
            Some(run) => Some(self.open_records(run)?),
            None => None,
        };
        let order = new.plan.in_tree_order();
        let mut next = 0;
        loop {
            let planned = order.get(next).and_then(|&step| new.plan.path(step as usize));
            let path = match (old.peek().map(|head| head.0), &planned) {
                (None, None) => break,
                (Some(old), None) => old.to_vec(),
                (None, Some(planned)) => planned.clone(),
                (Some(old), Some(planned)) => {
                    if tree_cmp(old, planned).is_le() {
                        old.to_vec()
                    } else {
                        planned.clone()
                    }
                }
            };
            let mut entry = match old.peek() {
                Some((here, entry)) if *here == *path => Some(entry.clone()),
                _ => None,
            };
            if entry.is_some() {
                old.advance().map_err(damaged)?;
            }
            while let Some(&step) = order.get(next) {
                let step = step as usize;
                if new.plan.path(step).as_deref() != Some(&path) {
                    break;
                }
                entry = new.after(step, entry, records.as_mut())?;
                next += 1;
            }
            if let Some(entry) = entry {
                writer.push(&path, &entry).map_err(io_error(cannot))?;
            }
        }
        let file = writer.finish().map_err(io_error(cannot))?.into_inner();
        let file = file.map_err(|error| io_error(cannot)(error.into_error()))?;
        if flush { self.fs.sync_file(&file).map_err(io_error(cannot)) } else { Ok(()) }
    }

    fn open_records(&self, run: &str) -> Result<RecordReader<F>, StateError> {
        let file = self
            .fs
            .open_file(&self.runs, format!("{run}{OPEN}").as_bytes())
            .map_err(io_error("the record of the run cannot be read"))?;
        Ok(RecordReader { fs: Arc::clone(&self.fs), file, window: Vec::new(), start: 0 })
    }
}

/// Takes the lock, or says after a moment that somebody else has it. A program that is being started on another thread
/// holds what its parent holds until it has begun; that is over in milliseconds and no second run.
fn lock_soon<F: FileSystem>(fs: &F, file: &F::File) -> io::Result<()> {
    for _ in 0..LOCK_TRIES {
        match fs.try_lock(file) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::park_timeout(LOCK_PAUSE),
            tried => return tried,
        }
    }
    fs.try_lock(file)
}

/// What a new baseline is made of.
pub(crate) struct NewBaseline<'a> {
    pub(crate) header: Header,
    pub(crate) overlay: &'a Overlay,
    pub(crate) plan: &'a Plan,
    /// For each step of the plan where its record stands; 0 if it was not done.
    pub(crate) records: &'a [u64],
    /// The run whose record that is; `None` if nothing was changed.
    pub(crate) run: Option<&'a str>,
    /// Whether the old baseline is left out of the new one.
    pub(crate) from_scratch: bool,
}

impl NewBaseline<'_> {
    /// What the baseline says of a path after a step, `entry` being what it said before.
    fn after<F: FileSystem>(
        &self,
        at: usize,
        entry: Option<BaseEntry>,
        records: Option<&mut RecordReader<F>>,
    ) -> Result<Option<BaseEntry>, StateError> {
        let Some(step) = self.plan.get(at) else { return Ok(entry) };
        if step.op == Op::Agree {
            return Ok(match step.after {
                After::Set(agreed) => Some(agreed),
                After::Forget => None,
                After::Keep | After::Copied => entry,
            });
        }
        let place = |at: usize| self.records.get(at).copied().unwrap_or(0);
        if let Op::MovedAway { by } = step.op {
            return Ok(if place(by as usize) > 0 { None } else { entry });
        }
        let place = place(at);
        let Some(records) = records.filter(|_| place > 0) else { return Ok(entry) };
        Ok(match records.at(place)? {
            Reached::Unchanged | Reached::Alone(_) => entry,
            Reached::Nothing => None,
            Reached::Entry(reached) => Some(reached),
        })
    }
}

/// Reads single records of a run back; they are asked for in nearly the order in which they stand.
struct RecordReader<F: FileSystem> {
    fs: Arc<F>,
    file: F::File,
    window: Vec<u8>,
    start: u64,
}

const WINDOW: usize = 256 << 10;

impl<F: FileSystem> RecordReader<F> {
    fn at(&mut self, place: u64) -> Result<Reached, StateError> {
        let cannot = "the record of the run cannot be read back";
        let within = place.checked_sub(self.start).and_then(|offset| usize::try_from(offset).ok());
        if let Some(bytes) = within.and_then(|offset| self.window.get(offset..))
            && let Some(record) = decode_at(bytes)
        {
            return Ok(record.after);
        }
        self.fs.seek(&mut self.file, place).map_err(io_error(cannot))?;
        self.window.clear();
        self.start = place;
        (&mut self.file).take(WINDOW as u64).read_to_end(&mut self.window).map_err(io_error(cannot))?;
        let record = decode_at(&self.window);
        record.map(|record| record.after).ok_or_else(|| io_error(cannot)(io::ErrorKind::InvalidData.into()))
    }
}

/// A baseline with an overlay, as one stream in tree order.
pub(crate) struct AgreedWalk<R: Read> {
    reader: Option<BaselineReader<R>>,
    over: OverlayWalk<BufReader<R>>,
    head: Option<(Vec<u8>, BaseEntry)>,
    /// Nothing is laid over: the baseline is handed on as it is read.
    plain: bool,
}

impl<R: Read> AgreedWalk<R> {
    fn empty() -> Self {
        Self { reader: None, over: OverlayWalk::empty(), head: None, plain: true }
    }

    fn started(mut self) -> Result<Self, Damaged> {
        // A plain baseline has its first entry at its head already.
        if !self.plain {
            self.advance()?;
        }
        Ok(self)
    }
}

impl<R: Read> BaseWalk for AgreedWalk<R> {
    fn peek(&self) -> Option<(&[u8], &BaseEntry)> {
        match (&self.reader, self.plain) {
            (Some(reader), true) => reader.peek(),
            _ => self.head.as_ref().map(|(path, entry)| (&path[..], entry)),
        }
    }

    fn advance(&mut self) -> Result<(), Damaged> {
        if let (Some(reader), true) = (&mut self.reader, self.plain) {
            return reader.advance();
        }
        loop {
            let below = self.reader.as_ref().and_then(BaselineReader::peek);
            let over_first = match (self.over.peek(), &below) {
                (None, None) => {
                    self.head = None;
                    return Ok(());
                }
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some(over), Some((path, _))) => tree_cmp(over, path).is_le(),
            };
            if !over_first {
                self.head = below.map(|(path, entry)| (path.to_vec(), entry.clone()));
                return self.reader.as_mut().map_or(Ok(()), BaselineReader::advance);
            }
            let Some((over, entry)) = self.over.next()? else { continue };
            if below.is_some_and(|(path, _)| *path == *over)
                && let Some(reader) = &mut self.reader
            {
                reader.advance()?;
            }
            if let Some(entry) = entry {
                self.head = Some((over, entry));
                return Ok(());
            }
        }
    }
}

/// Nothing was ever agreed on.
pub(crate) struct NothingAgreed;

impl BaseWalk for NothingAgreed {
    fn peek(&self) -> Option<(&[u8], &BaseEntry)> {
        None
    }

    fn advance(&mut self) -> Result<(), Damaged> {
        Ok(())
    }
}
