//! The loop of the daemon: what happens goes in, the keeper decides, and what it says is done.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, select};
use jiff::tz::TimeZone;
use syncmgr_keeper::{Effect, Happening, Keeper, KeeperOptions, KeptItem, Leaving, Logon, Pause, World};
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;
use syncmgr_sources::Sign;
use syncmgr_store::Pause as KeptPause;

use super::inward::{Inward, View};
use super::kept;
use super::listening::{Listening, Meant};
use super::office::Office;
use super::own_run::OwnRun;
use super::rules::{Ruled, connections_first, rules};
use super::seen::{Reloaded, Seen};
use super::signs::Picture;
use crate::config::{Config, HookConfig, TriggerConfig};
use crate::failure::Failure;
use crate::manager::{Before, Manager};
use crate::surroundings::{self, Surroundings};
use crate::system::{self, Alarm, ServiceState};
use crate::telling;

/// How long logoff and sleep are held up at most.
const HOLD_LIMIT: Duration = Duration::from_secs(30);
/// What is left of the time that the system gives, to write down how it ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long they are held up where the system waits for `longest`: whoever takes longer is cut off in the middle.
fn hold_limit(longest: Option<Duration>) -> Duration {
    longest.map_or(HOLD_LIMIT, |longest| HOLD_LIMIT.min(longest.saturating_sub(LAST_WORDS)))
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    End,
}

/// The loop and all it holds.
pub(super) struct Keeping {
    keeper: Keeper,
    picture: Picture,
    items: Vec<Ruled>,
    triggers: Vec<TriggerConfig>,
    /// The connections that are held by hand.
    held: BTreeSet<String>,
    reloaded: Arc<Reloaded>,
    /// What faces know.
    seen: Seen,
    /// How many of them run by themselves.
    n_ruled: u64,
    /// The hooks in force.
    hooks: Vec<HookConfig>,
    /// Where commands of hooks run.
    state_dir: PathBuf,
    kept: HashMap<ItemId, KeptItem>,
    next_wake: Option<Timestamp>,
    office: Arc<Office>,
    manager: Manager,
    listening: Listening,
    alarm: Alarm,
    /// How often somebody wants to see that this loop turns.
    watchdog: Option<Duration>,
    phase: Phase,
}

/// Whether sessions may still begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Working,
    Ending,
}

impl Keeping {
    pub(super) fn new(
        surroundings: &Surroundings,
        config: Config,
        office: &Arc<Office>,
        signs: Sender<Sign>,
    ) -> Result<Self, Failure> {
        let mut manager = Manager::new(surroundings.clone());
        manager.begin_with(config);
        let logon = match manager.stay()? {
            Before::Ended => Logon::Now,
            Before::CutOff => Logon::Earlier,
        };
        for interrupted in manager.find_interrupted()? {
            surroundings::log(&format!("session {} was cut off", interrupted.record.row.id));
        }
        manager.prune_decisions()?;
        let stored = manager.kept()?;
        let kept: Vec<KeptItem> = stored.iter().map(kept::from_store).collect();
        let way = office.way.clone();
        let alarm = Alarm::new(move || way.tell(Inward::Moment))
            .map_err(|error| Failure::ours("no alarm can be set").because(&error))?;
        let listening = Listening::start(signs, &surroundings.config_file);
        let hold_limit = hold_limit(listening.longest_hold());
        let options = KeeperOptions { zone: TimeZone::system(), hold_limit };
        let keeper = Keeper::new(options, Vec::new(), kept.clone());
        let mut keeping = Self {
            keeper,
            picture: Picture::default(),
            items: Vec::new(),
            triggers: Vec::new(),
            held: BTreeSet::new(),
            reloaded: Arc::default(),
            seen: Seen::default(),
            n_ruled: 0,
            hooks: Vec::new(),
            state_dir: surroundings.state_dir.clone(),
            kept: kept.into_iter().map(|item| (item.item, item)).collect(),
            next_wake: None,
            office: Arc::clone(office),
            manager,
            listening,
            alarm,
            watchdog: system::watchdog(),
            phase: Phase::Working,
        };
        keeping.reload()?;
        keeping.go_on_pausing()?;
        let world = keeping.world();
        keeping.happen(Happening::Started { logon, world });
        // What holds at the start is no difference to anybody.
        keeping.seen = keeping.look();
        Ok(keeping)
    }

    /// A pause goes on where the daemon before this one left it.
    fn go_on_pausing(&mut self) -> Result<(), Failure> {
        let Some(kept) = self.manager.pause()? else { return Ok(()) };
        if kept.until.is_some_and(|until| until <= surroundings::now()) {
            return self.manager.set_pause(None);
        }
        self.office.pause_is(Pause::Until(kept.until));
        self.happen(Happening::Paused { until: kept.until });
        Ok(())
    }

    /// Works until it is told to end.
    pub(super) fn go(&mut self, signs: &Receiver<Sign>, inward: &Receiver<Inward>) {
        loop {
            let next = select! {
                recv(signs) -> sign => match sign {
                    Ok(sign) => { self.sign(&sign); Next::Go }
                    Err(_) => Next::End,
                },
                recv(inward) -> inward => match inward {
                    Ok(question) if question.asks() => {
                        self.take(question);
                        continue;
                    }
                    Ok(inward) => self.take(inward),
                    Err(_) => Next::End,
                },
            };
            if next == Next::End {
                return;
            }
            self.office.way.has_news();
            self.tell_differences();
        }
    }

    /// Takes what comes while the daemon ends: only what became of sessions counts.
    pub(super) fn take_last(&mut self, inward: Inward) {
        self.phase = Phase::Ending;
        // Who asks something else is told by silence.
        if matches!(inward, Inward::Began { .. } | Inward::Ended(_) | Inward::View(_) | Inward::Why(..)) {
            self.take(inward);
        }
    }

    /// Writes down that it ended in order.
    pub(super) fn leave(&mut self) {
        if let Err(failure) = self.manager.leave() {
            surroundings::log(&format!("the end could not be written down: {}", failure.headline));
        }
    }

    fn take(&mut self, inward: Inward) -> Next {
        match inward {
            Inward::Began { items, trigger } => self.happen(Happening::RunBegan { items, trigger }),
            Inward::Ended(results) => self.happen(Happening::RunEnded { results }),
            Inward::Moment => {
                if self.watchdog.is_some() {
                    system::tell_service(ServiceState::Alive);
                }
                if let Some(load) = surroundings::load_percent() {
                    self.picture.world.load_percent = Some(load);
                    self.happen(Happening::World(self.world()));
                }
                self.happen(Happening::Moment);
            }
            Inward::Reload => self.reload_or_tell(),
            Inward::Why(item, answer) => {
                let is_known = self.items.iter().any(|known| known.item == item);
                let why = is_known.then(|| self.keeper.why(item, surroundings::now()));
                // Whoever asked may have gone.
                let _gone = answer.send(why);
            }
            Inward::View(answer) => {
                let _gone = answer.send(Arc::new(self.view()));
            }
            Inward::Pause(pause, answer) => {
                let _gone = answer.send(self.pause(pause));
            }
            Inward::Connections => self.hands(),
            Inward::Obstacles(items, answer) => {
                let _gone = answer.send(self.keeper.obstacles_to_connect(&items, surroundings::now()));
            }
            Inward::Shutdown => return Next::End,
        }
        Next::Go
    }

    /// Holds what runs and lets nothing start, or ends that. It is remembered first: also a daemon that is killed in the middle
    /// of this leaves things as they were asked for.
    fn pause(&mut self, pause: Pause) -> Result<(), String> {
        let since = surroundings::now();
        let kept = match pause {
            Pause::Off => None,
            Pause::Until(until) => Some(KeptPause { item: None, since, until, reason: None }),
        };
        self.manager.set_pause(kept.as_ref()).map_err(|failure| failure.headline)?;
        self.office.pause_is(pause);
        match pause {
            Pause::Off => {
                self.office.let_session_go_on();
                self.happen(Happening::Continued);
            }
            Pause::Until(until) => {
                // A pause that is over at once ends in the step.
                self.office.hold_session();
                self.happen(Happening::Paused { until });
            }
        }
        Ok(())
    }

    /// Something about the connections is different: what hands hold is up for everybody.
    fn hands(&mut self) {
        let held = self.office.connections.held();
        if held != self.held {
            self.held = held;
            self.happen(Happening::World(self.world()));
        }
    }

    /// What holds in the world, for the keeper.
    fn world(&self) -> World {
        let world = &self.picture.world;
        World { connections: self.office.connections.names_up(&world.connections), ..world.clone() }
    }

    /// What faces show, as it is now.
    fn look(&self) -> Seen {
        let world = &self.picture.world;
        Seen {
            reloaded: Arc::clone(&self.reloaded),
            late: self.late_items(),
            next_runs: self.keeper.next_runs(surroundings::now()).collect(),
            online: world.online,
            connections: world.connections.clone(),
            users: self.office.connections.users(),
            pause: self.keeper.pause(),
            sources: self.listening.lines(),
        }
    }

    fn tell_differences(&mut self) {
        let seen = self.look();
        self.seen.differences(&seen).into_iter().for_each(|what| self.office.tell_changed(what));
        self.seen = seen;
    }

    fn late_items(&self) -> BTreeMap<ItemId, Timestamp> {
        self.kept.values().filter_map(|item| Some((item.item, item.late_since?))).collect()
    }

    fn sign(&mut self, sign: &Sign) {
        match sign {
            Sign::Absent { source, why } | Sign::SourceLost { source, why } => {
                self.listening.source(*source, why);
            }
            Sign::Changed(changed) => match self.listening.changed(changed) {
                Meant::Configuration => self.reload_or_tell(),
                Meant::Item(item, side, root) => {
                    self.office.watching().report(item, side, &root, &changed.changes);
                    self.happen(Happening::Changed { item });
                }
                Meant::Nothing => {}
            },
            Sign::VolumeAppeared { mount_point } => {
                self.office.watching().doubt();
                self.volume(mount_point);
            }
            sign => {
                if matches!(sign, Sign::Resumed | Sign::VolumeGone { .. }) {
                    self.office.watching().doubt();
                }
                if let Some(happening) = self.picture.take(sign, surroundings::now()) {
                    let happening = match happening {
                        Happening::World(_) => Happening::World(self.world()),
                        happening => happening,
                    };
                    let is_back = matches!(happening, Happening::Resumed | Happening::LogoffCanceled);
                    self.happen(happening);
                    if is_back {
                        self.listening.hold();
                    }
                }
            }
        }
    }

    /// A volume that holds a root, or is one, makes its item due.
    fn volume(&mut self, mount_point: &Path) {
        let holds = |root: &&String| Path::new(root.as_str()).starts_with(mount_point);
        let roots: Vec<String> =
            self.items.iter().flat_map(|item| item.roots.iter().filter(holds)).cloned().collect();
        for path in roots {
            self.happen(Happening::VolumeAppeared { path });
        }
        // Roots that were away are watched anew.
        self.watch();
    }

    fn reload_or_tell(&mut self) {
        match self.reload() {
            Ok(()) => self.office.set_problems(Vec::new()),
            Err(failure) => {
                let text = format!("the configuration is not in force: {}", failure.headline);
                surroundings::log(&text);
                self.office.set_problems(vec![text]);
            }
        }
    }

    fn reload(&mut self) -> Result<(), Failure> {
        let config = self.manager.configuration()?;
        self.items = self.manager.ruled_items()?;
        self.reloaded = Arc::new(Reloaded { config: config.text.clone(), choices: self.manager.choices()? });
        self.office.connections.configure(&config.connections);
        let rules = rules(&self.items, &config.triggers);
        self.n_ruled = rules.iter().filter(|rule| !rule.triggers.is_empty()).count() as u64;
        if self.hooks != config.hooks {
            let hooks = match config.hooks.is_empty() {
                true => None,
                false => Some(telling::start(&config.hooks, &self.state_dir)?),
            };
            self.office.tell_with(hooks);
            self.hooks = config.hooks;
        }
        self.triggers = config.triggers;
        self.happen(Happening::RulesChanged(rules));
        // Other ignore rules, other modes: what was left alone may count now.
        self.office.watching().doubt();
        self.watch();
        Ok(())
    }

    /// Watches the folders of items that run on changes.
    fn watch(&mut self) {
        let on_change = |item: &&Ruled| item.schedule.on.iter().any(|on| on == "change");
        let roots: Vec<(ItemId, PathBuf)> = self
            .items
            .iter()
            .filter(on_change)
            .flat_map(|item| item.roots.iter().map(|root| (item.item, PathBuf::from(root))))
            .collect();
        self.listening.watch_items(&roots);
    }

    /// Lets the keeper decide, and does what it says.
    fn happen(&mut self, happening: Happening) {
        let effects = self.keeper.step(surroundings::now(), happening);
        let (mut items, mut decisions) = (Vec::new(), Vec::new());
        for effect in &effects {
            match effect {
                Effect::Keep(item) => {
                    items.push(kept::to_store(item));
                    self.kept.insert(item.item, item.clone());
                }
                Effect::Decided(decision) => decisions.push(kept::decision(decision)),
                _ => {}
            }
        }
        // Before anything is started that follows from it.
        if !(items.is_empty() && decisions.is_empty())
            && let Err(failure) = self.manager.keep(&items, &decisions)
        {
            surroundings::log(&format!("what was decided could not be written down: {}", failure.headline));
        }
        for effect in effects {
            self.perform(effect);
        }
        self.set_alarm();
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Keep(_) | Effect::Decided(_) => {}
            Effect::Late { item, since } => self.late(item, since),
            Effect::Fresh { .. } => {}
            Effect::PauseOver => self.end_pause(),
            Effect::Stop { reason, .. } => {
                surroundings::log(&format!("the session is stopped: {}", reason.as_str()));
                self.office.stop_session();
            }
            // It is held all the time, so that there is no moment in which nobody would wait.
            Effect::Hold(_) => {}
            Effect::Release(Leaving::Logoff | Leaving::Suspend) => self.listening.release(),
            // What is due now is due at the next start as well.
            Effect::Start { .. } if self.phase == Phase::Ending => {}
            Effect::Start { items, trigger } => self.start(items, trigger),
            Effect::WakeAt(at) => self.next_wake = Some(at),
            Effect::NoWake => self.next_wake = None,
        }
    }

    /// The pause is over by itself.
    fn end_pause(&mut self) {
        if let Err(failure) = self.manager.set_pause(None) {
            surroundings::log(&format!(
                "the end of the pause could not be written down: {}",
                failure.headline
            ));
        }
        self.office.pause_is(Pause::Off);
        self.office.let_session_go_on();
    }

    /// Wakes for the keeper; and in time for a watchdog, which is to see that this loop still turns.
    fn set_alarm(&self) {
        let sign_of_life = self.watchdog.map(|within| {
            surroundings::now().plus_millis(i64::try_from(within.as_millis() / 2).unwrap_or(i64::MAX))
        });
        self.alarm.set(self.next_wake.into_iter().chain(sign_of_life).min());
    }

    fn start(&self, items: Vec<ItemId>, trigger: Trigger) {
        let office = Arc::clone(&self.office);
        let first = connections_first(&items, &trigger, &self.items, &self.triggers);
        let run = OwnRun { items, trigger, first };
        let spawned =
            std::thread::Builder::new().name("session".into()).spawn(move || office.run_items(&run));
        if let Err(error) = spawned {
            surroundings::log(&format!("a session could not be started: {error}"));
        }
    }

    fn late(&self, item: ItemId, since: Timestamp) {
        let Some(ruled) = self.items.iter().find(|known| known.item == item) else { return };
        let notice = telling::late(ruled, since);
        surroundings::log(&notice.text);
        self.office.notify(notice);
    }

    fn view(&self) -> View {
        View {
            n_items: self.n_ruled,
            next: self.next_wake,
            late: self.late_items(),
            next_runs: self.keeper.next_runs(surroundings::now()).collect(),
            pause: self.keeper.pause(),
            sources: self.listening.lines(),
        }
    }
}
