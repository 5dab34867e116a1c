//! [`Over`]: what lies above the page and takes the keys: what is to be confirmed, forms, menus, the search.

use syncmgr_wire::page::Does;

use super::edit::{Lines, TextField};
use super::form::Done;
use super::menu::Pick;
use super::{App, FormView, Menu};
use crate::input::{Effect, Key};

/// What lies above the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Over {
    Confirm(Confirm),
    Form(Box<FormView>),
    Menu(Menu),
    Search(TextField),
}

/// Something that is asked before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Confirm {
    pub(crate) text: String,
    pub(crate) yes: String,
    pub(crate) does: Does,
    /// Which button the return key presses. First, the harmless one.
    pub(crate) on: Button,
}

/// A button of a question of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Button {
    No,
    Yes,
}

impl Confirm {
    pub(super) fn new(text: impl Into<String>, yes: impl Into<String>, does: Does) -> Self {
        Self { text: text.into(), yes: yes.into(), does, on: Button::No }
    }
}

impl App {
    pub(super) fn press_over(&mut self, key: Key, effects: &mut Vec<Effect>) {
        match self.over.take() {
            Some(Over::Confirm(confirm)) => self.press_confirm(confirm, key, effects),
            Some(Over::Form(form)) => self.press_form(form, key, effects),
            Some(Over::Menu(menu)) => self.press_menu(menu, key, effects),
            Some(Over::Search(field)) => self.press_search(field, key),
            None => {}
        }
    }

    fn press_confirm(&mut self, mut confirm: Confirm, key: Key, effects: &mut Vec<Effect>) {
        let answer = match key {
            Key::Char('y' | 'Y') => Some(Button::Yes),
            Key::Char('n' | 'N') | Key::Esc => Some(Button::No),
            Key::Enter => Some(confirm.on),
            Key::Left | Key::Right | Key::Tab | Key::BackTab | Key::Up | Key::Down => {
                confirm.on = if confirm.on == Button::No { Button::Yes } else { Button::No };
                None
            }
            _ => None,
        };
        match answer {
            None => self.over = Some(Over::Confirm(confirm)),
            Some(Button::No) => {}
            // It has been asked: there is nothing more to ask.
            Some(Button::Yes) if confirm.does == Does::Quit => effects.push(Effect::Quit),
            Some(Button::Yes) => self.carry_out(confirm.does, effects),
        }
    }

    pub(super) fn press_form(&mut self, mut form: Box<FormView>, key: Key, effects: &mut Vec<Effect>) {
        match form.press(key) {
            Done::Closed => return,
            Done::Submitted(request) => match self.send(*request, effects) {
                Some(number) => form.sent = Some(number),
                None => form.wait_for_same(),
            },
            Done::No => {}
        }
        self.over = Some(Over::Form(form));
    }

    pub(super) fn press_menu(&mut self, mut menu: Menu, key: Key, effects: &mut Vec<Effect>) {
        match menu.press(key) {
            None => self.over = Some(Over::Menu(menu)),
            Some(pick) => self.pick(pick, effects),
        }
    }

    pub(super) fn pick(&mut self, pick: Pick, effects: &mut Vec<Effect>) {
        match pick {
            Pick::Nothing => {}
            Pick::Do(action) => self.perform(*action, effects),
            Pick::Go(place) => self.go(place),
            Pick::Press(key) => self.press(key, effects),
        }
    }

    fn press_search(&mut self, mut field: TextField, key: Key) {
        match key {
            Key::Esc => return self.look_for(None),
            Key::Enter => return,
            key => {
                if field.press(key, Lines::One) {
                    let text = field.text().to_owned();
                    self.look_for((!text.is_empty()).then_some(text));
                }
            }
        }
        self.over = Some(Over::Search(field));
    }

    /// Puts a text into the field that is being filled in.
    pub(super) fn paste(&mut self, text: &str) {
        if let Some(question) = &mut self.question {
            question.paste(text);
            return;
        }
        match &mut self.over {
            Some(Over::Form(form)) => form.paste(text),
            Some(Over::Search(field)) => {
                field.insert(text, Lines::One);
                let text = field.text().to_owned();
                self.look_for((!text.is_empty()).then_some(text));
            }
            _ => {}
        }
    }
}
