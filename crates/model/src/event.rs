//! Why a session starts, and what `initialize` is told about it.

use std::fmt;

/// Why a session started. The numbers are the contract's (`SYNCMGRFLAG`, low byte); `Change` is ours and travels to
/// handlers that do not know it as an event they treat like `Manual`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Event {
    /// A network connection came up; also logon.
    Connect = 1,
    /// A network connection is about to go; also logoff.
    PendingDisconnect = 2,
    /// The user asked.
    Manual = 3,
    /// The machine is idle.
    Idle = 4,
    /// A program asked; the only event that can carry a cookie.
    Invoke = 5,
    /// The schedule said so.
    Schedule = 6,
    /// Something an item watches has changed. Ours.
    Change = 7,
}

impl Event {
    /// The word used on the wire, in the store and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::PendingDisconnect => "pending_disconnect",
            Self::Manual => "manual",
            Self::Idle => "idle",
            Self::Invoke => "invoke",
            Self::Schedule => "schedule",
            Self::Change => "change",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

bitflags::bitflags! {
    /// Modifiers of an event. The first two are the contract's (`SYNCMGRFLAG`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct Modifiers: u32 {
        /// Loaded for configuration only; no synchronization follows.
        const SETTINGS = 0x100;
        /// The handler may interact with the user, through the callback's permission.
        const MAY_BOTHER_USER = 0x200;
        /// Ours: the session ends after preparation, and preparation reports what would be done. Only handlers that
        /// declare [`crate::flags::HandlerFlags::PREVIEWS`] are prepared in such a session.
        const DRY_RUN = 0x1_0000;
    }
}

/// What `initialize` is told: one event and its modifiers, valid for the life of the handler instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InitializeFlags {
    /// Why the instance was made.
    pub event: Event,
    /// What else holds for it.
    pub modifiers: Modifiers,
}

impl InitializeFlags {
    /// An event with modifiers.
    pub const fn new(event: Event, modifiers: Modifiers) -> Self {
        Self { event, modifiers }
    }

    /// Whether the handler may interact with the user.
    pub const fn may_bother_user(self) -> bool {
        self.modifiers.contains(Modifiers::MAY_BOTHER_USER)
    }

    /// Whether nothing may be changed in this session.
    pub const fn is_dry_run(self) -> bool {
        self.modifiers.contains(Modifiers::DRY_RUN)
    }

    /// The contract's flag word. What is ours is left out; `Change` travels as `Manual`.
    pub const fn contract_word(self) -> u32 {
        let event = match self.event {
            Event::Change => Event::Manual,
            known => known,
        };
        let known = Modifiers::SETTINGS.union(Modifiers::MAY_BOTHER_USER);
        event as u32 | self.modifiers.intersection(known).bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_word_has_one_event_in_the_low_byte_and_only_known_modifiers() {
        let flags = InitializeFlags::new(Event::Schedule, Modifiers::MAY_BOTHER_USER | Modifiers::DRY_RUN);
        assert_eq!(flags.contract_word(), 0x206);
        let flags = InitializeFlags::new(Event::Change, Modifiers::empty());
        assert_eq!(flags.contract_word(), 0x003);
    }
}
