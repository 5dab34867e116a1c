//! Looks at everything that has to be right. What is wrong is an answer here, not a failure.

use std::fs;
use std::io;
use std::path::Path;

use syncmgr_folders::check_pair;
use syncmgr_model::fact::Side;
use syncmgr_store::{Soundness, Store};
use syncmgr_wire::control::Event;
use syncmgr_wire::line::{Check, Done, Handler, HandlerKind, HandlerState, Health};

use super::items::KnownItem;
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::phrases;
use crate::surroundings::{self, Surroundings};
use crate::system;

/// Below this much room a disk deserves a look.
const LITTLE_ROOM: u64 = 1_000_000_000;

impl Manager {
    pub(super) fn doctor(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        let mut checks = vec![self.check_configuration(), self.check_state_dir(), self.check_store()];
        // Without configuration or store there are no items to look at, and that has been said.
        for item in self.known().unwrap_or_default() {
            checks.extend(check_item(&item));
        }
        for handler in self.handlers().unwrap_or_default() {
            checks.push(check_handler(self.handler_line(&handler)));
        }
        let exit = match checks.iter().map(|check| check.health).max() {
            Some(Health::Failed) => Exit::Unfinished,
            _ => Exit::InStep,
        };
        for check in checks {
            face.hear(&Event::Check(check));
        }
        Ok(exit)
    }

    pub(super) fn set_store_aside(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        self.store = None;
        let dir = &self.surroundings.state_dir;
        let aside = Store::set_aside(dir, surroundings::now().as_millis()).map_err(|error| {
            Failure::ours(format!("the store in `{}` cannot be set aside", dir.display())).because(&error)
        })?;
        let text = format!("the store is kept as `{}`", aside.display());
        face.hear(&Event::Done(Done { text, item: None }));
        Ok(Exit::InStep)
    }

    fn check_configuration(&mut self) -> Check {
        let file = self.surroundings.config_file.display().to_string();
        match self.config() {
            Ok(config) if config.text.is_none() => {
                ok("configuration", format!("`{file}` is not there, which is fine"))
            }
            Ok(config) => ok(
                "configuration",
                format!("`{file}`, {}", phrases::count(config.folders.len() as u64, "folder")),
            ),
            Err(failure) => failed("configuration", failure),
        }
    }

    fn check_state_dir(&self) -> Check {
        let Surroundings { state_dir, .. } = &self.surroundings;
        let name = "state directory";
        let there = fs::create_dir_all(state_dir).and_then(|()| is_writable(state_dir));
        match there {
            Ok(()) => room(name, state_dir),
            Err(error) => {
                let failure = Failure::ours(format!("`{}` cannot be written: {error}", state_dir.display()));
                failed(name, failure.hint("check its rights, or name another with `--state-dir`"))
            }
        }
    }

    fn check_store(&mut self) -> Check {
        match self.read(|store| Ok((store.check()?, store.lease_holder()?))) {
            Ok((Soundness::Damaged(findings), _)) => {
                let failure = Failure::ours(format!("damaged: {}", findings.join("; ")));
                failed(
                    "store",
                    failure.hint("`syncmgr doctor --set-store-aside` keeps it and starts a new one"),
                )
            }
            Ok((Soundness::Sound, Some(holder))) => {
                ok("store", format!("sound; held by process {} on `{}`", holder.owner.pid, holder.owner.host))
            }
            Ok((Soundness::Sound, None)) => ok("store", "sound".to_owned()),
            Err(failure) => failed("store", failure),
        }
    }
}

/// The roots of an item, and that they make a pair.
fn check_item(item: &KnownItem) -> Vec<Check> {
    let pair = &item.pair;
    let mut checks = Vec::new();
    for (side, root) in [(Side::Left, &pair.left), (Side::Right, &pair.right)] {
        let name = format!("{} {side}", pair.name);
        checks.push(match is_writable(root) {
            Ok(()) => room(&name, root),
            Err(error) if root.is_dir() => Check {
                check: name,
                health: Health::Warning,
                text: format!("`{}` cannot be written: {error}", root.display()),
                hint: Some("a run can still read it; changes to it will fail".to_owned()),
            },
            Err(error) => Check {
                check: name,
                health: Health::Failed,
                text: format!("`{}`: {error}", root.display()),
                hint: Some(
                    "a run halts until the folder is there; mount it, or make it if it is meant to be empty"
                        .to_owned(),
                ),
            },
        });
    }
    if checks.iter().all(|check| check.health != Health::Failed)
        && let Err(error) = check_pair(pair, &[])
    {
        checks.push(failed(&pair.name, error.into()));
    }
    checks
}

/// Whether a handler's program is there and the one that was trusted. It is not started.
fn check_handler(handler: Handler) -> Check {
    let Handler { name, kind, state, description, program, problem, .. } = handler;
    let text = problem.unwrap_or_else(|| match (kind, program) {
        (HandlerKind::Recipe, _) => format!("recipe `{description}`"),
        (HandlerKind::Class, _) => format!("COM class `{description}`"),
        (_, Some(program)) => format!("`{program}`"),
        (_, None) => description,
    });
    let (health, hint) = match state {
        HandlerState::Enabled => (Health::Ok, None),
        HandlerState::Untrusted => (Health::Warning, None),
        HandlerState::Changed => (Health::Failed, None),
        HandlerState::Missing if kind == HandlerKind::Recipe => (Health::Failed, None),
        HandlerState::Missing => {
            let hint = format!("bring it back, or forget it with `syncmgr handlers unregister {name}`");
            (Health::Failed, Some(hint))
        }
    };
    Check { check: format!("handler {name}"), health, text, hint }
}

fn ok(check: &str, text: String) -> Check {
    Check { check: check.to_owned(), health: Health::Ok, text, hint: None }
}

fn failed(check: &str, failure: Failure) -> Check {
    let text = [vec![failure.headline], failure.causes].concat().join(": ");
    Check { check: check.to_owned(), health: Health::Failed, text, hint: failure.hint }
}

/// How much room there is around a directory that is fine otherwise.
fn room(check: &str, dir: &Path) -> Check {
    let shown = dir.display();
    let Some(free) = system::free_bytes(dir) else { return ok(check, format!("`{shown}`")) };
    let text = format!("`{shown}`, {} free", phrases::bytes(free));
    if free >= LITTLE_ROOM {
        return ok(check, text);
    }
    let hint = Some("make room before the next large run".to_owned());
    Check { check: check.to_owned(), health: Health::Warning, text, hint }
}

/// Whether the system would let us write there. Asked, not tried: a check leaves nothing behind.
fn is_writable(dir: &Path) -> io::Result<()> {
    if !fs::metadata(dir)?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no directory"));
    }
    system::is_writable(dir)
}
