//! What the ledger says, for who asks without a daemon: with one, the keeper knows more.

use syncmgr_model::id::ItemId;
use syncmgr_store::DecisionRecord;

use super::Manager;
use crate::failure::Failure;
use crate::phrases;

/// How many decisions are worth telling.
const N_TOLD: u32 = 5;

impl Manager {
    /// The last decisions about an item, the newest first; nothing while the keeper itself can be asked.
    pub(super) fn ledger(&mut self, item: ItemId) -> Result<Vec<String>, Failure> {
        if self.connections.is_some() {
            return Ok(Vec::new());
        }
        let decisions = self.read(|store| store.decisions(Some(item), N_TOLD))?;
        Ok(decisions.iter().map(|numbered| words(&numbered.decision)).collect())
    }
}

/// `2026-11-29 14:02:11: waiting for every 15m (for power; power was battery, wanted mains)`
fn words(decision: &DecisionRecord) -> String {
    let DecisionRecord { at, trigger, verdict, text, conditions, .. } = decision;
    let failing = conditions.iter().filter(|condition| !condition.holds);
    let failing = failing
        .map(|condition| format!("{} was {}, wanted {}", condition.name, condition.value, condition.wanted));
    let details: Vec<String> = text.iter().cloned().chain(failing).collect();
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join("; ")) };
    format!("{}: {verdict}, for `{trigger}`{details}", phrases::moment(*at))
}

#[cfg(test)]
mod tests {
    use syncmgr_model::time::Timestamp;
    use syncmgr_store::ConditionRecord;

    use super::*;

    #[test]
    fn a_decision_is_told_with_what_it_rested_on() {
        let condition = |name: &str, holds| ConditionRecord {
            name: name.to_owned(),
            value: "battery".to_owned(),
            wanted: "mains".to_owned(),
            holds,
        };
        let waiting = DecisionRecord {
            at: Timestamp::from_millis(0),
            item: ItemId::from_u128(1),
            trigger: "every 15m".to_owned(),
            verdict: "waiting".to_owned(),
            text: Some("for power".to_owned()),
            until: None,
            session: None,
            conditions: vec![condition("power", false), condition("window", true)],
        };
        let told = words(&waiting);
        let expected = ": waiting, for `every 15m` (for power; power was battery, wanted mains)";
        assert!(told.ends_with(expected), "{told}");
        let ran = DecisionRecord { text: None, conditions: Vec::new(), ..waiting };
        assert!(words(&ran).ends_with(", for `every 15m`"));
    }
}
