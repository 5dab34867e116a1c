//! Questions of handlers on the terminal: shown while a session runs, answered with the same keys that control it.
//!
//! Keys are read one by one and nothing waits for the end of a line, so a session can be stopped while its question is
//! open. What is typed into a password is neither shown nor kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_wire::control::AnswerRequest;
use syncmgr_wire::line::{Question, QuestionKind, Secret};

use super::phrases;

const BACKSPACE: [u8; 2] = [0x08, 0x7f];
const ENTER: [u8; 2] = [b'\r', b'\n'];
const CTRL_D: u8 = 0x04;
const ESCAPE: u8 = 0x1b;

/// The questions that are open, the first of them on the terminal. Shared by who shows them and who reads keys.
#[derive(Clone, Default)]
pub(crate) struct Prompts(Arc<Mutex<VecDeque<Prompt>>>);

/// A question and what was typed so far.
struct Prompt {
    question: Question,
    typed: Vec<u8>,
}

/// What a key did to a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// This is to be shown.
    Echo(String),
    /// It is answered, or closed without an answer.
    Answered(AnswerRequest),
}

impl Prompts {
    /// Opens a question. Tells what to show now; nothing if another one is on the terminal.
    pub(super) fn open(&self, question: Question) -> Option<String> {
        let mut prompts = self.prompts();
        prompts.push_back(Prompt { question, typed: Vec::new() });
        if prompts.len() == 1 { prompts.front().map(Prompt::text) } else { None }
    }

    /// Takes a question away. Tells what to show now, if another one waited.
    pub(super) fn close(&self, number: u64) -> Option<String> {
        let mut prompts = self.prompts();
        let was_shown = prompts.front().is_some_and(|prompt| prompt.question.question == number);
        prompts.retain(|prompt| prompt.question.question != number);
        if was_shown { prompts.front().map(Prompt::text) } else { None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.prompts().is_empty()
    }

    /// Takes a key, if a question is open.
    pub(super) fn key(&self, key: u8) -> Option<Typed> {
        self.prompts().front_mut().map(|prompt| prompt.key(key))
    }

    /// Nothing that holds the lock can leave it half changed.
    fn prompts(&self) -> MutexGuard<'_, VecDeque<Prompt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Prompt {
    fn text(&self) -> String {
        let Question { from, text, detail, kind, choices, default, .. } = &self.question;
        let mut shown = format!("{} asks: {}\n", phrases::plain(from), phrases::plain(text));
        for line in detail.iter().flat_map(|detail| detail.lines()) {
            shown.push_str(&format!("  {}\n", phrases::plain(line)));
        }
        for (number, choice) in (1..).zip(choices) {
            shown.push_str(&format!("  {number}  {}\n", phrases::plain(&choice.label)));
        }
        let default = default.as_deref().filter(|_| *kind != QuestionKind::Password);
        let shown_default =
            default.map(|default| match choices.iter().position(|choice| choice.id == default) {
                Some(idx) => format!(" [{}]", idx + 1),
                None => format!(" [{}]", phrases::plain(default)),
            });
        let what = match kind {
            QuestionKind::Choice => "number",
            QuestionKind::Text => "answer",
            QuestionKind::Password => "password (not shown)",
        };
        format!("{shown}{what}{}: ", shown_default.unwrap_or_default())
    }

    fn key(&mut self, key: u8) -> Typed {
        match key {
            key if ENTER.contains(&key) => self.enter(),
            CTRL_D | ESCAPE => self.answered(None),
            key if BACKSPACE.contains(&key) => self.take_back(),
            // Other control characters are no text.
            0..0x20 => Typed::Echo(String::new()),
            key => {
                self.typed.push(key);
                self.echo(key)
            }
        }
    }

    /// Shows a character as soon as it is complete.
    fn echo(&self, key: u8) -> Typed {
        if self.question.kind == QuestionKind::Password {
            return Typed::Echo(String::new());
        }
        if key.is_ascii() {
            return Typed::Echo(char::from(key).to_string());
        }
        let tail = self.typed.iter().rposition(|byte| !is_continuation(*byte)).unwrap_or(0);
        Typed::Echo(str::from_utf8(&self.typed[tail..]).unwrap_or_default().to_owned())
    }

    fn take_back(&mut self) -> Typed {
        let last = self.typed.iter().rposition(|byte| !is_continuation(*byte));
        let Some(last) = last else { return Typed::Echo(String::new()) };
        self.typed.truncate(last);
        let is_shown = self.question.kind != QuestionKind::Password;
        Typed::Echo(if is_shown { "\u{8} \u{8}".to_owned() } else { String::new() })
    }

    fn enter(&mut self) -> Typed {
        let typed = String::from_utf8_lossy(&self.typed).into_owned();
        let default = self.question.default.clone();
        let answer = match self.question.kind {
            QuestionKind::Password => Some(typed),
            QuestionKind::Text if typed.is_empty() => Some(default.unwrap_or_default()),
            QuestionKind::Text => Some(typed),
            QuestionKind::Choice if typed.trim().is_empty() => default,
            QuestionKind::Choice => self.choice(typed.trim()),
        };
        match answer {
            Some(answer) => self.answered(Some(Secret(answer))),
            None => {
                self.typed.clear();
                let n_choices = self.question.choices.len();
                Typed::Echo(format!("\na number from 1 to {n_choices}, or Escape for no answer: "))
            }
        }
    }

    /// The choice with this number, id or label.
    fn choice(&self, typed: &str) -> Option<String> {
        let choices = &self.question.choices;
        let numbered = typed.parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
        let named = || choices.iter().find(|choice| choice.id == typed || choice.label == typed);
        numbered.or_else(named).map(|choice| choice.id.clone())
    }

    fn answered(&self, answer: Option<Secret>) -> Typed {
        Typed::Answered(AnswerRequest { question: self.question.question, answer })
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use syncmgr_wire::line::Choice;

    use super::*;

    fn question(kind: QuestionKind, default: Option<&str>) -> Question {
        let choice = |id: &str, label: &str| Choice { id: id.to_owned(), label: label.to_owned() };
        Question {
            question: 1,
            from: "notes".to_owned(),
            item: None,
            text: "Which?".to_owned(),
            detail: Some("both\nchanged".to_owned()),
            kind,
            choices: match kind {
                QuestionKind::Choice => vec![choice("l", "left"), choice("r", "right")],
                _ => Vec::new(),
            },
            default: default.map(str::to_owned),
        }
    }

    /// What is answered when these keys are pressed, and what was shown.
    fn press(question: Question, keys: &[u8]) -> (Option<Option<String>>, String) {
        let prompts = Prompts::default();
        prompts.open(question).unwrap();
        let mut shown = String::new();
        for key in keys {
            match prompts.key(*key).unwrap() {
                Typed::Echo(echo) => shown.push_str(&echo),
                Typed::Answered(answer) => {
                    return (Some(answer.answer.map(|Secret(text)| text)), shown);
                }
            }
        }
        (None, shown)
    }

    #[test]
    fn a_text_is_shown_as_it_is_typed_and_a_password_is_not() {
        let (answer, shown) = press(question(QuestionKind::Text, None), "grö\u{7f}\u{7f}een\n".as_bytes());
        assert_eq!(answer, Some(Some("geen".to_owned())));
        assert_eq!(shown, "grö\u{8} \u{8}\u{8} \u{8}een");
        let (answer, shown) = press(question(QuestionKind::Password, Some("old")), b"hunter3\x7f2\r");
        assert_eq!((answer, shown.as_str()), (Some(Some("hunter2".to_owned())), ""));
    }

    #[test]
    fn a_choice_is_made_by_number_id_or_label_and_nothing_else() {
        for (keys, expected) in [("1\n", "l"), ("r\n", "r"), ("left\n", "l")] {
            let (answer, _) = press(question(QuestionKind::Choice, None), keys.as_bytes());
            assert_eq!(answer, Some(Some(expected.to_owned())), "{keys}");
        }
        for keys in ["3\n", "0\n", "x\n", "\n"] {
            let (answer, shown) = press(question(QuestionKind::Choice, None), keys.as_bytes());
            assert_eq!(answer, None, "{keys}");
            assert!(shown.ends_with("a number from 1 to 2, or Escape for no answer: "), "{shown}");
        }
    }

    #[test]
    fn who_just_agrees_gives_the_default_and_escape_gives_none() {
        assert_eq!(press(question(QuestionKind::Choice, Some("r")), b"\n").0, Some(Some("r".to_owned())));
        assert_eq!(press(question(QuestionKind::Text, Some("ann")), b"\n").0, Some(Some("ann".to_owned())));
        for key in [CTRL_D, ESCAPE] {
            assert_eq!(press(question(QuestionKind::Choice, Some("r")), &[key]).0, Some(None));
        }
    }

    #[test]
    fn questions_come_one_after_the_other() {
        let prompts = Prompts::default();
        let first = prompts.open(question(QuestionKind::Choice, Some("r"))).unwrap();
        assert_eq!(first, "notes asks: Which?\n  both\n  changed\n  1  left\n  2  right\nnumber [2]: ");
        let second = Question { question: 2, ..question(QuestionKind::Password, None) };
        assert_eq!(prompts.open(second), None);
        assert!(prompts.close(1).unwrap().ends_with("password (not shown): "));
        assert_eq!(prompts.close(2), None);
        assert!(prompts.is_empty() && prompts.key(b's').is_none());
    }
}
