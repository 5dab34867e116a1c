//! The vocabulary as a table: which requests there are, and what their members hold.
//!
//! The types themselves are in `wire`, which does not know HTTP. That this table says the same as they do is a test.

use Holds::{Chosen, Flag, Id, Ids, Screen, Selection, Side, Text, Texts, Values, Whole32, Whole64};

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Flag,
    Text,
    Texts,
    Id,
    Ids,
    Whole32,
    Whole64,
    /// `left` or `right`.
    Side,
    /// What can be looked at.
    Screen,
    /// Texts by name.
    Values,
    Selection,
    Chosen,
}

/// Whether a member is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It has to be.
    Always,
    /// It may be left out.
    OrAbsent,
    /// It may be left out or null.
    OrNull,
}

/// A member of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) need: Need,
}

const fn member(name: &'static str, holds: Holds, need: Need) -> Member {
    Member { name, holds, need }
}

/// Has to be there.
const fn must(name: &'static str, holds: Holds) -> Member {
    member(name, holds, Need::Always)
}

/// May be left out.
const fn can(name: &'static str, holds: Holds) -> Member {
    member(name, holds, Need::OrAbsent)
}

/// May be left out or null.
const fn may(name: &'static str, holds: Holds) -> Member {
    member(name, holds, Need::OrNull)
}

/// Two absolute paths.
pub(crate) const ROOTS: &[Member] = &[must("left", Text), must("right", Text), can("escaped", Flag)];

/// A session to run.
pub(crate) const SYNC: &[Member] = &[
    must("selection", Selection),
    can("dry_run", Flag),
    can("changes", Flag),
    may("mode", Text),
    may("conflict", Text),
    may("durability", Text),
    can("ignore", Texts),
    can("keep", Texts),
    can("allow", Texts),
    can("checksum", Flag),
    may("for", Text),
    may("connection", Text),
    can("attended", Flag),
];

/// All requests.
pub(crate) const REQUESTS: &[(&str, &[Member])] = &[
    ("sync", SYNC),
    ("resolve", &[may("item", Text), must("conflicts", Chosen), must("keep", Text), can("dry_run", Flag)]),
    ("undo", &[must("session", Id), can("dry_run", Flag)]),
    ("skip", &[must("item", Id)]),
    ("stop", &[]),
    ("pause", &[may("seconds", Whole64)]),
    ("resume", &[]),
    ("pin", &[must("pinned", Flag)]),
    ("minimize", &[must("minimized", Flag)]),
    ("answer", &[must("question", Whole64), may("answer", Text)]),
    ("begin", &[must("items", Ids)]),
    ("close", &[]),
    ("choose", SYNC),
    ("properties", &[must("item", Text)]),
    ("open", &[must("entry", Whole64), may("session", Text), can("attended", Flag)]),
    ("invoke", &[may("handler", Text), can("flags", Whole32), may("cookie", Text)]),
    (
        "add_folder",
        &[
            must("left", Text),
            must("right", Text),
            may("name", Text),
            may("mode", Text),
            may("conflict", Text),
            may("durability", Text),
            can("ignore", Texts),
            can("keep", Texts),
            may("every", Text),
            may("at", Text),
            can("on", Texts),
            may("fresh", Text),
            can("when", Values),
        ],
    ),
    ("remove", &[must("item", Text)]),
    ("tick", &[must("items", Texts), must("ticked", Flag), may("for", Text), may("connection", Text)]),
    ("items", &[may("for", Text), may("connection", Text)]),
    ("item_settings", &[must("item", Text)]),
    (
        "set_item",
        &[
            must("item", Text),
            may("every", Text),
            may("at", Text),
            may("on", Texts),
            may("after", Texts),
            may("fresh", Text),
            may("catch_up", Flag),
            can("when", Values),
        ],
    ),
    ("settings", &[]),
    (
        "set_trigger",
        &[
            must("for", Text),
            may("connection", Text),
            may("enabled", Flag),
            may("ask", Flag),
            may("wait", Text),
            may("repeat", Text),
            may("on_battery", Flag),
            may("every", Text),
            may("at", Text),
            may("connect", Flag),
        ],
    ),
    ("remove_trigger", &[must("for", Text), may("connection", Text)]),
    ("hooks", &[]),
    (
        "add_hook",
        &[
            may("name", Text),
            must("on", Texts),
            can("run", Texts),
            may("url", Text),
            can("items", Texts),
            may("timeout", Text),
            can("may_refuse", Flag),
        ],
    ),
    ("remove_hook", &[must("name", Text)]),
    ("set_desktop", &[must("enabled", Flag)]),
    ("connections", &[]),
    ("connect", &[must("connection", Text)]),
    ("disconnect", &[must("connection", Text)]),
    ("handlers", &[]),
    (
        "register",
        &[
            must("name", Text),
            can("argv", Texts),
            may("program", Text),
            can("escaped", Flag),
            may("description", Text),
            can("events", Texts),
            can("trust", Flag),
        ],
    ),
    ("unregister", &[must("name", Text)]),
    ("registered", &[must("handler", Id)]),
    ("trust", &[must("name", Text)]),
    ("recipes", &[]),
    ("add_recipe", &[must("recipe", Text), may("name", Text), can("values", Values)]),
    ("discover", &[]),
    ("status", &[]),
    ("results", &[may("session", Text)]),
    ("history", &[must("limit", Whole32)]),
    ("conflicts", &[may("item", Text)]),
    ("compare", &[must("item", Text), must("path", Text), can("escaped", Flag), can("draft", Flag)]),
    (
        "merge",
        &[
            must("item", Text),
            must("path", Text),
            can("escaped", Flag),
            must("text", Text),
            may("seen", Text),
        ],
    ),
    ("find_undo", &[may("session", Text)]),
    ("trash", &[may("item", Text)]),
    ("trash_restore", &[may("item", Text), may("session", Text), may("side", Side), can("paths", Texts)]),
    ("trash_empty", &[may("item", Text), may("older_than_days", Whole32)]),
    ("why", &[must("item", Text)]),
    (
        "page",
        &[
            must("screen", Screen),
            may("subject", Text),
            may("part", Text),
            can("from", Whole64),
            can("count", Whole64),
            may("filter", Text),
            may("search", Text),
        ],
    ),
    ("daemon", &[]),
    ("open_web", &[]),
    ("shutdown", &[]),
    ("doctor", &[]),
    ("set_store_aside", &[]),
];

/// All screens.
pub(crate) const SCREENS: &[&str] = &[
    "items",
    "synchronizing",
    "results",
    "conflicts",
    "conflict",
    "plan",
    "history",
    "settings",
    "why",
    "connections",
    "questions",
    "trash",
];

/// The types of all events.
pub(crate) const EVENTS: &[&str] = &[
    "begun",
    "row",
    "change",
    "entry",
    "entries_deleted",
    "conflict",
    "problem",
    "halt",
    "question",
    "question_closed",
    "properties_closed",
    "summary",
    "item",
    "handler",
    "recipe",
    "found",
    "trigger",
    "hook",
    "connection",
    "status",
    "session",
    "trash",
    "trash_path",
    "why",
    "item_settings",
    "comparison",
    "page",
    "changed",
    "daemon",
    "link",
    "check",
    "done",
];
