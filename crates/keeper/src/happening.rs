//! Everything that can happen to the keeper.

use jiff::tz::TimeZone;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;

use crate::retry::Failure;
use crate::rule::ItemRule;
use crate::world::World;

/// What happened. The closed list of all causes of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// The daemon has started. Nothing starts before; what is told before (a pause, rules, the world) holds from now on.
    Started {
        /// Whether that is because the user logged on.
        logon: Logon,
        /// What holds.
        world: World,
    },
    /// The wake that was asked for. Where load decides, the world is told anew just before.
    Moment,
    /// Something in the world has changed; this is what holds now.
    World(World),
    /// The machine is in another time zone.
    ZoneChanged(TimeZone),
    /// Something the item watches has changed.
    Changed {
        /// Which item.
        item: ItemId,
    },
    /// A volume was mounted.
    VolumeAppeared {
        /// Where.
        path: String,
    },
    /// The network is about to go.
    Disconnecting,
    /// The machine is about to sleep and waits for [`Effect::Release`](crate::Effect::Release).
    Suspending,
    /// It is awake again, or has not slept after all.
    Resumed,
    /// The user is logging off or the machine shuts down, and waits for [`Effect::Release`](crate::Effect::Release).
    LoggingOff,
    /// He stays after all.
    LogoffCanceled,
    /// A person or a program asked for these items.
    Asked {
        /// Which ones; those without a rule are left out.
        items: Vec<ItemId>,
    },
    /// A session began: the one that was started, or one the keeper did not ask for.
    RunBegan {
        /// Its items.
        items: Vec<ItemId>,
        /// Why.
        trigger: Trigger,
    },
    /// The session is over, or could not be started. An item of it that is not named was stopped.
    RunEnded {
        /// What came of its items.
        results: Vec<RunResult>,
    },
    /// These are the rules from now on.
    RulesChanged(Vec<ItemRule>),
    /// The user wants nothing to start by itself.
    Paused {
        /// Until when; `None` is until he says so.
        until: Option<Timestamp>,
    },
    /// The user ends the pause.
    Continued,
}

/// Whether a start of the daemon is a logon of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Logon {
    /// It is.
    Now,
    /// He was logged on before, or nobody is.
    Earlier,
}

/// For what the machine asks for a moment before it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaving {
    /// The end of the user's session, or a shutdown.
    Logoff,
    /// Sleep.
    Suspend,
}

/// What came of an item in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunResult {
    /// Which item.
    pub item: ItemId,
    /// What came of it.
    pub outcome: RunOutcome,
    /// Before which moment its handler does not want to be called by itself.
    pub not_before: Option<Timestamp>,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// The item is in step.
    Succeeded,
    /// It is not.
    Failed(Failure),
    /// It was stopped.
    Stopped,
    /// It was skipped.
    Skipped,
}
