//! [`Class`]: a class as a [`Handler`].

use std::ptr::null;
use std::sync::Arc;

use syncmgr_handler::{Enumeration, Handler, ParentToken, SyncCallback};
use syncmgr_model::event::InitializeFlags;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus;
use windows::Win32::Foundation::HWND;
use windows::Win32::System::Com::{CLSCTX_INPROC_SERVER, CoCreateInstance, CoTaskMemFree};
use windows::Win32::UI::Shell::{
    ISyncMgrEnumItems, ISyncMgrSynchronize, ISyncMgrSynchronizeCallback, SYNCMGRHANDLERINFO, SYNCMGRITEM,
};
use windows::core::{GUID, HRESULT, Interface as _};

use super::apartment::Apartment;
use super::callback::Callback;
use super::places;
use crate::calls::Calls;
use crate::class::{self, ClassId, RawInfo};
use crate::listing::{Listing, Next};
use crate::pointers;

/// One instance of a class, in an apartment of its own.
pub(super) struct Class {
    apartment: Apartment,
    calls: Arc<Calls>,
    class: ClassId,
    description: String,
    /// Why the last call was not answered with `S_OK`.
    reason: Option<String>,
}

/// No window: absent is always legal.
const NO_PARENT: HWND = HWND(std::ptr::null_mut());

impl Class {
    /// Makes an instance, or tells people why there is none.
    pub(super) fn load(class: ClassId, description: String) -> Result<Self, String> {
        let id = GUID::from_u128(class.number());
        let make = move || {
            // SAFETY: on the thread of the apartment, after it was entered; the class is what the registration says it is.
            unsafe { CoCreateInstance::<_, ISyncMgrSynchronize>(&id, None, CLSCTX_INPROC_SERVER) }
        };
        let apartment = Apartment::start(places::is_free_threaded(class), make)
            .map_err(|error| format!("{class} cannot be loaded: {}", said(outcome(error.code()))))?;
        Ok(Self { apartment, calls: Arc::default(), class, description, reason: None })
    }

    /// Calls a method in the apartment. What is not answered with `S_OK` is the reason that can be asked for.
    fn call(
        &mut self,
        method: &str,
        call: impl FnOnce(&ISyncMgrSynchronize) -> HRESULT + Send + 'static,
    ) -> Outcome {
        let answer = self.apartment.with(move |object| outcome(call(object)));
        self.judged(method, answer)
    }

    fn judged(&mut self, method: &str, answer: Outcome) -> Outcome {
        self.reason = (answer != Outcome::OK).then(|| format!("`{method}` answered {}", said(answer)));
        answer
    }
}

fn outcome(code: HRESULT) -> Outcome {
    Outcome(code.0.cast_unsigned())
}

/// A code with what the system says about it.
fn said(outcome: Outcome) -> String {
    let message = HRESULT(outcome.0.cast_signed()).message();
    let message = message.trim().trim_end_matches('.');
    if message.is_empty() {
        format!("0x{:08X}", outcome.0)
    } else {
        format!("0x{:08X} ({message})", outcome.0)
    }
}

impl Handler for Class {
    fn initialize(&mut self, flags: InitializeFlags, cookie: Option<&[u8]>) -> Outcome {
        let cookie = cookie.filter(|cookie| !cookie.is_empty()).map(<[u8]>::to_vec);
        self.call("Initialize", move |object| {
            let bytes = cookie.as_deref().unwrap_or_default();
            let start = if bytes.is_empty() { null() } else { bytes.as_ptr() };
            // A cookie comes from a line, which is far below 4 GiB.
            let size = bytes.len() as u32;
            // SAFETY: the cookie is alive during the call and has that size; without one it is null and 0.
            unsafe { (object.vtable().Initialize)(object.as_raw(), 0, flags.contract_word(), size, start) }
        })
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        let given = self.apartment.with(handler_info);
        Ok(class::info(given.as_ref(), &self.description, self.class))
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        match self.apartment.with(listing) {
            Ok((items, completeness)) => {
                self.calls.listed(items.iter().map(|item| item.id));
                Ok(Enumeration { items: Box::new(items.into_iter().map(Ok)), completeness })
            }
            Err(outcome) => Err(self.judged("EnumSyncMgrItems", outcome)),
        }
    }

    fn show_properties(&mut self, _parent: Option<ParentToken>, item: Option<ItemId>) -> Outcome {
        let id = pointers::guid(item.unwrap_or(ItemId::NIL).uuid());
        self.calls.showing_properties();
        // SAFETY: the id is alive during the call.
        let answer = self.call("ShowProperties", move |object| unsafe {
            (object.vtable().ShowProperties)(object.as_raw(), NO_PARENT, &id)
        });
        if answer.is_failure() {
            self.calls.properties_failed();
        }
        answer
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        let is_given = callback.is_some();
        if let Some(callback) = callback {
            self.calls.open(callback);
        }
        let calls = self.calls.clone();
        let answer = self.call("SetProgressCallback", move |object| {
            let callback: Option<ISyncMgrSynchronizeCallback> = is_given.then(|| Callback(calls).into());
            let pointer = callback.as_ref().map_or(std::ptr::null_mut(), |callback| callback.as_raw());
            // SAFETY: the pointer stays valid, see below.
            let answer = unsafe { (object.vtable().SetProgressCallback)(object.as_raw(), pointer) };
            // A class that keeps the pointer takes a reference of its own. Some do not, and give one back all the same: ours is
            // never given back, so that the object is there as long as the process.
            std::mem::forget(callback);
            answer
        });
        // Taken back, or never accepted: references that were kept lead nowhere.
        if !is_given || answer.is_failure() {
            self.calls.close();
        }
        if answer.is_success() { Outcome::OK } else { answer }
    }

    fn prepare_for_sync(&mut self, items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        self.calls.preparing(items);
        let items: Vec<GUID> = items.iter().map(|item| pointers::guid(item.uuid())).collect();
        let answer = self.call("PrepareForSync", move |object| {
            // No more than the enumeration may list, which is far below 2^32.
            let count = items.len() as u32;
            // SAFETY: the array is alive during the call and has that many ids.
            unsafe { (object.vtable().PrepareForSync)(object.as_raw(), count, items.as_ptr(), NO_PARENT, 0) }
        });
        if answer != Outcome::OK {
            self.calls.not_begun();
        }
        answer
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        self.calls.synchronizing();
        // SAFETY: nothing is passed.
        let answer = self.call("Synchronize", |object| unsafe {
            (object.vtable().Synchronize)(object.as_raw(), NO_PARENT)
        });
        if answer != Outcome::OK {
            self.calls.not_begun();
        }
        answer
    }

    fn set_item_status(&mut self, item: Option<ItemId>, status: ItemStatus) -> Outcome {
        if !self.calls.takes_status(item) {
            return Outcome::OK;
        }
        let id = pointers::guid(item.unwrap_or(ItemId::NIL).uuid());
        // SAFETY: the id is alive during the call.
        self.call("SetItemStatus", move |object| unsafe {
            (object.vtable().SetItemStatus)(object.as_raw(), &id, status.number())
        })
    }

    fn show_error(&mut self, _parent: Option<ParentToken>, error: ErrorId) -> Outcome {
        let id = pointers::guid(error.uuid());
        // SAFETY: the id is alive during the call.
        self.call("ShowError", move |object| unsafe {
            (object.vtable().ShowError)(object.as_raw(), NO_PARENT, &id)
        })
    }

    fn reason(&mut self) -> Option<String> {
        self.reason.take()
    }
}

/// What `GetHandlerInfo` gives, if it can be used.
fn handler_info(object: &ISyncMgrSynchronize) -> Option<RawInfo> {
    let mut info: *mut SYNCMGRHANDLERINFO = std::ptr::null_mut();
    // SAFETY: the class writes a pointer there, or leaves it null.
    let answer = unsafe { (object.vtable().GetHandlerInfo)(object.as_raw(), &mut info) };
    if info.is_null() || answer.is_err() {
        // What a failing call has left in the pointer is nobody's.
        return None;
    }
    // SAFETY: after a success it is a structure that begins with its size; it is read only if that is the full one. The icon
    // stays whose it is: some classes hand out a shared one.
    let given = unsafe {
        let size = info.cast::<u32>().read_unaligned() as usize;
        (size >= size_of::<SYNCMGRHANDLERINFO>()).then(|| info.read_unaligned())
    };
    // SAFETY: made with the task allocator by the class, and ours to free, once.
    unsafe { CoTaskMemFree(Some(info.cast())) };
    given.map(|given| RawInfo { flags: given.SyncMgrHandlerFlags, name: given.wszHandlerName })
}

/// Entries that are asked for at once: one, as the least that every enumerator can do.
const ASKED: u32 = 1;
/// Entries there is room for: those who write more than they were asked for do not hit anything else.
const ROOM: usize = 32;

type Listed = (Vec<ItemInfo>, syncmgr_handler::Completeness);

/// The items, from a new enumerator, which is released before this returns.
fn listing(object: &ISyncMgrSynchronize) -> Result<Listed, Outcome> {
    let mut pointer = std::ptr::null_mut();
    // SAFETY: the class writes a pointer there, or leaves it null.
    let answer = outcome(unsafe { (object.vtable().EnumSyncMgrItems)(object.as_raw(), &mut pointer) });
    if answer.is_failure() {
        return Err(answer);
    }
    if pointer.is_null() {
        return Err(Outcome::FAIL);
    }
    // SAFETY: after a success it is an enumerator with a reference that is ours.
    let enumerator = unsafe { ISyncMgrEnumItems::from_raw(pointer) };
    let mut listing = Listing::default();
    loop {
        let mut entries = vec![SYNCMGRITEM::default(); ROOM];
        let mut n_fetched = 0;
        // SAFETY: there is room for more than is asked for, all of it zero, and for the count.
        let answer = unsafe {
            (enumerator.vtable().Next)(enumerator.as_raw(), ASKED, entries.as_mut_ptr(), &mut n_fetched)
        };
        let entries: Vec<_> = entries.iter().take(ASKED as usize).map(pointers::item).collect();
        if listing.take(outcome(answer), ASKED, n_fetched, &entries) == Next::Over {
            break;
        }
    }
    let listed = listing.finish(answer)?;
    let items: Result<Vec<_>, _> = listed.items.collect();
    Ok((items?, listed.completeness))
}
