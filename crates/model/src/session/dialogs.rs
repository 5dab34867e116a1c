//! Who may show a dialog: one instance at a time, counted.

use super::Machine;
use super::machine::Standing;
use super::words::{InstanceIdx, Modeless};
use crate::outcome::Outcome;

/// The permission to show dialogs, while somebody has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    holder: InstanceIdx,
    depth: u32,
}

impl Machine {
    pub(super) fn modeless(&mut self, instance: InstanceIdx, request: Modeless) -> Outcome {
        match request {
            Modeless::Ask => self.ask_grant(instance),
            Modeless::Done => {
                // Without a grant it means nothing: who was refused may still say it.
                self.grant = match self.grant {
                    Some(grant) if grant.holder == instance && grant.depth > 1 => {
                        Some(Grant { depth: grant.depth - 1, ..grant })
                    }
                    Some(grant) if grant.holder == instance => None,
                    other => other,
                };
                Outcome::OK
            }
        }
    }

    fn ask_grant(&mut self, instance: InstanceIdx) -> Outcome {
        let at = self.at(instance);
        // What the user opened himself may always ask; everything else only where the session may bother somebody.
        let is_allowed = at.is_showing_error() || (at.is_running() && self.flags.may_bother_user());
        if !is_allowed || self.standing == Standing::Stopping {
            return Outcome::FALSE;
        }
        let depth = match self.grant {
            None => 1,
            Some(grant) if grant.holder == instance => grant.depth.saturating_add(1),
            // At once, never waiting: the one who asks may be on the thread the other one needs.
            Some(_) => return Outcome::FALSE,
        };
        self.grant = Some(Grant { holder: instance, depth });
        Outcome::OK
    }

    pub(super) fn give_up_grant(&mut self, instance: InstanceIdx) {
        self.grant = self.grant.filter(|grant| grant.holder != instance);
    }
}
