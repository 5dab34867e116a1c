//! The control vocabulary: what a face asks, and what it hears.
//!
//! Every face says these words, whether the manager runs in the same process or elsewhere. A request is answered by a stream
//! of events; the stream of a session ends with [`Event::Summary`]. While a session runs, its face may send the requests
//! marked *control*; they have no answer of their own, their effect is seen in the rows.
//!
//! Modes, conflict policies, safety rules and durabilities are words of the handler that knows them: here they are text.

use serde::{Deserialize, Serialize};
use syncmgr_model::fact::Side;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};

use crate::line;
use crate::page::{Comparison, Page, PageRequest};
use crate::text;

mod choice;
mod handlers;
mod invoke;
mod settings;

pub use choice::{AnswerRequest, Marks, TickRequest, TriggerRequest};
pub use handlers::{OpenRequest, RecipeRequest, RegisterRequest};
pub use invoke::InvokeRequest;
pub use settings::{FolderRequest, HookRequest, ItemRequest};

/// What a face asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Run a session. Answer: its rows, facts and entries, then a summary.
    Sync(SyncRequest),
    /// Decide conflicts and carry that out. Answer: as for a session, one after the other where several items are concerned.
    Resolve(ResolveRequest),
    /// Undo what a session did to its items, as a session of its own. Answer: as for a session.
    Undo {
        /// The session.
        #[serde(with = "text::id")]
        session: SessionId,
        /// Only tell what would be done.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dry_run: bool,
    },

    /// Control: leave out this item of the running session.
    Skip {
        /// The item.
        #[serde(with = "text::id")]
        item: ItemId,
    },
    /// Control: stop the running session.
    Stop,
    /// Control: hold the running session, and let none start by itself.
    Pause {
        /// For this long, in seconds; until somebody resumes if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<u64>,
    },
    /// Control: let it go on, and sessions start by themselves again.
    Resume,
    /// Control: keep a window that shows the session open at its end.
    Pin {
        /// Or no longer.
        pinned: bool,
    },
    /// Control: the window that shows the session was minimized.
    Minimize {
        /// Or is no longer.
        minimized: bool,
    },
    /// Control: answer a question.
    Answer(AnswerRequest),
    /// Control: synchronize these, in a session that waits for the choice.
    Begin {
        /// The items.
        #[serde(with = "text::ids")]
        items: Vec<ItemId>,
    },
    /// Control: close the choice, or the results.
    Close,

    /// Load handlers and let the user choose: tells each item and waits for *begin* or *close*. Answer: as for a session.
    Choose(SyncRequest),
    /// Have a handler show the properties of an item, or its own. Answer: done. Sent to a session that waits for the choice,
    /// it is a control about one of its items, by id.
    Properties {
        /// The item's name or id, or a handler's name.
        item: String,
    },
    /// Open an entry of the results: its handler shows it, and may ask for a retry. Answer: as for a session. Sent to a
    /// running session, it is a control about one of its entries.
    Open(OpenRequest),
    /// Start a session as a program asks for one; it waits for its turn, and whoever asked does not. Answer: done, at once.
    Invoke(InvokeRequest),

    /// Write a new pair of folders into the configuration. Answer: its item.
    AddFolder(FolderRequest),
    /// Take an item out of the configuration and forget it; its folders stay as they are. Answer: done.
    Remove {
        /// Its name or id.
        item: String,
    },
    /// Choose whether items take part. Answer: the items.
    Tick(TickRequest),

    /// Answer: the handlers that could not be asked, then the items of all.
    Items(Marks),
    /// Answer: when an item runs by itself.
    ItemSettings {
        /// Its name or id.
        item: String,
    },
    /// Change when an item runs by itself. Answer: its settings.
    SetItem(ItemRequest),
    /// Answer: the triggers.
    Settings,
    /// Change a trigger, or add one. Answer: it.
    SetTrigger(TriggerRequest),
    /// Take a trigger out of the configuration. Answer: done.
    RemoveTrigger {
        /// Which, as in [`TriggerRequest`].
        #[serde(rename = "for")]
        purpose: String,
        /// On which connection.
        #[serde(default)]
        connection: Option<String>,
    },
    /// Answer: who is told what happens: the desktop, then each hook.
    Hooks,
    /// Write a hook into the configuration. Answer: it.
    AddHook(HookRequest),
    /// Take a hook out of the configuration. Answer: done.
    RemoveHook {
        /// Its name.
        name: String,
    },
    /// Say whether the desktop shows what went wrong while nobody looked on. Answer: the desktop, as a hook.
    SetDesktop {
        /// Whether it does.
        enabled: bool,
    },
    /// Answer: the connections that are configured, or that something was chosen or set for.
    Connections,
    /// Bring a connection up, and keep it until it is taken down. Answer: it.
    Connect {
        /// Its name.
        connection: String,
    },
    /// Take a connection down that was brought up by hand. Answer: it.
    Disconnect {
        /// Its name.
        connection: String,
    },

    /// Answer: the handlers, also those that only lie on `PATH`.
    Handlers,
    /// Make a program a handler, or change what is known of one. Answer: it.
    Register(RegisterRequest),
    /// Forget a handler and what was chosen about its items. Answer: done.
    Unregister {
        /// Its name.
        name: String,
    },
    /// Hear that a handler was registered where the system keeps such, or taken back there. What was chosen about the items of one
    /// that is not there any more is forgotten. Answer: done.
    Registered {
        /// The handler.
        #[serde(with = "text::id")]
        handler: HandlerId,
    },
    /// Let a handler's program run as it is now. Answer: the handler.
    Trust {
        /// Its name.
        name: String,
    },
    /// Answer: the recipes.
    Recipes,
    /// Write a recipe into the configuration. Answer: the handler.
    AddRecipe(RecipeRequest),
    /// Look for tools on this machine that a recipe could take over; changes nothing. Answer: what was found.
    Discover,

    /// Answer: a status for each item.
    Status,
    /// Answer: the session, its entries, problems; the last session if none is named.
    Results {
        /// The session's id or the beginning of it.
        session: Option<String>,
    },
    /// Answer: sessions, newest first.
    History {
        /// At most this many.
        limit: u32,
    },
    /// Answer: open conflicts.
    Conflicts {
        /// Only this item's: name or id.
        item: Option<String>,
    },
    /// Look at both sides of a conflict. Answer: a comparison.
    Compare {
        /// The item's name or id.
        item: String,
        /// The path.
        path: String,
        /// Whether it is escaped.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        escaped: bool,
        /// Whether both versions are wanted as one text besides, to be edited.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        draft: bool,
    },
    /// Settle a conflict with a text that somebody wrote: it becomes the file on both sides; what was there goes to the
    /// trash. Answer: as for a session.
    Merge {
        /// The item's name or id.
        item: String,
        /// The path.
        path: String,
        /// Whether it is escaped.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        escaped: bool,
        /// What the file holds from now on.
        text: String,
        /// What the comparison said was seen: if it is no longer so, nothing is changed. Absent: whatever is there now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<String>,
    },
    /// Which session would be undone. Answer: that session.
    FindUndo {
        /// The session's id or the beginning of it; the last one that changed something if none is named.
        session: Option<String>,
    },
    /// Answer: what is in the trash.
    Trash {
        /// Only this item's: name or id.
        item: Option<String>,
    },
    /// Bring back what a run put into the trash, where nothing is in its place. Answer: each path.
    TrashRestore(TrashRequest),
    /// Destroy what is in the trash. Answer: done, for each item that had any.
    TrashEmpty {
        /// Only that of this item: name or id.
        item: Option<String>,
        /// Only what runs older than this many days put there.
        #[serde(default)]
        older_than_days: Option<u32>,
    },
    /// Answer: what is known about an item.
    Why {
        /// Its name or id.
        item: String,
    },
    /// Answer: the page, for a face to draw; an error where the manager runs for one command only.
    Page(PageRequest),
    /// Answer: the daemon; an error where the manager runs for one command only.
    Daemon,
    /// Let a browser in; an error where the manager runs for one command only. Answer: a link.
    OpenWeb,
    /// Let the daemon end: what runs is stopped, and what does not end in time is told. Answer: done.
    Shutdown,
    /// Look at everything that has to be right. Answer: checks.
    Doctor,
    /// Keep a damaged store under another name; the next request that needs one starts a new one. Answer: done.
    SetStoreAside,
}

impl Request {
    /// Whether it is about the running session, and has no answer of its own.
    pub fn is_control(&self) -> bool {
        matches!(
            self,
            Self::Skip { .. }
                | Self::Stop
                | Self::Pause { .. }
                | Self::Resume
                | Self::Pin { .. }
                | Self::Minimize { .. }
                | Self::Answer(_)
                | Self::Begin { .. }
                | Self::Close
        )
    }
}

/// Which items a session is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Those ticked.
    Ticked,
    /// These, by name or id.
    Items(Vec<String>),
    /// Two folders by their absolute paths; the pair need not be configured.
    Pair(Roots),
}

/// Two absolute paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roots {
    /// The left one.
    pub left: String,
    /// The right one.
    pub right: String,
    /// Whether both are escaped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escaped: bool,
}

/// A session to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// Which items.
    pub selection: Selection,
    /// Only tell what would be done.
    #[serde(default)]
    pub dry_run: bool,
    /// Whether each changed path is told.
    #[serde(default)]
    pub changes: bool,
    /// Instead of each item's own mode.
    #[serde(default)]
    pub mode: Option<String>,
    /// Instead of each item's own conflict policy.
    #[serde(default)]
    pub conflict: Option<String>,
    /// Instead of each item's own durability.
    #[serde(default)]
    pub durability: Option<String>,
    /// Ignore rules besides each item's own.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Metadata to keep besides each item's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// Safety rules that may be passed once.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Read every file instead of trusting the file system.
    #[serde(default)]
    pub checksum: bool,
    /// Which check marks say what is ticked.
    #[serde(flatten)]
    pub marks: Marks,
    /// Whether somebody is there to answer questions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attended: bool,
}

impl SyncRequest {
    /// A plain session.
    pub fn new(selection: Selection) -> Self {
        Self {
            selection,
            dry_run: false,
            changes: false,
            mode: None,
            conflict: None,
            durability: None,
            ignore: Vec::new(),
            keep: Vec::new(),
            allow: Vec::new(),
            checksum: false,
            marks: Marks::default(),
            attended: false,
        }
    }
}

/// Decisions about conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolveRequest {
    /// Only this item's: name or id.
    pub item: Option<String>,
    /// Which conflicts.
    pub conflicts: Chosen,
    /// `left`, `right`, `newer` or `both`.
    pub keep: String,
    /// Only tell what would be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// Which conflicts are decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// All that are open.
    All,
    /// These paths, plain or escaped; a folder stands for all below it.
    Paths(Vec<String>),
    /// All whose paths match one of these patterns. One without a `/` is about names, wherever they lie: `*.jpg`.
    Matching(Vec<String>),
}

/// What is to be brought back from the trash.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TrashRequest {
    /// Only this item's: name or id.
    pub item: Option<String>,
    /// Only what this session put there: its id or the beginning of it.
    pub session: Option<String>,
    /// Only what lay on this side.
    #[serde(default, with = "text::optional_word")]
    pub side: Option<Side>,
    /// Only these paths, plain or escaped, or what lies below them; all if there are none.
    #[serde(default)]
    pub paths: Vec<String>,
}

/// What a face hears, and exactly what `--json` prints, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A session begins.
    Begun(line::Begun),
    /// How far an item is.
    Row(line::Row),
    /// A path was changed.
    Change(line::Change),
    /// Something was written into the results.
    Entry(line::Entry),
    /// A handler took entries back.
    EntriesDeleted(line::EntriesDeleted),
    /// A conflict is open.
    Conflict(line::Conflict),
    /// A path could not be treated.
    Problem(line::Problem),
    /// An item was halted.
    Halt(line::Halt),
    /// A handler waits for an answer.
    Question(line::Question),
    /// It waits no longer.
    QuestionClosed(line::QuestionClosed),
    /// Properties that were shown are gone.
    PropertiesClosed(line::PropertiesClosed),
    /// The end of a session.
    Summary(line::Summary),
    /// Something that can be synchronized.
    Item(line::Item),
    /// Something able to synchronize items.
    Handler(line::Handler),
    /// A tool that the manager knows how to run.
    Recipe(line::Recipe),
    /// Something on this machine that could be added.
    Found(line::Found),
    /// When a session starts by itself.
    Trigger(line::Trigger),
    /// Who is told what happens.
    Hook(line::Hook),
    /// A network connection.
    Connection(line::Connection),
    /// How an item is.
    Status(line::Status),
    /// A past session.
    Session(line::Session),
    /// What a run put into the trash.
    Trash(line::Trash),
    /// What became of a path in the trash.
    TrashPath(line::TrashPath),
    /// What is known about an item.
    Why(line::Why),
    /// When an item runs by itself.
    ItemSettings(line::ItemSettings),
    /// Both sides of a conflict.
    Comparison(Comparison),
    /// What a face shows.
    Page(Box<Page>),
    /// Something that faces show is different now.
    Changed(line::Changed),
    /// The process that runs in the background.
    Daemon(line::Daemon),
    /// The way in for a browser.
    Link(line::Link),
    /// One thing that was looked at.
    Check(line::Check),
    /// Carried out.
    Done(line::Done),
}

impl Event {
    /// The line, without its end.
    pub fn to_line(&self) -> String {
        // No map has keys that are no strings and no value is out of range, so there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
