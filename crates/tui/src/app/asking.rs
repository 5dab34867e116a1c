//! [`Asking`]: when a page is asked for. One at a time; what happens meanwhile is made up for by one more.

use syncmgr_wire::page::{Page, PageRequest};

use super::rows::{Reason, WINDOW};
use super::shown::Shown;
use super::{App, Key, Note};
use crate::input::{Effect, Failure, Input};

/// What was asked for, and what is to be asked for next.
#[derive(Debug)]
pub(super) struct Asking {
    under_way: Option<Asked>,
    /// Why to ask once it is possible.
    wanted: Option<Reason>,
    /// Whether a page was asked for since the last tick: changes come in swarms, pages twice a second at most.
    is_resting: bool,
    /// Where rows were asked for last: whoever answers without them is not asked again and again.
    asked_more: Option<u64>,
    /// Ticks since nobody answered.
    patience: u8,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    number: u64,
    reason: Reason,
}

impl Default for Asking {
    fn default() -> Self {
        Self {
            under_way: None,
            wanted: Some(Reason::Elsewhere),
            is_resting: false,
            asked_more: None,
            patience: 0,
        }
    }
}

/// Ticks between two tries where nobody answers.
const RETRY: u8 = 2;

impl Asking {
    pub(super) fn something_changed(&mut self) {
        self.want(Reason::Changed);
    }

    /// Another place, filter or search: what is under way is of no use any more.
    pub(super) fn go_elsewhere(&mut self) {
        self.under_way = None;
        self.want(Reason::Elsewhere);
    }

    fn want(&mut self, reason: Reason) {
        self.wanted = self.wanted.max(Some(reason));
    }

    pub(super) fn tick(&mut self, moves: bool, is_lost: bool) {
        (self.is_resting, self.asked_more) = (false, None);
        if is_lost {
            self.patience += 1;
            if self.patience >= RETRY {
                self.patience = 0;
                self.want(Reason::Changed);
            }
        } else if moves {
            self.want(Reason::Changed);
        }
    }

    /// Whether something is to be asked for that has to wait for the next tick.
    pub(super) fn waits_for_tick(&self) -> bool {
        self.is_resting || self.wanted.is_some() || self.asked_more.is_some()
    }

    /// Whether a page of another place, filter or search is on its way.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.wanted == Some(Reason::Elsewhere)
            || self.under_way.is_some_and(|asked| asked.reason == Reason::Elsewhere)
    }

    /// What is under way with this number, which is over now.
    fn end(&mut self, number: u64) -> Option<Asked> {
        self.under_way.take_if(|asked| asked.number == number)
    }
}

impl App {
    /// Asks for the page if there is a reason, and rows that are missing on it.
    pub(super) fn ask(&mut self, effects: &mut Vec<Effect>) {
        let (_, height) = self.room();
        let shown = self.shown.as_ref().filter(|_| self.is_there());
        let missing = shown.and_then(|shown| shown.missing(height));
        let missing = missing.filter(|from| self.asking.asked_more != Some(*from));
        let reason = match (self.asking.wanted, missing) {
            (Some(Reason::Changed), _) if self.asking.is_resting => missing.map(|_| Reason::More),
            (Some(reason), _) => Some(reason),
            (None, Some(_)) => Some(Reason::More),
            (None, None) => None,
        };
        let Some(reason) = reason else { return };
        if self.size.0 == 0 || self.is_lost && self.asking.wanted.is_none() {
            return;
        }
        // Whoever moves on while rows are fetched gets those where he is when they are here.
        if self.asking.under_way.is_some() {
            return;
        }
        let from = match reason {
            Reason::Elsewhere => 0,
            Reason::More => missing.unwrap_or(0),
            Reason::Changed => shown.map_or(0, |shown| shown.from(height)),
        };
        let number = self.number();
        if reason == Reason::More {
            self.asking.asked_more = Some(from);
        } else {
            self.asking.wanted = None;
            self.asking.is_resting = true;
        }
        self.asking.under_way = Some(Asked { number, reason });
        let request = PageRequest {
            place: self.place.clone(),
            from,
            count: WINDOW,
            filter: self.filter.clone(),
            search: self.search.clone().filter(|text| !text.is_empty()),
        };
        effects.push(Effect::Ask { number, request });
    }

    pub(super) fn take_page(&mut self, number: u64, page: Page, effects: &mut Vec<Effect>) {
        let Some(asked) = self.asking.end(number) else { return };
        if std::mem::take(&mut self.is_lost) {
            self.note = Some(Note::new(syncmgr_wire::page::Tone::Good, "connected again"));
        }
        // The manager may know better where this is.
        self.place = page.place.clone();
        let (width, _) = self.room();
        let before = self.shown.take();
        self.shown = Some(Shown::new(page, before, asked.reason, width, self.look.letters));
        self.look_for_questions();
        self.follow();
        let held = std::mem::take(&mut self.held);
        for key in held {
            effects.extend(self.step(Input::Key(key)));
        }
    }

    pub(super) fn miss_page(&mut self, number: u64, failure: Failure) {
        let Some(asked) = self.asking.end(number) else { return };
        self.held.clear();
        match failure {
            Failure::Lost { .. } => {
                self.is_lost = true;
                self.asking.patience = 0;
                if asked.reason == Reason::Elsewhere {
                    // It is asked for again, and is still another place then.
                    self.asking.wanted = None;
                }
            }
            refused @ Failure::Refused { .. } => {
                self.is_lost = false;
                self.note = Some(Note::of(refused));
                // Somebody who cannot go there stays where he is.
                if let Some(shown) = &self.shown {
                    self.place = shown.page.place.clone();
                }
            }
        }
    }

    /// Keeps a key for the page that is on its way.
    pub(super) fn hold(&mut self, key: Key) {
        if self.held.len() < super::HELD {
            self.held.push(key);
        }
    }
}
