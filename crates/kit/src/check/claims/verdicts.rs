//! What the user wants is done: skip, stop, pause.

use std::collections::BTreeMap;

use crate::check::bench::{Bench, End, Open, Ran};
use crate::check::desk::{Moment, Play};
use crate::check::report::Verdict;

/// How many progress lines may still be under way when a verdict is out: the window.
const UNDER_WAY: u32 = syncmgr_wire::protocol::limits::WINDOW_MESSAGES as u32;

pub(super) fn skip(bench: &Bench<'_>) -> Verdict {
    if !bench.seen.borrow().has_cap("skip") {
        return Verdict::NotApplicable("it does not declare the cap `skip`".to_owned());
    }
    let reference = bench.seen.borrow().reference.clone();
    let Some(first) = bench.seen.borrow().items.first().cloned() else { return Verdict::Held };
    for (place, moment) in
        [("skip-before", Moment::Before), ("skip-at-progress", Moment::FirstProgress(Some(first.clone())))]
    {
        let was_before = moment == Moment::Before;
        let verdict = bench.with_ready(place, |open| {
            let ran = open.run(&BTreeMap::new(), Play::Skip(first.clone(), moment))?;
            if let Some(found) = went_on(&ran, &first, was_before) {
                return Ok(open.failed(found));
            }
            let others = reference.iter().filter(|(item, _)| **item != first);
            for (item, end) in others {
                if ran.end(item) != *end {
                    let found = format!(
                        "`{first}` was skipped, and `{item}` ended as {} instead of {}",
                        ran.end(item).as_str(),
                        end.as_str()
                    );
                    return Ok(open.failed(found));
                }
            }
            Ok(Verdict::Held)
        });
        if verdict != Verdict::Held {
            return verdict;
        }
    }
    Verdict::Held
}

/// What an item did although its end was wanted.
fn went_on(ran: &Ran, item: &str, was_before: bool) -> Option<String> {
    let n_after_end = ran.told.get(item).map_or(0, |told| told.n_after_end);
    let succeeded = ran.end(item) == End::Succeeded;
    if was_before && succeeded {
        return Some(format!("`{item}` succeeded although its end was wanted before it began"));
    }
    if n_after_end > UNDER_WAY {
        return Some(format!("`{item}` went on for {n_after_end} progress lines after the verdict"));
    }
    // Fewer may have been under way, and then the work may have been through.
    (succeeded && n_after_end > 1 && !ran_numbered(ran, item))
        .then(|| format!("`{item}` succeeded after {n_after_end} progress calls had been answered otherwise"))
}

/// Whether the item's lines may have been written before the verdict was read.
fn ran_numbered(ran: &Ran, item: &str) -> bool {
    ran.told.get(item).is_some_and(|told| told.n_numbered > 0)
}

pub(super) fn stop(bench: &Bench<'_>) -> Verdict {
    for (place, moment) in
        [("stop-before", Moment::Before), ("stop-at-progress", Moment::FirstProgress(None))]
    {
        let was_before = moment == Moment::Before;
        let verdict = bench.with_ready(place, |open| {
            let ran = open.run(&BTreeMap::new(), Play::Stop(moment))?;
            Ok(nothing_went_on(open, &ran, was_before))
        });
        if verdict != Verdict::Held {
            return verdict;
        }
    }
    Verdict::Held
}

fn nothing_went_on(open: &mut Open<'_>, ran: &Ran, was_before: bool) -> Verdict {
    let found = ran.told.keys().find_map(|item| went_on(ran, item, was_before));
    found.map_or(Verdict::Held, |found| open.failed(found))
}

pub(super) fn stop_at_checkpoint(bench: &Bench<'_>) -> Verdict {
    if bench.seen.borrow().n_checkpoints == 0 {
        return Verdict::NotApplicable("it uses no checkpoints".to_owned());
    }
    bench.with_ready("stop-at-checkpoint", |open| {
        let ran = open.run(&BTreeMap::new(), Play::Stop(Moment::FirstCheckpoint))?;
        for (item, told) in &ran.told {
            if told.checkpoints_after_end > 0 {
                let found = format!("`{item}` came to another checkpoint after one was answered with stop");
                return Ok(open.failed(found));
            }
        }
        let mut refused = ran.told.iter().filter(|(_, told)| told.was_refused);
        if let Some((item, _)) = refused.find(|(item, _)| ran.end(item) == End::Succeeded) {
            return Ok(
                open.failed(format!("`{item}` succeeded although its checkpoint was answered with stop"))
            );
        }
        Ok(nothing_went_on(open, &ran, false))
    })
}

pub(super) fn pause(bench: &Bench<'_>) -> Verdict {
    let (reference, declares) = {
        let seen = bench.seen.borrow();
        (seen.reference.clone(), seen.has_cap("pause"))
    };
    bench.with_ready("pause", |open| {
        let ran = open.run(&BTreeMap::new(), Play::Pause(Moment::Before))?;
        if ran.was_paused && declares {
            return Ok(open.failed("it was through although the run was paused before it began"));
        }
        if ran.was_paused {
            let why = "it does not declare the cap `pause`, and its progress waits for no answer";
            return Ok(Verdict::NotApplicable(why.to_owned()));
        }
        if ran.ends() != reference {
            return Ok(open.failed("after the pause items ended otherwise than without one"));
        }
        Ok(Verdict::Held)
    })
}
