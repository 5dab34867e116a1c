//! What the user decides about a pair of folders.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::item::CheckState;
use syncmgr_model::time::Timestamp;

/// Declares a closed set of words: one tested text form for each, used in flags, configuration and messages.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in flags, configuration and messages.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or_else(|| UnknownWord {
                    what: $what,
                    word: word.to_owned(),
                    known: &[$($word),+],
                })
            }
        }
    };
}

/// A word that is none of a closed set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    what: &'static str,
    word: String,
    known: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no {}; it is one of {}", self.word, self.what, self.known.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

words! {
    /// Which way changes flow.
    Mode, "mode" {
        /// Both ways; what both sides changed is a conflict and stays as it is.
        TwoWaySafe = "two-way-safe",
        /// Both ways; where both sides changed, the left wins.
        TwoWayResolved = "two-way-resolved",
        /// Left to right; what the right has of its own stays, and what it changed is a conflict.
        OneWaySafe = "one-way-safe",
        /// Left to right; the right becomes what the left is (what it had goes to its trash).
        OneWayReplica = "one-way-replica",
    }
}

words! {
    /// What happens to a conflict.
    ConflictPolicy, "conflict policy" {
        /// Both sides stay as they are until somebody decides.
        Hold = "hold",
        /// The left version wins.
        Left = "left",
        /// The right version wins.
        Right = "right",
        /// The version modified last wins; where that cannot be told, hold.
        Newer = "newer",
        /// Both are kept, the right one under another name.
        Both = "both",
    }
}

words! {
    /// How much is flushed to the disk before a run says "in step".
    Durability, "durability" {
        /// Every file and its folder, one by one.
        Full = "full",
        /// Batch by batch; the default.
        Batch = "batch",
        /// Nothing is flushed; after a power cut the last run may have to be done again.
        None = "none",
    }
}

words! {
    /// The safety rules that halt an item. `--allow RULE` lets a run pass one of them once.
    Rule, "safety rule" {
        /// A root is not there.
        RootMissing = "root-missing",
        /// A root that held things is empty now.
        RootEmptied = "root-emptied",
        /// A root is no folder any more.
        RootTypeChanged = "root-type-changed",
        /// A root is not the folder it was at the last run (another disk, a restored copy, an empty mount point).
        ReplicaExchanged = "replica-exchanged",
        /// A root is another folder than the one at the last run: the item was changed to mean it.
        ConfigurationChanged = "configuration-changed",
        /// A folder in a root that another disk was mounted on at the last run, and is not now.
        MountMissing = "mount-missing",
        /// More of what was in step would be deleted on a side than the item's budget allows.
        TooManyDeletions = "too-many-deletions",
        /// More of what was in step would be overwritten on a side than the item's budget allows.
        TooManyOverwrites = "too-many-overwrites",
    }
}

words! {
    /// What may be kept in step besides content, permission bits and modification times.
    Keep, "kind of metadata to keep" {
        /// The owning user and group, by number.
        Owner = "owner",
        /// Extended attributes of users (`user.…`).
        Xattrs = "xattrs",
        /// Access control lists, those that new entries of a folder get included.
        Acls = "acls",
        /// Which names are names of one file.
        HardLinks = "hard-links",
    }
}

/// A set of [`Keep`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeepSet(u8);

impl KeepSet {
    /// Those in a byte made by [`bits`](Self::bits); unknown ones are left out.
    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits & ((1 << Keep::ALL.len()) - 1))
    }

    /// The set as a byte.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `what` is in it.
    pub const fn has(self, what: Keep) -> bool {
        self.0 & 1 << what as u8 != 0
    }

    /// Puts `what` into it.
    pub const fn insert(&mut self, what: Keep) {
        self.0 |= 1 << what as u8;
    }

    /// What is in it, in the order of the documentation.
    pub fn iter(self) -> impl Iterator<Item = Keep> {
        Keep::ALL.iter().copied().filter(move |what| self.has(*what))
    }
}

impl FromIterator<Keep> for KeepSet {
    fn from_iter<T: IntoIterator<Item = Keep>>(words: T) -> Self {
        let mut set = Self::default();
        words.into_iter().for_each(|what| set.insert(what));
        set
    }
}

/// How long the trash keeps what a run replaced or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrashLimits {
    /// Runs older than this many days may go.
    pub days: u32,
    /// The oldest runs go while a side's trash holds more than this.
    pub bytes: u64,
}

impl Default for TrashLimits {
    /// 30 days, 10 GiB a side.
    fn default() -> Self {
        Self { days: 30, bytes: 10 << 30 }
    }
}

/// How much of what was in step one run may change on a side without a question, in percent of the files in step. Few
/// changes always may; renames count as neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Files and links deleted.
    pub deletions: u8,
    /// Files whose content is replaced.
    pub overwrites: u8,
}

impl Default for Budget {
    /// Half deleted, three quarters overwritten.
    fn default() -> Self {
        Self { deletions: 50, overwrites: 75 }
    }
}

/// A pair of folders as the user set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairConfig {
    /// The item.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// The left root, absolute.
    pub left: PathBuf,
    /// The right root, absolute.
    pub right: PathBuf,
    /// Which way changes flow.
    pub mode: Mode,
    /// What happens to conflicts.
    pub conflict: ConflictPolicy,
    /// Ignore rules in gitignore syntax, besides those in `.syncignore` files.
    pub ignore: Vec<String>,
    /// How much is flushed.
    pub durability: Durability,
    /// What is kept in step besides content, permission bits and modification times. Holes in files are always kept.
    pub keep: KeepSet,
    /// How long the trash keeps things.
    pub trash: TrashLimits,
    /// How much one run may change without a question.
    pub budget: Budget,
    /// Whether the item takes part before the user has chosen.
    pub state: CheckState,
}

impl PairConfig {
    /// A pair with everything at its default.
    pub fn new(id: ItemId, name: impl Into<String>, left: PathBuf, right: PathBuf) -> Self {
        Self {
            id,
            name: name.into(),
            left,
            right,
            mode: Mode::TwoWaySafe,
            conflict: ConflictPolicy::Hold,
            ignore: Vec::new(),
            durability: Durability::Batch,
            keep: KeepSet::default(),
            trash: TrashLimits::default(),
            budget: Budget::default(),
            state: CheckState::Checked,
        }
    }
}

/// A decision about one conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The item.
    pub item: ItemId,
    /// The path in conflict, as reported.
    pub path: Vec<u8>,
    /// What to do; `Hold` changes nothing.
    pub keep: ConflictPolicy,
}

/// A text that settles a conflict: it becomes the file on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The item.
    pub item: ItemId,
    /// The path in conflict, as reported.
    pub path: Vec<u8>,
    /// What the file is to hold.
    pub text: Vec<u8>,
    /// What [`versions`](crate::versions()) said was seen, for whoever rests on it; if it is no longer so, nothing is changed.
    pub seen: Option<String>,
}

/// What one run is told besides the configuration of its pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOptions {
    /// The session; names the run's trash and record.
    pub session: SessionId,
    /// When it started.
    pub started: Timestamp,
    /// Rules that may be passed once.
    pub allow: Vec<Rule>,
    /// What shows that a file is unchanged.
    pub evidence: Evidence,
    /// Decisions about conflicts. If there are any, the run treats only these paths.
    pub resolutions: Vec<Resolution>,
    /// A text that settles a conflict. If there is one, the run of its item treats only its path besides.
    pub merged: Option<Merged>,
    /// Folders that take no part wherever they lie, because they are the manager's own.
    pub left_out: Vec<PathBuf>,
}

/// What shows that a file is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Evidence {
    /// What the file system says of it: same inode, size and times.
    #[default]
    FileSystem,
    /// Its content: every file is read (`--checksum`).
    Content,
}

impl RunOptions {
    /// A plain run.
    pub fn new(session: SessionId, started: Timestamp) -> Self {
        Self {
            session,
            started,
            allow: Vec::new(),
            evidence: Evidence::default(),
            resolutions: Vec::new(),
            merged: None,
            left_out: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_about_folders_has_every_rule_mode_and_policy() {
        let page = include_str!("../../../docs/folders.md");
        for rule in Rule::ALL {
            assert!(page.contains(&format!("| `{rule}` |")), "docs/folders.md lacks the rule `{rule}`");
        }
        let words = Mode::ALL.iter().map(|mode| mode.as_str());
        for word in words.chain(ConflictPolicy::ALL.iter().map(|policy| policy.as_str())) {
            assert!(page.contains(&format!("`{word}`")), "docs/folders.md lacks `{word}`");
        }
    }

    #[test]
    fn every_word_reads_back_and_an_unknown_one_names_the_known() {
        for mode in Mode::ALL {
            assert_eq!(mode.as_str().parse(), Ok(*mode));
        }
        for what in Keep::ALL {
            assert_eq!(what.as_str().parse(), Ok(*what));
            let set = KeepSet::from_iter([*what]);
            assert_eq!(KeepSet::from_bits(set.bits()).iter().collect::<Vec<_>>(), [*what]);
        }
        for rule in Rule::ALL {
            assert_eq!(rule.as_str().parse(), Ok(*rule));
        }
        let error = "sideways".parse::<Mode>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`sideways` is no mode; it is one of two-way-safe, two-way-resolved, one-way-safe, one-way-replica"
        );
    }
}
