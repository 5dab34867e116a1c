//! What can be brought back: sessions to undo, and what lies in the trash.

use std::io;

use syncmgr_folders::PairConfig;
use syncmgr_folders::trash::{self, Emptied, TrashedEntry};
use syncmgr_model::id::SessionId;
use syncmgr_wire::control::{Event, TrashRequest};
use syncmgr_wire::line;
use syncmgr_wire::path::PathText;

use super::items::KnownItem;
use super::select::is_at_or_below;
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::phrases;
use crate::surroundings;

impl Manager {
    /// Tells the session that would be undone.
    pub(super) fn find_undo(&mut self, typed: Option<&str>, face: &mut dyn Face) -> Result<Exit, Failure> {
        let id = match typed {
            Some(typed) => Some(self.find_session(typed)?),
            None => self.read(|store| store.last_undoable())?,
        };
        let Some(id) = id else { return Ok(Exit::InStep) };
        if let Some(record) = self.read(|store| store.session(Some(id)))? {
            face.hear(&Event::Session(super::answers::session(&record.row, &record.items)));
        }
        Ok(Exit::InStep)
    }

    /// The pairs that a session changed and whose record of it is still there.
    pub(super) fn undoable_pairs(&mut self, session: SessionId) -> Result<Vec<PairConfig>, Failure> {
        let record = self.read(|store| store.session(Some(session)))?;
        let changed: Vec<_> = record
            .iter()
            .flat_map(|record| &record.items)
            .filter(|item| item.totals.left_changes + item.totals.right_changes > 0)
            .map(|item| item.item)
            .collect();
        let around = self.folder_surroundings()?;
        let mut pairs = Vec::new();
        for item in self.known()?.into_iter().filter(|item| changed.contains(&item.pair.id)) {
            let runs = syncmgr_folders::runs(&item.pair, &around)
                .map_err(|error| unreadable(&item, "the records of its runs", &error))?;
            if runs.iter().any(|run| run.session == session) {
                pairs.push(item.pair);
            }
        }
        if pairs.is_empty() {
            return Err(Failure::usage(format!(
                "session `{session}` cannot be undone: it changed nothing, or its record is gone"
            ))
            .hint(
                "`syncmgr history` lists the sessions; what their trash no longer holds cannot come back",
            ));
        }
        Ok(pairs)
    }

    pub(super) fn trash(&mut self, typed: Option<&str>, face: &mut dyn Face) -> Result<Exit, Failure> {
        for item in self.find_or_all(typed)? {
            let entries = listed(&item)?;
            // A line for each run and side: entries of one come together.
            for run in entries.chunk_by(|one, other| (one.session, one.side) == (other.session, other.side)) {
                face.hear(&Event::Trash(line_of(&item, run)));
            }
        }
        Ok(Exit::InStep)
    }

    pub(super) fn trash_restore(
        &mut self,
        request: &TrashRequest,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let session = request.session.as_deref().map(|typed| self.find_session(typed)).transpose()?;
        let is_wanted = |entry: &TrashedEntry| {
            session.is_none_or(|session| entry.session == session)
                && request.side.is_none_or(|side| entry.side == side)
                && (request.paths.is_empty()
                    || request.paths.iter().any(|typed| is_at_or_below(&entry.path, typed)))
        };
        let mut exit = Exit::InStep;
        let mut n_wanted = 0;
        for item in self.find_or_all(request.item.as_deref())? {
            // The youngest first: it takes the place, and older ones of the same path stay in the trash.
            for entry in listed(&item)?.iter().rev().filter(|entry| is_wanted(entry)) {
                n_wanted += 1;
                let restored = trash::restore(&item.pair, entry);
                if restored.is_err() {
                    exit = Exit::Unfinished;
                }
                face.hear(&Event::TrashPath(path_line(&item, entry, restored.err())));
            }
        }
        if n_wanted == 0 {
            return Err(
                Failure::usage("nothing like that is in the trash").hint("`syncmgr trash` lists what is")
            );
        }
        Ok(exit)
    }

    pub(super) fn trash_empty(
        &mut self,
        typed: Option<&str>,
        older_than_days: Option<u32>,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let before =
            older_than_days.map(|days| surroundings::now().plus_millis(-i64::from(days) * DAY_MILLIS));
        for item in self.find_or_all(typed)? {
            let Emptied { files, bytes } =
                trash::empty(&item.pair, before).map_err(|error| unreadable(&item, "its trash", &error))?;
            if files > 0 {
                let (files, bytes) = (phrases::count(files, "path"), phrases::bytes(bytes));
                let text = format!("destroyed {files} ({bytes}) in the trash of `{}`", item.pair.name);
                face.hear(&Event::Done(line::Done { text, item: Some(item.pair.id) }));
            }
        }
        Ok(Exit::InStep)
    }
}

const DAY_MILLIS: i64 = 86_400_000;

fn listed(item: &KnownItem) -> Result<Vec<TrashedEntry>, Failure> {
    trash::list(&item.pair).map_err(|error| unreadable(item, "its trash", &error))
}

/// The line of one run's entries on one side. There is at least one.
fn line_of(item: &KnownItem, run: &[TrashedEntry]) -> line::Trash {
    let TrashedEntry { session, started, side, .. } = run[0];
    line::Trash {
        item: item.pair.id,
        name: item.pair.name.clone(),
        session,
        side,
        at: started,
        paths: run.len() as u64,
        bytes: run.iter().map(|entry| entry.size).sum(),
    }
}

fn path_line(item: &KnownItem, entry: &TrashedEntry, error: Option<io::Error>) -> line::TrashPath {
    let PathText { text, escaped } = PathText::new(&entry.path);
    let reason = error.map(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => "something has its place".to_owned(),
        _ => error.to_string(),
    });
    line::TrashPath {
        item: item.pair.id,
        side: entry.side,
        path: text,
        restored: reason.is_none(),
        reason,
        escaped,
    }
}

fn unreadable(item: &KnownItem, what: &str, error: &io::Error) -> Failure {
    Failure::ours(format!("{what} cannot be read: `{}`", item.pair.name)).because(error)
}
