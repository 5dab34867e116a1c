//! Triggers: when sessions start by themselves. They are in the configuration; see [`crate::config`].

use std::collections::BTreeSet;

use syncmgr_model::tick::{Purpose, TickKey};
use syncmgr_wire::control::{Event, Marks, TriggerRequest};
use syncmgr_wire::line;

use super::{Face, Manager};
use crate::config::TriggerConfig;
use crate::exit::Exit;
use crate::failure::Failure;

/// The check marks that a request means.
pub(super) fn key(marks: &Marks) -> Result<TickKey, Failure> {
    let purpose = marks.purpose.as_deref().map_or(Ok(Purpose::Manual), str::parse);
    let purpose = purpose.map_err(|error| Failure::usage(error.to_string()))?;
    if purpose == Purpose::Manual && marks.connection.is_some() {
        return Err(Failure::usage("manual sessions have the same check marks on every connection")
            .hint("leave out `--connection`, or say what for with `--for`"));
    }
    Ok(TickKey::new(purpose, marks.connection.as_deref()))
}

impl Manager {
    pub(super) fn settings(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        for trigger in &self.config()?.triggers {
            face.hear(&Event::Trigger(trigger.to_line()));
        }
        Ok(Exit::InStep)
    }

    pub(super) fn set_trigger(
        &mut self,
        request: &TriggerRequest,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let key = trigger_key(&request.purpose, request.connection.as_deref())?;
        let config = self.config()?;
        let trigger = config.trigger(&key).cloned().unwrap_or_else(|| TriggerConfig::new(key));
        let changed = trigger.changed(request).map_err(Failure::usage)?;
        config.replace(&config.with_trigger(&changed)?)?;
        self.config = None;
        face.hear(&Event::Trigger(changed.to_line()));
        Ok(Exit::InStep)
    }

    pub(super) fn remove_trigger(
        &mut self,
        purpose: &str,
        connection: Option<&str>,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let key = trigger_key(purpose, connection)?;
        let config = self.config()?;
        if config.trigger(&key).is_none() {
            let on = connection.map_or(String::new(), |name| format!(" on `{name}`"));
            return Err(Failure::usage(format!("nothing is set for `{purpose}`{on}"))
                .hint("`syncmgr settings` lists what is"));
        }
        config.replace(&config.without_trigger(&key)?)?;
        self.config = None;
        face.hear(&Event::Done(line::Done {
            text: format!("nothing starts for `{purpose}` any more"),
            item: None,
        }));
        Ok(Exit::InStep)
    }

    /// The connections that something was chosen or set for.
    pub(super) fn connections(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        let set = self.config()?.triggers.iter().filter_map(|trigger| trigger.key.connection.clone());
        let mut names: BTreeSet<String> = set.collect();
        names.extend(self.read(|store| store.connections())?);
        for connection in names {
            face.hear(&Event::Connection(line::Connection {
                connection,
                kind: None,
                up: None,
                users: 0,
                text: String::new(),
            }));
        }
        Ok(Exit::InStep)
    }
}

fn trigger_key(purpose: &str, connection: Option<&str>) -> Result<TickKey, Failure> {
    let marks = Marks { purpose: Some(purpose.to_owned()), connection: connection.map(str::to_owned) };
    key(&marks)
}
