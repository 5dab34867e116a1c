//! Handlers besides folders: recipes from the configuration, programs that were registered.
//!
//! A program runs only as it was when somebody trusted it. What lies on `PATH` under the name `syncmgr-handler-NAME` is
//! listed and no more.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use syncmgr_engine::process::{Fingerprint, FingerprintError};
use syncmgr_model::flags::RegisterFlags;
use syncmgr_model::id::HandlerId;
use syncmgr_model::os_text;
use syncmgr_store::{Registration, Trusted};
use syncmgr_wire::control::{Event, RegisterRequest};
use syncmgr_wire::line::{self, HandlerKind, HandlerState};
use syncmgr_wire::path::PathText;

use super::{Face, Manager};
use crate::config::{RecipeConfig, check_name};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::surroundings;
use crate::system::{self, Class};

/// What a program on `PATH` is called that is a handler.
const PREFIX: &str = "syncmgr-handler-";

/// A handler that is not the folder handler.
#[derive(Debug, Clone)]
pub(super) struct KnownHandler {
    pub(super) id: HandlerId,
    pub(super) name: String,
    pub(super) way: Way,
}

/// How a handler gets in.
#[derive(Debug, Clone)]
pub(super) enum Way {
    Process(Registration),
    Recipe(RecipeConfig),
    Class(Class),
}

impl KnownHandler {
    /// What people are shown while it cannot be asked itself.
    pub(super) fn description(&self) -> String {
        match &self.way {
            Way::Process(registration) => registration.description.clone(),
            Way::Recipe(recipe) => recipe.recipe.clone(),
            Way::Class(_) => self.name.clone(),
        }
    }

    /// The events for which its items are ticked before the user chose.
    pub(super) fn events(&self) -> RegisterFlags {
        match &self.way {
            Way::Process(registration) => registration.events,
            Way::Recipe(_) => RegisterFlags::empty(),
            Way::Class(class) => class.events,
        }
    }

    /// Whether somebody has said that it may run; whether it still is what it was is looked at when it starts.
    pub(super) fn is_trusted(&self) -> bool {
        match &self.way {
            Way::Process(registration) => registration.trusted.is_some(),
            Way::Recipe(_) | Way::Class(_) => true,
        }
    }

    /// Refuses one that nobody trusts, and says what to do.
    pub(super) fn check_trusted(&self) -> Result<(), Failure> {
        if self.is_trusted() {
            return Ok(());
        }
        let name = &self.name;
        Err(Failure::usage(format!("`{name}` is not trusted yet, so its program is not started")).hint(
            format!("`syncmgr handlers` shows what it would run; `syncmgr handlers trust {name}` lets it"),
        ))
    }
}

/// How a registered program is now.
pub(super) struct Looked {
    pub(super) state: HandlerState,
    fingerprint: Option<Fingerprint>,
    pub(super) problem: Option<String>,
}

pub(super) fn look_at(registration: &Registration) -> Looked {
    let argv = arguments(&registration.argv);
    let trust = format!("`syncmgr handlers trust {}`", registration.name);
    match (Fingerprint::of(&argv, &surroundings::environment()), &registration.trusted) {
        (Err(error), _) => {
            let problem = Some(error.to_string());
            Looked { state: HandlerState::Missing, fingerprint: None, problem }
        }
        (Ok(now), None) => Looked {
            state: HandlerState::Untrusted,
            fingerprint: Some(now),
            problem: Some(format!("not trusted yet; {trust} lets it run")),
        },
        (Ok(now), Some(trusted)) if now == fingerprint(trusted) => {
            Looked { state: HandlerState::Enabled, fingerprint: Some(now), problem: None }
        }
        (Ok(now), Some(_)) => Looked {
            state: HandlerState::Changed,
            fingerprint: Some(now),
            problem: Some(format!("not the program that was trusted; {trust} lets it run as it is now")),
        },
    }
}

pub(super) fn fingerprint(trusted: &Trusted) -> Fingerprint {
    let program = PathBuf::from(os_text::from_bytes(trusted.program.clone()));
    Fingerprint { program, hash: trusted.hash }
}

pub(super) fn arguments(argv: &[Vec<u8>]) -> Vec<OsString> {
    argv.iter().cloned().map(os_text::from_bytes).collect()
}

impl Manager {
    /// The handlers besides folders: recipes as they are written, then programs as they were registered, then classes.
    pub(super) fn handlers(&mut self) -> Result<Vec<KnownHandler>, Failure> {
        let recipes = self.config()?.recipes.clone().into_iter().map(|recipe| KnownHandler {
            id: HandlerId::named(&recipe.name),
            name: recipe.name.clone(),
            way: Way::Recipe(recipe),
        });
        let recipes: Vec<_> = recipes.collect();
        let registered =
            self.read(|store| store.registrations())?.into_iter().map(|registration| KnownHandler {
                id: registration.handler,
                name: registration.name.clone(),
                way: Way::Process(registration),
            });
        // A recipe that was written later under a name that is registered: the configuration is what people look at.
        let registered: Vec<_> =
            registered.filter(|handler| recipes.iter().all(|recipe| recipe.id != handler.id)).collect();
        self.forget_taken_back();
        let mut handlers: Vec<_> = recipes.into_iter().chain(registered).collect();
        add_classes(&mut handlers, system::classes());
        Ok(handlers)
    }

    /// The handler of this name.
    pub(super) fn handler(&mut self, name: &str) -> Result<Option<KnownHandler>, Failure> {
        Ok(self.handlers()?.into_iter().find(|handler| handler.name == name))
    }

    /// A registered program, or a refusal that names the nearest.
    fn registered(&mut self, name: &str) -> Result<Registration, Failure> {
        let handlers = self.handlers()?;
        match handlers.iter().find(|handler| handler.name == name) {
            Some(KnownHandler { way: Way::Process(registration), .. }) => Ok(registration.clone()),
            Some(KnownHandler { way: Way::Class(_), .. }) => Err(Failure::usage(format!(
                "`{name}` is a COM class and needs neither trust nor registration"
            ))
            .hint("the installer that registered it takes it back")),
            Some(_) => {
                Err(Failure::usage(format!("`{name}` is a recipe and needs neither trust nor registration"))
                    .hint(format!("`syncmgr remove {name}` takes it out of the configuration")))
            }
            None => {
                let hint = match nearest(name, handlers.iter().map(|handler| handler.name.as_str())) {
                    Some(near) => format!("did you mean `{near}`? `syncmgr handlers` lists all"),
                    None => "`syncmgr handlers` lists them".to_owned(),
                };
                Err(Failure::usage(format!("no handler is called `{name}`")).hint(hint))
            }
        }
    }

    pub(super) fn list_handlers(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        let known = self.handlers()?;
        let names: BTreeSet<String> = known.iter().map(|handler| handler.name.clone()).collect();
        for handler in &known {
            face.hear(&Event::Handler(self.handler_line(handler)));
        }
        for (name, program) in on_path(surroundings::search_path()) {
            if !names.contains(&name) {
                face.hear(&Event::Handler(lying_line(&name, &program)));
            }
        }
        Ok(Exit::InStep)
    }

    pub(super) fn handler_line(&self, handler: &KnownHandler) -> line::Handler {
        let looked = match &handler.way {
            Way::Process(registration) => look_at(registration),
            Way::Recipe(_) => {
                let problem = self.recipe_problem(handler);
                let state = if problem.is_some() { HandlerState::Missing } else { HandlerState::Enabled };
                Looked { state, fingerprint: None, problem }
            }
            // It runs in this very program; whether it can be made shows when it is.
            Way::Class(_) => Looked { state: HandlerState::Enabled, fingerprint: None, problem: None },
        };
        let (kind, argv) = match &handler.way {
            Way::Process(registration) => (HandlerKind::Process, registration.argv.clone()),
            Way::Recipe(_) => (HandlerKind::Recipe, Vec::new()),
            Way::Class(class) => {
                let bytes = |word: &OsString| os_text::to_bytes(word).to_vec();
                (HandlerKind::Class, class.argv.iter().map(bytes).collect())
            }
        };
        line::Handler {
            handler: handler.id,
            name: handler.name.clone(),
            kind,
            state: looked.state,
            registered: true,
            description: handler.description(),
            argv: argv.iter().map(|argument| String::from_utf8_lossy(argument).into_owned()).collect(),
            program: looked.fingerprint.as_ref().map(|now| now.program.display().to_string()),
            hash: looked.fingerprint.as_ref().map(hex),
            problem: looked.problem,
            properties: false,
        }
    }

    pub(super) fn register(
        &mut self,
        request: &RegisterRequest,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        check_name(&request.name).map_err(Failure::usage)?;
        self.refuse_name_of_another_kind(&request.name)?;
        let typed = request.program.as_deref().map(|program| self.surroundings.as_typed(program));
        let given = request
            .argv
            .iter()
            .map(|text| PathText { text: text.clone(), escaped: request.escaped }.bytes().into_owned())
            .map(os_text::from_bytes);
        let argv: Vec<OsString> = typed.map(OsString::from).into_iter().chain(given).collect();
        let now = Fingerprint::of(&argv, &surroundings::environment()).map_err(|error| not_there(&error))?;
        let before = match self.handler(&request.name)? {
            Some(KnownHandler { way: Way::Process(registration), .. }) => Some(registration),
            _ => None,
        };
        let since = surroundings::now();
        // The program of an earlier registration stays trusted, if it is the very same.
        let kept = before.as_ref().and_then(|before| before.trusted.clone());
        let kept = kept.filter(|trusted| fingerprint(trusted) == now);
        let trusted = if request.trust { Some(trusted(&argv, now, since)?) } else { kept };
        let description = request.description.clone().or_else(|| before.map(|before| before.description));
        let registration = Registration {
            handler: HandlerId::named(&request.name),
            name: request.name.clone(),
            description: description.unwrap_or_else(|| request.name.clone()),
            events: events(&request.events)?,
            argv: argv.iter().map(|word| os_text::to_bytes(word).to_vec()).collect(),
            trusted,
            registered: since,
        };
        self.write(|writer| writer.register(&registration))?;
        self.tell_handler(&request.name, face)
    }

    /// The program of a registered handler, for a closer look at it.
    pub fn argv_of(&mut self, name: &str) -> Result<Option<Vec<OsString>>, Failure> {
        Ok(match self.handler(name)? {
            Some(KnownHandler { way: Way::Process(registration), .. }) => Some(arguments(&registration.argv)),
            _ => None,
        })
    }

    pub(super) fn trust(&mut self, name: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let known = self.handler(name)?;
        if known.is_none()
            && let Some((_, program)) =
                on_path(surroundings::search_path()).into_iter().find(|(n, _)| n == name)
        {
            let argv = vec![PathText::new(os_text::to_bytes(program.as_os_str()))];
            let request = RegisterRequest {
                name: name.to_owned(),
                escaped: argv.iter().any(|argument| argument.escaped),
                argv: argv.into_iter().map(|argument| argument.text).collect(),
                trust: true,
                ..RegisterRequest::default()
            };
            return self.register(&request, face);
        }
        let registration = self.registered(name)?;
        let argv = arguments(&registration.argv);
        let now = Fingerprint::of(&argv, &surroundings::environment()).map_err(|error| not_there(&error))?;
        let trusted = Some(trusted(&argv, now, surroundings::now())?);
        self.write(|writer| writer.register(&Registration { trusted, ..registration }))?;
        self.tell_handler(name, face)
    }

    pub(super) fn unregister(&mut self, name: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let registration = self.registered(name)?;
        self.write(|writer| writer.unregister(registration.handler))?;
        let kept = self.surroundings.handler_dir(name);
        let text = if kept.is_dir() {
            format!("`{name}` is no handler any more; what it kept stays in `{}`", kept.display())
        } else {
            format!("`{name}` is no handler any more")
        };
        face.hear(&Event::Done(line::Done { text, item: None }));
        Ok(Exit::InStep)
    }

    fn tell_handler(&mut self, name: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        if let Some(handler) = self.handler(name)? {
            face.hear(&Event::Handler(self.handler_line(&handler)));
        }
        Ok(Exit::InStep)
    }

    /// A name is one handler's, or one folder pair's.
    fn refuse_name_of_another_kind(&mut self, name: &str) -> Result<(), Failure> {
        let config = self.config()?;
        let taken = if config.folders.iter().any(|folder| folder.pair.name == name) {
            "a pair of folders"
        } else if config.recipes.iter().any(|recipe| recipe.name == name) {
            "a recipe"
        } else {
            return Ok(());
        };
        Err(Failure::usage(format!("the name `{name}` is taken by {taken}"))
            .hint("register it under another name"))
    }
}

/// Adds the classes under names that people know: what a class is registered as, where nothing else is called that, or its id.
fn add_classes(handlers: &mut Vec<KnownHandler>, classes: Vec<Class>) {
    for class in classes {
        let is_free = |name: &str| handlers.iter().all(|handler| handler.name != name);
        let described = Some(&class.description).filter(|name| check_name(name).is_ok() && is_free(name));
        let name = described.unwrap_or(&class.key).clone();
        handlers.push(KnownHandler { id: class.id, name, way: Way::Class(class) });
    }
}

/// What is trusted: the program as it is, with what its manifest declares.
fn trusted(
    argv: &[OsString],
    now: Fingerprint,
    since: syncmgr_model::time::Timestamp,
) -> Result<Trusted, Failure> {
    let manifest = manifest_beside(argv, &now.program).map_err(|(path, error)| {
        Failure::usage(format!("the manifest `{}` cannot be read", path.display())).because(&error)
    })?;
    if let Some(text) = &manifest {
        syncmgr_engine::process::Manifest::parse(text).map_err(|error| Failure::usage(error.to_string()))?;
    }
    Ok(Trusted {
        program: os_text::to_bytes(now.program.as_os_str()).to_vec(),
        hash: now.hash,
        manifest,
        since,
    })
}

/// The text of the manifest: the file with the ending `.toml` beside the script, or beside the program if that is started
/// without one.
fn manifest_beside(argv: &[OsString], program: &Path) -> Result<Option<String>, (PathBuf, std::io::Error)> {
    let script =
        argv.iter().skip(1).map(Path::new).find(|argument| argument.is_absolute() && argument.is_file());
    let path = script.unwrap_or(program).with_extension("toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err((path, error)),
    }
}

fn not_there(error: &FingerprintError) -> Failure {
    Failure::usage(error.to_string()).hint("name a program by its path, or one that is on `PATH`")
}

fn events(words: &[String]) -> Result<RegisterFlags, Failure> {
    words
        .iter()
        .map(|word| match word.as_str() {
            "connect" | "logon" => Ok(RegisterFlags::CONNECT),
            "pending_disconnect" | "disconnect" | "logoff" => Ok(RegisterFlags::PENDING_DISCONNECT),
            "idle" => Ok(RegisterFlags::IDLE),
            other => Err(Failure::usage(format!("`{other}` is no event to register for"))
                .hint("it is one of connect, disconnect, idle")),
        })
        .collect()
}

fn hex(fingerprint: &Fingerprint) -> String {
    fingerprint.hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A handler that only lies on `PATH`.
fn lying_line(name: &str, program: &Path) -> line::Handler {
    let now = Fingerprint::of(&[program.into()], &[]).ok();
    line::Handler {
        handler: HandlerId::named(name),
        name: name.to_owned(),
        kind: HandlerKind::Process,
        state: HandlerState::Untrusted,
        registered: false,
        description: name.to_owned(),
        argv: vec![program.display().to_string()],
        program: now.as_ref().map(|now| now.program.display().to_string()),
        hash: now.as_ref().map(hex),
        problem: Some(format!("lies on `PATH`; `syncmgr handlers trust {name}` makes it a handler")),
        properties: false,
    }
}

/// Programs on the search path that are called like handlers, each name once: what comes first is what would run.
fn on_path(dirs: Vec<PathBuf>) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for dir in dirs {
        // A directory that is not there or cannot be listed holds nothing for us.
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        let mut here: Vec<_> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = system::program_name(&entry.path())?.strip_prefix(PREFIX)?.to_owned();
                (system::is_program(&entry.path()) && check_name(&name).is_ok()).then(|| (name, entry.path()))
            })
            .collect();
        here.sort();
        for (name, program) in here {
            if found.iter().all(|(known, _)| *known != name) {
                found.push((name, program));
            }
        }
    }
    found
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn class(number: u128, description: &str) -> Class {
        Class {
            id: HandlerId::from_u128(number),
            key: format!("key-{number}"),
            description: description.to_owned(),
            events: RegisterFlags::empty(),
            argv: vec!["syncmgr".into()],
        }
    }

    #[test]
    fn a_class_is_called_what_it_is_registered_as_where_nothing_else_is() {
        let mut handlers = Vec::new();
        add_classes(&mut handlers, vec![class(1, "Notes"), class(2, "Notes"), class(3, ""), class(4, "a/b")]);
        let names: Vec<_> = handlers.iter().map(|handler| handler.name.as_str()).collect();
        assert_eq!(names, ["Notes", "key-2", "key-3", "key-4"]);
        assert!(handlers.iter().all(KnownHandler::is_trusted));
    }

    #[test]
    fn programs_on_the_path_are_found_once_and_only_if_they_can_run() {
        let dir = tempfile::tempdir().unwrap();
        let program = |folder: &str, name: &str, mode: u32| {
            let folder = dir.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join(name);
            std::fs::write(&path, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        program("first", "syncmgr-handler-notes", 0o755);
        program("first", "syncmgr-handler-text", 0o644);
        program("second", "syncmgr-handler-notes", 0o755);
        program("second", "syncmgr-handler-mail", 0o755);
        program("second", "other", 0o755);
        let dirs = ["first", "missing", "second"].map(|name| dir.path().join(name)).to_vec();
        assert_eq!(
            on_path(dirs),
            [
                ("notes".to_owned(), dir.path().join("first/syncmgr-handler-notes")),
                ("mail".to_owned(), dir.path().join("second/syncmgr-handler-mail")),
            ]
        );
    }
}
