//! [`Entries`]: what a handler logs, within bounds.

use std::collections::BTreeMap;

use syncmgr_handler::relay::EntryDetail;
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::flags::ErrorFlags;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_wire::protocol::code;
use syncmgr_wire::protocol::handler::{LogDeleteParams, LogParams};
pub(super) use syncmgr_wire::protocol::limits::cut;
use syncmgr_wire::protocol::limits::{DETAIL_MAX, ENTRIES_MAX, TEXT_MAX};
use syncmgr_wire::protocol::words::{Class, Level};
use syncmgr_wire::protocol::write::Refusal;

use super::{Core, Manager};

/// How many bytes of entries are kept in a run, whatever the number of items.
const RUN_BYTES_MAX: usize = 16 << 20;
/// The longest name of an entry that can be opened later.
const LOG_ID_MAX: usize = 1024;
/// How many names of entries are kept in a session.
const NAMES_MAX: usize = 1000;

/// What was logged in a run.
#[derive(Default)]
pub(super) struct Entries {
    /// By item; none is the handler.
    counts: BTreeMap<Option<ItemId>, Count>,
    n_bytes: usize,
    /// Entries that can be opened, oldest first.
    names: Vec<(ErrorId, String)>,
}

#[derive(Default, Clone, Copy)]
struct Count {
    kept: u64,
    more: u64,
}

impl Entries {
    /// Under which name the handler knows an entry of this run.
    pub(super) fn name(&self, error: ErrorId) -> Option<&str> {
        self.names.iter().find(|(id, _)| *id == error).map(|(_, name)| name.as_str())
    }

    /// Whether one more is kept.
    fn take(&mut self, item: Option<ItemId>, n_bytes: usize) -> bool {
        let count = self.counts.entry(item).or_default();
        if count.kept < ENTRIES_MAX && self.n_bytes + n_bytes <= RUN_BYTES_MAX {
            count.kept += 1;
            self.n_bytes += n_bytes;
            return true;
        }
        count.more += 1;
        false
    }
}

impl<M: Manager> Core<M> {
    /// `log`: an entry.
    pub(super) fn log(&mut self, params: &LogParams) -> Result<(), Refusal> {
        let run_item = params.item.as_deref().and_then(|text| self.run.as_ref()?.find(text));
        let item = match &params.item {
            // A row of the run, or an item that is only listed.
            Some(text) => Some(ItemId::named(self.handler, text)).filter(|id| self.items.text(*id).is_some()),
            None => None,
        };
        let level = LogLevel::from(params.level);
        if level == LogLevel::Error
            && let (Some(idx), Some(run)) = (run_item, &mut self.run)
        {
            run.items[idx].has_error = true;
        }
        let text = cut(&params.text, TEXT_MAX);
        let detail = EntryDetail {
            detail: params.detail.as_deref().map(|detail| cut(detail, DETAIL_MAX).to_owned()),
            class: params.class.map(|class| class.as_str().to_owned()),
            code: params.code.as_deref().map(|code| cut(code, 200).to_owned()),
        };
        let n_bytes = text.len() + detail.detail.as_ref().map_or(0, String::len) + 200;
        if !self.entries.take(item, n_bytes) {
            return Ok(());
        }
        let error = params.log_id.as_deref().filter(|name| !name.is_empty());
        let error_id = error.map(|name| ErrorId::named(self.handler, name));
        let can_jump = params.jump && error.is_some_and(|name| name.len() <= LOG_ID_MAX);
        let flags = can_jump.then_some(ErrorFlags::ENABLE_JUMP_TEXT);
        let outcome = self.manager.log(level, text, LogErrorInfo { flags, error: error_id, item }, detail);
        if outcome != Outcome::OK {
            return Err(Refusal::new(code::NOT_ALLOWED, "nobody takes entries now"));
        }
        if let (true, Some(id), Some(name)) = (can_jump, error_id, error) {
            self.name_entry(id, name);
        }
        Ok(())
    }

    fn name_entry(&mut self, id: ErrorId, name: &str) {
        self.entries.names.retain(|(known, _)| *known != id);
        if self.entries.names.len() == NAMES_MAX {
            self.entries.names.remove(0);
        }
        self.entries.names.push((id, name.to_owned()));
    }

    /// `log/delete`: entries are no longer true.
    pub(super) fn delete_log(&mut self, params: &LogDeleteParams) -> Result<(), Refusal> {
        let error = match (&params.log_id, params.all) {
            (Some(name), false) => Some(ErrorId::named(self.handler, name)),
            (None, true) => None,
            _ => return Err(Refusal::new(code::BAD_PARAMS, "needs either `log_id` or `all`")),
        };
        match self.manager.delete_log(error) {
            Outcome::OK => Ok(()),
            _ => Err(Refusal::new(code::BAD_PARAMS, "no entry has this `log_id`")),
        }
    }

    /// An error of the handler as a whole, with what it wrote to standard error.
    pub(super) fn explain(&mut self, cause: &str) {
        let text = format!("`{}` {}", self.settings.name, cut(cause, TEXT_MAX));
        let detail = EntryDetail { detail: self.stderr.text(), ..EntryDetail::default() };
        let level = if self.is_stopping() { LogLevel::Warning } else { LogLevel::Error };
        let _ = self.manager.log(level, &text, LogErrorInfo::default(), detail);
    }

    /// An error of an item for which the handler has logged none.
    pub(super) fn explain_item(&mut self, idx: usize, text: &str) {
        let Some(item) = self.run.as_mut().map(|run| &mut run.items[idx]) else { return };
        item.has_error = true;
        let item = item.text.clone();
        let text = text.to_owned();
        let (level, detail, class) = (Level::Error, None, None::<Class>);
        let params = LogParams {
            text,
            level,
            item: Some(item),
            detail,
            class,
            code: None,
            log_id: None,
            jump: false,
            actions: Vec::new(),
        };
        let _ = self.log(&params);
    }

    /// At the end of a run: what was counted and not kept, and which entries can be opened later.
    pub(super) fn close_entries(&mut self) {
        let counts = std::mem::take(&mut self.entries.counts);
        for (item, count) in counts.into_iter().filter(|(_, count)| count.more > 0) {
            let text = format!("and {} more from `{}`", count.more, self.settings.name);
            self.note(LogLevel::Warning, item, text);
        }
        if self.strays.n_seen > 1 {
            let more = self.strays.n_seen - 1;
            let text = format!("`{}` printed {more} more lines that are no messages", self.settings.name);
            self.note(LogLevel::Warning, None, text);
        }
        let names = std::mem::take(&mut self.entries.names);
        if !names.is_empty() {
            self.manager.keep_entries(&names);
        }
    }
}
