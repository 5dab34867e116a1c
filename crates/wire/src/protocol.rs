//! The handler protocol: how a process becomes a handler.
//!
//! JSON-RPC 2.0, one compact object a line, over the standard streams of the handler. In reading order:
//!
//! * [`limits`]: how large, how many, how long;
//! * [`words`]: the closed sets of words, with what the model calls them;
//! * [`host`]: what the manager (the host) asks of a handler, and the answers;
//! * [`handler`]: what a handler asks of the manager or tells it, and the answers;
//! * [`read`](mod@read): a line becomes a [`Message`], leniently exactly where the protocol says so;
//! * [`write`](mod@write): a message becomes a line.
//!
//! A line is read in two stages: first who wants what ([`Message`]), then, by method, its params. Members nobody knows are
//! ignored; what is optional and `null` counts as left out, except where a type says otherwise.

pub mod handler;
pub mod host;
pub mod limits;
pub mod read;
pub mod words;
pub mod write;

pub use read::{BadParams, Line, Message, Params, text};
pub use words::{Class, Level, Outcome, QuestionKind, Reason, Status, Verdict};
pub use write::{notification, refusal, reply, request};

/// The version of the protocol spoken here, the only one there is.
pub const PROTOCOL: u32 = 1;

/// Codes of error replies.
pub mod code {
    /// The other side does not know the method.
    pub const UNKNOWN_METHOD: i64 = -32601;
    /// The params are not acceptable; nothing was changed.
    pub const BAD_PARAMS: i64 = -32602;
    /// Not declared, or not allowed.
    pub const NOT_ALLOWED: i64 = -32001;
    /// No common version of the protocol; the data are a [`VersionRange`](super::host::VersionRange).
    pub const NO_COMMON_VERSION: i64 = -32002;
    /// The call belongs into a run, and none is open.
    pub const NO_RUN: i64 = -32003;
    /// The other side called the request off.
    pub const CANCELLED: i64 = -32800;
}

/// Names of methods.
pub mod method {
    /// Host: begin. The first request.
    pub const INITIALIZE: &str = "initialize";
    /// Host: look whether all is well, without side effects.
    pub const CHECK: &str = "check";
    /// Host: list the items.
    pub const ENUMERATE: &str = "enumerate";
    /// Host: get ready to synchronize.
    pub const PREPARE: &str = "prepare";
    /// Host: synchronize.
    pub const SYNC: &str = "sync";
    /// Host, notification: an item was skipped, paused, resumed; or all was stopped.
    pub const ITEM_STATUS: &str = "item/status";
    /// Host, notification: what progress calls are answered now.
    pub const VERDICT: &str = "verdict";
    /// Host: show the properties of an item or of the handler.
    pub const PROPERTIES: &str = "properties";
    /// Host: show an entry that was logged with a jump.
    pub const SHOW_ERROR: &str = "showError";
    /// Host: carry out a button of an entry.
    pub const ACTION: &str = "action";
    /// Host: get ready to end.
    pub const SHUTDOWN: &str = "shutdown";
    /// Host, notification: end.
    pub const EXIT: &str = "exit";
    /// Host, notification: a request is called off; it is still answered.
    pub const CANCEL_REQUEST: &str = "$/cancelRequest";

    /// Handler: how far an item is, and whether to go on. A request, or a notification with a number.
    pub const PROGRESS: &str = "progress";
    /// Handler: may something irreversible be done now?
    pub const CHECKPOINT: &str = "checkpoint";
    /// Handler: an entry for the results.
    pub const LOG: &str = "log";
    /// Handler: entries are no longer true.
    pub const LOG_DELETE: &str = "log/delete";
    /// Handler: two edits exclude each other.
    pub const CONFLICT: &str = "conflict";
    /// Handler: a part of the plan, during `prepare` in a dry run.
    pub const PLAN: &str = "plan";
    /// Handler: a question to the user.
    pub const ASK: &str = "ask";
    /// Handler: a dialog of its own is to be shown, or is gone.
    pub const DIALOG: &str = "dialog";
    /// Handler: bring a connection up.
    pub const CONNECT: &str = "connect";
    /// Handler: a secret by its declared name.
    pub const SECRET: &str = "secret";
    /// Handler: keep this for the next run.
    pub const STATE: &str = "state";
    /// Handler, notification: some of the items, before the reply to `enumerate`.
    pub const ITEMS: &str = "items";
    /// Handler, notification: the items have changed.
    pub const ITEMS_CHANGED: &str = "items/changed";
}
