//! Carries a plan out, batch by batch.
//!
//! A batch is staged (its files written under temporary names, by several threads), flushed, put in place in the plan's
//! order, and recorded. While one batch is flushed and put in place, the next is being staged. A path that cannot be
//! treated becomes a problem and the rest goes on; only a failure of our own state or of a flush ends the run, because
//! from then on nothing could be promised.
//!
//! Order that makes it safe: content is on the disk before it gets its name; names are on the disk before the record is
//! marked durable; the baseline comes after both. So whatever is cut off at any instruction, each path holds its old or
//! its new content, and nobody was told more than is true.

mod flush;
mod modes;
mod nursery;
mod place;
mod stage;
mod swap;
mod text;
mod trash_dirs;
mod words;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::io;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use syncmgr_model::entry::LogLevel;
use syncmgr_model::fact::{Fact, Side, Totals};

use crate::config::Durability;
use crate::copy::CopyError;
use crate::extended::Carried;
use crate::fs::{Attributes, FileSystem, FileTime};
use crate::monitor::Monitor;
use crate::pair::Threads;
use crate::path::{display, is_within, split};
use crate::plan::{After, DirTime, Op, Plan, Step, index};
use crate::points;
use crate::reconcile::Problem;
use crate::record::{Deed, Reached, Record, RecordWriter};
use crate::root::{Root, RunName};
use flush::{Flush, is_few};
pub(crate) use modes::WORKABLE;
use modes::entry_while_working;
use nursery::{Gathering, Unit};
pub(crate) use place::JUST_MADE;
use place::{Placer, Staged, StepError};
use stage::{Counters, Crew, Stager};
pub(crate) use text::{Put, Text, put_text};
use words::{CHANGED, CLASH, GONE, action, change_fact, destroys, explain_step, unfit};
pub(crate) use words::{explain, planned_facts};

/// How long staging and flushing a batch should take: short enough to stop in time and to lose little, long enough that
/// flushing pays.
const BATCH_TIME: Duration = Duration::from_millis(600);
/// Clearing up after a stop may take this long; the next run does the rest.
const CLEAN_TIME: Duration = Duration::from_millis(250);

/// What a plan is carried out with.
pub(crate) struct Works<'a, F: FileSystem> {
    pub(crate) fs: Arc<F>,
    pub(crate) roots: [Arc<Root<F>>; 2],
    /// Names the run's staging and trash.
    pub(crate) run: RunName,
    /// The run whose trash is brought back, in an undo.
    pub(crate) undone: Option<String>,
    pub(crate) durability: Durability,
    pub(crate) walk_began: FileTime,
    pub(crate) carried: Carried,
    pub(crate) monitor: &'a Monitor,
    pub(crate) threads: Threads,
}

/// What carrying out has come to.
pub(crate) struct Applied {
    /// For each step where its record stands in the file; 0 for those not done.
    pub(crate) records: Vec<u64>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) totals: Totals,
    /// Whether it went through to the end.
    pub(crate) complete: bool,
    /// Which sides' trash was used: left, right.
    pub(crate) used_trash: [bool; 2],
    /// Whether a name was refused because its file system takes it for the name of something else.
    pub(crate) name_clash: bool,
}

impl Applied {
    /// What carrying out an empty plan comes to.
    pub(crate) fn nothing() -> Self {
        Self {
            records: Vec::new(),
            problems: Vec::new(),
            totals: Totals::default(),
            complete: true,
            used_trash: [false; 2],
            name_clash: false,
        }
    }
}

/// Why carrying out had to end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// Our own record of the run cannot be written.
    #[error("the record of the run cannot be written: {0}")]
    Record(#[source] io::Error),
    /// What was written cannot be brought to the disk.
    #[error("the {0} folder cannot be flushed to its disk: {1}")]
    Flush(Side, #[source] io::Error),
    /// A root cannot be written at all.
    #[error("the folder cannot be written: {0}")]
    Root(#[source] io::Error),
}

/// Carries `plan` out and records it in `writer`; `base` has been told before.
pub(crate) fn apply<F: FileSystem>(
    works: &Works<'_, F>,
    plan: &Plan,
    writer: &mut RecordWriter<F::File>,
) -> Result<Applied, ApplyError> {
    let counters = Counters::default();
    let placer = Placer::new(
        Arc::clone(&works.fs),
        works.roots.each_ref().map(Arc::clone),
        works.run.clone(),
        works.undone.as_deref(),
        works.walk_began,
        works.carried,
        works.durability,
    )
    .map_err(ApplyError::Root)?;
    let run = |crew| Run {
        works,
        plan,
        writer,
        placer,
        counters: &counters,
        crew: Some(crew),
        next: 0,
        next_number: 0,
        size: BatchSize::default(),
        failed: Vec::new(),
        late_modes: Vec::new(),
        destroyed: [false; 2],
        worked_in: [HashSet::new(), HashSet::new()],
        unflushed: [BTreeSet::new(), BTreeSet::new()],
        new_dirs: [HashSet::new(), HashSet::new()],
        sources: [Vec::new(), Vec::new()],
        wants_changes: works.monitor.wants_changes(),
        out: Applied { records: vec![0; plan.len()], complete: false, ..Applied::nothing() },
    };
    let stager = || Stager::new(&works.fs, &works.roots, works.carried, works.monitor, &counters);
    if works.threads == Threads::One {
        return run(Crew::Alone { stager: Box::new(stager()), waiting: VecDeque::new() }).go();
    }
    let (jobs, job_receiver) = channel();
    let (done_sender, done) = channel();
    let waiting = Mutex::new(job_receiver);
    std::thread::scope(|scope| {
        let n_threads = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 4));
        for number in 0..n_threads {
            let (stager, waiting, done) = (stager(), &waiting, done_sender.clone());
            let spawned = std::thread::Builder::new()
                .name(format!("stage {number}"))
                .spawn_scoped(scope, move || stager.serve(waiting, &done));
            // With one thread at least the work gets done; without any, there is no run.
            if spawned.is_err() && number == 0 {
                return Err(ApplyError::Root(io::Error::other("no thread can be started")));
            }
        }
        drop(done_sender);
        run(Crew::Threads { jobs, done }).go()
    })
}

/// How many files and bytes the next batch takes, learned from the last.
#[derive(Debug, Clone, Copy)]
struct BatchSize {
    files: usize,
    bytes: u64,
}

impl Default for BatchSize {
    fn default() -> Self {
        Self { files: 512, bytes: 16 << 20 }
    }
}

impl BatchSize {
    /// Aims the next batch at [`BATCH_TIME`], not changing more than fourfold at a time.
    fn learn(&mut self, took: Duration) {
        let ratio = (BATCH_TIME.as_secs_f64() / took.as_secs_f64().max(0.001)).clamp(0.25, 4.0);
        self.files = ((self.files as f64 * ratio) as usize).clamp(64, 16_384);
        self.bytes = ((self.bytes as f64 * ratio) as u64).clamp(4 << 20, 512 << 20);
    }
}

/// What became of the files of a batch, by the numbers of their steps.
type Contents = HashMap<usize, Result<Staged, CopyError>>;

/// Steps that are staged and put in place together.
struct Batch {
    steps: Range<usize>,
    n_copies: usize,
    flush: Flush,
    /// Directories put in place whole, by the number of their first step.
    units: HashMap<usize, Unit>,
    staged: Contents,
    begun: Instant,
}

struct Run<'r, 'w, F: FileSystem> {
    works: &'r Works<'w, F>,
    plan: &'r Plan,
    writer: &'r mut RecordWriter<F::File>,
    placer: Placer<F>,
    counters: &'r Counters,
    /// `None` when nothing more is staged.
    crew: Option<Crew<'r, F>>,
    next: usize,
    next_number: u64,
    size: BatchSize,
    /// Directories that could not be made: what is below them is not tried.
    failed: Vec<(Side, Vec<u8>)>,
    /// Steps that made directories whose permission bits would keep us out while we still work in them.
    late_modes: Vec<usize>,
    /// Whether something went to the trash of a side.
    destroyed: [bool; 2],
    /// Directories in which something was done, and those made.
    worked_in: [HashSet<Vec<u8>>; 2],
    /// Directories with names that are not flushed yet.
    unflushed: [BTreeSet<Vec<u8>>; 2],
    /// Directories made whose own names are not flushed yet.
    new_dirs: [HashSet<Vec<u8>>; 2],
    /// What a side gave the other one since the last barrier, as far as it is few: whoever put it there may not have
    /// flushed it, and were it lost, it would look deleted.
    sources: [Vec<Vec<u8>>; 2],
    wants_changes: bool,
    out: Applied,
}

impl<F: FileSystem> Run<'_, '_, F> {
    fn go(mut self) -> Result<Applied, ApplyError> {
        let result = self.all_batches();
        // The threads end with the last job; what they were at is dropped.
        self.crew = None;
        let began = Instant::now();
        let alone = self.works.threads == Threads::One;
        self.placer.drop_staging(&mut || alone || began.elapsed() < CLEAN_TIME);
        // Whatever happened, what was put in place is on record.
        self.writer.write().map_err(ApplyError::Record)?;
        result?;
        for side in Side::BOTH {
            if !self.destroyed[index(side)] {
                self.placer.drop_empty_trash(side);
            }
        }
        self.out.used_trash = Side::BOTH.map(|side| self.placer.used_trash(side));
        Ok(self.out)
    }

    fn all_batches(&mut self) -> Result<(), ApplyError> {
        let mut current = self.begin_batch()?;
        while let Some(mut batch) = current {
            self.collect(&mut batch);
            if !self.works.monitor.may_go_on() {
                return Ok(());
            }
            let next = self.begin_batch()?;
            self.finish_batch(batch)?;
            current = next;
        }
        if !self.works.monitor.may_go_on() {
            return Ok(());
        }
        self.set_late_modes();
        // A directory in which nothing could be done keeps its times, and is not touched by the next try either; so does
        // one that could not be made, whose name is somebody else's.
        let worked_in = |time: &&DirTime| self.worked_in[index(time.side)].contains(&time.path);
        self.placer.set_dir_times(self.plan.dir_times.iter().filter(worked_in));
        self.reached("before-barrier").map_err(ApplyError::Root)?;
        self.barrier(Flush::Names)?;
        self.out.complete = self.works.monitor.may_go_on();
        Ok(())
    }

    fn reached(&self, point: &str) -> io::Result<()> {
        points::reach(point)
    }

    /// Hands the copies of the next batch to the staging threads.
    fn begin_batch(&mut self) -> Result<Option<Batch>, ApplyError> {
        let begun = Instant::now();
        let start = self.next;
        let mut gathering = Gathering::new();
        while self.next < self.plan.len() && self.next - start < self.size.files * 2 {
            if let Some(step) = self.plan.get(self.next) {
                if gathering.is_enough(&step, self.size.files, self.size.bytes) {
                    break;
                }
                gathering
                    .add(self.next, &step, &mut self.placer, &mut self.next_number)
                    .map_err(ApplyError::Root)?;
            }
            self.next += 1;
        }
        if start == self.next {
            return Ok(None);
        }
        let Gathering { jobs, n_copies, units, .. } = gathering;
        let singly = self.works.durability == Durability::Full || is_few(&*self.works.fs, n_copies);
        let flush_each = singly && self.works.durability != Durability::None;
        let to_side = |side| jobs.iter().any(|job| job.to == side);
        let flush = if singly { Flush::Names } else { Flush::Files(Side::BOTH.map(to_side)) };
        for mut job in jobs {
            job.flush = flush_each;
            if let Some(crew) = &mut self.crew {
                crew.take_on(job);
            }
        }
        let steps = start..self.next;
        Ok(Some(Batch { steps, n_copies, flush, units, staged: HashMap::new(), begun }))
    }

    /// Waits until the batch is staged. Results of the next batch cannot come before: it is not begun yet.
    fn collect(&mut self, batch: &mut Batch) {
        while batch.staged.len() < batch.n_copies
            && let Some(done) = self.crew.as_mut().and_then(Crew::next_done)
        {
            batch.staged.extend(done.into_iter().map(|file| (file.step, file.result)));
        }
    }

    fn finish_batch(&mut self, mut batch: Batch) -> Result<(), ApplyError> {
        self.reached("after-stage").map_err(ApplyError::Root)?;
        if batch.n_copies > 0 {
            self.barrier(batch.flush)?;
            if self.works.threads == Threads::Several {
                self.size.learn(batch.begun.elapsed());
            }
        }
        self.prepare_trash(batch.steps.clone());
        self.reached("before-apply").map_err(ApplyError::Root)?;
        let mut at = batch.steps.start;
        while at < batch.steps.end {
            if !self.works.monitor.may_go_on() {
                return Ok(());
            }
            at = match batch.units.remove(&at) {
                Some(unit) => self.unit(unit, &mut batch.staged)?,
                None => {
                    self.step(at, batch.staged.remove(&at), Placer::perform)?;
                    at + 1
                }
            };
        }
        self.counters.tell(self.works.monitor, None);
        self.writer.write().map_err(ApplyError::Record)?;
        self.tell_totals();
        self.reached("after-apply").map_err(ApplyError::Root)
    }

    /// Puts a directory in place that was built whole, and says of each path in it what became of it.
    fn unit(&mut self, unit: Unit, staged: &mut Contents) -> Result<usize, ApplyError> {
        let Unit { steps, number } = unit;
        // What another file in it has the name of was never made: by that name the other one would be removed.
        let is_ours =
            |result: &Result<_, _>| matches!(result, Err(error) if !matches!(error, CopyError::Taken));
        let failed = steps.clone().filter(|at| staged.get(at).is_some_and(is_ours));
        let failed: Vec<Vec<u8>> = failed.filter_map(|at| self.plan.path(at)).collect();
        let place = |placer: &mut Placer<F>, step: &Step, staged| {
            let side = step.op.side().unwrap_or(Side::Left);
            placer.clear_failed(side, (&step.path, number), &failed)?;
            placer.place_unit(side, &step.path, number).and_then(|()| placer.settle(step, staged))
        };
        self.step(steps.start, None, place)?;
        // All of it is in place, or this skips all of it.
        for at in steps.start + 1..steps.end {
            self.step(at, staged.remove(&at), Placer::settle)?;
        }
        Ok(steps.end)
    }

    /// Makes all directories in the trash that the steps need, so that they are flushed together.
    fn prepare_trash(&mut self, steps: Range<usize>) {
        let mut parents = [BTreeSet::new(), BTreeSet::new()];
        for step in steps.filter_map(|at| self.plan.get(at)) {
            if let Some(side) = step.op.side().filter(|_| step.op.fills_trash()) {
                parents[index(side)].insert(split(&step.path).0.to_vec());
            }
        }
        for side in Side::BOTH {
            // Each step makes what is still missing for itself, and tells why it cannot.
            let _told_there = self.placer.prepare_trash(side, &parents[index(side)]);
        }
    }

    fn step(
        &mut self,
        at: usize,
        staged: Option<Result<Staged, CopyError>>,
        perform: impl FnOnce(&mut Placer<F>, &Step, Option<Staged>) -> Result<Option<Record>, StepError>,
    ) -> Result<(), ApplyError> {
        let Some(step) = self.plan.get(at) else { return Ok(()) };
        let Some(side) = step.op.side() else { return Ok(()) };
        if self.failed.iter().any(|(failed, dir)| *failed == side && is_within(&step.path, dir)) {
            self.not_moved(side, &step);
            return Ok(());
        }
        let staged = match staged.transpose() {
            Ok(staged) => staged,
            Err(CopyError::Stopped) => return Ok(()),
            Err(error) => {
                self.copy_failed(&step, side, error);
                return Ok(());
            }
        };
        if step.op.brings_existing() {
            self.flush_way(side, &step.path)?;
        }
        match perform(&mut self.placer, &step, staged) {
            Ok(Some(record)) => {
                if let Some(what) = staged.and_then(|staged| staged.refused) {
                    let reason = format!("its {what} could not be set; the next run tries again");
                    self.problem(Some(side), &step, reason);
                }
                if let Some(error) = self.placer.take_unfit(side, &step.path) {
                    self.works.monitor.log(LogLevel::Warning, &unfit(&step.path, &error));
                }
                self.performed(at, &step, &record)
            }
            Ok(None) => Ok(()),
            Err(error) => {
                if matches!(step.op, Op::MakeDir { .. }) {
                    self.failed.push((side, step.path.clone()));
                }
                let clash = match error {
                    StepError::Changed if step.op.makes() => self.explain_clash(side, &step),
                    _ => None,
                };
                let reason = clash.unwrap_or_else(|| explain_step(&error));
                self.problem(Some(side), &step, reason);
                self.not_moved(side, &step);
                Ok(())
            }
        }
    }

    /// Brings the new directories on the way to a path to the disk. What is moved there is on the disk already, and a power
    /// cut must not keep that it left its old place and lose the directory that it went to.
    fn flush_way(&mut self, side: Side, path: &[u8]) -> Result<(), ApplyError> {
        let new_dirs = &mut self.new_dirs[index(side)];
        let mut dirs = BTreeSet::new();
        let mut dir = split(path).0;
        while new_dirs.remove(dir) {
            dirs.insert(dir.to_vec());
            dir = split(dir).0;
            dirs.insert(dir.to_vec());
        }
        let dirs: Vec<Vec<u8>> = dirs.into_iter().collect();
        self.placer.sync_dirs(side, &dirs).map_err(|error| ApplyError::Flush(side, error))
    }

    /// Tells of something that was to be moved that it stays where it is.
    fn not_moved(&mut self, side: Side, step: &Step) {
        if let Op::Move { from, .. } = &step.op {
            let reason = format!("stays until it can become `{}`", display(&step.path));
            self.out.problems.push(Problem { side: Some(side), path: from.to_vec(), reason });
        }
    }

    /// The entry that keeps a new one from being made though no entry has its name.
    fn explain_clash(&mut self, side: Side, step: &Step) -> Option<String> {
        let other = self.placer.clash(side, &step.path)?;
        self.out.name_clash = true;
        Some(format!("{CLASH} `{}`", display(&other)))
    }

    fn performed(&mut self, at: usize, step: &Step, record: &Record) -> Result<(), ApplyError> {
        self.out.records[at] = self.writer.push(record);
        if self.writer.pending() > 1 << 20 || destroys(record.deed) {
            // What is gone from its place is on record before the next thing goes.
            self.writer.write().map_err(ApplyError::Record)?;
        }
        if matches!(step.op, Op::MakeDir { mode, .. } if entry_while_working(mode).is_some()) {
            self.late_modes.push(at);
        }
        self.destroyed[index(record.side)] |= destroys(record.deed);
        self.note_parents(step, record);
        let Some(action) = action(record.deed) else { return Ok(()) };
        let totals = &mut self.out.totals;
        match record.side {
            Side::Left => totals.left_changes += 1,
            Side::Right => totals.right_changes += 1,
        }
        totals.bytes += step.op.bytes();
        self.counters.items.fetch_add(1, Ordering::Relaxed);
        if self.wants_changes {
            self.works.monitor.fact(change_fact(step, record.side, action));
        }
        Ok(())
    }

    /// Remembers the directories whose lists of names a step has changed.
    fn note_parents(&mut self, step: &Step, record: &Record) {
        let side = index(record.side);
        for path in [Some(&record.path[..]), record.from.as_deref()].into_iter().flatten() {
            let parent = split(path).0;
            if !self.worked_in[side].contains(parent) {
                self.worked_in[side].insert(parent.to_vec());
            }
            if self.works.durability != Durability::None && !self.unflushed[side].contains(parent) {
                self.unflushed[side].insert(parent.to_vec());
            }
        }
        if step.op.follows_other() && self.works.durability != Durability::None {
            let sources = &mut self.sources[index(record.side.other())];
            if is_few(&*self.works.fs, sources.len()) {
                sources.push(step.path.clone());
            }
        }
        if matches!(step.op, Op::MakeDir { .. }) {
            self.worked_in[side].insert(step.path.clone());
            if self.works.durability != Durability::None {
                self.new_dirs[side].insert(step.path.clone());
            }
        }
    }

    /// Sets the permission bits that had to wait, innermost directories first. Where that fails the record still says
    /// what the bits are meanwhile, and the next run sets them.
    fn set_late_modes(&mut self) {
        for at in std::mem::take(&mut self.late_modes).into_iter().rev() {
            let Some(Step { path, op: Op::MakeDir { side, mode }, after, .. }) = self.plan.get(at) else {
                continue;
            };
            let attributes = Attributes { mode: Some(mode), ..Attributes::default() };
            if let After::Set(entry) = after
                && self.placer.set_dir(side, &path, attributes).is_ok()
            {
                let (before, after) = (entry_while_working(mode), Reached::Entry(entry));
                let (deed, from, replaced) = (Deed::AttributesSet, None, None);
                let record = Record { path, side, deed, from, replaced, before, after };
                self.out.records[at] = self.writer.push(&record);
            }
        }
    }

    fn tell_totals(&self) {
        self.works.monitor.fact(Fact::Totals(self.out.totals));
    }

    fn copy_failed(&mut self, step: &Step, to: Side, error: CopyError) {
        let (side, reason) = match error {
            CopyError::Changed => (to.other(), CHANGED.to_owned()),
            CopyError::Stopped => return,
            CopyError::Source(error) if crate::fs::is_absent(&error) => (to.other(), GONE.to_owned()),
            CopyError::Source(error) => (to.other(), explain(&error)),
            CopyError::Taken => (to, self.explain_clash(to, step).unwrap_or_else(|| CHANGED.to_owned())),
            CopyError::Target(error) => (to, explain(&error)),
        };
        self.problem(Some(side), step, reason);
    }

    fn problem(&mut self, side: Option<Side>, step: &Step, reason: String) {
        self.out.problems.push(Problem { side, path: step.path.clone(), reason });
    }

    /// Brings what was written to the disk, and says so in the record.
    fn barrier(&mut self, flush: Flush) -> Result<(), ApplyError> {
        if self.works.durability == Durability::None {
            return Ok(());
        }
        for side in Side::BOTH {
            let dirs: Vec<Vec<u8>> = std::mem::take(&mut self.unflushed[index(side)]).into_iter().collect();
            self.new_dirs[index(side)].clear();
            let files = matches!(flush, Flush::Files(sides) if sides[index(side)]);
            let sources = std::mem::take(&mut self.sources[index(side)]);
            let is_few = |n| is_few(&*self.works.fs, n);
            let few = is_few(dirs.len()) || self.works.durability == Durability::Full;
            let flushed = if files || !few || !is_few(sources.len()) {
                self.works.fs.sync_all(&self.works.roots[index(side)].dir)
            } else {
                self.placer.sync_files(side, &sources).and_then(|()| self.placer.sync_dirs(side, &dirs))
            };
            flushed.map_err(|error| ApplyError::Flush(side, error))?;
        }
        self.writer.write().map_err(ApplyError::Record)?;
        self.works.fs.sync_file(self.writer.file()).map_err(ApplyError::Record)?;
        self.writer.mark_durable().map_err(ApplyError::Record)
    }
}
