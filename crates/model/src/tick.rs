//! Ticks: which items take part, as the user decided, and what becomes of that decision.
//!
//! A tick is stored only where the user chose. Before, what the handler proposes counts, and for events that nobody
//! starts what it registered for. Who stores ticks is not known here; the rules which of them hold and which of them go
//! are.

use std::fmt;

use crate::flags::{ItemFlags, RegisterFlags};
use crate::id::{HandlerId, ItemId};
use crate::item::{CheckState, ItemInfo};

/// What a choice of items is for. Each purpose has ticks of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Somebody asked.
    Manual,
    /// Logging on, and a network that came up.
    Logon,
    /// Logging off, and a network that is about to go.
    Logoff,
    /// The machine is idle.
    Idle,
    /// A schedule, by its name.
    Schedule(String),
}

impl fmt::Display for Purpose {
    /// The text in the store and on the command line. Schedules are set apart by a colon, so that one may be called
    /// `idle`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => f.pad("manual"),
            Self::Logon => f.pad("logon"),
            Self::Logoff => f.pad("logoff"),
            Self::Idle => f.pad("idle"),
            Self::Schedule(name) => write!(f, "schedule:{name}"),
        }
    }
}

/// A text that names no purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsePurposeError(String);

impl fmt::Display for ParsePurposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no purpose (manual, logon, logoff, idle or schedule:NAME)", self.0)
    }
}

impl std::error::Error for ParsePurposeError {}

impl std::str::FromStr for Purpose {
    type Err = ParsePurposeError;

    fn from_str(text: &str) -> Result<Self, ParsePurposeError> {
        match text {
            "manual" => Ok(Self::Manual),
            "logon" => Ok(Self::Logon),
            "logoff" => Ok(Self::Logoff),
            "idle" => Ok(Self::Idle),
            _ => match text.strip_prefix("schedule:") {
                Some(name) if !name.is_empty() => Ok(Self::Schedule(name.to_owned())),
                _ => Err(ParsePurposeError(text.to_owned())),
            },
        }
    }
}

/// What a set of ticks belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TickKey {
    /// What for.
    pub purpose: Purpose,
    /// On which connection; `None` is the one without a name. Manual sessions have none.
    pub connection: Option<String>,
}

impl TickKey {
    /// For sessions somebody asked for.
    pub const MANUAL: Self = Self { purpose: Purpose::Manual, connection: None };

    /// For a purpose on a connection. Sessions somebody asked for have the same ticks on every connection.
    pub fn new(purpose: Purpose, connection: Option<&str>) -> Self {
        let connection = connection.filter(|_| purpose != Purpose::Manual).map(str::to_owned);
        Self { purpose, connection }
    }
}

/// The user's choice about one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tick {
    /// The handler.
    pub handler: HandlerId,
    /// The item.
    pub item: ItemId,
    /// Whether it takes part.
    pub ticked: bool,
}

/// What the check marks of a session rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The handlers themselves propose: their items' check states count, nothing stored does (programs that ask).
    Proposed,
    /// The user was never asked: what the handler registered for decides, by this flag.
    Unset(RegisterFlags),
    /// The user's choice, where there is one.
    Chosen,
}

/// Whether an item takes part, given the tick that is stored about it.
pub fn initial_check(
    basis: Basis,
    registered: RegisterFlags,
    stored: Option<bool>,
    proposed: CheckState,
) -> CheckState {
    let is_checked = match basis {
        Basis::Proposed => return proposed,
        Basis::Unset(event) => registered.contains(event),
        Basis::Chosen => stored.unwrap_or(proposed == CheckState::Checked),
    };
    if is_checked { CheckState::Checked } else { CheckState::Unchecked }
}

/// An item whose ticks go, under every key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Forgotten {
    /// The handler.
    pub handler: HandlerId,
    /// The item.
    pub item: ItemId,
    /// Why.
    pub why: Gone,
}

/// Why ticks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gone {
    /// A whole enumeration did not name the item.
    NotListed,
    /// Its handler said that it no longer exists.
    Deleted,
    /// It was there for the session only. What else is known about it stays.
    Temporary,
}

/// How far an enumeration can be trusted about what it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Naming {
    /// It named all items.
    All,
    /// It failed or says that items may be missing: silence means nothing.
    Some,
}

/// Those of the remembered items whose ticks go after an enumeration.
pub fn forgotten_by_listing<'a>(
    handler: HandlerId,
    remembered: impl IntoIterator<Item = &'a ItemId>,
    listed: &[ItemInfo],
    naming: Naming,
) -> Vec<Forgotten> {
    if naming == Naming::Some {
        return Vec::new();
    }
    let names: std::collections::HashSet<ItemId> = listed.iter().map(|item| item.id).collect();
    let absent = remembered.into_iter().filter(|item| !names.contains(item));
    absent.map(|&item| Forgotten { handler, item, why: Gone::NotListed }).collect()
}

/// Those of the listed items whose ticks do not outlive the session.
pub fn forgotten_at_the_end(handler: HandlerId, listed: &[ItemInfo]) -> impl Iterator<Item = Forgotten> {
    let temporary = listed.iter().filter(|item| item.flags.contains(ItemFlags::TEMPORARY));
    temporary.map(move |item| Forgotten { handler, item: item.id, why: Gone::Temporary })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: HandlerId = HandlerId::from_u128(1);
    const A: ItemId = ItemId::from_u128(0xA);
    const B: ItemId = ItemId::from_u128(0xB);

    #[test]
    fn a_purpose_reads_back_from_its_text_and_a_schedule_may_be_called_idle() {
        for purpose in [
            Purpose::Manual,
            Purpose::Logon,
            Purpose::Logoff,
            Purpose::Idle,
            Purpose::Schedule("idle".to_owned()),
        ] {
            assert_eq!(purpose.to_string().parse(), Ok(purpose));
        }
        for text in ["", "Idle", "schedule:", "schedule"] {
            assert!(text.parse::<Purpose>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_users_tick_beats_the_proposal_and_registration_counts_only_before() {
        use CheckState::{Checked, Unchecked};
        let (idle, none) = (RegisterFlags::IDLE, RegisterFlags::empty());
        for (basis, registered, stored, proposed, expected) in [
            (Basis::Chosen, none, None, Checked, Checked),
            (Basis::Chosen, none, None, Unchecked, Unchecked),
            (Basis::Chosen, idle, Some(false), Checked, Unchecked),
            (Basis::Chosen, none, Some(true), Unchecked, Checked),
            (Basis::Unset(idle), idle, None, Unchecked, Checked),
            (Basis::Unset(idle), RegisterFlags::CONNECT, None, Checked, Unchecked),
            (Basis::Proposed, idle, Some(false), Checked, Checked),
            (Basis::Proposed, idle, Some(true), Unchecked, Unchecked),
        ] {
            let check = initial_check(basis, registered, stored, proposed);
            assert_eq!(check, expected, "{basis:?} {registered:?} {stored:?} {proposed:?}");
        }
    }

    #[test]
    fn only_a_whole_enumeration_forgets_what_it_does_not_name() {
        let listed = [ItemInfo::new(A, "a")];
        let gone = Forgotten { handler: DISK, item: B, why: Gone::NotListed };
        assert_eq!(forgotten_by_listing(DISK, &[A, B], &listed, Naming::All), [gone]);
        assert_eq!(forgotten_by_listing(DISK, &[A, B], &listed, Naming::Some), []);
    }

    #[test]
    fn a_manual_choice_holds_on_every_connection() {
        assert_eq!(TickKey::new(Purpose::Manual, Some("office")), TickKey::MANUAL);
        assert_ne!(TickKey::new(Purpose::Logon, Some("office")), TickKey::new(Purpose::Logon, None));
    }
}
