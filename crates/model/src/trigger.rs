//! Triggers: what makes a session start, and what follows from that before any handler is loaded.

use crate::event::{Event, InitializeFlags, Modifiers};
use crate::flags::RegisterFlags;
use crate::invoke::Invocation;
use crate::session::Choosing;
use crate::tick::{Basis, Purpose, TickKey};

/// What makes a session start. Equal ones that wait are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// The user asked.
    Manual,
    /// The user logged on.
    Logon,
    /// The user is logging off.
    Logoff,
    /// A network came up.
    Connect,
    /// A network is about to go.
    PendingDisconnect(Console),
    /// The machine is idle.
    Idle,
    /// The schedule with this name is due.
    Schedule(String),
    /// A program asked.
    Invoke(Invocation),
    /// Something an item watches has changed. Ours.
    Change,
    /// The user looks at the settings; nothing will be synchronized.
    Settings(SettingsTab),
}

/// Whether somebody sits at the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Console {
    /// Somebody is logged on.
    LoggedOn,
    /// Nobody is.
    Nobody,
}

/// A group of settings, for which handlers are asked what they list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingsTab {
    /// Logging on and off.
    LogonLogoff,
    /// Idleness.
    Idle,
    /// Schedules.
    Schedule,
}

impl Trigger {
    /// What `initialize` is told (contract 5.7).
    pub fn initialize_flags(&self) -> InitializeFlags {
        let bother = Modifiers::MAY_BOTHER_USER;
        let alone = Modifiers::empty();
        let (event, modifiers) = match self {
            Self::Manual => (Event::Manual, bother),
            Self::Logon => (Event::Connect, bother),
            Self::Logoff | Self::PendingDisconnect(Console::LoggedOn) => (Event::PendingDisconnect, bother),
            Self::Connect => (Event::Connect, alone),
            Self::PendingDisconnect(Console::Nobody) => (Event::PendingDisconnect, alone),
            Self::Idle => (Event::Idle, alone),
            Self::Schedule(_) => (Event::Schedule, alone),
            Self::Invoke(invocation) if invocation.may_bother_user() => (Event::Invoke, bother),
            Self::Invoke(_) => (Event::Invoke, alone),
            Self::Change => (Event::Change, alone),
            Self::Settings(SettingsTab::LogonLogoff) => (Event::Connect, Modifiers::SETTINGS),
            Self::Settings(SettingsTab::Idle) => (Event::Idle, Modifiers::SETTINGS),
            Self::Settings(SettingsTab::Schedule) => (Event::Schedule, Modifiers::SETTINGS),
        };
        InitializeFlags::new(event, modifiers)
    }

    /// Whether the user chooses from the list first.
    pub const fn choosing(&self) -> Choosing {
        match self {
            Self::Manual => Choosing::ByHand,
            Self::Invoke(invocation) => invocation.choosing(),
            _ => Choosing::AtOnce,
        }
    }

    /// Which ticks count, on the connection in use. `None`: the handlers' own proposals do, and none are stored.
    ///
    /// A network that comes up counts as logging on, and one about to go as logging off: the settings know no other
    /// lists for them, as in the original.
    pub fn tick_key(&self, connection: Option<&str>) -> Option<TickKey> {
        let purpose = match self {
            Self::Manual | Self::Change => Purpose::Manual,
            Self::Logon | Self::Connect => Purpose::Logon,
            Self::Logoff | Self::PendingDisconnect(_) => Purpose::Logoff,
            Self::Idle => Purpose::Idle,
            Self::Schedule(name) => Purpose::Schedule(name.clone()),
            Self::Invoke(_) | Self::Settings(_) => return None,
        };
        Some(TickKey::new(purpose, connection))
    }

    /// What handlers register for to be loaded by this trigger before the user has said anything.
    pub const fn register_flag(&self) -> Option<RegisterFlags> {
        match self {
            Self::Logon | Self::Connect => Some(RegisterFlags::CONNECT),
            Self::Logoff | Self::PendingDisconnect(_) => Some(RegisterFlags::PENDING_DISCONNECT),
            Self::Idle => Some(RegisterFlags::IDLE),
            Self::Manual | Self::Schedule(_) | Self::Invoke(_) | Self::Change | Self::Settings(_) => None,
        }
    }

    /// What the check marks rest on.
    pub fn basis(&self, settings: Settings) -> Basis {
        match (self, settings, self.register_flag()) {
            (Self::Invoke(_) | Self::Settings(_), ..) => Basis::Proposed,
            (_, Settings::Unset, Some(flag)) => Basis::Unset(flag),
            _ => Basis::Chosen,
        }
    }

    /// Whether a handler is loaded, given what it registered for and whether any item of it is ticked under the
    /// trigger's key.
    pub fn loads(&self, settings: Settings, registered: RegisterFlags, ticked: Ticked) -> bool {
        match (self, self.basis(settings)) {
            (Self::Manual | Self::Invoke(_) | Self::Settings(_), _) => true,
            (_, Basis::Unset(flag)) => registered.contains(flag),
            _ => ticked == Ticked::Some,
        }
    }

    /// Whether a session begins. Decided before any handler is loaded, and so is the question, if there is one.
    pub fn admission(&self, settings: &TriggerSettings, power: Power) -> Admission {
        let is_asking =
            matches!(self, Self::Logon | Self::Logoff | Self::Connect | Self::PendingDisconnect(_));
        if *self == Self::Idle && power == Power::Battery && settings.on_battery == OnBattery::Wait {
            Admission::Refused("not while idle on battery power")
        } else if is_asking && settings.asking == Asking::AskMe {
            Admission::AskFirst
        } else {
            Admission::Begin
        }
    }
}

/// Whether the user has saved settings for a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settings {
    /// Never.
    Unset,
    /// He has.
    Saved,
}

/// Whether any item of a handler is ticked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ticked {
    /// At least one.
    Some,
    /// None.
    None,
}

/// Whether the user is asked before a session that he did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Asking {
    /// It just begins.
    #[default]
    Begin,
    /// "Ask me before synchronizing the items."
    AskMe,
}

/// What an idle machine does on battery power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnBattery {
    /// Nothing: the box that spares the battery is set, as it is at first.
    #[default]
    Wait,
    /// The same as on mains.
    Synchronize,
}

/// What the user settled about a trigger, besides the ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TriggerSettings {
    /// Whether he is asked first.
    pub asking: Asking,
    /// What idleness on battery power does.
    pub on_battery: OnBattery,
}

/// What the machine runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Power {
    /// The mains.
    Mains,
    /// Its battery.
    Battery,
}

/// Whether a session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Admission {
    /// It does.
    Begin,
    /// If the user says yes.
    AskFirst,
    /// It does not, for this reason.
    Refused(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags::InvokeFlags;
    use crate::id::HandlerId;

    fn invoke(flags: InvokeFlags) -> Trigger {
        let handler = Some(HandlerId::from_u128(1));
        Trigger::Invoke(Invocation { handler, flags, cookie: None })
    }

    #[test]
    fn a_trigger_becomes_one_event_and_says_whether_anybody_may_be_bothered() {
        let (start, minimized) = (InvokeFlags::START_SYNC, InvokeFlags::MINIMIZED);
        for (trigger, word) in [
            (Trigger::Manual, 0x203),
            (Trigger::Logon, 0x201),
            (Trigger::Logoff, 0x202),
            (Trigger::Connect, 0x001),
            (Trigger::PendingDisconnect(Console::LoggedOn), 0x202),
            (Trigger::PendingDisconnect(Console::Nobody), 0x002),
            (Trigger::Idle, 0x004),
            (Trigger::Schedule("night".to_owned()), 0x006),
            (invoke(InvokeFlags::empty()), 0x205),
            (invoke(start), 0x205),
            (invoke(minimized), 0x205),
            (invoke(start | minimized), 0x005),
            (Trigger::Invoke(Invocation::update_all()), 0x205),
            (Trigger::Settings(SettingsTab::LogonLogoff), 0x101),
            (Trigger::Settings(SettingsTab::Idle), 0x104),
            (Trigger::Settings(SettingsTab::Schedule), 0x106),
        ] {
            assert_eq!(trigger.initialize_flags().contract_word(), word, "{trigger:?}");
        }
    }

    #[test]
    fn a_handler_is_loaded_for_what_it_registered_until_the_user_decides() {
        let idle = RegisterFlags::IDLE;
        for (trigger, settings, registered, ticked, expected) in [
            (Trigger::Idle, Settings::Unset, idle, Ticked::None, true),
            (Trigger::Idle, Settings::Unset, RegisterFlags::CONNECT, Ticked::None, false),
            (Trigger::Idle, Settings::Saved, idle, Ticked::None, false),
            (Trigger::Idle, Settings::Saved, RegisterFlags::empty(), Ticked::Some, true),
            (Trigger::Schedule("x".to_owned()), Settings::Unset, idle, Ticked::None, false),
            (Trigger::Manual, Settings::Unset, RegisterFlags::empty(), Ticked::None, true),
        ] {
            assert_eq!(trigger.loads(settings, registered, ticked), expected, "{trigger:?} {settings:?}");
        }
    }

    #[test]
    fn battery_power_keeps_an_idle_machine_from_synchronizing_and_nothing_else() {
        let spare = TriggerSettings::default();
        let careless = TriggerSettings { on_battery: OnBattery::Synchronize, ..spare };
        assert!(matches!(Trigger::Idle.admission(&spare, Power::Battery), Admission::Refused(_)));
        assert_eq!(Trigger::Idle.admission(&spare, Power::Mains), Admission::Begin);
        assert_eq!(Trigger::Idle.admission(&careless, Power::Battery), Admission::Begin);
        assert_eq!(Trigger::Manual.admission(&spare, Power::Battery), Admission::Begin);
    }

    #[test]
    fn the_user_is_asked_about_logging_on_and_off_only() {
        let ask = TriggerSettings { asking: Asking::AskMe, ..TriggerSettings::default() };
        assert_eq!(Trigger::Logon.admission(&ask, Power::Mains), Admission::AskFirst);
        assert_eq!(Trigger::Connect.admission(&ask, Power::Mains), Admission::AskFirst);
        assert_eq!(Trigger::Manual.admission(&ask, Power::Mains), Admission::Begin);
    }
}
