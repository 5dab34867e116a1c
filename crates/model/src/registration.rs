//! Registration: the rules of `ISyncMgrRegister`, for whoever stores it and whoever offers the calls.

use crate::flags::RegisterFlags;
use crate::id::HandlerId;
use crate::outcome::Outcome;

/// What a handler is registered with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registered {
    /// What people are shown while the handler itself cannot be asked; may be empty.
    pub description: String,
    /// The events it wants to be loaded for before the user has said anything.
    pub events: RegisterFlags,
}

/// What is to be stored after a registration. Registering again is an update: it keeps the place and the user's
/// ticks, and without a description also the old one.
///
/// # Errors
///
/// [`Outcome::INVALID_ARGUMENT`] for the nil id and for bits nobody has defined; nothing is to be stored then.
pub fn register(
    handler: HandlerId,
    before: Option<&Registered>,
    description: Option<&str>,
    word: u32,
) -> Result<Registered, Outcome> {
    if handler.is_nil() {
        return Err(Outcome::INVALID_ARGUMENT);
    }
    let events = RegisterFlags::from_bits(word).ok_or(Outcome::INVALID_ARGUMENT)?;
    let kept = || before.map(|before| before.description.clone()).unwrap_or_default();
    Ok(Registered { description: description.map_or_else(kept, str::to_owned), events })
}

/// What `GetHandlerRegistrationInfo` answers, with the flags.
pub fn registration_info(registered: Option<&Registered>) -> (Outcome, u32) {
    match registered {
        Some(registered) => (Outcome::OK, registered.events.bits()),
        None => (Outcome::FALSE, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: HandlerId = HandlerId::from_u128(1);

    #[test]
    fn registering_again_updates_and_keeps_a_description_that_is_not_given() {
        let first = register(DISK, None, Some("Folders"), 0x1).unwrap();
        assert_eq!(first.description, "Folders");
        let again = register(DISK, Some(&first), None, 0x4).unwrap();
        assert_eq!(again, Registered { description: "Folders".to_owned(), events: RegisterFlags::IDLE });
        assert_eq!(register(DISK, Some(&first), Some(""), 0).unwrap().description, "");
        assert_eq!(register(DISK, None, None, 0).unwrap(), Registered::default());
    }

    #[test]
    fn the_nil_id_and_undefined_bits_are_refused() {
        assert_eq!(register(HandlerId::NIL, None, None, 0), Err(Outcome::INVALID_ARGUMENT));
        assert_eq!(register(DISK, None, None, 0x8), Err(Outcome::INVALID_ARGUMENT));
    }

    #[test]
    fn an_unknown_handler_is_a_polite_no_and_no_flags() {
        assert_eq!(registration_info(None), (Outcome::FALSE, 0));
        let idle = Registered { events: RegisterFlags::IDLE, ..Registered::default() };
        assert_eq!(registration_info(Some(&idle)), (Outcome::OK, 4));
    }
}
