//! Which items there are, and which one is meant.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use syncmgr_folders::{HANDLER_ID, PairConfig};
use syncmgr_model::id::ItemId;
use syncmgr_model::item::CheckState;
use syncmgr_store::{AdhocPair, TickKey};
use syncmgr_wire::path::PathText;
use syncmgr_wire::{control, line};

use super::{Face, Manager};
use crate::config::Schedule;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::nearest::nearest;

/// A pair we know, and from where.
#[derive(Debug, Clone)]
pub(super) struct KnownItem {
    pub(super) pair: PairConfig,
    pub(super) schedule: Schedule,
    pub(super) ticked: bool,
    pub(super) origin: Origin,
}

/// Why we know a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is written in the configuration.
    Configured,
    /// It was once synchronized by its paths.
    Adhoc,
}

impl KnownItem {
    pub(super) fn to_line(&self) -> line::Item {
        use std::os::unix::ffi::OsStrExt;
        let PairConfig { id, name, left, right, mode, .. } = &self.pair;
        let (left, right, escaped) =
            PathText::pair(left.as_os_str().as_bytes(), right.as_os_str().as_bytes());
        line::Item {
            item: *id,
            handler: HANDLER_ID,
            name: name.clone(),
            ticked: self.ticked,
            configured: self.origin == Origin::Configured,
            left,
            right,
            mode: mode.to_string(),
            schedule: self.schedule.words(),
            escaped,
        }
    }
}

impl Manager {
    /// The configured items with the user's ticks, in the order they are written.
    pub(super) fn configured(&mut self) -> Result<Vec<KnownItem>, Failure> {
        let folders = self.config()?.folders.clone();
        if folders.is_empty() {
            return Ok(Vec::new());
        }
        let ticks = self.read(|store| store.ticks(&TickKey::MANUAL))?;
        let ticked = |pair: &PairConfig| {
            let chosen = ticks.iter().find(|tick| tick.handler == HANDLER_ID && tick.item == pair.id);
            chosen.map_or(pair.state == CheckState::Checked, |tick| tick.ticked)
        };
        Ok(folders
            .into_iter()
            .map(|folder| KnownItem {
                ticked: ticked(&folder.pair),
                pair: folder.pair,
                schedule: folder.schedule,
                origin: Origin::Configured,
            })
            .collect())
    }

    /// All items: configured ones first, then remembered ones, the last used first.
    pub(super) fn known(&mut self) -> Result<Vec<KnownItem>, Failure> {
        let mut known = self.configured()?;
        for adhoc in self.read(|store| store.adhoc_pairs())? {
            if known.iter().all(|item| item.pair.id != adhoc.item) {
                known.push(from_adhoc(adhoc));
            }
        }
        Ok(known)
    }

    /// The item meant by a name or an id. Names win, and configured items before remembered ones.
    pub(super) fn find(&mut self, typed: &str) -> Result<KnownItem, Failure> {
        let known = self.known()?;
        let id = typed.parse::<ItemId>().ok();
        let named = known.iter().find(|item| item.pair.name == typed);
        if let Some(item) = named.or_else(|| known.iter().find(|item| Some(item.pair.id) == id)) {
            return Ok(item.clone());
        }
        let near = nearest(typed, known.iter().map(|item| item.pair.name.as_str()));
        let hint = match near {
            Some(near) => format!("did you mean `{near}`? `syncmgr items` lists all"),
            None if known.is_empty() => "add one with `syncmgr add folder LEFT RIGHT`".to_owned(),
            None => "`syncmgr items` lists them; a folder is written with a `/` in it".to_owned(),
        };
        Err(Failure::usage(format!("no item is called `{typed}`")).hint(hint))
    }

    /// The items meant, or all of them.
    pub(super) fn find_or_all(&mut self, typed: Option<&str>) -> Result<Vec<KnownItem>, Failure> {
        match typed {
            Some(typed) => Ok(vec![self.find(typed)?]),
            None => self.known(),
        }
    }

    pub(super) fn items(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        for item in self.known()? {
            face.hear(&control::Event::Item(item.to_line()));
        }
        Ok(Exit::InStep)
    }
}

fn from_adhoc(adhoc: AdhocPair) -> KnownItem {
    let root = |bytes| PathBuf::from(OsString::from_vec(bytes));
    let mut pair = PairConfig::new(adhoc.item, adhoc.name, root(adhoc.left), root(adhoc.right));
    // A word of a newer version that we do not know: the mode that loses nothing.
    pair.mode = adhoc.mode.parse().unwrap_or(pair.mode);
    pair.ignore = adhoc.ignore;
    KnownItem { pair, schedule: Schedule::default(), ticked: false, origin: Origin::Adhoc }
}
