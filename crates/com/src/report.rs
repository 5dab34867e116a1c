//! What a handler reports, after its structures were read: only fields whose bit is set in the mask are there.

use syncmgr_model::entry::LogErrorInfo;
use syncmgr_model::flags::ErrorFlags;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;

/// The bits of `SYNCMGRPROGRESSITEM.mask`; unknown ones are ignored.
pub mod progress_mask {
    /// The text is given.
    pub const STATUS_TEXT: u32 = 0x1;
    /// The status is given.
    pub const STATUS_TYPE: u32 = 0x2;
    /// The value is given.
    pub const VALUE: u32 = 0x4;
    /// The maximum is given.
    pub const MAX: u32 = 0x8;
}

/// The bits of `SYNCMGRLOGERRORINFO.mask`; unknown ones are ignored.
pub mod log_mask {
    /// The flags are given.
    pub const FLAGS: u32 = 0x1;
    /// The id of the entry is given.
    pub const ERROR_ID: u32 = 0x2;
    /// The item is given.
    pub const ITEM_ID: u32 = 0x4;
}

/// A `SYNCMGRPROGRESSITEM`. What is `None` was not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The text; empty clears it.
    pub text: Option<String>,
    /// The number of the status, known or not.
    pub status: Option<u32>,
    /// How far it is.
    pub value: Option<i32>,
    /// What the value counts up to.
    pub max: Option<i32>,
}

/// A status nobody knows: the whole report counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownStatus;

impl Progress {
    /// The same in our words.
    ///
    /// # Errors
    ///
    /// When the status has no meaning.
    pub fn update(&self) -> Result<ProgressUpdate<'_>, UnknownStatus> {
        let status = self.status.map(|number| ItemStatus::from_number(number).ok_or(UnknownStatus));
        Ok(ProgressUpdate {
            text: self.text.as_deref(),
            status: status.transpose()?,
            value: self.value.map(i64::from),
            max: self.max.map(i64::from),
            bytes: None,
            bytes_max: None,
        })
    }
}

/// A `SYNCMGRLOGERRORINFO`: the fields as they were read, and the mask that says which of them mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLogInfo {
    /// Which fields count.
    pub mask: u32,
    /// The flags, all bits.
    pub flags: u32,
    /// The id of the entry.
    pub error: ErrorId,
    /// The item.
    pub item: ItemId,
}

impl RawLogInfo {
    /// What was given. The nil id of an entry is none, and the nil item is the handler.
    pub fn given(self) -> LogErrorInfo {
        let has = |bit: u32| self.mask & bit != 0;
        LogErrorInfo {
            flags: has(log_mask::FLAGS).then(|| ErrorFlags::from_bits_truncate(self.flags)),
            error: has(log_mask::ERROR_ID).then_some(self.error).filter(|id| !id.is_nil()),
            item: has(log_mask::ITEM_ID).then_some(self.item).filter(|id| !id.is_nil()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopped_is_a_status_and_no_status_is_none() {
        let stopped = Progress { status: Some(0), ..Progress::default() };
        assert_eq!(stopped.update().unwrap().status, Some(ItemStatus::Stopped));
        assert_eq!(Progress::default().update().unwrap(), ProgressUpdate::POLL);
    }

    #[test]
    fn an_unknown_status_spoils_the_whole_report() {
        for number in [9, 10, 0xFF, 0x101, u32::MAX] {
            let report = Progress { status: Some(number), text: Some("x".into()), ..Progress::default() };
            assert_eq!(report.update(), Err(UnknownStatus), "{number}");
        }
    }

    #[test]
    fn fields_of_an_entry_count_only_with_their_bit() {
        let raw = RawLogInfo {
            mask: 0,
            flags: 0xFFFF_FFFF,
            error: ErrorId::from_u128(1),
            item: ItemId::from_u128(2),
        };
        assert_eq!(raw.given(), LogErrorInfo::default());
        let all = RawLogInfo { mask: 0xFFFF_FFFF, ..raw }.given();
        assert_eq!(all.flags, Some(ErrorFlags::ENABLE_JUMP_TEXT));
        assert_eq!((all.error, all.item), (Some(ErrorId::from_u128(1)), Some(ItemId::from_u128(2))));
        assert!(all.can_jump());
        let without_id = RawLogInfo { mask: log_mask::FLAGS, ..raw }.given();
        assert!(!without_id.can_jump());
    }

    #[test]
    fn nil_ids_are_none() {
        let raw = RawLogInfo { mask: 7, flags: 1, error: ErrorId::NIL, item: ItemId::NIL };
        assert_eq!((raw.given().error, raw.given().item), (None, None));
    }
}
