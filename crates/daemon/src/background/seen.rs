//! What faces show and no event of a session tells: compared, so that faces hear of differences and of nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use syncmgr_keeper::Pause;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::line::{Source, Topic};

use crate::manager::Choices;

/// What was read when the configuration was read last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reloaded {
    /// The text of the configuration.
    pub(super) config: Option<String>,
    /// Ticks and registrations.
    pub(super) choices: Choices,
}

/// Everything of that kind, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen {
    pub(super) reloaded: Arc<Reloaded>,
    /// Items that are late, and since when.
    pub(super) late: BTreeMap<ItemId, Timestamp>,
    /// When items run next.
    pub(super) next_runs: BTreeMap<ItemId, Timestamp>,
    /// Whether there is a network.
    pub(super) online: bool,
    /// The connections that the system knows to be up.
    pub(super) connections: BTreeSet<String>,
    /// Those that are configured: how many use each, and what is worth knowing about it.
    pub(super) users: Vec<(String, u64, String)>,
    pub(super) pause: Pause,
    pub(super) sources: Vec<Source>,
}

impl Seen {
    /// What is different now, each topic once, in the order of the topics.
    pub(super) fn differences(&self, now: &Self) -> Vec<Topic> {
        let (before, after) = (&self.reloaded, &now.reloaded);
        let is_other_config = before.config != after.config;
        let items = is_other_config
            || before.choices != after.choices
            || self.late != now.late
            || self.next_runs != now.next_runs;
        let settings = is_other_config || !before.choices.has_handlers_of(&after.choices);
        let connections = (self.online, &self.connections, &self.users);
        let connections = connections != (now.online, &now.connections, &now.users);
        let daemon = self.pause != now.pause || self.sources != now.sources;
        [
            (items, Topic::Items),
            (settings, Topic::Settings),
            (connections, Topic::Connections),
            (daemon, Topic::Daemon),
        ]
        .into_iter()
        .filter_map(|(differs, topic)| differs.then_some(topic))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(change: impl FnOnce(&mut Seen)) -> Seen {
        let mut seen = Seen::default();
        change(&mut seen);
        seen
    }

    #[test]
    fn each_difference_is_told_under_its_topic_and_nothing_else_is() {
        let at = Timestamp::from_millis(1);
        let item = ItemId::from_u128(1);
        let source = Source { name: "logind".to_owned(), there: false, text: "gone".to_owned() };
        let reloaded = Reloaded { config: Some("x".to_owned()), ..Reloaded::default() };
        for (now, expected) in [
            (seen(|_| {}), &[][..]),
            (seen(|now| now.reloaded = Arc::new(reloaded)), &[Topic::Items, Topic::Settings]),
            (
                seen(|now| {
                    let _new = now.late.insert(item, at);
                }),
                &[Topic::Items],
            ),
            (
                seen(|now| {
                    let _new = now.next_runs.insert(item, at);
                }),
                &[Topic::Items],
            ),
            (seen(|now| now.online = true), &[Topic::Connections]),
            (
                seen(|now| {
                    let _new = now.connections.insert("home".to_owned());
                }),
                &[Topic::Connections],
            ),
            (seen(|now| now.users.push(("vpn".to_owned(), 1, String::new()))), &[Topic::Connections]),
            (seen(|now| now.pause = Pause::Until(None)), &[Topic::Daemon]),
            (seen(|now| now.sources.push(source)), &[Topic::Daemon]),
        ] {
            assert_eq!(Seen::default().differences(&now), expected, "{now:?}");
            assert_eq!(now.differences(&now.clone()), [], "nothing is told twice");
        }
    }
}
