//! [`ProcessFactory`]: makes handlers of a program. Each is one process, for one session.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crossbeam_channel::{Receiver, unbounded};
use syncmgr_child::{Child, Program, clean_environment, is_same_variable};
use syncmgr_handler::{Completeness, Enumeration, Handler, HandlerFactory, ParentToken, SyncCallback};
use syncmgr_model::event::{InitializeFlags, Modifiers};
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::item::HandlerInfo;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus;
use syncmgr_wire::protocol::PROTOCOL;
use syncmgr_wire::protocol::host::{InitializeParams, VersionRange, Window};
use syncmgr_wire::protocol::words::ItemNews;

use super::core::{Core, Introduction, Order, Refused, Settings, Told};
use super::fingerprint::Fingerprint;
use super::links::Links;
use super::pump::{Inbound, Post, Pump};
use super::spec::{ProcessSpec, Trust};
use super::states::{OpenError, States};

/// What the host offers.
const CAPS: &[&str] = &["ask", "dialog", "connect", "secret", "state", "conflict", "plan", "properties"];

/// Makes handlers of a program.
#[derive(Debug, Clone)]
pub struct ProcessFactory {
    spec: Arc<ProcessSpec>,
}

impl ProcessFactory {
    /// Handlers of this program.
    pub fn new(spec: ProcessSpec) -> Self {
        Self { spec: Arc::new(spec) }
    }
}

impl HandlerFactory for ProcessFactory {
    fn create(&self) -> Result<Box<dyn Handler>, String> {
        // Nothing is started yet: the process learns why it runs with its first line.
        Ok(Box::new(ProcessHandler { spec: self.spec.clone(), link: None, info: None, reason: None }))
    }
}

/// A handler whose calls are lines.
struct ProcessHandler {
    spec: Arc<ProcessSpec>,
    /// The process, from `initialize` on.
    link: Option<Link>,
    info: Option<Introduction>,
    reason: Option<String>,
}

struct Link {
    post: Post,
    told: Receiver<Told>,
    pump: Option<JoinHandle<Option<String>>>,
}

impl fmt::Debug for ProcessHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessHandler").field(&self.spec.name).finish()
    }
}

impl ProcessHandler {
    fn start(&self, flags: InitializeFlags) -> Result<Link, String> {
        let spec = &self.spec;
        check_trust(spec)?;
        let is_listing = flags.modifiers.contains(Modifiers::SETTINGS);
        let states = open_states(spec, is_listing)?;
        let program = Program {
            argv: spec.argv.clone(),
            env: environment(spec, &states),
            directory: states.files(),
            mark: mark()?,
        };
        let limits = spec.limits();
        let settings = Settings {
            name: spec.name.clone(),
            limits,
            may_bother_user: flags.may_bother_user(),
            is_dry_run: flags.is_dry_run(),
            secrets: spec.manifest.secrets.clone(),
        };
        let (post, inbound) = Post::new().map_err(|error| error.to_string())?;
        let (tell, told) = unbounded();
        let links = Links::new(spec.name.clone(), states, spec.secrets.clone(), tell, post.clone());
        let child =
            Child::spawn(&program).map_err(|error| format!("its program cannot be started: {error}"))?;
        let core = Core::new(settings, links, Instant::now());
        let pump = Pump::new(child, core, post.clone(), inbound, limits.line);
        let pump = pump.map_err(|error| format!("its program cannot be watched: {error}"))?;
        let name = format!("process-{}", spec.name.replace('\0', ""));
        let pump = thread::Builder::new().name(name).spawn(move || pump.run());
        let pump = pump.map_err(|error| format!("no thread for it: {error}"))?;
        Ok(Link { post, told, pump: Some(pump) })
    }

    fn initialize_params(&self, flags: InitializeFlags, cookie: Option<&[u8]>) -> InitializeParams {
        InitializeParams {
            protocol: VersionRange { min: PROTOCOL, max: PROTOCOL },
            reason: flags.event.into(),
            may_bother_user: flags.may_bother_user(),
            dry_run: flags.is_dry_run(),
            settings_only: flags.modifiers.contains(Modifiers::SETTINGS),
            locale: self.spec.locale.clone(),
            window: Window::default(),
            caps: CAPS.iter().map(|cap| (*cap).to_owned()).collect(),
            config: self.spec.config.clone(),
            cookie: cookie.map(|cookie| BASE64_STANDARD.encode(cookie)),
        }
    }

    fn order(&self, order: Order) -> Outcome {
        match &self.link {
            Some(link) => {
                link.post.send(Inbound::Order(order));
                Outcome::OK
            }
            None => Outcome::UNEXPECTED,
        }
    }

    /// Orders something that has a reply to wait for. The pump answers in any case: its deadlines see to that.
    fn order_and_wait(&self, order: Order) -> Option<Told> {
        let link = self.link.as_ref()?;
        link.post.send(Inbound::Order(order));
        link.told.recv().ok()
    }

    fn refused(&mut self, reason: impl Into<String>) -> Outcome {
        self.reason = Some(reason.into());
        Outcome::FAIL
    }
}

impl Handler for ProcessHandler {
    fn initialize(&mut self, flags: InitializeFlags, cookie: Option<&[u8]>) -> Outcome {
        match self.start(flags) {
            Ok(link) => self.link = Some(link),
            Err(reason) => return self.refused(reason),
        }
        let params = Box::new(self.initialize_params(flags, cookie));
        match self.order_and_wait(Order::Initialize(params)) {
            Some(Told::Initialized(Ok(introduction))) => {
                self.info = Some(introduction);
                Outcome::OK
            }
            Some(Told::Initialized(Err(Refused::Declined(text)))) => {
                self.reason = text;
                Outcome::FALSE
            }
            Some(Told::Initialized(Err(Refused::Failed(reason)))) => self.refused(reason),
            _ => self.refused("its line to the manager broke"),
        }
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        let introduction = self.info.as_ref().ok_or(Outcome::UNEXPECTED)?;
        let name = introduction.name.clone().unwrap_or_else(|| self.spec.name.clone());
        Ok(HandlerInfo { name, flags: introduction.flags })
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        match self.order_and_wait(Order::Enumerate) {
            Some(Told::Enumerated(Ok(listed))) => {
                let completeness =
                    if listed.partial { Completeness::MissingItems } else { Completeness::Complete };
                Ok(Enumeration { items: Box::new(listed.items.into_iter().map(Ok)), completeness })
            }
            Some(Told::Enumerated(Err(reason))) => Err(self.refused(reason)),
            _ => Err(self.refused("its line to the manager broke")),
        }
    }

    fn show_properties(&mut self, _parent: Option<ParentToken>, item: Option<ItemId>) -> Outcome {
        self.order(Order::Properties(item))
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        match &self.link {
            Some(link) => {
                link.post.send(Inbound::SetCallback(callback));
                Outcome::OK
            }
            None => Outcome::UNEXPECTED,
        }
    }

    fn prepare_for_sync(&mut self, items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        self.order(Order::Prepare(items.to_vec()))
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        self.order(Order::Sync)
    }

    fn set_item_status(&mut self, item: Option<ItemId>, _status: ItemStatus) -> Outcome {
        let news = if item.is_some() { ItemNews::Skip } else { ItemNews::Stop };
        self.order(Order::Notice(item, news))
    }

    fn show_error(&mut self, _parent: Option<ParentToken>, error: ErrorId) -> Outcome {
        self.order(Order::ShowError(error))
    }

    fn reason(&mut self) -> Option<String> {
        self.reason.take()
    }

    fn release(&mut self) -> Option<String> {
        self.link.as_mut()?.end()
    }
}

impl Link {
    /// Ends the process. Bounded by the steps that do so.
    fn end(&mut self) -> Option<String> {
        let pump = self.pump.take()?;
        self.post.send(Inbound::Order(Order::End));
        pump.join().unwrap_or_default()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The instance is gone only when its process is.
        let _ = self.end();
    }
}

fn check_trust(spec: &ProcessSpec) -> Result<(), String> {
    let Trust::Fingerprint(trusted) = &spec.trusted else { return Ok(()) };
    let now_is = Fingerprint::of(&spec.argv, &spec.environment).map_err(|error| error.to_string())?;
    if now_is == *trusted {
        return Ok(());
    }
    let changed = if now_is.program == trusted.program { "it has changed" } else { "it is another program" };
    Err(format!(
        "{changed} since it was trusted; look at it, then run `syncmgr handlers trust {}`",
        spec.name
    ))
}

fn open_states(spec: &ProcessSpec, is_listing: bool) -> Result<States, String> {
    let opened = match is_listing {
        true => States::open_for_listing(&spec.state_dir),
        false => States::open(&spec.state_dir),
    };
    opened.map_err(|error| match error {
        OpenError::Taken => "another session is using it; wait until that is over".to_owned(),
        OpenError::Io(error) => format!("its folder `{}` cannot be used: {error}", spec.state_dir.display()),
    })
}

/// The harmless part of the user's environment, what the manifest declares, and what is ours.
fn environment(spec: &ProcessSpec, states: &States) -> Vec<(OsString, OsString)> {
    let mut environment = clean_environment(spec.environment.iter().cloned());
    for (name, value) in &spec.environment {
        let is_declared = spec.manifest.env.iter().any(|declared| is_same_variable(name, declared.as_ref()));
        if is_declared && !environment.iter().any(|(known, _)| is_same_variable(known, name)) {
            environment.push((name.clone(), value.clone()));
        }
    }
    environment.push(("PYTHONUTF8".into(), "1".into()));
    environment.push(("SYNCMGR_PROTOCOL".into(), PROTOCOL.to_string().into()));
    environment.push(("SYNCMGR_STATE_DIR".into(), states.files().into_os_string()));
    environment
}

/// Names the run on this machine, so that whatever it leaves behind is found.
fn mark() -> Result<String, String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| "the system gives no random numbers".to_owned())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
