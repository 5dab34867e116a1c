//! [`Sources`]: what this machine tells about itself, files excepted.

use std::time::Duration;

use crossbeam_channel::Sender;
use syncmgr_sources::{
    Bus, Inhibitor, Logind, Netlink, NetworkManager, Sign, Source, Subject, Upower, Volumes,
};

/// The sources that run.
pub(crate) struct Sources {
    signs: Sender<Sign>,
    bus: Bus,
    network_manager: Option<NetworkManager>,
    netlink: Option<Netlink>,
    logind: Option<Logind>,
    upower: Option<Upower>,
    volumes: Option<Volumes>,
    inhibitor: Option<Inhibitor>,
}

impl Sources {
    /// Starts all sources that this machine has. `lost` is told of those that cannot be started, and why.
    pub(crate) fn start(signs: &Sender<Sign>, lost: &mut dyn FnMut(Source, String)) -> Self {
        let bus = Bus::System;
        let user = Subject::User(rustix::process::getuid().as_raw());
        let mut sources = Self {
            network_manager: keep(
                Source::NetworkManager,
                NetworkManager::start(bus.clone(), signs.clone()),
                lost,
            ),
            netlink: None,
            logind: keep(Source::Logind, Logind::start(bus.clone(), user, signs.clone()), lost),
            upower: keep(Source::Upower, Upower::start(bus.clone(), signs.clone()), lost),
            volumes: keep(Source::Volumes, Volumes::start(signs.clone()), lost),
            inhibitor: None,
            signs: signs.clone(),
            bus,
        };
        sources.hold();
        sources
    }

    /// Makes sleep and logoff wait for the daemon from now on, where somebody can make them.
    pub(crate) fn hold(&mut self) {
        if self.inhibitor.is_none() {
            // Without logind nobody waits, which its source has told.
            self.inhibitor =
                Inhibitor::take(&self.bus, "syncmgr", "keeps your things in step before that").ok();
        }
    }

    /// How long sleep and logoff wait at most, where somebody says so.
    pub(crate) fn longest_hold(&self) -> Option<Duration> {
        self.inhibitor.as_ref().and_then(Inhibitor::limit)
    }

    /// Lets sleep and logoff go on.
    pub(crate) fn release(&mut self) {
        self.inhibitor = None;
    }

    /// A source is absent. Where that is `NetworkManager`, the kernel is asked instead.
    pub(crate) fn do_without(&mut self, source: Source, lost: &mut dyn FnMut(Source, String)) {
        if source == Source::NetworkManager && self.netlink.is_none() {
            self.netlink = keep(Source::Netlink, Netlink::start(self.signs.clone()), lost);
        }
    }

    /// The sources, and whether each runs.
    pub(crate) fn all(&self) -> Vec<(Source, bool)> {
        let all = [
            (Source::NetworkManager, self.network_manager.is_some()),
            (Source::Netlink, self.netlink.is_some()),
            (Source::Logind, self.logind.is_some()),
            (Source::Upower, self.upower.is_some()),
            (Source::Volumes, self.volumes.is_some()),
        ];
        all.into_iter().filter(|(source, runs)| *runs || *source != Source::Netlink).collect()
    }
}

fn keep<T>(source: Source, started: std::io::Result<T>, lost: &mut dyn FnMut(Source, String)) -> Option<T> {
    started.map_err(|error| lost(source, error.to_string())).ok()
}
