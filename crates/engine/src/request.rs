//! What a session is asked to do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use syncmgr_handler::HandlerFactory;
use syncmgr_model::event::InitializeFlags;
use syncmgr_model::id::{ErrorId, HandlerId, ItemId, SessionId};
use syncmgr_model::item::{CheckState, ItemInfo};
use syncmgr_model::trigger::Trigger;

pub use syncmgr_model::session::{Choosing, Closing, StopNotice};

/// How long a stopped handler may take before it is abandoned, unless the request says otherwise.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(60);

/// A registered handler. The order in a request is the order of registration, and of preparation.
#[derive(Clone)]
pub struct HandlerEntry {
    /// Its identity.
    pub id: HandlerId,
    /// Its registered description; shown where it does not tell its own name.
    pub description: String,
    /// Makes its instances.
    pub factory: Arc<dyn HandlerFactory>,
    /// How long it may take after a stop; `None` is what the session grants.
    pub grace: Option<Duration>,
    /// The items about which ticks are stored; the report tells which of them are to be forgotten.
    pub remembered: Vec<ItemId>,
}

impl HandlerEntry {
    /// A handler with the session's grace.
    pub fn new(id: HandlerId, description: impl Into<String>, factory: Arc<dyn HandlerFactory>) -> Self {
        Self { id, description: description.into(), factory, grace: None, remembered: Vec::new() }
    }
}

impl fmt::Debug for HandlerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerEntry")
            .field("id", &self.id)
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

/// Whether handlers are asked to tell each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Counts, conflicts, problems and halts.
    Summary,
    /// Also each changed path.
    Changes,
}

/// Who answers the questions of handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Answers {
    /// Nobody: each is answered as unattended at once.
    #[default]
    Nobody,
    /// Whoever reads [`SessionEvent::Question`](crate::SessionEvent::Question) and calls
    /// [`Session::answer`](crate::Session::answer).
    Events,
}

/// Decides which enumerated items take part.
pub type Choice = Arc<dyn Fn(HandlerId, &ItemInfo) -> bool + Send + Sync>;

/// What a session is asked to do.
#[derive(Clone)]
pub struct SessionRequest {
    /// The session's identity.
    pub id: SessionId,
    /// Why it runs and what else holds.
    pub flags: InitializeFlags,
    /// What a program passes to the handler; only with [`Event::Invoke`](syncmgr_model::event::Event::Invoke).
    pub cookie: Option<Vec<u8>>,
    /// Who takes part, in order of registration.
    pub handlers: Vec<HandlerEntry>,
    /// Which enumerated items take part; in a choice by hand, which are checked at first.
    pub choose: Choice,
    /// Whether that is the last word, or the user chooses until [`Session::begin`](crate::Session::begin).
    pub choosing: Choosing,
    /// How much is told.
    pub detail: Detail,
    /// How long a handler may take after a stop before it is abandoned.
    pub grace: Duration,
    /// Whether handlers are told of a stop by `set_item_status`, too.
    pub stop_notice: StopNotice,
    /// Whether the session ends with the work, or stays for its results until [`Session::close`](crate::Session::close).
    pub closing: Closing,
    /// An entry of an earlier session: its handler, the only one of this session, is asked to show it and may have items
    /// retried; nothing else is done.
    pub reopen: Option<ErrorId>,
    /// Who answers the questions of handlers.
    pub answers: Answers,
}

impl SessionRequest {
    /// A session as `trigger` asks for it: flags, cookie, and whether the user chooses first.
    pub fn of_trigger(id: SessionId, trigger: &Trigger, handlers: Vec<HandlerEntry>) -> Self {
        let cookie = match trigger {
            Trigger::Invoke(invocation) => invocation.cookie.clone(),
            _ => None,
        };
        let choosing = trigger.choosing();
        Self { cookie, choosing, ..Self::new(id, trigger.initialize_flags(), handlers) }
    }

    /// A session of `handlers` with all items they list as checked, and the defaults for the rest.
    pub fn new(id: SessionId, flags: InitializeFlags, handlers: Vec<HandlerEntry>) -> Self {
        Self {
            id,
            flags,
            cookie: None,
            handlers,
            choose: Arc::new(|_, item| item.state == CheckState::Checked),
            choosing: Choosing::AtOnce,
            detail: Detail::Summary,
            grace: DEFAULT_GRACE,
            stop_notice: StopNotice::Send,
            closing: Closing::WhenSettled,
            reopen: None,
            answers: Answers::Nobody,
        }
    }
}
