//! Who may bother the user: dialogs that the handler shows by itself, and the questions it has asked for it. One handler at a time.

use std::time::Instant;

use syncmgr_handler::ModelessRequest;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::handler::{DialogParams, DialogResult};
use syncmgr_wire::protocol::words::NoAnswer;
use syncmgr_wire::protocol::{self, Params, code};

use super::{Core, Manager};

impl<M: Manager> Core<M> {
    /// `dialog`: answered at once.
    pub(super) fn dialog(&mut self, id: Option<&str>, params: Params<'_>, now: Instant) {
        // Nobody could tell the answer from any other line.
        let Some(id) = id else { return };
        let result = match params.read() {
            Err(error) => return self.refuse(Some(id), code::BAD_PARAMS, error.to_string()),
            Ok(DialogParams { open: false }) => self.dialog_gone(now),
            Ok(DialogParams { open: true }) if !self.is_in_call() => {
                return self.refuse(Some(id), code::NO_RUN, "no run is open");
            }
            Ok(DialogParams { open: true }) => self.dialog_wanted(),
        };
        self.outbox.push(protocol::reply(id, &result));
    }

    fn dialog_wanted(&mut self) -> DialogResult {
        match self.grant() {
            Ok(()) => {
                self.n_dialogs += 1;
                DialogResult { granted: true, reason: None }
            }
            Err(reason) => DialogResult { granted: false, reason: Some(reason) },
        }
    }

    /// One too many is gone for nobody.
    fn dialog_gone(&mut self, now: Instant) -> DialogResult {
        if self.n_dialogs > 0 {
            self.n_dialogs -= 1;
            let _ = self.manager.modeless(ModelessRequest::Done);
            // While it was there, the silence was the user's.
            self.stall.begin(now);
        }
        DialogResult { granted: false, reason: None }
    }

    /// Whether the user may be bothered now, and if not, why. What was granted is to be given back.
    pub(super) fn grant(&mut self) -> Result<(), NoAnswer> {
        if self.manager.modeless(ModelessRequest::Ask) == Outcome::OK {
            return Ok(());
        }
        let is_showing = self.run.is_none();
        Err(if !is_showing && self.verdict(None) == Verdict::Stop {
            NoAnswer::Stopped
        } else if !self.settings.may_bother_user && !is_showing {
            NoAnswer::Unattended
        } else {
            NoAnswer::Busy
        })
    }
}
