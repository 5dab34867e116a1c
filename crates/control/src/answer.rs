//! [`Answerer`]: who answers what comes in; and of which nature a request is.

use std::fmt;

use serde::{Deserialize, Serialize};
use syncmgr_model::fact::Side;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::text;
use utoipa::ToSchema;

/// The manager, as the server sees it.
///
/// All methods block. They are called on threads of the server's pool and never on the thread that listens, several at a time
/// and in any order: at most [`crate::Limits::queries`] questions and changes, as many controls, and
/// [`crate::Limits::sessions`] requests that run something. What cannot be done at the same time has to wait inside. A panic is caught, told to
/// the asker as a failure, and does no harm to the server.
///
/// After [`crate::Server::stop`] has returned, calls that were not through by then may still be under way.
pub trait Answerer: Send + Sync + 'static {
    /// Answers a request: tells each event as soon as there is one, and says at the end what came of it. A session is told
    /// with [`Event::Begun`] as soon as it has its id; who only wants to start one does not wait for more.
    ///
    /// `hear` blocks while the asker reads more slowly than there is to tell; one that takes nothing for
    /// [`crate::Limits::write_time`] is dropped. That somebody has gone away is not noticed here: `hear` then does nothing, and
    /// the request is carried out to its end.
    /// Controls (`stop`, `skip` and so on) tell no events and return without waiting for their effect.
    fn ask(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Answer;

    /// The picture that a side of an open conflict is, where a browser shows such pictures; nothing if there is none, it is
    /// something else or larger than [`Content::MOST`]. `item` is a name or an id, `path` may be escaped.
    fn content(&self, _item: &str, _side: Side, _path: &str, _escaped: bool) -> Option<Content> {
        None
    }

    /// How the manager is. Has to be quick, and to work while the store or the configuration does not.
    fn health(&self) -> Health;

    /// Appends the manager's own metrics in the text format of Prometheus, whole lines. Names that begin with
    /// `syncmgr_control_` are the server's.
    fn metrics(&self, out: &mut String);
}

/// A picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is: one of [`Content::MEDIA`].
    pub media: &'static str,
    /// As it lies on the disk.
    pub bytes: Vec<u8>,
}

impl Content {
    /// The kinds of picture that are served.
    pub const MEDIA: [&'static str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    /// The most bytes one may have.
    pub const MOST: u64 = 16 << 20;
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({}, {} bytes)", self.media, self.bytes.len())
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// The exit code that a command with this answer has: 0 when everything is in step or was answered, 1 finished with
    /// something open, 2 wrong usage or configuration, 3 stopped, 4 halted, 5 the manager failed.
    pub exit: u8,
    /// Why the request could not be answered; `null` if it was.
    pub failure: Option<FailureLine>,
}

impl Answer {
    /// Answered, with this exit code.
    pub fn exits(exit: u8) -> Self {
        Self { exit, failure: None }
    }

    /// Not answered.
    pub fn fails(exit: u8, headline: impl Into<String>) -> Self {
        let failure = FailureLine { headline: headline.into(), causes: Vec::new(), hint: None };
        Self { exit, failure: Some(failure) }
    }
}

/// A failure in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FailureLine {
    /// What did not work.
    pub headline: String,
    /// Why, the nearest cause first.
    #[serde(default)]
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(default)]
    pub hint: Option<String>,
}

/// Whether the manager can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Not yet: it repairs or loads something.
    Starting,
    /// Yes.
    Running,
    /// No more: it shuts down.
    Stopping,
}

/// How the manager is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Whether it can be asked.
    pub state: HealthState,
    /// The version of the program.
    pub version: String,
    /// The number of its process.
    pub process: u32,
    /// Since when it runs.
    #[serde(with = "text::time")]
    #[schema(value_type = String, format = "date-time")]
    pub since: Timestamp,
    /// Sessions that run now.
    pub sessions: u32,
    /// What a person should know, a sentence each; empty if all is well.
    pub problems: Vec<String>,
    /// The configuration file it goes by.
    pub config: String,
}

/// What a request is, as far as it matters to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Answered from what is known; asking twice is harmless.
    Reads,
    /// Changes what is configured or remembered.
    Changes,
    /// About something that runs; short, and never to be held up.
    Controls,
    /// Runs a session, or shows something for as long as a person likes.
    Runs,
}

impl Nature {
    /// The nature of a request.
    pub(crate) fn of(request: &Request) -> Self {
        match request {
            Request::Sync(_)
            | Request::Resolve(_)
            | Request::Undo { .. }
            | Request::Merge { .. }
            | Request::Choose(_)
            | Request::Properties { .. }
            | Request::Open(_)
            | Request::TrashRestore(_)
            | Request::TrashEmpty { .. } => Self::Runs,
            Request::Skip { .. }
            | Request::Stop
            | Request::Pause { .. }
            | Request::Resume
            | Request::Pin { .. }
            | Request::Minimize { .. }
            | Request::Answer(_)
            | Request::Begin { .. }
            | Request::Close => Self::Controls,
            Request::AddFolder(_)
            | Request::Remove { .. }
            | Request::Tick(_)
            | Request::SetItem(_)
            | Request::SetTrigger(_)
            | Request::RemoveTrigger { .. }
            | Request::AddHook(_)
            | Request::RemoveHook { .. }
            | Request::SetDesktop { .. }
            | Request::Register(_)
            | Request::Unregister { .. }
            | Request::Registered { .. }
            | Request::Trust { .. }
            | Request::AddRecipe(_)
            | Request::Shutdown
            | Request::SetStoreAside
            | Request::Invoke(_)
            | Request::OpenWeb
            | Request::Connect { .. }
            | Request::Disconnect { .. } => Self::Changes,
            Request::Items(_)
            | Request::ItemSettings { .. }
            | Request::Settings
            | Request::Hooks
            | Request::Connections
            | Request::Handlers
            | Request::Recipes
            | Request::Discover
            | Request::Status
            | Request::Results { .. }
            | Request::History { .. }
            | Request::Conflicts { .. }
            | Request::Compare { .. }
            | Request::FindUndo { .. }
            | Request::Trash { .. }
            | Request::Why { .. }
            | Request::Page(_)
            | Request::Daemon
            | Request::Doctor => Self::Reads,
        }
    }

    /// Whether carrying it out a second time would do something a second time.
    pub(crate) fn starts_something(self) -> bool {
        matches!(self, Self::Changes | Self::Runs)
    }
}
