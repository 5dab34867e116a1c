//! A session as people see it: progress while it runs, results at its end.

use std::sync::{Arc, Mutex, PoisonError};

use syncmgr_daemon::{Controls, Exit, Face};
use syncmgr_model::id::ItemId;
use syncmgr_model::status::ItemStatus;
use syncmgr_wire::control::{AnswerRequest, Event, Request};
use syncmgr_wire::line::{Change, Conflict, Done, Entry, Halt, Problem, Question, Row, Summary};

use super::bars::Bars;
use super::phrases;
use super::plain::PlainLines;
use super::prompt::Prompts;
use super::{Output, Page, Talk};

/// How many findings of a kind are listed; more scroll away what matters.
const SHOWN: usize = 20;

/// The item that a key press is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Current(Arc<Mutex<Option<ItemId>>>);

impl Current {
    pub(crate) fn get(&self) -> Option<ItemId> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, item: Option<ItemId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = item;
    }
}

/// Where progress is shown.
enum Progress {
    Bars(Bars),
    Lines(PlainLines),
    Nowhere,
}

/// Shows a session.
pub(crate) struct SessionFace<'a> {
    output: &'a mut Output,
    progress: Progress,
    current: Current,
    prompts: Prompts,
    controls: Controls,
    /// Whether somebody reads keys.
    is_answering: bool,
    findings: Findings,
    summary: Option<Summary>,
    done: Vec<Done>,
}

#[derive(Default)]
struct Findings {
    conflicts: Vec<Conflict>,
    problems: Vec<Problem>,
    halts: Vec<Halt>,
    entries: Vec<Entry>,
    /// Handlers that nobody trusts.
    left_out: Vec<String>,
}

impl<'a> SessionFace<'a> {
    pub(crate) fn new(output: &'a mut Output, controls: Controls) -> Self {
        let progress = match (output.talk, output.terminals.stderr) {
            (Talk::Quiet, _) => Progress::Nowhere,
            (_, true) => Progress::Bars(Bars::new(output.err_style)),
            (_, false) => Progress::Lines(PlainLines::default()),
        };
        Self {
            output,
            progress,
            current: Current::default(),
            prompts: Prompts::default(),
            controls,
            is_answering: false,
            findings: Findings::default(),
            summary: None,
            done: Vec::new(),
        }
    }

    /// Whether there is a picture on a terminal, which keys belong to.
    pub(crate) fn is_drawn(&self) -> bool {
        matches!(self.progress, Progress::Bars(_)) && self.output.terminals.stdin
    }

    pub(crate) fn current(&self) -> Current {
        self.current.clone()
    }

    /// Where the questions of handlers are, for who reads keys.
    pub(crate) fn prompts(&self) -> Prompts {
        self.prompts.clone()
    }

    /// Says whether somebody reads keys; if not, questions are closed without an answer.
    pub(crate) fn set_answering(&mut self, is_answering: bool) {
        self.is_answering = is_answering;
    }

    /// Whether the session treated nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.summary.as_ref().is_some_and(|summary| summary.session.is_none())
    }

    /// Takes the progress away and shows the results.
    pub(crate) fn finish(self) {
        if let Progress::Bars(bars) = &self.progress {
            bars.clear();
        }
        let Some(summary) = self.summary else { return };
        // With nothing to complain about, quiet is quiet.
        if self.output.talk == Talk::Quiet && summary.exit == Exit::InStep.code() {
            return;
        }
        let mut page = self.output.page();
        page.items(&summary.items, summary.dry_run, Some(summary.millis));
        self.findings.show(&summary, &mut page);
    }

    /// Takes the progress away and tells what was carried out, where that is all there is.
    pub(crate) fn done(self) -> Vec<Done> {
        if let Progress::Bars(bars) = &self.progress {
            bars.clear();
        }
        self.done
    }

    fn row(&mut self, row: &Row) {
        let is_active = matches!(row.status, ItemStatus::Updating | ItemStatus::UpdatingIndeterminate);
        if is_active && self.current.get().is_none() {
            self.current.set(Some(row.item));
        } else if row.status.is_final() && self.current.get() == Some(row.item) {
            self.current.set(None);
        }
        match &mut self.progress {
            Progress::Bars(bars) => bars.row(row),
            Progress::Lines(lines) => lines.row(row),
            Progress::Nowhere => {}
        }
    }

    fn question(&mut self, question: &Question) {
        match (&self.progress, self.is_answering) {
            (Progress::Bars(bars), true) => {
                bars.hide();
                self.prompt(self.prompts.open(question.clone()));
            }
            // Nobody reads keys: better no answer than a session that waits for ever.
            _ => {
                let answer = AnswerRequest { question: question.question, answer: None };
                self.controls.send(&Request::Answer(answer));
            }
        }
    }

    fn question_closed(&mut self, number: u64) {
        self.prompt(self.prompts.close(number));
        if let (true, Progress::Bars(bars)) = (self.prompts.is_empty(), &self.progress) {
            bars.show();
        }
    }

    fn prompt(&mut self, text: Option<String>) {
        if let Some(text) = text {
            self.output.flush();
            super::ask_for(&text);
        }
    }

    fn change(&mut self, change: &Change) {
        let from =
            change.from.as_ref().map_or(String::new(), |from| format!(" (was {})", phrases::path(from)));
        let line =
            format!("{:<5}  {:<10}  {}{from}", change.side, change.action, phrases::path(&change.path));
        let output = &mut *self.output;
        match &self.progress {
            Progress::Bars(bars) => bars.around(|| {
                output.print_line(&line);
                output.flush();
            }),
            _ => output.print_line(&line),
        }
    }
}

impl Face for SessionFace<'_> {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Row(row) => self.row(row),
            // An undo and decisions tell their changes in any case; people see them when they asked for more.
            Event::Change(change) if self.output.wants_changes() => self.change(change),
            Event::Conflict(conflict) => self.findings.conflicts.push(conflict.clone()),
            Event::Problem(problem) => self.findings.problems.push(problem.clone()),
            Event::Halt(halt) => self.findings.halts.push(halt.clone()),
            Event::Entry(entry) => self.findings.entries.push(entry.clone()),
            Event::EntriesDeleted(deleted) => {
                self.findings.entries.retain(|entry| !deleted.entries.contains(&entry.entry));
            }
            Event::Question(question) => self.question(question),
            Event::QuestionClosed(closed) => self.question_closed(closed.question),
            Event::Handler(handler) => self.findings.left_out.push(handler.name.clone()),
            Event::Done(done) => self.done.push(done.clone()),
            Event::Summary(summary) => self.summary = Some(summary.clone()),
            _ => {}
        }
    }

    fn breathe(&mut self) {
        self.output.flush();
    }
}

impl Findings {
    fn show(&self, summary: &Summary, page: &mut Page<'_>) {
        self.halts.iter().for_each(|halt| page.halt(halt));
        // What a halt says, its handler has also written into the results.
        let is_said = |entry: &Entry| self.halts.iter().any(|halt| Some(halt.item) == entry.item);
        let entries: Vec<_> = self.entries.iter().filter(|entry| !is_said(entry)).collect();
        some(&entries, page, |page, entry| page.entry(entry, &summary.items));
        page.way_back(entries.iter().copied(), None);
        some(&self.problems, page, Page::problem);
        some(&self.conflicts, page, Page::conflict);
        if !self.conflicts.is_empty() && !summary.dry_run {
            page.hint("`syncmgr conflicts resolve PATH --keep left|right|newer|both` decides one");
        }
        if !self.problems.is_empty() {
            page.hint("everything else is done; once the cause is gone, the next run treats these too");
        }
        for name in &self.left_out {
            let name = phrases::plain(name);
            page.hint(&format!(
                "`{name}` was left out: nobody trusts its program; `syncmgr handlers trust {name}` does"
            ));
        }
        if summary.exit == Exit::Stopped.code() {
            page.hint("the next run goes on where this one stopped");
        }
    }
}

fn some<'a, T>(findings: &[T], page: &mut Page<'a>, show: impl Fn(&mut Page<'a>, &T)) {
    findings.iter().take(SHOWN).for_each(|finding| show(page, finding));
    if findings.len() > SHOWN {
        page.line(&format!("  … and {} more; `syncmgr results` shows all", findings.len() - SHOWN));
    }
}
