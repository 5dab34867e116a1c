//! [`Sources`]: what this machine tells about itself, files excepted: nothing yet. So that nothing waits for ever, the machine counts as
//! connected and fed by the wall.

use std::collections::BTreeSet;
use std::time::Duration;

use crossbeam_channel::Sender;
use syncmgr_sources::{Metered, Power, Sign, Source};

/// The sources that run: none.
pub(crate) struct Sources(());

impl Sources {
    /// Tells what is taken for granted.
    pub(crate) fn start(signs: &Sender<Sign>, _lost: &mut dyn FnMut(Source, String)) -> Self {
        let network = Sign::Network { online: true, metered: Metered::Unknown, connections: BTreeSet::new() };
        for sign in [network, Sign::Power { on: Power::Mains, percent: None }] {
            // The loop that reads them is about to begin.
            let _unread = signs.send(sign);
        }
        Self(())
    }

    /// Sleep and logoff do not wait for the daemon.
    pub(crate) fn hold(&mut self) {}

    /// How long sleep and logoff wait at most, where somebody says so.
    pub(crate) fn longest_hold(&self) -> Option<Duration> {
        None
    }

    /// Lets sleep and logoff go on.
    pub(crate) fn release(&mut self) {}

    /// A source is absent.
    pub(crate) fn do_without(&mut self, _source: Source, _lost: &mut dyn FnMut(Source, String)) {}

    /// The sources, and whether each runs.
    pub(crate) fn all(&self) -> Vec<(Source, bool)> {
        Vec::new()
    }
}
