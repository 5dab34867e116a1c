//! The items as they are: what is listed and how each is, put together once for each change.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use syncmgr_model::id::ItemId;
use syncmgr_model::status::ItemStatus;
use syncmgr_wire::control::Event;
use syncmgr_wire::line;
use syncmgr_wire::page::Tone;

use crate::amounts::count;

/// What folders are called as a group.
pub(crate) const FOLDERS: &str = "Folders";

/// How many searches are remembered: a few faces may look for something at once.
const MAX_SELECTIONS: usize = 8;

/// How an item is, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Halted,
    Failed,
    Conflicts(u64),
    Late,
    Problems(u64),
    Stopped,
    Skipped,
    TakenBack,
    NotRun,
    InStep,
}

impl State {
    /// In words.
    pub(crate) fn words(self) -> (String, Tone) {
        match self {
            Self::Halted => ("halted".to_owned(), Tone::Needs),
            Self::Failed => ("failed".to_owned(), Tone::Bad),
            Self::Conflicts(n) => (count(n, "conflict"), Tone::Needs),
            Self::Late => ("late".to_owned(), Tone::Warning),
            Self::Problems(n) => (count(n, "problem"), Tone::Warning),
            Self::Stopped => ("stopped".to_owned(), Tone::Warning),
            Self::Skipped => ("skipped".to_owned(), Tone::Muted),
            Self::TakenBack => ("taken back".to_owned(), Tone::Warning),
            Self::NotRun => ("not run yet".to_owned(), Tone::Muted),
            Self::InStep => ("in step".to_owned(), Tone::Good),
        }
    }

    /// Whether a person has to look.
    pub(crate) fn needs_you(self) -> bool {
        matches!(self, Self::Halted | Self::Failed | Self::Conflicts(_) | Self::Problems(_))
    }
}

/// An item and all that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) item: ItemId,
    pub(crate) name: String,
    /// The heading it stands below: its handler.
    pub(crate) group: String,
    pub(crate) ticked: bool,
    /// Whether it is there for good.
    pub(crate) configured: bool,
    /// Whether it is a pair of folders.
    pub(crate) is_folder: bool,
    pub(crate) state: State,
    /// What its handler says of it. Absent while it has not been asked.
    pub(crate) line: Option<line::Item>,
    pub(crate) status: Option<line::Status>,
    /// In lower case, for who looks for it.
    folded: String,
}

impl Known {
    pub(crate) fn is_late(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.late_since.is_some())
    }

    /// The rule that halted its last run, and what that found.
    pub(crate) fn halt(&self) -> Option<&line::RuleAndText> {
        self.status.as_ref()?.last.as_ref()?.result.halt.as_ref()
    }

    /// Whether it should have run and nothing will make it.
    fn waits_for_first_run(&self) -> bool {
        let next = self.status.as_ref().and_then(|status| status.next_run);
        self.state == State::NotRun && self.ticked && next.is_none()
    }

    /// Whether it did not run to its end, and nothing will make up for that.
    fn is_left_out(&self) -> bool {
        let next = self.status.as_ref().and_then(|status| status.next_run);
        matches!(self.state, State::Stopped | State::Skipped) && self.ticked && next.is_none()
    }
}

fn state(status: &line::Status) -> State {
    let Some(last) = &status.last else {
        return match (status.conflicts, status.late_since) {
            (1.., _) => State::Conflicts(status.conflicts),
            (0, Some(_)) => State::Late,
            (0, None) => State::NotRun,
        };
    };
    let result = &last.result;
    match result.status {
        _ if result.halt.is_some() => State::Halted,
        ItemStatus::Failed => State::Failed,
        _ if status.conflicts > 0 => State::Conflicts(status.conflicts),
        _ if status.late_since.is_some() => State::Late,
        _ if result.problems > 0 => State::Problems(result.problems),
        ItemStatus::Succeeded if result.undone => State::TakenBack,
        ItemStatus::Succeeded => State::InStep,
        ItemStatus::Skipped => State::Skipped,
        ItemStatus::Stopped => State::Stopped,
        _ => State::NotRun,
    }
}

/// Kinds of items that are looked at alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    All,
    Ticked,
    Late,
    NeedsYou,
    Halted,
    /// Nobody has let it run yet, and nothing will.
    Waiting,
    /// It was stopped or skipped, and nothing will make up for that.
    LeftOut,
    /// Its handler has not said anything about it yet.
    Unlisted,
}

const N_KINDS: usize = 8;

impl Kind {
    const ALL: [Self; N_KINDS] = [
        Self::All,
        Self::Ticked,
        Self::Late,
        Self::NeedsYou,
        Self::Halted,
        Self::Waiting,
        Self::LeftOut,
        Self::Unlisted,
    ];

    /// Those that a person chooses from.
    pub(crate) const SHOWN: [Self; 4] = [Self::All, Self::Ticked, Self::Late, Self::NeedsYou];

    pub(crate) fn id(self) -> &'static str {
        ["all", "ticked", "late", "needs_you", "halted", "waiting", "left_out", "unlisted"][self as usize]
    }

    pub(crate) fn label(self) -> &'static str {
        ["All", "Ticked", "Late", "Needs you", "Halted", "Not run yet", "Left out", "Not listed"]
            [self as usize]
    }

    fn holds(self, known: &Known) -> bool {
        match self {
            Self::All => true,
            Self::Ticked => known.ticked,
            Self::Late => known.is_late(),
            Self::NeedsYou => known.state.needs_you(),
            Self::Halted => known.state == State::Halted,
            Self::Waiting => known.waits_for_first_run(),
            Self::LeftOut => known.is_left_out(),
            Self::Unlisted => known.line.is_none(),
        }
    }
}

/// All items, in the order in which they are shown.
#[derive(Debug, Default)]
pub(crate) struct Index {
    items: Vec<Known>,
    places: HashMap<ItemId, usize>,
    kinds: [Arc<[u32]>; N_KINDS],
    /// The headings that have items below them.
    groups: HashSet<String>,
    /// What runs next by itself.
    next: Option<u32>,
    /// What was looked for lately, the newest last.
    selections: RefCell<Vec<Selection>>,
    n_visited: Cell<u64>,
    pub(crate) n_conflicts: u64,
}

#[derive(Debug)]
struct Selection {
    kind: Kind,
    needle: String,
    rows: Arc<[u32]>,
}

impl Index {
    /// Puts together what was listed and how each item is.
    pub(crate) fn new(listed: &[Event], statuses: &[Event], n_visited: u64) -> Self {
        let mut lines: HashMap<ItemId, &line::Item> = HashMap::new();
        for event in listed {
            if let Event::Item(item) = event {
                lines.insert(item.item, item);
            }
        }
        let mut items = Vec::with_capacity(statuses.len());
        for event in statuses {
            if let Event::Status(status) = event {
                let line = lines.remove(&status.item).cloned();
                items.push(known(status.item, &status.name, line, Some(status.clone())));
            }
        }
        // Listed meanwhile, and nothing is known of it yet.
        items.extend(lines.values().map(|line| known(line.item, &line.name, Some((*line).clone()), None)));
        items.sort_by(|a, b| {
            let order = |known: &Known| (!known.is_folder, known.group.to_lowercase());
            (order(a), &a.folded, &a.name, a.item).cmp(&(order(b), &b.folded, &b.name, b.item))
        });
        let places = items.iter().enumerate().map(|(place, known)| (known.item, place)).collect();
        let kinds = Kind::ALL.map(|kind| {
            let of_kind = (0..).zip(&items).filter(|(_, known)| kind.holds(known));
            of_kind.map(|(place, _)| place).collect()
        });
        let n_conflicts =
            items.iter().filter_map(|known| known.status.as_ref()).map(|status| status.conflicts).sum();
        let groups = items.iter().map(|known| known.group.clone()).collect();
        let due =
            (0..).zip(&items).filter_map(|(place, known)| Some((known.status.as_ref()?.next_run?, place)));
        let next = due.min().map(|(_, place)| place);
        let n_visited = Cell::new(n_visited + items.len() as u64);
        Self { groups, next, items, places, kinds, selections: RefCell::default(), n_visited, n_conflicts }
    }

    /// How many items were looked at so far, to make all pages.
    pub(crate) fn n_visited(&self) -> u64 {
        self.n_visited.get()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are items below a heading.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.groups.contains(group)
    }

    /// What runs next by itself.
    pub(crate) fn next(&self) -> Option<&Known> {
        self.next.and_then(|place| self.at(place))
    }

    pub(crate) fn get(&self, item: ItemId) -> Option<&Known> {
        self.places.get(&item).and_then(|place| self.items.get(*place))
    }

    /// The item with this id or name.
    pub(crate) fn find(&self, subject: &str) -> Option<&Known> {
        match subject.parse() {
            Ok(item) => self.get(item),
            Err(_) => self.items.iter().find(|known| known.name == subject),
        }
    }

    /// What an item is called; its id if it is not known.
    pub(crate) fn name(&self, item: ItemId) -> String {
        self.get(item).map_or_else(|| item.to_string(), |known| known.name.clone())
    }

    /// How many are of a kind.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.kinds[kind as usize].len()
    }

    /// Those of a kind.
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Known> {
        self.kinds[kind as usize].iter().filter_map(|place| self.at(*place))
    }

    /// The places of those of a kind that hold a text.
    pub(crate) fn select(&self, kind: Kind, needle: Option<&str>) -> Arc<[u32]> {
        let all = &self.kinds[kind as usize];
        let Some(needle) = needle else { return Arc::clone(all) };
        let mut selections = self.selections.borrow_mut();
        if let Some(place) = selections.iter().position(|one| one.kind == kind && one.needle == needle) {
            let found = selections.remove(place);
            let rows = Arc::clone(&found.rows);
            selections.push(found);
            return rows;
        }
        self.n_visited.set(self.n_visited.get() + all.len() as u64);
        let holds = |place: &u32| {
            self.at(*place).is_some_and(|known| {
                let roots = known.line.as_ref().map(|line| (&line.left, &line.right));
                known.folded.contains(needle)
                    || roots.is_some_and(|(left, right)| left.contains(needle) || right.contains(needle))
            })
        };
        let rows: Arc<[u32]> = all.iter().copied().filter(holds).collect();
        if selections.len() >= MAX_SELECTIONS {
            selections.remove(0);
        }
        selections.push(Selection { kind, needle: needle.to_owned(), rows: Arc::clone(&rows) });
        rows
    }

    /// The item at a place.
    pub(crate) fn at(&self, place: u32) -> Option<&Known> {
        self.items.get(place as usize)
    }
}

fn known(item: ItemId, name: &str, line: Option<line::Item>, status: Option<line::Status>) -> Known {
    let group = match &line {
        Some(line) => line.of.clone(),
        // Its handler has not been asked yet; it is in the name.
        None => name.split_once('/').map(|(of, _)| of.to_owned()),
    };
    Known {
        item,
        name: name.to_owned(),
        is_folder: group.is_none(),
        group: group.unwrap_or_else(|| FOLDERS.to_owned()),
        ticked: status.as_ref().map_or_else(|| line.as_ref().is_some_and(|line| line.ticked), |s| s.ticked),
        configured: line.as_ref().is_none_or(|line| line.configured),
        state: status.as_ref().map_or(State::NotRun, state),
        line,
        status,
        folded: name.to_lowercase(),
    }
}
