//! Asking handlers for their items.
//!
//! All are asked at once, each on a thread of its own, and nobody waits long for a slow one: what it said last time stands in.

use std::time::Duration;

use crossbeam_channel::{after, select, unbounded};
use syncmgr_engine::{Engine, HandlerListing, Services};
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::HandlerId;
use syncmgr_model::tick::{Naming, Purpose, TickKey, forgotten_by_listing};
use syncmgr_model::trigger::{SettingsTab, Trigger};

use super::Manager;
use super::handlers::KnownHandler;
use super::items::HandlerItem;
use super::marks::CheckMarks;
use crate::failure::Failure;

/// How long is waited in any case. Programs have less: they are ended before, and say why. This is for what has no limit of
/// its own; what it said last time is shown then.
const PATIENCE: Duration = Duration::from_secs(25);

/// Where knowledge about an item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    /// Its handler was asked just now.
    Now,
    /// Its handler said so when it was asked last.
    Before,
}

/// A handler and what it answered.
pub(super) struct Asked {
    pub(super) handler: KnownHandler,
    pub(super) items: Vec<HandlerItem>,
    /// Why it could not be asked, or not fully.
    pub(super) problem: Option<String>,
    pub(super) has_properties: bool,
}

/// The answers that came in time, and why others did not come.
struct Heard {
    listings: Vec<HandlerListing>,
    problems: Vec<(HandlerId, String)>,
}

impl Manager {
    /// Asks handlers for their items, remembers the answers, and tells them with the check marks under `key`. Those that
    /// nobody trusts are not started.
    pub(super) fn ask_for_items(
        &mut self,
        handlers: &[KnownHandler],
        key: &TickKey,
    ) -> Result<Vec<Asked>, Failure> {
        if handlers.is_empty() {
            return Ok(Vec::new());
        }
        let Heard { mut listings, problems } = self.list_at_once(handlers, key);
        for listing in &listings {
            self.remember(listing)?;
        }
        let marks = self.marks(key)?;
        let remembered = self.remembered(key)?;
        let mut answers = Vec::new();
        for handler in handlers {
            let listing = listings.iter().position(|listing| listing.handler == handler.id);
            let problem = problems.iter().find(|(id, _)| *id == handler.id).map(|(_, text)| text.clone());
            answers.push(match listing {
                Some(idx) => answered(handler, listings.swap_remove(idx), &marks),
                None => Asked {
                    handler: handler.clone(),
                    items: remembered.iter().filter(|item| item.handler == handler.id).cloned().collect(),
                    problem,
                    has_properties: false,
                },
            });
        }
        Ok(answers)
    }

    fn list_at_once(&mut self, handlers: &[KnownHandler], key: &TickKey) -> Heard {
        let event = settings_tab(&key.purpose).initialize_flags().event;
        let (tell, told) = unbounded();
        let mut problems = Vec::new();
        let mut waiting = Vec::new();
        for handler in handlers {
            if let Err(failure) = handler.check_trusted() {
                problems.push((handler.id, failure.headline));
                continue;
            }
            let entry = match self.listing_entry(handler) {
                Ok(entry) => entry,
                Err(failure) => {
                    problems.push((handler.id, failure.headline));
                    continue;
                }
            };
            let tell = tell.clone();
            let ask = move || {
                let listings = Engine::new(Services::system()).list(&[entry], event);
                // Nobody waits for it any more: it came too late.
                let _ = tell.send(listings);
            };
            match std::thread::Builder::new().name("listing".into()).spawn(ask) {
                Ok(_ends_by_itself) => waiting.push(handler.id),
                Err(error) => problems.push((handler.id, error.to_string())),
            }
        }
        drop(tell);
        let mut listings = Vec::new();
        let too_late = after(PATIENCE);
        while !waiting.is_empty() {
            select! {
                recv(told) -> answer => match answer {
                    Ok(answer) => {
                        waiting.retain(|id| answer.iter().all(|listing| listing.handler != *id));
                        listings.extend(answer);
                    }
                    Err(_) => break,
                },
                recv(too_late) -> _ => break,
            }
        }
        let late = format!("did not list its items within {} s", PATIENCE.as_secs());
        problems.extend(waiting.into_iter().map(|id| (id, late.clone())));
        Heard { listings, problems }
    }

    /// Keeps what a handler listed, and lets go of what was chosen about items that are gone.
    fn remember(&mut self, listing: &HandlerListing) -> Result<(), Failure> {
        // Who could not be asked, or takes no part in this event, has not said that anything is gone.
        if listing.items.is_empty() && (listing.problem.is_some() || listing.declined.is_some()) {
            return Ok(());
        }
        let chosen = self.read(|store| store.chosen(listing.handler))?;
        let naming = if listing.complete { Naming::All } else { Naming::Some };
        let gone = forgotten_by_listing(listing.handler, &chosen, &listing.items, naming);
        let known = self.read(|store| store.listed_items())?;
        let known: Vec<_> =
            known.into_iter().filter(|item| item.handler == listing.handler).map(|item| item.info).collect();
        // A look changes nothing, where there is nothing new: it must work beside a writer, too.
        if known == listing.items && gone.is_empty() {
            return Ok(());
        }
        self.write(|writer| {
            writer.replace_listing(listing.handler, &listing.items, listing.complete)?;
            gone.iter().try_for_each(|gone| writer.forget_ticks(gone.handler, gone.item))
        })
    }
}

fn answered(handler: &KnownHandler, listing: HandlerListing, marks: &CheckMarks) -> Asked {
    let items = listing.items.into_iter();
    Asked {
        handler: handler.clone(),
        items: items.map(|info| HandlerItem::new(handler, info, marks, Listed::Now)).collect(),
        problem: listing.problem.or(listing.declined),
        has_properties: listing.flags.contains(HandlerFlags::HAS_PROPERTIES),
    }
}

/// For which of the settings a handler is asked what it lists.
fn settings_tab(purpose: &Purpose) -> Trigger {
    match purpose {
        Purpose::Manual => Trigger::Manual,
        Purpose::Logon | Purpose::Logoff => Trigger::Settings(SettingsTab::LogonLogoff),
        Purpose::Idle => Trigger::Settings(SettingsTab::Idle),
        Purpose::Schedule(_) => Trigger::Settings(SettingsTab::Schedule),
    }
}
