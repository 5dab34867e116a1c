//! Questions about what is and what was.

use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_store::{ItemRecord, LastRun, SessionRecord, SessionRow};
use syncmgr_wire::control::Event;
use syncmgr_wire::line::{self, HandlerState};
use syncmgr_wire::path::PathText;

use super::items::AnyItem;
use super::teller::HandlerNames;
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::phrases;

impl Manager {
    pub(super) fn status(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        let items = self.known_of_all()?;
        // Two questions, however many items there are.
        let mut last = self.read(|store| store.last_runs())?;
        let conflicts = self.read(|store| store.conflict_counts())?;
        for item in items {
            let n_conflicts = conflicts.get(&item.id()).copied().unwrap_or_default();
            face.hear(&Event::Status(status(&item, last.remove(&item.id()), n_conflicts)));
        }
        Ok(Exit::InStep)
    }

    fn status_of(&mut self, item: &AnyItem) -> Result<line::Status, Failure> {
        let id = item.id();
        let last = self.read(|store| store.last_run(id))?;
        let conflicts = self.read(|store| store.conflicts(Some(id)))?;
        Ok(status(item, last, conflicts.len() as u64))
    }

    pub(super) fn history(&mut self, limit: u32, face: &mut dyn Face) -> Result<Exit, Failure> {
        self.read(|store| {
            store.each_session(limit, &mut |row, items| face.hear(&Event::Session(session(&row, &items))))
        })?;
        Ok(Exit::InStep)
    }

    pub(super) fn results(&mut self, typed: Option<&str>, face: &mut dyn Face) -> Result<Exit, Failure> {
        let id = typed.map(|typed| self.find_session(typed)).transpose()?;
        let Some(record) = self.read(|store| store.session(id))? else {
            return Err(Failure::usage("no session has run yet").hint("run one with `syncmgr sync`"));
        };
        let names = HandlerNames::new(&self.handlers()?);
        let SessionRecord { row, items, entries, problems } = record;
        face.hear(&Event::Session(session(&row, &items)));
        for entry in entries {
            face.hear(&Event::Entry(line::Entry {
                entry: entry.number,
                item: entry.item,
                level: entry.level,
                text: entry.text,
                error: entry.error,
                at: entry.at,
                jump: entry.can_jump,
                detail: entry.detail,
                class: entry.class,
                code: entry.code,
                from: names.of(entry.handler),
            }));
        }
        for problem in problems {
            let line = line::Problem::new(problem.item, problem.side, &problem.path, problem.reason);
            face.hear(&Event::Problem(line));
        }
        for item in items {
            if let Some(halt) = item.halt {
                face.hear(&Event::Halt(line::Halt { item: item.item, rule: halt.rule, text: halt.text }));
            }
        }
        Ok(Exit::InStep)
    }

    pub(super) fn find_session(&mut self, typed: &str) -> Result<SessionId, Failure> {
        let is_id = typed.len() >= 4 && typed.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let found = if is_id { self.read(|store| store.find_session(typed))? } else { None };
        found.ok_or_else(|| {
            Failure::usage(format!("no session begins with `{typed}`"))
                .hint("`syncmgr history` lists the sessions; four digits of the id will do")
        })
    }

    pub(super) fn conflicts(&mut self, typed: Option<&str>, face: &mut dyn Face) -> Result<Exit, Failure> {
        let known = self.known_of_all()?;
        let only = typed.map(|typed| self.find_any(typed)).transpose()?.map(|item| item.id());
        for conflict in self.read(|store| store.conflicts(only))? {
            let PathText { text, escaped } = PathText::new(&conflict.path);
            face.hear(&Event::Conflict(line::Conflict {
                item: conflict.item,
                name: name_in(&known, conflict.item),
                path: text,
                kind: conflict.kind,
                since: Some(conflict.since),
                escaped,
            }));
        }
        Ok(Exit::InStep)
    }

    pub(super) fn why(&mut self, typed: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let item = self.find_any(typed)?;
        let status = self.status_of(&item)?;
        let schedule = item.schedule().words();
        let (mut reasons, mut next) = reasons(&status, &item);
        if let AnyItem::Other(item) = &item
            && let Some(handler) = self.handler(&item.of)?
        {
            let line::Handler { state, problem, .. } = self.handler_line(&handler);
            // Without its program nothing else about it matters.
            if let Some(problem) = problem {
                reasons.insert(0, format!("`{}`: {problem}", item.of));
                next =
                    (state != HandlerState::Missing).then(|| format!("syncmgr handlers trust {}", item.of));
            }
        }
        reasons.extend(self.ledger(item.id())?);
        face.hear(&Event::Why(line::Why { status, schedule, reasons, next }));
        Ok(Exit::InStep)
    }
}

fn status(item: &AnyItem, last: Option<LastRun>, n_conflicts: u64) -> line::Status {
    line::Status {
        item: item.id(),
        name: item.name(),
        ticked: item.ticked(),
        last: last.map(|last| line::LastRun {
            session: last.session.id,
            event: last.session.event,
            finished: last.session.finished,
            result: result(&last.result, last.session.undoes.is_some()),
        }),
        conflicts: n_conflicts,
        late_since: None,
        next_run: None,
    }
}

fn name_in(known: &[AnyItem], item: ItemId) -> String {
    known.iter().find(|known| known.id() == item).map_or_else(|| item.to_string(), AnyItem::name)
}

/// What is known about an item, most pressing first, and the command that leads on.
fn reasons(status: &line::Status, item: &AnyItem) -> (Vec<String>, Option<String>) {
    let mut reasons = Vec::new();
    let mut next = None;
    // An argument with a space in it is quoted, so that the command can be copied.
    let name = item.name();
    let name = if name.contains(char::is_whitespace) { format!("'{name}'") } else { name };
    if let Some(last) = &status.last {
        let result = &last.result;
        match (&result.halt, result.status) {
            (Some(halt), _) => {
                reasons.push(format!("the last run was halted by `{}`: {}", halt.rule, halt.text));
                // The safe step: a root that is away is looked for, and what would pass is seen before it passes.
                next = Some(match halt.rule.as_str() {
                    "root-missing" | "root-type-changed" => "syncmgr doctor".to_owned(),
                    rule => format!("syncmgr sync {name} --allow {rule} --dry-run"),
                });
            }
            (None, ItemStatus::Succeeded) if result.undone => {
                reasons.push("the last run took an earlier one back".to_owned());
                next = Some(format!("syncmgr sync {name} --dry-run"));
            }
            (None, ItemStatus::Succeeded) => reasons.push("the last run went through".to_owned()),
            (None, ItemStatus::Skipped) => reasons.push("the last run was skipped".to_owned()),
            (None, ItemStatus::Stopped) => reasons.push("the last run was stopped".to_owned()),
            (None, other) => {
                reasons.push(format!("the last run ended as `{other}`"));
                next = Some(format!("syncmgr results {}", last.session));
            }
        }
        if result.problems > 0 {
            reasons.push(format!("{} could not be treated", phrases::count(result.problems, "path")));
            next = next.or_else(|| Some(format!("syncmgr results {}", last.session)));
        }
    } else {
        reasons.push("it has not run yet".to_owned());
    }
    if status.conflicts > 0 {
        reasons.push(format!("{} open", phrases::count(status.conflicts, "conflict")));
        next = next.or_else(|| Some(format!("syncmgr conflicts --item {name}")));
    }
    if !item.is_configured() {
        reasons.push("it is not configured: it runs only when its two folders are named".to_owned());
    } else if !status.ticked {
        reasons.push("it is not ticked: `syncmgr sync` leaves it out".to_owned());
        next = next.or_else(|| Some(format!("syncmgr items tick {name}")));
    }
    let schedule = item.schedule();
    if !schedule.is_empty() {
        reasons.push(format!("it is to run {}", schedule.words().join(", ")));
    }
    let is_through = status.last.as_ref().is_some_and(|last| last.result.status == ItemStatus::Succeeded);
    if !is_through {
        next = next.or_else(|| Some(format!("syncmgr sync {name}")));
    }
    (reasons, next)
}

pub(super) fn session(row: &SessionRow, items: &[ItemRecord]) -> line::Session {
    line::Session {
        session: row.id,
        event: row.event,
        started: row.started,
        finished: row.finished,
        exit: row.exit,
        dry_run: row.dry_run,
        stopped: row.stopped,
        undoes: row.undoes,
        items: items.iter().map(|item| result(item, row.undoes.is_some())).collect(),
    }
}

fn result(item: &ItemRecord, undone: bool) -> line::ItemResult {
    line::ItemResult {
        item: item.item,
        name: item.name.clone(),
        status: item.status,
        changes: line::Changes { left: item.totals.left_changes, right: item.totals.right_changes },
        bytes: item.totals.bytes,
        conflicts: item.n_conflicts,
        problems: item.n_problems,
        halt: item
            .halt
            .as_ref()
            .map(|halt| line::RuleAndText { rule: halt.rule.clone(), text: halt.text.clone() }),
        undone,
        of: super::record::handler_in(item.handler, &item.name),
    }
}
