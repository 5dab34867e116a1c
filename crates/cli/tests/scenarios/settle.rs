//! What every scenario ends with: the invariants that can be checked without knowing the scenario.
//!
//! | invariant | how it is checked |
//! | --- | --- |
//! | I1, I5 | after every run, in [`World::watched`] |
//! | I2 | a third quiet run leaves inode, mode, size and both times of everything as they are, what is ours included |
//! | I3, I13 | after two quiet runs both sides hold the same names and things, except what was told |
//! | I4 | nothing is left in the staging folders |
//! | I8 | a run that reads every content finds nothing to do: the baseline is true |
//! | I9 | the third run has the conflicts of the second, and no new copy |
//! | I10 | every difference is named with its path |
//! | I17 | "in step" is said exactly if both sides are equal and nothing was set aside |

use std::fs;

use syncmgr_folders::{Evidence, RunOptions};
use syncmgr_handler::model::fact::Side;

use crate::census;
use crate::told::Report;
use crate::world::World;

impl World {
    /// Two quiet runs and the checks; returns what the second told.
    #[track_caller]
    pub(crate) fn settle(&self) -> Report {
        self.settle_by(&|options| self.run_with(options))
    }

    /// The same with runs of another kind.
    #[track_caller]
    pub(crate) fn settle_by(&self, run: &dyn Fn(RunOptions) -> Report) -> Report {
        let _first = run(self.options());
        let report = run(self.options());
        self.is_converged(&report);
        self.is_idle(&report, run);
        self.nothing_is_staged();
        report
    }

    /// I3, I10, I13, I17: equal, or told.
    #[track_caller]
    pub(crate) fn is_converged(&self, report: &Report) {
        let differences = self.differences();
        let untold: Vec<_> = differences.iter().filter(|path| !report.accounts_for(path)).collect();
        assert!(untold.is_empty(), "differences nobody told of: {untold:?}\n{report:#?}");
        if report.says_in_step() {
            let silent: Vec<_> = differences
                .iter()
                .filter(|path| !report.entries.iter().any(|entry| entry.contains(&***path)))
                .collect();
            assert!(silent.is_empty(), "said to be in step and is not: {silent:?}\n{report:#?}");
        }
    }

    /// I2, I8, I9: another quiet run changes nothing and tells the same; a run that reads everything agrees.
    #[track_caller]
    pub(crate) fn is_idle(&self, told: &Report, run: &dyn Fn(RunOptions) -> Report) {
        let before = Side::BOTH.map(|side| census::portrait(&self.root(side)));
        let again = run(self.options());
        for (side, mut before) in Side::BOTH.into_iter().zip(before) {
            let mut now = census::portrait(&self.root(side));
            if !told.problems.is_empty() {
                // What could not be done is tried again, and for that something may have to be staged again.
                // A file that could not be replaced gets a second name for a moment, which moves its change time.
                for portrait in [&mut before, &mut now] {
                    portrait.retain(|path, _| !is_ours(path));
                    let refused = portrait.iter_mut().filter(|(path, _)| told.accounts_for(path));
                    refused.for_each(|(_, line)| line.truncate(line.find(" changed").unwrap_or(line.len())));
                }
            }
            let paths = before.keys().chain(now.keys());
            let touched: Vec<_> = paths.filter(|path| before.get(*path) != now.get(*path)).collect();
            assert!(touched.is_empty(), "a quiet run touched {touched:?} on the {side}\n{again:#?}");
        }
        assert!(again.changes.is_empty(), "{again:#?}");
        assert_eq!((&again.conflicts, &again.halts), (&told.conflicts, &told.halts));
        assert_eq!(again.problems, told.problems);
        if told.says_in_step() {
            let mut options = self.options();
            options.evidence = Evidence::Content;
            let read = run(options);
            assert!(read.changes.is_empty() && read.says_in_step(), "the baseline is not true: {read:#?}");
        }
    }

    /// I4: nothing half done is left anywhere.
    #[track_caller]
    pub(crate) fn nothing_is_staged(&self) {
        for side in Side::BOTH {
            let staged: Vec<_> =
                fs::read_dir(self.path(side, ".syncmgr/staging")).into_iter().flatten().flatten().collect();
            assert!(staged.is_empty(), "left over on the {side}: {staged:?}");
        }
    }
}

fn is_ours(path: &str) -> bool {
    // The root's own times move when our folder is made in it; that is put back, but its change time cannot be.
    path.is_empty() || path == ".syncmgr" || path.starts_with(".syncmgr/")
}
