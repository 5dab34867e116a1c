//! What a handler's installer asks of the manager: which arguments are accepted, and what is written.

use syncmgr_model::flags::RegisterFlags;
use syncmgr_model::id::{HandlerId, Uuid};
use syncmgr_model::outcome::Outcome;
use syncmgr_wire::control::Request;

use crate::class::ClassId;

/// The value of a registration's key with the events that the handler wants; without a name, its value is the description.
pub const FLAGS: &str = "Flags";

/// The folder in a state directory with a note for each class that was taken back when no daemon heard of it. A note is a file that is
/// called like the class.
pub const TAKEN_BACK: &str = "unregistered";

/// A registration as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// What the handler is called; empty where nothing was said.
    pub description: String,
    /// The events for which it is loaded before the user has chosen.
    pub flags: RegisterFlags,
}

/// The class that is asked about. `None` is a null pointer.
///
/// # Errors
///
/// [`Outcome::INVALID_ARGUMENT`] for no class.
pub fn class(id: Option<Uuid>) -> Result<ClassId, Outcome> {
    id.and_then(ClassId::new).ok_or(Outcome::INVALID_ARGUMENT)
}

/// What is written when a handler registers; `known` is what was there. Registering again overwrites, but without a description
/// the old one stays.
///
/// # Errors
///
/// [`Outcome::INVALID_ARGUMENT`] for flags that nobody knows.
pub fn registered(
    known: Option<&Registration>,
    description: Option<String>,
    flags: u32,
) -> Result<Registration, Outcome> {
    let flags = RegisterFlags::from_bits(flags).ok_or(Outcome::INVALID_ARGUMENT)?;
    let old = || known.map(|known| known.description.clone());
    Ok(Registration { description: description.or_else(old).unwrap_or_default(), flags })
}

/// The answer to a question about a registration, and the flags that go with it.
pub fn told(known: Option<&Registration>) -> (Outcome, u32) {
    known.map_or((Outcome::FALSE, 0), |known| (Outcome::OK, known.flags.bits()))
}

/// What a daemon is told when a class was registered or taken back: it looks for itself.
pub fn news(class: ClassId) -> Request {
    Request::Registered { handler: HandlerId::from_u128(class.number()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daemon_knows_a_class_by_its_id() {
        let class = class(Some(Uuid::from_u128(7))).unwrap();
        assert_eq!(news(class), Request::Registered { handler: HandlerId::from_u128(7) });
    }

    #[test]
    fn flags_beyond_the_three_are_refused() {
        for flags in 0..8 {
            assert_eq!(registered(None, None, flags).unwrap().flags.bits(), flags);
        }
        for flags in [8, 0x100, u32::MAX] {
            assert_eq!(registered(None, None, flags), Err(Outcome::INVALID_ARGUMENT));
        }
    }

    #[test]
    fn registering_again_overwrites_and_without_a_description_keeps_the_old_one() {
        let first = registered(None, Some("notes".into()), 1).unwrap();
        let again = registered(Some(&first), None, 6).unwrap();
        assert_eq!((again.description.as_str(), again.flags.bits()), ("notes", 6));
        let renamed = registered(Some(&again), Some(String::new()), 0).unwrap();
        assert_eq!(renamed, Registration::default());
        assert_eq!(registered(None, None, 0), Ok(Registration::default()));
    }

    #[test]
    fn no_class_is_refused() {
        assert_eq!(class(None), Err(Outcome::INVALID_ARGUMENT));
        assert_eq!(class(Some(Uuid::nil())), Err(Outcome::INVALID_ARGUMENT));
        assert!(class(Some(Uuid::from_u128(1))).is_ok());
    }

    #[test]
    fn who_is_not_registered_is_told_by_a_no_and_no_flags() {
        assert_eq!(told(None), (Outcome::FALSE, 0));
        let known = registered(None, None, 5).unwrap();
        assert_eq!(told(Some(&known)), (Outcome::OK, 5));
    }
}
