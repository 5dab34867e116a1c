//! Check marks: which items take part in sessions of a purpose, on a connection.
//!
//! What the user chose is stored. For a handler about which he was never asked, what it registered for decides, and for a
//! folder what its configuration says (`on = ["logon"]`). A schedule is the user's own and begins with nothing. The rules are
//! those of [`syncmgr_model::tick`].

use std::collections::HashMap;

use syncmgr_model::flags::RegisterFlags;
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::item::{CheckState, ItemInfo};
use syncmgr_model::tick::{Purpose, Tick, TickKey, initial_check};
use syncmgr_model::trigger::{Settings, Ticked, Trigger};

use super::Manager;
use crate::config::FolderConfig;
use crate::failure::Failure;

/// The check marks of one purpose on one connection.
#[derive(Debug, Clone)]
pub(super) struct CheckMarks {
    pub(super) key: TickKey,
    ticks: HashMap<(HandlerId, ItemId), bool>,
}

/// What starts a session of a purpose.
pub(super) fn trigger(purpose: &Purpose) -> Trigger {
    match purpose {
        Purpose::Manual => Trigger::Manual,
        Purpose::Logon => Trigger::Logon,
        Purpose::Logoff => Trigger::Logoff,
        Purpose::Idle => Trigger::Idle,
        Purpose::Schedule(name) => Trigger::Schedule(name.clone()),
    }
}

impl CheckMarks {
    pub(super) fn new(key: TickKey, ticks: &[Tick]) -> Self {
        let ticks = ticks.iter().map(|tick| ((tick.handler, tick.item), tick.ticked)).collect();
        Self { key, ticks }
    }

    pub(super) fn trigger(&self) -> Trigger {
        trigger(&self.key.purpose)
    }

    /// Whether the user ever chose about this handler, for this purpose and connection. One that came later is not
    /// judged by what was chosen about others.
    pub(super) fn settings(&self, handler: HandlerId) -> Settings {
        let is_chosen = self.ticks.keys().any(|(of, _)| *of == handler);
        if is_chosen { Settings::Saved } else { Settings::Unset }
    }

    fn stored(&self, handler: HandlerId, item: ItemId) -> Option<bool> {
        self.ticks.get(&(handler, item)).copied()
    }

    /// Whether an item of a handler that registered for `events` takes part.
    pub(super) fn has(&self, handler: HandlerId, events: RegisterFlags, info: &ItemInfo) -> bool {
        let settings = self.settings(handler);
        if settings == Settings::Unset && matches!(self.key.purpose, Purpose::Schedule(_)) {
            return false;
        }
        let basis = self.trigger().basis(settings);
        initial_check(basis, events, self.stored(handler, info.id), info.state) == CheckState::Checked
    }

    /// Whether a pair of folders takes part: its configuration is its registration.
    pub(super) fn has_folder(&self, folder: &FolderConfig) -> bool {
        let on = |events: &[&str]| folder.schedule.on.iter().any(|on| events.contains(&on.as_str()));
        let proposed = match self.key.purpose {
            Purpose::Manual => folder.pair.state == CheckState::Checked,
            Purpose::Schedule(_) => false,
            Purpose::Logon => on(&["logon", "connect"]),
            Purpose::Logoff => on(&["logoff", "disconnect"]),
            Purpose::Idle => on(&["idle"]),
        };
        self.stored(syncmgr_folders::HANDLER_ID, folder.pair.id).unwrap_or(proposed)
    }

    /// Whether a handler has to be loaded to find out: an event that nobody asked for loads no more than it must.
    pub(super) fn loads(&self, handler: HandlerId, events: RegisterFlags) -> bool {
        let is_ticked = self.ticks.iter().any(|((of, _), ticked)| *of == handler && *ticked);
        let ticked = if is_ticked { Ticked::Some } else { Ticked::None };
        self.trigger().loads(self.settings(handler), events, ticked)
    }
}

impl Manager {
    pub(super) fn marks(&mut self, key: &TickKey) -> Result<CheckMarks, Failure> {
        let ticks = self.read(|store| store.ticks(key))?;
        Ok(CheckMarks::new(key.clone(), &ticks))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use syncmgr_folders::PairConfig;

    use super::*;
    use crate::config::Schedule;

    const NOTES: HandlerId = HandlerId::from_u128(1);

    fn folder(on: &[&str]) -> FolderConfig {
        let pair = PairConfig::new(ItemId::from_u128(7), "photos", PathBuf::from("/a"), PathBuf::from("/b"));
        let on = on.iter().map(|event| (*event).to_owned()).collect();
        FolderConfig { pair, schedule: Schedule { on, ..Schedule::default() } }
    }

    fn marks(purpose: Purpose, ticks: &[Tick]) -> CheckMarks {
        CheckMarks::new(TickKey::new(purpose, None), ticks)
    }

    #[test]
    fn a_folder_takes_part_where_its_configuration_says_so_until_somebody_chooses() {
        for (purpose, on, expected) in [
            (Purpose::Manual, &[][..], true),
            (Purpose::Logon, &[], false),
            (Purpose::Logon, &["logon"], true),
            (Purpose::Logoff, &["disconnect"], true),
            (Purpose::Idle, &["logon"], false),
        ] {
            assert_eq!(marks(purpose.clone(), &[]).has_folder(&folder(on)), expected, "{purpose} {on:?}");
        }
        let untick = Tick { handler: syncmgr_folders::HANDLER_ID, item: ItemId::from_u128(7), ticked: false };
        assert!(!marks(Purpose::Logon, &[untick]).has_folder(&folder(&["logon"])));
    }

    #[test]
    fn an_item_takes_part_as_its_handler_registered_until_somebody_chooses() {
        let inbox = ItemInfo::new(ItemId::from_u128(2), "inbox");
        let none = RegisterFlags::empty();
        assert!(marks(Purpose::Manual, &[]).has(NOTES, none, &inbox));
        assert!(!marks(Purpose::Idle, &[]).has(NOTES, none, &inbox));
        assert!(marks(Purpose::Idle, &[]).has(NOTES, RegisterFlags::IDLE, &inbox));
        let untick = Tick { handler: NOTES, item: inbox.id, ticked: false };
        assert!(!marks(Purpose::Idle, &[untick]).has(NOTES, RegisterFlags::IDLE, &inbox));
        assert!(!marks(Purpose::Idle, &[untick]).loads(NOTES, RegisterFlags::IDLE), "nothing is ticked");
        assert!(marks(Purpose::Manual, &[untick]).loads(NOTES, none));
    }

    #[test]
    fn what_was_chosen_about_one_handler_says_nothing_about_another() {
        let (inbox, other) = (ItemInfo::new(ItemId::from_u128(2), "inbox"), HandlerId::from_u128(9));
        let tick = Tick { handler: other, item: ItemId::from_u128(3), ticked: true };
        assert!(!marks(Purpose::Logon, &[tick]).has(NOTES, RegisterFlags::empty(), &inbox));
        assert!(marks(Purpose::Logon, &[tick]).has(NOTES, RegisterFlags::CONNECT, &inbox));
    }

    #[test]
    fn a_schedule_begins_with_nothing_and_loads_what_is_ticked() {
        let nightly = || Purpose::Schedule("nightly".to_owned());
        let inbox = ItemInfo::new(ItemId::from_u128(2), "inbox");
        let all = RegisterFlags::all();
        assert!(!marks(nightly(), &[]).has(NOTES, all, &inbox) && !marks(nightly(), &[]).loads(NOTES, all));
        assert!(!marks(nightly(), &[]).has_folder(&folder(&["logon"])));
        let tick = Tick { handler: NOTES, item: inbox.id, ticked: true };
        assert!(
            marks(nightly(), &[tick]).has(NOTES, all, &inbox) && marks(nightly(), &[tick]).loads(NOTES, all)
        );
    }
}
