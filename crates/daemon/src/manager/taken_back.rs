//! Handlers that the system registers and takes back without asking us.

use syncmgr_folders::HANDLER_ID;
use syncmgr_model::id::HandlerId;
use syncmgr_wire::control::Event;
use syncmgr_wire::line;

use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::system;

impl Manager {
    /// What the system has registered is there without a word of ours; of what it has no more, the choices go.
    pub(super) fn registered_elsewhere(
        &mut self,
        id: HandlerId,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let known = self.handlers()?.into_iter().find(|handler| handler.id == id);
        let text = match known {
            Some(handler) => format!("`{}` is a handler", handler.name),
            // The one that is part of the manager is registered nowhere.
            None if id == HANDLER_ID => return Ok(Exit::InStep),
            None => {
                self.write(|writer| writer.unregister(id))?;
                format!("`{id}` is no handler any more")
            }
        };
        face.hear(&Event::Done(line::Done { text, item: None }));
        Ok(Exit::InStep)
    }

    /// Forgets what was chosen about those that were taken back when nobody was there to hear of it, also if they are back.
    pub(super) fn forget_taken_back(&mut self) {
        for (handler, note) in system::taken_back(&self.surroundings.state_dir) {
            // What cannot be done now is done by whoever comes next.
            if self.write(|writer| writer.unregister(handler)).is_ok() {
                let _stays = std::fs::remove_file(note);
            }
        }
    }
}
