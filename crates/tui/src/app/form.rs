//! [`FormView`]: a form that is being filled in.

use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Field, FieldKind, FieldOption, FieldValue, Form};

use super::Note;
use super::edit::{Lines, TextField};
use crate::input::{Failure, Key};

/// A form, what was filled in so far, and where somebody is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormView {
    pub(crate) form: Form,
    /// One for each field.
    pub(crate) values: Vec<Value>,
    /// What is missing; one for each field.
    pub(crate) errors: Vec<Option<&'static str>>,
    pub(crate) at: FormStop,
    /// Whether fields for who asks for more are shown.
    pub(crate) shows_more: bool,
    /// The number with which it was sent, while no answer is there.
    pub(crate) sent: Option<u64>,
    /// Why it was refused.
    pub(crate) failure: Option<Note>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(TextField),
    Toggle(bool),
    /// The chosen option.
    One(Option<usize>),
    Several {
        /// Whether each is chosen.
        on: Vec<bool>,
        /// Where somebody is.
        at: usize,
    },
}

/// Something in a form that takes keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormStop {
    Field(usize),
    More,
    Submit,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    No,
    Closed,
    Submitted(Box<Request>),
}

impl FormView {
    pub(super) fn new(form: Form) -> Self {
        let values = form.fields.iter().map(value).collect();
        let errors = vec![None; form.fields.len()];
        // What is filled in already cannot be seen to be hidden: a form of such fields alone shows them.
        let shows_more = form.fields.iter().all(|field| field.more);
        let mut view =
            Self { form, values, errors, at: FormStop::Submit, shows_more, sent: None, failure: None };
        view.at = view.stops()[0];
        view
    }

    /// Everything that takes keys, from the top to the bottom.
    pub(crate) fn stops(&self) -> Vec<FormStop> {
        let fields = || self.form.fields.iter().enumerate();
        let first = fields().filter(|(_, field)| !field.more).map(|(at, _)| FormStop::Field(at));
        let more = fields().filter(|(_, field)| field.more && self.shows_more);
        let more = more.map(|(at, _)| FormStop::Field(at));
        let has_more = fields().any(|(_, field)| field.more);
        first.chain(has_more.then_some(FormStop::More)).chain(more).chain([FormStop::Submit]).collect()
    }

    pub(super) fn press(&mut self, key: Key) -> Done {
        if key == Key::Esc {
            return Done::Closed;
        }
        if self.sent.is_some() {
            return Done::No;
        }
        match (key, self.at) {
            (Key::Ctrl('s'), _) | (Key::Enter, FormStop::Submit) => return self.submit(),
            (Key::Enter, FormStop::Field(at)) if self.is_only_text(at) => return self.submit(),
            (Key::Enter | Key::Char(' '), FormStop::More) => self.shows_more = !self.shows_more,
            (key, FormStop::Field(at)) if self.edit(at, key) => {
                self.errors[at] = None;
                self.failure = None;
            }
            (Key::Tab | Key::Down | Key::Enter, _) => self.turn(1),
            (Key::BackTab | Key::Up, _) => self.turn(-1),
            _ => {}
        }
        Done::No
    }

    /// Whether the key was one for the field.
    fn edit(&mut self, at: usize, key: Key) -> bool {
        let field = &self.form.fields[at];
        match (&mut self.values[at], key) {
            (Value::Text(text), key) => text.press(key, lines(&field.kind)),
            (Value::Toggle(on), Key::Char(' ')) => {
                *on = !*on;
                true
            }
            (Value::One(chosen), Key::Left | Key::Right | Key::Char(' ')) => {
                *chosen = turned(*chosen, options(&field.kind).len(), key != Key::Left);
                true
            }
            (Value::Several { on, at }, Key::Left | Key::Right) => {
                *at = turned(Some(*at), on.len(), key == Key::Right).unwrap_or(0);
                true
            }
            (Value::Several { on, at }, Key::Char(' ')) => {
                if let Some(on) = on.get_mut(*at) {
                    *on = !*on;
                }
                true
            }
            _ => false,
        }
    }

    fn is_only_text(&self, at: usize) -> bool {
        let kind = &self.form.fields[at].kind;
        self.stops().len() == 2 && matches!(kind, FieldKind::Text | FieldKind::Path | FieldKind::Secret)
    }

    fn turn(&mut self, by: isize) {
        let stops = self.stops();
        let at = stops.iter().position(|stop| *stop == self.at).unwrap_or(0);
        self.at = stops[at.saturating_add_signed(by).min(stops.len() - 1)];
    }

    pub(super) fn paste(&mut self, text: &str) {
        let FormStop::Field(at) = self.at else { return };
        if let (Value::Text(field), None) = (&mut self.values[at], self.sent) {
            field.insert(text, lines(&self.form.fields[at].kind));
            self.errors[at] = None;
        }
    }

    /// Chooses what was clicked; a second time, does what the return key or the space bar does.
    pub(super) fn click(&mut self, stop: FormStop, option: Option<usize>) -> Done {
        let was_there = self.at == stop;
        self.at = stop;
        match (stop, option) {
            (FormStop::Submit, _) => return self.press(Key::Enter),
            (FormStop::More, _) => return self.press(Key::Enter),
            (FormStop::Field(field), Some(option)) => match &mut self.values[field] {
                Value::One(chosen) => *chosen = Some(option),
                Value::Several { at, .. } => {
                    *at = option;
                    return self.press(Key::Char(' '));
                }
                _ => {}
            },
            (FormStop::Field(field), None) => {
                if was_there && matches!(self.values[field], Value::Toggle(_)) {
                    return self.press(Key::Char(' '));
                }
            }
        }
        Done::No
    }

    /// The request, unless something is missing.
    fn submit(&mut self) -> Done {
        self.failure = None;
        for (at, field) in self.form.fields.iter().enumerate() {
            let is_missing = field.required && self.filled(at).is_none();
            self.errors[at] = is_missing.then_some("this has to be filled in");
        }
        if let Some(at) = self.errors.iter().position(Option::is_some) {
            self.shows_more |= self.form.fields[at].more;
            self.at = FormStop::Field(at);
            return Done::No;
        }
        let filled = self.form.fields.iter().enumerate();
        let filled: Vec<_> =
            filled.filter_map(|(at, field)| Some((field.name.as_str(), self.filled(at)?))).collect();
        match self.form.fill(&filled) {
            Ok(request) => Done::Submitted(Box::new(request)),
            Err(error) => {
                let headline = format!("this form cannot be sent: {error}");
                let hint = Some("this is a fault of the manager, worth reporting".to_owned());
                self.failure = Some(Note::of(Failure::Refused { headline, causes: Vec::new(), hint }));
                Done::No
            }
        }
    }

    /// What a field holds; nothing if it is empty. One that held something at first is sent empty: that takes it away.
    fn filled(&self, at: usize) -> Option<FieldValue> {
        let Field { kind, value: first, .. } = &self.form.fields[at];
        let (options, was_empty) = (options(kind), first.trim().is_empty());
        match &self.values[at] {
            Value::Text(text) if *kind == FieldKind::List => {
                let is_empty = text.text().trim().is_empty();
                (!(is_empty && was_empty)).then(|| FieldValue::list(text.text()))
            }
            Value::Text(text) => {
                let text = if text.text().trim().is_empty() { "" } else { text.text() };
                (!(text.is_empty() && was_empty)).then(|| FieldValue::Text(text.to_owned()))
            }
            Value::Toggle(on) => Some(FieldValue::Toggle(*on)),
            Value::One(chosen) => {
                let option = options.get((*chosen)?)?;
                (!(option.value.is_empty() && was_empty)).then(|| FieldValue::Text(option.value.clone()))
            }
            Value::Several { on, .. } => {
                let on = options.iter().zip(on).filter(|(_, on)| **on);
                let on: Vec<String> = on.map(|(option, _)| option.value.clone()).collect();
                (!(on.is_empty() && was_empty)).then_some(FieldValue::Several(on))
            }
        }
    }

    /// It was refused: it can be mended and sent once more.
    pub(super) fn refuse(&mut self, failure: Failure) {
        self.sent = None;
        self.failure = Some(Note::of(failure));
    }

    /// The same is on its way already.
    pub(super) fn wait_for_same(&mut self) {
        let headline = "the same is being carried out already".to_owned();
        self.failure = Some(Note::of(Failure::Refused { headline, causes: Vec::new(), hint: None }));
    }
}

/// The options of a field that has some.
pub(crate) fn options(kind: &FieldKind) -> &[FieldOption] {
    match kind {
        FieldKind::One(options) | FieldKind::Several(options) => options,
        FieldKind::Text
        | FieldKind::Secret
        | FieldKind::Lines
        | FieldKind::List
        | FieldKind::Path
        | FieldKind::Toggle => &[],
    }
}

/// How many lines can be written there.
pub(crate) fn lines(kind: &FieldKind) -> Lines {
    if matches!(kind, FieldKind::Lines | FieldKind::List) { Lines::Many } else { Lines::One }
}

fn value(field: &Field) -> Value {
    match &field.kind {
        FieldKind::Text | FieldKind::Secret | FieldKind::Lines | FieldKind::List | FieldKind::Path => {
            Value::Text(TextField::new(&field.value))
        }
        FieldKind::Toggle => Value::Toggle(field.value == "true"),
        FieldKind::One(options) => Value::One(options.iter().position(|option| option.value == field.value)),
        FieldKind::Several(options) => {
            let chosen: Vec<&str> = field.value.split(',').map(str::trim).collect();
            let on = options.iter().map(|option| chosen.contains(&option.value.as_str())).collect();
            Value::Several { on, at: 0 }
        }
    }
}

/// The next or the one before, round and round.
fn turned(at: Option<usize>, count: usize, on: bool) -> Option<usize> {
    match (at, on) {
        _ if count == 0 => None,
        (None, true) => Some(0),
        (None, false) => Some(count - 1),
        (Some(at), true) => Some((at + 1) % count),
        (Some(at), false) => Some((at + count - 1) % count),
    }
}
