//! The choice by hand: what faces do with a session between its lists and its work.

use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::item::CheckState;
use syncmgr_model::session::{Answer, Input, InstanceIdx, Refusal};
use syncmgr_model::tick::Tick;

use crate::session::Session;

impl Session {
    /// Checks an item that takes part, or takes the check mark away.
    ///
    /// Needs [`Choosing::ByHand`](crate::Choosing::ByHand), like everything here.
    pub fn mark(&self, handler: HandlerId, item: ItemId, check: CheckState) -> Result<(), Refusal> {
        self.wish(handler, |instance| Input::Marked { instance, item, check })
    }

    /// Has a handler show the properties of an item, or its own (`None`). That they are gone is told by
    /// [`SessionEvent::PropertiesGone`](crate::SessionEvent::PropertiesGone); what they changed by another
    /// [`SessionEvent::Listed`](crate::SessionEvent::Listed).
    pub fn show_properties(&self, handler: HandlerId, item: Option<ItemId>) -> Result<(), Refusal> {
        self.wish(handler, |instance| Input::PropertiesAsked { instance, item })
    }

    /// Begins with what is checked, and gives all check marks: this is the moment to store them.
    ///
    /// Handlers that have not listed by now take no part. To end without beginning, there is [`Session::close`].
    pub fn begin(&self) -> Result<Vec<Tick>, Refusal> {
        refused(self.shared.step(Input::BeginAsked))?;
        Ok(self.ticks())
    }

    /// The check marks as they are now.
    pub fn ticks(&self) -> Vec<Tick> {
        self.shared.machine().ticks()
    }

    fn wish(&self, handler: HandlerId, input: impl FnOnce(InstanceIdx) -> Input) -> Result<(), Refusal> {
        let idx = self.shared.handlers.iter().position(|entry| entry.id == handler);
        let instance = idx.map(InstanceIdx).ok_or(Refusal::NotListed)?;
        refused(self.shared.step(input(instance)))
    }
}

fn refused(answer: Answer) -> Result<(), Refusal> {
    match answer {
        Answer::Refused(refusal) => Err(refusal),
        Answer::Outcome(_) | Answer::Connect => Ok(()),
    }
}
