//! What handlers want to know.

use syncmgr_wire::control::{AnswerRequest, Request};
use syncmgr_wire::line::{Question, QuestionKind, Secret};
use syncmgr_wire::page::{Action, Block, Cell, Row, Tone};

use super::Body;
use crate::act;
use crate::amounts::count;
use crate::forms;
use crate::frame;
use crate::tables::{self, Furnished as _, column, wide};
use crate::world::Look;

pub(super) fn body(look: &Look<'_>) -> Body {
    let questions = &look.world.questions;
    let mut body = Body::new("Questions");
    body = match questions.len() as u64 {
        0 => body.headline(Tone::Good, "Nobody asks anything"),
        n => body.headline(
            Tone::Needs,
            format!("{} from handlers; the session waits for the answer", count(n, "question")),
        ),
    };
    let rows = questions.iter().map(|question| row(look, question)).collect();
    let columns = vec![wide("text", "Question"), column("from", "From", 1), column("item", "About", 2)];
    let text =
        "When a handler has to know something while it works, it is asked here, whatever page you are on";
    let table = tables::table(
        "questions",
        "What handlers want to know",
        columns,
        rows,
        tables::empty(text, Vec::new()),
    );
    body.blocks.push(Block::Table(table));
    body
}

fn row(look: &Look<'_>, question: &Question) -> Row {
    let item = question.item.map(|item| frame::name_in(look, item)).unwrap_or_default();
    let cells = vec![Cell::new(&question.text), Cell::new(&question.from), Cell::new(item)];
    tables::row(question.question.to_string(), Tone::Needs, cells)
        .detailed(question.detail.clone().unwrap_or_default())
        .with(answers(question))
}

/// What can be answered here, also when the question above the page was put off.
fn answers(question: &Question) -> Vec<Action> {
    let answer = |answer: Option<String>| {
        Request::Answer(AnswerRequest { question: question.question, answer: answer.map(Secret) })
    };
    let mut actions: Vec<Action> = match question.kind {
        QuestionKind::Choice => {
            let choices = question.choices.iter();
            choices.map(|choice| act::ask("answer", &choice.label, answer(Some(choice.id.clone())))).collect()
        }
        QuestionKind::Text | QuestionKind::Password => {
            vec![act::fill("answer", "Answer", forms::answer(question))]
        }
    };
    actions.push(act::ask("dismiss", "Do not answer", answer(None)));
    actions
}
