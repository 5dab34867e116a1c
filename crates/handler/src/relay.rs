//! [`Relay`]: for handlers that pass the calls on to another process.

use std::fmt;

use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::id::ItemId;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;

pub use syncmgr_model::entry::EntryDetail;

/// Ours: what somebody needs who translates the nine calls and therefore cannot be held inside one of them.
///
/// A handler in this process is held by a pause inside [`SyncCallback::progress`](crate::SyncCallback::progress). A thread that
/// reads the lines of a process must go on reading; it asks here, is answered `Pause`, and withholds the reply itself until a
/// change is announced. The contract is whole without: where [`SyncCallback::relay`](crate::SyncCallback::relay) gives nothing,
/// the ordinary calls do, and a pause holds the reader.
///
/// The threading rules of [`SyncCallback`](crate::SyncCallback) hold; nothing here ever waits.
pub trait Relay: Send + Sync {
    /// [`SyncCallback::progress`](crate::SyncCallback::progress), with `Pause` as an answer instead of a wait.
    ///
    /// # Errors
    ///
    /// As there.
    fn progress_at_once(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome>;

    /// The verdict as it is now: about all (`None`), or what holds for an item by itself. The stronger of both counts.
    /// `Stop` on a session that is over.
    fn verdict(&self, item: Option<&ItemId>) -> Verdict;

    /// Has `bell` called after every change of a verdict, from whatever thread made it; once for several changes is enough.
    /// A later one replaces it. The bell must not block and must not call back into the callback.
    fn on_change(&self, bell: Box<dyn Fn() + Send + Sync>);

    /// [`SyncCallback::log_error`](crate::SyncCallback::log_error), with more about the entry.
    fn log_with_detail(
        &self,
        level: LogLevel,
        text: &str,
        info: Option<&LogErrorInfo>,
        detail: EntryDetail,
    ) -> Outcome;

    /// Puts a question to the user. The dialog needs a grant of
    /// [`SyncCallback::enable_modeless`](crate::SyncCallback::enable_modeless) as any other, and the grant is given back by the
    /// caller after the answer. `answered` is called once, from any thread: also when nobody can be asked, when the
    /// session is stopped, or when it ends.
    fn ask(&self, question: Question, answered: Box<dyn FnOnce(Answer) + Send>);
}

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QuestionKind {
    /// One of the choices.
    #[default]
    Choice,
    /// A line of text.
    Text,
    /// A line that is not shown while it is typed, never logged and never stored.
    Password,
}

/// A question to the user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The item it is about; none means the handler.
    pub item: Option<ItemId>,
    /// The question.
    pub text: String,
    /// More about it.
    pub detail: Option<String>,
    /// What it asks for.
    pub kind: QuestionKind,
    /// For [`QuestionKind::Choice`]: what can be answered.
    pub choices: Vec<Choice>,
    /// The answer of who just agrees: the id of a choice, or a text.
    pub default: Option<String>,
}

/// One of the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Choice {
    /// What the handler gets.
    pub id: String,
    /// What the user sees.
    pub label: String,
}

/// What became of a question. `Debug` shows no answer: it may be a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// The user's: the id of a choice, or the text.
    Given(String),
    /// Nobody is there to be asked.
    Unattended,
    /// Everything was stopped.
    Stopped,
    /// The user closed the question.
    Dismissed,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Given(…)",
            Self::Unattended => "Unattended",
            Self::Stopped => "Stopped",
            Self::Dismissed => "Dismissed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_not_shown() {
        assert!(!format!("{:?}", Answer::Given("hunter2".into())).contains("hunter2"));
    }
}
