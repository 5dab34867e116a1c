//! What is left of a session when it is over: an exit code, a summary, a record. Decisions only; nothing is written here.

use std::collections::HashSet;

use syncmgr_engine::{ItemReport, SessionReport};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::InitializeFlags;
use syncmgr_model::fact::{ConflictKind, FactPath, Totals};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::item::ItemInfo;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::window::{AtTheEnd, Attendance, at_the_end};
use syncmgr_store::{EntryRecord, HaltRecord, ItemRecord, ProblemRecord, SessionRecord, SessionRow};
use syncmgr_wire::line::{Changes, ItemResult, RuleAndText, Summary, Window};

use super::controls::WindowState;
use crate::exit::Exit;

/// The exit code of a session that was to treat `asked`.
///
/// A stop says the least about the items, so it comes first; a halt needs a person more than anything unfinished does.
pub(super) fn exit_of(report: &SessionReport, asked: &[ItemId]) -> Exit {
    let seen: HashSet<ItemId> = report.items.iter().map(|item| item.item).collect();
    let is_whole = asked.iter().all(|item| seen.contains(item));
    let is_quiet = report.entries.iter().all(|entry| entry.level != LogLevel::Error);
    if report.stopped {
        Exit::Stopped
    } else if report.items.iter().any(|item| item.halt.is_some()) {
        Exit::Halted
    } else if is_whole && is_quiet && report.items.iter().all(is_in_step) {
        Exit::InStep
    } else {
        Exit::Unfinished
    }
}

/// What to say about items that were asked for by name and did not come up, where nobody else has said why.
pub(super) fn missing(report: &SessionReport, asked: &[ItemId]) -> Option<String> {
    let is_there = |item: &&ItemId| report.items.iter().any(|there| there.item == **item);
    let n_missing = asked.iter().filter(|item| !is_there(item)).count();
    let is_explained = report.stopped || report.entries.iter().any(|entry| entry.level == LogLevel::Error);
    match n_missing {
        0 => None,
        _ if is_explained => None,
        1 => Some("an item that was named is not there any more".to_owned()),
        n => Some(format!("{n} items that were named are not there any more")),
    }
}

fn is_in_step(item: &ItemReport) -> bool {
    item.status == ItemStatus::Succeeded && item.conflicts.is_empty() && item.problems == 0
}

/// Whether nothing was to be done, and nothing was left over or written down.
pub(super) fn is_quiet(report: &SessionReport) -> bool {
    let did_nothing = |item: &ItemReport| is_in_step(item) && item.totals == Totals::default();
    !report.stopped && report.entries.is_empty() && report.items.iter().all(did_nothing)
}

pub(super) fn summary(report: &SessionReport, exit: Exit, undoes: Option<SessionId>) -> Summary {
    Summary {
        session: Some(report.id),
        exit: exit.code(),
        dry_run: report.dry_run,
        stopped: report.stopped,
        millis: report.finished.millis_since(report.started),
        items: report.items.iter().map(|item| item_result(item, undoes.is_some())).collect(),
        window: None,
    }
}

/// Whether a session with these flags may bring a window back to somebody's eyes.
pub(super) fn attendance(flags: InitializeFlags) -> Attendance {
    if flags.may_bother_user() { Attendance::MayBother } else { Attendance::Unattended }
}

/// What a window that shows the session does now.
pub(super) fn window(report: &SessionReport, window: WindowState, attendance: Attendance) -> Window {
    let levels = report.entries.iter().map(|entry| entry.level);
    let statuses = report.items.iter().map(|item| item.status);
    match at_the_end(levels, statuses, window.pin, window.showing, attendance) {
        AtTheEnd::CloseItself => Window::Closes,
        AtTheEnd::StayOpen => Window::Stays,
        AtTheEnd::Restore => Window::Restores,
    }
}

fn item_result(item: &ItemReport, undone: bool) -> ItemResult {
    ItemResult {
        item: item.item,
        name: item.name.clone(),
        status: item.status,
        changes: Changes { left: item.totals.left_changes, right: item.totals.right_changes },
        bytes: item.totals.bytes,
        conflicts: item.conflicts.len() as u64,
        problems: item.problems,
        halt: item.halt.as_ref().map(|halt| RuleAndText { rule: halt.rule.clone(), text: halt.text.clone() }),
        undone,
        of: handler_in(item.handler, &item.name),
    }
}

/// The handler's name in an item's, which has one but for folders.
pub(super) fn handler_in(handler: HandlerId, name: &str) -> Option<String> {
    let is_folder = handler == syncmgr_folders::HANDLER_ID;
    name.split_once('/').filter(|_| !is_folder).map(|(of, _)| of.to_owned())
}

/// The record of a session.
pub(super) fn record(
    report: &SessionReport,
    exit: Exit,
    undoes: Option<SessionId>,
    problems: Vec<ProblemRecord>,
) -> SessionRecord {
    SessionRecord {
        row: SessionRow {
            id: report.id,
            event: report.event,
            dry_run: report.dry_run,
            undoes,
            started: report.started,
            finished: report.finished,
            stopped: report.stopped,
            exit: exit.code(),
        },
        items: report.items.iter().map(item_record).collect(),
        entries: report
            .entries
            .iter()
            .map(|entry| EntryRecord {
                number: entry.number,
                at: entry.at,
                handler: entry.handler,
                item: entry.item,
                level: entry.level,
                text: entry.text.clone(),
                error: entry.error,
                can_jump: entry.can_jump,
                detail: entry.detail.detail.clone(),
                class: entry.detail.class.clone(),
                code: entry.detail.code.clone(),
            })
            .collect(),
        problems,
    }
}

fn item_record(item: &ItemReport) -> ItemRecord {
    ItemRecord {
        handler: item.handler,
        item: item.item,
        name: item.name.clone(),
        status: item.status,
        totals: item.totals,
        n_conflicts: item.conflicts.len() as u64,
        n_problems: item.problems,
        halt: item.halt.as_ref().map(|halt| HaltRecord { rule: halt.rule.clone(), text: halt.text.clone() }),
    }
}

/// The items that came up in a session and are still there, by the names their handlers gave them.
pub(super) fn listed(report: &SessionReport) -> Vec<(HandlerId, ItemInfo)> {
    let there = report.items.iter().filter(|item| item.status != ItemStatus::Deleted);
    there.map(|item| (item.handler, ItemInfo::new(item.item, &item.name))).collect()
}

/// What a session has found out about an item's open conflicts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Learned {
    /// These are all.
    All,
    /// Those of the paths it looked at.
    Treated,
    /// These are open; about others it does not know.
    More,
    /// Nothing.
    Nothing,
}

/// How much the end of an item says about its conflicts. `decides`: the run looked at decided conflicts only.
pub(super) fn learned(report: &SessionReport, item: &ItemReport, decides: bool) -> Learned {
    if report.dry_run || item.halt.is_some() {
        return Learned::Nothing;
    }
    match item.status {
        ItemStatus::Succeeded if decides => Learned::Treated,
        ItemStatus::Succeeded => Learned::All,
        _ => Learned::More,
    }
}

pub(super) fn open_conflicts(item: &ItemReport) -> Vec<(FactPath, ConflictKind)> {
    item.conflicts.iter().map(|conflict| (conflict.path.clone(), conflict.kind)).collect()
}

#[cfg(test)]
mod tests {
    use syncmgr_engine::{Entry, Halt, OpenConflict};
    use syncmgr_model::event::Event;
    use syncmgr_model::time::Timestamp;

    use super::*;

    const PHOTOS: ItemId = ItemId::from_u128(1);

    fn item(status: ItemStatus) -> ItemReport {
        ItemReport {
            item: PHOTOS,
            handler: HandlerId::from_u128(9),
            name: "photos".to_owned(),
            status,
            totals: Totals::default(),
            conflicts: Vec::new(),
            problems: 0,
            halt: None,
        }
    }

    fn session(items: Vec<ItemReport>) -> SessionReport {
        SessionReport {
            id: SessionId::from_u128(2),
            event: Event::Manual,
            dry_run: false,
            started: Timestamp::from_millis(0),
            finished: Timestamp::from_millis(1),
            stopped: false,
            items,
            entries: Vec::new(),
            begun: true,
            forget: Vec::new(),
            reopened: None,
        }
    }

    fn halted(status: ItemStatus) -> ItemReport {
        let halt = Halt { rule: "root-missing".to_owned(), text: String::new() };
        ItemReport { halt: Some(halt), ..item(status) }
    }

    fn conflicting() -> ItemReport {
        let conflict = OpenConflict { path: b"a".to_vec(), kind: ConflictKind::EditEdit };
        ItemReport { conflicts: vec![conflict], ..item(ItemStatus::Succeeded) }
    }

    #[test]
    fn exit_codes_have_an_order() {
        use ItemStatus::*;
        let problem = ItemReport { problems: 1, ..item(Succeeded) };
        for (items, expected) in [
            (vec![item(Succeeded)], Exit::InStep),
            (vec![item(Skipped)], Exit::Unfinished),
            (vec![item(Failed)], Exit::Unfinished),
            (vec![problem], Exit::Unfinished),
            (vec![conflicting()], Exit::Unfinished),
            (vec![item(Failed), halted(Failed)], Exit::Halted),
            // The item that was asked for never came up.
            (vec![], Exit::Unfinished),
        ] {
            let report = session(items);
            assert_eq!(exit_of(&report, &[PHOTOS]), expected, "{report:?}");
            assert_eq!(exit_of(&SessionReport { stopped: true, ..report }, &[PHOTOS]), Exit::Stopped);
        }
    }

    #[test]
    fn an_error_of_a_handler_is_not_in_step_even_if_all_rows_are() {
        let mut report = session(vec![item(ItemStatus::Succeeded)]);
        report.entries.push(Entry {
            number: 1,
            at: Timestamp::default(),
            handler: None,
            item: None,
            level: LogLevel::Error,
            text: "cannot be loaded".to_owned(),
            error: None,
            can_jump: false,
            detail: Default::default(),
        });
        assert_eq!(exit_of(&report, &[PHOTOS]), Exit::Unfinished);
    }

    #[test]
    fn an_item_that_did_not_come_up_is_told_unless_an_error_says_why() {
        let mut report = session(vec![item(ItemStatus::Succeeded)]);
        assert_eq!(missing(&report, &[PHOTOS]), None);
        report.items.clear();
        assert!(missing(&report, &[PHOTOS]).is_some_and(|text| text.contains("not there any more")));
        report.stopped = true;
        assert_eq!(missing(&report, &[PHOTOS]), None);
    }

    #[test]
    fn only_a_whole_run_says_that_other_conflicts_are_gone() {
        let report = session(vec![]);
        assert_eq!(learned(&report, &conflicting(), false), Learned::All);
        assert_eq!(learned(&report, &conflicting(), true), Learned::Treated);
        assert_eq!(learned(&report, &item(ItemStatus::Stopped), false), Learned::More);
        assert_eq!(learned(&report, &halted(ItemStatus::Succeeded), false), Learned::Nothing);
        let dry = SessionReport { dry_run: true, ..report };
        assert_eq!(learned(&dry, &conflicting(), false), Learned::Nothing);
    }
}
