//! What the keeper remembers of items and decides, as the store keeps it.
//!
//! What people may want to look up has columns of its own; the rest is one text that only this module reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use syncmgr_keeper::{Cause, ConditionValue, Decision, Ending, KeptFailure, KeptItem, Owed};
use syncmgr_model::time::Timestamp;
use syncmgr_store::{ConditionRecord, DecisionRecord, KeptItem as Stored};

/// The rest. Members are only ever added, each with a default.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Rest {
    last_cause: Option<String>,
    last_ending: Option<String>,
    running_since: Option<i64>,
    last_failure: Option<FailureText>,
    back_off: u32,
    eager: u32,
    retry_at: Option<i64>,
    fresh_since: Option<i64>,
    settled: BTreeMap<String, i64>,
    owed: Vec<(String, i64)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FailureText {
    at: i64,
    class: String,
    text: String,
}

fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millis)
}

fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// As the store keeps it.
pub(super) fn to_store(item: &KeptItem) -> Stored {
    let rest = Rest {
        last_cause: item.last_cause.as_ref().map(Cause::to_string),
        last_ending: item.last_end.map(|(_, ending)| ending.to_string()),
        running_since: millis(item.running_since),
        last_failure: item.last_failure.as_ref().map(|failure| FailureText {
            at: failure.at.as_millis(),
            class: failure.class.to_string(),
            text: failure.text.clone(),
        }),
        back_off: item.back_off,
        eager: item.eager,
        retry_at: millis(item.retry_at),
        fresh_since: millis(item.fresh_since),
        settled: item.settled.iter().map(|(text, at)| (text.clone(), at.as_millis())).collect(),
        owed: item.owed.iter().map(|owed| (owed.cause.to_string(), owed.due.as_millis())).collect(),
    };
    Stored {
        last_started: item.last_started,
        last_ended: item.last_end.map(|(at, _)| at),
        last_succeeded: item.last_succeeded,
        last_due: item.owed.iter().map(|owed| owed.due).min(),
        failures: item.failures,
        not_before: item.not_before,
        late_since: item.late_since,
        interrupted: item.last_end.is_some_and(|(_, ending)| ending == Ending::Interrupted),
        // Maps have texts for keys and no number is out of range: nothing that could fail.
        cursors: serde_json::to_string(&rest).ok(),
        ..Stored::new(item.item)
    }
}

/// As the keeper takes it. A text of a newer version that cannot be read is as good as none: schedules then begin anew.
pub(super) fn from_store(stored: &Stored) -> KeptItem {
    let rest: Rest =
        stored.cursors.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let cause = |text: String| text.parse::<Cause>().ok();
    let ending = rest.last_ending.and_then(|word| word.parse::<Ending>().ok());
    let failure = rest.last_failure.and_then(|failure| {
        let class = failure.class.parse().ok()?;
        Some(KeptFailure { at: Timestamp::from_millis(failure.at), class, text: failure.text })
    });
    let owed = rest
        .owed
        .into_iter()
        .filter_map(|(text, due)| Some(Owed { cause: cause(text)?, due: Timestamp::from_millis(due) }));
    KeptItem {
        last_started: stored.last_started,
        last_cause: rest.last_cause.and_then(cause),
        last_end: stored.last_ended.zip(ending),
        running_since: time(rest.running_since),
        last_succeeded: stored.last_succeeded,
        last_failure: failure,
        failures: stored.failures,
        back_off: rest.back_off,
        eager: rest.eager,
        retry_at: time(rest.retry_at),
        not_before: stored.not_before,
        fresh_since: time(rest.fresh_since),
        late_since: stored.late_since,
        settled: rest.settled.into_iter().map(|(text, at)| (text, Timestamp::from_millis(at))).collect(),
        owed: owed.collect(),
        ..KeptItem::new(stored.item)
    }
}

/// A decision as the ledger keeps it.
pub(super) fn decision(decision: &Decision) -> DecisionRecord {
    let condition = |value: &ConditionValue| ConditionRecord {
        name: value.name.to_string(),
        value: value.value.clone(),
        wanted: value.wanted.clone(),
        holds: value.holds,
    };
    DecisionRecord {
        at: decision.at,
        item: decision.item,
        // What nothing called for is decided because time went by.
        trigger: decision.cause.as_ref().map_or_else(|| "freshness".to_owned(), Cause::to_string),
        verdict: decision.verdict.to_string(),
        text: Some(decision.detail.clone()).filter(|text| !text.is_empty()),
        until: None,
        session: None,
        conditions: decision.conditions.iter().map(condition).collect(),
    }
}

#[cfg(test)]
mod tests {
    use syncmgr_keeper::ErrorClass;
    use syncmgr_model::id::ItemId;

    use super::*;

    #[test]
    fn what_is_kept_comes_back_whole() {
        let at = |millis| Timestamp::from_millis(millis);
        let item = KeptItem {
            last_started: Some(at(1)),
            last_cause: Some(Cause::Volume("/mnt/a b".to_owned())),
            last_end: Some((at(2), Ending::Interrupted)),
            running_since: Some(at(3)),
            last_succeeded: Some(at(4)),
            last_failure: Some(KeptFailure {
                at: at(5),
                class: ErrorClass::Transient,
                text: "no route".to_owned(),
            }),
            failures: 6,
            back_off: 7,
            eager: 8,
            retry_at: Some(at(9)),
            not_before: Some(at(10)),
            fresh_since: Some(at(11)),
            late_since: Some(at(12)),
            settled: [("every 15m".to_owned(), at(13))].into(),
            owed: vec![Owed { cause: Cause::Schedule("0 2 * * *".to_owned()), due: at(14) }],
            ..KeptItem::new(ItemId::from_u128(1))
        };
        assert_eq!(from_store(&to_store(&item)), item);
        let empty = KeptItem::new(ItemId::from_u128(2));
        assert_eq!(from_store(&to_store(&empty)), empty);
        let unreadable = Stored { cursors: Some("{".to_owned()), ..to_store(&item) };
        assert_eq!(from_store(&unreadable).last_succeeded, item.last_succeeded);
    }
}
