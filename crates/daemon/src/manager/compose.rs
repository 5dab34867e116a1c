//! From handlers we know to entries of a session.

use std::sync::Arc;
use std::time::Duration;

use syncmgr_engine::HandlerEntry;
use syncmgr_engine::process::{Limits, Manifest, ProcessFactory, ProcessSpec, Trust};
use syncmgr_store::Registration;

use super::Manager;
use super::handlers::{KnownHandler, Way, arguments, fingerprint};
use super::secrets::ConfiguredSecrets;
use crate::failure::Failure;
use crate::surroundings;
use crate::system::Class;

/// How long each step of ending a program takes that did not list its items in time.
const LISTING_STEP: Duration = Duration::from_secs(1);

/// How long a class may take to be loaded and initialized. It comes with libraries of its own, was written for a manager that waited, and
/// may set itself up the first time.
const LOADING_A_CLASS: Duration = Duration::from_secs(60);

impl Manager {
    /// A handler as it takes part in sessions.
    pub(super) fn entry(&mut self, handler: &KnownHandler) -> Result<HandlerEntry, Failure> {
        self.entry_within(handler, Limits::default())
    }

    /// A handler as it is asked for its items, by somebody who waits.
    pub(super) fn listing_entry(&mut self, handler: &KnownHandler) -> Result<HandlerEntry, Failure> {
        let Limits { initialize, .. } = Limits::default();
        let hurry = Limits { enumerate: initialize, step: LISTING_STEP, ..Limits::default() };
        self.entry_within(handler, hurry)
    }

    fn entry_within(&mut self, handler: &KnownHandler, limits: Limits) -> Result<HandlerEntry, Failure> {
        let mut entry = match &handler.way {
            Way::Process(registration) => self.process_entry(registration, limits)?,
            Way::Recipe(recipe) => self.recipe_entry(handler, recipe)?,
            Way::Class(class) => self.class_entry(handler, class, limits)?,
        };
        entry.remembered = self.read(|store| store.chosen(handler.id))?;
        Ok(entry)
    }

    fn process_entry(
        &mut self,
        registration: &Registration,
        limits: Limits,
    ) -> Result<HandlerEntry, Failure> {
        let name = &registration.name;
        let trusted = registration.trusted.as_ref().ok_or_else(|| {
            Failure::usage(format!("`{name}` is not trusted yet"))
                .hint(format!("`syncmgr handlers trust {name}` lets its program run"))
        })?;
        let config = self.config()?.handler(name);
        // What it declared when it was trusted counts: a manifest that grew since then has no effect.
        let manifest = trusted.manifest.as_deref().map_or(Ok(Manifest::default()), Manifest::parse);
        let mut manifest = manifest.map_err(|error| Failure::ours(error.to_string()))?;
        manifest.stall_after = config.stall_after.or(manifest.stall_after);
        manifest.grace = config.grace.or(manifest.grace);
        // Whoever writes down a secret for a handler lets that handler have it.
        for key in config.secrets.keys() {
            if !manifest.secrets.contains(key) {
                manifest.secrets.push(key.clone());
            }
        }
        let state_dir = self.surroundings.handler_dir(name);
        let mut spec = ProcessSpec::new(name, arguments(&registration.argv), &state_dir);
        spec.environment = surroundings::environment();
        spec.locale = surroundings::locale();
        spec.config = config.settings;
        spec.trusted = Trust::Fingerprint(fingerprint(trusted));
        spec.manifest = manifest;
        spec.limits = limits;
        spec.secrets = Arc::new(ConfiguredSecrets::new(config.secrets, self.surroundings.secrets_log()));
        let grace = spec.grace();
        let factory = Arc::new(ProcessFactory::new(spec));
        let entry = HandlerEntry::new(registration.handler, &registration.description, factory);
        Ok(HandlerEntry { grace: Some(grace), ..entry })
    }

    /// A class runs in this very program, so there is no other that could take its place and would have to be recognized.
    fn class_entry(
        &mut self,
        handler: &KnownHandler,
        class: &Class,
        limits: Limits,
    ) -> Result<HandlerEntry, Failure> {
        let config = self.config()?.handler(&handler.name);
        let mut spec =
            ProcessSpec::new(&handler.name, class.argv.clone(), self.surroundings.handler_dir(&class.key));
        spec.environment = surroundings::environment();
        spec.locale = surroundings::locale();
        spec.manifest.stall_after = config.stall_after;
        spec.manifest.grace = config.grace;
        spec.limits = Limits { initialize: LOADING_A_CLASS, ..limits };
        let grace = spec.grace();
        let entry = HandlerEntry::new(class.id, handler.description(), Arc::new(ProcessFactory::new(spec)));
        Ok(HandlerEntry { grace: Some(grace), ..entry })
    }
}
