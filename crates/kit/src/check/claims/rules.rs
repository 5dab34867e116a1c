//! Rules that hold at any time: they are noticed in all runs and told here.

use std::collections::BTreeMap;

use crate::check::bench::{Bench, End, Setup};
use crate::check::desk::{Acknowledging, Play, Rule};
use crate::check::report::Verdict;

/// A window so small that a handler that does not look at it is found out.
const SMALL_WINDOW: u64 = 4;

pub(super) fn credit(bench: &Bench<'_>) -> Verdict {
    if bench.seen.borrow().n_numbered == 0 {
        return Verdict::NotApplicable("it asks for each verdict and numbers nothing".to_owned());
    }
    let setup = Setup { window: SMALL_WINDOW, acknowledging: Acknowledging::Late, ..Setup::ORDINARY };
    let ran = bench.with("credit", setup, |open| {
        open.initialize()?;
        open.run(&BTreeMap::new(), Play::LetRun)?;
        Ok(Verdict::Held)
    });
    if ran == Verdict::Held { unbroken(bench, Rule::Credit) } else { ran }
}

pub(super) fn unattended(bench: &Bench<'_>) -> Verdict {
    if bench.seen.borrow().n_asked == 0 {
        return Verdict::NotApplicable("it asks no questions".to_owned());
    }
    bench.with_ready("unattended", |open| {
        open.run(&BTreeMap::new(), Play::LetRun)?;
        Ok(Verdict::Held)
    })
}

pub(super) fn stats(bench: &Bench<'_>) -> Verdict {
    bench.with_ready("stats", |open| {
        let ran = open.run(&BTreeMap::new(), Play::LetRun)?;
        let mut tells_numbers = false;
        for (item, told) in &ran.told {
            if let (Some(done), Some(total)) = (told.done, told.total) {
                tells_numbers = true;
                if done > total {
                    return Ok(open.failed(format!("`{item}` has done {done} of {total}")));
                }
            }
            let Some(stats) = ran.result(item).and_then(|result| result.stats.as_ref()) else { continue };
            tells_numbers = true;
            let n_errors: u64 = stats.errors.values().sum();
            let outcome = ran.result(item).map(|result| result.outcome);
            if n_errors > 0 && outcome == Some(syncmgr_wire::protocol::Outcome::Succeeded) {
                let hint = "`succeeded_with_warnings` is the word for that";
                return Ok(open.failed(format!("`{item}` succeeded with {n_errors} errors; {hint}")));
            }
            if ran.end(item) == End::Skipped && stats.inserts + stats.updates + stats.deletes > 0 {
                return Ok(open.failed(format!("`{item}` was skipped by itself and changed something")));
            }
        }
        Ok(if tells_numbers {
            Verdict::Held
        } else {
            Verdict::NotApplicable("it tells no numbers".to_owned())
        })
    })
}

pub(super) fn messages(bench: &Bench<'_>) -> Verdict {
    unbroken(bench, Rule::Shape)
}

pub(super) fn clean_output(bench: &Bench<'_>) -> Verdict {
    match unbroken(bench, Rule::Stray) {
        Verdict::Failed { found, exchange } => {
            let hint =
                "give the protocol a descriptor of its own and point standard output at standard error";
            Verdict::Failed { found: format!("{found}; {hint}"), exchange }
        }
        other => other,
    }
}

pub(super) fn answers(bench: &Bench<'_>) -> Verdict {
    unbroken(bench, Rule::Answers)
}

pub(super) fn in_order(bench: &Bench<'_>) -> Verdict {
    unbroken(bench, Rule::Order)
}

pub(super) fn secrets(bench: &Bench<'_>) -> Verdict {
    if bench.seen.borrow().n_secrets == 0 {
        return Verdict::NotApplicable("it asks for no secrets".to_owned());
    }
    unbroken(bench, Rule::Secret)
}

/// Whether a rule was kept in everything that was said so far.
fn unbroken(bench: &Bench<'_>, rule: Rule) -> Verdict {
    match bench.seen.borrow().broken(rule) {
        None => Verdict::Held,
        Some(note) => Verdict::Failed { found: note.text.clone(), exchange: note.exchange.clone() },
    }
}
