//! What programs may ask for: the two calls of `ISyncMgrSynchronizeInvoke`, checked.

use crate::flags::InvokeFlags;
use crate::id::HandlerId;
use crate::outcome::Outcome;
use crate::session::Choosing;

/// A request of a program that was accepted. Equal ones that wait are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Invocation {
    /// The one handler to load; `None` is all of them.
    pub handler: Option<HandlerId>,
    /// How to start.
    pub flags: InvokeFlags,
    /// What the program passes to its handler, byte for byte.
    pub cookie: Option<Vec<u8>>,
}

impl Invocation {
    /// Takes the arguments of `UpdateItems`. The cookie is copied; one of no bytes is none.
    ///
    /// # Errors
    ///
    /// [`Outcome::INVALID_ARGUMENT`] for bits nobody has defined, and for a handler that is not registered.
    pub fn update_items(
        word: u32,
        handler: HandlerId,
        cookie: Option<&[u8]>,
        is_registered: impl FnOnce(HandlerId) -> bool,
    ) -> Result<Self, Outcome> {
        let flags = InvokeFlags::from_bits(word).ok_or(Outcome::INVALID_ARGUMENT)?;
        if handler.is_nil() || !is_registered(handler) {
            return Err(Outcome::INVALID_ARGUMENT);
        }
        let cookie = cookie.filter(|bytes| !bytes.is_empty()).map(<[u8]>::to_vec);
        Ok(Self { handler: Some(handler), flags, cookie })
    }

    /// What `UpdateAll` asks for: everything, with the list shown first.
    pub const fn update_all() -> Self {
        Self { handler: None, flags: InvokeFlags::empty(), cookie: None }
    }

    /// Whether the list is shown first.
    pub const fn choosing(&self) -> Choosing {
        if self.flags.contains(InvokeFlags::START_SYNC) { Choosing::AtOnce } else { Choosing::ByHand }
    }

    /// Whether handlers may interact with the user: not where the program wants it to start at once and out of sight.
    pub const fn may_bother_user(&self) -> bool {
        !self.flags.contains(InvokeFlags::START_SYNC.union(InvokeFlags::MINIMIZED))
    }
}

/// The cookie a program gives as a size and perhaps bytes.
///
/// # Errors
///
/// [`Outcome::INVALID_ARGUMENT`] for a size without bytes.
pub fn cookie(size: usize, bytes: Option<&[u8]>) -> Result<Option<&[u8]>, Outcome> {
    match (size, bytes) {
        (0, _) => Ok(None),
        (_, None) => Err(Outcome::INVALID_ARGUMENT),
        (size, Some(bytes)) => bytes.get(..size).map(Some).ok_or(Outcome::INVALID_ARGUMENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: HandlerId = HandlerId::from_u128(1);

    #[test]
    fn only_defined_bits_and_registered_handlers_are_accepted() {
        for (word, handler, is_accepted) in [
            (0x0, DISK, true),
            (0x6, DISK, true),
            (0x1, DISK, false),
            (0x8, DISK, false),
            (0x2, HandlerId::from_u128(2), false),
            (0x2, HandlerId::NIL, false),
        ] {
            let asked = Invocation::update_items(word, handler, None, |id| id == DISK || id.is_nil());
            assert_eq!(asked.is_ok(), is_accepted, "{word:#x} {handler}");
        }
    }

    #[test]
    fn a_size_needs_bytes_and_bytes_without_a_size_are_no_cookie() {
        assert_eq!(cookie(0, None), Ok(None));
        assert_eq!(cookie(0, Some(b"x")), Ok(None));
        assert_eq!(cookie(2, Some(b"xyz")), Ok(Some(&b"xy"[..])));
        assert_eq!(cookie(1, None), Err(Outcome::INVALID_ARGUMENT));
    }
}
