//! Sessions: from a request to the report, with everything told on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use syncmgr_engine::{Answers, Choosing, Detail, Engine, HandlerEntry, SessionReport, SessionRequest};
use syncmgr_folders::{
    FolderHandlerFactory, HANDLER_ID, PairConfig, Resolution, RunOptions, Scope, UndoHandlerFactory,
};
use syncmgr_handler::HandlerFactory;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::fact::FactPath;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::item::ItemInfo;
use syncmgr_model::tick::{Gone, TickKey};
use syncmgr_model::trigger::Trigger;
use syncmgr_store::{Conflicts, StoreError, Writer};
use syncmgr_wire::control::{self, ResolveRequest, SyncRequest};
use syncmgr_wire::line;

use super::marks::CheckMarks;
use super::record::{self, Learned};
use super::select::{Other, Overrides, Which, new_session};
use super::settings::key;
use super::teller::{HandlerNames, Teller};
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings;
use crate::telling;

/// A session about to run.
pub(super) struct Run {
    pub(super) request: SessionRequest,
    /// The items that have to come up.
    pub(super) asked: Vec<ItemId>,
    /// The names of its handlers besides folders.
    pub(super) names: HandlerNames,
    /// The decided conflicts, if these are all the run looks at.
    resolutions: Vec<Resolution>,
    adhoc: Option<PairConfig>,
    undoes: Option<SessionId>,
    /// Where the choice is stored that the user makes in the session.
    marks: Option<TickKey>,
    looks: Looks,
}

/// A session that nobody asked for.
pub(crate) struct Unasked<'a> {
    /// Why it runs.
    pub(crate) trigger: &'a Trigger,
    /// For items that are watched, all that can have changed.
    pub(crate) scopes: BTreeMap<ItemId, Scope>,
}

/// What a session looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    AtEverything,
    /// At what a watcher saw change, which often is what the run before has done itself.
    AtWhatChanged,
}

impl Run {
    pub(super) fn new(request: SessionRequest) -> Self {
        Self {
            request,
            asked: Vec::new(),
            names: HandlerNames::default(),
            resolutions: Vec::new(),
            adhoc: None,
            undoes: None,
            marks: None,
            looks: Looks::AtEverything,
        }
    }

    /// A run that looks at these decided conflicts only.
    pub(super) fn of_decisions(mut run: Self, resolutions: Vec<Resolution>) -> Self {
        run.asked = resolutions.iter().map(|resolution| resolution.item).collect();
        run.request.detail = Detail::Changes;
        Self { resolutions, ..run }
    }
}

/// How a session ended.
pub(super) struct Ended {
    pub(super) exit: Exit,
    pub(super) report: SessionReport,
}

impl Manager {
    pub(super) fn sync(&mut self, request: &SyncRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        match self.sync_run(request, None, face)? {
            Some(run) => self.run(run, face).map(|ended| ended.exit),
            None => Ok(nothing_to_do(request.dry_run, face)),
        }
    }

    /// Runs these items for a reason that nobody typed.
    pub(super) fn sync_items(
        &mut self,
        items: &[ItemId],
        unasked: &Unasked<'_>,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let items = items.iter().map(ToString::to_string).collect();
        let request = SyncRequest::new(control::Selection::Items(items));
        match self.sync_run(&request, Some(unasked), face)? {
            Some(run) => self.run(run, face).map(|ended| ended.exit),
            None => Ok(nothing_to_do(false, face)),
        }
    }

    /// Loads the handlers, and lets the face choose what is synchronized.
    pub(super) fn choose(&mut self, request: &SyncRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        let Some(mut run) = self.sync_run(request, None, face)? else {
            return Ok(nothing_to_do(request.dry_run, face));
        };
        run.request.choosing = Choosing::ByHand;
        run.asked = Vec::new();
        run.marks = Some(key(&request.marks)?);
        self.run(run, face).map(|ended| ended.exit)
    }

    /// The session that a request means, for the reason given or the one it names; nothing if that has no items.
    fn sync_run(
        &mut self,
        request: &SyncRequest,
        unasked: Option<&Unasked<'_>>,
        face: &mut dyn Face,
    ) -> Result<Option<Run>, Failure> {
        let overrides = Overrides::new(request)?;
        let marks = self.marks(&key(&request.marks)?)?;
        let selected = self.select(&request.selection, &overrides, &marks)?;
        // Who is left out is told, and not passed over in silence.
        for handler in &selected.untrusted {
            face.hear(&control::Event::Handler(self.handler_line(handler)));
        }
        if selected.is_empty() {
            return Ok(None);
        }
        let asked = selected.asked();
        let options = |session, started| RunOptions {
            allow: overrides.allow.clone(),
            evidence: overrides.evidence,
            scopes: unasked.map(|unasked| unasked.scopes.clone()).unwrap_or_default(),
            ..RunOptions::new(session, started)
        };
        let trigger = unasked.map_or_else(|| marks.trigger(), |unasked| unasked.trigger.clone());
        let mut flags = trigger.initialize_flags();
        flags.modifiers.set(Modifiers::DRY_RUN, request.dry_run);
        // The rules say when somebody may be bothered; only the face knows whether anybody is there.
        flags.modifiers.set(Modifiers::MAY_BOTHER_USER, flags.may_bother_user() && request.attended);
        let mut run = self.folder_run(selected.pairs, options, flags)?;
        run.names = HandlerNames::new(selected.others.iter().map(|other| &other.handler));
        for other in &selected.others {
            let entry = self.entry(&other.handler).unwrap_or_else(|failure| unable(other, failure));
            run.request.handlers.push(entry);
        }
        run.request.choose = choice(marks, selected.others);
        run.request.detail = if request.changes { Detail::Changes } else { Detail::Summary };
        run.request.answers = if request.attended { Answers::Events } else { Answers::Nobody };
        run.looks = match unasked {
            Some(unasked) if asked.iter().all(|item| unasked.scopes.contains_key(item)) => {
                Looks::AtWhatChanged
            }
            _ => Looks::AtEverything,
        };
        Ok(Some(Run { asked, adhoc: selected.adhoc, ..run }))
    }

    pub(super) fn resolve(&mut self, request: &ResolveRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        let resolutions = self.resolutions(request)?;
        if resolutions.is_empty() {
            return Ok(nothing_to_do(request.dry_run, face));
        }
        let mut pairs = self.known()?.into_iter().map(|item| item.pair).collect::<Vec<_>>();
        pairs.retain(|pair| resolutions.iter().any(|resolution| resolution.item == pair.id));
        let options = |session, started| RunOptions {
            resolutions: resolutions.clone(),
            ..RunOptions::new(session, started)
        };
        let mut flags = by_hand();
        flags.modifiers.set(Modifiers::DRY_RUN, request.dry_run);
        let run = self.folder_run(pairs, options, flags)?;
        self.run(Run::of_decisions(run, resolutions), face).map(|ended| ended.exit)
    }

    pub(super) fn undo(
        &mut self,
        undone: SessionId,
        dry_run: bool,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
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
        let mut flags = by_hand();
        flags.modifiers.set(Modifiers::DRY_RUN, dry_run);
        let mut request = SessionRequest::new(id, flags, handlers);
        request.choose = Arc::new(|_, _| true);
        request.detail = Detail::Changes;
        let asked = pairs.iter().map(|pair| pair.id).collect();
        let undoes = (!dry_run).then_some(undone);
        self.run(Run { asked, undoes, ..Run::new(request) }, face).map(|ended| ended.exit)
    }

    /// A session of the folder handler with these pairs.
    pub(super) fn folder_run(
        &mut self,
        pairs: Vec<PairConfig>,
        options: impl FnOnce(SessionId, syncmgr_model::time::Timestamp) -> RunOptions,
        flags: InitializeFlags,
    ) -> Result<Run, Failure> {
        let started = surroundings::now();
        let id = new_session(started);
        let mut handlers = Vec::new();
        if !pairs.is_empty() {
            let around = self.folder_surroundings()?;
            let mut options = options(id, started);
            options.left_out.push(self.surroundings.state_dir.clone());
            let factory = FolderHandlerFactory::new(pairs, options, around);
            handlers.push(folder_entry(Arc::new(factory)));
        }
        let mut request = SessionRequest::new(id, flags, handlers);
        // The handler lists only what was selected.
        request.choose = Arc::new(|_, _| true);
        Ok(Run::new(request))
    }

    /// Runs a session to its end, records it and tells the summary.
    pub(super) fn run(&mut self, run: Run, face: &mut dyn Face) -> Result<Ended, Failure> {
        self.check_writable()?;
        let keep = self.config()?.keep_sessions;
        let Run { request, asked, names, resolutions, adhoc, undoes, marks, looks } = run;
        let attendance = record::attendance(request.flags);
        let is_reopening = request.reopen.is_some();
        let services = self.services()?;
        let hooks = if request.flags.is_dry_run() { None } else { self.hooks()? };
        if let Some(hooks) = &hooks {
            telling::may_begin(hooks, self.notice_items(&asked)?)?;
        }
        // Whoever holds the store now has let go of it by the end, or the end tells so; the session need not wait for it.
        let _not_noted = self.note_begin(&request, undoes, &asked);
        let (session, event) = (request.id, request.flags.event);
        face.hear(&control::Event::Begun(line::Begun { session, event, items: asked.clone() }));
        let session = Engine::new(services).start(request);
        let mut teller = Teller::new(face, names.clone());
        let connected = self.controls.connect(&session);
        let mut report = teller.tell_all(&session);
        drop(connected);
        let problems = std::mem::take(&mut teller.problems);
        let listed = record::listed(&report);
        for item in &mut report.items {
            item.name = names.full(item.handler, &item.name);
        }

        let exit = record::exit_of(&report, &asked);
        // Closing the list of a choice, or an entry without a retry, is nothing to remember.
        let is_empty = report.items.is_empty() && report.entries.is_empty();
        let is_recorded = report.begun && !(is_reopening && is_empty);
        // Each change of ours is seen by the watcher; that there was nothing more is nothing that happened.
        let is_echo = looks == Looks::AtWhatChanged && record::is_quiet(&report);
        let ticks = marks.filter(|_| report.begun).map(|key| (key, session.ticks()));
        let written = self.write(|writer| {
            if let Some((key, ticks)) = &ticks {
                ticks.iter().try_for_each(|tick| writer.set_tick(key, *tick))?;
            }
            forget(writer, &report)?;
            if !is_recorded || is_echo {
                return writer.forget_running(report.id);
            }
            // A typing error is not worth remembering, and neither is what was only looked at.
            let has_run = !report.dry_run && report.items.iter().all(|item| item.halt.is_none());
            if let Some(pair) = adhoc.as_ref().filter(|_| has_run) {
                writer.remember_pair(&Self::adhoc_record(pair, report.started))?;
            }
            learn(writer, &report, &resolutions)?;
            for (handler, info) in listed.iter().filter(|(handler, _)| names.of(Some(*handler)).is_some()) {
                writer.add_to_listing(*handler, info)?;
            }
            writer.record_session(&record::record(&report, exit, undoes, problems), keep)
        });
        self.report = Some(report.clone());
        if let Some(hooks) = hooks.filter(|_| !is_echo) {
            telling::notices(&report, exit.code()).into_iter().for_each(|notice| hooks.notify(notice));
        }
        let exit = if written.is_ok() { exit } else { Exit::Failed };
        let mut summary = record::summary(&report, exit, undoes);
        summary.window = Some(record::window(&report, self.controls.window(), attendance));
        face.hear(&control::Event::Summary(summary));
        face.breathe();
        written.map_err(|failure| Failure {
            headline: format!("the session ran, and could not be recorded: {}", failure.headline),
            ..failure
        })?;
        match record::missing(&report, &asked) {
            Some(text) => {
                Err(Failure::usage(text).exits(exit).hint("`syncmgr items` asks what there is now"))
            }
            None => Ok(Ended { exit, report }),
        }
    }
}

/// Lets go of what was chosen about items that are gone.
fn forget(writer: &Writer<'_>, report: &SessionReport) -> Result<(), StoreError> {
    for gone in &report.forget {
        match gone.why {
            Gone::Deleted => writer.forget_item(gone.handler, gone.item)?,
            Gone::NotListed | Gone::Temporary => writer.forget_ticks(gone.handler, gone.item)?,
        }
    }
    Ok(())
}

/// Keeps what a session has found out about open conflicts.
fn learn(writer: &Writer<'_>, report: &SessionReport, resolutions: &[Resolution]) -> Result<(), StoreError> {
    for item in &report.items {
        let treated: Vec<FactPath> = resolutions
            .iter()
            .filter(|resolution| resolution.item == item.item)
            .map(|resolution| resolution.path.clone())
            .collect();
        let open = record::open_conflicts(item);
        let conflicts = match record::learned(report, item, !resolutions.is_empty()) {
            Learned::All => Conflicts::All(&open),
            Learned::Treated => Conflicts::Among { treated: &treated, open: &open },
            Learned::More => Conflicts::Among { treated: &[], open: &open },
            Learned::Nothing => continue,
        };
        writer.replace_conflicts(item.handler, item.item, conflicts, report.finished)?;
    }
    Ok(())
}

/// Which enumerated items take part. Folders list only what was selected.
fn choice(marks: CheckMarks, others: Vec<Other>) -> syncmgr_engine::Choice {
    Arc::new(move |handler: HandlerId, info: &ItemInfo| {
        let Some(other) = others.iter().find(|other| other.handler.id == handler) else { return true };
        match &other.which {
            Which::Ticked => marks.has(handler, other.handler.events(), info),
            Which::Only(items) => items.contains(&info.id),
        }
    })
}

/// A person sits before sessions that are about decisions.
pub(super) fn by_hand() -> InitializeFlags {
    InitializeFlags::new(Event::Manual, Modifiers::MAY_BOTHER_USER)
}

fn folder_entry(factory: Arc<dyn HandlerFactory>) -> HandlerEntry {
    HandlerEntry::new(HANDLER_ID, "Folders", factory)
}

/// A handler that cannot be made fails its own items and nothing else: the session says why.
pub(super) fn unable(other: &Other, failure: Failure) -> HandlerEntry {
    let text = failure.headline;
    let factory = move || Err(text.clone());
    HandlerEntry::new(other.handler.id, other.handler.description(), Arc::new(factory))
}

pub(super) fn nothing_to_do(dry_run: bool, face: &mut dyn Face) -> Exit {
    let summary = line::Summary {
        session: None,
        exit: 0,
        dry_run,
        stopped: false,
        millis: 0,
        items: Vec::new(),
        window: None,
    };
    face.hear(&control::Event::Summary(summary));
    Exit::InStep
}
