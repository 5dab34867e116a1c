//! The freshness contract: an item is to succeed at least once in every so long, and is late otherwise.

use std::time::Duration;

use syncmgr_model::time::Timestamp;

use crate::interval::later;

/// How an item stands to its contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It has none.
    NotPromised,
    /// It is in time until this moment.
    Until(Timestamp),
    /// It has been late since this moment, whatever the reason.
    LateSince(Timestamp),
}

impl Freshness {
    /// Judges a contract whose time began at `since`: with the last success, or when the contract was first seen.
    pub(crate) fn judge(contract: Option<Duration>, since: Timestamp, now: Timestamp) -> Self {
        let Some(contract) = contract else {
            return Self::NotPromised;
        };
        let deadline = later(since, contract);
        if now < deadline { Self::Until(deadline) } else { Self::LateSince(deadline) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_late_from_the_moment_its_time_is_over() {
        let at = Timestamp::from_millis;
        let second = Some(Duration::from_secs(1));
        for (contract, now, expected) in [
            (None, 9999, Freshness::NotPromised),
            (second, 100, Freshness::Until(at(1100))),
            (second, 1099, Freshness::Until(at(1100))),
            (second, 1100, Freshness::LateSince(at(1100))),
            (second, 9999, Freshness::LateSince(at(1100))),
            (Some(Duration::MAX), 9999, Freshness::Until(at(i64::MAX))),
        ] {
            assert_eq!(Freshness::judge(contract, at(100), at(now)), expected, "{contract:?} {now}");
        }
    }
}
