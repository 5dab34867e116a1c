//! When one item runs by itself: what is written about that in the configuration, and how it is changed.

use std::collections::BTreeMap;

use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Event, ItemRequest};
use syncmgr_wire::line;

use super::items::{AnyItem, Origin};
use super::{Face, Manager};
use crate::config::edit::Written;
use crate::config::{Config, ConfigError, Schedule};
use crate::exit::Exit;
use crate::failure::Failure;

/// An item, and where its schedule is written.
struct Scheduled {
    id: ItemId,
    name: String,
    /// Nowhere: it is in no configuration.
    written: Option<Written>,
    schedule: Schedule,
    /// Why it is written nowhere, and the way on.
    absent: Option<(String, String)>,
}

impl Manager {
    pub(super) fn item_settings(&mut self, typed: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let item = self.scheduled(typed)?;
        face.hear(&Event::ItemSettings(item.to_line()));
        Ok(Exit::InStep)
    }

    pub(super) fn set_item(&mut self, request: &ItemRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        let item = self.scheduled(&request.item)?;
        let Some(written) = &item.written else {
            let (text, hint) = item.absent.unwrap_or_default();
            return Err(Failure::usage(text).hint(hint));
        };
        self.check_after(&item.name, request.after.as_deref().unwrap_or_default())?;
        let home = self.surroundings.home.clone();
        let config = self.config()?;
        let text = config.with_schedule(written, request)?;
        // The same reader as for what people write: what it would refuse is refused before anything is written.
        let read = Config::parse(&config.path, text.clone(), home.as_deref()).map_err(as_typed)?;
        config.replace(&text)?;
        let schedule = read.schedule_at(written).cloned().unwrap_or_default();
        self.config = None;
        face.hear(&Event::ItemSettings(Scheduled { schedule, ..item }.to_line()));
        Ok(Exit::InStep)
    }

    /// Items that are not there would never make this one run.
    fn check_after(&mut self, name: &str, after: &[String]) -> Result<(), Failure> {
        for typed in after {
            if typed == name {
                return Err(Failure::usage(format!("`{name}` cannot run after itself")));
            }
            let named = self.find_any(typed)?.name();
            if named != *typed {
                return Err(Failure::usage(format!("write the item's name: `{named}`")));
            }
        }
        Ok(())
    }

    fn scheduled(&mut self, typed: &str) -> Result<Scheduled, Failure> {
        // A recipe has one schedule for all of its items: it may be named itself.
        let is_folder = self.known()?.iter().any(|item| item.pair.name == typed);
        if !is_folder
            && let Some(handler) = self.handler(typed)?
            && let Some(known) = self.of_recipe(typed, ItemId::from_bytes(*handler.id.as_bytes()), typed)?
        {
            return Ok(known);
        }
        match self.find_any(typed)? {
            AnyItem::Folder(item) => {
                let (id, name) = (item.pair.id, item.pair.name.clone());
                let is_configured = item.origin == Origin::Configured;
                let absent = (!is_configured).then(|| {
                    (
                        format!("`{name}` is not configured: it runs only when its two folders are named"),
                        "add it with `syncmgr add folder LEFT RIGHT`".to_owned(),
                    )
                });
                let written = is_configured.then_some(Written::Folder(id));
                Ok(Scheduled { id, name, written, schedule: item.schedule, absent })
            }
            AnyItem::Other(item) => {
                let (id, name, of) = (item.info.id, AnyItem::Other(item.clone()).name(), item.of);
                if let Some(known) = self.of_recipe(&of, id, &name)? {
                    return Ok(known);
                }
                let absent = Some((
                    format!("`{name}` is an item of the handler `{of}`, which has no schedule of its own"),
                    format!(
                        "tick it for a trigger: `syncmgr settings set --for schedule:NAME --every 1h`, then \
                         `syncmgr items tick {name} --for schedule:NAME`"
                    ),
                ));
                Ok(Scheduled { id, name, written: None, schedule: Schedule::default(), absent })
            }
        }
    }

    fn of_recipe(&mut self, recipe: &str, id: ItemId, name: &str) -> Result<Option<Scheduled>, Failure> {
        let recipe = self.config()?.recipes.iter().find(|known| known.name == recipe);
        Ok(recipe.map(|recipe| Scheduled {
            id,
            name: name.to_owned(),
            written: Some(Written::Recipe(recipe.name.clone())),
            schedule: recipe.schedule.clone(),
            absent: None,
        }))
    }
}

impl Scheduled {
    fn to_line(&self) -> line::ItemSettings {
        let Schedule { every, at, on, after, fresh, catch_up, when } = &self.schedule;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        line::ItemSettings {
            item: self.id,
            name: self.name.clone(),
            configured: self.written.is_some(),
            every: text(every),
            at: text(at),
            on: on.clone(),
            after: after.clone(),
            fresh: text(fresh),
            catch_up: catch_up.unwrap_or(true),
            when: when.texts().into_iter().collect::<BTreeMap<_, _>>(),
        }
    }
}

/// What the reader of the configuration refuses was just typed, and stands in no line yet.
pub(super) fn as_typed(error: ConfigError) -> Failure {
    match error {
        ConfigError::Wrong { place, text, hint } => {
            let text = match place.key {
                Some(key) => format!("`{key}`: {text}"),
                None => text,
            };
            let failure = Failure::usage(text);
            match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        }
        other => other.into(),
    }
}
