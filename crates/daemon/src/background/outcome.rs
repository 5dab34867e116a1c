//! What came of a session, as the keeper takes it. Decisions only.

use syncmgr_engine::{ItemReport, SessionReport};
use syncmgr_keeper::{ErrorClass, Failure, Progress, RunOutcome, RunResult};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::status::ItemStatus;

use super::watching::LeftOver;

/// What came of each item.
pub(super) fn results(report: &SessionReport) -> Vec<RunResult> {
    report
        .items
        .iter()
        .map(|item| RunResult { item: item.item, outcome: outcome(item, report), not_before: None })
        .collect()
}

/// Whether a run of an item left something over, which a run that looks at what changed since would not find.
pub(super) fn left_over(item: &ItemReport) -> LeftOver {
    let is_whole = item.status == ItemStatus::Succeeded
        && item.halt.is_none()
        && item.conflicts.is_empty()
        && item.problems == 0;
    if is_whole { LeftOver::Nothing } else { LeftOver::Something }
}

fn outcome(item: &ItemReport, report: &SessionReport) -> RunOutcome {
    let totals = item.totals;
    let moved = totals.left_changes + totals.right_changes + totals.bytes;
    let progress = if moved > 0 { Progress::Made } else { Progress::None };
    let failed = |class, text: String| RunOutcome::Failed(Failure { class, progress, text });
    if let Some(halt) = &item.halt {
        return failed(ErrorClass::Safety, format!("halted by `{}`: {}", halt.rule, halt.text));
    }
    match item.status {
        ItemStatus::Succeeded if !item.conflicts.is_empty() => {
            // What is in conflict waits for a person, and the rest is in step: nothing that a try would better.
            RunOutcome::Succeeded
        }
        ItemStatus::Succeeded => RunOutcome::Succeeded,
        ItemStatus::Skipped => RunOutcome::Skipped,
        ItemStatus::Stopped => RunOutcome::Stopped,
        _ => {
            let said = report
                .entries
                .iter()
                .rev()
                .find(|entry| entry.item == Some(item.item) && entry.level == LogLevel::Error)
                .or_else(|| report.entries.iter().rev().find(|entry| entry.level == LogLevel::Error));
            let class =
                said.and_then(|entry| entry.detail.class.as_deref()).and_then(|word| word.parse().ok());
            let text = said.map_or_else(|| "it failed without a word".to_owned(), |entry| entry.text.clone());
            // A handler that does not say what kind of error it was may just have had a bad moment.
            failed(class.unwrap_or(ErrorClass::Transient), text)
        }
    }
}

#[cfg(test)]
mod tests {
    use syncmgr_engine::{Entry, Halt};
    use syncmgr_model::event::Event;
    use syncmgr_model::fact::Totals;
    use syncmgr_model::id::{HandlerId, ItemId, SessionId};
    use syncmgr_model::time::Timestamp;

    use super::*;

    fn item(status: ItemStatus) -> ItemReport {
        ItemReport {
            item: ItemId::from_u128(1),
            handler: HandlerId::from_u128(9),
            name: "photos".to_owned(),
            status,
            totals: Totals::default(),
            conflicts: Vec::new(),
            problems: 0,
            halt: None,
        }
    }

    fn entry(text: &str, class: Option<&str>) -> Entry {
        let detail =
            syncmgr_model::entry::EntryDetail { class: class.map(str::to_owned), ..Default::default() };
        Entry {
            number: 1,
            at: Timestamp::default(),
            handler: None,
            item: Some(ItemId::from_u128(1)),
            level: LogLevel::Error,
            text: text.to_owned(),
            error: None,
            can_jump: false,
            detail,
        }
    }

    fn of(item: ItemReport, entries: Vec<Entry>) -> RunOutcome {
        let report = SessionReport {
            id: SessionId::from_u128(2),
            event: Event::Schedule,
            dry_run: false,
            started: Timestamp::from_millis(0),
            finished: Timestamp::from_millis(1),
            stopped: false,
            items: vec![item],
            entries,
            begun: true,
            forget: Vec::new(),
            reopened: None,
        };
        results(&report).remove(0).outcome
    }

    fn failed(class: ErrorClass, text: &str) -> RunOutcome {
        RunOutcome::Failed(Failure { class, progress: Progress::None, text: text.to_owned() })
    }

    #[test]
    fn an_error_is_of_the_class_its_handler_gave_it_and_else_may_pass() {
        for (class, expected) in [
            (Some("configuration"), ErrorClass::Configuration),
            (Some("bug"), ErrorClass::Bug),
            (Some("weather"), ErrorClass::Transient),
            (None, ErrorClass::Transient),
        ] {
            let outcome = of(item(ItemStatus::Failed), vec![entry("no", class)]);
            assert_eq!(outcome, failed(expected, "no"));
        }
        assert_eq!(
            of(item(ItemStatus::Failed), vec![]),
            failed(ErrorClass::Transient, "it failed without a word")
        );
    }

    #[test]
    fn a_halt_is_a_matter_of_safety_whatever_the_status_says() {
        let halt = Some(Halt { rule: "root-missing".to_owned(), text: "gone".to_owned() });
        let outcome = of(ItemReport { halt, ..item(ItemStatus::Failed) }, vec![entry("x", None)]);
        assert_eq!(outcome, failed(ErrorClass::Safety, "halted by `root-missing`: gone"));
    }

    #[test]
    fn bytes_that_moved_are_progress() {
        let totals = Totals { bytes: 1, ..Totals::default() };
        let RunOutcome::Failed(failure) = of(ItemReport { totals, ..item(ItemStatus::Failed) }, vec![])
        else {
            panic!("it failed");
        };
        assert_eq!(failure.progress, Progress::Made);
    }
}
