//! [`App`]: what the window shows, what keys do there. It decides and does nothing.
//!
//! In reading order: [`App::step`] takes what happened and says what is to be done; `keys` is what keys do on a page, `over` what
//! they do in what lies above it (forms, menus, questions); `shown` and `layout` are the page and where its pieces stand.

mod asking;
mod edit;
mod form;
mod keys;
mod layout;
mod menu;
mod mouse;
mod over;
mod question;
mod rows;
mod shown;

use std::collections::BTreeSet;

use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Action, Does, Place, Tone};

pub(crate) use edit::{Lines, TextField};
pub(crate) use form::{FormStop, FormView, Value, lines, options};
pub(crate) use layout::Placed;
pub(crate) use menu::Menu;
pub(crate) use mouse::Target;
pub(crate) use over::{Button, Confirm, Over};
pub(crate) use question::QuestionView;
#[cfg(test)]
pub(crate) use rows::Reason;
pub(crate) use rows::{Rows, bar_words, start_of};
pub(crate) use shown::{BESIDE, Pair, Part, Shown, Spot};

use crate::input::{Effect, Failure, Input, Key};
use crate::look::Look;
use crate::plan::Plan;
use asking::Asking;

/// The smallest window that everything fits into: columns and lines.
pub const SMALLEST: (u16, u16) = (60, 18);

/// Whose the daemon is that the window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daemon {
    /// It was there, and stays.
    Stays,
    /// It was started for this window, and ends with it.
    EndsWithWindow,
}

/// What the window shows and where somebody is in it.
#[derive(Debug)]
pub struct App {
    pub(crate) look: Look,
    daemon: Daemon,
    pub(crate) size: (u16, u16),
    /// Where somebody is, or is about to be.
    pub(crate) place: Place,
    pub(crate) filter: Option<String>,
    pub(crate) search: Option<String>,
    /// What was shown last; of another place while that one is on its way.
    pub(crate) shown: Option<Shown>,
    asking: Asking,
    /// Keys that were pressed for a page that is not here yet.
    held: Vec<Key>,
    sending: Vec<Sending>,
    /// Whether nobody answers.
    pub(crate) is_lost: bool,
    pub(crate) note: Option<Note>,
    pub(crate) over: Option<Over>,
    pub(crate) question: Option<QuestionView>,
    /// Questions that somebody wants to answer later.
    later: BTreeSet<u64>,
    /// Where somebody came from.
    trail: Vec<Visited>,
    next_number: u64,
}

/// Something that was sent and is not through.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sending {
    number: u64,
    request: Request,
}

/// Something that a person should know, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) tone: Tone,
    pub(crate) headline: String,
    pub(crate) causes: Vec<String>,
    pub(crate) hint: Option<String>,
}

impl Note {
    pub(crate) fn new(tone: Tone, headline: impl Into<String>) -> Self {
        Self { tone, headline: headline.into(), causes: Vec::new(), hint: None }
    }

    pub(crate) fn of(failure: Failure) -> Self {
        match failure {
            Failure::Lost { headline } => Self::new(Tone::Bad, headline),
            Failure::Refused { headline, causes, hint } => Self { tone: Tone::Bad, headline, causes, hint },
        }
    }
}

/// A place that somebody was at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Visited {
    place: Place,
    filter: Option<String>,
    search: Option<String>,
}

/// Nobody goes back further.
const TRAIL: usize = 32;
/// Keys that are kept for a page that is on its way.
const HELD: usize = 32;

impl App {
    /// A window that opens at `place`. It shows nothing until it has a size.
    pub fn new(place: Place, look: Look, daemon: Daemon) -> Self {
        Self {
            look,
            daemon,
            size: (0, 0),
            place,
            filter: None,
            search: None,
            shown: None,
            asking: Asking::default(),
            held: Vec::new(),
            sending: Vec::new(),
            is_lost: false,
            note: None,
            over: None,
            question: None,
            later: BTreeSet::new(),
            trail: Vec::new(),
            next_number: 0,
        }
    }

    /// Says something until the next key.
    #[must_use]
    pub fn telling(mut self, text: impl Into<String>) -> Self {
        self.note = Some(Note::new(Tone::Good, text));
        self
    }

    /// Takes what happened, and says what is to be done, in this order.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Key(key) => self.press(key, &mut effects),
            Input::Paste(text) => self.paste(&text),
            Input::Click { x, y } => self.click(x, y, &mut effects),
            Input::WheelUp => self.wheel(Key::Up, &mut effects),
            Input::WheelDown => self.wheel(Key::Down, &mut effects),
            Input::Resize { width, height } => {
                self.size = (width, height);
                self.reflow();
            }
            Input::Page { number, page } => self.take_page(number, *page, &mut effects),
            Input::NoPage { number, failure } => self.miss_page(number, failure),
            Input::Sent { number, outcome } => self.take_outcome(number, outcome),
            Input::Changed => self.asking.something_changed(),
            Input::Tick => self.tick(),
        }
        self.follow();
        self.ask(&mut effects);
        effects
    }

    /// Whether the passing of time matters: something moves, is to be tried again or to be noticed.
    pub fn wants_ticks(&self) -> bool {
        self.is_lost
            || self.asking.waits_for_tick()
            || self.question.as_ref().is_some_and(|question| !question.is_armed())
            || self.shown.as_ref().is_some_and(|shown| shown.page.moves)
    }

    /// The number of the question that lies above everything, if there is one.
    pub(crate) fn asked(&self) -> Option<u64> {
        self.question.as_ref().map(|view| view.question.question)
    }

    /// What a title of the window can say.
    pub fn title(&self) -> String {
        match &self.shown {
            Some(shown) => format!("syncmgr: {}", shown.page.mood_text),
            None => "syncmgr".to_owned(),
        }
    }

    /// Whether everything fits.
    pub(crate) fn is_too_small(&self) -> bool {
        self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1
    }

    /// Whether the page that is shown is the one that was asked for.
    pub(crate) fn is_there(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.page.place == self.place)
    }

    /// How much room the page has: columns and lines.
    pub(crate) fn room(&self) -> (u16, u16) {
        let plan = Plan::of(self);
        (plan.body.width, plan.body.height)
    }

    fn reflow(&mut self) {
        let (width, _) = self.room();
        if let Some(shown) = &mut self.shown {
            shown.reflow(width);
        }
    }

    fn follow(&mut self) {
        let (_, height) = self.room();
        if let Some(shown) = &mut self.shown {
            shown.follow(height);
        }
    }

    /// Everything that can be done where somebody is, the nearest first, without the ways to other screens.
    pub(crate) fn actions(&self) -> Vec<&Action> {
        let Some(shown) = &self.shown else { return Vec::new() };
        let of_chosen = shown.chosen(self.room().1).map_or(&[][..], |spot| shown.actions_at(spot));
        let of_notices = shown.page.notices.iter().flat_map(|notice| &notice.actions);
        let all = of_chosen.iter().chain(&shown.page.actions).chain(of_notices);
        all.chain(shown.actions_of_blocks()).collect()
    }

    /// Does what an action says, or asks first.
    fn perform(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if let Some(reason) = action.disabled {
            self.note = Some(Note::new(Tone::Warning, reason));
            return;
        }
        match action.confirm {
            Some(confirmation) => {
                self.over =
                    Some(Over::Confirm(Confirm::new(confirmation.text, confirmation.yes, action.does)));
            }
            None => self.carry_out(action.does, effects),
        }
    }

    fn carry_out(&mut self, does: Does, effects: &mut Vec<Effect>) {
        match does {
            Does::Ask(request) => {
                self.send(*request, effects);
            }
            Does::AskAndGo(request, place) => {
                self.send(*request, effects);
                self.go(place);
            }
            Does::Go(place) => self.go(place),
            Does::Fill(form) => self.over = Some(Over::Form(Box::new(FormView::new(form)))),
            Does::Quit => self.quit(effects),
        }
    }

    /// Sends a request, unless the same one is on its way: whoever presses a key twice means it once.
    fn send(&mut self, request: Request, effects: &mut Vec<Effect>) -> Option<u64> {
        if self.sending.iter().any(|sending| sending.request == request) {
            return None;
        }
        let number = self.number();
        self.sending.push(Sending { number, request: request.clone() });
        effects.push(Effect::Send { number, request: Box::new(request) });
        Some(number)
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    fn take_outcome(&mut self, number: u64, outcome: Result<(), Failure>) {
        self.sending.retain(|sending| sending.number != number);
        let is_form = matches!(&self.over, Some(Over::Form(form)) if form.sent == Some(number));
        match outcome {
            Ok(()) => {
                if let Some(Over::Form(form)) = self.over.take_if(|_| is_form)
                    && let Some(then) = form.form.then
                {
                    self.go(then);
                }
                self.asking.something_changed();
            }
            Err(failure) => {
                if let Some(Over::Form(form)) = self.over.as_mut().filter(|_| is_form) {
                    form.refuse(failure);
                } else {
                    self.note = Some(Note::of(failure));
                    self.asking.something_changed();
                }
            }
        }
    }

    /// Goes to another place.
    fn go(&mut self, place: Place) {
        if place == self.place {
            self.asking.something_changed();
            return;
        }
        let visited = Visited {
            place: std::mem::replace(&mut self.place, place),
            filter: self.filter.take(),
            search: self.search.take(),
        };
        self.trail.push(visited);
        if self.trail.len() > TRAIL {
            self.trail.remove(0);
        }
        self.over = None;
        self.asking.go_elsewhere();
    }

    /// Goes to where the page says that its way back leads, as it was when somebody left it.
    fn go_back(&mut self) {
        let Some(back) = self.shown.as_ref().and_then(|shown| shown.page.back.clone()) else { return };
        let before = self.trail.iter().rposition(|visited| visited.place == back);
        let visited = before.map(|at| self.trail.split_off(at).swap_remove(0));
        self.go(back);
        self.trail.pop();
        if let Some(visited) = visited {
            (self.filter, self.search) = (visited.filter, visited.search);
        }
    }

    fn quit(&mut self, effects: &mut Vec<Effect>) {
        let mood = self.shown.as_ref().map(|shown| shown.page.mood);
        if self.daemon == Daemon::EndsWithWindow && mood == Some(syncmgr_wire::page::Mood::Running) {
            let text = "a session is running, and the daemon was started for this window: both end with it. \
                        Nothing irreversible begins after that";
            self.over = Some(Over::Confirm(Confirm::new(text, "Stop and quit", Does::Quit)));
            return;
        }
        effects.push(Effect::Quit);
    }

    fn tick(&mut self) {
        let moves = self.shown.as_ref().is_some_and(|shown| shown.page.moves);
        self.asking.tick(moves, self.is_lost);
        if let Some(question) = &mut self.question {
            question.arm();
        }
    }

    /// Which question is above everything.
    fn look_for_questions(&mut self) {
        let Some(shown) = &self.shown else { return };
        let open = &shown.page.questions;
        self.later.retain(|number| open.iter().any(|question| question.question == *number));
        let next = open.iter().find(|question| !self.later.contains(&question.question));
        let is_same = |view: &QuestionView| next.is_some_and(|next| *next == view.question);
        if !self.question.as_ref().is_some_and(is_same) {
            self.question = next.cloned().map(QuestionView::new);
        }
    }
}
