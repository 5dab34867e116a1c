//! What a run reports beyond the nine calls.
//!
//! The contract knows texts, numbers and entries. A person who is asked to trust a run wants more: which paths change,
//! which conflict, which could not be treated, and why nothing was done at all. Handlers that can tell report these
//! facts through [`crate::fact::Fact`]; handlers that cannot are complete without.

use std::fmt;

/// One of the two sides of an item that has sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The first one named.
    Left,
    /// The second one named.
    Right,
}

impl Side {
    /// Both sides, left first.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// The other side.
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It comes into being.
    Create,
    /// Its content is replaced.
    Update,
    /// It goes (to the trash).
    Delete,
    /// It gets another name.
    Rename,
    /// Only its attributes change.
    Attributes,
}

impl Action {
    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Rename => "rename",
            Self::Attributes => "attributes",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How two edits exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConflictKind {
    /// Both sides changed the content.
    EditEdit,
    /// Both sides made something new under the same name.
    CreateCreate,
    /// One side changed what the other deleted.
    EditDelete,
    /// The sides hold different kinds of thing (a file here, a folder there).
    Type,
}

impl ConflictKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::EditEdit, Self::CreateCreate, Self::EditDelete, Self::Type];

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EditEdit => "edit-edit",
            Self::CreateCreate => "create-create",
            Self::EditDelete => "edit-delete",
            Self::Type => "type",
        }
    }
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A relative path as the handler knows it: bytes, components separated by `/`. Not necessarily UTF-8.
pub type FactPath = Vec<u8>;

/// One thing a handler reports about an item of a running session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A path was changed on one side, or would be in a dry run.
    Change {
        /// Where.
        side: Side,
        /// What.
        action: Action,
        /// Which path.
        path: FactPath,
        /// Its earlier name, for a rename.
        from: Option<FactPath>,
    },
    /// A path is in conflict and both sides stay as they are. Each run reports all that are open after it.
    Conflict {
        /// Which path.
        path: FactPath,
        /// How the edits exclude each other.
        kind: ConflictKind,
    },
    /// A path could not be treated. The rest goes on.
    Problem {
        /// Where, if it concerns one side.
        side: Option<Side>,
        /// Which path; empty for the root.
        path: FactPath,
        /// Why, for people.
        reason: String,
    },
    /// The item was halted by a safety rule and waits for a person. Nothing was changed.
    Halt {
        /// The rule's name, as `--allow` takes it.
        rule: String,
        /// What was found and the ways on, for people.
        text: String,
    },
    /// What the run has done to the item so far. The last one counts.
    Totals(Totals),
}

/// Numbers of an item's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Paths changed on the left.
    pub left_changes: u64,
    /// Paths changed on the right.
    pub right_changes: u64,
    /// Bytes of content written.
    pub bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_side_of_the_other_side_is_the_side() {
        for side in Side::BOTH {
            assert_ne!(side.other(), side);
            assert_eq!(side.other().other(), side);
        }
    }
}
