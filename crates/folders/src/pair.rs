//! One run of one pair, from the open roots to the committed baseline.

mod comparing;
mod halts;
mod merging;
mod within;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use syncmgr_model::entry::LogLevel;
use syncmgr_model::fact::{Fact, Side, Totals};
use syncmgr_model::id::Uuid;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;

use crate::apply::{Applied, ApplyError, Works, apply, explain, planned_facts};
use crate::baseline::Header;
use crate::config::{ConflictPolicy, Durability, Keep, KeepSet, Mode, PairConfig, Rule, RunOptions};
use crate::contents::DiskContents;
use crate::extended::Carried;
use crate::fs::{FileSystem, FileTime, Stat};
use crate::hard_links::{Linked, link};
use crate::monitor::Monitor;
use crate::overlay::Overlay;
use crate::path::display;
use crate::plan::{After, Op, Plan, Step, index};
use crate::points;
use crate::probe::Probes;
use crate::reconcile::{Problem, ReconcileEnd, Reconciled};
use crate::record::{RecordWriter, RunHeader};
use crate::renames::find_renames;
use crate::root::{Root, RunName};
use crate::safety::Halt;
use crate::state::{Agreed, NewBaseline, NothingAgreed, PairState, StateError};
use crate::trash;
use merging::Merging;
pub(crate) use merging::stat_at;

/// What the rim knows and the engine must not find out by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Where pairs keep what they remember: a directory for each.
    pub state_dir: PathBuf,
    /// The machine's name, for messages.
    pub host: String,
    /// Names the time since the machine was started; what was not flushed is believed only within it.
    pub boot_id: String,
}

/// Whether a run changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// It tells what it would do.
    Preview,
    /// It does it.
    Sync,
}

/// On how many threads a run works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// Each walk on its own, and a few that stage files.
    Several,
    /// All on the caller's, so that the same run makes the same calls in the same order.
    One,
}

/// How a run of a pair ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PairEnd {
    /// It went through; what is left over was told.
    Done,
    /// A safety rule halted it.
    Halted,
    /// It was told to stop.
    Stopped,
}

/// Why a run of a pair failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PairError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error("the {side} folder `{}` cannot be opened: {}", path.display(), explain(source))]
    Root { side: Side, path: PathBuf, source: io::Error },
    #[error("{0}")]
    Rules(String),
    #[error("the walk of the folders broke off")]
    Walk,
    #[error("the run cannot go on: {0}")]
    Point(#[source] io::Error),
    #[error("this session has changed nothing in `{0}` that could be undone")]
    NothingToUndo(String),
}

/// A run of one pair.
pub(crate) struct PairRun<'a, F: FileSystem> {
    pub(crate) fs: Arc<F>,
    pub(crate) pair: &'a PairConfig,
    pub(crate) options: &'a RunOptions,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) monitor: &'a Monitor,
    pub(crate) threads: Threads,
}

/// What a plan is carried out with, besides the roots.
pub(crate) struct Work<'a> {
    pub(crate) header: Header,
    pub(crate) overlay: &'a Overlay,
    pub(crate) name: RunName,
    /// The run whose trash is brought back, in an undo.
    pub(crate) undone: Option<String>,
    /// What is carried along of what is kept by option.
    pub(crate) carried: Carried,
    /// Whether the new baseline takes nothing over from the old one.
    pub(crate) from_scratch: bool,
}

/// Both roots, open.
pub(crate) type Roots<F> = [Arc<Root<F>>; 2];

/// Why a run cannot begin: a halt is no error.
pub(crate) enum NotOpen {
    Halted,
    Failed(PairError),
}

/// A full disk or a rename can make a second pass need a third; more than that is somebody writing all the time.
const MAX_PASSES: u32 = 3;

impl<F: FileSystem> PairRun<'_, F> {
    /// Runs the pair.
    pub(crate) fn run(&self, goal: Goal) -> Result<PairEnd, PairError> {
        self.say("opening both folders");
        let state = self.open_state()?;
        let roots = match self.open_roots() {
            Ok(roots) => roots,
            Err(NotOpen::Halted) => return Ok(PairEnd::Halted),
            Err(NotOpen::Failed(error)) => return Err(error),
        };
        if goal == Goal::Sync {
            self.clean_staging(&roots);
        }
        let mine = self.options.resolutions.iter().filter(|resolution| resolution.item == self.pair.id);
        let mut resolutions: Vec<_> =
            mine.map(|resolution| (resolution.path.clone(), resolution.keep)).collect();
        let mut totals = Totals::default();
        let mut first = 1;
        if let Some(merged) = self.options.merged.as_ref().filter(|merged| merged.item == self.pair.id) {
            match self.merge(merged, goal, &state, &roots, &mut totals)? {
                Merging::Decided(keep) => resolutions.push((merged.path.clone(), keep)),
                Merging::Ended(end) => return Ok(end),
            }
            // Its record and its trash come before those of the run that carries it over, and have its name.
            first = 2;
        }
        for pass in first.. {
            let scoped = match pass {
                1 => self.pass_within_scope(goal, &state, &roots, &mut totals)?,
                _ => None,
            };
            let (end, found) = match scoped {
                Some(done) => done,
                None => self.pass(goal, pass, &state, &roots, &resolutions, &mut totals)?,
            };
            let Some(found) = found else { return Ok(end) };
            let is_last = found.renamed.is_empty() && !found.again;
            if is_last || goal == Goal::Preview || end != PairEnd::Done || pass - first + 1 == MAX_PASSES {
                self.tell_left_over(&found);
                return Ok(end);
            }
            if !resolutions.is_empty() {
                resolutions.extend(found.renamed.into_iter().map(|path| (path, ConflictPolicy::Both)));
            }
        }
        Ok(PairEnd::Done)
    }

    fn say(&self, text: &str) -> bool {
        self.monitor.progress(&ProgressUpdate {
            text: Some(text),
            status: Some(ItemStatus::Updating),
            ..ProgressUpdate::POLL
        })
    }

    /// Opens and locks what the pair remembers.
    pub(crate) fn open_state(&self) -> Result<PairState<F>, PairError> {
        let owner = format!("process {} on {}", std::process::id(), self.surroundings.host);
        Ok(PairState::open(Arc::clone(&self.fs), &self.surroundings.state_dir, self.pair.id, &owner)?)
    }

    fn path(&self, side: Side) -> &Path {
        match side {
            Side::Left => &self.pair.left,
            Side::Right => &self.pair.right,
        }
    }

    /// Opens both roots; what is missing or no directory halts.
    pub(crate) fn open_roots(&self) -> Result<Roots<F>, NotOpen> {
        Ok([Arc::new(self.open_root(Side::Left)?), Arc::new(self.open_root(Side::Right)?)])
    }

    fn open_root(&self, side: Side) -> Result<Root<F>, NotOpen> {
        let path = self.path(side);
        let shown = display(path.as_os_str().as_encoded_bytes());
        match Root::open(&*self.fs, path, side) {
            Ok(root) => Ok(root),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(self.halt(&Halt {
                rule: Rule::RootMissing,
                text: format!(
                    "the {side} folder `{shown}` is not there; mount or make it (`mkdir -p '{shown}'`) and run again"
                ),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(self.halt(&Halt {
                rule: Rule::RootTypeChanged,
                text: format!("the {side} folder `{shown}` is not a folder; put it back or change the item"),
            })),
            Err(source) => Err(NotOpen::Failed(PairError::Root { side, path: path.to_owned(), source })),
        }
    }

    fn halt(&self, halt: &Halt) -> NotOpen {
        self.monitor.fact(Fact::Halt { rule: halt.rule.to_string(), text: halt.text.clone() });
        self.monitor.log(LogLevel::Error, &format!("halted ({}): {}", halt.rule, halt.text));
        NotOpen::Halted
    }

    /// Leftovers of runs that were cut off; we hold the pair's lock, so nobody is using them.
    fn clean_staging(&self, roots: &Roots<F>) {
        let prefix = format!("{}.", self.pair.id);
        for root in roots {
            // What cannot be cleared costs room and nothing else; the next run tries again.
            let _leftover = root.clean_staging(&*self.fs, &prefix, &mut || self.monitor.may_go_on());
        }
    }

    fn pass(
        &self,
        goal: Goal,
        pass: u32,
        state: &PairState<F>,
        roots: &Roots<F>,
        resolutions: &[(Vec<u8>, ConflictPolicy)],
        totals: &mut Totals,
    ) -> Result<(PairEnd, Option<Reconciled>), PairError> {
        points::reach("before-scan").map_err(PairError::Point)?;
        let agreed = self.agreed(state)?;
        let overlay = match agreed {
            Agreed::Forgotten => Overlay::default(),
            _ => state.overlay(&self.surroundings.boot_id)?,
        };
        let name = self.run_name(pass);
        let lacked = match &agreed {
            Agreed::Known(Header { lacking: Some(lacking), .. }) => *lacking,
            _ => Default::default(),
        };
        let kept = (self.pair.keep, self.pair.mode, goal);
        let probes = Probes::new(&self.fs, roots, &name.staging, kept, lacked);
        let mut found = match self.compare(state, roots, &overlay, &agreed, resolutions, &probes)? {
            Some(found) => found,
            None => return Ok((PairEnd::Stopped, None)),
        };
        found.plan = self.without_needless_copies(found.plan, &found.linked, roots, &probes);
        if !self.monitor.may_go_on() {
            return Ok((PairEnd::Stopped, None));
        }
        points::reach("after-scan").map_err(PairError::Point)?;
        let replicas = [self.marker(&roots[0])?, self.marker(&roots[1])?];
        let places = [self.place(&roots[0])?, self.place(&roots[1])?];
        if let Some(halt) = self.halted(&found, &agreed, replicas, places) {
            self.halt(&halt);
            return Ok((PairEnd::Halted, None));
        }
        points::reach("after-plan").map_err(PairError::Point)?;
        if goal == Goal::Preview {
            self.preview(&found.plan);
            self.tell_lacking(probes.lacking());
            return Ok((PairEnd::Done, Some(found)));
        }
        if found.plan.len() == 0 && overlay.is_empty() && !self.is_elsewhere(&agreed, places) {
            self.tell_lacking(probes.lacking());
            return Ok((PairEnd::Done, Some(found)));
        }
        let known = match &agreed {
            Agreed::Known(header) => header.replicas,
            _ => [None; 2],
        };
        let replicas = self.mark(roots, replicas, known);
        // Whoever writes has to know; whoever only remembers does not.
        let able = if found.plan.n_changes() > 0 { probes.able() } else { Default::default() };
        let carried = Carried { keep: self.pair.keep, able };
        let lacking = probes.lacking();
        if pass == 1 {
            self.tell_lacking(lacking);
        }
        let lacking = (!self.pair.keep.is_empty()).then_some(lacking);
        let header = Header { replicas, lacking, roots: places };
        let from_scratch = matches!(agreed, Agreed::Forgotten);
        let work = Work { header, overlay: &overlay, name, undone: None, carried, from_scratch };
        let (end, found) = self.carry_out(state, roots, &work, found, totals)?;
        Ok((end, Some(found)))
    }

    /// Tells once a run what a side cannot keep.
    fn tell_lacking(&self, lacking: [KeepSet; 2]) {
        for (side, lacking) in Side::BOTH.into_iter().zip(lacking) {
            let words: Vec<_> = lacking.iter().map(Keep::as_str).collect();
            if !words.is_empty() {
                let text = format!(
                    "the {side} folder cannot keep: {}; it neither gets nor changes what the other has of it",
                    words.join(", ")
                );
                self.monitor.log(LogLevel::Warning, &text);
            }
        }
    }

    /// The plan with links and moves in place of copies, wherever the content is on the side already.
    fn without_needless_copies(
        &self,
        mut plan: Plan,
        linked: &Linked,
        roots: &Roots<F>,
        probes: &Probes<'_, F>,
    ) -> Plan {
        let links = self.pair.keep.has(Keep::HardLinks);
        if links {
            plan = link(plan, linked, |side| probes.can(side, Keep::HardLinks));
        }
        let mut contents = DiskContents::new(&self.fs, roots, self.monitor, probes);
        // What links lead to has to be copied before them.
        let leads = |source: &Stat| links && source.nlink > 1;
        find_renames(plan, &mut contents, self.options.evidence, self.walk_began(), &leads)
    }

    fn run_name(&self, pass: u32) -> RunName {
        let mut name = RunName::new(self.pair.id, self.options.session, self.options.started);
        if pass > 1 {
            name.trash = format!("{}-{pass}", name.trash);
            name.staging = format!("{}-{pass}", name.staging);
        }
        name
    }

    fn marker(&self, root: &Root<F>) -> Result<Option<Uuid>, PairError> {
        let failed =
            |source| PairError::Root { side: root.side, path: self.path(root.side).to_owned(), source };
        root.marker(&*self.fs).map_err(failed)
    }

    /// What is known to be agreed on; a damaged baseline is set aside and counts as none.
    fn agreed(&self, state: &PairState<F>) -> Result<Agreed, PairError> {
        if self.options.allow.contains(&Rule::ReplicaExchanged) {
            return Ok(Agreed::Forgotten);
        }
        let agreed = state.agreed()?;
        if matches!(agreed, Agreed::Damaged) {
            self.baseline_damaged(state)?;
        }
        Ok(agreed)
    }

    fn baseline_damaged(&self, state: &PairState<F>) -> Result<(), PairError> {
        state.set_baseline_aside()?;
        self.monitor.log(
            LogLevel::Warning,
            "the record of what both folders last agreed on was damaged and is set aside; both are compared afresh: \
             nothing is deleted, and files that differ are conflicts",
        );
        Ok(())
    }

    /// Walks both sides and compares; `None` if told to stop.
    fn compare(
        &self,
        state: &PairState<F>,
        roots: &Roots<F>,
        overlay: &Overlay,
        agreed: &Agreed,
        resolutions: &[(Vec<u8>, ConflictPolicy)],
        probes: &Probes<'_, F>,
    ) -> Result<Option<Reconciled>, PairError> {
        let from_scratch = matches!(agreed, Agreed::Forgotten);
        let found = match state.walk(overlay) {
            Ok(base) if !from_scratch => match self.compare_with(base, roots, resolutions, probes)? {
                Err(ReconcileEnd::Damaged) => {
                    self.baseline_damaged(state)?;
                    self.compare_with(NothingAgreed, roots, resolutions, probes)?
                }
                found => found,
            },
            _ => self.compare_with(NothingAgreed, roots, resolutions, probes)?,
        };
        Ok(found.ok())
    }

    fn walk_began(&self) -> FileTime {
        let millis = self.options.started.as_millis();
        FileTime { secs: millis.div_euclid(1000), nanos: (millis.rem_euclid(1000) * 1_000_000) as u32 }
    }

    /// Tells what a plan would change.
    pub(crate) fn preview(&self, plan: &Plan) {
        if self.monitor.wants_changes() {
            planned_facts(plan).for_each(|fact| self.monitor.fact(fact));
        }
        let (left, right) = (plan.tally(Side::Left), plan.tally(Side::Right));
        self.monitor.fact(Fact::Totals(Totals {
            left_changes: left.changes,
            right_changes: right.changes,
            bytes: left.bytes + right.bytes,
        }));
    }

    /// Marks roots that have no replica id yet. A root that cannot be marked is told by everything else it refuses.
    ///
    /// A marker that the baseline does not know yet is brought to the disk first, even if an earlier run made it: were it
    /// gone after a power cut, the root would be taken for another one.
    fn mark(
        &self,
        roots: &Roots<F>,
        mut replicas: [Option<Uuid>; 2],
        known: [Option<Uuid>; 2],
    ) -> [Option<Uuid>; 2] {
        for root in roots {
            let one_way = matches!(self.pair.mode, Mode::OneWaySafe | Mode::OneWayReplica);
            let replica = &mut replicas[index(root.side)];
            if one_way && root.side == Side::Left {
                continue;
            }
            if replica.is_some() {
                if *replica != known[index(root.side)] {
                    *replica = replica.filter(|_| root.sync_marker(&*self.fs).is_ok());
                }
                continue;
            }
            let id = Uuid::new_v5(
                &self.options.session.uuid(),
                format!("{} {}", self.pair.id, root.side).as_bytes(),
            );
            let marked = root.mark(&*self.fs, id).and_then(|()| root.sync_marker(&*self.fs));
            *replica = marked.is_ok().then_some(id);
        }
        replicas
    }

    /// Carries a plan out, records it, and writes the new baseline.
    pub(crate) fn carry_out(
        &self,
        state: &PairState<F>,
        roots: &Roots<F>,
        work: &Work<'_>,
        mut found: Reconciled,
        totals: &mut Totals,
    ) -> Result<(PairEnd, Reconciled), PairError> {
        self.announce(&found.plan);
        let applied = self.apply(state, roots, work, &found.plan)?;
        self.note_applied(&applied, &mut found, totals);
        if !applied.complete {
            // The record says what was reached; the next run goes on from there.
            return Ok((PairEnd::Stopped, found));
        }
        if self.pair.durability != Durability::None && agrees_anew(&found.plan, work.overlay) {
            self.flush(roots)?;
        }
        points::reach("before-baseline-commit").map_err(PairError::Point)?;
        let has_record = found.plan.n_changes() > 0;
        let has_deeds = applied.records.iter().any(|&place| place > 0);
        if has_record && !has_deeds {
            // All it was to do was refused; a pair that waits like this for long must not gather records.
            state.drop_run(&work.name.trash)?;
        }
        let new = NewBaseline {
            header: work.header,
            overlay: work.overlay,
            plan: &found.plan,
            records: &applied.records,
            run: has_deeds.then_some(work.name.trash.as_str()),
            from_scratch: work.from_scratch,
        };
        state.commit(&new, self.pair.durability != Durability::None)?;
        points::reach("after-baseline-commit").map_err(PairError::Point)?;
        if applied.used_trash.contains(&true) {
            trash::prune(&*self.fs, roots, &self.pair.trash, self.options.started, &work.name.trash);
        }
        trash::prune_records(state, &self.pair.trash, self.options.started);
        Ok((PairEnd::Done, found))
    }

    /// Adds what carrying out has come to, and tells the totals.
    fn note_applied(&self, applied: &Applied, found: &mut Reconciled, totals: &mut Totals) {
        let done = &applied.totals;
        totals.left_changes += done.left_changes;
        totals.right_changes += done.right_changes;
        totals.bytes += done.bytes;
        self.monitor.fact(Fact::Totals(*totals));
        found.problems.extend(applied.problems.iter().cloned());
        found.again = applied.name_clash && done.left_changes + done.right_changes > 0;
    }

    /// Brings both sides to the disk, whoever wrote there.
    fn flush(&self, roots: &Roots<F>) -> Result<(), PairError> {
        for root in roots {
            self.fs.sync_all(&root.dir).map_err(|error| ApplyError::Flush(root.side, error))?;
        }
        Ok(())
    }

    fn apply(
        &self,
        state: &PairState<F>,
        roots: &Roots<F>,
        work: &Work<'_>,
        plan: &Plan,
    ) -> Result<Applied, PairError> {
        if plan.n_changes() == 0 {
            return Ok(Applied::nothing());
        }
        let mut writer = self.begin_record(state, &work.name)?;
        self.apply_to(roots, work, plan, &mut writer)
    }

    /// Begins the record of a run.
    fn begin_record(&self, state: &PairState<F>, name: &RunName) -> Result<RecordWriter<F::File>, PairError> {
        let header = RunHeader {
            session: self.options.session,
            started: self.options.started,
            boot_id: self.surroundings.boot_id.clone(),
        };
        let file = state.create_run(&name.trash)?;
        Ok(RecordWriter::new(file, &header).map_err(ApplyError::Record)?)
    }

    fn apply_to(
        &self,
        roots: &Roots<F>,
        work: &Work<'_>,
        plan: &Plan,
        writer: &mut RecordWriter<F::File>,
    ) -> Result<Applied, PairError> {
        let works = Works {
            fs: Arc::clone(&self.fs),
            roots: roots.each_ref().map(Arc::clone),
            run: work.name.clone(),
            undone: work.undone.clone(),
            durability: self.pair.durability,
            walk_began: self.walk_began(),
            carried: work.carried,
            monitor: self.monitor,
            threads: self.threads,
        };
        Ok(apply(&works, plan, writer)?)
    }

    fn announce(&self, plan: &Plan) {
        let bytes = plan.tally(Side::Left).bytes + plan.tally(Side::Right).bytes;
        self.monitor.progress(&ProgressUpdate {
            text: Some(""),
            status: Some(ItemStatus::Updating),
            value: Some(0),
            max: i64::try_from(plan.n_changes()).ok(),
            bytes: Some(0),
            bytes_max: Some(bytes),
        });
    }

    /// Tells what the run leaves to people.
    pub(crate) fn tell_left_over(&self, found: &Reconciled) {
        for Problem { side, path, reason } in &found.problems {
            self.monitor.fact(Fact::Problem { side: *side, path: path.clone(), reason: reason.clone() });
        }
        for (path, kind) in &found.conflicts {
            self.monitor.fact(Fact::Conflict { path: path.clone(), kind: *kind });
        }
        for note in &found.notes {
            self.monitor.log(LogLevel::Information, &format!("`{}`: {}", display(&note.path), note.text));
        }
    }
}

/// Whether the new baseline will say of something that it is on both sides though this run has not put it there: the user
/// did, or a run that was cut off before it could flush. Should a power cut take it from one side afterwards, it would
/// look deleted.
fn agrees_anew(plan: &Plan, overlay: &Overlay) -> bool {
    let is_new = |step: Step| match (&step.op, &step.before, &step.after) {
        (Op::Agree | Op::SetAttributes { .. }, Some(before), After::Set(after)) => {
            !before.is_same_thing(after)
        }
        (Op::Agree, None, After::Set(_)) => true,
        (Op::SetAttributes { .. }, None, after) => !matches!(after, After::Keep | After::Forget),
        _ => false,
    };
    !overlay.is_empty() || plan.steps().any(is_new)
}
