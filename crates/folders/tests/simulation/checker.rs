//! What must be so whatever happens: it remembers every content that was ever written, and what its user did to it.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::sync::Arc;

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::{ConflictPolicy, Mode};
use syncmgr_handler::model::fact::Side;

use crate::ground::Ground;
use crate::script::{Disturbance, Operation, Purpose, Run, Script};
use crate::user::User;
use crate::view::{ContentId, Known, Thing, Tree, What, contents, is_within, tree};

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which promise.
    pub(crate) promise: &'static str,
    pub(crate) found: String,
}

impl Violation {
    pub(crate) fn new(promise: &'static str, found: impl Into<String>) -> Self {
        Self { promise, found: found.into() }
    }
}

pub(crate) type Checked = Result<(), Violation>;

/// What the checker knows of a world.
pub(crate) struct Checker<G: Ground> {
    ground: Arc<G>,
    known: Known,
    pub(crate) mode: Mode,
    pub(crate) conflict: ConflictPolicy,
    /// Both sides as they were looked at last.
    pub(crate) sides: [Tree; 2],
    /// Contents that must be found on a side or in a trash.
    kept: HashSet<ContentId>,
    /// Contents of which the user has removed or overwritten a copy: these may go from both sides.
    removed: HashSet<ContentId>,
    /// Paths that the user touched since both sides were equal.
    pub(crate) touched: [BTreeSet<String>; 2],
    /// Paths that the user touched while the present run was going.
    meddled: Vec<(Side, String)>,
    /// Those whose permission bits were set, in all runs: at the wrong moment that counts as what the file system made of
    /// them.
    pub(crate) meddled_ever: BTreeSet<String>,
    /// Contents of files over which the user wrote while a run was going, putting their times back: done in the instant
    /// between a look at a file and its rename, which moves the change time, that cannot be seen.
    pub(crate) unseen: HashSet<ContentId>,
    /// Whether the power fails at the end of the present run.
    power_fails: bool,
    /// The files that are on the disk when a run begins that ends with a power cut: `/SIDE/PATH`.
    durable: BTreeSet<String>,
    /// The rule in the configuration.
    pub(crate) ignore: Option<String>,
    /// What a watcher has seen since the last run began; `None` if that run was none that it can build on.
    pub(crate) seen: Option<BTreeSet<String>>,
}

impl<G: Ground> Checker<G> {
    pub(crate) fn new(ground: &Arc<G>, script: &Script) -> Self {
        Self {
            ground: Arc::clone(ground),
            known: Known::default(),
            mode: script.mode,
            conflict: script.conflict,
            sides: [Tree::new(), Tree::new()],
            kept: HashSet::new(),
            removed: HashSet::new(),
            touched: [BTreeSet::new(), BTreeSet::new()],
            meddled: Vec::new(),
            meddled_ever: BTreeSet::new(),
            unseen: HashSet::new(),
            power_fails: false,
            durable: BTreeSet::new(),
            ignore: None,
            seen: None,
        }
    }

    /// Lets the user act; nothing but that changes what must be found.
    pub(crate) fn user_does(&mut self, operation: &Operation, meanwhile: bool) {
        if let Operation::Ignore(rule) = operation {
            self.ignore.clone_from(rule);
            self.seen = None;
        }
        let before = if meanwhile { self.look() } else { Ok(self.sides.clone()) };
        let found_before = if meanwhile { self.findable() } else { Ok(HashSet::new()) };
        // What cannot be done is left out: the names are drawn at random.
        let _done = User { ground: &*self.ground, known: &mut self.known }.perform(operation);
        for (side, path) in operation.touches() {
            self.touched[side as usize].insert(path.to_owned());
            if let Some(seen) = &mut self.seen {
                seen.insert(path.to_owned());
            }
            if meanwhile {
                self.meddled.push((side, path.to_owned()));
                if let Operation::KeepTime(_, _, content) = operation {
                    self.unseen.insert(content.number);
                }
                if matches!(operation, Operation::Chmod(..)) {
                    self.meddled_ever.insert(path.to_owned());
                }
            }
        }
        let (Ok(before), Ok(after)) = (before, self.look()) else { return };
        for (before, after) in before.iter().zip(&after) {
            for (path, thing) in before {
                let (content, now) = (thing.content(), after.get(path).and_then(Thing::content));
                if let Some(content) = content.filter(|_| content != now) {
                    let moved = after.iter().filter(|(_, thing)| thing.content() == Some(content)).count();
                    let held = before.values().filter(|thing| thing.content() == Some(content)).count();
                    if moved < held {
                        self.removed.insert(content);
                    }
                }
            }
        }
        if meanwhile && let (Ok(before), Ok(after)) = (found_before, self.findable()) {
            self.kept.retain(|content| after.contains(content) || !before.contains(content));
            self.kept.extend(after.difference(&before));
        }
        self.sides = after;
    }

    fn look(&self) -> io::Result<[Tree; 2]> {
        let fs = self.ground.user();
        let side = |side| tree(fs, &fs.open_root(&self.ground.root(side))?, &self.known);
        Ok([side(Side::Left)?, side(Side::Right)?])
    }

    /// The trees in a directory of ours, of both sides.
    fn own(&self, name: &str) -> io::Result<Vec<Tree>> {
        let fs = self.ground.user();
        let mut found = Vec::new();
        for side in Side::BOTH {
            let root = fs.open_root(&self.ground.root(side))?;
            match fs.open_dir(&root, format!(".syncmgr/{name}").as_bytes()) {
                Ok(dir) => found.push(tree(fs, &dir, &self.known)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    fn trash(&self) -> io::Result<HashSet<ContentId>> {
        Ok(self.own("trash")?.iter().flat_map(contents).collect())
    }

    /// A run begins: all that can be found now must be found afterwards; before a power cut, all that is on the disk.
    pub(crate) fn before_run(&mut self, run: &Run) -> Checked {
        self.meddled.clear();
        self.power_fails = matches!(run.disturbance, Disturbance::PowerCut(..));
        self.durable.clear();
        if self.power_fails {
            self.durable.extend(self.ground.durable_files().into_iter().map(|(path, _)| path));
        }
        self.kept = self.findable().map_err(unreadable)?;
        Ok(())
    }

    fn findable(&self) -> io::Result<HashSet<ContentId>> {
        if self.power_fails {
            let files = self.ground.durable_files().into_iter();
            let is_theirs = |path: &str| !path.contains("/.syncmgr/staging/") && !path.starts_with("/state/");
            let files = files.filter(|(path, _)| is_theirs(path));
            return Ok(files.filter_map(|(_, content)| self.known.identify(&content).ok()).collect());
        }
        Ok(self.look()?.iter().flat_map(contents).chain(self.trash()?).collect())
    }

    /// A run has ended, in whatever way. `before` is what both sides were when it began.
    pub(crate) fn after_run(&mut self, before: &[Tree; 2], run: &Run) -> Checked {
        self.sides = self.look().map_err(unreadable)?;
        self.whole()?;
        let trash = self.trash().map_err(unreadable)?;
        let live: HashSet<_> = self.sides.iter().flat_map(contents).collect();
        for content in &self.kept {
            if !live.contains(content) && !trash.contains(content) {
                return Err(Violation::new("no loss", format!("content {content} is nowhere")));
            }
        }
        self.still_live(before, &live)?;
        // Who undoes a run means all of it, whatever the rules say now.
        if run.purpose != Purpose::Undo {
            self.untouched(before)?;
        }
        self.one_way(before)?;
        // A power cut takes back what earlier runs did and nobody flushed.
        let is_preview = run.purpose == Purpose::Preview && !self.power_fails;
        if is_preview && self.meddled.is_empty() && self.sides != *before {
            return Err(Violation::new("a preview changes nothing", self.difference(before)));
        }
        Ok(())
    }

    /// Every file is one that somebody wrote, as a whole.
    fn whole(&self) -> Checked {
        for (side, tree) in Side::BOTH.into_iter().zip(&self.sides) {
            for (path, thing) in tree {
                if let What::File(Err(found)) = &thing.what {
                    return Err(Violation::new("old or new, never half", format!("{side} {path}: {found}")));
                }
            }
        }
        Ok(())
    }

    /// Nothing goes from both sides that its user has not removed from one, where no policy says otherwise.
    fn still_live(&self, before: &[Tree; 2], live: &HashSet<ContentId>) -> Checked {
        let holds = matches!(self.mode, Mode::TwoWaySafe | Mode::OneWaySafe)
            && matches!(self.conflict, ConflictPolicy::Hold | ConflictPolicy::Both);
        if !holds || !self.meddled.is_empty() {
            return Ok(());
        }
        for content in before.iter().flat_map(contents) {
            if !live.contains(&content) && !self.removed.contains(&content) {
                let found = format!("content {content}, which nobody removed, is on neither side");
                return Err(Violation::new("no deletion of what nobody deleted", found));
            }
        }
        Ok(())
    }

    /// Nothing ever flows to the left of a one-way pair.
    fn one_way(&self, before: &[Tree; 2]) -> Checked {
        let one_way = matches!(self.mode, Mode::OneWaySafe | Mode::OneWayReplica);
        if one_way && self.meddled.is_empty() && before[0] != self.sides[0] {
            return Err(Violation::new("a one-way pair leaves its left side alone", self.difference(before)));
        }
        Ok(())
    }

    /// What is ignored stays exactly as it is, and goes nowhere.
    fn untouched(&self, before: &[Tree; 2]) -> Checked {
        let rules = self.rules(before);
        // A directory that is kept under another name takes along what is in it.
        if rules.is_empty() || rules != self.rules(&self.sides) || self.conflict == ConflictPolicy::Both {
            return Ok(());
        }
        for side in Side::BOTH {
            let (before, after) = (&before[side as usize], &self.sides[side as usize]);
            for path in before.keys().chain(after.keys()).filter(|path| is_ignored(path, &rules)) {
                // The user may have spelled it in another way, where that makes no difference.
                let is_touched = |path: &str| {
                    let spelled = path.to_lowercase();
                    self.meddled.iter().any(|(at, touched)| {
                        let touched = touched.to_lowercase();
                        *at == side && (is_within(&spelled, &touched) || is_within(&touched, &spelled))
                    })
                };
                let (old, new) = (before.get(path), after.get(path));
                let same = |(old, new): (&Thing, &Thing)| old.what == new.what && old.ino == new.ino;
                // A second name that takes part shares its attributes with it.
                let shares = |old: &Thing| before.values().filter(|other| other.ino == old.ino).count() > 1;
                // Whoever writes to a file through one of its names has written to all of them.
                let is_touched_by_link =
                    |old: &Thing| before.iter().any(|(path, other)| other.ino == old.ino && is_touched(path));
                if (self.power_fails || old.is_some_and(shares)) && old.zip(new).is_some_and(same) {
                    // Attributes that an earlier run set may have been lost in a power cut.
                    continue;
                }
                let root = format!("/{side}/{path}");
                let was_durable = || self.durable.iter().any(|at| is_within(at, &root));
                if self.power_fails && (old.is_none() || new.is_none() && !was_durable()) {
                    // An earlier run put it there, or took it away, before it was ignored, and was cut off before it
                    // flushed.
                    continue;
                }
                if old != new && !is_touched(path) && !old.is_some_and(is_touched_by_link) {
                    let found = format!("{side} {path} (rules {rules:?}): {old:?} → {new:?}");
                    return Err(Violation::new("ignored means untouched", found));
                }
            }
        }
        Ok(())
    }

    /// The rules that hold now.
    fn rules(&self, sides: &[Tree; 2]) -> BTreeSet<String> {
        let files = sides.iter().filter_map(|side| side.get(".syncignore")).filter_map(Thing::content);
        let mut rules: BTreeSet<_> = files.filter_map(|content| self.known.rule_of(content)).collect();
        rules.extend(self.ignore.clone());
        rules
    }

    /// Whether a path takes no part, or might take none.
    pub(crate) fn may_ignore(&self, path: &str) -> bool {
        let mut rules = self.rules(&self.sides);
        rules.retain(|rule| !rule.starts_with('!'));
        is_ignored(path, &rules)
    }

    pub(crate) fn leftovers(&self) -> Checked {
        for staging in self.own("staging").map_err(unreadable)? {
            if let Some(path) = staging.keys().next() {
                return Err(Violation::new("no leftovers", path.clone()));
            }
        }
        Ok(())
    }

    pub(crate) fn difference(&self, before: &[Tree; 2]) -> String {
        let mut lines = Vec::new();
        for (side, (old, new)) in Side::BOTH.into_iter().zip(before.iter().zip(&self.sides)) {
            let paths: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for path in paths.into_iter().filter(|path| old.get(*path) != new.get(*path)) {
                lines.push(format!("{side} {path}: {:?} → {:?}", old.get(path), new.get(path)));
            }
        }
        lines.join("\n")
    }
}

fn is_ignored(path: &str, rules: &BTreeSet<String>) -> bool {
    let revoked = rules.iter().filter_map(|rule| rule.strip_prefix('!')).collect::<Vec<_>>();
    path.split('/').any(|name| {
        !revoked.contains(&name)
            && rules.iter().any(|rule| match rule.strip_prefix('*') {
                Some(end) => name.ends_with(end),
                None => name == rule,
            })
    })
}

fn unreadable(error: io::Error) -> Violation {
    Violation::new("the world can be looked at", error.to_string())
}
