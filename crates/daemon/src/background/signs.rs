//! What sources tell, as the keeper takes it. Decisions only.

use syncmgr_keeper::{Happening, World};
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Power;
use syncmgr_sources::{Metered, Power as Feed, Sign, Since};

/// What holds in the world, put together from what each source tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    pub(super) world: World,
}

impl Picture {
    /// What a sign makes happen. What does not concern the keeper makes nothing happen.
    pub(super) fn take(&mut self, sign: &Sign, now: Timestamp) -> Option<Happening> {
        let world = &mut self.world;
        match sign {
            Sign::Power { on, percent } => {
                world.power = match on {
                    Feed::Mains => Power::Mains,
                    Feed::Battery => Power::Battery,
                };
                world.battery_percent = *percent;
            }
            Sign::Network { online, metered, connections } => {
                world.online = *online;
                // What nobody knows the price of has none, or nothing would ever run on most machines.
                world.metered = *metered == Metered::Yes;
                world.connections.clone_from(connections);
            }
            Sign::Idle(since) => {
                let told = match since {
                    Since::At(millis) => i64::try_from(*millis).ok().map(Timestamp::from_millis),
                    Since::Unknown => None,
                };
                // A moment in the future would be a spell that has not begun.
                world.idle_since = Some(told.filter(|at| *at <= now).unwrap_or(now));
            }
            Sign::Active => world.idle_since = None,
            Sign::PendingDisconnect { .. } => return Some(Happening::Disconnecting),
            Sign::Suspending => return Some(Happening::Suspending),
            Sign::Resumed => return Some(Happening::Resumed),
            Sign::LoggingOff => return Some(Happening::LoggingOff),
            Sign::LogoffCancelled => return Some(Happening::LogoffCanceled),
            Sign::VolumeAppeared { .. }
            | Sign::VolumeGone { .. }
            | Sign::Changed(_)
            | Sign::Absent { .. }
            | Sign::SourceLost { .. } => return None,
        }
        Some(Happening::World(self.world.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    #[test]
    fn each_source_paints_its_part_of_the_picture() {
        let mut picture = Picture::default();
        picture.take(&Sign::Power { on: Feed::Battery, percent: Some(40) }, NOW);
        let connections = ["home".to_owned()].into();
        picture.take(&Sign::Network { online: true, metered: Metered::Unknown, connections }, NOW);
        let told = picture.take(&Sign::Idle(Since::At(400)), NOW);
        let world = World {
            power: Power::Battery,
            battery_percent: Some(40),
            online: true,
            metered: false,
            connections: ["home".to_owned()].into(),
            idle_since: Some(Timestamp::from_millis(400)),
            ..World::default()
        };
        assert_eq!(told, Some(Happening::World(world)));
    }

    #[test]
    fn idleness_that_begins_in_the_future_begins_now() {
        let mut picture = Picture::default();
        for (since, expected) in [(Since::At(5_000), 1_000), (Since::Unknown, 1_000), (Since::At(1), 1)] {
            picture.take(&Sign::Idle(since), NOW);
            assert_eq!(picture.world.idle_since, Some(Timestamp::from_millis(expected)));
        }
        picture.take(&Sign::Active, NOW);
        assert_eq!(picture.world.idle_since, None);
    }
}
