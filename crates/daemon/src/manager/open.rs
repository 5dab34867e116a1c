//! Opening an entry of the results: the way back into the handler that wrote it.
//!
//! An entry is named by its number within its session, which is what `results` shows, and by the session unless it is the
//! last one. A fresh instance of the handler is asked: programs of handlers do not wait around for somebody to look.

use syncmgr_engine::{Answers, SessionRequest};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::SessionId;
use syncmgr_model::outcome::Outcome;
use syncmgr_store::EntryRecord;
use syncmgr_wire::control::OpenRequest;

use super::handlers::KnownHandler;
use super::run::{Ended, Run};
use super::select::new_session;
use super::teller::HandlerNames;
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings;

impl Manager {
    pub(super) fn open(&mut self, request: &OpenRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        let (session, entry) = self.find_entry(request)?;
        let handler = self.handler_of(&entry)?;
        handler.check_trusted()?;
        let modifiers = if request.attended { Modifiers::MAY_BOTHER_USER } else { Modifiers::empty() };
        let flags = InitializeFlags::new(Event::Manual, modifiers);
        let id = new_session(surroundings::now());
        let mut reopening = SessionRequest::new(id, flags, vec![self.entry(&handler)?]);
        reopening.reopen = entry.error;
        reopening.answers = if request.attended { Answers::Events } else { Answers::Nobody };
        let mut run = Run::new(reopening);
        run.names = HandlerNames::new([&handler]);
        let ended = self.run(run, face)?;

        let Ended { exit, report } = ended;
        let shown = report.reopened.unwrap_or_default();
        let is_refused = shown.outcome.is_some_and(Outcome::is_failure);
        // Without a retry, whatever else was said is said about the entry itself.
        let is_quiet = report.entries.iter().all(|entry| entry.level == LogLevel::Information);
        let is_shown = shown.outcome.is_some() && !is_refused && (is_quiet || !report.items.is_empty());
        match (is_shown, shown.is_deleted) {
            (true, true) => self.write(|writer| writer.delete_entry(session, entry.number))?,
            // It does not know it any more: what it said then stays, and leads nowhere from now on.
            (false, true) => self.write(|writer| writer.close_entry(session, entry.number))?,
            (_, false) => {}
        }
        if is_refused {
            return Err(Failure::usage(format!("`{}` does not open this entry", handler.name))
                .exits(Exit::Unfinished)
                .hint(format!("run it again with `syncmgr sync {}`", handler.name)));
        }
        Ok(if is_shown { exit } else { exit.max(Exit::Unfinished) })
    }

    fn find_entry(&mut self, request: &OpenRequest) -> Result<(SessionId, EntryRecord), Failure> {
        let session = request.session.as_deref().map(|typed| self.find_session(typed)).transpose()?;
        let Some(record) = self.read(|store| store.session(session))? else {
            return Err(Failure::usage("no session has run yet").hint("run one with `syncmgr sync`"));
        };
        let session = record.row.id;
        let openable: Vec<String> = record
            .entries
            .iter()
            .filter(|entry| entry.can_jump)
            .map(|entry| entry.number.to_string())
            .collect();
        let hint = if openable.is_empty() {
            "`syncmgr history` lists other sessions; `--session` names one of them".to_owned()
        } else {
            format!("those that can be opened: {}", openable.join(", "))
        };
        match record.entries.into_iter().find(|entry| entry.number == request.entry) {
            Some(entry) if entry.can_jump && entry.error.is_some() => Ok((session, entry)),
            Some(_) => {
                Err(Failure::usage(format!("entry {} leads nowhere: it only tells", request.entry))
                    .hint(hint))
            }
            None => {
                Err(Failure::usage(format!("session `{session}` has no entry {}", request.entry)).hint(hint))
            }
        }
    }

    fn handler_of(&mut self, entry: &EntryRecord) -> Result<KnownHandler, Failure> {
        let handlers = self.handlers()?;
        let handler = handlers.into_iter().find(|handler| Some(handler.id) == entry.handler);
        handler.ok_or_else(|| {
            Failure::usage("the handler that wrote this entry is not there any more")
                .hint("`syncmgr handlers` lists those that are")
        })
    }
}
