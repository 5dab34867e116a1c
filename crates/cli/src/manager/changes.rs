//! Changes to what is configured and chosen.

use std::path::PathBuf;

use syncmgr_folders::{HANDLER_ID, check_pair, item_id_for_roots};
use syncmgr_store::{Tick, TickKey};
use syncmgr_wire::control::{Event, FolderRequest};
use syncmgr_wire::line;

use super::items::{KnownItem, Origin};
use super::select::optional;
use super::{Face, Manager};
use crate::config::edit::NewFolder;
use crate::config::{Config, FolderConfig, Schedule};
use crate::exit::Exit;
use crate::failure::Failure;

impl Manager {
    pub(super) fn add_folder(
        &mut self,
        request: FolderRequest,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let (left, right) = (PathBuf::from(request.left), PathBuf::from(request.right));
        let new = NewFolder {
            id: item_id_for_roots(&left, &right),
            left,
            right,
            name: request.name,
            mode: optional(request.mode.as_deref())?,
            conflict: optional(request.conflict.as_deref())?,
            durability: optional(request.durability.as_deref())?,
            ignore: request.ignore,
            schedule: Schedule { every: request.every, at: request.at, on: request.on },
        };
        let folder = FolderConfig::new(new).map_err(Failure::usage)?;
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

    pub(super) fn tick(
        &mut self,
        typed: &[String],
        ticked: bool,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let mut items = typed.iter().map(|typed| self.find(typed)).collect::<Result<Vec<_>, _>>()?;
        if let Some(adhoc) = items.iter().find(|item| item.origin == Origin::Adhoc) {
            return Err(Failure::usage(format!(
                "`{}` is not configured and cannot be ticked",
                adhoc.pair.name
            ))
            .hint("add it with `syncmgr add folder LEFT RIGHT`"));
        }
        self.write(|writer| {
            for item in &items {
                writer
                    .set_tick(&TickKey::MANUAL, Tick { handler: HANDLER_ID, item: item.pair.id, ticked })?;
            }
            Ok(())
        })?;
        for item in &mut items {
            item.ticked = ticked;
            face.hear(&Event::Item(item.to_line()));
        }
        Ok(Exit::InStep)
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
