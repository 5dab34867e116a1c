//! The binary interface of 2000, held against what the `windows` crate declares: statement C-120 of the contract. It is checked
//! whenever this is compiled; nothing here runs.

use std::mem::{offset_of, size_of};

use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::{Event, Modifiers};
use syncmgr_model::flags::{ErrorFlags, HandlerFlags, InvokeFlags, ItemFlags, RegisterFlags};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus;
use windows::Win32::UI::Shell::*;
use windows::core::{GUID, HRESULT, Interface};

use crate::report::{log_mask, progress_mask};

/// All ids of the contract end alike.
const fn id(first: u32) -> GUID {
    GUID::from_values(first, 0x35EE, 0x11D1, [0x87, 0x07, 0x00, 0xC0, 0x4F, 0xD9, 0x33, 0x27])
}

const fn is(one: &GUID, other: GUID) -> bool {
    one.to_u128() == other.to_u128()
}

// Identities.
const _: () = {
    assert!(is(&ISyncMgrEnumItems::IID, id(0x6295_DF2A)));
    assert!(is(&ISyncMgrSynchronizeInvoke::IID, id(0x6295_DF2C)));
    assert!(is(&ISyncMgrSynchronize::IID, id(0x6295_DF40)));
    assert!(is(&ISyncMgrSynchronizeCallback::IID, id(0x6295_DF41)));
    assert!(is(&ISyncMgrRegister::IID, id(0x6295_DF42)));
};

/// Asserts the slots of an interface: its methods in their order, from 3 on.
macro_rules! slots {
    ($table:ident: $($method:ident = $slot:literal),+ $(,)?) => {
        const _: () = {
            const POINTER: usize = size_of::<usize>();
            $(assert!(offset_of!($table, $method) == $slot * POINTER);)+
            // Nothing follows the last one.
            let last = [$($slot),+];
            assert!(size_of::<$table>() == (last[last.len() - 1] + 1) * POINTER);
        };
    };
}

slots!(ISyncMgrSynchronize_Vtbl:
    Initialize = 3, GetHandlerInfo = 4, EnumSyncMgrItems = 5, GetItemObject = 6, ShowProperties = 7,
    SetProgressCallback = 8, PrepareForSync = 9, Synchronize = 10, SetItemStatus = 11, ShowError = 12,
);
slots!(ISyncMgrSynchronizeCallback_Vtbl:
    ShowPropertiesCompleted = 3, PrepareForSyncCompleted = 4, SynchronizeCompleted = 5, ShowErrorCompleted = 6,
    EnableModeless = 7, Progress = 8, LogError = 9, DeleteLogError = 10, EstablishConnection = 11,
);
slots!(ISyncMgrEnumItems_Vtbl: Next = 3, Skip = 4, Reset = 5, Clone = 6);
slots!(ISyncMgrSynchronizeInvoke_Vtbl: UpdateItems = 3, UpdateAll = 4);
slots!(ISyncMgrRegister_Vtbl:
    RegisterSyncMgrHandler = 3, UnregisterSyncMgrHandler = 4, GetHandlerRegistrationInfo = 5,
);

/// Asserts the layout of a structure, once for each width of pointers.
macro_rules! layout {
    ($structure:ident, $size32:literal / $size64:literal: $($field:ident = $at32:literal / $at64:literal),+ $(,)?) => {
        const _: () = {
            let is_wide = size_of::<usize>() == 8;
            assert!(size_of::<$structure>() == if is_wide { $size64 } else { $size32 });
            $(assert!(offset_of!($structure, $field) == if is_wide { $at64 } else { $at32 });)+
        };
    };
}

layout!(SYNCMGRHANDLERINFO, 76 / 88:
    cbSize = 0 / 0, hIcon = 4 / 8, SyncMgrHandlerFlags = 8 / 16, wszHandlerName = 12 / 20,
);
layout!(SYNCMGRITEM, 296 / 304:
    cbSize = 0 / 0, dwFlags = 4 / 4, ItemID = 8 / 8, dwItemState = 24 / 24, hIcon = 28 / 32, wszItemName = 32 / 40,
    ftLastUpdate = 288 / 296,
);
layout!(SYNCMGRPROGRESSITEM, 24 / 32:
    cbSize = 0 / 0, mask = 4 / 4, lpcStatusText = 8 / 8, dwStatusType = 12 / 16, iProgValue = 16 / 20, iMaxValue = 20 / 24,
);
layout!(SYNCMGRLOGERRORINFO, 44 / 44:
    cbSize = 0 / 0, mask = 4 / 4, dwSyncMgrErrorFlags = 8 / 8, ErrorID = 12 / 12, ItemID = 28 / 28,
);

const fn code(declared: HRESULT, ours: Outcome, number: u32) -> bool {
    declared.0 as u32 == number && ours.0 == number
}

// Codes.
const _: () = {
    assert!(code(S_SYNCMGR_MISSINGITEMS, Outcome::MISSING_ITEMS, 0x0004_0201));
    assert!(code(S_SYNCMGR_RETRYSYNC, Outcome::RETRY_SYNC, 0x0004_0202));
    assert!(code(S_SYNCMGR_CANCELITEM, Outcome::CANCEL_ITEM, 0x0004_0203));
    assert!(code(S_SYNCMGR_CANCELALL, Outcome::CANCEL_ALL, 0x0004_0204));
    assert!(code(S_SYNCMGR_ITEMDELETED, Outcome::ITEM_DELETED, 0x0004_0210));
    assert!(code(S_SYNCMGR_ENUMITEMS, Outcome::ENUM_ITEMS, 0x0004_0211));
};

// Events and their modifiers; the low byte is one value.
const _: () = {
    assert!(SYNCMGRFLAG_CONNECT.0 == 1 && Event::Connect as i32 == 1);
    assert!(SYNCMGRFLAG_PENDINGDISCONNECT.0 == 2 && Event::PendingDisconnect as i32 == 2);
    assert!(SYNCMGRFLAG_MANUAL.0 == 3 && Event::Manual as i32 == 3);
    assert!(SYNCMGRFLAG_IDLE.0 == 4 && Event::Idle as i32 == 4);
    assert!(SYNCMGRFLAG_INVOKE.0 == 5 && Event::Invoke as i32 == 5);
    assert!(SYNCMGRFLAG_SCHEDULED.0 == 6 && Event::Schedule as i32 == 6);
    assert!(SYNCMGRFLAG_EVENTMASK.0 == 0xFF);
    assert!(SYNCMGRFLAG_SETTINGS.0 == 0x100 && Modifiers::SETTINGS.bits() == 0x100);
    assert!(SYNCMGRFLAG_MAYBOTHERUSER.0 == 0x200 && Modifiers::MAY_BOTHER_USER.bits() == 0x200);
};

// Flags of handlers, items, entries, invocations and registrations.
const _: () = {
    assert!(SYNCMGRHANDLER_HASPROPERTIES.0 as u32 == HandlerFlags::HAS_PROPERTIES.bits());
    assert!(SYNCMGRHANDLER_MAYESTABLISHCONNECTION.0 as u32 == HandlerFlags::MAY_ESTABLISH_CONNECTION.bits());
    assert!(SYNCMGRHANDLER_ALWAYSLISTHANDLER.0 as u32 == HandlerFlags::ALWAYS_LIST_HANDLER.bits());
    assert!(SYNCMGRITEM_HASPROPERTIES.0 as u32 == ItemFlags::HAS_PROPERTIES.bits());
    assert!(SYNCMGRITEM_TEMPORARY.0 as u32 == ItemFlags::TEMPORARY.bits());
    assert!(SYNCMGRITEM_ROAMINGUSER.0 as u32 == ItemFlags::ROAMING_USER.bits());
    assert!(SYNCMGRITEM_LASTUPDATETIME.0 as u32 == ItemFlags::LAST_UPDATE_TIME.bits());
    assert!(SYNCMGRITEM_MAYDELETEITEM.0 as u32 == ItemFlags::MAY_DELETE_ITEM.bits());
    assert!(SYNCMGRITEMSTATE_UNCHECKED.0 == 0 && SYNCMGRITEMSTATE_CHECKED.0 == 1);
    assert!(SYNCMGRERRORFLAG_ENABLEJUMPTEXT.0 as u32 == ErrorFlags::ENABLE_JUMP_TEXT.bits());
    assert!(SYNCMGRINVOKE_STARTSYNC.0 as u32 == InvokeFlags::START_SYNC.bits());
    assert!(SYNCMGRINVOKE_MINIMIZED.0 as u32 == InvokeFlags::MINIMIZED.bits());
    assert!(SYNCMGRREGISTERFLAG_CONNECT.0 as u32 == RegisterFlags::CONNECT.bits());
    assert!(SYNCMGRREGISTERFLAG_PENDINGDISCONNECT.0 as u32 == RegisterFlags::PENDING_DISCONNECT.bits());
    assert!(SYNCMGRREGISTERFLAG_IDLE.0 as u32 == RegisterFlags::IDLE.bits());
    assert!(SYNCMGRREGISTERFLAGS_MASK == RegisterFlags::all().bits());
};

// Statuses, levels and masks.
const _: () = {
    assert!(SYNCMGRSTATUS_STOPPED.0 == 0 && ItemStatus::Stopped.number() == 0);
    assert!(SYNCMGRSTATUS_SKIPPED.0 == 1 && ItemStatus::Skipped.number() == 1);
    assert!(SYNCMGRSTATUS_PENDING.0 == 2 && ItemStatus::Pending.number() == 2);
    assert!(SYNCMGRSTATUS_UPDATING.0 == 3 && ItemStatus::Updating.number() == 3);
    assert!(SYNCMGRSTATUS_SUCCEEDED.0 == 4 && ItemStatus::Succeeded.number() == 4);
    assert!(SYNCMGRSTATUS_FAILED.0 == 5 && ItemStatus::Failed.number() == 5);
    assert!(SYNCMGRSTATUS_PAUSED.0 == 6 && ItemStatus::Paused.number() == 6);
    assert!(SYNCMGRSTATUS_RESUMING.0 == 7 && ItemStatus::Resuming.number() == 7);
    assert!(SYNCMGRSTATUS_UPDATING_INDETERMINATE.0 == 8 && ItemStatus::UpdatingIndeterminate.number() == 8);
    assert!(SYNCMGRSTATUS_DELETED.0 == 0x100 && ItemStatus::Deleted.number() == 0x100);
    assert!(SYNCMGRLOGLEVEL_INFORMATION.0 == 1 && LogLevel::Information as i32 == 1);
    assert!(SYNCMGRLOGLEVEL_WARNING.0 == 2 && LogLevel::Warning as i32 == 2);
    assert!(SYNCMGRLOGLEVEL_ERROR.0 == 3 && LogLevel::Error as i32 == 3);
    assert!(SYNCMGRPROGRESSITEM_STATUSTEXT == progress_mask::STATUS_TEXT);
    assert!(SYNCMGRPROGRESSITEM_STATUSTYPE == progress_mask::STATUS_TYPE);
    assert!(SYNCMGRPROGRESSITEM_PROGVALUE == progress_mask::VALUE);
    assert!(SYNCMGRPROGRESSITEM_MAXVALUE == progress_mask::MAX);
    assert!(SYNCMGRLOGERROR_ERRORFLAGS == log_mask::FLAGS);
    assert!(SYNCMGRLOGERROR_ERRORID == log_mask::ERROR_ID);
    assert!(SYNCMGRLOGERROR_ITEMID == log_mask::ITEM_ID);
};
