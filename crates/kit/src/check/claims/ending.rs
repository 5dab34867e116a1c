//! Ends of all kinds, and what comes after them.

use std::collections::BTreeMap;

use syncmgr_wire::protocol::host::Nothing;
use syncmgr_wire::protocol::{code, method};

use crate::check::bench::{Bench, End, out_of_time};
use crate::check::desk::{Moment, Play};
use crate::check::report::Verdict;
use crate::check::talk::Broken;

pub(super) fn kill(bench: &Bench<'_>) -> Verdict {
    let n_messages = bench.seen.borrow().n_messages;
    let places = places(n_messages, bench.limits().kills);
    for n_before in places {
        if bench.is_out_of_time() {
            return out_of_time();
        }
        let verdict = killed_after(bench, n_before);
        if verdict != Verdict::Held {
            return verdict;
        }
    }
    Verdict::Held
}

/// After how many messages to kill: all numbers, or as many as allowed, spread, with both ends.
fn places(n_messages: usize, n_kills: usize) -> Vec<usize> {
    let n_places = n_messages.min(n_kills).max(1);
    let mut places: Vec<_> = (0..n_places)
        .map(|place| 1 + place * n_messages.saturating_sub(1) / n_places.saturating_sub(1).max(1))
        .collect();
    places.dedup();
    places
}

/// A run that is killed, and the next one in the same folder with the state that was kept.
fn killed_after(bench: &Bench<'_>, n_messages: usize) -> Verdict {
    let place = format!("kill-{n_messages}");
    let mut states = BTreeMap::new();
    let killed = bench.with_ready(&place, |open| {
        open.talk.kill_after(n_messages);
        match open.run(&states, Play::LetRun) {
            Ok(ran) => states = ran.states(),
            Err(Broken::Killed) => {}
            Err(broken) => return Err(broken),
        }
        states.extend(std::mem::take(&mut open.talk.desk.states));
        Ok(Verdict::Held)
    });
    if killed != Verdict::Held {
        return killed;
    }
    let reference = bench.seen.borrow().reference.clone();
    bench.with_ready(&place, |open| {
        let ran = open.run(&states, Play::LetRun)?;
        for (item, expected) in &reference {
            let end = ran.end(item);
            if *expected == End::Succeeded && end != End::Succeeded {
                let found = format!(
                    "killed after message {n_messages} of a run, the next run ended `{item}` as {}",
                    end.as_str()
                );
                return Ok(open.failed(found));
            }
        }
        Ok(Verdict::Held)
    })
}

pub(super) fn input_closed(bench: &Bench<'_>) -> Verdict {
    let limit = bench.limits().exit;
    let idle = bench.with_ready("input-closed-idle", |open| {
        open.talk.close_stdin();
        open.talk.read_to_end(limit);
        Ok(match open.talk.wait(limit) {
            Some(_) => Verdict::Held,
            None => open.failed(format!("idle, it was still there {} s later", limit.as_secs_f64())),
        })
    });
    if idle != Verdict::Held {
        return idle;
    }
    bench.with_ready("input-closed-in-a-run", |open| {
        let id = open.begin(&BTreeMap::new(), Play::Pause(Moment::FirstProgress(None)))?;
        open.talk.read_to_pause(method::SYNC, id)?;
        open.talk.close_stdin();
        open.talk.read_to_end(limit);
        Ok(match open.talk.wait(limit) {
            Some(_) => Verdict::Held,
            None => open.failed(format!("in a run, it was still there {} s later", limit.as_secs_f64())),
        })
    })
}

pub(super) fn exit(bench: &Bench<'_>) -> Verdict {
    let limit = bench.limits().exit;
    bench.with_ready("exit", |open| {
        open.run(&BTreeMap::new(), Play::LetRun)?;
        match open.talk.ask::<Nothing>(method::SHUTDOWN, &Nothing {})? {
            Ok(_) => {}
            Err(refusal) if refusal.code == code::UNKNOWN_METHOD => {}
            Err(refusal) => return Ok(open.failed(format!("`shutdown` was refused: {refusal}"))),
        }
        open.talk.notify(method::EXIT, &Nothing {});
        open.talk.read_to_end(limit);
        Ok(match open.talk.wait(limit) {
            Some(status) if status.success() => Verdict::Held,
            Some(status) => open.failed(format!("it ended ({status})")),
            None => open.failed(format!("it was still there {} s after `exit`", limit.as_secs_f64())),
        })
    })
}

pub(super) fn leftovers(bench: &Bench<'_>) -> Verdict {
    let limit = bench.limits().exit;
    bench.with_ready("leftovers", |open| {
        open.run(&BTreeMap::new(), Play::LetRun)?;
        open.talk.notify(method::EXIT, &Nothing {});
        open.talk.close_stdin();
        if open.talk.wait(limit).is_none() {
            return Ok(open.failed(format!("it was still there {} s after `exit`", limit.as_secs_f64())));
        }
        Ok(match open.talk.n_processes() {
            0 => Verdict::Held,
            n => open.failed(format!("{n} processes that it started were still there when it had ended")),
        })
    })
}

pub(super) fn not_a_message(bench: &Bench<'_>) -> Verdict {
    bench.with_ready("not-a-message", |open| {
        open.talk.send(b"\xff\xfe is no text\n".to_vec());
        open.talk.send(b"neither is this a message\n".to_vec());
        match open.list() {
            // To leave is a refusal, too.
            Ok(_) | Err(Broken::Ended { .. }) => Ok(Verdict::Held),
            Err(broken) => Err(broken),
        }
    })
}

pub(super) fn strange_state(bench: &Bench<'_>) -> Verdict {
    if !bench.seen.borrow().has_cap("resume_state") {
        return Verdict::NotApplicable("it does not declare the cap `resume_state`".to_owned());
    }
    let state = "{\"version\":999999,\"from\":\"the future\"}".to_owned();
    let states = bench.seen.borrow().items.iter().map(|item| (item.clone(), state.clone())).collect();
    bench.with_ready("strange-state", |open| {
        let ran = open.run(&states, Play::LetRun)?;
        let is_told = |item: &str| ran.result(item).is_some_and(|result| result.text.is_some());
        for (item, end) in ran.ends() {
            if end == End::Failed && !is_told(&item) && open.talk.desk.n_errors == 0 {
                return Ok(open.failed(format!("`{item}` failed and nothing says why")));
            }
        }
        open.list()?;
        Ok(Verdict::Held)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_run_is_killed_at_each_message_and_a_long_one_at_both_ends_and_between() {
        assert_eq!(places(4, 25), [1, 2, 3, 4]);
        assert_eq!(places(1, 25), [1]);
        assert_eq!(places(101, 5), [1, 26, 51, 76, 101]);
        assert_eq!(places(100, 1), [1]);
    }
}
