//! Progress becomes lines: at most twenty a second and item, never more under way than there is credit for.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::limits::PROGRESS_PER_SECOND;
use syncmgr_wire::protocol::{method, notification};

use super::host::Host;
use super::mailbox::State;
use super::rows::Row;

/// The time between two lines of an item. This crate has no clock; how often people can read is the one thing it measures.
const BETWEEN_LINES: Duration = Duration::from_millis(1000 / PROGRESS_PER_SECOND as u64);

/// Starts the thread that writes what is held back. It ends when the manager has gone.
pub(super) fn start(host: &Arc<Host>) {
    let host = host.clone();
    // Without the thread only final statuses are shown, which are written by who reports them.
    let _ = thread::Builder::new().name("guest-progress".to_owned()).spawn(move || write_held_back(&host));
}

fn write_held_back(host: &Host) {
    // When each row may have its next line; rows that had none may at once.
    let mut due: Vec<Option<Instant>> = Vec::new();
    while let Some(index) = next(host, &due) {
        let Some(row) = host.mailbox.rows().and_then(|rows| rows.at(index)) else { continue };
        write(host, row, Credit::Awaited);
        if due.len() <= index {
            due.resize(index + 1, None);
        }
        due[index] = Some(Instant::now() + BETWEEN_LINES);
    }
}

/// Waits for a row whose line is due and takes it; `None` when the manager has gone.
fn next(host: &Host, due: &[Option<Instant>]) -> Option<usize> {
    let mailbox = &host.mailbox;
    let moment = |index: usize| due.get(index).copied().flatten();
    let mut state = mailbox.state();
    loop {
        if state.is_gone {
            return None;
        }
        let earliest = (0..state.waiting.len()).min_by_key(|place| moment(state.waiting[*place]));
        let Some(place) = earliest else {
            state = mailbox.wait(state);
            continue;
        };
        match moment(state.waiting[place]) {
            Some(moment) if moment > Instant::now() => state = mailbox.wait_until(state, moment),
            _ => return Some(state.waiting.swap_remove(place)),
        }
    }
}

/// What to do without credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credit {
    /// Wait for it, unless the work has to end anyway.
    Awaited,
    /// Write nothing.
    IfThere,
}

/// Writes what is held back of a row.
pub(super) fn write(host: &Host, row: &Row, credit: Credit) {
    let mailbox = &host.mailbox;
    let is_needless = |state: &State| state.is_gone || mailbox.of(row) >= Verdict::Yield;
    let length = LONGEST_WITHOUT_TEXT + row.name.len() as u64;
    loop {
        // The order of locks: the stream, then the mailbox for a moment. While a line is being written the mailbox is free,
        // so that the thread that reads goes on reading also when the manager does not.
        let mut output = host.output();
        let mut state = mailbox.state();
        if state.has_credit(length) || (credit == Credit::Awaited && is_needless(&state)) {
            let Some(params) = row.take(Some(state.seq + 1)) else { return };
            let line = notification(method::PROGRESS, &params);
            state.seq += 1;
            let number = (state.seq, line.len() as u64);
            state.under_way.push_back(number);
            state.bytes_under_way += number.1;
            drop(state);
            output.write(&line);
            return;
        }
        drop(output);
        if credit == Credit::IfThere {
            return;
        }
        mailbox.await_credit(state, length, is_needless);
    }
}

/// About the length of a line; the window is meant for many, so an estimate keeps to it well enough.
const LONGEST_WITHOUT_TEXT: u64 = 256;
