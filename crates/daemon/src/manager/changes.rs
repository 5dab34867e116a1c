//! Changes to what is configured and chosen.

use syncmgr_folders::{HANDLER_ID, check_pair, item_id_for_roots};
use syncmgr_model::tick::{Tick, TickKey};
use syncmgr_model::trigger::Settings;
use syncmgr_wire::control::{Event, FolderRequest, TickRequest};
use syncmgr_wire::line;

use super::item_settings::as_typed;
use super::items::{AnyItem, KnownItem, Origin};
use super::select::{optional, words};
use super::settings::key;
use super::{Face, Manager};
use crate::config::edit::NewFolder;
use crate::config::{Conditions, Config, FolderConfig, Schedule};
use crate::exit::Exit;
use crate::failure::Failure;

impl Manager {
    pub(super) fn add_folder(
        &mut self,
        request: FolderRequest,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let [left, right] = [request.left, request.right].map(|root| self.surroundings.as_typed(&root));
        let when = Conditions::from_texts(&request.when).map_err(as_typed)?;
        let new = NewFolder {
            id: item_id_for_roots(&left, &right),
            left,
            right,
            name: request.name,
            mode: optional(request.mode.as_deref())?,
            conflict: optional(request.conflict.as_deref())?,
            durability: optional(request.durability.as_deref())?,
            ignore: request.ignore,
            keep: words(&request.keep)?,
            schedule: Schedule {
                every: request.every,
                at: request.at,
                on: request.on,
                fresh: request.fresh,
                when,
                ..Schedule::default()
            },
        };
        let folder = FolderConfig::new(new).map_err(Failure::usage)?;
        if self.handler(&folder.pair.name)?.is_some() {
            return Err(Failure::usage(format!("the name `{}` is taken by a handler", folder.pair.name))
                .hint("give another one with `--name`"));
        }
        let config = self.config()?;
        refuse_taken(config, &folder)?;
        let others: Vec<_> = config.folders.iter().map(|folder| folder.pair.clone()).collect();
        check_pair(&folder.pair, &others)?;
        config.replace(&config.with_folder(&folder)?)?;
        self.config = None;
        let known = KnownItem {
            pair: folder.pair,
            schedule: folder.schedule,
            ticked: true,
            origin: Origin::Configured,
        };
        face.hear(&Event::Item(known.to_line()));
        Ok(Exit::InStep)
    }

    pub(super) fn remove(&mut self, typed: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let is_folder = self.known()?.iter().any(|item| item.pair.name == typed);
        if let (false, Some(handler)) = (is_folder, self.handler(typed)?) {
            return self.remove_recipe(&handler, face);
        }
        let item = self.find(typed)?;
        let id = item.pair.id;
        if item.origin == Origin::Configured {
            let config = self.config()?;
            config.replace(&config.without_folder(id)?)?;
            self.config = None;
        }
        self.write(|writer| writer.forget_item(HANDLER_ID, id))?;
        let text = format!("removed `{}`; its folders stay as they are", item.pair.name);
        face.hear(&Event::Done(line::Done { text, item: Some(id) }));
        Ok(Exit::InStep)
    }

    pub(super) fn tick(&mut self, request: &TickRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        let key = key(&request.marks)?;
        let items = request.items.iter().map(|typed| self.find_any(typed)).collect::<Result<Vec<_>, _>>()?;
        if let Some(adhoc) = items.iter().find(|item| !item.is_configured()) {
            return Err(Failure::usage(format!("`{}` is not configured and cannot be ticked", adhoc.name()))
                .hint("add it with `syncmgr add folder LEFT RIGHT`"));
        }
        let mut ticks = self.marks_in_force(&key, &items)?;
        for item in &items {
            ticks.retain(|tick| (tick.handler, tick.item) != (item.handler(), item.id()));
            ticks.push(Tick { handler: item.handler(), item: item.id(), ticked: request.ticked });
        }
        self.write(|writer| ticks.iter().try_for_each(|tick| writer.set_tick(&key, *tick)))?;
        for item in &items {
            let line = item.to_line();
            face.hear(&Event::Item(line::Item { ticked: request.ticked, remembered: false, ..line }));
        }
        Ok(Exit::InStep)
    }

    /// The check marks that hold without having been chosen, of handlers about which this is the first choice: until now
    /// what they registered for decides, and afterwards only what is stored.
    fn marks_in_force(&mut self, key: &TickKey, items: &[AnyItem]) -> Result<Vec<Tick>, Failure> {
        if *key == TickKey::MANUAL {
            return Ok(Vec::new());
        }
        let marks = self.marks(key)?;
        let is_first = |handler| {
            items.iter().any(|item| item.handler() == handler) && marks.settings(handler) == Settings::Unset
        };
        let first = self.remembered(key)?.into_iter().filter(|item| is_first(item.handler));
        Ok(first
            .map(|item| Tick { handler: item.handler, item: item.info.id, ticked: item.ticked })
            .collect())
    }
}

fn refuse_taken(config: &Config, new: &FolderConfig) -> Result<(), Failure> {
    if let Some(same) = config.folder(new.pair.id) {
        return Err(Failure::usage(format!(
            "these two folders are already configured as `{}`",
            same.pair.name
        ))
        .hint(format!("run it with `syncmgr sync {}`", same.pair.name)));
    }
    if config.folders.iter().any(|folder| folder.pair.name == new.pair.name) {
        return Err(Failure::usage(format!("the name `{}` is taken", new.pair.name))
            .hint("give another one with `--name`"));
    }
    Ok(())
}
