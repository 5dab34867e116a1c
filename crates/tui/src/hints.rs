//! The keys that are shown at the bottom: what can be done with what is chosen, then what can be done here.

use syncmgr_wire::page::{Action, Block};

use crate::app::{App, Target};
use crate::input::Key;
use crate::look::Look;
use crate::text::{clean, width};

/// Lines at the bottom: the chosen one's, and the page's. Always both, so that nothing jumps.
pub(crate) const LINES: u16 = 2;

/// A key and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) is_off: bool,
    pub(crate) is_primary: bool,
    pub(crate) target: Target,
}

impl Hint {
    fn of(action: &Action) -> Option<Self> {
        action.key.map(|_| always(action, ""))
    }

    fn own(key: &str, label: &str, press: Key) -> Self {
        let (key, label) = (key.to_owned(), label.to_owned());
        Self { key, label, is_off: false, is_primary: false, target: Target::Press(press) }
    }

    /// How many cells it takes.
    pub(crate) fn width(&self, look: Look) -> usize {
        width(&clean(&self.key, look.letters)) + 1 + width(&clean(&self.label, look.letters))
    }
}

/// Hints of actions in a text: those that have a key.
pub(crate) fn of_actions(actions: &[Action]) -> Vec<Hint> {
    actions.iter().filter_map(Hint::of).collect()
}

/// The hint of an action in its place on the page, where `otherwise` does it if it has no key.
pub(crate) fn always(action: &Action, otherwise: &str) -> Hint {
    Hint {
        key: action.key.map_or_else(|| otherwise.to_owned(), String::from),
        label: action.label.clone(),
        is_off: action.disabled.is_some(),
        is_primary: action.primary,
        target: Target::Do(Box::new(action.clone())),
    }
}

/// The ways that each notice offers. Notices are on every page and so leave the letters to the pages: what has no key gets a
/// function key.
pub(crate) fn of_notices(app: &App) -> Vec<Vec<Hint>> {
    let Some(shown) = &app.shown else { return Vec::new() };
    let mut free = 1..=9;
    let mut hint = |action: &Action| {
        let own = Hint::of(action);
        own.or_else(|| free.next().map(|number| always(action, &format!("F{number}"))))
    };
    shown.page.notices.iter().map(|notice| notice.actions.iter().filter_map(&mut hint).collect()).collect()
}

/// What can be done with what is chosen.
pub(crate) fn of_chosen(app: &App) -> Vec<Hint> {
    let (Some(spot), Some(shown)) = (app.chosen(), &app.shown) else { return Vec::new() };
    let enter = app.look.signs().enter;
    let actions = shown.actions_at(spot);
    let mut hints = Vec::new();
    if let Some(tick) = shown.row(spot).and_then(|row| row.tick.as_ref()) {
        hints.push(Hint::own("Space", if tick.on { "untick" } else { "tick" }, Key::Char(' ')));
    }
    if shown.opens(spot).is_some() {
        hints.push(Hint::own(enter, "open", Key::Enter));
    } else if !actions.is_empty() {
        let likely = actions.iter().find(|action| action.primary && action.disabled.is_none());
        let only = if let [only] = actions { Some(only) } else { None };
        // What has a key of its own needs no second one.
        match likely.or(only) {
            Some(action) if action.key.is_none() => hints.push(Hint::own(enter, &action.label, Key::Enter)),
            Some(_) => {}
            None => hints.push(Hint::own(enter, "what to do", Key::Enter)),
        }
    }
    if let Some(Block::Chart(_)) = shown.page.blocks.get(spot.block) {
        hints.push(Hint::own("Left", "older", Key::Left));
        hints.push(Hint::own("Right", "newer", Key::Right));
    }
    hints.extend(of_actions(actions));
    hints
}

/// What can be done on the page, and the keys of the window.
pub(crate) fn of_page(app: &App) -> Vec<Hint> {
    let Some(shown) = &app.shown else { return vec![Hint::own("q", "quit", Key::Char('q'))] };
    let mut hints = of_actions(&shown.page.actions);
    let tables = || {
        shown.page.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    };
    if tables().any(|table| table.search.is_some()) {
        hints.push(Hint::own("/", "find", Key::Char('/')));
    }
    if tables().any(|table| table.filter.is_some()) {
        hints.push(Hint::own("Tab", "filter", Key::Tab));
    }
    if shown.page.back.is_some() {
        hints.insert(0, Hint::own("Esc", "back", Key::Esc));
    }
    if app.n_put_off() > 0 {
        hints.insert(0, Hint::own("!", "questions", Key::Char('!')));
    }
    hints
}

/// How many of the page's hints go into the line above, because they do not all fit below it: as many as that line takes.
pub(crate) fn overflow(page: &[Hint], room: usize, look: Look) -> usize {
    let widths = |hints: &[Hint]| hints.iter().map(|hint| hint.width(look) + 2).sum::<usize>();
    if widths(page) + widths(&at_end()) <= room + 2 {
        return 0;
    }
    (0..=page.len()).rev().find(|n| widths(&page[..*n]) <= room + 2).unwrap_or(0)
}

/// What always stands at the end.
pub(crate) fn at_end() -> [Hint; 2] {
    [Hint::own("?", "more", Key::Char('?')), Hint::own("q", "quit", Key::Char('q'))]
}
