//! What a session does, told to a face: events as they come, rows as they are sampled.

use std::collections::HashMap;
use std::time::Duration;

use crossbeam_channel::{select, tick};
use syncmgr_engine::{Entry, RowView, Session, SessionEvent, SessionReport};
use syncmgr_handler::relay::{self, QuestionKind};
use syncmgr_model::fact::Fact;
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_store::ProblemRecord;
use syncmgr_wire::control::Event;
use syncmgr_wire::line;
use syncmgr_wire::path::PathText;

use super::Face;
use super::handlers::KnownHandler;
use super::items::{full_name, item_line};

/// How often rows are looked at. With the first and the last line of a row that makes at most five a second.
const ROW_INTERVAL: Duration = Duration::from_millis(250);

/// How many problems of a session are kept. More than anybody reads, less than a broken disk can report.
const KEPT_PROBLEMS: usize = 10_000;

/// The names of handlers besides folders, whose items are called after them.
#[derive(Debug, Clone, Default)]
pub(super) struct HandlerNames(HashMap<HandlerId, String>);

impl HandlerNames {
    pub(super) fn new<'a>(handlers: impl IntoIterator<Item = &'a KnownHandler>) -> Self {
        Self(handlers.into_iter().map(|handler| (handler.id, handler.name.clone())).collect())
    }

    pub(super) fn of(&self, handler: Option<HandlerId>) -> Option<String> {
        self.0.get(&handler?).cloned()
    }

    /// An item's name as it is typed.
    pub(super) fn full(&self, handler: HandlerId, item: &str) -> String {
        self.0.get(&handler).map_or_else(|| item.to_owned(), |of| full_name(of, item))
    }
}

/// Turns what a session does into what a face hears.
pub(super) struct Teller<'a> {
    face: &'a mut dyn Face,
    handlers: HandlerNames,
    names: HashMap<ItemId, String>,
    /// The last line told of each row. Items of two handlers may have one id.
    told: HashMap<(HandlerId, ItemId), line::Row>,
    pub(super) problems: Vec<ProblemRecord>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(face: &'a mut dyn Face, handlers: HandlerNames) -> Self {
        Self { face, handlers, names: HashMap::new(), told: HashMap::new(), problems: Vec::new() }
    }

    /// Tells everything until the session is over.
    pub(super) fn tell_all(&mut self, session: &Session) -> SessionReport {
        let look = tick(ROW_INTERVAL);
        loop {
            select! {
                recv(session.events()) -> event => match event {
                    Ok(SessionEvent::Finished(report)) => {
                        self.tell_rows(session);
                        return report;
                    }
                    Ok(event) => self.tell(event),
                    // The session is gone without a word; its report is all there is.
                    Err(_) => return session.wait(),
                },
                recv(look) -> _ => self.tell_rows(session),
            }
            if session.events().is_empty() {
                self.face.breathe();
            }
        }
    }

    pub(super) fn tell(&mut self, event: SessionEvent) {
        let said = match event {
            SessionEvent::Row(row) => {
                let name = self.handlers.full(row.handler, &row.name);
                self.names.insert(row.item, name);
                return;
            }
            SessionEvent::Entry(entry) => Event::Entry(entry_line(&entry, self.handlers.of(entry.handler))),
            SessionEvent::EntriesDeleted(entries) => Event::EntriesDeleted(line::EntriesDeleted { entries }),
            SessionEvent::Fact { item, fact } => match self.fact(item, fact) {
                Some(said) => said,
                None => return,
            },
            SessionEvent::Listed { listing, checked } => {
                for info in &listing.items {
                    let ticked = checked.contains(&info.id);
                    let of = self.handlers.of(Some(listing.handler));
                    self.face.hear(&Event::Item(item_line(listing.handler, of, info, ticked)));
                }
                return;
            }
            SessionEvent::Question { number, handler, question } => {
                Event::Question(question_line(number, self.handlers.of(Some(handler)), question))
            }
            SessionEvent::QuestionClosed { number } => {
                Event::QuestionClosed(line::QuestionClosed { question: number })
            }
            SessionEvent::PropertiesGone { handler, item } => {
                Event::PropertiesClosed(line::PropertiesClosed { handler, item })
            }
            // Rows are sampled; the end of one is seen at the next look, at the latest when the session is over.
            SessionEvent::RowFinal { .. } | SessionEvent::Settled(_) | SessionEvent::Finished(_) => return,
        };
        self.face.hear(&said);
    }

    fn fact(&mut self, item: ItemId, fact: Fact) -> Option<Event> {
        Some(match fact {
            Fact::Change { side, action, path, from } => {
                Event::Change(line::Change::new(item, side, action, &path, from.as_deref()))
            }
            Fact::Conflict { path, kind } => {
                let PathText { text, escaped } = PathText::new(&path);
                let name = self.names.get(&item).cloned().unwrap_or_default();
                Event::Conflict(line::Conflict { item, name, path: text, kind, since: None, escaped })
            }
            Fact::Problem { side, path, reason } => {
                let said = line::Problem::new(item, side, &path, reason.clone());
                if self.problems.len() < KEPT_PROBLEMS {
                    self.problems.push(ProblemRecord { item, side, path, reason });
                }
                Event::Problem(said)
            }
            Fact::Halt { rule, text } => Event::Halt(line::Halt { item, rule, text }),
            // The report has them.
            Fact::Totals(_) => return None,
        })
    }

    /// Tells the rows that changed since they were last told.
    fn tell_rows(&mut self, session: &Session) {
        for view in session.rows() {
            let of = (view.handler, view.item);
            let row = self.row(view);
            if self.told.get(&of) != Some(&row) {
                self.face.hear(&Event::Row(row.clone()));
                self.told.insert(of, row);
            }
        }
    }

    fn row(&self, view: RowView) -> line::Row {
        line::Row {
            item: view.item,
            name: self.handlers.full(view.handler, &view.name),
            status: view.status,
            text: view.text,
            value: view.value,
            max: view.max,
            bytes: view.bytes,
            bytes_max: view.bytes_max,
        }
    }
}

fn entry_line(entry: &Entry, from: Option<String>) -> line::Entry {
    line::Entry {
        entry: entry.number,
        item: entry.item,
        level: entry.level,
        text: entry.text.clone(),
        error: entry.error,
        at: entry.at,
        jump: entry.can_jump,
        detail: entry.detail.detail.clone(),
        class: entry.detail.class.clone(),
        code: entry.detail.code.clone(),
        from,
    }
}

fn question_line(number: u64, from: Option<String>, question: relay::Question) -> line::Question {
    let choices = question.choices.into_iter();
    line::Question {
        question: number,
        from: from.unwrap_or_default(),
        item: question.item,
        text: question.text,
        detail: question.detail,
        kind: match question.kind {
            QuestionKind::Choice => line::QuestionKind::Choice,
            QuestionKind::Text => line::QuestionKind::Text,
            QuestionKind::Password => line::QuestionKind::Password,
        },
        choices: choices.map(|choice| line::Choice { id: choice.id, label: choice.label }).collect(),
        default: question.default,
    }
}
