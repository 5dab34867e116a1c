//! Conflicts settled with a text that somebody wrote.

use syncmgr_folders::{ConflictPolicy, Merged, Resolution, RunOptions};

use super::items::AnyItem;
use super::run::{Run, by_hand};
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;

/// A text that is to be the file on both sides.
pub(super) struct Merge {
    pub(super) item: String,
    pub(super) path: String,
    pub(super) escaped: bool,
    pub(super) text: String,
    pub(super) seen: Option<String>,
}

impl Manager {
    pub(super) fn merge(&mut self, merge: Merge, face: &mut dyn Face) -> Result<Exit, Failure> {
        let item = self.find_any(&merge.item)?;
        let conflict = self.open_conflict(&item, &merge.path, merge.escaped)?;
        let AnyItem::Folder(item) = item else { return Err(decided_elsewhere(&item)) };
        // Whoever sent the draft back as it was has not decided anything yet.
        let draft = self.compare_files(&item.pair, &conflict.path, true)?.draft;
        if draft.is_some_and(|draft| draft.is_open(&merge.text)) {
            return Err(marks_are_left());
        }
        let (id, path) = (item.pair.id, conflict.path);
        let resolution = Resolution { item: id, path: path.clone(), keep: ConflictPolicy::Left };
        let merged = Merged { item: id, path, text: merge.text.into_bytes(), seen: merge.seen };
        let options =
            |session, started| RunOptions { merged: Some(merged), ..RunOptions::new(session, started) };
        let run = self.folder_run(vec![item.pair], options, by_hand())?;
        self.run(Run::of_decisions(run, vec![resolution]), face).map(|ended| ended.exit)
    }
}

/// A text that is no decision yet.
fn marks_are_left() -> Failure {
    Failure::usage("the text still has lines that only mark where both versions differ")
        .exits(Exit::Unfinished)
        .hint(
            "take these lines out, and of both versions between them what is not to stay; then save it again",
        )
}

/// A conflict that is not about files of ours.
pub(super) fn decided_elsewhere(item: &AnyItem) -> Failure {
    let name = item.name();
    let of = match item {
        AnyItem::Other(item) => item.of.clone(),
        AnyItem::Folder(item) => item.pair.name.clone(),
    };
    Failure::usage(format!("conflicts of `{name}` are decided by its handler `{of}`, which alone knows both versions"))
        .exits(Exit::Unfinished)
        .hint(format!(
            "decide it where `{of}` keeps its content, then run `syncmgr sync {name}`; `syncmgr results` shows what it said, \
             and `syncmgr results open ENTRY` leads back into it where it offers that"
        ))
}
