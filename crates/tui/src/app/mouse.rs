//! What the mouse does: each thing that is drawn says what pressing it means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use syncmgr_wire::page::{Action, Place};

use super::form::Done;
use super::over::{Button, Over};
use super::{App, FormStop, Spot};
use crate::draw;
use crate::input::{Effect, Key};

/// What was drawn somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing that takes a click, above something that may.
    Nothing,
    /// A piece of the page.
    Piece(Spot),
    /// The check box of a row.
    Tick(Spot),
    /// A way to a screen.
    Tab(Place),
    /// A kind of rows.
    Filter(usize),
    /// The same as a key.
    Press(Key),
    /// An action.
    Do(Box<Action>),
    /// An entry of a menu.
    Entry(usize),
    /// A button of a confirmation.
    Button(Button),
    /// Something in a form, and perhaps one of its options.
    Stop(FormStop, Option<usize>),
    /// A choice of a question.
    Choice(usize),
}

impl App {
    pub(super) fn click(&mut self, x: u16, y: u16, effects: &mut Vec<Effect>) {
        if let Some(target) = self.target_at(x, y) {
            self.note = None;
            self.hit(target, effects);
        }
    }

    /// Draws once more, without showing it, to see what is there.
    fn target_at(&self, x: u16, y: u16) -> Option<Target> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        draw::paint(self, &mut buffer).hit(x, y)
    }

    fn hit(&mut self, target: Target, effects: &mut Vec<Effect>) {
        match target {
            Target::Nothing => {}
            Target::Press(key) => self.press(key, effects),
            Target::Choice(at) => self.click_choice(at, effects),
            Target::Entry(at) => {
                if let Some(Over::Menu(menu)) = &self.over
                    && let Some(pick) = menu.pick(at)
                {
                    self.over = None;
                    self.pick(pick, effects);
                }
            }
            Target::Button(button) => {
                let key = if button == Button::Yes { Key::Char('y') } else { Key::Char('n') };
                self.press(key, effects);
            }
            Target::Stop(stop, option) => self.click_form(stop, option, effects),
            // The page that is seen may not be the one that comes next.
            _ if self.asking.is_elsewhere() => {}
            Target::Tab(place) => self.go(place),
            Target::Filter(at) => self.choose_filter(at),
            Target::Do(action) => self.perform(*action, effects),
            Target::Tick(spot) => self.toggle_at(spot, effects),
            Target::Piece(spot) => self.click_piece(spot, effects),
        }
    }

    /// The first click chooses, the second one opens.
    fn click_piece(&mut self, spot: Spot, effects: &mut Vec<Effect>) {
        let Some(shown) = self.shown.as_mut().filter(|shown| shown.is_stop(spot)) else { return };
        if shown.cursor == Some(spot) {
            return self.open(effects);
        }
        shown.choose(spot);
    }

    fn click_form(&mut self, stop: FormStop, option: Option<usize>, effects: &mut Vec<Effect>) {
        let Some(Over::Form(form)) = &mut self.over else { return };
        if let Done::Submitted(request) = form.click(stop, option) {
            let number = self.send(*request, effects);
            if let Some(Over::Form(form)) = &mut self.over {
                match number {
                    Some(number) => form.sent = Some(number),
                    None => form.wait_for_same(),
                }
            }
        }
    }

    /// Three lines at a time, as terminals are used to.
    pub(super) fn wheel(&mut self, key: Key, effects: &mut Vec<Effect>) {
        for _ in 0..3 {
            match &self.over {
                Some(Over::Menu(_)) | None if self.question.is_none() && !self.asking.is_elsewhere() => {
                    self.press(key, effects);
                }
                _ => {}
            }
        }
    }
}
