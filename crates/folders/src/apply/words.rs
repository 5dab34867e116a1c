//! What steps and their failures are called when they are told.

use std::io;

use syncmgr_model::fact::{Action, Fact, Side};

use super::place::StepError;
use crate::path::display;
use crate::plan::{Op, Plan, Step};
use crate::record::Deed;

pub(super) const CHANGED: &str = "changed since it was looked at; the next run looks again";
pub(super) const CLASH: &str =
    "the file system does not tell upper and lower case apart, or two forms of a character, and holds";
pub(super) const GONE: &str = "gone since it was looked at";

/// A file system's refusal in words.
pub(crate) fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "no space left on the disk".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::CrossesDevices => "lies on another disk that is mounted inside the folder".to_owned(),
        _ => error.to_string(),
    }
}

pub(super) fn explain_step(error: &StepError) -> String {
    match error {
        StepError::Changed => CHANGED.to_owned(),
        StepError::NotEmpty => "the folder holds something the run has not seen; it stays".to_owned(),
        StepError::Io(error) => explain(error),
    }
}

/// That something has not the access list of what it replaced, or of its folder.
pub(super) fn unfit(path: &[u8], error: &io::Error) -> String {
    let path = display(path);
    format!("`{path}`: its access list could not be set, it has that of our own folder ({})", explain(error))
}

pub(super) const fn destroys(deed: Deed) -> bool {
    matches!(deed, Deed::Replaced | Deed::Trashed | Deed::DirRemoved)
}

/// What a deed is called; `None` for what is part of another one.
pub(super) const fn action(deed: Deed) -> Option<Action> {
    Some(match deed {
        Deed::Made => Action::Create,
        Deed::Replaced => Action::Update,
        Deed::Trashed | Deed::DirRemoved => Action::Delete,
        Deed::AttributesSet => Action::Attributes,
        Deed::Moved => Action::Rename,
        Deed::Finished | Deed::Agreed => return None,
    })
}

pub(super) fn change_fact(step: &Step, side: Side, action: Action) -> Fact {
    let from = match &step.op {
        Op::Move { from, .. } => Some(from.to_vec()),
        _ => None,
    };
    Fact::Change { side, action, path: step.path.clone(), from }
}

/// The changes of a plan as facts, for a preview.
pub(crate) fn planned_facts(plan: &Plan) -> impl Iterator<Item = Fact> + '_ {
    plan.steps().filter_map(|step| {
        let side = step.op.side()?;
        let action = match &step.op {
            Op::Agree | Op::MovedAway { .. } | Op::FinishDir { .. } => return None,
            Op::MakeDir { .. } => Action::Create,
            Op::Copy { replaces, .. }
            | Op::Link { replaces, .. }
            | Op::MakeLink { replaces, .. }
            | Op::Restore { replaces, .. } => {
                if replaces.is_some() {
                    Action::Update
                } else {
                    Action::Create
                }
            }
            Op::Trash { .. } | Op::RemoveDir { .. } => Action::Delete,
            Op::SetAttributes { .. } => Action::Attributes,
            Op::Move { .. } => Action::Rename,
        };
        Some(change_fact(&step, side, action))
    })
}
