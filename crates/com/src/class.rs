//! Which class: its id as people and the registry write it, and what is known of it before it is loaded.

use std::fmt;
use std::str::FromStr;

use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::Uuid;
use syncmgr_model::item::HandlerInfo;

use crate::wide;

/// Where the registry has the classes that are handlers, one key for each; below the machine's root and the user's.
pub const HANDLERS: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Syncmgr\Handlers";

/// The id of a class. Its text is `{6295DF27-35EE-11D1-8707-00C04FD93327}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(Uuid);

/// A text that is no class id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoClassId(String);

impl fmt::Display for NoClassId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no class id (such as {{6295DF27-35EE-11D1-8707-00C04FD93327}})", self.0)
    }
}

impl std::error::Error for NoClassId {}

impl ClassId {
    /// The class with this id; the nil id is none.
    pub const fn new(id: Uuid) -> Option<Self> {
        if id.is_nil() { None } else { Some(Self(id)) }
    }

    /// The number whose big-endian bytes are the id.
    pub const fn number(self) -> u128 {
        self.0.as_u128()
    }
}

impl FromStr for ClassId {
    type Err = NoClassId;

    fn from_str(text: &str) -> Result<Self, NoClassId> {
        let inside = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        let is_hyphenated = inside.len() == 36;
        let id = is_hyphenated.then(|| Uuid::parse_str(inside).ok()).flatten();
        id.and_then(Self::new).ok_or_else(|| NoClassId(text.to_owned()))
    }
}

impl fmt::Display for ClassId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_hyphenated().to_string().to_uppercase();
        write!(f, "{{{text}}}")
    }
}

/// For whom a class is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// All users of the machine.
    Machine,
    /// This user.
    User,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Machine => "machine",
            Self::User => "user",
        })
    }
}

/// A registered handler.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Registered {
    /// The class.
    pub class: ClassId,
    /// For whom.
    pub place: Place,
    /// What the registration calls it; empty where it says nothing.
    pub description: String,
}

/// The handlers among the keys of both places, each class once: what the machine has counts before what the user has. Keys
/// that are no class ids are nothing to us.
pub fn registered(keys: impl IntoIterator<Item = (Place, String, String)>) -> Vec<Registered> {
    let mut found: Vec<Registered> = keys
        .into_iter()
        .filter_map(|(place, key, description)| {
            key.parse().ok().map(|class| Registered { class, place, description })
        })
        .collect();
    found.sort();
    found.dedup_by_key(|registered| registered.class);
    found
}

/// What `GetHandlerInfo` gave, as far as it can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawInfo {
    /// The flags, all bits.
    pub flags: u32,
    /// The field with the name.
    pub name: [u16; 32],
}

/// What is known of a handler. Without a name of its own it has that of its registration, and without that its class id: a
/// failing `GetHandlerInfo` does not lose it.
pub fn info(given: Option<&RawInfo>, description: &str, class: ClassId) -> HandlerInfo {
    let own = given.map(|given| wide::fixed_text(&given.name)).unwrap_or_default();
    let name = [own, description.to_owned(), class.to_string()];
    HandlerInfo {
        name: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
        flags: contract_flags(given.map_or(0, |given| given.flags)),
    }
}

/// The contract's bits; those of later systems, and what happens to have the place of ours, are dropped.
fn contract_flags(word: u32) -> HandlerFlags {
    const KNOWN: u32 = 0x07;
    HandlerFlags::from_bits_truncate(word & KNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{6295DF27-35EE-11D1-8707-00C04FD93327}";

    fn class() -> ClassId {
        TEXT.parse().unwrap()
    }

    fn named(name: &str, flags: u32) -> RawInfo {
        let mut field = [0; 32];
        for (unit, place) in name.encode_utf16().zip(&mut field) {
            *place = unit;
        }
        RawInfo { flags, name: field }
    }

    #[test]
    fn a_class_id_is_read_in_any_case_with_and_without_braces_and_written_in_one_form() {
        for text in [TEXT, &TEXT.to_lowercase(), TEXT.trim_matches(['{', '}'])] {
            assert_eq!(text.parse::<ClassId>().unwrap().to_string(), TEXT);
        }
        for text in [
            "",
            "{}",
            "{6295DF27}",
            "{00000000-0000-0000-0000-000000000000}",
            "6295DF2735EE11D1870700C04FD93327",
        ] {
            assert!(text.parse::<ClassId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_handler_without_info_has_the_name_of_its_registration_or_its_id() {
        assert_eq!(info(Some(&named("Notes", 0)), "registered", class()).name, "Notes");
        assert_eq!(info(Some(&named("", 0)), "registered", class()).name, "registered");
        assert_eq!(info(None, "registered", class()).name, "registered");
        assert_eq!(info(None, "", class()).name, TEXT);
    }

    #[test]
    fn unknown_bits_are_dropped_and_none_of_them_becomes_a_flag_of_ours() {
        assert_eq!(info(Some(&named("a", 0x1_000C)), "", class()).flags, HandlerFlags::ALWAYS_LIST_HANDLER);
        assert_eq!(info(None, "", class()).flags, HandlerFlags::empty());
    }

    #[test]
    fn a_class_that_is_registered_twice_is_one_handler() {
        let keys = [
            (Place::User, TEXT.to_lowercase(), "mine".to_owned()),
            (Place::Machine, TEXT.to_owned(), "all".to_owned()),
            (Place::Machine, "Notes".to_owned(), String::new()),
        ];
        let found = registered(keys);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].place, found[0].description.as_str()), (Place::Machine, "all"));
    }
}
