//! What watchers vouch for: which paths of each item alone can have changed since a run last went through.
//!
//! A run looks at these paths and no others as long as four things hold: both roots are watched without a gap, the kernel
//! tells of everything below them, the run before left nothing over, and everything was looked at within a day. Any doubt
//! makes the next run look at everything. Decisions only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syncmgr_folders::Scope;
use syncmgr_model::id::ItemId;
use syncmgr_model::os_text;
use syncmgr_model::time::Timestamp;
use syncmgr_sources::{Changes, Reason};

/// What no watcher hears of (a program that writes through mapped memory and never closes the file) is found this late.
const LONGEST_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// What is known about the items that are watched.
#[derive(Debug, Default)]
pub(super) struct Watching {
    items: BTreeMap<ItemId, Watched>,
}

/// What is known about one.
#[derive(Debug, Default)]
struct Watched {
    /// The roots that are watched completely.
    roots: [Option<PathBuf>; 2],
    /// Whether something may have changed that no path tells of.
    in_doubt: bool,
    changed: BTreeSet<PathBuf>,
    /// When a run that went through began to look at everything.
    looked: Option<Timestamp>,
    /// Since when a run that we told what to look at is under way, and how much that was.
    under_way: Option<(Timestamp, Look)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    AtEverything,
    AtWhatChanged,
}

/// Whether a run left nothing over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftOver {
    Nothing,
    Something,
}

impl Watching {
    /// Takes a report about one of an item's two roots.
    pub(super) fn report(&mut self, item: ItemId, side: usize, root: &Path, changes: &Changes) {
        let watched = self.items.entry(item).or_default();
        let Some(own) = watched.roots.get_mut(side) else { return };
        match changes {
            Changes::Paths(paths) => watched.changed.extend(paths.iter().cloned()),
            Changes::Everything(reason) => {
                watched.in_doubt = true;
                if *reason == Reason::Started {
                    *own = Some(root.to_owned());
                } else if reason.ends_watching() || *reason == Reason::Gone {
                    *own = None;
                }
            }
        }
    }

    /// Something happened that watchers may have missed.
    pub(super) fn doubt(&mut self) {
        self.items.values_mut().for_each(|watched| watched.in_doubt = true);
    }

    /// A run of an item begins: what it has to look at, `None` for everything. `is_heard` tells whether the kernel tells of
    /// all that happens below a root.
    pub(super) fn begin(
        &mut self,
        item: ItemId,
        now: Timestamp,
        is_heard: &dyn Fn(&Path) -> bool,
    ) -> Option<Scope> {
        let watched = self.items.get_mut(&item)?;
        // From here on it is the next run's.
        let changed = std::mem::take(&mut watched.changed);
        let in_doubt = std::mem::take(&mut watched.in_doubt);
        let is_recent = watched.looked.is_some_and(|at| now.millis_since(at) < LONGEST_MILLIS);
        let are_heard = || watched.roots.iter().all(|root| root.as_ref().is_some_and(|root| is_heard(root)));
        let paths = changed.into_iter().map(|path| os_text::to_bytes(path.as_os_str()).to_vec());
        let scope = if in_doubt || !is_recent || !are_heard() { None } else { Scope::new(paths) };
        let look = if scope.is_some() { Look::AtWhatChanged } else { Look::AtEverything };
        watched.under_way = Some((now, look));
        scope
    }

    /// A run of an item is over, whoever began it.
    pub(super) fn ended(&mut self, item: ItemId, left_over: LeftOver) {
        let Some(watched) = self.items.get_mut(&item) else { return };
        let under_way = watched.under_way.take();
        match (left_over, under_way) {
            (LeftOver::Nothing, Some((began, Look::AtEverything))) => watched.looked = Some(began),
            (LeftOver::Nothing, _) => {}
            (LeftOver::Something, _) => watched.in_doubt = true,
        }
    }

    /// A session is over, and nothing has been heard of these items: what they were to look at is not known to be done.
    pub(super) fn not_run(&mut self, items: &[ItemId]) {
        for item in items {
            if let Some(watched) = self.items.get_mut(item)
                && watched.under_way.take().is_some()
            {
                watched.in_doubt = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: ItemId = ItemId::from_u128(1);
    const HOUR: i64 = 60 * 60 * 1000;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * HOUR)
    }

    fn paths(paths: &[&str]) -> Changes {
        Changes::Paths(paths.iter().map(PathBuf::from).collect())
    }

    fn scope(paths: &[&str]) -> Option<Scope> {
        Scope::new(paths.iter().map(|path| path.as_bytes().to_vec()))
    }

    fn heard(_: &Path) -> bool {
        true
    }

    fn whole(reason: Reason) -> Changes {
        Changes::Everything(reason)
    }

    /// Both roots watched, and one run gone through that looked at everything at hour 0.
    fn vouching() -> Watching {
        let mut watching = Watching::default();
        watching.report(ITEM, 0, Path::new("/l"), &whole(Reason::Started));
        watching.report(ITEM, 1, Path::new("/r"), &whole(Reason::Started));
        assert_eq!(watching.begin(ITEM, at(0), &heard), None);
        watching.ended(ITEM, LeftOver::Nothing);
        watching
    }

    #[test]
    fn a_run_looks_at_what_changed_since_the_run_before_began() {
        let mut watching = vouching();
        assert_eq!(watching.begin(ITEM, at(1), &heard), scope(&[]));
        watching.report(ITEM, 0, Path::new("/l"), &paths(&["while/it/ran"]));
        watching.ended(ITEM, LeftOver::Nothing);
        watching.report(ITEM, 1, Path::new("/r"), &paths(&["after"]));
        assert_eq!(watching.begin(ITEM, at(2), &heard), scope(&["after", "while/it/ran"]));
    }

    #[test]
    fn any_doubt_makes_the_next_run_look_at_everything() {
        let doubts: [fn(&mut Watching); 8] = [
            |watching| watching.report(ITEM, 0, Path::new("/l"), &whole(Reason::Overflow)),
            |watching| watching.report(ITEM, 1, Path::new("/r"), &whole(Reason::TooMany)),
            |watching| watching.report(ITEM, 1, Path::new("/r"), &whole(Reason::Unmounted)),
            |watching| watching.report(ITEM, 0, Path::new("/l"), &whole(Reason::Replaced)),
            |watching| watching.report(ITEM, 0, Path::new("/l"), &paths(&["a/.syncignore"])),
            Watching::doubt,
            |watching| watching.ended(ITEM, LeftOver::Something),
            |watching| {
                watching.begin(ITEM, at(1), &heard);
                watching.not_run(&[ITEM]);
            },
        ];
        for (number, doubt) in doubts.into_iter().enumerate() {
            let mut watching = vouching();
            doubt(&mut watching);
            assert_eq!(watching.begin(ITEM, at(2), &heard), None, "doubt {number}");
            watching.ended(ITEM, LeftOver::Nothing);
            assert_eq!(watching.begin(ITEM, at(3), &heard), scope(&[]), "after doubt {number}");
        }
    }

    #[test]
    fn a_root_that_is_not_watched_any_more_is_looked_at_each_time() {
        let limit = Reason::LimitReached { message: String::new() };
        for reason in [limit, Reason::RootUnmounted, Reason::Gone] {
            let mut watching = vouching();
            watching.report(ITEM, 1, Path::new("/r"), &whole(reason));
            for hour in 1..3 {
                assert_eq!(watching.begin(ITEM, at(hour), &heard), None);
                watching.ended(ITEM, LeftOver::Nothing);
            }
        }
    }

    #[test]
    fn once_a_day_everything_is_looked_at_whatever_was_heard() {
        let mut watching = vouching();
        for (hour, narrow) in [(23, true), (24, false), (25, true), (47, true), (48, false)] {
            assert_eq!(watching.begin(ITEM, at(hour), &heard).is_some(), narrow, "hour {hour}");
            watching.ended(ITEM, LeftOver::Nothing);
        }
    }

    #[test]
    fn where_the_kernel_does_not_tell_of_everything_nothing_is_vouched_for() {
        let mut watching = vouching();
        assert_eq!(watching.begin(ITEM, at(1), &|root| root != Path::new("/r")), None);
    }

    #[test]
    fn a_watch_that_begins_while_a_run_is_under_way_does_not_vouch_for_its_beginning() {
        let mut watching = vouching();
        watching.begin(ITEM, at(1), &heard);
        watching.report(ITEM, 0, Path::new("/other"), &whole(Reason::Started));
        watching.ended(ITEM, LeftOver::Nothing);
        assert_eq!(watching.begin(ITEM, at(2), &heard), None);
    }

    #[test]
    fn what_is_not_watched_is_looked_at_as_a_whole() {
        let mut watching = Watching::default();
        assert_eq!(watching.begin(ITEM, at(1), &heard), None);
        watching.ended(ITEM, LeftOver::Nothing);
        assert_eq!(watching.begin(ITEM, at(2), &heard), None);
    }
}
