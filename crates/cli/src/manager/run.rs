//! Sessions: from a request to the report, with everything told on the way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{select, tick};
use syncmgr_engine::{
    Detail, Engine, HandlerEntry, RowView, Services, Session, SessionEvent, SessionReport, SessionRequest,
};
use syncmgr_folders::{
    FolderHandlerFactory, HANDLER_ID, PairConfig, Resolution, RunOptions, UndoHandlerFactory,
};
use syncmgr_handler::HandlerFactory;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::fact::{Fact, FactPath};
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_store::{Conflicts, ProblemRecord};
use syncmgr_wire::control::{self, ResolveRequest, SyncRequest};
use syncmgr_wire::line;
use syncmgr_wire::path::PathText;

use super::record::{self, Learned};
use super::select::{Overrides, new_session};
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings;

/// How often rows are looked at. With the first and the last line of a row that makes at most five a second.
const ROW_INTERVAL: Duration = Duration::from_millis(250);

/// How many problems of a session are kept. More than anybody reads, less than a broken disk can report.
const KEPT_PROBLEMS: usize = 10_000;

/// A session about to run.
struct Run {
    request: SessionRequest,
    /// The items that have to come up.
    asked: Vec<ItemId>,
    /// The decided conflicts, if these are all the run looks at.
    resolutions: Vec<Resolution>,
    adhoc: Option<PairConfig>,
    undoes: Option<SessionId>,
}

impl Manager {
    pub(super) fn sync(&mut self, request: &SyncRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        let overrides = Overrides::new(request)?;
        let selected = self.select(&request.selection, &overrides)?;
        if selected.pairs.is_empty() {
            return Ok(nothing_to_do(request.dry_run, face));
        }
        let options = |session, started| RunOptions {
            allow: overrides.allow.clone(),
            trust: overrides.trust,
            ..RunOptions::new(session, started)
        };
        let mut modifiers = modifiers();
        modifiers.set(Modifiers::DRY_RUN, request.dry_run);
        let asked = selected.pairs.iter().map(|pair| pair.id).collect();
        let mut run = self.folder_run(selected.pairs, options, modifiers)?;
        run.request.detail = if request.changes { Detail::Changes } else { Detail::Summary };
        self.run(Run { asked, adhoc: selected.adhoc, ..run }, face)
    }

    pub(super) fn resolve(&mut self, request: &ResolveRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        let resolutions = self.resolutions(request)?;
        if resolutions.is_empty() {
            return Ok(nothing_to_do(false, face));
        }
        let mut pairs = self.known()?.into_iter().map(|item| item.pair).collect::<Vec<_>>();
        pairs.retain(|pair| resolutions.iter().any(|resolution| resolution.item == pair.id));
        let asked = resolutions.iter().map(|resolution| resolution.item).collect();
        let options = |session, started| RunOptions {
            resolutions: resolutions.clone(),
            ..RunOptions::new(session, started)
        };
        let mut run = self.folder_run(pairs, options, modifiers())?;
        run.request.detail = Detail::Changes;
        self.run(Run { asked, resolutions, ..run }, face)
    }

    pub(super) fn undo(&mut self, undone: SessionId, face: &mut dyn Face) -> Result<Exit, Failure> {
        let pairs = self.undoable_pairs(undone)?;
        let started = surroundings::now();
        let id = new_session(started);
        let around = self.folder_surroundings()?;
        let handlers = pairs
            .iter()
            .map(|pair| {
                let options = RunOptions::new(id, started);
                folder_entry(Arc::new(UndoHandlerFactory::new(pair.clone(), undone, options, around.clone())))
            })
            .collect();
        let mut request = SessionRequest::new(id, InitializeFlags::new(Event::Manual, modifiers()), handlers);
        request.choose = Arc::new(|_, _| true);
        request.detail = Detail::Changes;
        let asked = pairs.iter().map(|pair| pair.id).collect();
        self.run(Run { request, asked, resolutions: Vec::new(), adhoc: None, undoes: Some(undone) }, face)
    }

    /// A session of the folder handler with these pairs.
    fn folder_run(
        &mut self,
        pairs: Vec<PairConfig>,
        options: impl FnOnce(SessionId, syncmgr_model::time::Timestamp) -> RunOptions,
        modifiers: Modifiers,
    ) -> Result<Run, Failure> {
        let started = surroundings::now();
        let id = new_session(started);
        let factory = FolderHandlerFactory::new(pairs, options(id, started), self.folder_surroundings()?);
        let flags = InitializeFlags::new(Event::Manual, modifiers);
        let mut request = SessionRequest::new(id, flags, vec![folder_entry(Arc::new(factory))]);
        // The handler lists only what was selected.
        request.choose = Arc::new(|_, _| true);
        Ok(Run { request, asked: Vec::new(), resolutions: Vec::new(), adhoc: None, undoes: None })
    }

    /// Runs a session to its end, records it and tells the summary.
    fn run(&mut self, run: Run, face: &mut dyn Face) -> Result<Exit, Failure> {
        self.check_writable()?;
        let keep = self.config()?.keep_sessions;
        let session = Engine::new(Services::system()).start(run.request);
        let mut teller = Teller::new(face);
        let connected = self.controls.connect(&session);
        let report = teller.tell_all(&session);
        drop(connected);
        let problems = std::mem::take(&mut teller.problems);

        let exit = record::exit_of(&report, &run.asked);
        let written = self.write(|writer| {
            // A typing error is not worth remembering, and neither is what was only looked at.
            let has_run = !report.dry_run && report.items.iter().all(|item| item.halt.is_none());
            if let Some(pair) = run.adhoc.as_ref().filter(|_| has_run) {
                writer.remember_pair(&Self::adhoc_record(pair, report.started))?;
            }
            for item in &report.items {
                let treated: Vec<FactPath> = run
                    .resolutions
                    .iter()
                    .filter(|resolution| resolution.item == item.item)
                    .map(|resolution| resolution.path.clone())
                    .collect();
                let open = record::open_conflicts(item);
                let conflicts = match record::learned(&report, item, !run.resolutions.is_empty()) {
                    Learned::All => Conflicts::All(&open),
                    Learned::Treated => Conflicts::Among { treated: &treated, open: &open },
                    Learned::More => Conflicts::Among { treated: &[], open: &open },
                    Learned::Nothing => continue,
                };
                writer.replace_conflicts(item.handler, item.item, conflicts, report.finished)?;
            }
            writer.record_session(&record::record(&report, exit, run.undoes, problems), keep)
        });
        let exit = if written.is_ok() { exit } else { Exit::Failed };
        face.hear(&control::Event::Summary(record::summary(&report, exit, run.undoes)));
        face.breathe();
        written.map(|()| exit).map_err(|failure| Failure {
            headline: format!("the session ran, and could not be recorded: {}", failure.headline),
            ..failure
        })
    }
}

/// A person sits before every session this face starts.
fn modifiers() -> Modifiers {
    Modifiers::MAY_BOTHER_USER
}

fn folder_entry(factory: Arc<dyn HandlerFactory>) -> HandlerEntry {
    HandlerEntry::new(HANDLER_ID, "Folders", factory)
}

fn nothing_to_do(dry_run: bool, face: &mut dyn Face) -> Exit {
    let summary =
        line::Summary { session: None, exit: 0, dry_run, stopped: false, millis: 0, items: Vec::new() };
    face.hear(&control::Event::Summary(summary));
    Exit::InStep
}

/// Turns what a session does into what a face hears.
struct Teller<'a> {
    face: &'a mut dyn Face,
    names: HashMap<ItemId, String>,
    /// The last line told of each row.
    told: HashMap<ItemId, line::Row>,
    problems: Vec<ProblemRecord>,
}

impl<'a> Teller<'a> {
    fn new(face: &'a mut dyn Face) -> Self {
        Self { face, names: HashMap::new(), told: HashMap::new(), problems: Vec::new() }
    }

    /// Tells everything until the session is over.
    fn tell_all(&mut self, session: &Session) -> SessionReport {
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

    fn tell(&mut self, event: SessionEvent) {
        let said = match event {
            SessionEvent::Row(row) => {
                self.names.insert(row.item, row.name);
                return;
            }
            SessionEvent::Entry(entry) => control::Event::Entry(line::Entry {
                entry: entry.number,
                item: entry.item,
                level: entry.level,
                text: entry.text,
                error: entry.error,
                at: entry.at,
            }),
            SessionEvent::EntriesDeleted(entries) => {
                control::Event::EntriesDeleted(line::EntriesDeleted { entries })
            }
            SessionEvent::Fact { item, fact } => match self.fact(item, fact) {
                Some(said) => said,
                None => return,
            },
            // Rows are sampled; the end of one is seen at the next look, at the latest when the session is over.
            SessionEvent::RowFinal { .. } | SessionEvent::Settled(_) | SessionEvent::Finished(_) => return,
        };
        self.face.hear(&said);
    }

    fn fact(&mut self, item: ItemId, fact: Fact) -> Option<control::Event> {
        Some(match fact {
            Fact::Change { side, action, path, from } => {
                control::Event::Change(line::Change::new(item, side, action, &path, from.as_deref()))
            }
            Fact::Conflict { path, kind } => {
                let PathText { text, escaped } = PathText::new(&path);
                let name = self.names.get(&item).cloned().unwrap_or_default();
                control::Event::Conflict(line::Conflict {
                    item,
                    name,
                    path: text,
                    kind,
                    since: None,
                    escaped,
                })
            }
            Fact::Problem { side, path, reason } => {
                let said = line::Problem::new(item, side, &path, reason.clone());
                if self.problems.len() < KEPT_PROBLEMS {
                    self.problems.push(ProblemRecord { item, side, path, reason });
                }
                control::Event::Problem(said)
            }
            Fact::Halt { rule, text } => control::Event::Halt(line::Halt { item, rule, text }),
            // The report has them.
            Fact::Totals(_) => return None,
        })
    }

    /// Tells the rows that changed since they were last told.
    fn tell_rows(&mut self, session: &Session) {
        for view in session.rows() {
            let row = row(view);
            if self.told.get(&row.item) != Some(&row) {
                self.face.hear(&control::Event::Row(row.clone()));
                self.told.insert(row.item, row);
            }
        }
    }
}

fn row(view: RowView) -> line::Row {
    line::Row {
        item: view.item,
        name: view.name,
        status: view.status,
        text: view.text,
        value: view.value,
        max: view.max,
        bytes: view.bytes,
        bytes_max: view.bytes_max,
    }
}
