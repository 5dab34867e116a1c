//! Plays a script: the user acts, runs happen and are disturbed, and after each of them the checker looks.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::simulation::{End, Task, run};
use syncmgr_folders::{ConflictPolicy, Mode, PairConfig, Rule, RunOptions, Scope, Surroundings};
use syncmgr_handler::SyncCallback;
use syncmgr_handler::model::fact::Side;
use syncmgr_handler::model::id::{ItemId, SessionId};
use syncmgr_handler::model::time::Timestamp;

use crate::checker::{Checked, Checker, Violation};
use crate::disk::Quirk;
use crate::disturb::{Disturber, Report};
use crate::ground::Ground;
use crate::script::{Disturbance, Purpose, Run, Script, Step};
use crate::view::{Thing, What, is_within};

const ITEM: ItemId = ItemId::from_u128(0xA);
/// Longer than any clock ticks.
const QUIET: u64 = 10_000_000_000;

pub(crate) struct World<'s, G: Ground> {
    script: &'s Script,
    ground: Arc<G>,
    checker: Arc<Mutex<Checker<G>>>,
    n_runs: u64,
    n_calls: u64,
    n_boots: u32,
    last: Option<SessionId>,
    /// Whether a run was cut off since both sides were equal: what it had reached may not be on record.
    cut_off: bool,
}

/// How far both sides have to be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// In what they hold. Attributes may take a run more.
    Content,
    Attributes,
}

/// A script that was played: how many runs it took, how many calls they made, and what was found.
pub(crate) struct Played {
    pub(crate) n_runs: u64,
    pub(crate) n_calls: u64,
    pub(crate) checked: Checked,
}

/// Plays a script from its beginning to its end or to the first promise that is not kept.
pub(crate) fn play<G: Ground>(script: &Script, ground: G) -> Played {
    let ground = Arc::new(ground);
    let checker = Arc::new(Mutex::new(Checker::new(&ground, script)));
    let mut world =
        World { script, ground, checker, n_runs: 0, n_calls: 0, n_boots: 0, last: None, cut_off: false };
    let mut checked = Ok(());
    for (at, step) in script.steps.iter().enumerate() {
        checked = match step {
            Step::Do(operation) => {
                world.checker().user_does(operation, false);
                Ok(())
            }
            Step::Run(run) => world.run(run, &[]).map(drop),
            Step::Settle => world.settle(),
        };
        if let Err(violation) = &mut checked {
            violation.found = format!("step {at}: {}", violation.found);
            break;
        }
    }
    Played { n_runs: world.n_runs, n_calls: world.n_calls, checked }
}

impl<G: Ground> World<'_, G> {
    fn checker(&self) -> MutexGuard<'_, Checker<G>> {
        self.checker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn config(&self) -> PairConfig {
        let roots = Side::BOTH.map(|side| self.ground.root(side));
        let [left, right] = roots;
        let mut config = PairConfig::new(ITEM, "pair", left, right);
        config.mode = self.script.mode;
        config.conflict = self.script.conflict;
        config.durability = self.script.durability;
        config.ignore = self.checker().ignore.clone().into_iter().collect();
        config
    }

    fn run(&mut self, step: &Run, allow: &[Rule]) -> Result<(End, Report), Violation> {
        self.n_runs += 1;
        let session = SessionId::from_u128(u128::from(self.n_runs));
        let task = match (step.purpose, self.last) {
            (Purpose::Synchronize | Purpose::Watched, _) => Task::Synchronize,
            (Purpose::Undo, Some(last)) => Task::Undo(last),
            (Purpose::Preview | Purpose::Undo, _) => Task::Preview,
        };
        if task == Task::Synchronize {
            self.last = Some(session);
        }
        let config = self.config();
        let mut options =
            RunOptions::new(session, Timestamp::from_millis((self.ground.now() / 1_000_000) as i64));
        options.allow = allow.to_vec();
        if task == Task::Synchronize {
            // What happens from now on is for the next run.
            let seen = self.checker().seen.replace(BTreeSet::new());
            let scope = seen
                .filter(|_| step.purpose == Purpose::Watched && !self.script.either_has(Quirk::IgnoresCase));
            let scope = scope.and_then(|seen| Scope::new(seen.into_iter().map(String::into_bytes)));
            options.scopes.extend(scope.map(|scope| (ITEM, scope)));
        }
        let surroundings = Surroundings {
            state_dir: self.ground.state(),
            host: "here".to_owned(),
            boot_id: format!("boot {}", self.n_boots),
        };
        self.checker().before_run(step)?;
        let before = self.checker().sides.clone();
        let user = Arc::clone(&self.checker);
        let blind = self.script.either_has(Quirk::NoExchange);
        let meanwhile = Box::new(move |operation: &_| {
            user.lock().unwrap_or_else(PoisonError::into_inner).user_does(operation, true);
        });
        let disturber = Disturber::new(step, blind, meanwhile);
        let fs = Arc::new(FaultyFileSystem::new(self.ground.engine(), disturber.hook()));
        let callback: Arc<dyn SyncCallback> = disturber.clone();
        let ended =
            catch_unwind(AssertUnwindSafe(|| run(&fs, &config, &options, &surroundings, &callback, task)));
        let report = disturber.report();
        self.n_calls += u64::from(disturber.n_calls());
        let end = ended.map_err(|_| Violation::new("no panic", report.to_string()))?;
        if let Disturbance::PowerCut(_, seed) = step.disturbance {
            self.ground.lose_power(seed);
            self.n_boots += 1;
        }
        let is_whole = task == Task::Synchronize
            && end == End::Done
            && report.problems.is_empty()
            && report.conflicts.is_empty()
            && !matches!(step.disturbance, Disturbance::PowerCut(..));
        if task != Task::Preview && !is_whole {
            self.checker().seen = None;
        }
        self.cut_off |= step.disturbance != Disturbance::Nothing;
        let told = |mut violation: Violation| {
            violation.found = format!("{}\nafter {task:?}: {end:?}\n{report}", violation.found);
            violation
        };
        self.checker().after_run(&before, step).map_err(told)?;
        let is_vouched_for = !options.scopes.is_empty()
            && is_whole
            && step.disturbance == Disturbance::Nothing
            && step.meanwhile.is_empty()
            && !self.script.steps.iter().any(Step::links);
        if is_vouched_for {
            // What was seen is all that happened, so looking there was enough.
            self.equal(&report, Depth::Content).map_err(told)?;
        }
        self.halts(&report).map_err(told)?;
        Ok((end, report))
    }

    /// Nothing that happens here is a reason to halt, but for a side that its user emptied.
    fn halts(&self, report: &Report) -> Checked {
        match report.halts.iter().find(|rule| **rule != Rule::RootEmptied.as_str()) {
            Some(rule) => Err(Violation::new("no needless halt", rule.clone())),
            None => Ok(()),
        }
    }

    /// Undisturbed runs bring both sides in step, and the next one does nothing.
    fn settle(&mut self) -> Checked {
        let undisturbed =
            Run { purpose: Purpose::Synchronize, disturbance: Disturbance::Nothing, meanwhile: Vec::new() };
        // Two bring both sides in step, and one more looks at files whose attributes were set. Names that differ in case
        // only have to wait until the other one is gone.
        let spelled = if self.script.either_has(Quirk::IgnoresCase) { 1 } else { 0 };
        // Attributes of a file with several names travel by one of them first, and are then seen at the others.
        let linked = if self.script.steps.iter().any(Step::links) { 2 } else { 0 };
        let n_runs = 3 + spelled + linked;
        let mut last = Report::default();
        for _ in 0..n_runs {
            self.ground.wait(QUIET);
            let (mut end, mut report) = self.run(&undisturbed, &[])?;
            if end == End::Halted {
                (end, report) = self.run(&undisturbed, &[Rule::RootEmptied])?;
            }
            if end != End::Done {
                return Err(Violation::new("an undisturbed run goes through", format!("{end:?} {report}")));
            }
            last = report;
        }
        let told = |mut violation: Violation| {
            violation.found = format!("{}\nlast run: {last}", violation.found);
            violation
        };
        self.equal(&last, Depth::Attributes).map_err(told)?;
        self.checker().leftovers().map_err(told)?;
        self.conflicts(&last).map_err(told)?;
        self.ground.wait(QUIET);
        let before = self.checker().sides.clone();
        let (_, report) = self.run(&undisturbed, &[])?;
        self.idle(&before, &report).map_err(told)?;
        self.cut_off = false;
        let left_over: Vec<String> =
            report.problems.iter().map(|(path, _)| path).chain(&report.conflicts).cloned().collect();
        let mut checker = self.checker();
        for side in Side::BOTH {
            let mut touched = std::mem::take(&mut checker.touched[side as usize]);
            // What the right side of such a pair has of its own stays apart; what is ignored, on any side.
            if self.script.mode != Mode::OneWaySafe || side == Side::Left {
                touched.retain(|path| checker.may_ignore(path));
            }
            touched.extend(left_over.iter().cloned());
            checker.touched[side as usize] = touched;
        }
        Ok(())
    }

    fn idle(&self, before: &[crate::view::Tree; 2], report: &Report) -> Checked {
        let checker = self.checker();
        if checker.sides != *before {
            return Err(Violation::new("idle means idle", checker.difference(before)));
        }
        let expected = [(Call::SetLen, String::new()), (Call::Write, String::new())];
        // What could not be done is tried again each time.
        if report.problems.is_empty() && report.changing != expected {
            return Err(Violation::new("idle means idle", report.to_string()));
        }
        Ok(())
    }

    /// A conflict takes two.
    fn conflicts(&self, report: &Report) -> Checked {
        if self.cut_off {
            return Ok(());
        }
        let checker = self.checker();
        // Where case makes no difference, the user may have touched it in another spelling.
        let spelled = |path: &str| match self.script.either_has(Quirk::IgnoresCase) {
            true => path.to_lowercase(),
            false => path.to_owned(),
        };
        let touched = |side: Side, path: &str| {
            let path = spelled(path);
            let mut near = checker.touched[side as usize].iter().map(|touched| spelled(touched));
            near.any(|touched| is_within(&path, &touched) || is_within(&touched, &path))
        };
        // What the right side of a one-way pair changes is in conflict with nothing having changed.
        let two = |path: &str| match self.script.mode {
            Mode::OneWaySafe => touched(Side::Right, path),
            _ => Side::BOTH.into_iter().all(|side| touched(side, path)),
        };
        for path in &report.conflicts {
            if !two(path) {
                return Err(Violation::new(
                    "no echo",
                    format!("{path} is in conflict and was touched on one side"),
                ));
            }
        }
        Ok(())
    }

    /// Both sides hold the same, but for what was told and what takes no part.
    fn equal(&self, report: &Report, depth: Depth) -> Checked {
        let one_way = matches!(self.script.mode, Mode::OneWaySafe);
        if one_way && !matches!(self.script.conflict, ConflictPolicy::Hold | ConflictPolicy::Left) {
            return Ok(());
        }
        let checker = self.checker();
        let told: BTreeSet<&str> = report
            .conflicts
            .iter()
            .map(String::as_str)
            .chain(report.problems.iter().map(|(path, _)| &**path))
            .collect();
        let excused = |path: &str| told.iter().any(|told| is_within(path, told)) || checker.may_ignore(path);
        let [left, right] = &checker.sides;
        let paths: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for path in &paths {
            let (here, there) = (left.get(*path), right.get(*path));
            // A directory stays where something in it has to stay.
            let holds_excused = || paths.iter().any(|below| is_within(below, path) && excused(below));
            let alone = here.is_none() || there.is_none();
            if excused(path) || alone && (holds_excused() || told.iter().any(|told| is_within(told, path))) {
                continue;
            }
            if one_way && here.is_none() {
                continue;
            }
            let unseen =
                |thing: &Thing| thing.content().is_some_and(|content| checker.unseen.contains(&content));
            if here.zip(there).is_some_and(|(here, there)| unseen(here) || unseen(there)) {
                continue;
            }
            let meddled = checker.meddled_ever.iter().any(|touched| is_within(path, touched));
            if !self.same(here, there, meddled || depth == Depth::Content) {
                return Err(Violation::new("convergence", format!("{path}: {here:?} / {there:?}")));
            }
        }
        Ok(())
    }

    fn same(&self, here: Option<&Thing>, there: Option<&Thing>, meddled: bool) -> bool {
        let (Some(here), Some(there)) = (here, there) else { return here.is_none() && there.is_none() };
        if here.what != there.what {
            return false;
        }
        let no_attributes = meddled || self.script.mode == Mode::OneWaySafe;
        if matches!(here.what, What::Symlink(_) | What::Special) || no_attributes {
            return true;
        }
        let modes = self.script.either_has(Quirk::FixedModes) || here.mode & 0o777 == there.mode & 0o777;
        let times = self.script.either_has(Quirk::EvenSeconds)
            || matches!(here.what, What::Dir)
            || here.mtime == there.mtime;
        modes && times
    }
}
