//! [`QuestionView`]: what a handler wants to know, above everything else.

use syncmgr_wire::control::{AnswerRequest, Request};
use syncmgr_wire::line::{Question, QuestionKind, Secret};

use super::App;
use super::edit::{Lines, TextField};
use crate::input::{Effect, Key};

/// A question and the answer so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuestionView {
    pub(crate) question: Question,
    pub(crate) text: TextField,
    /// The chosen one of the choices.
    pub(crate) at: usize,
    armed: bool,
}

impl QuestionView {
    pub(super) fn new(question: Question) -> Self {
        let default = question.default.as_deref();
        let at = question.choices.iter().position(|choice| Some(choice.id.as_str()) == default);
        let text = match question.kind {
            QuestionKind::Text => TextField::new(default.unwrap_or_default()),
            QuestionKind::Choice | QuestionKind::Password => TextField::default(),
        };
        Self { question, text, at: at.unwrap_or(0), armed: false }
    }

    /// Whether it takes keys. One that comes up while somebody types must not be answered by what was meant for something else.
    pub(crate) fn is_armed(&self) -> bool {
        self.armed
    }

    pub(super) fn arm(&mut self) {
        self.armed = true;
    }

    pub(super) fn paste(&mut self, text: &str) {
        if self.armed && self.question.kind != QuestionKind::Choice {
            self.text.insert(text, Lines::One);
        }
    }

    /// What the user has said.
    fn answer(&self) -> Option<String> {
        match self.question.kind {
            QuestionKind::Choice => self.question.choices.get(self.at).map(|choice| choice.id.clone()),
            QuestionKind::Text | QuestionKind::Password => Some(self.text.text().to_owned()),
        }
    }
}

impl App {
    pub(super) fn press_question(&mut self, key: Key, effects: &mut Vec<Effect>) {
        let Some(view) = self.question.as_mut().filter(|view| view.is_armed()) else { return };
        let last = view.question.choices.len().saturating_sub(1);
        let is_choice = view.question.kind == QuestionKind::Choice;
        match key {
            Key::Esc => self.put_off(),
            Key::Ctrl('x') => self.answer(None, effects),
            Key::Enter => {
                if let Some(answer) = view.answer() {
                    self.answer(Some(answer), effects);
                }
            }
            Key::Up | Key::Left | Key::BackTab if is_choice => view.at = view.at.saturating_sub(1),
            Key::Down | Key::Right | Key::Tab if is_choice => view.at = (view.at + 1).min(last),
            key if !is_choice => {
                view.text.press(key, Lines::One);
            }
            _ => {}
        }
    }

    fn put_off(&mut self) {
        if let Some(view) = self.question.take() {
            self.later.insert(view.question.question);
            self.look_for_questions();
        }
    }

    /// Answers, or says that there will be no answer.
    fn answer(&mut self, answer: Option<String>, effects: &mut Vec<Effect>) {
        let Some(view) = self.question.take() else { return };
        let question = view.question.question;
        let request = AnswerRequest { question, answer: answer.map(Secret) };
        self.send(Request::Answer(request), effects);
        // Until the next page no longer has it.
        self.later.insert(question);
        self.look_for_questions();
    }

    pub(super) fn click_choice(&mut self, at: usize, effects: &mut Vec<Effect>) {
        let Some(view) = self.question.as_mut().filter(|view| view.is_armed()) else { return };
        if view.at == at {
            return self.press_question(Key::Enter, effects);
        }
        view.at = at;
    }

    /// How many questions wait that are not shown.
    pub(crate) fn n_put_off(&self) -> usize {
        self.later.len()
    }
}
