//! Tells programs, web addresses and the desktop what happened.
//!
//! The daemon says what happened as a [`Notice`]; who hears it is settled by each hook's [`Filter`]. Nobody who gives a
//! notice waits for those who hear it: [`Hooks::notify`] and [`Desktop::show`] put it into a bounded queue, and a thread each
//! does the rest. Only [`Hooks::before_session`] waits, because its answer is whether the session may begin.
//!
//! In reading order:
//! * [`Notice`], [`Occasion`]: what happened, and its form for programs: one JSON object;
//! * [`Hook`], [`Filter`]: whom to tell, and of what;
//! * [`Hooks`]: commands and webhooks, told by one thread that sleeps while there is nothing to tell;
//! * [`Told`]: what came of it, for the log;
//! * [`Desktop`]: notifications that can be answered.
//!
//! A command is started as a [`syncmgr_child::Child`], so nothing of it outlives its time. What this crate does not know:
//! sessions, stores, configuration files and clocks. A notice carries its time.

#![warn(missing_docs)]

mod abort;
mod command;
mod desktop;
mod filter;
mod hook;
mod hooks;
mod notice;
mod occasion;
mod told;
mod under_way;
mod webhook;
mod worker;

pub use desktop::{Answer, Desktop, DesktopAction, DesktopServices, DesktopSettings, DesktopTold};
pub use filter::{Filter, Items};
pub use hook::{Call, Command, Hook, HookError, Refusal, Webhook};
pub use hooks::{Decision, Hooks, HooksServices, HooksSettings};
pub use notice::{Notice, NoticeItem};
pub use occasion::{Occasion, ParseOccasionError};
pub use told::{Delivery, DeliveryEnd, Told};
pub use under_way::{Stage, UnderWay};
