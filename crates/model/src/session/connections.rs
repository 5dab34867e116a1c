//! Connections opened on behalf of handlers: kept until all are through, then closed.

use std::collections::BTreeMap;

use super::Machine;
use super::effect::Effect;
use super::input::Answer;
use super::instance::Stage;
use super::machine::Standing;
use super::words::{Connecting, InstanceIdx};
use crate::outcome::Outcome;

/// The connections opened for this session, by name; for each how often it was opened and has to be closed. One that was
/// up before is not ours and not noted.
#[derive(Debug, Default)]
pub(super) struct Connections {
    opened: BTreeMap<Option<String>, u32>,
}

impl Machine {
    pub(super) fn connection_asked(&mut self, instance: InstanceIdx, name: Option<String>) -> Answer {
        let at = self.at(instance);
        if !at.is_running() && !matches!(at.stage, Stage::ShowingError(_)) {
            return Answer::Outcome(Outcome::UNEXPECTED);
        }
        if name.as_deref() == Some("") {
            return Answer::Outcome(Outcome::INVALID_ARGUMENT);
        }
        if self.standing == Standing::Stopping {
            return Answer::Outcome(Outcome::FAIL);
        }
        // One of ours is up until everybody is through. One that was up before may be gone by now: look again.
        if self.connections.opened.contains_key(&name) {
            Answer::Outcome(Outcome::OK)
        } else {
            Answer::Connect
        }
    }

    pub(super) fn connection_tried(
        &mut self,
        instance: InstanceIdx,
        name: Option<String>,
        result: Connecting,
    ) -> Outcome {
        match result {
            // Also when it comes too late for the one who asked: what was opened has to be closed.
            Connecting::Opened => *self.connections.opened.entry(name).or_default() += 1,
            Connecting::AlreadyUp => {}
            Connecting::UnknownName => return Outcome::INVALID_ARGUMENT,
            Connecting::Failed => return Outcome::FAIL,
        }
        if self.standing == Standing::Stopping || !self.at(instance).is_busy() {
            return Outcome::FAIL;
        }
        Outcome::OK
    }

    pub(super) fn close_connections(&mut self) {
        for (name, n_opened) in std::mem::take(&mut self.connections.opened) {
            for _ in 0..n_opened {
                self.effects.push(Effect::CloseConnection(name.clone()));
            }
        }
    }
}
