//! A text that settles a conflict: put on the left as an edit of its user, before the run carries it to the right.

use std::io::Read;
use std::sync::Arc;

use syncmgr_model::fact::{Fact, Side, Totals};

use super::{Goal, PairEnd, PairError, PairRun, Roots};
use crate::apply::{ApplyError, Put, Text, Works, explain, put_text};
use crate::config::{ConflictPolicy, Merged};
use crate::extended::Carried;
use crate::fs::{FileSystem, Kind, Stat, is_absent};
use crate::overlay::Overlay;
use crate::path::{is_relative, split};
use crate::plan::index;
use crate::probe::Probes;
use crate::record::{RecordWriter, RunHeader};
use crate::root::Root;
use crate::state::{Agreed, PairState};
use crate::versions::seen;

/// How it is gone on with after a text was to be put in place.
pub(super) enum Merging {
    /// With this decision about its path.
    Decided(ConflictPolicy),
    /// Not at all.
    Ended(PairEnd),
}

impl<F: FileSystem> PairRun<'_, F> {
    /// Puts the text in place on the left. Where that cannot be, nothing is changed, the reason is told as a problem, and the
    /// conflict stays as it is.
    pub(super) fn merge(
        &self,
        merged: &Merged,
        goal: Goal,
        state: &PairState<F>,
        roots: &Roots<F>,
        totals: &mut Totals,
    ) -> Result<Merging, PairError> {
        let held = Ok(Merging::Decided(ConflictPolicy::Hold));
        if goal == Goal::Preview {
            return held;
        }
        let refuse = |side: Option<Side>, reason: String| {
            self.monitor.fact(Fact::Problem { side, path: merged.path.clone(), reason });
            Ok(Merging::Decided(ConflictPolicy::Hold))
        };
        let carried = match self.may_merge(merged, state, roots)? {
            Ok(carried) => carried,
            Err(Refused::Ended(end)) => return Ok(Merging::Ended(end)),
            Err(Refused::Because(side, reason)) => return refuse(side, reason),
        };
        let stats = match self.both(roots, &merged.path) {
            Ok(stats) => stats,
            Err((side, reason)) => return refuse(Some(side), reason),
        };
        if merged.seen.as_ref().is_some_and(|then| *then != seen(&stats)) {
            return refuse(None, "it has changed since it was compared; look at it again".to_owned());
        }
        for (side, stat) in Side::BOTH.into_iter().zip(&stats) {
            if stat.is_some_and(|stat| stat.kind != Kind::File) {
                return refuse(Some(side), "only files can be merged, and this is none".to_owned());
            }
        }
        let [left, right] = stats;
        let Some(model) = left.or(right) else {
            return refuse(None, "neither side holds it any more".to_owned());
        };
        if left.is_some_and(|left| self.holds(&roots[0], merged, &left)) {
            return Ok(Merging::Decided(ConflictPolicy::Left));
        }
        let text = Text {
            side: Side::Left,
            path: &merged.path,
            bytes: &merged.text,
            replaces: left,
            mode: model.mode,
        };
        let name = self.run_name(1);
        let header = RunHeader {
            session: self.options.session,
            started: self.options.started,
            boot_id: self.surroundings.boot_id.clone(),
        };
        let file = state.create_run(&name.trash)?;
        let mut writer = RecordWriter::of_merge(file, &header).map_err(ApplyError::Record)?;
        let works = Works {
            fs: Arc::clone(&self.fs),
            roots: roots.each_ref().map(Arc::clone),
            run: name.clone(),
            undone: None,
            durability: self.pair.durability,
            walk_began: self.walk_began(),
            carried,
            monitor: self.monitor,
            threads: self.threads,
        };
        match put_text(&works, &text, &mut writer)? {
            Put::InPlace => {
                totals.left_changes += 1;
                totals.bytes += merged.text.len() as u64;
                self.monitor.fact(Fact::Totals(*totals));
                Ok(Merging::Decided(ConflictPolicy::Left))
            }
            Put::Refused(reason) => {
                state.drop_run(&name.trash)?;
                refuse(Some(Side::Left), reason)
            }
        }
    }

    /// Whether the safety rules hold and the path is in conflict still; tells what is carried along.
    fn may_merge(
        &self,
        merged: &Merged,
        state: &PairState<F>,
        roots: &Roots<F>,
    ) -> Result<Result<Carried, Refused>, PairError> {
        if !is_relative(&merged.path) {
            return Ok(Err(Refused::Because(None, "this is no path below the folders".to_owned())));
        }
        let agreed = self.agreed(state)?;
        let overlay = match agreed {
            Agreed::Forgotten => Overlay::default(),
            _ => state.overlay(&self.surroundings.boot_id)?,
        };
        let name = self.run_name(1);
        let kept = (self.pair.keep, self.pair.mode, Goal::Sync);
        let probes = Probes::new(&self.fs, roots, &name.staging, kept, Default::default());
        let held = [(merged.path.clone(), ConflictPolicy::Hold)];
        let Some(found) = self.compare(state, roots, &overlay, &agreed, &held, &probes)? else {
            return Ok(Err(Refused::Ended(PairEnd::Stopped)));
        };
        let replicas = [self.marker(&roots[0])?, self.marker(&roots[1])?];
        let places = [self.place(&roots[0])?, self.place(&roots[1])?];
        if let Some(halt) = self.halted(&found, &agreed, replicas, places) {
            self.halt(&halt);
            return Ok(Err(Refused::Ended(PairEnd::Halted)));
        }
        if let Some(problem) = found.problems.into_iter().find(|problem| problem.path == merged.path) {
            return Ok(Err(Refused::Because(problem.side, problem.reason)));
        }
        if !found.conflicts.iter().any(|(path, _)| *path == merged.path) {
            return Ok(Err(Refused::Because(None, "both sides hold the same by now".to_owned())));
        }
        Ok(Ok(Carried { keep: self.pair.keep, able: probes.able() }))
    }

    /// What both sides hold at a path.
    fn both(&self, roots: &Roots<F>, path: &[u8]) -> Result<[Option<Stat>; 2], (Side, String)> {
        let mut stats = [None; 2];
        for root in roots {
            stats[index(root.side)] =
                stat_at(&*self.fs, root, path).map_err(|error| (root.side, explain(&error)))?;
        }
        Ok(stats)
    }

    /// Whether a file holds the text already. One that cannot be read does not.
    fn holds(&self, root: &Root<F>, merged: &Merged, stat: &Stat) -> bool {
        if stat.size != merged.text.len() as u64 {
            return false;
        }
        let (parent, name) = split(&merged.path);
        let opened = self.fs.open_dir(&root.dir, parent).and_then(|dir| self.fs.open_file(&dir, name));
        let mut bytes = Vec::new();
        let read = opened.and_then(|file| file.take(stat.size + 1).read_to_end(&mut bytes));
        read.is_ok() && bytes == merged.text
    }
}

/// Why a text is not put in place.
enum Refused {
    Ended(PairEnd),
    Because(Option<Side>, String),
}

/// What a root holds at a path, links not followed.
pub(crate) fn stat_at<F: FileSystem>(fs: &F, root: &Root<F>, path: &[u8]) -> std::io::Result<Option<Stat>> {
    let (parent, name) = split(path);
    match fs.open_dir(&root.dir, parent).and_then(|dir| fs.stat(&dir, name)) {
        Ok(stat) => Ok(Some(stat)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
