//! The thread of a handler instance: makes it, calls it, drops it, and survives it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use crossbeam_channel::Receiver;
use syncmgr_handler::{Completeness, Handler, SyncCallback};
use syncmgr_model::event::Event;
use syncmgr_model::id::ItemId;
use syncmgr_model::item::MAX_ITEMS;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::session::{Call, Input, InstanceIdx, Listing, ListingEnd, Returned, Starting};
use syncmgr_model::status::ItemStatus;

use crate::callback::Callback;
use crate::shared::Shared;

pub(crate) struct Worker {
    /// Weak, so that a thread that never comes back does not keep the session's memory.
    shared: Weak<Shared>,
    instance: InstanceIdx,
    handler: Option<Box<dyn Handler>>,
    /// What it said in the end.
    farewell: Option<String>,
}

impl Worker {
    pub(crate) fn new(shared: &Arc<Shared>, instance: InstanceIdx) -> Self {
        Self { shared: Arc::downgrade(shared), instance, handler: None, farewell: None }
    }

    /// Makes the calls that are ordered, one after the other, until the instance is dropped or nobody orders any more.
    pub(crate) fn run(mut self, calls: &Receiver<Call>) {
        for call in calls {
            let is_last = call == Call::Release;
            let method = method(&call);
            let returned = catch_unwind(AssertUnwindSafe(|| self.make(call)));
            let returned = returned.unwrap_or_else(|panic| {
                Some(Returned::Panicked { method, text: panic_text(panic.as_ref()) })
            });
            let is_panic = matches!(returned, Some(Returned::Panicked { .. }));
            self.feed(returned);
            if is_last {
                // However the drop went, there is nothing left to drop.
                self.feed(is_panic.then_some(Returned::Released));
                return;
            }
        }
        // Abandoned, and now it let go. A panic here concerns nobody any more.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(self.handler.take())));
    }

    fn feed(&mut self, returned: Option<Returned>) {
        let Some(returned) = returned else { return };
        let reason = self.reason(&returned);
        if let Some(shared) = self.shared.upgrade() {
            shared.step(Input::Returned { instance: self.instance, returned, reason });
        }
    }

    /// The handler's own words about an answer that is not OK.
    fn reason(&mut self, returned: &Returned) -> Option<String> {
        if *returned == Returned::Released {
            return self.farewell.take();
        }
        let handler = self.handler.as_mut().filter(|_| is_refusal(returned))?;
        // One that panics in here has said nothing; its next call will tell.
        catch_unwind(AssertUnwindSafe(|| handler.reason())).unwrap_or_default()
    }

    fn make(&mut self, call: Call) -> Option<Returned> {
        if call == Call::Release {
            self.farewell = self.handler.as_mut().and_then(|handler| handler.release());
            drop(self.handler.take());
            return Some(Returned::Released);
        }
        let shared = self.shared.upgrade()?;
        if call == Call::Create {
            let made = shared.handlers[self.instance.0].factory.create();
            return Some(Returned::Created(made.map(|handler| self.handler = Some(handler))));
        }
        let starting = match &call {
            Call::PrepareForSync(_) => Some(Starting::Prepare),
            Call::Synchronize => Some(Starting::Synchronize),
            Call::SetItemStatus(item) => Some(Starting::Notice(*item)),
            _ => None,
        };
        if let Some(starting) = starting {
            // Asked here, in the last moment: a stop or a completion may have come since the call was ordered.
            let may = shared.step(Input::Starting { instance: self.instance, starting });
            if may.outcome() != Outcome::OK {
                return None;
            }
        }
        // Methods may take for ever; the session's memory must not wait for them.
        let cookie = shared.cookie.clone().filter(|_| shared.flags().event == Event::Invoke);
        let flags = shared.flags();
        let callback = (call == Call::SetProgressCallback)
            .then(|| Arc::new(Callback::new(&shared, self.instance)) as Arc<dyn SyncCallback>);
        drop(shared);
        let handler = self.handler.as_mut()?;
        match call {
            Call::Create | Call::Release => None,
            Call::Initialize => Some(Returned::Initialized(handler.initialize(flags, cookie.as_deref()))),
            Call::GetHandlerInfo => Some(Returned::InfoGiven(handler.get_handler_info())),
            Call::EnumSyncMgrItems => Some(Returned::Enumerated(enumerate(handler.as_mut()))),
            Call::SetProgressCallback => Some(Returned::CallbackSet(handler.set_progress_callback(callback))),
            Call::ShowProperties(item) => {
                Some(Returned::PropertiesShown(handler.show_properties(None, item)))
            }
            Call::PrepareForSync(items) => Some(Returned::Prepared(handler.prepare_for_sync(&items, None))),
            Call::Synchronize => Some(Returned::Synchronized(handler.synchronize(None))),
            Call::ShowError(error) => Some(Returned::ErrorShown(handler.show_error(None, error))),
            Call::SetItemStatus(item) => {
                tell_status(handler.as_mut(), item);
                None
            }
            Call::ClearProgressCallback => {
                // The answer changes nothing: the callback is dead already.
                let _ = handler.set_progress_callback(None);
                None
            }
        }
    }
}

fn is_refusal(returned: &Returned) -> bool {
    match returned {
        Returned::Initialized(outcome)
        | Returned::CallbackSet(outcome)
        | Returned::PropertiesShown(outcome)
        | Returned::Prepared(outcome)
        | Returned::Synchronized(outcome)
        | Returned::ErrorShown(outcome) => *outcome != Outcome::OK,
        Returned::InfoGiven(info) => info.is_err(),
        Returned::Enumerated(listing) => matches!(listing.end, ListingEnd::Failed(_)),
        Returned::Created(_) | Returned::Released | Returned::Panicked { .. } => false,
    }
}

fn tell_status(handler: &mut dyn Handler, item: Option<ItemId>) {
    let status = if item.is_some() { ItemStatus::Skipped } else { ItemStatus::Stopped };
    // The same news is in every verdict, so the answer does not matter.
    let _ = handler.set_item_status(item, status);
}

fn enumerate(handler: &mut dyn Handler) -> Listing {
    let enumeration = match handler.enum_sync_mgr_items() {
        Ok(enumeration) => enumeration,
        Err(outcome) => return Listing { items: Vec::new(), end: ListingEnd::Failed(outcome) },
    };
    let mut end = match enumeration.completeness {
        Completeness::Complete => ListingEnd::Complete,
        Completeness::MissingItems => ListingEnd::MissingItems,
    };
    let mut items = Vec::new();
    for item in enumeration.items {
        if items.len() == MAX_ITEMS {
            // Cut off against endless enumerators; what was not seen may be there.
            end = ListingEnd::MissingItems;
            break;
        }
        match item {
            Ok(item) => items.push(item),
            Err(outcome) => {
                end = ListingEnd::Failed(outcome);
                break;
            }
        }
    }
    Listing { items, end }
}

fn method(call: &Call) -> &'static str {
    match call {
        Call::Create => "create",
        Call::Initialize => "initialize",
        Call::GetHandlerInfo => "get_handler_info",
        Call::EnumSyncMgrItems => "enum_sync_mgr_items",
        Call::SetProgressCallback | Call::ClearProgressCallback => "set_progress_callback",
        Call::ShowProperties(_) => "show_properties",
        Call::PrepareForSync(_) => "prepare_for_sync",
        Call::Synchronize => "synchronize",
        Call::SetItemStatus(_) => "set_item_status",
        Call::ShowError(_) => "show_error",
        Call::Release => "drop",
    }
}

pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "no message".to_owned()
    }
}
