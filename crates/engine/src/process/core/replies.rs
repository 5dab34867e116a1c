//! What a handler answers.

use std::time::Instant;

use serde_json::value::RawValue;
use syncmgr_model::entry::LogLevel;
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::item::{HANDLER_NAME_UNITS, cut_to_utf16_units};
use syncmgr_model::outcome::Outcome;
use syncmgr_wire::protocol::host::{
    EnumerateResult, InitializeResult, PrepareResult, PropertiesResult, ShowErrorResult, SyncResult,
    VersionRange,
};
use syncmgr_wire::protocol::limits::{LINE_CEILING, LINE_MAX, TEXT_MAX};
use syncmgr_wire::protocol::read::result;
use syncmgr_wire::protocol::words::{HandlerFlag, PropertiesChange};
use syncmgr_wire::protocol::write::Refusal;
use syncmgr_wire::protocol::{PROTOCOL, code};

use super::asked::Asked;
use super::entries::cut;
use super::items::Trouble;
use super::{Action, Caps, Completion, Core, Introduction, Listed, Manager, Refused, Told};

impl<M: Manager> Core<M> {
    /// A reply of the handler.
    pub(super) fn replied(&mut self, id: &str, result: Result<&RawValue, Refusal>, now: Instant) {
        let is_right = self.open.as_ref().is_some_and(|open| open.id.to_string() == id);
        let Some(open) = self.open.clone().filter(|_| is_right) else {
            let id = cut(id, 100);
            let cause = match &self.open {
                Some(open) => {
                    let method = open.asked.method();
                    format!("sent a reply with id {id}, but the open request is {} ({method})", open.id)
                }
                None => format!("sent a reply with id {id}, but no request is open"),
            };
            return self.break_off(cause);
        };
        match open.asked {
            Asked::Initialize => self.initialized(result),
            Asked::Enumerate => self.enumerated(result),
            Asked::Prepare => self.prepared(result),
            Asked::Sync => self.synced(result),
            Asked::Properties => self.properties_shown(result),
            Asked::ShowError { error } => self.error_shown(error, result),
            Asked::Shutdown => {
                self.open = None;
                self.exit(now);
            }
        }
    }

    fn initialized(&mut self, reply: Result<&RawValue, Refusal>) {
        let told = match reply {
            Err(refusal) => Err(Refused::Failed(cut(&version_refusal(&refusal), TEXT_MAX).to_owned())),
            Ok(raw) => match result::<InitializeResult>(raw) {
                Err(error) => {
                    Err(Refused::Failed(format!("its answer to `initialize` cannot be read: {error}")))
                }
                Ok(reply) => self.introduce(reply),
            },
        };
        self.open = None;
        // Who said no is still told to shut down in good order.
        self.is_introduced = told.is_ok() || matches!(told, Err(Refused::Declined(_)));
        self.manager.told(Told::Initialized(told));
    }

    fn introduce(&mut self, reply: InitializeResult) -> Result<Introduction, Refused> {
        if reply.declined {
            return Err(Refused::Declined(reply.text.map(|text| cut(&text, TEXT_MAX).to_owned())));
        }
        match reply.protocol {
            Some(PROTOCOL) => {}
            Some(other) => {
                let text = format!("it chose protocol version {other}, but {PROTOCOL} was offered");
                return Err(Refused::Failed(text));
            }
            None => {
                let text = "its answer to `initialize` lacks `protocol`, the version it speaks";
                return Err(Refused::Failed(text.to_owned()));
            }
        }
        let has = |cap: &str| reply.caps.iter().any(|named| named == cap);
        self.caps = Caps {
            pause: has("pause"),
            plan: has("plan"),
            properties: has("properties"),
            show_error: has("show_error"),
            conflict: has("conflict"),
        };
        if let Some(wanted) = reply.line_max {
            let line_max = usize::try_from(wanted).unwrap_or(usize::MAX).clamp(LINE_MAX, LINE_CEILING);
            self.actions.push(Action::SetLineMax(line_max));
        }
        let name = reply.name.filter(|name| !name.is_empty());
        let name = name.map(|name| cut_to_utf16_units(&name, HANDLER_NAME_UNITS).to_owned());
        Ok(Introduction { name, caps: self.caps, flags: flags_of(self.caps, reply.flags) })
    }

    fn enumerated(&mut self, reply: Result<&RawValue, Refusal>) {
        let listed = match reply {
            Err(refusal) => Err(format!("it answered: {}", cut(&refusal.to_string(), TEXT_MAX))),
            Ok(raw) => match result::<EnumerateResult<Box<RawValue>>>(raw) {
                Err(error) => Err(format!("its answer to `enumerate` cannot be read: {error}")),
                Ok(reply) => {
                    self.take_items(&reply.items);
                    if self.open.is_none() {
                        // There were too many, and it was ended.
                        return;
                    }
                    Ok(Listed { items: self.items.finish(), partial: reply.partial })
                }
            },
        };
        self.open = None;
        self.manager.told(Told::Enumerated(listed));
    }

    /// Takes items of the listing that is coming in.
    pub(super) fn take_items(&mut self, items: &[Box<RawValue>]) {
        for item in items {
            match self.items.add(self.handler, item) {
                Ok(()) => {}
                Err(Trouble::Refused(what)) => {
                    let text = format!("listed {what}; it is left out");
                    self.warn_once(what, &text);
                }
                Err(Trouble::TooMany) => {
                    return self.break_off("listed more than 65536 items".to_owned());
                }
            }
        }
    }

    fn prepared(&mut self, reply: Result<&RawValue, Refusal>) {
        let ready = match reply {
            Err(refusal) if refusal.code == code::UNKNOWN_METHOD => Ok(PrepareResult::ready()),
            Err(refusal) => Err(format!("could not prepare: {refusal}")),
            Ok(raw) => result::<PrepareResult>(raw)
                .map_err(|error| format!("gave an answer to `prepare` that cannot be read: {error}")),
        };
        let outcome = match ready {
            Ok(reply) if reply.ready => {
                for plan in &reply.plan {
                    if let Err(refusal) = self.plan(plan) {
                        self.warn_once("plan", &format!("gave a plan that cannot be taken: {refusal}"));
                    }
                }
                Outcome::OK
            }
            Ok(reply) => {
                let why = reply.text.as_deref().unwrap_or("it did not say why");
                let text = format!("`{}` is not ready: {}", self.settings.name, cut(why, 4096));
                self.note(LogLevel::Warning, None, text);
                Outcome::FALSE
            }
            Err(cause) => {
                self.explain(&cause);
                Outcome::FAIL
            }
        };
        self.open = None;
        if outcome != Outcome::OK || self.settings.is_dry_run {
            self.end_run();
        }
        self.manager.completed(Completion::Prepared(outcome));
    }

    fn synced(&mut self, reply: Result<&RawValue, Refusal>) {
        let outcome = match reply {
            Err(refusal) => {
                self.explain(&format!("could not synchronize: {refusal}"));
                Outcome::FAIL
            }
            Ok(raw) => match result::<SyncResult<Box<RawValue>>>(raw) {
                Err(error) => {
                    self.explain(&format!("gave an answer to `sync` that cannot be read: {error}"));
                    Outcome::FAIL
                }
                Ok(reply) => {
                    if let Some(items) = reply.items {
                        self.take_results(&items);
                    }
                    Outcome::OK
                }
            },
        };
        self.open = None;
        self.end_run();
        self.manager.completed(Completion::Synchronized(outcome));
    }

    /// The run is over: what it counted is told, and nothing of it is answered any more.
    pub(super) fn end_run(&mut self) {
        self.close_entries();
        self.run = None;
        let no_run = Refusal::new(code::NO_RUN, "no run is open");
        for held in std::mem::take(&mut self.held) {
            self.answered_with(Some(&held.id), Err(no_run.clone()));
        }
    }

    fn properties_shown(&mut self, reply: Result<&RawValue, Refusal>) {
        let outcome = match reply.map(result::<PropertiesResult>) {
            Ok(Ok(reply)) => match reply.changed {
                PropertiesChange::Nothing => Outcome::OK,
                PropertiesChange::Items => Outcome::ENUM_ITEMS,
                PropertiesChange::Deleted => Outcome::ITEM_DELETED,
            },
            Ok(Err(error)) => self.did_not_show(&error.to_string()),
            Err(refusal) => self.did_not_show(&refusal.to_string()),
        };
        self.open = None;
        self.manager.completed(Completion::PropertiesShown(outcome));
    }

    fn error_shown(&mut self, error: ErrorId, reply: Result<&RawValue, Refusal>) {
        let (outcome, retry) = match reply.map(result::<ShowErrorResult>) {
            Ok(Ok(reply)) if reply.retry.is_empty() => (Outcome::OK, Vec::new()),
            Ok(Ok(reply)) => {
                let id = |text: &String| ItemId::named(self.handler, text);
                (Outcome::RETRY_SYNC, reply.retry.iter().map(id).collect())
            }
            Ok(Err(reason)) => (self.did_not_show(&reason.to_string()), Vec::new()),
            Err(refusal) => {
                if refusal.code == code::BAD_PARAMS {
                    // It does not know the entry any more: nobody is led there again.
                    let _ = self.manager.delete_log(Some(error));
                }
                (self.did_not_show(&refusal.to_string()), Vec::new())
            }
        };
        self.open = None;
        self.manager.completed(Completion::ErrorShown(outcome, retry));
    }

    fn did_not_show(&mut self, reason: &str) -> Outcome {
        let text = format!("`{}` could not show it: {}", self.settings.name, cut(reason, 4096));
        self.note(LogLevel::Warning, None, text);
        Outcome::FAIL
    }
}

/// Who is to be updated when there is no common version.
fn version_refusal(refusal: &Refusal) -> String {
    let range = refusal.data.as_ref().filter(|_| refusal.code == code::NO_COMMON_VERSION);
    let range = range.and_then(|data| serde_json::from_value::<VersionRange>(data.clone()).ok());
    match range {
        Some(VersionRange { min, max }) => {
            let which = if max < PROTOCOL { "update the handler" } else { "update `syncmgr`" };
            format!("it speaks protocol versions {min} to {max} and this is {PROTOCOL}: {which}")
        }
        None => refusal.to_string(),
    }
}

/// What a handler declares about itself. Who says nothing of that has properties of its own if it offers to show any.
fn flags_of(caps: Caps, declared: Option<Vec<HandlerFlag>>) -> HandlerFlags {
    let mut flags = HandlerFlags::empty();
    flags.set(HandlerFlags::PREVIEWS, caps.plan);
    let Some(declared) = declared else {
        flags.set(HandlerFlags::HAS_PROPERTIES, caps.properties);
        return flags;
    };
    for flag in declared {
        flags |= match flag {
            HandlerFlag::Properties if !caps.properties => HandlerFlags::empty(),
            HandlerFlag::Properties => HandlerFlags::HAS_PROPERTIES,
            HandlerFlag::AlwaysList => HandlerFlags::ALWAYS_LIST_HANDLER,
            HandlerFlag::Connects => HandlerFlags::MAY_ESTABLISH_CONNECTION,
        };
    }
    flags
}
