//! Brings up what handlers ask for by name, and takes it down after the last of them.
//!
//! A connection that was up before is left alone. Others stay as they are when one is opened.

mod steps;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use syncmgr_engine::{ConnectError, Connector, Established, OnlineConnector};
use syncmgr_wire::line;

use crate::config::{ConnectionConfig, ConnectionKind};
use steps::{bring_up, is_up, succeeds};

/// Whether a connection may be opened at this moment, for a run that nobody asked for; if not, why.
pub(crate) type Permit = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// How long somebody who only wants to know how connections are waits for one of them.
const LOOK_TIME: Duration = Duration::from_secs(2);

/// The connections of the configuration. Shared by all sessions, and by hands.
pub(crate) struct Connections {
    known: Mutex<Vec<Arc<Known>>>,
    /// Hears that something about them is different. Called from any thread, with locks held: it must not ask back.
    tell: Box<dyn Fn() + Send + Sync>,
}

struct Known {
    name: String,
    /// Held while it is brought up or down: whoever wants the same one waits, others have a lock of their own.
    steps: Mutex<()>,
    /// Never held for long.
    state: Mutex<State>,
}

struct State {
    config: Arc<ConnectionConfig>,
    /// As it was when it was brought up: this way it goes down.
    opened: Option<Arc<ConnectionConfig>>,
    /// How many have been told that it was opened for them, or are about to be.
    n_users: u64,
    hand: Hand,
    /// What is worth knowing.
    text: String,
}

/// Whether somebody brought it up by hand, who is one of its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Off,
    Holds,
}

/// Why a connection was not brought up or down by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandError {
    /// None has this name.
    Unknown,
    /// It does not come up.
    DoesNotComeUp,
    /// No hand had brought it up.
    NotTaken,
}

impl Connections {
    pub(crate) fn new(configs: &[ConnectionConfig]) -> Self {
        Self::telling(configs, || {})
    }

    /// Connections that tell when something about them is different.
    pub(crate) fn telling(configs: &[ConnectionConfig], tell: impl Fn() + Send + Sync + 'static) -> Self {
        let connections = Self { known: Mutex::default(), tell: Box::new(tell) };
        connections.configure(configs);
        connections
    }

    /// These are configured from now on. One that is in use goes down the way it came up, after its last user.
    pub(crate) fn configure(&self, configs: &[ConnectionConfig]) {
        let mut known = lock(&self.known);
        let mut before = std::mem::take(&mut *known);
        for config in configs {
            let there = before.iter().position(|known| known.name == config.name);
            let connection = match there.map(|idx| before.remove(idx)) {
                Some(there) => {
                    lock(&there.state).config = Arc::new(config.clone());
                    there
                }
                None => Arc::new(Known::new(config)),
            };
            known.push(connection);
        }
        known.extend(before.into_iter().filter(|known| lock(&known.state).n_users > 0));
    }

    fn find(&self, name: &str) -> Option<Arc<Known>> {
        lock(&self.known).iter().find(|known| known.name == name).cloned()
    }

    /// Opens a connection, if `permit` lets it be opened; one that is up needs no leave.
    fn open_if(
        &self,
        name: &str,
        permit: &dyn Fn() -> Result<(), String>,
    ) -> Result<Established, ConnectError> {
        let known = self.find(name).ok_or(ConnectError::UnknownName)?;
        let _steps = lock(&known.steps);
        let (config, n_users) = {
            let state = lock(&known.state);
            (state.opened.as_ref().unwrap_or(&state.config).clone(), state.n_users)
        };
        let is_up = is_up(&config, config.timeout);
        if n_users == 0 && is_up == Some(true) {
            return Ok(Established::AlreadyUp);
        }
        if n_users == 0 || is_up == Some(false) {
            // Counted before: what the system tells of it meanwhile is known to be ours.
            lock(&known.state).n_users += 1;
            let opened = permit()
                .map_err(|reason| format!("not opened for a run by itself: {reason}"))
                .and_then(|()| bring_up(&config));
            if let Err(text) = opened {
                let mut state = lock(&known.state);
                state.n_users -= 1;
                state.text = text;
                (self.tell)();
                return Err(ConnectError::CannotConnect);
            }
        } else {
            lock(&known.state).n_users += 1;
        }
        let mut state = lock(&known.state);
        state.opened = Some(config);
        state.text.clear();
        (self.tell)();
        Ok(Established::Opened)
    }

    /// Brings a connection up for a person, and keeps it until he lets go of it.
    pub(crate) fn take_by_hand(&self, name: &str) -> Result<line::Connection, HandError> {
        let known = self.find(name).ok_or(HandError::Unknown)?;
        if lock(&known.state).hand == Hand::Holds {
            return Ok(known.line());
        }
        match self.open(Some(name)) {
            Err(ConnectError::UnknownName) => Err(HandError::Unknown),
            Err(ConnectError::CannotConnect) => Err(HandError::DoesNotComeUp),
            Ok(Established::AlreadyUp) => {
                let text = "it was up before, and stays as it is".to_owned();
                Ok(line::Connection { text, ..known.line() })
            }
            Ok(Established::Opened) => {
                let before = std::mem::replace(&mut lock(&known.state).hand, Hand::Holds);
                if before == Hand::Holds {
                    // Somebody else was quicker, and one hand is enough.
                    self.close(Some(name));
                }
                (self.tell)();
                Ok(known.line())
            }
        }
    }

    /// Lets go of a connection that was brought up by hand: it goes down, unless somebody else uses it.
    pub(crate) fn let_go_by_hand(&self, name: &str) -> Result<line::Connection, HandError> {
        let known = self.find(name).ok_or(HandError::Unknown)?;
        let before = std::mem::replace(&mut lock(&known.state).hand, Hand::Off);
        if before == Hand::Off {
            return Err(HandError::NotTaken);
        }
        self.close(Some(name));
        let line = known.line();
        let text = if line.users > 0 { "it goes down after its last session".to_owned() } else { line.text };
        Ok(line::Connection { text, ..line })
    }

    /// How each of them is now. All are looked at at once, each for a short time.
    pub(crate) fn look(&self) -> Vec<line::Connection> {
        let known = lock(&self.known).clone();
        std::thread::scope(|scope| {
            let looks: Vec<_> = known.iter().map(|known| scope.spawn(|| known.line())).collect();
            looks.into_iter().filter_map(|look| look.join().ok()).collect()
        })
    }

    /// The names of those that hands hold.
    pub(crate) fn held(&self) -> BTreeSet<String> {
        let known = lock(&self.known);
        let held = known.iter().filter(|known| lock(&known.state).hand == Hand::Holds);
        held.map(|known| known.name.clone()).collect()
    }

    /// Each connection with how many use it, without looking at anything.
    pub(crate) fn users(&self) -> Vec<(String, u64, String)> {
        let users = |known: &Arc<Known>| {
            let state = lock(&known.state);
            (known.name.clone(), state.n_users, state.text.clone())
        };
        lock(&self.known).iter().map(users).collect()
    }

    /// The names of connections that are up for everybody, where `active` are those that the system knows of. What a session
    /// has opened for itself is not among them: it goes again with the session, and must not be a reason for the next one.
    pub(crate) fn names_up(&self, active: &BTreeSet<String>) -> BTreeSet<String> {
        let mut names = active.clone();
        for known in lock(&self.known).iter() {
            let state = lock(&known.state);
            let network = match &state.config.kind {
                ConnectionKind::Network(network) => Some(network),
                _ => None,
            };
            if state.hand == Hand::Holds {
                names.insert(known.name.clone());
            } else if state.n_users > 0 {
                network.map(|network| names.remove(network));
            } else if network.is_some_and(|network| active.contains(network)) {
                names.insert(known.name.clone());
            }
        }
        names
    }
}

impl Known {
    fn new(config: &ConnectionConfig) -> Self {
        let state = State {
            config: Arc::new(config.clone()),
            opened: None,
            n_users: 0,
            hand: Hand::Off,
            text: String::new(),
        };
        Self { name: config.name.clone(), steps: Mutex::default(), state: Mutex::new(state) }
    }

    fn line(&self) -> line::Connection {
        let (config, users, mut text) = {
            let state = lock(&self.state);
            (Arc::clone(&state.config), state.n_users, state.text.clone())
        };
        let up = match self.steps.try_lock() {
            Err(TryLockError::WouldBlock) => {
                "it is being brought up or down".clone_into(&mut text);
                None
            }
            Ok(_) | Err(TryLockError::Poisoned(_)) => match is_up(&config, config.timeout.min(LOOK_TIME)) {
                // It cannot be seen: it is up for whoever opened it.
                None => (users > 0).then_some(true),
                seen => seen,
            },
        };
        let kind = Some(config.kind.as_str().to_owned());
        line::Connection { connection: self.name.clone(), kind, up, users, text }
    }
}

impl Connector for Connections {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        match name {
            Some(name) => self.open_if(name, &|| Ok(())),
            None => OnlineConnector.open(None),
        }
    }

    fn close(&self, name: Option<&str>) {
        let Some(known) = name.and_then(|name| self.find(name)) else { return };
        let _steps = lock(&known.steps);
        let down = {
            let mut state = lock(&known.state);
            if state.n_users == 1 { state.opened.take() } else { None }
        };
        if let Some(config) = down.filter(|config| !config.down.is_empty()) {
            // Whether it went down is seen by whoever opens it next.
            let _unknown = succeeds(&config.down, config.timeout);
        }
        let mut state = lock(&known.state);
        state.n_users = state.n_users.saturating_sub(1);
        (self.tell)();
    }
}

/// The connections as a run by itself has them: none is opened without leave.
pub(crate) struct Permitted {
    connections: Arc<Connections>,
    permit: Permit,
}

impl Permitted {
    pub(crate) fn new(connections: Arc<Connections>, permit: Permit) -> Self {
        Self { connections, permit }
    }
}

impl Connector for Permitted {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        match name {
            Some(name) => self.connections.open_if(name, &*self.permit),
            None => self.connections.open(None),
        }
    }

    fn close(&self, name: Option<&str>) {
        self.connections.close(name);
    }
}

/// Nothing that holds one of these locks can leave what is in it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// With programs that only Unix has.
#[cfg(all(test, unix))]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Probe;

    fn words(text: &str) -> Vec<String> {
        ["sh", "-c", text].iter().map(|word| (*word).to_owned()).collect()
    }

    fn connection(dir: &Path) -> ConnectionConfig {
        let log = dir.join("log");
        let (log, mark) = (log.display(), dir.join("mark"));
        let mark = mark.display();
        ConnectionConfig {
            name: "vpn".to_owned(),
            kind: ConnectionKind::Command,
            up: words(&format!("echo up >> {log}; touch {mark}")),
            down: words(&format!("echo down >> {log}; rm {mark}")),
            probe: Probe::Command(words(&format!("test -e {mark}"))),
            timeout: Duration::from_secs(30),
        }
    }

    fn log(dir: &Path) -> String {
        std::fs::read_to_string(dir.join("log")).unwrap_or_default()
    }

    #[test]
    fn a_connection_goes_down_after_its_last_user_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let connections = Connections::new(&[connection(dir.path())]);
        assert_eq!(connections.open(Some("vpn")), Ok(Established::Opened));
        assert_eq!(connections.open(Some("vpn")), Ok(Established::Opened));
        connections.close(Some("vpn"));
        assert_eq!(log(dir.path()), "up\n");
        connections.close(Some("vpn"));
        assert_eq!(log(dir.path()), "up\ndown\n");
    }

    #[test]
    fn what_was_up_before_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mark"), "").unwrap();
        let connections = Connections::new(&[connection(dir.path())]);
        assert_eq!(connections.open(Some("vpn")), Ok(Established::AlreadyUp));
        assert_eq!(log(dir.path()), "");
    }

    #[test]
    fn what_does_not_come_up_is_an_error_and_an_unknown_name_another() {
        let dir = tempfile::tempdir().unwrap();
        let broken = ConnectionConfig { up: words("exit 0"), ..connection(dir.path()) };
        let connections = Connections::new(&[broken]);
        assert_eq!(connections.open(Some("vpn")), Err(ConnectError::CannotConnect));
        assert_eq!(connections.open(Some("home")), Err(ConnectError::UnknownName));
    }
    #[test]
    fn a_hand_is_one_user_among_others() {
        let dir = tempfile::tempdir().unwrap();
        let connections = Connections::new(&[connection(dir.path())]);
        let line = connections.take_by_hand("vpn").unwrap();
        assert_eq!((line.up, line.users, line.kind.as_deref()), (Some(true), 1, Some("command")));
        assert_eq!(connections.take_by_hand("vpn").unwrap().users, 1, "a second word changes nothing");
        assert_eq!(connections.open(Some("vpn")), Ok(Established::Opened));
        let line = connections.let_go_by_hand("vpn").unwrap();
        assert_eq!((line.up, line.users), (Some(true), 1));
        assert_eq!(connections.let_go_by_hand("vpn"), Err(HandError::NotTaken));
        connections.close(Some("vpn"));
        assert_eq!(log(dir.path()), "up\ndown\n");
        assert_eq!(connections.take_by_hand("home"), Err(HandError::Unknown));
    }

    #[test]
    fn what_was_up_before_is_nobodys_to_take_down() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mark"), "").unwrap();
        let connections = Connections::new(&[connection(dir.path())]);
        let line = connections.take_by_hand("vpn").unwrap();
        assert_eq!((line.up, line.users), (Some(true), 0));
        assert!(line.text.contains("was up before"), "{}", line.text);
        assert_eq!(connections.let_go_by_hand("vpn"), Err(HandError::NotTaken));
        assert_eq!(log(dir.path()), "");
    }

    #[test]
    fn a_run_by_itself_opens_nothing_without_leave_and_may_use_what_is_up() {
        let dir = tempfile::tempdir().unwrap();
        let connections = Arc::new(Connections::new(&[connection(dir.path())]));
        let refuse: Permit = Arc::new(|| Err("the machine is on battery".to_owned()));
        let permitted = Permitted::new(Arc::clone(&connections), refuse);
        assert_eq!(permitted.open(Some("vpn")), Err(ConnectError::CannotConnect));
        assert_eq!(log(dir.path()), "");
        let line = connections.look().remove(0);
        assert_eq!((line.up, line.users), (Some(false), 0));
        assert!(line.text.ends_with("the machine is on battery"), "{}", line.text);
        connections.take_by_hand("vpn").unwrap();
        assert_eq!(permitted.open(Some("vpn")), Ok(Established::Opened));
        permitted.close(Some("vpn"));
        assert_eq!(log(dir.path()), "up\n");
    }

    #[test]
    fn one_that_is_in_use_goes_down_the_way_it_came_up() {
        let dir = tempfile::tempdir().unwrap();
        let connections = Connections::new(&[connection(dir.path())]);
        assert_eq!(connections.open(Some("vpn")), Ok(Established::Opened));
        connections.configure(&[]);
        assert_eq!(connections.users().len(), 1);
        connections.close(Some("vpn"));
        assert_eq!(log(dir.path()), "up\ndown\n");
        connections.configure(&[]);
        assert_eq!(connections.users(), []);
    }

    #[test]
    fn what_sessions_open_is_not_up_for_everybody_and_what_hands_or_the_system_did_is() {
        let dir = tempfile::tempdir().unwrap();
        let kind = ConnectionKind::Network("Office VPN".to_owned());
        let connections = Connections::new(&[ConnectionConfig { kind, ..connection(dir.path()) }]);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let active = names(&["Office VPN", "wlan"]);
        assert_eq!(connections.names_up(&active), names(&["Office VPN", "vpn", "wlan"]));
        connections.open(Some("vpn")).unwrap();
        assert_eq!(connections.names_up(&active), names(&["wlan"]));
        connections.take_by_hand("vpn").unwrap();
        assert_eq!(connections.names_up(&active), names(&["Office VPN", "vpn", "wlan"]));
    }

    #[test]
    fn each_difference_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (tell, told) = crossbeam_channel::unbounded();
        let connections = Connections::telling(&[connection(dir.path())], move || tell.send(()).unwrap());
        connections.open(Some("vpn")).unwrap();
        assert_eq!(told.try_iter().count(), 1);
        connections.close(Some("vpn"));
        assert_eq!(told.try_iter().count(), 1);
        let _ = connections.look();
        assert_eq!(told.try_iter().count(), 0);
    }
}
