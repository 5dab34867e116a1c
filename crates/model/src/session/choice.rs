//! The choice: which of the listed items take part. Made at once, or by hand until the user begins or closes.

use std::collections::HashSet;

use super::Machine;
use super::effect::Effect;
use super::input::Answer;
use super::instance::{PropertiesShown, Row, Stage};
use super::loading::known_rows;
use super::machine::Standing;
use super::words::{Choosing, InstanceIdx, Refusal};
use crate::entry::LogLevel;
use crate::flags::HandlerFlags;
use crate::id::ItemId;
use crate::item::CheckState;
use crate::outcome::Outcome;
use crate::tick::Tick;

/// How far the choice of a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChoicePhase {
    /// Each instance's items are chosen as soon as they are listed.
    AtOnce,
    /// The user looks at the list.
    Open,
    /// The user has begun.
    Begun,
    /// The user has closed the list: nothing is synchronized.
    Closed,
}

impl From<Choosing> for ChoicePhase {
    fn from(choosing: Choosing) -> Self {
        match choosing {
            Choosing::AtOnce => Self::AtOnce,
            Choosing::ByHand => Self::Open,
        }
    }
}

impl Machine {
    pub(super) fn ask_choice(&mut self, instance: InstanceIdx) {
        if self.is_choice_over() {
            // It was not in the list when the user decided.
            self.release(instance);
            return;
        }
        let items = self.at(instance).items.clone();
        self.effects.push(Effect::AskChoice { instance, items });
    }

    fn is_choice_over(&self) -> bool {
        matches!(self.choice, ChoicePhase::Begun | ChoicePhase::Closed)
    }

    /// The items that take part are known: finally, or as a proposal the user will change.
    pub(super) fn chosen(&mut self, instance: InstanceIdx, items: &[ItemId]) {
        // While properties are shown, or were never completed, this handler cannot be synchronized (contract 2.1).
        if self.at(instance).stage != Stage::Ready(None) {
            return;
        }
        match self.choice {
            ChoicePhase::AtOnce => self.start_with(instance, items),
            ChoicePhase::Open => {
                self.propose(instance, items);
                self.effects.push(Effect::TellListing(instance));
            }
            ChoicePhase::Begun | ChoicePhase::Closed => self.release(instance),
        }
    }

    /// Items that are new get the proposed mark, the others keep theirs.
    fn propose(&mut self, instance: InstanceIdx, checked: &[ItemId]) {
        let checked: HashSet<ItemId> = checked.iter().copied().collect();
        let at = self.at_mut(instance);
        let before = std::mem::take(&mut at.marks);
        let mark = |item: ItemId| before.get(&item).copied().unwrap_or(checked.contains(&item));
        at.marks = at.items.iter().map(|item| (item.id, mark(item.id))).collect();
    }

    fn start_with(&mut self, instance: InstanceIdx, items: &[ItemId]) {
        self.fix_items(instance);
        let rows = known_rows(&self.at(instance).idx_of, items);
        if rows.is_empty() {
            self.release(instance);
            return;
        }
        self.open_run(instance, rows);
        if self.flags.is_dry_run() && !self.at(instance).flags.contains(HandlerFlags::PREVIEWS) {
            self.leave_out_of_preview(instance);
        } else {
            self.at_mut(instance).stage = Stage::Chosen;
        }
    }

    /// From here on the items stay as they are.
    pub(super) fn fix_items(&mut self, instance: InstanceIdx) {
        let at = self.at_mut(instance);
        at.rows = vec![Row::UNSEEN; at.items.len()];
        let items = at.items.clone();
        self.effects.push(Effect::ItemsFixed { instance, items });
    }

    /// The user checks an item, or takes the check mark away.
    pub(super) fn marked(&mut self, instance: InstanceIdx, item: ItemId, check: CheckState) -> Answer {
        if self.choice != ChoicePhase::Open {
            return Answer::Refused(Refusal::NotChoosing);
        }
        match self.at_mut(instance).marks.get_mut(&item) {
            Some(mark) => *mark = check == CheckState::Checked,
            None => return Answer::Refused(Refusal::NotListed),
        }
        Answer::Outcome(Outcome::OK)
    }

    /// The user begins with the items that are checked.
    pub(super) fn begin_asked(&mut self) -> Answer {
        if self.choice != ChoicePhase::Open || self.standing == Standing::Stopping {
            return Answer::Refused(Refusal::NotChoosing);
        }
        let is_busy =
            |shown: PropertiesShown| shown.open.returned.is_none() || shown.open.completed.is_some();
        if self.instances.iter().any(|at| matches!(at.stage, Stage::Ready(Some(shown)) if is_busy(shown))) {
            return Answer::Refused(Refusal::PropertiesOpen);
        }
        let is_ready = |instance: &InstanceIdx| self.at(*instance).stage == Stage::Ready(None);
        if !self.idxs().filter(is_ready).any(|instance| !self.checked(instance).is_empty()) {
            return Answer::Refused(Refusal::NothingChecked);
        }
        self.choice = ChoicePhase::Begun;
        for instance in self.idxs() {
            match self.at(instance).stage {
                Stage::Ready(None) => {
                    let checked = self.checked(instance);
                    self.start_with(instance, &checked);
                }
                Stage::Ready(Some(_)) => self.leave_out(instance),
                // Those that still load are let go of when they have listed.
                _ => {}
            }
        }
        Answer::Outcome(Outcome::OK)
    }

    fn leave_out(&mut self, instance: InstanceIdx) {
        let text = format!("`{}` never closed its properties and was left out", self.at(instance).name);
        self.note(instance, None, LogLevel::Warning, text);
        self.release(instance);
    }

    /// The user closes the list, or the session; what waits for a choice is let go of.
    pub(super) fn choice_closed(&mut self) {
        if self.choice != ChoicePhase::Open {
            return;
        }
        self.choice = ChoicePhase::Closed;
        for instance in self.idxs() {
            if matches!(self.at(instance).stage, Stage::Ready(_)) {
                self.release(instance);
            }
        }
    }

    /// Whether work was begun, or will be without anybody asking.
    pub fn is_begun(&self) -> bool {
        matches!(self.choice, ChoicePhase::AtOnce | ChoicePhase::Begun)
    }

    /// The checked items of an instance, in the order listed.
    pub fn checked(&self, instance: InstanceIdx) -> Vec<ItemId> {
        let at = self.at(instance);
        let is_checked = |item: &ItemId| at.marks.get(item).copied().unwrap_or(false);
        at.items.iter().map(|item| item.id).filter(is_checked).collect()
    }

    /// All check marks of a choice by hand.
    pub fn ticks(&self) -> Vec<Tick> {
        let of = |at: &super::instance::Instance| -> Vec<Tick> {
            let tick = |id| Some(Tick { handler: at.handler, item: id, ticked: *at.marks.get(&id)? });
            at.items.iter().filter_map(|item| tick(item.id)).collect()
        };
        self.instances.iter().flat_map(of).collect()
    }
}
