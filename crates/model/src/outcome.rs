//! Answers of the contract: 32-bit codes in which unusual success codes survive.

use std::fmt;

/// A 32-bit result code. The top bit tells failure; every other value is a success, also one nobody has heard of.
///
/// The contract looks for *exactly* [`Outcome::OK`] after `prepare_for_sync` and `synchronize`, and for *any* success
/// after `show_properties` and `show_error`; so a plain `Result` would lose what matters. Source: `HRESULT`, and the
/// `S_SYNCMGR_*` constants of `mobsync.h`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Outcome(pub u32);

impl Outcome {
    /// Done, or accepted and started (`S_OK`).
    pub const OK: Self = Self(0);
    /// The polite no: "not for this event", "do not show it", "would need a dialog" (`S_FALSE`).
    pub const FALSE: Self = Self(1);
    /// Items may be missing in this enumeration; keep what is stored of them (`S_SYNCMGR_MISSINGITEMS`).
    pub const MISSING_ITEMS: Self = Self(0x0004_0201);
    /// Prepare and synchronize the named items once more (`S_SYNCMGR_RETRYSYNC`).
    pub const RETRY_SYNC: Self = Self(0x0004_0202);
    /// Stop this item as soon as possible (`S_SYNCMGR_CANCELITEM`).
    pub const CANCEL_ITEM: Self = Self(0x0004_0203);
    /// Stop all items of this handler as soon as possible (`S_SYNCMGR_CANCELALL`).
    pub const CANCEL_ALL: Self = Self(0x0004_0204);
    /// The item shown in the properties was deleted there (`S_SYNCMGR_ITEMDELETED`).
    pub const ITEM_DELETED: Self = Self(0x0004_0210);
    /// The items have changed: enumerate again (`S_SYNCMGR_ENUMITEMS`).
    pub const ENUM_ITEMS: Self = Self(0x0004_0211);
    /// Not offered (`E_NOTIMPL`).
    pub const NOT_IMPLEMENTED: Self = Self(0x8000_4001);
    /// Failed, with no more to say (`E_FAIL`).
    pub const FAIL: Self = Self(0x8000_4005);
    /// The call does not belong here: wrong state or a dead session (`E_UNEXPECTED`).
    pub const UNEXPECTED: Self = Self(0x8000_FFFF);
    /// Out of memory (`E_OUTOFMEMORY`).
    pub const OUT_OF_MEMORY: Self = Self(0x8007_000E);
    /// An argument is not acceptable; nothing was changed (`E_INVALIDARG`).
    pub const INVALID_ARGUMENT: Self = Self(0x8007_0057);

    /// Whether the code is a success code, [`Outcome::OK`] or not.
    pub const fn is_success(self) -> bool {
        self.0 & 0x8000_0000 == 0
    }

    /// Whether the code is a failure code.
    pub const fn is_failure(self) -> bool {
        !self.is_success()
    }

    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::OK => "ok",
            Self::FALSE => "false",
            Self::MISSING_ITEMS => "missing items",
            Self::RETRY_SYNC => "retry sync",
            Self::CANCEL_ITEM => "cancel item",
            Self::CANCEL_ALL => "cancel all",
            Self::ITEM_DELETED => "item deleted",
            Self::ENUM_ITEMS => "enumerate items",
            Self::NOT_IMPLEMENTED => "not implemented",
            Self::FAIL => "failed",
            Self::UNEXPECTED => "unexpected call",
            Self::OUT_OF_MEMORY => "out of memory",
            Self::INVALID_ARGUMENT => "invalid argument",
            _ => return None,
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:08X}", self.0),
        }
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outcome({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_six_codes_of_the_manager_are_success_codes() {
        for code in [0x40201, 0x40202, 0x40203, 0x40204, 0x40210, 0x40211] {
            assert!(Outcome(code).is_success());
            assert_ne!(Outcome(code), Outcome::OK);
        }
    }

    #[test]
    fn an_unknown_code_keeps_its_number_and_is_shown_by_it() {
        assert_eq!(Outcome(0x0004_0299).to_string(), "0x00040299");
        assert!(Outcome(0x8004_1234).is_failure());
    }
}
