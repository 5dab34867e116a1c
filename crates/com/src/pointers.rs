//! Reading what callers point at. Every field is copied, and none is read that the mask does not name.

use std::mem::size_of;
use std::ptr::addr_of;

use syncmgr_model::id::{ErrorId, ItemId, Uuid};
use windows::Win32::UI::Shell::{SYNCMGRITEM, SYNCMGRLOGERRORINFO, SYNCMGRPROGRESSITEM};
use windows::core::{GUID, PCWSTR};

use crate::calls::Passed;
use crate::listing::RawItem;
use crate::report::{Progress, RawLogInfo, progress_mask};
use crate::wide;

pub(crate) fn uuid(id: &GUID) -> Uuid {
    wide::uuid(id.data1, id.data2, id.data3, id.data4)
}

/// The other way round.
pub(crate) fn guid(id: Uuid) -> GUID {
    GUID::from_u128(id.as_u128())
}

/// The id behind a pointer; `None` if it is null.
///
/// # Safety
///
/// A pointer that is not null has to point at an id.
pub(crate) unsafe fn id(pointer: *const GUID) -> Option<Uuid> {
    // SAFETY: not null, so it points at an id, by the promise of the caller; it need not be aligned.
    (!pointer.is_null()).then(|| uuid(&unsafe { pointer.read_unaligned() }))
}

/// The text behind a pointer; `None` if it is null.
///
/// # Safety
///
/// A pointer that is not null has to point at UTF-16 that ends with a zero.
pub(crate) unsafe fn text(pointer: PCWSTR) -> Option<String> {
    // SAFETY: not null, so it is a text with an end, by the promise of the caller.
    (!pointer.is_null()).then(|| wide::text(unsafe { pointer.as_wide() }))
}

/// A copy of bytes; `None` if the pointer is null.
///
/// # Safety
///
/// A pointer that is not null has to point at as many bytes.
pub(crate) unsafe fn bytes(pointer: *const u8, size: u32) -> Option<Vec<u8>> {
    // SAFETY: not null, so it points at the bytes, by the promise of the caller.
    (!pointer.is_null()).then(|| unsafe { std::slice::from_raw_parts(pointer, size as usize) }.to_vec())
}

/// Whether a structure that begins with its size is there and large enough.
///
/// # Safety
///
/// A pointer that is not null has to point at a size, and at as many bytes as that says.
unsafe fn sized<T>(pointer: *const T) -> Passed<()> {
    if pointer.is_null() {
        return Passed::Null;
    }
    // SAFETY: not null, so there is a size, by the promise of the caller.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() };
    if (size as usize) < size_of::<T>() { Passed::TooSmall } else { Passed::Read(()) }
}

/// What a handler reports.
///
/// # Safety
///
/// A pointer that is not null has to point at a size and as many bytes as that says; of these, the fields named by the mask
/// have to be valid.
pub(crate) unsafe fn progress(pointer: *const SYNCMGRPROGRESSITEM) -> Passed<Progress> {
    // SAFETY: promised by the caller.
    match unsafe { sized(pointer) } {
        Passed::Null => return Passed::Null,
        Passed::TooSmall => return Passed::TooSmall,
        Passed::Read(()) => {}
    }
    // SAFETY: the structure is whole. Each field is read by itself and only if the mask names it, so that garbage in the others
    // is never made into a value; the text is read as such only then.
    unsafe {
        let mask = addr_of!((*pointer).mask).read_unaligned();
        let has = |bit: u32| mask & bit != 0;
        let text = || {
            let text = addr_of!((*pointer).lpcStatusText).read_unaligned();
            if text.is_null() { String::new() } else { wide::status_text(text.as_wide()) }
        };
        Passed::Read(Progress {
            text: has(progress_mask::STATUS_TEXT).then(text),
            status: has(progress_mask::STATUS_TYPE)
                .then(|| addr_of!((*pointer).dwStatusType).read_unaligned()),
            value: has(progress_mask::VALUE).then(|| addr_of!((*pointer).iProgValue).read_unaligned()),
            max: has(progress_mask::MAX).then(|| addr_of!((*pointer).iMaxValue).read_unaligned()),
        })
    }
}

/// What a handler says about an entry. All fields are plain numbers, so that they may be read before the mask is looked at.
///
/// # Safety
///
/// A pointer that is not null has to point at a size and as many bytes as that says.
pub(crate) unsafe fn log_info(pointer: *const SYNCMGRLOGERRORINFO) -> Passed<RawLogInfo> {
    // SAFETY: promised by the caller.
    match unsafe { sized(pointer) } {
        Passed::Null => return Passed::Null,
        Passed::TooSmall => return Passed::TooSmall,
        Passed::Read(()) => {}
    }
    // SAFETY: the structure is whole, and of numbers only.
    let info = unsafe { pointer.read_unaligned() };
    Passed::Read(RawLogInfo {
        mask: info.mask,
        flags: info.dwSyncMgrErrorFlags,
        error: ErrorId::new(uuid(&info.ErrorID)),
        item: ItemId::new(uuid(&info.ItemID)),
    })
}

/// The items of an array; `None` if the pointer is null.
///
/// # Safety
///
/// A pointer that is not null has to point at as many ids.
pub(crate) unsafe fn items(count: u32, pointer: *const GUID) -> Option<Vec<ItemId>> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: within the array, by the promise of the caller; it need not be aligned.
    let at = |index: u32| ItemId::new(uuid(&unsafe { pointer.add(index as usize).read_unaligned() }));
    Some((0..count).map(at).collect())
}

/// An entry of an enumerator, in a buffer of ours.
pub(crate) fn item(item: &SYNCMGRITEM) -> RawItem {
    RawItem {
        id: ItemId::new(uuid(&item.ItemID)),
        flags: item.dwFlags,
        state: item.dwItemState,
        name: item.wszItemName,
        last_update: wide::moment(item.ftLastUpdate.dwLowDateTime, item.ftLastUpdate.dwHighDateTime),
    }
}
