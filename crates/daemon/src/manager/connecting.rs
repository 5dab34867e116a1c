//! Connections by name: how they are, and up or down by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use syncmgr_wire::control::Event;
use syncmgr_wire::line;

use super::{Face, Manager};
use crate::connections::{Connections, HandError};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::nearest::nearest;

impl Manager {
    /// The connections that are configured, then others that something was chosen or set for.
    pub(super) fn connections(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        let config = self.config()?;
        let (configured, triggers) = (config.connections.clone(), &config.triggers);
        let set = triggers.iter().filter_map(|trigger| trigger.key.connection.clone());
        let mut others: BTreeSet<String> = set.collect();
        others.extend(self.read(|store| store.connections())?);
        let connections = match &self.connections {
            Some(connections) => {
                connections.configure(&configured);
                Arc::clone(connections)
            }
            None => Arc::new(Connections::new(&configured)),
        };
        for line in connections.look() {
            others.remove(&line.connection);
            face.hear(&Event::Connection(line));
        }
        for connection in others {
            let (kind, text) = (None, String::new());
            face.hear(&Event::Connection(line::Connection { connection, kind, up: None, users: 0, text }));
        }
        Ok(Exit::InStep)
    }

    pub(super) fn connect(&mut self, name: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let connections = self.shared_connections()?;
        let line = connections.take_by_hand(name).map_err(|error| self.not_by_hand(name, error))?;
        face.hear(&Event::Connection(line));
        Ok(Exit::InStep)
    }

    pub(super) fn disconnect(&mut self, name: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let connections = self.shared_connections()?;
        let line = connections.let_go_by_hand(name).map_err(|error| self.not_by_hand(name, error))?;
        face.hear(&Event::Connection(line));
        Ok(Exit::InStep)
    }

    /// Those that outlive a command.
    fn shared_connections(&mut self) -> Result<Arc<Connections>, Failure> {
        let connections = self.connections.clone().ok_or_else(|| {
            Failure::usage("no daemon is running, and without one nobody would keep the connection")
                .exits(Exit::Unfinished)
                .hint("`syncmgr daemon start` starts one; sessions open what they need by themselves")
        })?;
        connections.configure(&self.config()?.connections);
        Ok(connections)
    }

    fn not_by_hand(&mut self, name: &str, error: HandError) -> Failure {
        match error {
            HandError::Unknown => {
                let known: Vec<String> = match self.config() {
                    Ok(config) => config.connections.iter().map(|known| known.name.clone()).collect(),
                    Err(failure) => return failure,
                };
                let hint = match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`? `syncmgr connections` lists all"),
                    None => "`[[connection]]` in the configuration describes one".to_owned(),
                };
                Failure::usage(format!("no connection is configured as `{name}`")).hint(hint)
            }
            HandError::DoesNotComeUp => Failure::usage(format!("`{name}` does not come up"))
                .exits(Exit::Unfinished)
                .hint("`syncmgr connections` says what was tried; try its `up` command by hand"),
            HandError::NotTaken => Failure::usage(format!("`{name}` was not brought up by hand"))
                .exits(Exit::Unfinished)
                .hint("what a session opened goes down after it; what was up before is left alone"),
        }
    }
}
