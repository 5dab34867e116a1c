//! Identifiers: UUIDs with one type per thing named and one text form (hyphenated, lower case).

use std::fmt;
use std::str::FromStr;

pub use uuid::Uuid;

/// A text that is no UUID where an identifier was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseIdError {
    text: String,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an id (a UUID such as 67e55044-10b1-426f-9247-bb680e5fe0c8)", self.text)
    }
}

impl std::error::Error for ParseIdError {}

/// Declares one identifier type. Four types share exactly this code; a generic parameter would show in every
/// signature.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The nil UUID, which the contract uses for "the handler itself" and "everything".
            pub const NIL: Self = Self(Uuid::nil());

            /// Takes a UUID as this kind of identifier.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Takes the sixteen bytes in network order.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Takes the number whose big-endian bytes are the UUID.
            pub const fn from_u128(number: u128) -> Self {
                Self(Uuid::from_u128(number))
            }

            /// The sixteen bytes in network order.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Whether this is the nil UUID.
            pub const fn is_nil(self) -> bool {
                self.0.is_nil()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| ParseIdError { text: text.to_owned() })
            }
        }
    };
}

id!(
    /// Names an item of a handler. Stable for the life of the item: ticks, history and baselines are keyed by it.
    /// Source: `SYNCMGRITEMID`.
    ItemId
);
id!(
    /// Names a handler. On Windows it is the handler's CLSID.
    HandlerId
);
id!(
    /// Names a session, that is one run of one or more handlers.
    SessionId
);
id!(
    /// Names a log entry, so that its handler can delete or open it again. Source: `SYNCMGRERRORID`.
    ErrorId
);

/// The namespace of handler names. Drawn once; changing it would orphan everything stored under a name.
const HANDLER_NAMES: Uuid = Uuid::from_u128(0x9f1c_2f6e_3b0a_4d57_a1d4_6c0f_5e2b_7a91);

impl HandlerId {
    /// The identity of a handler that is known by a name: always the same for the same name.
    pub fn named(name: &str) -> Self {
        Self(Uuid::new_v5(&HANDLER_NAMES, name.as_bytes()))
    }
}

impl ItemId {
    /// The identity of an item that its handler knows by a text: a UUID with hyphens, in any case, stays itself, any
    /// other text is hashed in the handler's namespace.
    pub fn named(handler: HandlerId, text: &str) -> Self {
        Self(uuid_of(handler, text))
    }
}

impl ErrorId {
    /// The identity of a log entry that its handler knows by a text; as [`ItemId::named`].
    pub fn named(handler: HandlerId, text: &str) -> Self {
        Self(uuid_of(handler, text))
    }
}

fn uuid_of(handler: HandlerId, text: &str) -> Uuid {
    // Only the hyphenated form: a hash of 32 digits is a name like any other.
    let itself = if text.len() == 36 { Uuid::parse_str(text).ok() } else { None };
    itself.unwrap_or_else(|| Uuid::new_v5(&handler.0, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text_form_and_reads_it_back() {
        let id = ItemId::from_u128(0x6295DF41_35EE_11D1_8707_00C04FD93327);
        assert_eq!(id.to_string(), "6295df41-35ee-11d1-8707-00c04fd93327");
        assert_eq!("6295DF41-35EE-11D1-8707-00C04FD93327".parse(), Ok(id));
        assert!("photos".parse::<ItemId>().is_err());
    }

    #[test]
    fn a_name_gives_the_same_id_each_time_and_another_one_in_another_handler() {
        let (mail, notes) = (HandlerId::named("mail"), HandlerId::named("notes"));
        assert_ne!(mail, notes);
        assert_eq!(ItemId::named(mail, "inbox"), ItemId::named(mail, "inbox"));
        assert_ne!(ItemId::named(mail, "inbox"), ItemId::named(notes, "inbox"));
        // These are stored: a change of the namespace must not go unnoticed.
        assert_eq!(mail.to_string(), "405f4f07-6bad-5abd-8d74-ced6f6a760da");
    }

    #[test]
    fn a_uuid_stays_itself_in_any_case_and_thirty_two_digits_are_a_name() {
        let mail = HandlerId::named("mail");
        let text = "6295DF41-35EE-11D1-8707-00C04FD93327";
        assert_eq!(ItemId::named(mail, text).to_string(), text.to_lowercase());
        let digits = text.replace('-', "");
        assert_ne!(ItemId::named(mail, &digits), ItemId::named(mail, text));
    }
}
