//! The words for what the model knows, and their tones.

use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::Event;
use syncmgr_model::fact::{Action, ConflictKind, Side};
use syncmgr_model::status::ItemStatus;
use syncmgr_wire::line::{HandlerState, ItemResult};
use syncmgr_wire::page::Tone;

/// A status in a session.
pub(crate) fn status(status: ItemStatus) -> (&'static str, Tone) {
    match status {
        ItemStatus::Pending => ("pending", Tone::Muted),
        ItemStatus::Updating | ItemStatus::UpdatingIndeterminate => ("updating", Tone::Busy),
        ItemStatus::Succeeded => ("succeeded", Tone::Good),
        ItemStatus::Failed => ("failed", Tone::Bad),
        ItemStatus::Skipped => ("skipped", Tone::Muted),
        ItemStatus::Stopped => ("stopped", Tone::Warning),
        ItemStatus::Paused => ("paused", Tone::Warning),
        ItemStatus::Resuming => ("resuming", Tone::Busy),
        ItemStatus::Deleted => ("gone", Tone::Muted),
    }
}

/// Why a session ran.
pub(crate) fn event(event: Event) -> &'static str {
    match event {
        Event::Manual => "by hand",
        Event::Connect => "logon or network",
        Event::PendingDisconnect => "logoff or network",
        Event::Idle => "idle",
        Event::Invoke => "a program",
        Event::Schedule => "schedule",
        Event::Change => "a change",
    }
}

/// How serious an entry is.
pub(crate) fn level(level: LogLevel) -> Tone {
    match level {
        LogLevel::Information => Tone::Plain,
        LogLevel::Warning => Tone::Warning,
        LogLevel::Error => Tone::Bad,
    }
}

/// A kind of conflict.
pub(crate) fn conflict(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::EditEdit => "changed on both sides",
        ConflictKind::CreateCreate => "new on both sides",
        ConflictKind::EditDelete => "changed here, deleted there",
        ConflictKind::Type => "a file here, a folder there",
    }
}

/// What a plan would do.
pub(crate) fn change(action: Action) -> (&'static str, Tone) {
    match action {
        Action::Delete => ("delete", Tone::Bad),
        Action::Update => ("overwrite", Tone::Warning),
        Action::Rename => ("rename", Tone::Plain),
        Action::Create => ("create", Tone::Good),
        Action::Attributes => ("attributes", Tone::Muted),
    }
}

/// A side, at the beginning of a label.
pub(crate) fn side(side: Side) -> &'static str {
    match side {
        Side::Left => "Left",
        Side::Right => "Right",
    }
}

/// Whether a handler takes part.
pub(crate) fn handler(state: HandlerState) -> (&'static str, Tone) {
    match state {
        HandlerState::Enabled => ("enabled", Tone::Good),
        HandlerState::Untrusted => ("not trusted yet", Tone::Needs),
        HandlerState::Changed => ("changed since it was trusted", Tone::Needs),
        HandlerState::Missing => ("not there", Tone::Bad),
    }
}

/// What a session did to an item.
pub(crate) fn result(result: &ItemResult) -> (&'static str, Tone) {
    match (&result.halt, result.status) {
        (Some(_), _) => ("halted", Tone::Needs),
        (None, ItemStatus::Succeeded) if result.conflicts > 0 => ("in conflict", Tone::Needs),
        (None, ItemStatus::Succeeded) if result.problems > 0 => ("with problems", Tone::Warning),
        (None, ItemStatus::Succeeded) if result.undone => ("taken back", Tone::Warning),
        (None, other) => status(other),
    }
}
