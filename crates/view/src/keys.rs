//! Which key does what. One key has one meaning on all pages.

use syncmgr_wire::page::Key;

/// A key and what it means wherever it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The key.
    pub key: Key,
    /// The actions it stands for, by their ids. Several where they are the same thing to a person and never on one page in
    /// two meanings.
    pub actions: &'static [&'static str],
    /// What it does, for people.
    pub text: &'static str,
}

const fn meaning(key: Key, actions: &'static [&'static str], text: &'static str) -> Meaning {
    Meaning { key, actions, text }
}

/// All of them, but for the digits, which lead to the tabs.
pub const KEYS: &[Meaning] = &[
    meaning('s', &["sync"], "synchronize this"),
    meaning('S', &["sync_ticked"], "synchronize everything that is ticked"),
    meaning('d', &["dry_run"], "show what synchronizing this would do"),
    meaning('D', &["dry_run_ticked"], "show what synchronizing everything ticked would do"),
    meaning('W', &["dry_run_otherwise"], "show what synchronizing it in another way would do, once"),
    meaning('w', &["why"], "why it is as it is"),
    meaning('e', &["schedule", "change"], "change when it runs, or what is set"),
    meaning('P', &["properties"], "its properties, shown by its handler"),
    meaning('+', &["add_folder", "add_schedule", "add_hook", "register"], "add"),
    meaning('-', &["remove"], "take it out of the configuration"),
    meaning('a', &["add"], "ways to add something"),
    meaning('y', &["approve"], "let it be done as shown"),
    meaning('c', &["close", "refuse"], "leave everything as it is"),
    meaning('x', &["skip"], "leave this out of the running session"),
    meaning('X', &["stop"], "stop the running session"),
    meaning('p', &["pause", "resume"], "hold everything, or let it go on"),
    meaning('K', &["pin", "unpin"], "keep the session in view when it is over, or not"),
    meaning('M', &["minimize", "show_all"], "put the running session out of sight, or show its items again"),
    meaning('o', &["open"], "open the entry in its handler"),
    meaning('t', &["results"], "the results of it"),
    meaning('T', &["retry"], "try again what failed or was stopped"),
    meaning('h', &["history"], "what was before"),
    meaning('l', &["keep_left"], "keep the left version"),
    meaning('r', &["keep_right"], "keep the right version"),
    meaning('b', &["keep_both"], "keep both versions"),
    meaning('n', &["keep_newer"], "keep the newer version"),
    meaning('L', &["keep_left_all"], "keep the left version of all that are shown"),
    meaning('R', &["keep_right_all"], "keep the right version of all that are shown"),
    meaning('B', &["keep_both_all"], "keep both versions of all that are shown"),
    meaning('N', &["keep_newer_all"], "keep the newer version of all that are shown"),
    meaning('m', &["merge"], "write the version that both sides get"),
    meaning('z', &["undo"], "undo it"),
    meaning('Z', &["undo_preview"], "show what undoing it would do"),
    meaning('u', &["connect"], "bring it up"),
    meaning('U', &["disconnect"], "take it down"),
    meaning('i', &["trust"], "let its program run as it is now"),
    meaning('v', &["restore"], "bring it back"),
    meaning('E', &["empty"], "destroy it for good"),
];

/// Keys that faces use for themselves: to move, to choose, to find, to leave.
pub const RESERVED: &[Key] = &[' ', '/', '?', 'f', 'g', 'G', 'j', 'k', 'q'];

/// The key of an action, if it has one.
pub(crate) fn of(id: &str) -> Option<Key> {
    KEYS.iter().find(|meaning| meaning.actions.contains(&id)).map(|meaning| meaning.key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_and_no_action_is_in_the_table_twice() {
        let mut keys = HashSet::new();
        let mut actions = HashSet::new();
        for meaning in KEYS {
            assert!(keys.insert(meaning.key), "`{}` twice", meaning.key);
            assert!(!meaning.key.is_ascii_digit(), "digits lead to tabs");
            assert!(!RESERVED.contains(&meaning.key), "`{}` is the faces' own", meaning.key);
            for action in meaning.actions {
                assert!(actions.insert(*action), "{action} twice");
            }
        }
    }

    #[test]
    fn the_page_about_faces_names_every_key() {
        let page = include_str!("../../../docs/faces.md");
        for Meaning { key, text, .. } in KEYS {
            let row = format!("| `{key}` | {text} |");
            assert!(page.contains(&row), "docs/faces.md lacks: {row}");
        }
    }
}
