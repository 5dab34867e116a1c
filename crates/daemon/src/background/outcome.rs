//! What came of a session, as the keeper takes it. Decisions only.

use syncmgr_engine::{ItemReport, SessionReport};
use syncmgr_keeper::{ErrorClass, Failure, Progress, RunOutcome, RunResult};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;

use super::watching::LeftOver;

/// What came of each item.
pub(super) fn results(report: &SessionReport) -> Vec<RunResult> {
    report.items.iter().map(|item| result(item, report)).collect()
}

fn result(item: &ItemReport, report: &SessionReport) -> RunResult {
    let mut entries = report.entries.iter().rev();
    let put_off =
        entries.find(|entry| entry.item == Some(item.item) && entry.detail.code.as_deref() == Some(PUT_OFF));
    let (outcome, not_before) = match put_off {
        // It is not in step and wants to be called again, as after an error that passes by itself.
        Some(entry) if item.status == ItemStatus::Stopped && !report.stopped => {
            let failure =
                Failure { class: ErrorClass::Transient, progress: progress(item), text: entry.text.clone() };
            (RunOutcome::Failed(failure), entry.detail.detail.as_deref().and_then(moment))
        }
        _ => (outcome(item, report), None),
    };
    RunResult { item: item.item, outcome, not_before }
}

/// The code of the entry by which a handler process puts an item off; its detail is the moment before which it does not want
/// to be called, if it said one.
const PUT_OFF: &str = "deferred";

/// A moment as a handler writes it, RFC 3339. One that cannot be read is none: the item is backed off from as usual.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp::from_millis(at.as_millisecond()))
}

fn progress(item: &ItemReport) -> Progress {
    let totals = item.totals;
    let moved = totals.left_changes + totals.right_changes + totals.bytes;
    if moved > 0 { Progress::Made } else { Progress::None }
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
    let progress = progress(item);
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
        result_of(item, entries).outcome
    }

    fn result_of(item: ItemReport, entries: Vec<Entry>) -> RunResult {
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
        results(&report).remove(0)
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
    fn what_a_handler_puts_off_is_tried_again_and_not_before_it_says() {
        let put_off = |at: Option<&str>| {
            let mut entry = entry("put off: too many requests", None);
            entry.level = LogLevel::Information;
            entry.detail.code = Some("deferred".to_owned());
            entry.detail.detail = at.map(str::to_owned);
            entry
        };
        let at = jiff::Timestamp::from_second(1_900_000_000).unwrap();
        let expected = Some(Timestamp::from_millis(at.as_millisecond()));
        for (said, not_before) in
            [(Some(at.to_string()), expected), (Some("tomorrow".to_owned()), None), (None, None)]
        {
            let result = result_of(item(ItemStatus::Stopped), vec![put_off(said.as_deref())]);
            assert_eq!(result.not_before, not_before, "{said:?}");
            assert_eq!(result.outcome, failed(ErrorClass::Transient, "put off: too many requests"));
        }
        let done = result_of(item(ItemStatus::Succeeded), vec![put_off(Some(&at.to_string()))]);
        assert_eq!((done.outcome, done.not_before), (RunOutcome::Succeeded, None));
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
