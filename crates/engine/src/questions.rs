//! Questions of handlers on their way to whoever answers, each answered exactly once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use syncmgr_handler::relay::{Answer, Question};
use syncmgr_model::session::InstanceIdx;

use crate::report::SessionEvent;
use crate::request::Answers;
use crate::shared::Shared;

type Answered = Box<dyn FnOnce(Answer) + Send>;

/// The open questions of a session.
pub(crate) struct Questions {
    answers: Answers,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    n_asked: u64,
    /// What waits, by number.
    waiting: BTreeMap<u64, (InstanceIdx, Answered)>,
}

impl Questions {
    pub(crate) fn new(answers: Answers) -> Self {
        Self { answers, open: Mutex::default() }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, instance: InstanceIdx, answered: Answered) -> u64 {
        let mut open = self.open();
        open.n_asked += 1;
        let number = open.n_asked;
        open.waiting.insert(number, (instance, answered));
        number
    }

    fn take(&self, number: u64) -> Option<Answered> {
        self.open().waiting.remove(&number).map(|(_, answered)| answered)
    }

    fn numbers_of(&self, instance: InstanceIdx) -> Vec<u64> {
        let open = self.open();
        open.waiting.iter().filter(|(_, (by, _))| *by == instance).map(|(number, _)| *number).collect()
    }
}

impl Shared {
    /// Puts a question. Without anybody who answers it is answered here and now.
    pub(crate) fn ask(&self, instance: InstanceIdx, question: Question, answered: Answered) {
        match self.questions.answers {
            Answers::Nobody => answered(Answer::Unattended),
            Answers::Events => {
                let handler = self.handlers[instance.0].id;
                let number = self.questions.add(instance, answered);
                self.tell(SessionEvent::Question { number, handler, question });
            }
        }
    }

    /// Hands an answer on; false if the question is not open any more.
    pub(crate) fn answer(&self, number: u64, answer: Answer) -> bool {
        let Some(answered) = self.questions.take(number) else { return false };
        answered(answer);
        self.tell(SessionEvent::QuestionClosed { number });
        true
    }

    /// Everything of this instance was stopped or is over.
    pub(crate) fn call_questions_off(&self, instance: InstanceIdx) {
        for number in self.questions.numbers_of(instance) {
            self.answer(number, Answer::Stopped);
        }
    }
}
