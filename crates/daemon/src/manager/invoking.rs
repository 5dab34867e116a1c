//! What programs ask for: the calls of `ISyncMgrSynchronizeInvoke`, checked and carried out.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use syncmgr_folders::{HANDLER_ID, RunOptions};
use syncmgr_model::flags::InvokeFlags;
use syncmgr_model::id::HandlerId;
use syncmgr_model::invoke::Invocation;
use syncmgr_model::item::CheckState;
use syncmgr_model::trigger::Trigger;
use syncmgr_wire::control::{Event, InvokeRequest};

use super::handlers::KnownHandler;
use super::run::{nothing_to_do, unable};
use super::teller::HandlerNames;
use super::{Face, Manager, Ran};
use crate::exit::Exit;
use crate::failure::Failure;

impl Manager {
    /// Checks what a program asks for: the rulings are those of the contract.
    pub(crate) fn invocation(&mut self, request: &InvokeRequest) -> Result<Invocation, Failure> {
        let flags = InvokeFlags::from_bits(request.flags).ok_or_else(|| {
            Failure::usage(format!("{:#x} has bits that nobody knows", request.flags))
                .hint("2 is to start at once, 4 to be minimized")
        })?;
        let cookie = request.cookie.as_deref().map(cookie).transpose()?;
        let Some(typed) = request.handler.as_deref() else {
            return match cookie {
                Some(_) => Err(Failure::usage("a cookie is for one handler, and none is named")),
                None => Ok(Invocation { flags, ..Invocation::update_all() }),
            };
        };
        let handler = self.invoked_handler(typed)?;
        Invocation::update_items(request.flags, handler, cookie.as_deref(), |_| true)
            .map_err(|_refused| not_registered(typed))
    }

    /// The handler that a program names, if it may run.
    fn invoked_handler(&mut self, typed: &str) -> Result<HandlerId, Failure> {
        let id = typed.parse::<HandlerId>().ok();
        if id == Some(HANDLER_ID) {
            return Ok(HANDLER_ID);
        }
        let known = self.handlers()?;
        let is_meant = |handler: &&KnownHandler| handler.name == typed || Some(handler.id) == id;
        let handler = known.iter().find(is_meant).ok_or_else(|| not_registered(typed))?;
        handler.check_trusted()?;
        Ok(handler.id)
    }

    /// Runs what a program asked for, and tells besides what it came to.
    pub(crate) fn run_invocation(&mut self, invocation: &Invocation, face: &mut dyn Face) -> Ran {
        self.report = None;
        let answered = self.run_invoked(invocation, face);
        Ran { answered, report: self.report.take() }
    }

    /// Nobody is there to whom the list could be shown, so it is begun with what handlers propose, whatever the flags.
    fn run_invoked(&mut self, invocation: &Invocation, face: &mut dyn Face) -> Result<Exit, Failure> {
        let selected = self.select_invoked(invocation.handler)?;
        for handler in &selected.untrusted {
            face.hear(&Event::Handler(self.handler_line(handler)));
        }
        if selected.is_empty() {
            return Ok(nothing_to_do(false, face));
        }
        let asked = selected.asked();
        let flags = Trigger::Invoke(invocation.clone()).initialize_flags();
        let mut run = self.folder_run(selected.pairs, RunOptions::new, flags)?;
        run.names = HandlerNames::new(selected.others.iter().map(|other| &other.handler));
        for other in &selected.others {
            let entry = self.entry(&other.handler).unwrap_or_else(|failure| unable(other, failure));
            run.request.handlers.push(entry);
        }
        // What the user chose for other sessions is not asked here, and not changed.
        run.request.choose =
            Arc::new(|handler, item| handler == HANDLER_ID || item.state == CheckState::Checked);
        run.request.cookie.clone_from(&invocation.cookie);
        run.asked = asked;
        self.run(run, face).map(|ended| ended.exit)
    }
}

fn cookie(text: &str) -> Result<Vec<u8>, Failure> {
    BASE64_STANDARD.decode(text).map_err(|error| Failure::usage("the cookie is no Base64").because(&error))
}

fn not_registered(typed: &str) -> Failure {
    Failure::usage(format!("no handler is registered as `{typed}`")).hint("`syncmgr handlers` lists them")
}
