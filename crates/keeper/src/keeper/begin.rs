//! Beginnings: who of those that are due begins now, and what the others wait for.

use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;

use crate::cause::Cause;
use crate::condition::ConditionValue;
use crate::decision::Verdict;
use crate::effect::Effect;
use crate::interval::interval_text;
use crate::item::Item;
use crate::keeper::{Gate, Keeper, Running, Stop};
use crate::kept::Owed;

/// Something owed that may begin.
struct Candidate {
    item_idx: usize,
    owed: Owed,
    conditions: Vec<ConditionValue>,
}

/// Whoever waits for us to leave comes first, then people, then what has been due for longest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Leaving,
    Asked,
    Usual,
}

impl Candidate {
    const fn urgency(&self) -> Urgency {
        match self.owed.cause {
            Cause::Logoff | Cause::Disconnect => Urgency::Leaving,
            Cause::Asked => Urgency::Asked,
            _ => Urgency::Usual,
        }
    }
}

impl Keeper {
    /// Starts what may start. The only place where a session starts.
    pub(super) fn begin(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let open = self.sort_out(now, out);
        let Some(first) = open.iter().min_by_key(|open| (open.urgency(), open.owed.due, open.item_idx))
        else {
            return;
        };
        let trigger = first.owed.cause.trigger(self.world.console);
        self.start(trigger, open, now, out);
        // What could have begun as well waits now, and the ledger is to have it.
        self.sort_out(now, out);
    }

    /// Judges everything owed: returns what may begin, lets go of what is lost, notes what waits.
    fn sort_out(&mut self, now: Timestamp, out: &mut Vec<Effect>) -> Vec<Candidate> {
        let mut open = Vec::new();
        for item_idx in 0..self.items.len() {
            for owed in self.items[item_idx].kept.owed.clone() {
                let judgment = self.judge(&self.items[item_idx], &owed.cause, now);
                let reason = self.reason(&judgment);
                let conditions = judgment.conditions;
                let item = &mut self.items[item_idx];
                if judgment.gate == Gate::Open {
                    open.push(Candidate { item_idx, owed, conditions });
                } else if judgment.gate.loses(&owed.cause, item.rule.catch_up) {
                    item.let_go(&owed.cause, Verdict::Refused, conditions, &reason, now, out);
                } else if item.note(&owed.cause, &reason) {
                    out.push(item.decided(now, &owed, Verdict::Waiting, conditions, &reason));
                }
            }
        }
        open
    }

    /// Starts one session for all that may begin for the same trigger.
    fn start(&mut self, trigger: Trigger, open: Vec<Candidate>, now: Timestamp, out: &mut Vec<Effect>) {
        let mut items = Vec::new();
        for Candidate { item_idx, owed, conditions } in open {
            let item = &mut self.items[item_idx];
            if owed.cause.trigger(self.world.console) != trigger || items.contains(&item.id()) {
                continue;
            }
            items.push(item.id());
            out.push(item.decided(now, &owed, Verdict::Ran, conditions, &waited(&owed, now)));
            begin_item(item, &owed.cause, now, out);
        }
        self.running = Some(Running { items: items.clone(), trigger: trigger.clone(), stop: Stop::NotTold });
        out.push(Effect::Start { items, trigger });
    }
}

/// Notes that the item runs for `cause`, and that this stands for whatever else it owed.
pub(super) fn begin_item(item: &mut Item, cause: &Cause, now: Timestamp, out: &mut Vec<Effect>) {
    for owed in item.begin(cause, now) {
        if owed.cause != *cause {
            out.push(item.decided(now, &owed, Verdict::Merged, Vec::new(), ""));
        }
    }
}

/// How long it has waited, where that is worth a word.
fn waited(owed: &Owed, now: Timestamp) -> String {
    let minutes = now.millis_since(owed.due) / 60_000;
    if minutes == 0 {
        return String::new();
    }
    let seconds = if minutes < 60 { minutes * 60 } else { minutes / 60 * 3600 };
    format!("was due for {}", interval_text(std::time::Duration::from_secs(seconds)))
}
