//! What everything else needs: it starts, lists and synchronizes.

use std::collections::{BTreeMap, BTreeSet};

use syncmgr_wire::protocol::host::{Item, Nothing, VersionRange};
use syncmgr_wire::protocol::limits::ITEM_ID_MAX;
use syncmgr_wire::protocol::{PROTOCOL, code};

use crate::check::bench::{Bench, End, Setup};
use crate::check::desk::Play;
use crate::check::report::Verdict;
use crate::check::talk::Broken;

pub(super) fn starts(bench: &Bench<'_>) -> Verdict {
    bench.with("starts", Setup::ORDINARY, |open| {
        let result = open.initialize()?;
        if result.name.is_none_or(|name| name.trim().is_empty()) {
            return Ok(open.failed("the reply to `initialize` has no `name`"));
        }
        bench.seen.borrow_mut().caps = result.caps.into_iter().collect();
        Ok(Verdict::Held)
    })
}

pub(super) fn lists(bench: &Bench<'_>) -> Verdict {
    let first = bench.with_ready("lists", |open| {
        let (items, again) = (open.list()?, open.list()?);
        if let Some(found) = wrong_items(&items) {
            return Ok(open.failed(found));
        }
        bench.seen.borrow_mut().items = items.iter().map(|item| item.id.clone()).collect();
        Ok(if ids(&items) == ids(&again) {
            Verdict::Held
        } else {
            open.failed("a second `enumerate` names other ids")
        })
    });
    if first != Verdict::Held {
        return first;
    }
    bench.with("lists", Setup { settings_only: true, ..Setup::ORDINARY }, |open| {
        open.initialize()?;
        let items = open.list()?;
        let known: BTreeSet<_> = bench.seen.borrow().items.iter().cloned().collect();
        Ok(if ids(&items) == known { Verdict::Held } else { open.failed("another process names other ids") })
    })
}

fn ids(items: &[Item]) -> BTreeSet<String> {
    items.iter().map(|item| item.id.clone()).collect()
}

fn wrong_items(items: &[Item]) -> Option<String> {
    if items.is_empty() {
        return Some("it lists no items; set it up so that there is at least one to look at".to_owned());
    }
    let bad = items.iter().find(|item| item.id.is_empty() || item.id.len() > ITEM_ID_MAX);
    if let Some(item) = bad {
        return Some(format!("an id has {} bytes: `{}`", item.id.len(), item.id));
    }
    if let Some(item) = items.iter().find(|item| item.id.contains(char::REPLACEMENT_CHARACTER)) {
        return Some(format!("an id is not text: `{}`", item.id));
    }
    let mut seen = BTreeSet::new();
    items.iter().find(|item| !seen.insert(&item.id)).map(|item| format!("`{}` is listed twice", item.id))
}

pub(super) fn synchronizes(bench: &Bench<'_>) -> Verdict {
    bench.with_ready("synchronizes", |open| {
        let before = open.talk.n_heard;
        let ran = open.run(&BTreeMap::new(), Play::LetRun)?;
        let ends = ran.ends();
        {
            let mut seen = bench.seen.borrow_mut();
            seen.n_messages = open.talk.n_heard - before;
            seen.reference = ends.clone();
        }
        for (item, told) in &ran.told {
            if told.n_progress == 0 {
                return Ok(
                    open.failed(format!("there was no progress on `{item}`, so it could not be skipped"))
                );
            }
            if let (None, Some(_), None) = (told.status, &ran.results, ran.result(item)) {
                return Ok(open.failed(format!("the reply to `sync` gives no result for `{item}`")));
            }
        }
        if !ends.values().any(|end| *end == End::Succeeded) {
            return Ok(open.failed("no item succeeded; set it up so that at least one does"));
        }
        Ok(Verdict::Held)
    })
}

pub(super) fn version(bench: &Bench<'_>) -> Verdict {
    let versions = VersionRange { min: 90, max: 99 };
    bench.with("version", Setup { versions, ..Setup::ORDINARY }, |open| match open.introduce() {
        Ok(Err(refusal)) if refusal.code == code::NO_COMMON_VERSION => Ok(Verdict::Held),
        Ok(Err(refusal)) => {
            Ok(open.failed(format!("it refused with {}, not with {}", refusal.code, code::NO_COMMON_VERSION)))
        }
        // To say what it speaks is as good as to refuse: a manager ends it then.
        Ok(Ok(result)) if result.protocol == Some(PROTOCOL) || result.declined => Ok(Verdict::Held),
        Ok(Ok(result)) => {
            let found = format!("it agreed to version {:?} of 90 to 99", result.protocol.unwrap_or_default());
            Ok(open.failed(found))
        }
        Err(Broken::Ended { .. }) => Ok(Verdict::Held),
        Err(broken) => Err(broken),
    })
}

pub(super) fn unknown_method(bench: &Bench<'_>) -> Verdict {
    bench.with_ready("unknown-method", |open| {
        match open.talk.ask::<Nothing>("x-kit/unknown", &Nothing {})? {
            Err(refusal) if refusal.code == code::UNKNOWN_METHOD => {}
            Err(refusal) => return Ok(open.failed(format!("it refused with {}", refusal.code))),
            Ok(_) => return Ok(open.failed("it answered a method that does not exist")),
        }
        open.list()?;
        Ok(Verdict::Held)
    })
}
