//! The closed sets of words of the protocol, and what the model calls them.

use serde::{Deserialize, Serialize};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::Event;
use syncmgr_model::fact::{Action, ConflictKind, Side};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict;

/// Declares a set of words: one text form each, read back from it.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $text)] $word,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];

            /// Its text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }

            /// The one with this text.
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }
    };
}

words! {
    /// Why a session runs. A handler treats what it does not know as `manual`.
    Reason {
        /// The user asked for it.
        Manual = "manual",
        /// A connection came up, or the user logged on.
        Connect = "connect",
        /// A connection is about to go, or the user logs off.
        PendingDisconnect = "pending_disconnect",
        /// The machine is idle.
        Idle = "idle",
        /// A program asked for it; a cookie may come with it.
        Invoke = "invoke",
        /// The schedule said so.
        Schedule = "schedule",
        /// Something an item watches has changed.
        Change = "change",
    }
}

words! {
    /// The answer to a progress call. A stronger one never weakens within a run.
    Verdict {
        /// Go on.
        Go = "go",
        /// Hold still until it is something else.
        Pause = "pause",
        /// Finish the current unit, keep the state, and end.
        Yield = "yield",
        /// End work on this item.
        Skip = "skip",
        /// End work on all items of the handler.
        Stop = "stop",
    }
}

words! {
    /// The status of an item's row.
    Status {
        /// Not begun.
        Pending = "pending",
        /// Being synchronized.
        Updating = "updating",
        /// Held for a while.
        Paused = "paused",
        /// About to go on after a pause.
        Resuming = "resuming",
        /// Through, successfully. Final, as all that follow.
        Succeeded = "succeeded",
        /// Through, and failed.
        Failed = "failed",
        /// Left out.
        Skipped = "skipped",
        /// Stopped before it was through.
        Stopped = "stopped",
        /// The item no longer exists.
        Deleted = "deleted",
    }
}

words! {
    /// What became of an item, in the reply to `sync`.
    Outcome {
        /// All is in step.
        Succeeded = "succeeded",
        /// All that could be is in step; entries say what could not.
        SucceededWithWarnings = "succeeded_with_warnings",
        /// It failed; `text` or an entry says why.
        Failed = "failed",
        /// It was left out.
        Skipped = "skipped",
        /// It was stopped.
        Stopped = "stopped",
        /// It ended early and is due again.
        Deferred = "deferred",
        /// Skipped if a skip was asked for, else stopped.
        Cancelled = "cancelled",
    }
}

words! {
    /// How serious an entry is.
    Level {
        /// Worth knowing.
        Information = "information",
        /// Something to look at.
        Warning = "warning",
        /// Something went wrong.
        Error = "error",
    }
}

words! {
    /// What kind of trouble an entry tells of.
    Class {
        /// It may be gone at the next run.
        Transient = "transient",
        /// It will be the same at the next run.
        Permanent = "permanent",
        /// Somebody has to sign in.
        Auth = "auth",
        /// Something has to be set up otherwise.
        Config = "config",
    }
}

words! {
    /// What a question asks for.
    QuestionKind {
        /// One of the choices.
        Choice = "choice",
        /// A line of text.
        Text = "text",
        /// A line that is not shown, logged or stored.
        Password = "password",
    }
}

words! {
    /// Why a question was not answered.
    NoAnswer {
        /// Nobody may be bothered in this session.
        Unattended = "unattended",
        /// Another question is open.
        Busy = "busy",
        /// Everything was stopped.
        Stopped = "stopped",
        /// The user closed the question.
        Dismissed = "dismissed",
    }
}

words! {
    /// What a handler declares about itself.
    HandlerFlag {
        /// It has properties of its own, besides those of its items.
        Properties = "properties",
        /// It stands in a list also while it has no items.
        AlwaysList = "always_list",
        /// It may ask for connections.
        Connects = "connects",
    }
}

words! {
    /// What is declared about an item.
    ItemFlag {
        /// It has properties.
        Properties = "properties",
        /// What is stored about it does not outlive the session.
        Temporary = "temporary",
        /// It belongs to the user, not to the machine.
        Roaming = "roaming",
    }
}

words! {
    /// What looking at properties has changed.
    PropertiesChange {
        /// Nothing of ours.
        Nothing = "nothing",
        /// The items: list them again.
        Items = "items",
        /// The item is gone.
        Deleted = "deleted",
    }
}

words! {
    /// What is told of an item, or of all.
    ItemNews {
        /// The user skipped it.
        Skip = "skip",
        /// It is to be held.
        Pause = "pause",
        /// It may go on.
        Resume = "resume",
        /// All is to stop; the item is `null`.
        Stop = "stop",
    }
}

words! {
    /// One of the two sides of an item.
    PlanSide {
        /// The first one.
        Left = "left",
        /// The second one.
        Right = "right",
    }
}

words! {
    /// What is done to a path.
    PlanAction {
        /// It comes into being.
        Create = "create",
        /// Its content is replaced.
        Update = "update",
        /// It goes.
        Delete = "delete",
        /// It gets another name.
        Rename = "rename",
        /// Only its attributes change.
        Attributes = "attributes",
    }
}

words! {
    /// How two edits exclude each other.
    ConflictWord {
        /// Both sides changed the content.
        EditEdit = "edit-edit",
        /// Both sides made something new under one name.
        CreateCreate = "create-create",
        /// One side changed what the other deleted.
        EditDelete = "edit-delete",
        /// The sides hold different kinds of thing.
        Type = "type",
    }
}

/// Declares that each word stands for one of the model's.
macro_rules! stands_for {
    ($from:ident => $to:ty { $($word:ident => $model:ident,)+ }) => {
        impl From<$from> for $to {
            fn from(word: $from) -> Self {
                match word { $($from::$word => Self::$model,)+ }
            }
        }
    };
}

stands_for!(Status => ItemStatus {
    Pending => Pending, Updating => Updating, Paused => Paused, Resuming => Resuming, Succeeded => Succeeded,
    Failed => Failed, Skipped => Skipped, Stopped => Stopped, Deleted => Deleted,
});
stands_for!(Level => LogLevel { Information => Information, Warning => Warning, Error => Error, });
stands_for!(Verdict => verdict::Verdict { Go => Go, Pause => Pause, Yield => Yield, Skip => Skip, Stop => Stop, });
stands_for!(PlanSide => Side { Left => Left, Right => Right, });
stands_for!(PlanAction => Action {
    Create => Create, Update => Update, Delete => Delete, Rename => Rename, Attributes => Attributes,
});
stands_for!(ConflictWord => ConflictKind {
    EditEdit => EditEdit, CreateCreate => CreateCreate, EditDelete => EditDelete, Type => Type,
});
stands_for!(Reason => Event {
    Manual => Manual, Connect => Connect, PendingDisconnect => PendingDisconnect, Idle => Idle, Invoke => Invoke,
    Schedule => Schedule, Change => Change,
});

impl From<ItemStatus> for Status {
    fn from(status: ItemStatus) -> Self {
        match status {
            ItemStatus::Pending => Self::Pending,
            ItemStatus::Updating | ItemStatus::UpdatingIndeterminate => Self::Updating,
            ItemStatus::Paused => Self::Paused,
            ItemStatus::Resuming => Self::Resuming,
            ItemStatus::Succeeded => Self::Succeeded,
            ItemStatus::Failed => Self::Failed,
            ItemStatus::Skipped => Self::Skipped,
            ItemStatus::Stopped => Self::Stopped,
            ItemStatus::Deleted => Self::Deleted,
        }
    }
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Information => Self::Information,
            LogLevel::Warning => Self::Warning,
            LogLevel::Error => Self::Error,
        }
    }
}

impl From<verdict::Verdict> for Verdict {
    fn from(verdict: verdict::Verdict) -> Self {
        match verdict {
            verdict::Verdict::Go => Self::Go,
            verdict::Verdict::Pause => Self::Pause,
            verdict::Verdict::Yield => Self::Yield,
            verdict::Verdict::Skip => Self::Skip,
            verdict::Verdict::Stop => Self::Stop,
        }
    }
}

impl From<Event> for Reason {
    fn from(event: Event) -> Self {
        match event {
            Event::Manual => Self::Manual,
            Event::Connect => Self::Connect,
            Event::PendingDisconnect => Self::PendingDisconnect,
            Event::Idle => Self::Idle,
            Event::Invoke => Self::Invoke,
            Event::Schedule => Self::Schedule,
            Event::Change => Self::Change,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_stands_for_one_of_the_model_has_its_text() {
        for &word in Status::ALL {
            assert_eq!(word.as_str(), ItemStatus::from(word).as_str());
            assert_eq!(Status::from(ItemStatus::from(word)), word);
        }
        for &word in Level::ALL {
            assert_eq!(word.as_str(), LogLevel::from(word).as_str());
        }
        for &word in Verdict::ALL {
            assert_eq!(word.as_str(), verdict::Verdict::from(word).as_str());
        }
        for &word in Reason::ALL {
            assert_eq!(word.as_str(), Event::from(word).as_str());
            assert_eq!(Reason::from(Event::from(word)), word);
        }
        for &word in ConflictWord::ALL {
            assert_eq!(word.as_str(), ConflictKind::from(word).as_str());
        }
        for &word in PlanAction::ALL {
            assert_eq!(word.as_str(), Action::from(word).as_str());
        }
    }

    #[test]
    fn a_word_is_written_as_its_text_and_read_back() {
        for &word in Outcome::ALL {
            assert_eq!(serde_json::to_string(&word).unwrap(), format!("\"{}\"", word.as_str()));
            assert_eq!(Outcome::from_text(word.as_str()), Some(word));
        }
        assert_eq!(Outcome::from_text("splendid"), None);
    }
}
