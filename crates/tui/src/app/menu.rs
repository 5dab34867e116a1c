//! [`Menu`]: what can be done, to be looked at and chosen from.

use syncmgr_wire::page::{Action, Place};

use super::{App, Target};
use crate::hints::{self, Hint};
use crate::input::Key;

/// A list of what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Menu {
    pub(crate) title: String,
    pub(crate) entries: Vec<Entry>,
    /// The chosen entry.
    pub(crate) at: usize,
}

/// One thing that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) label: String,
    /// Why it cannot be done now.
    pub(crate) disabled: Option<String>,
    pub(super) pick: Pick,
}

/// What choosing an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pick {
    /// Closes the menu.
    Nothing,
    /// An action.
    Do(Box<Action>),
    /// A screen.
    Go(Place),
    /// What that key does.
    Press(Key),
}

/// Keys of the window itself, with what they do.
const KEYS: &[(&str, &str, Pick)] = &[
    ("Up Down", "move; also j and k, Page Up and Page Down, Home and End", Pick::Nothing),
    ("Enter", "open what is chosen", Pick::Press(Key::Enter)),
    ("Space", "tick what is chosen, or no longer", Pick::Press(Key::Char(' '))),
    ("Left Right", "the next screen; in a chart, the next point", Pick::Nothing),
    ("Tab", "show only rows of one kind; also f", Pick::Press(Key::Tab)),
    ("/", "find rows", Pick::Press(Key::Char('/'))),
    ("Esc", "go back", Pick::Press(Key::Esc)),
    ("!", "show questions that were put off", Pick::Press(Key::Char('!'))),
    ("Ctrl-L", "look again", Pick::Press(Key::Ctrl('l'))),
    ("Ctrl-Z", "leave the window for a moment; `fg` brings it back", Pick::Press(Key::Ctrl('z'))),
    ("q", "quit; also Ctrl-C", Pick::Press(Key::Char('q'))),
];

impl Menu {
    /// What can be done with one thing.
    pub(super) fn of(actions: &[Action]) -> Self {
        Self { title: "What to do".to_owned(), entries: actions.iter().map(entry).collect(), at: 0 }
    }

    /// Everything that can be done, and all keys.
    pub(super) fn help(app: &App) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let of_notices: Vec<Entry> =
            hints::of_notices(app).into_iter().flatten().filter_map(of_hint).collect();
        let is_offered = |entry: &Entry| of_notices.iter().any(|offered| offered.pick == entry.pick);
        for entry in app.actions().into_iter().map(entry) {
            if !entries.contains(&entry) && !is_offered(&entry) {
                entries.push(entry);
            }
        }
        entries.extend(of_notices);
        let taken: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
        entries.extend(app.tabs().iter().map(|tab| Entry {
            key: tab.key.to_string(),
            label: tab.label.clone(),
            disabled: None,
            pick: Pick::Go(Place::of(tab.screen)),
        }));
        let own = KEYS.iter().filter(|(key, ..)| !taken.iter().any(|taken| taken == key));
        entries.extend(own.map(|(key, label, pick)| Entry {
            key: (*key).to_owned(),
            label: (*label).to_owned(),
            disabled: None,
            pick: pick.clone(),
        }));
        Self { title: "What can be done here".to_owned(), entries, at: 0 }
    }

    /// What a key chooses; nothing if the menu stays.
    pub(super) fn press(&mut self, key: Key) -> Option<Pick> {
        let last = self.entries.len().saturating_sub(1);
        match key {
            Key::Esc => return Some(Pick::Nothing),
            Key::Enter => return self.pick(self.at),
            Key::Up => self.at = self.at.saturating_sub(1),
            Key::Down => self.at = (self.at + 1).min(last),
            Key::PageUp => self.at = self.at.saturating_sub(10),
            Key::PageDown => self.at = (self.at + 10).min(last),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            // A key does what it does without the menu.
            Key::Char('?') => return Some(Pick::Nothing),
            Key::Char(_) => return Some(Pick::Press(key)),
            _ => {}
        }
        None
    }

    pub(super) fn pick(&self, at: usize) -> Option<Pick> {
        self.entries.get(at).map(|entry| entry.pick.clone())
    }
}

fn of_hint(hint: Hint) -> Option<Entry> {
    match hint.target {
        Target::Do(action) => Some(Entry { key: hint.key, ..entry(&action) }),
        _ => None,
    }
}

fn entry(action: &Action) -> Entry {
    Entry {
        key: action.key.map(String::from).unwrap_or_default(),
        label: action.label.clone(),
        disabled: action.disabled.clone(),
        pick: Pick::Do(Box::new(action.clone())),
    }
}
