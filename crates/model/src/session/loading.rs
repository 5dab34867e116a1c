//! From the factory to the choice: making, initializing, listing, properties; and the release.

use std::collections::HashMap;

use super::Machine;
use super::choice::ChoicePhase;
use super::effect::{Call, Effect, Phase};
use super::input::{Answer, Listing, ListingEnd};
use super::instance::{Callback, Open, PropertiesShown, Stage};
use super::machine::{End, Standing};
use super::words::{InstanceIdx, Refusal, RowIdx};
use crate::entry::LogLevel;
use crate::flags::{HandlerFlags, ItemFlags};
use crate::id::ItemId;
use crate::item::{HandlerInfo, ItemInfo, MAX_ITEMS};
use crate::outcome::Outcome;
use crate::time::Timestamp;

impl Machine {
    pub(super) fn begin(&mut self) {
        if self.end != End::NotBegun {
            return;
        }
        self.end = End::Working;
        self.started = self.now;
        self.settled_at = self.now;
        for instance in self.idxs() {
            self.call(instance, Call::Create);
        }
    }

    pub(super) fn created(&mut self, instance: InstanceIdx, result: Result<(), String>) {
        match result {
            Ok(()) if self.standing == Standing::Stopping => self.release(instance),
            Ok(()) => self.call(instance, Call::Initialize),
            Err(reason) => {
                let text = format!("`{}` cannot be started: {reason}", self.at(instance).name);
                self.note(instance, None, LogLevel::Error, text);
                // There is nothing to drop.
                self.at_mut(instance).stage = Stage::Released;
                if self.choice == ChoicePhase::Open {
                    self.effects.push(Effect::TellListing(instance));
                }
            }
        }
    }

    pub(super) fn initialized(&mut self, instance: InstanceIdx, outcome: Outcome) {
        let at = self.at(instance);
        let why = at.why(outcome);
        if outcome.is_failure() {
            let text = format!("`{}` refused to start: {why}", at.name);
            self.note(instance, None, LogLevel::Error, text);
        } else if outcome != Outcome::OK {
            // The polite no is no news for a session; whoever lists handlers may want to know.
            let declined = at.reason.clone().unwrap_or_else(|| "takes no part in this event".to_owned());
            self.at_mut(instance).declined = Some(declined);
        }
        if outcome == Outcome::OK && self.standing == Standing::Going {
            self.at_mut(instance).stage = Stage::Initialized;
            self.call(instance, Call::GetHandlerInfo);
        } else {
            self.release(instance);
        }
    }

    pub(super) fn info_given(&mut self, instance: InstanceIdx, info: Result<HandlerInfo, Outcome>) {
        match info {
            Ok(info) => self.at_mut(instance).introduce(info),
            // A failure does not lose the handler: its registered description stands in.
            Err(_) => self.note_reason(instance, "cannot tell about itself"),
        }
        self.go_on_loading(instance, Call::EnumSyncMgrItems);
    }

    pub(super) fn enumerated(&mut self, instance: InstanceIdx, listing: Listing) {
        if let ListingEnd::Failed(outcome) = listing.end {
            let at = self.at(instance);
            let text = format!("`{}` cannot list its items: {}", at.name, at.why(outcome));
            self.note(instance, None, LogLevel::Error, text);
        }
        let is_settings = self.is_settings();
        let at = self.at_mut(instance);
        at.listing_complete = listing.end == ListingEnd::Complete;
        (at.items, at.idx_of) = acceptable(listing.items);
        match at.stage {
            // Listed again after the properties: the choice is made anew, by whoever keeps the check marks by id.
            Stage::Ready(_) => {
                at.stage = Stage::Ready(None);
                self.ask_choice(instance);
            }
            _ if is_settings => self.release(instance),
            _ => {
                self.at_mut(instance).callback = Callback::Live;
                self.go_on_loading(instance, Call::SetProgressCallback);
            }
        }
    }

    fn go_on_loading(&mut self, instance: InstanceIdx, call: Call) {
        match self.standing {
            Standing::Going => self.call(instance, call),
            Standing::Stopping => {
                self.at_mut(instance).callback = Callback::Dead;
                self.release(instance);
            }
        }
    }

    pub(super) fn callback_set(&mut self, instance: InstanceIdx, outcome: Outcome) {
        if outcome.is_failure() {
            let at = self.at(instance);
            let text = format!("`{}` refused the callback: {}", at.name, at.why(outcome));
            self.note(instance, None, LogLevel::Error, text);
            // The call with nothing is made only after a call with something that succeeded.
            self.at_mut(instance).callback = Callback::Dead;
        }
        if outcome.is_failure() || self.standing == Standing::Stopping {
            self.release(instance);
        } else {
            self.at_mut(instance).stage = Stage::Ready(None);
            match self.reopen {
                Some(error) => self.reopen_entry(instance, error),
                None => self.ask_choice(instance),
            }
        }
    }

    pub(super) fn properties_asked(&mut self, instance: InstanceIdx, item: Option<ItemId>) -> Answer {
        let at = self.at(instance);
        let declared = match item {
            None => at.flags.contains(HandlerFlags::HAS_PROPERTIES),
            Some(item) => at
                .idx_of
                .get(&item)
                .is_some_and(|row| at.items[row.0].flags.contains(ItemFlags::HAS_PROPERTIES)),
        };
        match at.stage {
            Stage::Ready(None) if declared => {}
            Stage::Ready(None) => return Answer::Refused(Refusal::NoProperties),
            Stage::Ready(Some(_)) => return Answer::Refused(Refusal::PropertiesOpen),
            _ => return Answer::Refused(Refusal::NotChoosing),
        }
        let open = Open { is_begun: true, ..Open::default() };
        self.at_mut(instance).stage = Stage::Ready(Some(PropertiesShown { item, open }));
        self.call(instance, Call::ShowProperties(item));
        Answer::Outcome(Outcome::OK)
    }

    pub(super) fn properties_completed(&mut self, instance: InstanceIdx, outcome: Outcome) -> Outcome {
        let at = self.at_mut(instance);
        let Stage::Ready(Some(shown)) = &mut at.stage else {
            return if std::mem::take(&mut at.late_properties) { Outcome::OK } else { Outcome::UNEXPECTED };
        };
        let answer = shown.open.complete(outcome);
        if answer == Outcome::OK {
            self.finish_properties(instance);
        }
        answer
    }

    pub(super) fn properties_returned(&mut self, instance: InstanceIdx, outcome: Outcome) {
        if let Stage::Ready(Some(shown)) = &mut self.at_mut(instance).stage {
            shown.open.returned = Some(outcome);
            self.finish_properties(instance);
        }
    }

    fn finish_properties(&mut self, instance: InstanceIdx) {
        let Stage::Ready(Some(PropertiesShown { item, open })) = self.at(instance).stage else {
            return;
        };
        let Some(returned) = open.returned else { return };
        if returned.is_failure() {
            self.note_reason(instance, "cannot show the properties");
            let at = self.at_mut(instance);
            at.stage = Stage::Ready(None);
            at.late_properties = open.completed.is_none();
            self.effects.push(Effect::TellPropertiesGone { instance, item });
            return;
        }
        if open.completed.is_some() {
            self.effects.push(Effect::TellPropertiesGone { instance, item });
        }
        match (open.completed, item) {
            (None, _) => {}
            // Nothing can be chosen before the new list is there, so the stage stays.
            (Some(Outcome::ENUM_ITEMS), _) | (Some(Outcome::ITEM_DELETED), None) => {
                self.call(instance, Call::EnumSyncMgrItems);
            }
            (Some(Outcome::ITEM_DELETED), Some(deleted)) => {
                let at = self.at_mut(instance);
                at.stage = Stage::Ready(None);
                at.deleted.push(deleted);
                let items = std::mem::take(&mut at.items);
                (at.items, at.idx_of) = acceptable(items.into_iter().filter(|item| item.id != deleted));
                self.ask_choice(instance);
            }
            (Some(_), _) => self.at_mut(instance).stage = Stage::Ready(None),
        }
    }

    /// Orders the drop of an instance, at most once. Its callback is dead from here on.
    pub(super) fn release(&mut self, instance: InstanceIdx) {
        if matches!(self.at(instance).stage, Stage::Releasing | Stage::Released) {
            return;
        }
        self.give_up_grant(instance);
        if self.at(instance).callback == Callback::Live {
            self.at_mut(instance).callback = Callback::Dead;
            self.set_phase(instance, Phase::Closed);
            self.call(instance, Call::ClearProgressCallback);
        }
        let is_listed = matches!(self.at(instance).stage, Stage::Ready(_));
        if self.choice == ChoicePhase::Open && !is_listed {
            // Whoever waits for all handlers to be listed learns that this one will not be.
            self.effects.push(Effect::TellListing(instance));
        }
        self.at_mut(instance).stage = Stage::Releasing;
        self.call(instance, Call::Release);
    }

    pub(super) fn release_all(&mut self) {
        for instance in self.idxs() {
            self.release(instance);
        }
    }
}

/// The items that count: ids that are not nil, each once, first wins, up to the cap.
fn acceptable(items: impl IntoIterator<Item = ItemInfo>) -> (Vec<ItemInfo>, HashMap<ItemId, RowIdx>) {
    let mut accepted = Vec::new();
    let mut idx_of = HashMap::new();
    for mut item in items {
        if accepted.len() == MAX_ITEMS {
            break;
        }
        if !item.flags.contains(ItemFlags::LAST_UPDATE_TIME) {
            // Without the flag the field was never filled in.
            item.last_update = Timestamp::default();
        }
        if !item.id.is_nil() && !idx_of.contains_key(&item.id) {
            idx_of.insert(item.id, RowIdx(accepted.len()));
            accepted.push(item);
        }
    }
    (accepted, idx_of)
}

/// The rows of those ids that are known, each once, in the order given.
pub(super) fn known_rows(idx_of: &HashMap<ItemId, RowIdx>, items: &[ItemId]) -> Vec<RowIdx> {
    let mut rows = Vec::new();
    let mut taken = std::collections::HashSet::new();
    for item in items {
        if let Some(&row) = idx_of.get(item)
            && taken.insert(row)
        {
            rows.push(row);
        }
    }
    rows
}
