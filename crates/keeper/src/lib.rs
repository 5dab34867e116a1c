//! Decides when items run by themselves, and says why.
//!
//! [`Keeper`] is told what happened and what time it is, and answers with what shall be done: start a session, stop it, wake me
//! then, remember this. It asks for one wake at a time and for none while nothing is due, so that at rest it costs nothing.
//! The daemon performs the effects and tells what became of them; nothing else is needed to make items run for years.
//!
//! What makes it correct:
//!
//! * A moment of a schedule is noticed once. What has been noticed and not yet run is *owed*; it is kept with the item, and
//!   goes only when a run begins that stands for it, or when the rule says that it is to be forgotten. So a crash loses
//!   nothing, and a week of missed moments is one run.
//! * At most one session runs. Everything owed is judged anew after each step; who may begin, and what waits for what, is
//!   decided in one place.
//! * All that must survive is a [`KeptItem`], and it is to be saved before the session that follows from it starts.
//!
//! It does not know clocks, threads, disks, buses or databases. Times, what holds in the world, and the time zone are values.

mod cause;
mod condition;
mod decision;
mod effect;
mod freshness;
mod happening;
mod interval;
mod item;
mod keeper;
mod kept;
mod retry;
mod rule;
mod schedule;
mod time_of_day;
mod why;
mod world;

pub use cause::Cause;
pub use condition::{ConditionName, ConditionValue, Conditions, MeteredNeed, ONLINE, PowerNeed, Window};
pub use decision::{Decision, Verdict};
pub use effect::{Effect, StopReason};
pub use happening::{Happening, Leaving, Logon, RunOutcome, RunResult};
pub use interval::{interval_text, parse_interval};
pub use keeper::{Keeper, KeeperOptions, Pause};
pub use kept::{Ending, KeptFailure, KeptItem, Owed};
pub use retry::{ErrorClass, Failure, Progress};
pub use rule::{Bound, CatchUp, ItemRule, ParseRuleError, TriggerRule};
pub use schedule::{CronExpression, Schedule};
pub use time_of_day::TimeOfDay;
pub use why::Why;
pub use world::World;
